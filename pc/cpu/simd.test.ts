// What the SIMD vectors (test/hardware) do not reach: when the registers may be used at all, who hears of an exception, faults in the
// middle of an operand, saved states, and 3DNow!, which the processor that made the vectors does not have.

import { describe, expect, test } from "vitest";
import { Bench, flat, system } from "./program.testing.ts";

const NO_VECTOR = -1;

/** Runs `code` and HLT; the vector of the exception that ended it, or NO_VECTOR. `more` follows the program. */
function vectorOf(code: string, cr0 = 0x31, cr4 = 0x600, more = ""): { bench: Bench; vector: number } {
  const bench = system(`
main:   movl    $-1, seen
        movl    $${cr4}, %eax
        movl    %eax, %cr4
        movl    $${cr0}, %eax
        movl    %eax, %cr0
        ${code}
        hlt
        ${more}
        .balign 16
bytes:  .long   0x3f800000, 0, 0, 0
`).finish();
  return { bench, vector: bench.word("seen") | 0 };
}

const EM = 0x35;
const TS = 0x39;

describe("MMX and SSE registers", () => {
  test.each([
    ["paddb %mm0, %mm1", NO_VECTOR, 6, 7],
    ["addps %xmm0, %xmm1", -1, 6, 7],
    ["movups bytes, %xmm1", -1, 6, 7],
    ["cvtpi2ps %mm0, %xmm1", -1, 6, 7],
    ["ldmxcsr bytes + 4", -1, 6, 7],
    ["fxsave 0x300000", -1, 7, 7],
    ["sfence", -1, -1, -1],
    ["prefetchnta bytes", -1, -1, -1],
    ["movnti %eax, bytes", -1, -1, -1],
    ["popcnt %eax, %eax", -1, -1, -1],
  ])("%s heeds CR0.EM and CR0.TS", (code, usual, emulated, switched) => {
    expect(vectorOf(code).vector).toBe(usual);
    expect(vectorOf(code, EM).vector).toBe(emulated);
    expect(vectorOf(code, TS).vector).toBe(switched);
  });

  test("of SSE want CR4.OSFXSR, of MMX do not", () => {
    expect(vectorOf("xorps %xmm0, %xmm0", 0x31, 0).vector).toBe(6);
    expect(vectorOf("stmxcsr 0x300000", 0x31, 0).vector).toBe(6);
    expect(vectorOf("pxor %mm0, %mm0", 0x31, 0).vector).toBe(NO_VECTOR);
    expect(vectorOf("fxsave 0x300000", 0x31, 0).vector).toBe(NO_VECTOR);
  });

  test("of MMX wait for the x87's exceptions, those of SSE do not", () => {
    const pending = "fninit; fldcw unmasked; fldz; fld1; fdivp; jmp 1f; unmasked: .word 0x360; 1:";
    expect(vectorOf(`${pending} pxor %mm0, %mm0`).vector).toBe(16);
    expect(vectorOf(`${pending} pxor %xmm0, %xmm0`).vector).toBe(NO_VECTOR);
  });

  test.each([
    ["pentium3", "pxor %xmm0, %xmm0", 6],
    ["pentium4", "pxor %xmm0, %xmm0", NO_VECTOR],
    ["pentium4", "movddup %xmm0, %xmm0", 6],
    ["k6-2", "pfadd %mm0, %mm0", NO_VECTOR],
    ["k6-2", "pswapd %mm0, %mm0", 6],
    ["pentium2", "fxsave 0x300000", NO_VECTOR],
    ["pentium", "fxsave 0x300000", 6],
  ])("of a %s: %s", (model, code, expected) => {
    const source = `main: movl $-1, seen; movl %cr4, %eax; orl $${/xmm/.test(code) ? 0x200 : 0}, %eax; movl %eax, %cr4; ${code}; hlt`;
    const bench = system(source, new Bench(4 << 20, undefined, model)).finish();
    expect(bench.word("seen") | 0).toBe(expected);
  });

  test("are part of a saved state", () => {
    const source = `
        movl    $0x200, %eax
        movl    %eax, %cr4
        movups  numbers, %xmm5
        ldmxcsr control
        nop
        movups  %xmm5, 0x300000
        stmxcsr 0x300010
        hlt
numbers: .long  1, 2, 3, 4
control: .long  0x5fa1
`;
    const first = flat(source);
    first.cpu.run(5);
    const second = new Bench();
    second.cpu.load(first.cpu.save());
    second.finish();
    expect(second.words(0x30_0000, 5)).toEqual([1, 2, 3, 4, 0x5fa1]);
  });
});

