// What a recorder notes of a machine, that a machine runs the same with and without one, and the ring itself.

import { expect, test } from "vitest";
import { createMachine } from "../cli/node-machine.ts";
import { assemble } from "../toolchain/asm/index.ts";
import { link } from "../toolchain/link/index.ts";
import { CELL_READ, CELL_WRITTEN, type MachineEvent, MOST_CELLS, Recorder } from "./recorder.ts";

/** Ports of each kind, an exception, a sector written and read back, then the timer's interrupts. */
const PROGRAM = `
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    $0x7000, %sp
        movw    $divided, 0
        movw    %ax, 2
        nop
first:  movb    $0x5a, %al
        outb    %al, $0x80
        movw    $3, %cx
poll:   inb     $0x61, %al
        andb    $0x0f, %al
        loop    poll
        movw    $bytes, %si
        movw    $4, %cx
        movw    $0x80, %dx
        cld
string: rep outsb
        xorb    %bl, %bl
faulty: divb    %bl
        movw    $0x0301, %ax
        movw    $0x7c00, %bx
        movw    $0x0102, %cx
        movw    $0x0000, %dx
        int     $0x13
        movw    $0x0301, %ax
        movw    $0x7c00, %bx
        movw    $0x0003, %cx
        movw    $0x0080, %dx
        int     $0x13
        sti
done:   hlt
        jmp     done
divided:
        addw    $2, %ss:0x6ffa
        iret
bytes:  .byte   1, 2, 3, 4
`;

function boot() {
  const { object } = assemble(`.code16\n.globl _start\n_start:\n${PROGRAM}\n.org 510\n.word 0xaa55\n`, { file: "r.s" });
  const script = "ENTRY(_start) SECTIONS { . = 0x7c00; .text : { *(.text) } }";
  const floppyA = new Uint8Array(1440 * 1024);
  floppyA.set(link([{ name: "r.o", object }], { script }).flat());
  return createMachine({ floppyA, hda: new Uint8Array(1 << 20), memoryBytes: 1 << 20 });
}

/** Instructions of 2, 2, 2, 3, 6, 3 bytes and a nop. */
const FIRST = 0x7c00 + 19;
const POLL = FIRST + 2 + 2 + 3;
const END = { timeNs: 3e9 };

test("notes ports with the instruction's address, rounds as one, exceptions, interrupts and the blocks of disks", () => {
  const machine = boot();
  machine.setBreakpoints([FIRST]);
  expect(machine.run({ timeNs: 10e9 })).toBe("breakpoint");
  machine.setBreakpoints([]);
  const recorder = new Recorder();
  const instructions = machine.instructions;
  machine.record(recorder);
  machine.run({ timeNs: machine.timeNs + 1e9, pass: true });
  const events = recorder.events(0);
  const short = ({ kind, place, size, value, linear, times }: MachineEvent) => [
    kind,
    place,
    size,
    value,
    linear,
    times,
  ];
  const string = POLL + 2 + 2 + 2 + 3 + 3 + 3 + 1;
  expect(events[0]).toMatchObject({ sequence: 0, instructions: instructions + 1, kind: "out", place: 0x80, size: 1 });
  expect(short(events[0])).toEqual(["out", 0x80, 1, 0x5a, FIRST + 2, 1]);
  const polls = events.filter(({ linear }) => linear === POLL);
  expect(polls.map(({ kind, place }) => [kind, place])).toEqual(polls.map(() => ["in", 0x61]));
  expect(polls.reduce((sum, { times }) => sum + times, 0)).toBe(3);
  expect(events.filter(({ linear }) => linear === string).map(short)).toEqual([["out", 0x80, 1, 4, string, 4]]);
  const exceptions = events.filter(({ kind }) => kind === "exception");
  expect(exceptions.map(short)).toEqual([["exception", 0, 0, 0, string + 4, 1]]);
  expect(events.some(({ kind, place }) => kind === "interrupt" && place === 8)).toBe(true);
  const writes = events.filter(({ kind }) => kind === "write");
  expect(writes.map(({ place, size, value }) => [value, place, size])).toEqual([
    [0, 37, 1],
    [2, 2, 1],
  ]);
  expect(recorder.disks.map(({ disk, blockCount, blocksWritten }) => [disk, blockCount, blocksWritten])).toEqual([
    [0, 2880, 1],
    [2, 2048, 1],
  ]);
  expect(recorder.disks[0].cells[37]).toBe(CELL_WRITTEN);
  for (let i = 1; i < events.length; i++) expect(events[i].timeNs).toBeGreaterThanOrEqual(events[i - 1].timeNs);
});

