// What the system costs, in counts of the time-stamp counter (guest instructions; while the processor is halted, 10 ns each): the kernel monitor's `measure` and the program `bench`, with the limits that
// the project has set itself beside them.

import { readFileSync, statSync } from "node:fs";
import { createMachine } from "../dist/index.js";

const PROMPT = /(?:^|\n)minios> $/;
const MOST_INSTRUCTIONS = 1e9;

/** Of the time-stamp counter. */
const NS_PER_COUNT = 10;

/** By the start of a figure's name; the others have no limit. */
const LIMITS = {
  "thread switch": 80,
  "null system call": 150,
  "boot to the prompt": 15_000_000,
  "kernel image": 163_840,
};

/** A booted system that answers lines. */
class System {
  constructor(options) {
    this.machine = createMachine(options);
    this.waitFor(PROMPT, 0);
  }

  get output() {
    return this.machine.serial[0].output.replaceAll("\r", "");
  }

  waitFor(pattern, start) {
    const until = () => pattern.test(this.output.slice(start));
    if (this.machine.run({ until, instructions: MOST_INSTRUCTIONS }) !== "until")
      throw new Error(`no ${pattern}:\n${this.output.slice(start)}`);
  }

  /** The lines that a command prints. */
  run(line) {
    const start = this.output.length;
    this.machine.serial[0].send(Buffer.from(`${line}\r`));
    this.waitFor(/\nminios> $/, start);
    return this.output.slice(start).split("\n").slice(1, -1);
  }

  /** From a key's press, when nothing else is to do, to the program that waits for it. */
  keyPress() {
    const start = this.output.length;
    this.machine.serial[0].send(Buffer.from("bench key\r"));
    this.waitFor(/\npress a key\n/, start);
    // Until everything waits; the clock ticks.
    this.machine.run({ timeNs: this.machine.timeNs + 50e6 });
    this.machine.keyboard.press("KeyX");
    // The key takes its time on the line; it has come when the processor, halted, goes on for the last time before it is read.
    const haltedNs = () => this.machine.timeNs - this.machine.instructions * NS_PER_COUNT;
    const wakes = [];
    let halted = haltedNs();
    const answer = () => /at count (\d+)\n/.exec(this.output.slice(start));
    while (!answer()) {
      this.machine.run({ instructions: 1 });
      if (haltedNs() !== halted) wakes.push(Math.round(this.machine.timeNs / NS_PER_COUNT));
      halted = haltedNs();
    }
    const count = Number(answer()?.[1]);
    const came = Math.max(...wakes.filter((wake) => wake < count));
    this.machine.keyboard.release("KeyX");
    this.waitFor(PROMPT, start);
    return count - came;
  }
}

/** Lines of a name and a number. */
const figuresOf = (lines) =>
  lines.flatMap((line) => {
    const [, name, value] = /^\s*(.*?)\s+(\d+)$/.exec(line) ?? [];
    return name ? [[name, Number(value)]] : [];
  });

function show(name, value, unit = "") {
  const limit = Object.entries(LIMITS).find(([start]) => name.startsWith(start))?.[1];
  const verdict = limit === undefined ? "" : `  (limit ${limit}${value > limit ? ": EXCEEDED" : ""})`;
  console.log(`${name.padEnd(44)} ${String(value).padStart(10)}${unit}${verdict}`);
}

/** The bytes that the kernel's file loads, and those of its table of symbols among them. */
function kernelBytes(path) {
  const file = readFileSync(path);
  const sections = file.readUInt32LE(32);
  const [count, namesIndex] = [file.readUInt16LE(48), file.readUInt16LE(50)];
  const field = (section, offset) => file.readUInt32LE(sections + section * 40 + offset);
  const names = field(namesIndex, 16);
  let [bytes, symbols] = [0, 0];
  for (let i = 0; i < count; i++) {
    const [type, flags, size] = [field(i, 4), field(i, 8), field(i, 20)];
    const start = names + field(i, 0);
    const name = file.toString("latin1", start, file.indexOf(0, start));
    // SHT_PROGBITS with SHF_ALLOC.
    if (type === 1 && (flags & 2) !== 0) bytes += size;
    if (name === ".ksyms") symbols = size;
  }
  return { bytes, symbols };
}

export function systemFigures() {
  const floppyA = () => new Uint8Array(readFileSync("build/minios.img"));
  const floppy = new System({ floppyA: floppyA() });
  show("boot to the prompt from floppy", floppy.machine.instructions);
  const hda = new Uint8Array(readFileSync("build/minios-disk.img"));
  const disk = new System({ hda, bootOrder: "c" });
  show("boot to the prompt from disk", disk.machine.instructions);
  const { bytes, symbols } = kernelBytes("build/kernel.elf");
  show("kernel image, with its table of symbols", bytes, " bytes");
  show("of it the table of symbols", symbols, " bytes");
  show("floppy image", statSync("build/minios.img").size, " bytes");

  const image = new Uint8Array(readFileSync("build/kernel.elf"));
  const monitor = new System({ kernel: { image, commandLine: "kernel.elf shell=monitor" } });
  for (const [name, value] of figuresOf(monitor.run("measure"))) show(name, value);
  for (const [name, value] of figuresOf(disk.run("bench"))) show(name, value);
  show("key press to the program that reads it", disk.keyPress());
}
