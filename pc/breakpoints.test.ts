// Breakpoints of the host: where they stop, that one goes on from them, and that the run is the same as without.

import { describe, expect, test } from "vitest";
import { createMachine } from "../cli/node-machine.ts";
import { assemble } from "../toolchain/asm/index.ts";
import { link } from "../toolchain/link/index.ts";
import type { Engine } from "./cpu/cpu.ts";

/** Adds up 1 to 10 in AX by a function, over and over. */
const PROGRAM = `
        xorw    %ax, %ax
        movw    %ax, %ss
        movw    $0x7000, %sp
again:  xorw    %ax, %ax
        movw    $10, %cx
next:   call    add
        loop    next
after:  jmp     again
add:    addw    %cx, %ax
        ret
`;

function boot(engine: Engine) {
  const { object } = assemble(`.code16\n.globl _start\n_start:\n${PROGRAM}\n.org 510\n.word 0xaa55\n`, { file: "b.s" });
  const script = "ENTRY(_start) SECTIONS { . = 0x7c00; .text : { *(.text) } }";
  const floppyA = new Uint8Array(1440 * 1024);
  floppyA.set(link([{ name: "b.o", object }], { script }).flat());
  return createMachine({ floppyA, memoryBytes: 1 << 20, engine });
}

// Instructions of 2, 2, 3, 2, 3 bytes, then the call.
const NEXT = 0x7c00 + 12;
const ADD = NEXT + 3 + 2 + 2;
const LIMIT = { timeNs: 5e9 };
const at = (machine: ReturnType<typeof boot>) => machine.registers()["eip"];

describe.each<Engine>(["interpreter", "compiler"])("%s", (engine) => {
  test("stops before the instruction, again and again", () => {
    const machine = boot(engine);
    machine.setBreakpoints([ADD]);
    expect(machine.run(LIMIT)).toBe("breakpoint");
    expect([at(machine), machine.registers()["ecx"] & 0xffff]).toEqual([ADD, 10]);
    // Without being told to pass it stands where it is.
    expect(machine.run(LIMIT)).toBe("breakpoint");
    for (const count of [9, 8, 7]) {
      expect(machine.run({ ...LIMIT, pass: true })).toBe("breakpoint");
      expect([at(machine), machine.registers()["ecx"] & 0xffff]).toEqual([ADD, count]);
    }
  });

  test("one set in the middle of code that has run already stops there; one taken away does not", () => {
    const machine = boot(engine);
    machine.setBreakpoints([NEXT]);
    machine.run(LIMIT);
    machine.setBreakpoints([NEXT + 3]);
    expect(machine.run({ ...LIMIT, pass: true })).toBe("breakpoint");
    expect(at(machine)).toBe(NEXT + 3);
    machine.setBreakpoints([]);
    expect(machine.run({ instructions: 10_000 })).toBe("instructions");
  });

  test("a step leaves a breakpoint and ends at the next one, which stops the run that follows", () => {
    const machine = boot(engine);
    machine.setBreakpoints([ADD, ADD + 2]);
    machine.run(LIMIT);
    expect(machine.run({ instructions: 1, pass: true })).toBe("instructions");
    expect(at(machine)).toBe(ADD + 2);
    expect(machine.run(LIMIT)).toBe("breakpoint");
    expect(at(machine)).toBe(ADD + 2);
  });

  test("the run is the same as without breakpoints", () => {
    const [watched, free] = [boot(engine), boot(engine)];
    watched.setBreakpoints([ADD]);
    for (let i = 0; i < 25; i++) watched.run({ ...LIMIT, pass: true });
    watched.setBreakpoints([]);
    free.run({ instructions: watched.instructions });
    expect(free.registers()).toEqual(watched.registers());
    expect(free.timeNs).toBe(watched.timeNs);
  });
});