test("the run is the same with a recorder, with looks at the devices, and after both have gone", () => {
  const plain = boot();
  const watched = boot();
  plain.run(END);
  watched.record(new Recorder(100));
  for (let timeNs = 0; timeNs < 2e9; timeNs += 3e7) {
    watched.run({ timeNs });
    watched.deviceStates();
  }
  watched.record(undefined);
  watched.run(END);
  expect([watched.instructions, watched.timeNs]).toEqual([plain.instructions, plain.timeNs]);
  expect(watched.save()).toEqual(plain.save());
});

test("nothing is noted any more when nobody asks", () => {
  const machine = boot();
  const recorder = new Recorder();
  machine.record(recorder);
  machine.run({ instructions: 20_000 });
  machine.record(undefined);
  const { total } = recorder;
  expect(total).toBeGreaterThan(0);
  machine.run({ timeNs: 3e9 });
  expect(recorder.total).toBe(total);
});

test("states of the devices have registers, but neither memories nor media", () => {
  const machine = boot();
  machine.run(END);
  const states = machine.deviceStates();
  expect(Object.keys(states)).toEqual(expect.arrayContaining(["pic", "pit", "i8042", "rtc", "fdc", "ide", "vga"]));
  expect(states["fdc"]["drive0"]).toMatchObject({ blockCount: 2880, modified: true });
  const bytesIn = (value: unknown): number => {
    if (value instanceof Uint8Array) return value.length;
    return typeof value === "object" && value !== null
      ? Object.values(value).reduce((sum: number, part) => sum + bytesIn(part), 0)
      : 0;
  };
  expect(bytesIn(states)).toBeLessThan(16_384);
});

test("the ring keeps the newest; who asks again goes on with the last one", () => {
  const recorder = new Recorder(4);
  const out = (place: number, instructions: number) =>
    recorder.add({ kind: "out", place, size: 1, value: 7, linear: 0x100, instructions, timeNs: instructions });
  for (let place = 0; place < 6; place++) out(place, place);
  expect(recorder.events(0).map(({ sequence, place }) => [sequence, place])).toEqual([
    [2, 2],
    [3, 3],
    [4, 4],
    [5, 5],
  ]);
  out(5, 9);
  expect(recorder.events(5)).toMatchObject([{ sequence: 5, times: 2, instructions: 5 }]);
  expect(recorder.events(0, 1).map(({ place }) => place)).toEqual([5]);
  expect(recorder.total).toBe(6);
});

test("a large disk's cells each stand for many blocks; a transfer over a border lights both", () => {
  const recorder = new Recorder();
  const blocks = MOST_CELLS * 10;
  recorder.moved(2, blocks, 15, 10, false);
  recorder.moved(2, blocks, blocks - 1, 1, true);
  const [{ cells, blocksRead, blocksWritten, position }] = recorder.disks;
  expect([...cells.subarray(0, 4)]).toEqual([0, CELL_READ, CELL_READ, 0]);
  expect(cells[MOST_CELLS - 1]).toBe(CELL_WRITTEN);
  expect([blocksRead, blocksWritten, position]).toEqual([10, 1, blocks]);
});