describe("an unmasked exception", () => {
  const divide = `
        ldmxcsr control
        movups  bytes, %xmm0
        xorps   %xmm1, %xmm1
        divps   %xmm1, %xmm0`;
  const data = "control: .long 0x1d80";

  test("is vector 19, and changes flags alone", () => {
    const handler = "handler: movups %xmm0, 0x300000; stmxcsr 0x300010; hlt";
    const { bench } = vectorOf(`gate 19, handler\n${divide}`, 0x31, 0x600, `${data}\n${handler}`);
    // 1 / 0 and 0 / 0 in one instruction.
    expect(bench.words(0x30_0000, 5)).toEqual([0x3f80_0000, 0, 0, 0, 0x1d85]);
    expect(vectorOf(divide, 0x31, 0x600, data).vector).toBe(19);
  });

  test("is #UD where the system does not know of it", () => {
    expect(vectorOf(divide, 0x31, 0x200, data).vector).toBe(6);
  });
});

describe("FXSAVE and FXRSTOR", () => {
  test("want 16 bytes' alignment", () => {
    expect(vectorOf("fxsave 0x300008").vector).toBe(13);
    expect(vectorOf("fxrstor 0x300008").vector).toBe(13);
  });

  test("refuse bits of MXCSR that there are not, and have then changed nothing", () => {
    const spoilt = `
        fninit
        fxsave  0x300000
        movl    $0x10000, 0x300018
        movl    $0x27f, 0x300000
        fxrstor 0x300000`;
    expect(vectorOf(spoilt).vector).toBe(13);
    const { bench } = vectorOf(`gate 13, handler\n${spoilt}`, 0x31, 0x600, "handler: fnstcw 0x300400; hlt");
    expect(bench.word(0x30_0400)).toBe(0x37f);
  });

  test("carry both units' registers over", () => {
    const { bench, vector } = vectorOf(`
        fninit
        fldpi
        movups  bytes, %xmm7
        fxsave  0x300000
        fninit
        xorps   %xmm7, %xmm7
        fxrstor 0x300000
        .byte   0xdb, 0x3d                      # fstp tbyte
        .long   0x300400
        movups  %xmm7, 0x300410
        fnstsw  %ax`);
    expect(vector).toBe(NO_VECTOR);
    expect(bench.words(0x30_0400, 2)).toEqual([0x2168_c235, 0xc90f_daa2]);
    expect(bench.words(0x30_0410, 4)).toEqual([0x3f80_0000, 0, 0, 0]);
    expect(bench.cpu.registers.general("eax") & 0xffff).toBe(0);
  });
});

describe("an operand over the end of a page", () => {
  const PAGED = `
        .set    DIRECTORY, 0x200000
        .set    TABLE, 0x201000
main:   movl    $TABLE + 7, DIRECTORY
        xorl    %ecx, %ecx
1:      movl    %ecx, %eax
        shll    $12, %eax
        orl     $7, %eax
        movl    %eax, TABLE(,%ecx,4)
        incl    %ecx
        cmpl    $0x400, %ecx
        jb      1b
        movl    $0, TABLE + 0x301 * 4
        movl    $0x600, %eax
        movl    %eax, %cr4
        movl    $DIRECTORY, %eax
        movl    %eax, %cr3
        movl    $0x80000011, %eax
        movl    %eax, %cr0
        gate    14, fault
        pcmpeqb %xmm0, %xmm0
        pcmpeqb %mm0, %mm0
`;

  test.each([
    ["movups %xmm0, 0x300ff8", 0x30_1000],
    ["movq %mm0, 0x300ffc", 0x30_1000],
    ["movups 0x300ff1, %xmm1", 0x30_1000],
    ["fxsave 0x300f00", 0x30_1000],
    ["movl $0x300ff8, %edi; maskmovdqu %xmm0, %xmm0", 0x30_1000],
  ])("%s faults with nothing done", (code, address) => {
    const bench = system(`${PAGED}
        ${code}
        hlt
fault:  movl    %cr2, %ecx
        hlt
`).finish();
    expect(bench.cpu.registers.general("ecx")).toBe(address);
    expect(bench.words(0x30_0f00, 64)).toEqual(Array(64).fill(0));
  });

  test("goes to both pages when both are there", () => {
    const bench = flat(
      "movl $0x200, %eax; movl %eax, %cr4; pcmpeqb %xmm0, %xmm0; movups %xmm0, 0x300ff9; hlt",
    ).finish();
    expect([...bench.cpu.memory.read(0x30_0ff8, 18)]).toEqual([0, ...Array(16).fill(0xff), 0]);
  });
});

