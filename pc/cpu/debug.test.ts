// Debug registers beyond what test/cpu/breakpoints.s compares with Bochs: task switches, what a host sets, and saved states.

import { expect, test } from "vitest";
import { flat, system } from "./program.testing.ts";

test("a task switch clears the local breakpoints, keeps the global ones, and traps if the new task's T bit is set", () => {
  const bench = system(`
        .set    log, 0x4100
main:   gate    1, trapped
        movl    $0x2ff, %eax                    # all enabled, LE and GE; DR0 to DR3 are 0
        movl    %eax, %dr7
        movl    $other, TSS2 + 0x20
        movl    $0x0002, TSS2 + 0x24
        movl    $0x60000, TSS2 + 0x38
        movl    $0x10, TSS2 + 0x48
        movl    $8, TSS2 + 0x4c
        movl    $0x10, TSS2 + 0x50
        movl    $0x10, TSS2 + 0x54
        movw    $1, TSS2 + 0x64
        ljmp    $0x30, $0
other:  hlt
trapped:
        movl    %dr6, %eax
        movl    %eax, log
        movl    %dr7, %eax
        movl    %eax, log + 4
        popl    log + 8
        hlt
  `).finish();
  expect(bench.words("log", 3)).toEqual([0xffff8ff0, 0x6aa, bench.symbol("other")]);
});

test("a data breakpoint on a block that was running without it, and off again", () => {
  const bench = system(`
        .set    log, 0x4100
        .set    watched, 0x6000
main:   gate    1, trapped
        call    work
        movl    $watched, %eax
        movl    %eax, %dr0
        movl    $0xd0001, %eax
        movl    %eax, %dr7
        call    work
        xorl    %eax, %eax
        movl    %eax, %dr7
        call    work
        hlt
work:   movl    $100, %ecx
1:      incl    watched
        incl    watched + 4
        loop    1b
        ret
trapped:
        incl    log
        iretl
  `).finish();
  expect(bench.word("log")).toBe(100);
  expect(bench.word("watched")).toBe(300);
});

test("the host sets a breakpoint, and a saved state keeps it", () => {
  const program = "nop; here: nop; hlt";
  const first = flat(program);
  first.cpu.registers.setDebug(0, first.symbol("here"));
  first.cpu.registers.setDebug(7, 0x401);
  const saved = first.cpu.save();
  const second = flat(program);
  second.cpu.load(saved);
  second.cpu.run(10);
  // Without an IDT #DB ends in a shutdown.
  expect([second.cpu.shutdown, second.cpu.registers.debug(6)]).toEqual([true, 0xffff0ff1]);
});

/** Runs 1000 instructions of a #DB that leads to the next at once: the run ends all the same. */
function endless(program: string): void {
  const bench = system(program);
  bench.cpu.run(2000);
  bench.cpu.run(1000);
  expect(bench.cpu.halted || bench.cpu.shutdown).toBe(false);
}

test("a breakpoint at the start of its own handler does not stop the clock", () => {
  endless(`
main:   gate    1, trapped
        movl    $trapped, %eax
        movl    %eax, %dr0
        movl    $1, %eax
        movl    %eax, %dr7
        .byte   0xf1
        hlt
trapped:
        iretl
  `);
});

test("nor do a watched stack and a watched vector table", () => {
  for (const watched of ["0x8fff0", "IDT + 8"]) {
    endless(`
main:   gate    1, trapped
        movl    $${watched}, %eax
        movl    %eax, %dr0
        movl    $0xf0001, %eax
        movl    %eax, %dr7
1:      pushl   %eax
        popl    %eax
        .byte   0xf1
        jmp     1b
trapped:
        pushl   %eax
        popl    %eax
        iretl
    `);
  }
});
