// Saved states come back as they were, and anything else is refused with its offset.

import { expect, test } from "vitest";
import { decodeSnapshot, encodeSnapshot, SnapshotError } from "./snapshot.ts";

const ram = new Uint8Array(100_000);
ram.set([1, 2, 3], 50_000);
ram[99_999] = 7;
const state = { cpu: { ram, eip: 5, halted: false }, pit: { counters: [{ value: 1 }, { value: 2 }], name: "PIT" } };

test("a state comes back as it was, and zero pages take no room", () => {
  const bytes = encodeSnapshot(state);
  expect(bytes.length).toBeLessThan(10_000);
  expect(decodeSnapshot(bytes)).toEqual(state);
});

test("what is not a saved state is refused", () => {
  const bytes = encodeSnapshot(state);
  expect(() => decodeSnapshot(Uint8Array.of(1, 2, 3))).toThrow(SnapshotError);
  expect(() => decodeSnapshot(bytes.subarray(0, bytes.length - 1))).toThrow(/expected a page of 4096 bytes/);
  let seed = 1;
  for (let n = 0; n < 300; n++) {
    const broken = bytes.slice();
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    broken[seed % 200] ^= 1 << (n & 7);
    try {
      decodeSnapshot(broken);
    } catch (error) {
      expect(error).toBeInstanceOf(SnapshotError);
    }
  }
});
