import { describe, expect, test } from "vitest";
import { MappingError, ROM_BYTES } from "./physical.ts";
import { Bench } from "./program.testing.ts";

describe("physical memory", () => {
  test("has a hole for video memory and ROM, where reads give all ones and writes are lost", () => {
    const { memory } = new Bench().cpu;
    memory.write(0x9fffe, Uint8Array.of(1, 2, 3, 4));
    expect([...memory.read(0x9fffe, 4)]).toEqual([1, 2, 0xff, 0xff]);
    memory.write(0xffffe, Uint8Array.of(1, 2, 3, 4));
    expect([...memory.read(0xffffe, 4)]).toEqual([0xff, 0xff, 3, 4]);
  });

  test("reads as all ones behind its end, also at the end of the address space", () => {
    const { memory } = new Bench(1 << 20).cpu;
    expect([...memory.read(0xffff_fffe, 4)]).toEqual([0xff, 0xff, 0xff, 0xff]);
    memory.write(0xffff_fffe, Uint8Array.of(1, 2, 3, 4));
  });

  test("ROM can be read but not written, and the same bytes can stand in two places", () => {
    const { memory } = new Bench().cpu;
    const image = Uint8Array.from({ length: 0x1800 }, (_, i) => i & 0xff);
    memory.mapRom(0xf_0000, image);
    memory.mapRom(0xffff_0000, image);
    memory.write(0xf_0000, Uint8Array.of(0x99));
    expect([...memory.read(0xf_0fff, 2)]).toEqual([0xff, 0]);
    expect([...memory.read(0xffff_17ff, 2)]).toEqual([0xff, 0]);
    expect(memory.read(0xffff_0000, 1)[0]).toBe(0);
  });

  test("RAM can be mapped into the hole and taken out again", () => {
    const { memory } = new Bench().cpu;
    memory.mapRam(0xc_0000, 0x1000);
    memory.write(0xc_0ffe, Uint8Array.of(1, 2, 3));
    expect([...memory.read(0xc_0ffe, 3)]).toEqual([1, 2, 0xff]);
    memory.unmap(0xc_0000, 0x1000);
    expect([...memory.read(0xc_0ffe, 2)]).toEqual([0xff, 0xff]);
  });

  test("refuses what is not whole pages, not there, or too much", () => {
    const { memory } = new Bench().cpu;
    expect(() => memory.mapRam(0xc_0800, 0x1000)).toThrow(MappingError);
    expect(() => memory.mapRam(0x40_0000, 0x1000)).toThrow("expected an end below 0x400000");
    expect(() => memory.mapRom(0xe000_0000, new Uint8Array(ROM_BYTES + 1))).toThrow(MappingError);
  });
});
