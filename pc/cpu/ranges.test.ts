// Memory type range registers, the page attribute table and IA32_APIC_BASE, as a program of ring 0 sees them.

import { describe, expect, test } from "vitest";
import { Bench, flat, system } from "./program.testing.ts";

/** Writes EDX:EAX to MSR ECX and reads it back; the exception, if there is one, is at `seen`. */
function writeAndRead(msr: number, high: number, low: number, bench = new Bench()): Bench {
  return system(
    `
main:   movl    $${msr}, %ecx
        movl    $${low}, %eax
        movl    $${high}, %edx
        wrmsr
        xorl    %eax, %eax
        xorl    %edx, %edx
        rdmsr
        hlt
    `,
    bench,
  ).finish();
}

describe("are written and read back", () => {
  test.each([
    ["a variable range's base", 0x200, 0xf, 0xe000_0006],
    ["a variable range's mask", 0x20f, 0xf, 0xf000_0800],
    ["64 KiB ranges", 0x250, 0x0606_0606, 0x0005_0401],
    ["16 KiB ranges", 0x259, 0, 0x0101_0101],
    ["4 KiB ranges", 0x26f, 0x0505_0505, 0x0606_0606],
    ["default type", 0x2ff, 0, 0xc06],
    ["PAT, which knows UC-", 0x277, 0x0007_0406, 0x0107_0505],
  ])("%s", (_, msr, high, low) => {
    const { registers } = writeAndRead(msr, high, low).cpu;
    expect([registers.general("edx"), registers.general("eax")]).toEqual([high, low]);
  });
});

describe("are #GP(0)", () => {
  test.each([
    ["a type that there is not", 0x200, 0, 0xe000_0002],
    ["UC- in a range", 0x250, 7, 0],
    ["an address beyond 36 bits", 0x200, 0x10, 0],
    ["reserved bits of a mask", 0x201, 0, 0x400],
    ["reserved bits of the default type", 0x2ff, 0, 0x1000],
    ["type 2 in the PAT", 0x277, 0x0200_0000, 0],
    ["capabilities, which are read-only by being no register to write", 0xfe, 0, 0x508],
    ["a variable range that there is not", 0x210, 0, 0],
  ])("%s", (_, msr, high, low) => {
    expect(writeAndRead(msr, high, low).words("seen", 2)).toEqual([13, 0]);
  });
});

test("after reset the PAT is WB WT UC- UC twice, and the ranges are off", () => {
  const { registers } = flat(`
        movl    $0x277, %ecx
        rdmsr
        movl    %eax, %ebx
        movl    $0x2ff, %ecx
        rdmsr
        hlt
  `).finish().cpu;
  expect([registers.general("ebx"), registers.general("eax")]).toEqual([0x0007_0406, 0]);
});

test("a CPU to which no APIC is wired has none: no bit in CPUID, #GP for its base", () => {
  const bench = system(`
main:   movl    $1, %eax
        cpuid
        movl    %edx, %ebp
        movl    $0x1b, %ecx
        rdmsr
  `).finish();
  expect(bench.words("seen", 2)).toEqual([13, 0]);
  expect(bench.cpu.registers.general("ebp") & 0x200).toBe(0);
});
