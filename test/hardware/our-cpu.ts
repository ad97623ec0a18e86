// Runs the guest program of test cases on our CPU alone: no firmware, no devices.

import { type ElfExecutable, readExecutable } from "../../formats/elf32-executable.ts";
import { Cpu, type CpuBus, type Engine } from "../../pc/cpu/cpu.ts";
import { type GuestProgress, guestProgram, outcomesOf, progressOf } from "./guest.ts";
import type { Outcome, TestCase } from "./record.ts";

const MIB = 0x10_0000;
/** The harness needs some 250 for a case. */
const INSTRUCTIONS_PER_CASE = 2000;
const CASES_IN_A_BATCH = 4096;

/** Ports and memory that nothing answers. */
export const EMPTY_BUS: CpuBus = {
  readPort: () => 0xffff_ffff,
  writePort: () => {},
  readMemory: () => 0xffff_ffff,
  writeMemory: () => {},
  acknowledgeInterrupt: () => 0,
};

/** How a case ended that did not come back to the harness. */
export interface Lost {
  lost: string;
}

/** Runs cases on our CPU; a case after which the harness can't go on is `Lost`, and the next ones run in a fresh guest. */
export function runOnOurCpu(
  core: WebAssembly.Module,
  harness: ElfExecutable,
  cases: readonly TestCase[],
  engine?: Engine,
): (Outcome | Lost)[] {
  const results: (Outcome | Lost)[] = [];
  while (results.length < cases.length) {
    const batch = cases.slice(results.length, results.length + CASES_IN_A_BATCH);
    const { table, progress, shutdown } = runBatch(core, harness, batch, engine);
    results.push(...outcomesOf(table));
    if (progress.state === "finished") continue;
    const { vector, errorCode, eip } = progress.fault;
    const where = `vector ${vector}, error code ${errorCode}, at ${eip.toString(16)}`;
    const fault = progress.state === "harness fault" ? `a fault in ring 0 (${where})` : "no return to ring 0";
    results.push({ lost: shutdown ? "a triple fault" : fault });
  }
  return results;
}

function runBatch(
  core: WebAssembly.Module,
  harness: ElfExecutable,
  cases: readonly TestCase[],
  engine?: Engine,
): { table: Uint8Array; progress: GuestProgress; shutdown: boolean } {
  const program = guestProgram(harness, cases);
  const cpu = Cpu.create({ module: core, memoryBytes: program.memoryMiB * MIB, bus: EMPTY_BUS, engine });
  const { entry, segments } = readExecutable(program.kernel, "cases");
  for (const segment of segments) cpu.memory.write(segment.physicalAddress, segment.data);
  enterFlatMode(cpu, entry);
  let table = cpu.memory.read(program.tableAddress, program.tableSize);
  for (let left = cases.length * INSTRUCTIONS_PER_CASE; left > 0; left -= 100_000) {
    cpu.run(100_000);
    if (cpu.halted || cpu.shutdown) break;
  }
  table = cpu.memory.read(program.tableAddress, program.tableSize);
  return { table, progress: progressOf(table), shutdown: cpu.shutdown };
}

/** The state in which a Multiboot loader starts a kernel: flat 32-bit protected mode. */
export function enterFlatMode(cpu: Cpu, entry: number): void {
  const { registers } = cpu;
  registers.setControl(0, 0x11);
  const flat = { base: 0, limit: 0xffff_ffff };
  registers.setSegment("cs", { ...flat, selector: 0x08, attributes: 0xc09b });
  for (const name of ["ds", "es", "fs", "gs", "ss"] as const) {
    registers.setSegment(name, { ...flat, selector: 0x10, attributes: 0xc093 });
  }
  registers.eip = entry;
}
