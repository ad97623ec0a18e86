// Alignment checks. What is checked by how many bytes is what an AMD EPYC does (a 32-bit Linux program that sets EFLAGS.AC).

import { describe, expect, test } from "vitest";
import { Bench, system } from "./program.testing.ts";

const AM_AND_AC = { am: 0x40000, flags: 0x40202 };

/** Runs `source` in ring 3 with EDI at 6000h; the vector it ends with: 3 when nothing was wrong. */
function inRing3(source: string, { am, flags } = AM_AND_AC, model = "max"): Bench {
  // A 386 has no CR4 to set OSFXSR in.
  const vectors = model === "max" ? "movl $0x600, %eax; movl %eax, %cr4" : "";
  return system(
    `
main:   ${vectors}
        movb    $0xee, IDT + 3 * 8 + 5
        movl    %cr0, %eax
        andl    $~0x40000, %eax
        orl     $${am}, %eax
        movl    %eax, %cr0
        movl    $0x6000, %edi
        pushl   $0x23
        pushl   $0x70000
        pushl   $${flags}
        pushl   $0x1b
        pushl   $user
        iretl
user:   movw    %ss, %ax
        movw    %ax, %ds
        movw    %ax, %es
there:  ${source}
        int3
  `,
    new Bench(4 << 20, undefined, model),
  ).finish();
}

describe("an unaligned access of ring 3 is #AC(0) with CR0.AM and EFLAGS.AC", () => {
  test.each([
    "movw 1(%edi), %ax",
    "movl 1(%edi), %eax",
    "movl 2(%edi), %eax",
    "movl %eax, 2(%edi)",
    "addl %eax, 2(%edi)",
    "xchgl %eax, 2(%edi)",
    "btsl $3, 2(%edi)",
    "flds 2(%edi)",
    "fldl 4(%edi)",
    "fstpl 4(%edi)",
    "fildq 4(%edi)",
    "fldt 2(%edi)",
    "fldt 4(%edi)",
    "fstpt 4(%edi)",
    "fbld 4(%edi)",
    "fbstp 4(%edi)",
    "fnsave 2(%edi)",
    "fnsave 1(%edi)",
    "fnstenv 2(%edi)",
    "frstor 2(%edi)",
    "fldenv 2(%edi)",
    "cmpxchg8b 4(%edi)",
    "lfs 2(%edi), %eax",
    "movups 8(%edi), %xmm0",
    "movups %xmm0, 8(%edi)",
    "lddqu 1(%edi), %xmm0",
    "pcmpistri $0, 8(%edi), %xmm0",
    "movsd 4(%edi), %xmm0",
    "movhps %xmm0, 4(%edi)",
    "movss 2(%edi), %xmm0",
    "pinsrw $0, 1(%edi), %xmm0",
    "movq 4(%edi), %mm0",
    "movq %mm0, 4(%edi)",
    "paddb 1(%edi), %mm0",
    "addl $4, %edi; pcmpeqb %xmm0, %xmm0; there2: maskmovdqu %xmm0, %xmm0",
    "fxsave 2(%edi)",
    "fxrstor 1(%edi)",
    "stmxcsr 2(%edi)",
  ])("%s", (instruction) => {
    const bench = inRing3(instruction);
    const at = bench.symbols.get("there2") ?? bench.symbol("there");
    expect(bench.words("seen", 3)).toEqual([17, 0, at]);
  });

  test("but #GP where 16 bytes must be aligned in any case", () => {
    for (const instruction of ["movaps 1(%edi), %xmm0", "addps 8(%edi), %xmm0", "fxsave 4(%edi)"])
      expect(inRing3(instruction).word("seen")).toBe(13);
  });

  test("string instructions and the stack", () => {
    expect(inRing3("leal 2(%edi), %esi; movsl").word("seen")).toBe(17);
    expect(inRing3("movl $0x6ffe, %esp; pushl %eax").word("seen")).toBe(17);
    expect(inRing3("movl $0x6ffe, %esp; popl %eax").word("seen")).toBe(17);
    expect(inRing3("movl $0x6ffe, %esp; enter $0, $0").word("seen")).toBe(17);
  });
});

describe("it is none", () => {
  test.each([
    "movb 1(%edi), %al",
    "movw 2(%edi), %ax",
    "movl 4(%edi), %eax",
    "fldl 8(%edi)",
    "fldt 8(%edi)",
    "fnsave 4(%edi)",
    "data16 fnsave 2(%edi)",
    "cmpxchg8b 8(%edi)",
    "sgdt 2(%edi)",
    "movups 16(%edi), %xmm0",
    "movsd 8(%edi), %xmm0",
    "movq 8(%edi), %mm0",
    "movss 4(%edi), %xmm0",
    "addl $8, %edi; pcmpeqb %xmm0, %xmm0; maskmovdqu %xmm0, %xmm0",
  ])("where it is aligned: %s", (instruction) => {
    expect(inRing3(instruction).word("seen")).toBe(3);
  });

  test("without AM, without AC, in ring 0 and on a 386", () => {
    const unaligned = "movl 1(%edi), %eax";
    expect(inRing3(unaligned, { am: 0, flags: 0x40202 }).word("seen")).toBe(3);
    expect(inRing3(unaligned, { am: 0x40000, flags: 0x202 }).word("seen")).toBe(3);
    expect(inRing3(unaligned, AM_AND_AC, "386").word("seen")).toBe(3);
    const { cpu } = system(`
main:   movl    %cr0, %eax
        orl     $0x40000, %eax
        movl    %eax, %cr0
        pushl   $0x40002
        popfl
        movl    0x6001, %eax
        hlt`).finish();
    expect([cpu.halted, cpu.registers.eflags & 0x40000]).toEqual([true, 0x40000]);
  });

  test("for the tables and the stack of ring 0 while it is entered, and once the handler cleared AC", () => {
    const bench = system(`
main:   gate    0x21, handler, 0xee
        movl    %cr0, %eax
        orl     $0x40000, %eax
        movl    %eax, %cr0
        movl    $0x7ffff, TSS + 4
        pushl   $0x23
        pushl   $0x70000
        pushl   $0x40202
        pushl   $0x1b
        pushl   $user
        iretl
user:   movw    %ss, %ax
        movw    %ax, %ds
        int     $0x21
        movl    0x6001, %eax
        movl    $1, %ebx
there:  hlt
handler:
        movl    0x6001, %eax
        andl    $~0x40000, 8(%esp)
        iretl
    `).finish();
    expect(bench.words("seen", 3)).toEqual([13, 0, bench.symbol("there")]);
  });
});

test("a limit comes before it", () => {
  const bench = inRing3("movw $0x43, %ax; movw %ax, %fs; movl %fs:0xfd, %eax");
  expect(bench.word("seen")).toBe(13);
});
