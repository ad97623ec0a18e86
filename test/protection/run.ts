// Runs a list of cases on our CPU alone, in QEMU and in Bochs, and reads back what each found.

import { readExecutable } from "../../formats/elf32-executable.ts";
import { Cpu } from "../../pc/cpu/cpu.ts";
import { floppyOf } from "../cpu/programs.ts";
import { EMPTY_BUS, enterFlatMode } from "../hardware/our-cpu.ts";
import { startBochs } from "../judges/bochs.ts";
import type { Guest } from "../judges/guest.ts";
import { startQemu } from "../judges/qemu.ts";
import { sleep } from "../support.ts";
import { kernelOf } from "./image.ts";
import { readOutcomes, type SystemCase, type SystemOutcome, writeTable } from "./record.ts";
import { MEMORY_MIB, RESULTS } from "./world.ts";

const MIB = 0x10_0000;
const RESULT_BYTES = MEMORY_MIB * MIB - RESULTS;
/** The harness copies and compares the arena, a word at a time; a case itself is short. */
const INSTRUCTIONS_PER_CASE = 1_000_000;
const LINE_STATUS = 0x3fd;
const TRANSMITTER_EMPTY = 0x60;
const DONE = /^done$/m;
const WAIT_MS = 50;
const WAITS_WITHOUT_PROGRESS = 400;
/** The kernel that MiniOS' boot sector loads has at most 512 KiB. */
const MOST_TABLE_BYTES = 400_000;

/** A case that the harness did not survive: the processor shut down, or ran away for good. */
export type Lost = "lost";
export type Run = (cases: readonly SystemCase[]) => Promise<SystemOutcome[]>;

/**
 * Runs all cases, in as many images as it takes: an image is as large as MiniOS' boot sector can load, and after a lost case the rest
 * begins anew.
 */
export async function runAll(run: Run, cases: readonly SystemCase[]): Promise<(SystemOutcome | Lost)[]> {
  const results: (SystemOutcome | Lost)[] = [];
  while (results.length < cases.length) {
    const batch: SystemCase[] = [];
    let bytes = 0;
    for (const test of cases.slice(results.length)) {
      bytes += writeTable([test]).length;
      if (bytes > MOST_TABLE_BYTES) break;
      batch.push(test);
    }
    // Bochs' debugger, which reads the memory, now and then does not wake up.
    const outcomes = await run(batch).catch(() => run(batch));
    results.push(...outcomes);
    if (outcomes.length < batch.length) results.push("lost");
  }
  return results;
}

export const onOurs =
  (core: WebAssembly.Module): Run =>
  async (cases) =>
    runOnOurs(core, cases);

/** The outcomes in the order of the cases: as many as were reached. */
export function runOnOurs(
  core: WebAssembly.Module,
  cases: readonly SystemCase[],
  mostInstructions = cases.length * INSTRUCTIONS_PER_CASE,
): SystemOutcome[] {
  const bus = { ...EMPTY_BUS, readPort: (port: number) => (port === LINE_STATUS ? TRANSMITTER_EMPTY : 0xffff_ffff) };
  const cpu = Cpu.create({ module: core, memoryBytes: MEMORY_MIB * MIB, bus });
  const { entry, segments } = readExecutable(kernelOf(cases), "cases");
  for (const segment of segments) cpu.memory.write(segment.physicalAddress, segment.data);
  enterFlatMode(cpu, entry);
  for (let left = mostInstructions; left > 0 && !cpu.halted && !cpu.shutdown; left -= 1_000_000) cpu.run(1_000_000);
  return readOutcomes(cpu.memory.read(RESULTS, RESULT_BYTES));
}

export const onQemu: Run = async (cases) => {
  const options = { kernel: kernelOf(cases), memoryMiB: MEMORY_MIB, cpu: "pentium3,+nx", pauseAtEnd: true };
  return outcomesOf(await startQemu(options), cases.length);
};

export const onBochs: Run = async (cases) =>
  outcomesOf(await startBochs({ floppy: floppyOf(kernelOf(cases)), memoryMiB: MEMORY_MIB, quiet: true }), cases.length);

/** Waits for the end, or for no case to come to its end any more: those before it count. */
async function outcomesOf(
  guest: Guest & { memory(address: number, size: number): Promise<Uint8Array>; readonly paused?: boolean },
  count: number,
): Promise<SystemOutcome[]> {
  const finished = async () => DONE.test(await guest.serial()) || guest.paused === true;
  try {
    let done = -1;
    while (done < count && !(await finished())) {
      for (let waits = 0; waits < WAITS_WITHOUT_PROGRESS && !(await finished()); waits++) await sleep(WAIT_MS);
      const now = new DataView((await guest.memory(RESULTS, 4)).buffer).getUint32(0, true);
      if (now === done) break;
      done = now;
    }
    return readOutcomes(await guest.memory(RESULTS, RESULT_BYTES));
  } finally {
    await guest.stop();
  }
}
