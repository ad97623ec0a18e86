// Stress in the guest on our PC: what it does for millions of instructions it does without a fault, no key and no wake-up is lost, and
// frames, heap, open files and threads are the same before and after. MINIOS_STRESS=100 is the full length, in millions of
// instructions for each kind of work.

import { beforeAll, describe, expect, test } from "vitest";
import { writeFat } from "../../formats/fat/index.ts";
import { strokesOf } from "../../pc/devices/index.ts";
import { Machine } from "../../pc/machine.ts";
import { machineParts } from "../judges/ours.ts";
import { diskImage } from "./images.ts";
import { testProgram } from "./programs.ts";

const MILLIONS = Number(process.env["MINIOS_STRESS"] ?? 20);
const MEMORY_BYTES = 0x200_0000;
const PROMPT = /(?:^|\n)minios(?::[^>\n]*)?> $/;
/** A keyboard sends a byte of 11 bits at 10 to 16.7 kHz. A key takes three: its code, and F0h or so with the code. */
const BYTE_NS = 660_000;
const KEY_BYTES = 3;
/** A shell that answers nothing for so long is stuck. */
const PATIENCE = 4e9;

/** Our PC's speed. */
const NS_PER_INSTRUCTION = 10;
const LINE = "the quick brown fox jumps over the lazy dog, all the time";

class Stress {
  constructor(readonly machine: Machine) {}

  get output(): string {
    return this.machine.serial[0].output.replaceAll("\r", "");
  }

  waitFor(condition: () => boolean, what: string): void {
    const reason = this.machine.run({ until: condition, instructions: PATIENCE });
    if (reason !== "until") throw new Error(`${what}: ${reason}; the output's end:\n${this.output.slice(-2000)}`);
  }

  /** Types a line at the prompt; the lines that it printed. */
  run(line: string): string[] {
    const start = this.output.length;
    this.machine.serial[0].send(Buffer.from(`${line}\r`));
    this.waitFor(() => this.output.length > start + line.length && PROMPT.test(this.output), line);
    return this.output.slice(start).split("\n").slice(1, -1);
  }

  /** Frames, heap, open files and threads, without what time changes. */
  resources(): string[] {
    const memory = this.run("sync; cat /proc/meminfo").filter((line) => /^(MemFree|Heap|OpenFiles)/.test(line));
    const threads = this.run("cat /proc/threads").flatMap((line) => {
      const fields = /^ *\d+ +\w+ +(\d+) +\d+ +(\w+)$/.exec(line);
      return fields ? [`${fields[2]} ${fields[1]}`] : [];
    });
    return [...memory, ...threads];
  }

  /** Presses keys as fast as a keyboard's line carries them, for as long as the work goes on, and looks what `cat` has got. */
  typeMeanwhile(what: string, millions: number): { typed: string; read: string; lines: string[] } {
    const count = Math.ceil((millions * 1e6 * NS_PER_INSTRUCTION) / (BYTE_NS * KEY_BYTES) / LINE.length);
    const typed = Array.from({ length: count }, (_, i) => `${LINE} ${i}`).join("\n");
    this.run(`/tests/stress ${what} ${millions} > result &`);
    const start = this.output.length;
    this.machine.serial[0].send(Buffer.from("cat > typed\r"));
    this.waitFor(() => this.output.slice(start).includes("cat > typed\n"), "cat");
    this.machine.run({ instructions: 2e6 }); // until it reads
    for (const { code, modifiers } of strokesOf(`${typed}\n\x04`)) {
      for (const key of [...modifiers, code]) this.machine.keyboard.press(key);
      for (const key of [code, ...[...modifiers].reverse()]) this.machine.keyboard.release(key);
      this.machine.run({ timeNs: this.machine.timeNs + BYTE_NS * KEY_BYTES });
    }
    this.waitFor(() => PROMPT.test(this.output), "the prompt after the typing");
    const read = this.run("cat typed").join("\n");
    this.run("wait");
    return { typed, read, lines: this.run("cat result") };
  }
}

let stress: Stress;
beforeAll(async () => {
  const { name, data } = await testProgram("stress");
  const machine = Machine.create({
    parts: await machineParts(),
    memoryBytes: MEMORY_BYTES,
    hda: Uint8Array.from(diskImage()),
    hdb: writeFat([{ path: `/${name}`, data }], { totalSectors: 2880 }),
    bootOrder: "c",
  });
  stress = new Stress(machine);
  stress.waitFor(() => PROMPT.test(stress.output), "the first prompt");
  for (const line of ["mkdir /tests", "mount hdb /tests", "mkdir /work", "cd /work"])
    expect(stress.run(line)).toEqual([]);
});

describe(`${MILLIONS} million instructions of`, () => {
  test.each(["files", "memory", "semaphores"])("%s leave all as it was, and no key is lost", (what) => {
    // What the first round leaves in caches stays.
    stress.typeMeanwhile(what, 1);
    const before = stress.resources();
    expect(before.length).toBeGreaterThan(8);
    const start = stress.machine.instructions;
    const { typed, read, lines } = stress.typeMeanwhile(what, MILLIONS);
    expect(stress.machine.instructions - start).toBeGreaterThan(MILLIONS * 1e6);
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^${what}: \\d+ rounds, 0 faults$`))]);
    expect(read).toBe(typed);
    expect(stress.resources()).toEqual(before);
    if (process.env["MINIOS_STRESS"]) console.info(what, lines, `${typed.length} keys`, before);
  });
});
