// The Machine API, with boot sectors of a few lines: where runs stop, that they are the same each time, and that a saved
// machine goes on as it would have.

import { describe, expect, test } from "vitest";
import { createMachine } from "../cli/node-machine.ts";
import { assemble } from "../toolchain/asm/index.ts";
import { link } from "../toolchain/link/index.ts";

/** A floppy whose boot sector is this program at 0:7C00. */
function floppy(program: string): Uint8Array {
  const source = `.code16\n.globl _start\n_start:\n${program}\n.org 510\n.word 0xaa55\n`;
  const { object } = assemble(source, { file: "boot.s" });
  const script = "ENTRY(_start) SECTIONS { . = 0x7c00; .text : { *(.text) } }";
  const image = new Uint8Array(1440 * 1024);
  image.set(link([{ name: "boot.o", object }], { script }).flat());
  return image;
}

/** Counts timer ticks, echoes keys to the screen and to COM1. */
const ECHO = `
        cli
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    $tick, 4 * 0x1c
        movw    %ax, 4 * 0x1c + 2
        sti
1:      movb    $1, %ah
        int     $0x16
        jz      2f
        movb    $0, %ah
        int     $0x16
        movb    $0x0e, %ah
        int     $0x10
        movw    $0x3f8, %dx
        outb    %al, %dx
2:      hlt
        jmp     1b
tick:   incl    %cs:ticks
        iret
ticks:  .long   0
`;

const shows = (machine: ReturnType<typeof createMachine>, text: string) => () =>
  machine.screen.text().some((line) => line.includes(text));

/** Waits for a key, then writes its character all over sector 2 of the first hard disk. */
const WRITER = `
        xorw    %ax, %ax
        movw    %ax, %es
1:      movb    $0, %ah
        int     $0x16
        movw    $0x8000, %di
        movw    $512, %cx
        cld
        rep stosb
        movw    $0x0301, %ax
        movw    $0x8000, %bx
        movw    $0x0002, %cx
        movw    $0x0080, %dx
        int     $0x13
        movw    $0x0e21, %ax
        int     $0x10
        jmp     1b
`;

describe("a hard disk", () => {
  const written = (machine: ReturnType<typeof createMachine>) => machine.disk(0)?.read(1, 1)[0];

  test("keeps what is written to it beside its image, and a saved machine has that", () => {
    const hda = new Uint8Array(1 << 20);
    const options = { floppyA: floppy(WRITER), hda };
    const machine = createMachine(options);
    machine.keyboard.type("A");
    expect(machine.run({ timeNs: 10e9, until: shows(machine, "!") })).toBe("until");
    expect(written(machine)).toBe(0x41);
    expect(hda.every((byte) => byte === 0)).toBe(true);
    const saved = machine.save();
    machine.keyboard.type("B");
    expect(machine.run({ timeNs: 20e9, until: shows(machine, "!!") })).toBe("until");
    expect(written(machine)).toBe(0x42);
    const other = createMachine(options);
    other.restore(saved);
    expect(written(other)).toBe(0x41);
    other.keyboard.type("B");
    expect(other.run({ timeNs: 20e9, until: shows(other, "!!") })).toBe("until");
    expect([other.instructions, other.timeNs]).toEqual([machine.instructions, machine.timeNs]);
    machine.restore(saved);
    expect(written(machine)).toBe(0x41);
  });

  test("is read where the guest reads it, from a source that may be large", () => {
    const reads: number[] = [];
    const hda = {
      blockCount: 2 ** 32,
      read: (first: number, count: number) => {
        reads.push(first);
        return new Uint8Array(count * 512);
      },
    };
    const machine = createMachine({ hda, bootOrder: "c" });
    expect(machine.run({ timeNs: 5e9, until: shows(machine, "no boot sector") })).toBe("until");
    expect(new Set(reads)).toEqual(new Set([0]));
  });
});

test("the time-stamp counter tells guest time, asleep or awake", () => {
  // Sleeps for eight ticks of the timer, then works for some time; the counter at the start and after each, at 9000h.
  const machine = createMachine({
    floppyA: floppy(`
        xorw    %ax, %ax
        movw    %ax, %ds
        sti
        hlt
        rdtsc
        movl    %eax, 0x9000
        movl    0x46c, %ebx
        addl    $8, %ebx
1:      hlt
        cmpl    0x46c, %ebx
        jne     1b
        rdtsc
        movl    %eax, 0x9004
        cli
        hlt`),
  });
  expect(machine.run({ timeNs: 10e9 })).toBe("halted");
  const view = new DataView(machine.memory.read(0x9000, 8).buffer);
  const cycles = view.getUint32(4, true) - view.getUint32(0, true);
  // 100 MHz; a tick is 54.9254 ms.
  expect(cycles / 1e8).toBeCloseTo(8 * 0.0549254, 4);
});

