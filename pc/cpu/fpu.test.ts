// What the floating-point vectors (test/hardware) and the system programs (test/cpu) do not reach: reset, saved states, stores that
// fault, real mode, pieces of any size. Results are compared with JavaScript's own doubles where those are exact.

import { describe, expect, test } from "vitest";
import { Bench, flat, real, system } from "./program.testing.ts";

/** The sum of 1 / k for k from 100 down to 1, in double precision, at 300000h. */
const HARMONIC = `
        fninit
        fldcw   double_precision
        fldz
        movl    $100, counter
1:      fld1
        .byte   0xda, 0x35                      # fidiv dword [counter]
        .long   counter
        faddp
        decl    counter
        jnz     1b
        .byte   0xdd, 0x1d                      # fstp qword
        .long   0x300000
        hlt
double_precision:
        .word   0x27f
        .balign 4
counter: .long   0
`;

function harmonic(): number {
  let sum = 0;
  for (let k = 100; k > 0; k--) sum += 1 / k;
  return sum;
}

const doubleAt = (bench: Bench, address: number): number =>
  new DataView(bench.cpu.memory.read(address, 8).buffer).getFloat64(0, true);

describe("the floating-point unit", () => {
  test("computes in double precision what JavaScript does", () => {
    expect(doubleAt(flat(HARMONIC).finish(), 0x30_0000)).toBe(harmonic());
  });

  test("comes to the same in pieces of any size", () => {
    for (const piece of [1, 2, 3, 7]) {
      const bench = flat(HARMONIC);
      while (!bench.cpu.halted) bench.cpu.run(piece);
      expect(doubleAt(bench, 0x30_0000)).toBe(harmonic());
    }
  });

  test("is part of a saved state", () => {
    for (const before of [3, 50, 333]) {
      const first = flat(HARMONIC);
      first.cpu.run(before);
      const second = new Bench();
      second.cpu.load(first.cpu.save());
      expect(doubleAt(second.finish(), 0x30_0000)).toBe(harmonic());
    }
  });

  test("has after reset the control word 0040h and zeros in all registers", () => {
    const bench = flat("fnsave 0x300000; hlt").finish();
    expect(bench.words(0x30_0000, 7)).toEqual([0xffff_0040, 0xffff_0000, 0xffff_5555, 0, 0, 0, 0xffff_0000]);
    expect(bench.words(0x30_0000 + 28, 20)).toEqual(Array(20).fill(0));
  });

  test("stores nothing and pops nothing when the second page of an operand faults", () => {
    const bench = system(`
        .set    DIRECTORY, 0x200000
        .set    TABLE, 0x201000
main:   movl    $TABLE + 7, DIRECTORY
        xorl    %ecx, %ecx
1:      movl    %ecx, %eax
        shll    $12, %eax
        orl     $7, %eax
        movl    %eax, TABLE(,%ecx,4)
        incl    %ecx
        cmpl    $0x3ff, %ecx
        jb      1b
        movl    $0, TABLE + 0x301 * 4
        movl    $DIRECTORY, %eax
        movl    %eax, %cr3
        movl    $0x80000011, %eax
        movl    %eax, %cr0
        gate    14, fault
        fninit
        fldpi
store:  .byte   0xdb, 0x3d                      # fstp tbyte over the page's end
        .long   0x300ffa
        fnstsw  %ax
        hlt
fault:  movl    0x300ffa, %ebx                  # still as it was
        fnstsw  0x4000
        movl    %cr2, %ecx
        movl    $0x301007, TABLE + 0x301 * 4
        addl    $4, %esp
        iretl
`);
    bench.poke(0x30_0ff8, 0x1122_3344, 0x5566_7788);
    bench.finish();
    const { registers } = bench.cpu;
    expect(registers.general("ecx")).toBe(0x30_1000);
    expect(registers.general("ebx")).toBe(0x7788_1122);
    expect(bench.word(0x4000) & 0xffff).toBe(0x3800);
    expect(registers.general("eax") & 0xffff).toBe(0);
    expect([...bench.cpu.memory.read(0x30_0ffa, 10)]).toEqual([
      0x35, 0xc2, 0x68, 0x21, 0xa2, 0xda, 0x0f, 0xc9, 0, 0x40,
    ]);
  });

  test("gives linear addresses in real mode's environments", () => {
    const bench = real(`
        movw    $0x1234, %ax
        movw    %ax, %ds
        fninit
load:   .byte   0xd9, 0x06                      # fld dword [5678h]
        .word   0x5678
        xorw    %bx, %bx
        movw    %bx, %ds
        fnstenv 0x500
        .byte   0x66
        fnstenv 0x520
        hlt
`).finish();
    const at = bench.symbol("load");
    const data = 0x1_2340 + 0x5678;
    const words = new Uint16Array(bench.cpu.memory.read(0x500, 14).buffer);
    expect([...words.subarray(3)]).toEqual([at, 0x106, data & 0xffff, (data >> 16) << 12]);
    const [, , , ip, opcode, dp, upper] = bench.words(0x520, 7);
    expect([ip & 0xffff, opcode, dp & 0xffff, upper]).toEqual([at, 0x106, data & 0xffff, (data >> 16) << 12]);
  });
});
