// Model-specific registers, SYSENTER, and what is no instruction: LOCK in the wrong place, more than 15 bytes, undefined opcodes.

import { describe, expect, test } from "vitest";
import { Bench, system } from "./program.testing.ts";

/** Vector and error code of what `source` raises in ring 0, or [-1] when it raises nothing. */
function raised(source: string, model = "max"): number[] {
  const bench = system(
    `main: movl $0x5000, %edi; ${source}; movl $-1, seen; hlt`,
    new Bench(4 << 20, undefined, model),
  ).finish();
  const [vector, error] = bench.words("seen", 2);
  return vector === 0xffff_ffff ? [-1] : [vector, error];
}

/** Ring 3 at `user`, with EFLAGS in USER_FLAGS. */
const TO_USER = `
to_user:
        pushl   $0x23
        pushl   $0x70000
        pushl   $USER_FLAGS
        pushl   $0x1b
        pushl   $user
        iretl
`;

const WRITE_SYSENTER = `
        .macro  wrmsr32 index, value
        movl    $\\index, %ecx
        movl    $\\value, %eax
        xorl    %edx, %edx
        wrmsr
        .endm
`;

describe("SYSENTER and SYSEXIT", () => {
  const ROUND_TRIP = `
        .set    USER_FLAGS, 0x202
        .set    log, 0x4100
        ${WRITE_SYSENTER}
main:   wrmsr32 0x174, 0x48                     # nothing there: the tables are not looked at
        wrmsr32 0x175, 0x60000
        wrmsr32 0x176, inner
        jmp     to_user
user:   sysenter
inner:  pushl   $0x10
        popl    %ds
        movl    %esp, log
        movw    %cs, log + 4
        movw    %ss, log + 6
        pushfl
        popl    log + 8
        movl    $outer, %edx
        movl    $0x71234, %ecx
        sti
        sysexit
outer:  movw    %cs, %ax
        movw    %ss, %bx
        movl    %esp, %esi
there:  hlt                                     # #GP: ring 3
        ${TO_USER}`;

  test("go to flat segments of ring 0 and back to those of ring 3", () => {
    const bench = system(ROUND_TRIP).finish();
    expect(bench.words("log", 3)).toEqual([0x60000, 0x00500048, 2]);
    const { registers } = bench.cpu;
    expect(registers.general("eax") & 0xffff).toBe(0x5b);
    expect(registers.general("ebx") & 0xffff).toBe(0x63);
    expect(registers.general("esi")).toBe(0x71234);
    expect(bench.words("seen", 4)).toEqual([13, 0, bench.symbol("there"), 0x5b]);
  });

  test("are #GP while SYSENTER_CS is null", () => {
    expect(raised("sysenter")).toEqual([13, 0]);
    expect(raised("sysexit")).toEqual([13, 0]);
  });

  test("are #UD on a processor without SEP", () => {
    expect(raised("sysenter", "pentiumpro")).toEqual([6, 0]);
    expect(raised("movl $0x174, %ecx; rdmsr", "pentiumpro")).toEqual([13, 0]);
  });
});

describe("model-specific registers", () => {
  test("keep what they are given", () => {
    const { cpu } = system(`
        ${WRITE_SYSENTER}
main:   wrmsr32 0x175, 0x12345678
        rdmsr
        hlt`).finish();
    expect([cpu.registers.general("eax"), cpu.registers.general("edx")]).toEqual([0x12345678, 0]);
  });

  test.each([
    ["an index that there is not", "movl $0x12345, %ecx; rdmsr"],
    ["nor can it be written", "movl $0x12345, %ecx; wrmsr"],
    ["MCG_CAP is read-only", "movl $0x179, %ecx; wrmsr"],
    ["MCG_STATUS takes only 0", "movl $0x17a, %ecx; movl $1, %eax; wrmsr"],
    ["RDPMC: there are no counters", "xorl %ecx, %ecx; rdpmc"],
  ])("%s: #GP(0)", (_, source) => {
    expect(raised(source)).toEqual([13, 0]);
  });

  test("are for ring 0", () => {
    const bench = system(`
        .set    USER_FLAGS, 0x202
main:   jmp     to_user
user:   movl    $0x10, %ecx
there:  rdmsr
        ${TO_USER}`).finish();
    expect(bench.words("seen", 3)).toEqual([13, 0, bench.symbol("there")]);
  });
});

