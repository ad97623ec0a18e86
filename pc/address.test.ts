import { beforeEach, describe, expect, test } from "vitest";
import { readLinear, translate } from "./address.ts";

const bytes = new Uint8Array(0x20000);
const memory = { read: (address: number, length: number) => bytes.slice(address, address + length) };
const view = new DataView(bytes.buffer);
const PG = 0x8000_0000;

beforeEach(() => bytes.fill(0));

test("without paging an address is itself", () => {
  expect(translate(memory, { cr0: 1, cr3: 0, cr4: 0 }, 0xffff_fff0)).toBe(0xffff_fff0);
});

describe("32-bit paging", () => {
  const registers = { cr0: PG | 1, cr3: 0x1000, cr4: 0x10 };
  beforeEach(() => {
    view.setUint32(0x1000 + 4 * 0x300, 0x2003, true); // C0000000h: a table
    view.setUint32(0x2000 + 4 * 5, 0x8003, true); // its page 5
    view.setUint32(0x1000 + 4 * 1, 0x0080_0083, true); // 400000h: a page of 4 MiB
  });

  test("two levels, a large page, and nothing", () => {
    expect(translate(memory, registers, 0xc000_5123)).toBe(0x8123);
    expect(translate(memory, registers, 0x0041_2345)).toBe(0x0081_2345);
    expect(translate(memory, registers, 0xc000_6000)).toBeUndefined();
    expect(translate(memory, registers, 0x8000_0000)).toBeUndefined();
  });

  test("a read over two pages, of which the second is missing", () => {
    bytes[0x8fff] = 7;
    expect([...readLinear(memory, registers, 0xc000_5fff, 3)]).toEqual([7, 0xff, 0xff]);
  });
});

test("PAE: three levels and a page of 2 MiB", () => {
  const registers = { cr0: PG | 1, cr3: 0x1020, cr4: 0x20 };
  view.setUint32(0x1020 + 8 * 3, 0x2001, true);
  view.setUint32(0x2000 + 8 * 1, 0x3003, true);
  view.setUint32(0x3000 + 8 * 2, 0x9003, true);
  view.setUint32(0x2000 + 8 * 2, 0x0060_0083, true);
  expect(translate(memory, registers, 0xc020_2abc)).toBe(0x9abc);
  expect(translate(memory, registers, 0xc041_2345)).toBe(0x0061_2345);
  expect(translate(memory, registers, 0x4000_0000)).toBeUndefined();
});
