import { expect, test } from "vitest";
import { readExecutable, writeExecutable } from "../../formats/elf32-executable.ts";
import { withoutZeros } from "./sparse.ts";

/** What memory holds once the segments are loaded, from the lowest address on. */
function memoryOf(executable: Uint8Array, start: number, size: number): Uint8Array {
  const memory = new Uint8Array(size).fill(0xee);
  for (const { physicalAddress, data, memorySize } of readExecutable(executable, "test").segments) {
    memory.fill(0, physicalAddress - start, physicalAddress - start + memorySize);
    memory.set(data, physicalAddress - start);
  }
  return memory;
}

test("memory is the same, and the file has no long run of zeros", () => {
  const data = new Uint8Array(20000);
  for (let at = 0; at < data.length; at += at % 7000 === 0 ? 1 : 137) data[at] = (at % 255) + 1;
  data.fill(0, 5000, 9000);
  data.fill(0, 0, 300);
  data.fill(0, 19000);
  const segment = { type: 1, flags: 7, virtualAddress: 0x100000, physicalAddress: 0x100000, align: 0x1000 };
  const other = { ...segment, virtualAddress: 0x110000, physicalAddress: 0x110000, offset: 0x8000 };
  const before = writeExecutable({
    entry: 0x100123,
    segments: [
      { ...segment, offset: 0x1000, data, memorySize: 30000 },
      { ...other, data: Uint8Array.of(1, 2, 3), memorySize: 3 },
    ],
    sections: [],
    symbols: [],
  });
  const after = withoutZeros(before, "kernel");
  expect(memoryOf(after, 0x100000, 0x10003)).toEqual(memoryOf(before, 0x100000, 0x10003));
  expect(readExecutable(after, "after").entry).toBe(0x100123);
  expect(after.length).toBeLessThan(data.length - 5000);
  for (const { data: piece } of readExecutable(after, "after").segments) {
    expect(Buffer.from(piece).indexOf(Buffer.alloc(300))).toBe(-1);
  }
});
