// The runner with a real PC and a host whose clock the test turns: what the page is told, where steps end.

import { beforeEach, expect, test } from "vitest";
import { createMachine } from "../../cli/node-machine.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { link } from "../../toolchain/link/index.ts";
import type { MachineEvent, MachineStatus } from "./protocol.ts";
import { Runner } from "./runner.ts";

/** Counts in ESI by a function that calls another, and says each round on COM1; timer interrupts come in between. */
const KERNEL = `
        .long   0x1badb002, 0, -0x1badb002
        .globl  _start, called, back, outer, deep, after, inner
_start: movl    $0x1f0000, %esp
        xorl    %esi, %esi
        movl    $0x3f8, %edx
round:  movb    $'x', %al
        outb    %al, %dx
called: call    outer
back:   cmpl    $3, %esi
        jne     round
        cli
        hlt
outer:  pushl   %ebp
        movl    %esp, %ebp
deep:   call    inner
after:  incl    %esi
        popl    %ebp
        ret
inner:  incl    %edi
        ret
`;

const { object } = assemble(KERNEL, { file: "k.s" });
const SCRIPT = "ENTRY(_start) SECTIONS { . = 1M; .text : { *(.text) } }";
const { elf, symbols } = link([{ name: "k.o", object }], { script: SCRIPT });
const place = (name: string): number => {
  const address = symbols.get(name);
  if (address === undefined) throw new Error(`no ${name}`);
  return address;
};

let now: number;
let waiting: (() => void)[];
let events: MachineEvent[];
let runner: Runner;

beforeEach(() => {
  now = 0;
  waiting = [];
  events = [];
  runner = new Runner({
    now: () => now,
    emit: (event) => events.push(event),
    soon: (action) => waiting.push(action),
    later: (ms, action) => {
      const timed = () => {
        now += ms;
        action();
      };
      waiting.push(timed);
      return { cancel: () => waiting.splice(waiting.indexOf(timed), 1) };
    },
  });
  runner.insert(createMachine({ kernel: { image: elf }, memoryBytes: 4 << 20 }));
});

/** Turns the host's clock until the runner has nothing more to do. */
function settle(): MachineStatus {
  for (let turn = 0; turn < 10_000; turn++) {
    const action = waiting.shift();
    if (!action) break;
    now += 0.1;
    action();
  }
  return status();
}

function status(): MachineStatus {
  const told = events.findLast((event) => event.type === "status");
  if (told?.type !== "status") throw new Error("no status was told");
  return told.status;
}

const sent = () =>
  events.flatMap((event) => (event.type === "serial" ? [...event.bytes] : [])).map((byte) => String.fromCharCode(byte));

test("runs to the guest's end, and tells what it sent", () => {
  runner.run();
  expect(settle().state).toBe("halted");
  expect(sent().join("")).toBe("xxx");
  expect(events.some((event) => event.type === "picture")).toBe(true);
});

test("sends no picture before the last was shown", () => {
  runner.run();
  settle();
  expect(events.filter((event) => event.type === "picture")).toHaveLength(1);
  runner.shown();
  expect(events.filter((event) => event.type === "picture")).toHaveLength(2);
  runner.shown();
  expect(events.filter((event) => event.type === "picture")).toHaveLength(2);
});

test("a breakpoint stops it each time", () => {
  runner.setBreakpoints([place("inner")]);
  for (let round = 0; round < 3; round++) {
    runner.run();
    expect(settle()).toMatchObject({ state: "paused", stop: "breakpoint", linear: place("inner") });
  }
  runner.run();
  expect(settle().state).toBe("halted");
});

test("steps: one instruction, over a call, out of a function, to a place, through a line", () => {
  runner.runTo({ linear: place("called"), above: 0 });
  expect(settle()).toMatchObject({ state: "paused", stop: "step", linear: place("called") });
  runner.step(1);
  expect(status().linear).toBe(place("outer"));
  runner.setBreakpoints([place("deep")]);
  runner.run();
  expect(settle().linear).toBe(place("deep"));
  runner.stepOver();
  expect(settle()).toMatchObject({ state: "paused", stop: "step", linear: place("after") });
  runner.stepOut();
  expect(settle()).toMatchObject({ state: "paused", stop: "step", linear: place("back") });
  runner.setBreakpoints([]);
  runner.stepLine({ first: place("back"), end: place("called") });
  settle();
  runner.runTo({ linear: place("called"), above: 0 });
  settle();
  runner.stepLine({ first: place("called"), end: place("back") });
  expect(settle()).toMatchObject({ state: "paused", stop: "step", linear: place("back") });
});

test("a step over stops at a breakpoint inside", () => {
  runner.runTo({ linear: place("called"), above: 0 });
  settle();
  runner.setBreakpoints([place("inner")]);
  runner.stepOver();
  expect(settle()).toMatchObject({ stop: "breakpoint", linear: place("inner") });
  // What was to be reached is forgotten.
  runner.setBreakpoints([]);
  runner.run();
  expect(settle().state).toBe("halted");
});

test("at a thousand instructions a second, a second is a thousand instructions", () => {
  runner.setSpeed(1000);
  runner.run();
  const start = runner.guest?.instructions ?? 0;
  const end = now + 1000;
  while (now < end) waiting.shift()?.();
  const ran = (runner.guest?.instructions ?? 0) - start;
  expect(ran).toBeGreaterThan(950);
  expect(ran).toBeLessThan(1050);
});
