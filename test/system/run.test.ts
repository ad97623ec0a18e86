// The run is deterministic, short, and loses nothing.

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readExecutable } from "../../formats/elf32-executable.ts";
import { Machine } from "../../pc/machine.ts";
import { decodeSnapshot } from "../../pc/snapshot.ts";
import { withoutZeros } from "../../toolchain/image/sparse.ts";
import { machineParts, rowsOfScreen } from "../judges/ours.ts";
import { command, floppyImage, floppyWithCommandLine, kernelImage, PROMPT, runUntil } from "./images.ts";

const MAX_INSTRUCTIONS_TO_PROMPT = 10_000_000;
const MAX_KERNEL_BYTES = 160 * 1024;
const THREADS = 10_000;

async function booted(floppy = floppyImage()): Promise<Machine> {
  return Machine.create({ parts: await machineParts(), floppyA: floppy });
}

/** What the guest could tell apart: registers, memory, devices, timers; not the CPU's caches of decoded code. */
function guestState(machine: Machine): unknown {
  const { cpu, ...others } = decodeSnapshot(machine.save());
  const { memory } = cpu as { memory: Uint8Array };
  return digested({ registers: machine.registers(), memory, ...others });
}

/** The same with long byte strings as digests, which are quicker to compare and to read. */
function digested(value: unknown): unknown {
  if (value instanceof Uint8Array) return createHash("sha256").update(value).digest("hex");
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, digested(part)]));
}

describe("a run from the floppy", () => {
  test.each(["386", "486", "pentium", "pentiumpro", "pentium4", "max"])("gets by with a %s", async (cpu) => {
    const machine = Machine.create({ parts: await machineParts(), floppyA: floppyImage(), cpu });
    runUntil(machine, PROMPT);
    // A program: pages come and go.
    machine.keyboard.type("echo on this one\n");
    runUntil(machine, /^on this one$/m);
  });

  test("is the same every time, to the instruction and to the last byte of its state", async () => {
    const runs = await Promise.all([booted(), booted()]);
    const ends = runs.map((machine) => {
      runUntil(machine, PROMPT);
      machine.keyboard.type("echo once more\n");
      runUntil(machine, /^once more$/m);
      return { instructions: machine.instructions, timeNs: machine.timeNs, state: Buffer.from(machine.save()) };
    });
    expect(ends[0].instructions).toBe(ends[1].instructions);
    expect(ends[0].timeNs).toBe(ends[1].timeNs);
    expect(ends[0].state.equals(ends[1].state)).toBe(true);
  });

  test.each([0.1, 0.5, 0.9])(
    "goes on from a state saved at %d of the way to the prompt as if nothing had been",
    async (share) => {
      const whole = await booted();
      runUntil(whole, PROMPT);
      const end = whole.instructions;

      const first = await booted();
      first.run({ instructions: Math.floor(end * share) });
      const state = first.save();
      for (let i = 0; i < 2; i++) {
        const other = await booted();
        other.restore(state);
        // To the same moment, not the same instruction: while the guest sleeps, time passes and no instruction runs.
        other.run({ timeNs: whole.timeNs });
        expect(other.instructions).toBe(end);
        expect(other.timeNs).toBe(whole.timeNs);
        expect(rowsOfScreen(other)).toEqual(rowsOfScreen(whole));
        expect(guestState(other)).toEqual(guestState(whole));
      }
    },
  );

  test("reaches the prompt within ten million instructions", async () => {
    const machine = await booted();
    runUntil(machine, PROMPT);
    expect(machine.instructions).toBeLessThanOrEqual(MAX_INSTRUCTIONS_TO_PROMPT);
  });

  test("begins again after reboot, and ends with halt", async () => {
    const machine = await booted();
    const first = runUntil(machine, PROMPT);
    machine.keyboard.type("shutdown -r\n");
    runUntil(machine, /^minios> shutdown -r/m);
    const again = runUntil(machine, /^MiniOS .*\n.*\n.*\nminios>\n*$/);
    expect(again).toEqual(first);
    machine.keyboard.type("shutdown\n");
    expect(machine.run({ instructions: 100_000_000 })).toBe("powerOff");
  });

  test("writes nothing to the floppy", async () => {
    const image = floppyImage();
    const floppyA = Uint8Array.from(image);
    const machine = Machine.create({ parts: await machineParts(), floppyA });
    runUntil(machine, PROMPT);
    expect(Buffer.from(floppyA).equals(Buffer.from(image))).toBe(true);
  });
});

describe("the kernel", () => {
  test("has at most 160 KB, its table of symbols for panics included", () => {
    const { sections, segments } = readExecutable(kernelImage(), "kernel.elf");
    expect(sections.find(({ name }) => name === ".ksyms")?.data).toHaveProperty("length", expect.any(Number));
    const bytes = segments.reduce((sum, { data }) => sum + data.length, 0);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThanOrEqual(MAX_KERNEL_BYTES);
    // What stands on the floppy: no runs of zeros, but a header for each piece.
    expect(withoutZeros(kernelImage(), "kernel.elf").length).toBeLessThanOrEqual(MAX_KERNEL_BYTES);
  });

  test(`loses no memory over ${THREADS} threads`, async () => {
    const machine = await booted(floppyWithCommandLine("shell=monitor"));
    runUntil(machine, PROMPT);
    // Memory free for threads is what the frames and the heap's unused part make up together; the heap keeps what it once took.
    const used = () =>
      command(machine, "cat /proc/meminfo").filter((line) => /^(HeapUsed|HeapBlocks|OpenFiles):/.test(line));
    const threads = () => command(machine, "cat /proc/threads").map((row) => row.replace(/ +\d+ {2}(\S+)$/, "  $1"));
    const before = [...used(), ...threads()];
    expect(before.length).toBeGreaterThan(6);
    const output = command(machine, `threads ${THREADS}`, 2_000_000_000);
    expect(output.join("\n")).toMatch(/sum right\nno memory lost$/);
    expect([...used(), ...threads()]).toEqual(before);
  });
});
