import { expect, test } from "vitest";
import { BLOCK_SIZE, blocksOf, DiskImageError, WritableBlocks } from "./blocks.ts";

/** Blocks each of which holds its own number in every byte. */
function numbered(count: number): Uint8Array {
  return Uint8Array.from({ length: count * BLOCK_SIZE }, (_, at) => at / BLOCK_SIZE);
}

const block = (value: number) => new Uint8Array(BLOCK_SIZE).fill(value);
/** The first byte of each block. */
const firsts = (bytes: Uint8Array) => Array.from(bytes).filter((_, at) => at % BLOCK_SIZE === 0);

test("an image must be whole blocks, and one at least", () => {
  expect(() => blocksOf(new Uint8Array(0))).toThrow(
    "disk image: expected a whole number of blocks of 512 bytes, found 0 bytes",
  );
  expect(() => blocksOf(new Uint8Array(513))).toThrow(DiskImageError);
});

test("what is written lies over the source, which stays as it was", () => {
  const image = numbered(21);
  const blocks = new WritableBlocks(blocksOf(image));
  blocks.write(7, Uint8Array.from([...block(100), ...block(101)]));
  blocks.write(20, block(102));
  expect(firsts(blocks.read(6, 4))).toEqual([6, 100, 101, 9]);
  expect(firsts(blocks.read(18, 3))).toEqual([18, 19, 102]);
  expect(image).toEqual(numbered(21));
});

test("changes are the blocks that differ, in ascending order", () => {
  const blocks = new WritableBlocks(blocksOf(numbered(21)));
  blocks.write(20, block(1));
  blocks.write(3, block(2));
  blocks.write(4, block(4));
  expect([...blocks.changes()].map(({ first, bytes }) => [first, bytes.length, bytes[0]])).toEqual([
    [3, 512, 2],
    [20, 512, 1],
  ]);
});

test("a saved overlay has only what was written", () => {
  const blocks = new WritableBlocks(blocksOf(numbered(21)));
  blocks.write(20, block(1));
  const state = blocks.save();
  blocks.write(0, block(9));
  blocks.load(state);
  expect(firsts(blocks.read(0, 21))).toEqual([...Array(20).keys(), 1]);
  expect(state["bytes"]).toHaveLength(4096);
});

test("a saved overlay of a larger disk is refused", () => {
  const large = new WritableBlocks(blocksOf(numbered(100)));
  large.write(90, block(1));
  expect(() => new WritableBlocks(blocksOf(numbered(20))).load(large.save())).toThrow(
    "disk image: expected a saved disk of 20 blocks, found piece 11",
  );
});
