// The non-maskable interrupt: taken whatever IF says, but not inside its own handler.

import { expect, test } from "vitest";
import { system } from "./program.testing.ts";

const HANDLER = `
        .set    log, 0x4100
        .macro  note value
        movl    log, %ecx
        movb    $\\value, log + 4(%ecx)
        incl    log
        .endm
`;

/** What a program has noted, in order; NMIs are raised when it writes to port 80h. */
function noted(program: string): string {
  const bench = system(HANDLER + program);
  bench.onPortWrite = () => bench.cpu.raiseNmi();
  bench.finish();
  return new TextDecoder().decode(bench.cpu.memory.read(0x4104, bench.word(0x4100)));
}

test("it comes with IF clear, after the instruction that it was raised in", () => {
  expect(
    noted(`
main:   gate    2, handler
        note    'a
        outb    %al, $0x80
        note    'b
        hlt
handler:
        note    'n
        iretl
  `),
  ).toBe("anb");
});

test("another one waits for IRET, and a third is lost", () => {
  expect(
    noted(`
main:   gate    2, handler
        gate    3, breakpoint
        outb    %al, $0x80
        note    'b
        hlt
handler:
        note    '[
        cmpl    $1, log
        jne     1f
        outb    %al, $0x80
        outb    %al, $0x80
1:      note    ']
        iretl
breakpoint:
        iretl
  `),
  ).toBe("[][]b");
});

test("an IRET from an exception inside the handler lets the next one in, too", () => {
  expect(
    noted(`
main:   gate    2, handler
        gate    3, breakpoint
        outb    %al, $0x80
        note    'b
        hlt
handler:
        note    '[
        cmpl    $1, log
        jne     1f
        outb    %al, $0x80
        int3
1:      note    ']
        iretl
breakpoint:
        note    '3
        iretl
  `),
  ).toBe("[3[]]b");
});

test("it waits for the instruction after MOV SS, not for the one after LSS", () => {
  const program = (load: string): string => `
main:   gate    2, handler
        movl    $0x10, %ebx
        movl    $0x80, %edx
        ${load}
        hlt
pointer:
        .long   0x90000, 0x10
handler:
        note    'n
        iretl
  `;
  const interrupted = (load: string): number => {
    const bench = system(HANDLER + program(`${load}; after: nop`));
    while (bench.cpu.registers.eip !== bench.symbol("after")) bench.cpu.step();
    bench.cpu.raiseNmi();
    bench.cpu.step();
    return bench.cpu.registers.eip - bench.symbol("after");
  };
  // MOV SS: the NOP runs first. LSS: the step is the handler's first instruction.
  expect(interrupted("movl %ebx, %ss")).toBe(1);
  expect(interrupted("lss pointer, %esp")).not.toBe(1);
});

test("it wakes a processor that halted with IF clear", () => {
  const bench = system(`
main:   gate    2, handler
        cli
        hlt
        movl    $1, %ebx
        hlt
handler:
        movl    $2, %esi
        iretl
  `).finish();
  expect(bench.cpu.asleep).toBe(true);
  bench.cpu.raiseNmi();
  expect(bench.cpu.asleep).toBe(false);
  bench.finish();
  expect([bench.cpu.registers.general("ebx"), bench.cpu.registers.general("esi")]).toEqual([1, 2]);
});