describe("a run stops", () => {
  test("at an instruction count, exactly", () => {
    const machine = createMachine({ floppyA: floppy("1: jmp 1b") });
    expect(machine.run({ instructions: 123_457 })).toBe("instructions");
    expect(machine.instructions).toBe(123_457);
    expect(machine.run({ instructions: 1 })).toBe("instructions");
    expect(machine.instructions).toBe(123_458);
  });

  test("at a time, also when the guest sleeps", () => {
    const machine = createMachine({ floppyA: floppy(ECHO) });
    expect(machine.run({ timeNs: 2e9 })).toBe("time");
    expect(machine.timeNs).toBe(2e9);
    expect(machine.instructions).toBeLessThan(1e6);
  });

  test.each([
    ["halted", "cli; hlt"],
    ["dead", "lidt zero; int3; zero: .word 0, 0, 0"],
    ["powerOff", "movw $0x604, %dx; movw $0x2000, %ax; outw %ax, %dx; 1: jmp 1b"],
  ])("%s", (reason, program) => {
    const machine = createMachine({ floppyA: floppy(program) });
    expect(machine.run({ timeNs: 10e9 })).toBe(reason);
  });

  test("never for a reset: the machine boots again", () => {
    const machine = createMachine({
      floppyA: floppy("xorw %ax, %ax; movw %ax, %ds; incb 0x9000; movb $0xfe, %al; outb %al, $0x64; hlt"),
    });
    expect(machine.run({ until: () => machine.memory.read(0x9000, 1)[0] >= 3, timeNs: 10e9 })).toBe("until");
  });
});

describe("the same again", () => {
  test("two runs with typed input agree to the instruction", () => {
    const figures = [1, 2].map(() => {
      const machine = createMachine({ floppyA: floppy(ECHO) });
      machine.keyboard.type("abc");
      expect(machine.run({ until: shows(machine, "abc"), timeNs: 20e9 })).toBe("until");
      return [machine.instructions, machine.timeNs, machine.serial[0].output];
    });
    expect(figures[0]).toEqual(figures[1]);
    expect(figures[0][2]).toBe("abc");
  });

  test("a run in small slices ends as a run in one", () => {
    const whole = createMachine({ floppyA: floppy(ECHO) });
    whole.run({ timeNs: 500e6 });
    const sliced = createMachine({ floppyA: floppy(ECHO) });
    for (let at = 0; at < 500e6; at += 700_001) sliced.run({ timeNs: Math.min(at, 500e6) });
    sliced.run({ timeNs: 500e6 });
    expect(sliced.instructions).toBe(whole.instructions);
    expect(sliced.registers()).toEqual(whole.registers());
  });

  test("a saved machine goes on as it would have, in another machine", () => {
    const image = floppy(ECHO);
    const machine = createMachine({ floppyA: image.slice() });
    machine.keyboard.type("first ");
    machine.run({ until: shows(machine, "first"), timeNs: 20e9 });
    machine.keyboard.type("second");
    machine.run({ instructions: 1234 });
    const state = machine.save();
    const other = createMachine({ floppyA: image.slice() });
    other.restore(state);
    for (const each of [machine, other])
      expect(each.run({ until: shows(each, "first second"), timeNs: 40e9 })).toBe("until");
    expect(other.instructions).toBe(machine.instructions);
    expect(other.timeNs).toBe(machine.timeNs);
    expect(Buffer.from(other.save()).equals(machine.save())).toBe(true);
  });
});

test("a kernel that cannot be started is refused at once", () => {
  expect(() => createMachine({ kernel: { image: new Uint8Array(100) } })).toThrow(/expected/);
});

test("a floating-point error without CR0.NE comes as IRQ 13, which the BIOS makes an NMI", () => {
  const program = `
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    $error, 4 * 2
        movw    %ax, 4 * 2 + 2
        sti
        fninit
        fldcw   divide_unmasked
        fldz
        fld1
        .byte   0xd8, 0xf1                      # fdiv %st(1), %st: the operand stays
        .byte   0xd9, 0x1e                      # fstp dword: waits for the error, then stores what is left
        .word   0x600
        movl    $0x1234, 0x604
1:      hlt
        jmp     1b
error:  fnstsw  %ax
        movw    %ax, %cs:0x608
        fwait                                   # goes on: the BIOS has written to port F0h
        fnclex
        incw    %cs:0x60a
        iret
divide_unmasked:
        .word   0x37b`;
  const machine = createMachine({ floppyA: floppy(program) });
  machine.run({ timeNs: 5e9, until: () => machine.memory.read(0x604, 2)[0] === 0x34 });
  const bytes = new DataView(machine.memory.read(0x600, 12).buffer);
  expect(bytes.getUint32(4, true)).toBe(0x1234);
  expect(bytes.getUint16(8, true) & 0x80ff).toBe(0x8084);
  expect(bytes.getUint16(10, true)).toBe(1);
  expect(bytes.getFloat32(0, true)).toBe(1);
});
