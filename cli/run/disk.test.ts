import { mkdtempSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readVhd, writeVhd } from "../../formats/vhd.ts";
import { BLOCK_SIZE, WritableBlocks } from "../../pc/blocks.ts";
import { DiskFile } from "./disk.ts";

const BLOCKS = 300;

let folder: string;
let file: string;

/** The number of each block, in every byte modulo 251. */
const contents = () => Uint8Array.from({ length: BLOCKS * BLOCK_SIZE }, (_, at) => Math.floor(at / BLOCK_SIZE) % 251);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "minios-disk-"));
  file = join(folder, "disk.img");
  writeFileSync(file, contents());
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("blocks are read wherever they lie, over the borders of what is read at once", () => {
  const disk = new DiskFile(file);
  expect(disk.blockCount).toBe(BLOCKS);
  for (const [first, count] of [
    [0, 1],
    [299, 1],
    [100, 200],
    [127, 2],
    [0, 300],
  ]) {
    const expected = contents().subarray(first * BLOCK_SIZE, (first + count) * BLOCK_SIZE);
    expect(Buffer.compare(disk.read(first, count), expected)).toBe(0);
  }
  disk.close();
});

test("what the guest wrote is written in place, and nothing else", () => {
  const disk = new DiskFile(file);
  const blocks = new WritableBlocks(disk);
  blocks.write(200, new Uint8Array(2 * BLOCK_SIZE).fill(0xee));
  disk.writeBack(blocks);
  disk.close();
  const expected = contents().fill(0xee, 200 * BLOCK_SIZE, 202 * BLOCK_SIZE);
  expect(Buffer.compare(readFileSync(file), expected)).toBe(0);
});

describe.each(["fixed", "dynamic"] as const)("a %s virtual disk", (kind) => {
  beforeEach(() => {
    const raw = new Uint8Array(6 * 2 ** 20);
    raw.set(contents());
    writeFileSync(file, writeVhd(raw, { kind }));
  });

  test("has the blocks of the raw one, and takes what the guest wrote, also where there was nothing", () => {
    const disk = new DiskFile(file);
    expect(disk.blockCount).toBe(readVhd(readFileSync(file)).length / BLOCK_SIZE);
    expect(Buffer.compare(disk.read(100, 200), contents().subarray(100 * BLOCK_SIZE))).toBe(0);
    const expected = readVhd(readFileSync(file));
    const blocks = new WritableBlocks(disk);
    for (const first of [7, 11_000]) {
      blocks.write(first, new Uint8Array(BLOCK_SIZE).fill(0xee));
      expected.fill(0xee, first * BLOCK_SIZE, (first + 1) * BLOCK_SIZE);
    }
    disk.writeBack(blocks);
    disk.close();
    expect(Buffer.compare(readVhd(readFileSync(file)), expected)).toBe(0);
  });

  test("that is damaged is refused, with the offset", () => {
    const bytes = readFileSync(file);
    bytes[bytes.length - 400] ^= 1;
    writeFileSync(file, bytes);
    expect(() => new DiskFile(file)).toThrow(/disk\.img at offset 0x[0-9a-f]+: expected the checksum [0-9a-f]+, found/);
  });
});

describe("one line says what is wrong with", () => {
  const open = (path: string) => () => new DiskFile(path);

  test("a missing file, a folder, an empty file, half a sector", () => {
    expect(open(join(folder, "none"))).toThrow(/none: expected a disk image \(.*\), found no such file$/);
    expect(open(folder)).toThrow(/found a directory$/);
    truncateSync(file, 0);
    expect(open(file)).toThrow(/disk.img: expected a disk image .*, found 0 bytes$/);
    truncateSync(file, 700);
    expect(open(file)).toThrow(/found 700 bytes$/);
  });

  test("a file that is cut off or changed while the guest runs", () => {
    const disk = new DiskFile(file);
    const blocks = new WritableBlocks(disk);
    blocks.write(0, new Uint8Array(BLOCK_SIZE).fill(1));
    truncateSync(file, 100 * BLOCK_SIZE);
    expect(() => disk.read(200, 1)).toThrow(/disk.img at offset 0x10000: expected a sector of the disk, found the end/);
    utimesSync(file, 1, 1);
    expect(() => disk.writeBack(blocks)).toThrow(/found that another program changed it meanwhile; left as it is$/);
    disk.close();
  });
});