describe("the time-stamp counter", () => {
  const READ_IN_RING_3 = `
        .set    USER_FLAGS, 0x202
main:   movl    $CR4, %eax
        movl    %eax, %cr4
        rdtsc
        jmp     to_user
user:   rdtsc
there:  hlt
        ${TO_USER}`;

  test("can be read in ring 3 unless CR4.TSD is set", () => {
    const open = system(`.set CR4, 0; ${READ_IN_RING_3}`).finish();
    expect(open.word(open.symbol("seen") + 8)).toBe(open.symbol("there"));
    const closed = system(`.set CR4, 4; ${READ_IN_RING_3}`).finish();
    expect(closed.words("seen", 3)).toEqual([13, 0, closed.symbol("user")]);
  });
});

describe("LOCK", () => {
  test.each([
    "addl %eax, (%edi)",
    "adcb $1, (%edi)",
    "negl (%edi)",
    "incb (%edi)",
    "btsl $1, (%edi)",
    "xchgl %eax, (%edi)",
    "xaddl %eax, (%edi)",
    "cmpxchgl %eax, (%edi)",
    "cmpxchg8b (%edi)",
  ])("may stand before %s", (instruction) => {
    expect(raised(`.byte 0xf0; ${instruction}`)).toEqual([-1]);
  });

  test.each([
    "addl (%edi), %eax",
    "addl %eax, %ebx",
    "cmpl %eax, (%edi)",
    "testl %eax, (%edi)",
    "movl %eax, (%edi)",
    "btl $1, (%edi)",
    "shll (%edi)",
    "xchgl %eax, %ebx",
    "pushl (%edi)",
    "nop",
    "movl %cr0, %eax",
    "stosb",
    "fld1",
  ])("is #UD before %s", (instruction) => {
    expect(raised(`.byte 0xf0; ${instruction}`)).toEqual([6, 0]);
  });
});

describe("fifteen bytes", () => {
  test("are the longest instruction; one more is #GP, whatever it would be", () => {
    const prefixes = (count: number): string => `.fill ${count}, 1, 0x2e`;
    expect(raised(`${prefixes(14)}; nop`)).toEqual([-1]);
    expect(raised(`${prefixes(15)}; nop`)).toEqual([13, 0]);
    expect(raised(`${prefixes(9)}; movl $1, 0x5000(%edi)`)).toEqual([13, 0]);
    expect(raised(`${prefixes(14)}; ud2`)).toEqual([13, 0]);
  });

  test("count also across a page", () => {
    const across = (count: number): number[] =>
      raised(`jmp 1f; .balign 4096; .skip 4088; 1: .fill ${count}, 1, 0x2e; nop`);
    expect(across(14)).toEqual([-1]);
    expect(across(15)).toEqual([13, 0]);
  });
});

describe("undefined opcodes are #UD", () => {
  test.each([
    ["UD2", "ud2"],
    ["UD1", ".byte 0x0f, 0xb9, 0xc0"],
    ["UD0", ".byte 0x0f, 0xff, 0xc0"],
    ["0F 04", ".byte 0x0f, 0x04"],
    ["MOV to CS", ".byte 0x8e, 0xc8"],
    ["MOV from segment register 6", ".byte 0x8c, 0xf0"],
    ["MOV from CR1", ".byte 0x0f, 0x20, 0xc8"],
    ["MOV from CR5", ".byte 0x0f, 0x20, 0xe8"],
    ["LEA of a register", ".byte 0x8d, 0xc0"],
    ["LES of a register", ".byte 0xc4, 0xc0"],
    ["BOUND of a register", ".byte 0x62, 0xc0"],
    ["CMPXCHG8B of a register", ".byte 0x0f, 0xc7, 0xc8"],
    ["INVLPG of a register", ".byte 0x0f, 0x01, 0xf8"],
    ["group 5, /7", ".byte 0xff, 0xf8"],
    ["group 4, /2", ".byte 0xfe, 0xd0"],
    ["group 1A, /1", ".byte 0x8f, 0xc8"],
  ])("%s", (_, source) => {
    expect(raised(source)).toEqual([6, 0]);
  });
});

test("INT1 goes through a gate that INT n may not use, as a trap", () => {
  const bench = system(`
        .set    USER_FLAGS, 0x202
main:   jmp     to_user
user:   .byte   0xf1
after:  nop
        ${TO_USER}`).finish();
  expect(bench.words("seen", 3)).toEqual([1, 0, bench.symbol("after")]);
});