describe("MASKMOVQ", () => {
  test("writes the bytes that the mask chooses", () => {
    const bench = flat(`
        movq    data, %mm0
        movq    mask, %mm1
        movl    $0x300000, %edi
        maskmovq %mm1, %mm0
        hlt
data:   .byte   1, 2, 3, 4, 5, 6, 7, 8
mask:   .byte   0x80, 0, 0xff, 0x7f, 0, 0x81, 0, 0x80
`).finish();
    expect([...bench.cpu.memory.read(0x30_0000, 8)]).toEqual([1, 0, 3, 0, 0, 6, 0, 8]);
  });
});

/** What a 3DNow! instruction makes of two pairs of words. */
function now(code: string, a: readonly number[], b: readonly number[]): number[] {
  const bench = flat(`
        movq    first, %mm0
        movq    second, %mm1
        ${code} %mm1, %mm0
        movq    %mm0, 0x300000
        femms
        hlt
first:  .long   ${a.join(", ")}
second: .long   ${b.join(", ")}
`).finish();
  return bench.words(0x30_0000, 2);
}

const bits = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0];
const LARGEST = 0x7f7f_ffff;
const ALL = 0xffff_ffff;

describe("3DNow!", () => {
  const f = (...values: number[]): number[] => values.map(bits);

  test.each([
    ["pfadd", f(1.5, -2), f(2.25, 2), f(3.75, 0)],
    ["pfsub", f(1, 3), f(4, 1.5), f(-3, 1.5)],
    ["pfsubr", f(1, 3), f(4, 1.5), f(3, -1.5)],
    ["pfmul", f(3, -0.5), f(7, 8), f(21, -4)],
    ["pfacc", f(1, 2), f(10, 20), f(3, 30)],
    ["pfnacc", f(1, 2), f(10, 25), f(-1, -15)],
    ["pfpnacc", f(1, 2), f(10, 25), f(-1, 35)],
    ["pfmin", f(1, -2), f(0.5, 3), f(0.5, -2)],
    ["pfmax", f(1, -0), f(0.5, -0), f(1, 0)],
    ["pfcmpeq", f(1, -0), f(1, 0), [ALL, ALL]],
    ["pfcmpgt", f(2, 1), f(1, 1), [ALL, 0]],
    ["pfcmpge", f(2, 1), f(1, 1), [ALL, ALL]],
    ["pf2id", [0, 0], f(-3.9, 1e20), [-3 >>> 0, 0x7fff_ffff]],
    ["pf2iw", [0, 0], f(-40000, 5.5), [0xffff_8000, 5]],
    ["pi2fd", [0, 0], [0x0100_0001, ALL], f(16777216, -1)],
    ["pi2fw", [0, 0], [0x1234_ffff, 7], f(-1, 7)],
    ["pmulhrw", [0x0001_4000, 0x8000_0003], [0x7fff_0002, 0x8000_4000], [0x0000_0001, 0x4000_0001]],
    ["pswapd", [1, 2], [3, 4], [4, 3]],
    ["pavgusb", [0x0001_02ff, 0], [0x0002_05fe, 1], [0x0002_04ff, 1]],
  ])("%s", (code, a, b, expected) => {
    expect(now(code, a, b)).toEqual(expected);
  });

  test("has no infinities and no denormals", () => {
    expect(now("pfmul", f(1e30, 1e-30), f(-1e30, 1e-30))).toEqual([(LARGEST | 0x8000_0000) >>> 0, 0]);
    expect(now("pfadd", [1, 0x8000_0001], f(1, 0))).toEqual(f(1, 0));
  });

  test("refines a reciprocal and a reciprocal root", () => {
    const [value] = f(3);
    const bench = flat(`
        movd    number, %mm0
        pfrcp   %mm0, %mm1
        punpckldq %mm0, %mm0
        pfrcpit1 %mm1, %mm0
        pfrcpit2 %mm1, %mm0
        movd    %mm0, 0x300000
        movd    number, %mm0
        pfrsqrt %mm0, %mm1
        movq    %mm1, %mm2
        pfmul   %mm1, %mm1
        pfrsqit1 %mm0, %mm1
        pfrcpit2 %mm2, %mm1
        movd    %mm1, 0x300004
        hlt
number: .long   ${value}
`).finish();
    expect(bench.words(0x30_0000, 2)).toEqual(f(1 / 3, 1 / Math.sqrt(3)));
  });
});
