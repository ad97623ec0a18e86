// Runs test cases with a harness that is one program for both worlds (x87.s, simd.s): as a program of this Linux machine, and on our
// CPU. A case is an instruction and a block of bytes that the harness loads before it and stores after it.

import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as elf from "../../formats/elf32.ts";
import { type ElfExecutable, readExecutable, type Segment, writeExecutable } from "../../formats/elf32-executable.ts";
import { Cpu } from "../../pc/cpu/cpu.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { link } from "../../toolchain/link/index.ts";
import { ROOT, scratchDirectory } from "../support.ts";
import { NativeError } from "./native.ts";
import { EMPTY_BUS, enterFlatMode } from "./our-cpu.ts";

export interface BlockCase {
  /** The instruction and a RET. */
  code: Uint8Array;
  before: Uint8Array;
}

export interface BlockVector extends BlockCase {
  after: Uint8Array;
}

export interface BlockHarness {
  /** In this folder. */
  source: string;
  /** Bytes of a case's block. */
  blockSize: number;
  /** More than the harness needs for a case. */
  instructionsPerCase: number;
}

const TEXT = 0x0010_0000;
const CODES = 0x0011_0000;
const TABLE = 0x0020_0000;
const CODE_BYTES = 16;
const PAGE = 0x1000;
const TABLE_RECORDS = 0x10;
const MIB = 0x10_0000;
/** At most so many different instructions fit between CODES and TABLE. */
const CASES_AT_ONCE = (TABLE - CODES) / CODE_BYTES;

function build({ source }: BlockHarness): ElfExecutable {
  const text = readFileSync(join(ROOT, "test/hardware", source), "utf8");
  const { object } = assemble(text, { file: source, defines: { TABLE } });
  const { elf: image } = link([{ name: source, object }], { textAddress: TEXT, entry: "_start" });
  return readExecutable(image, source);
}

/** The distinct instructions, each in a slot of its own, and the table of records: the instruction's address and the block. */
function layOut(
  { blockSize }: BlockHarness,
  cases: readonly BlockCase[],
  native: boolean,
): { codes: Uint8Array; table: Uint8Array } {
  const recordSize = blockSize + 4;
  const slots = new Map<string, number>();
  const table = new Uint8Array(TABLE_RECORDS + cases.length * recordSize);
  const view = new DataView(table.buffer);
  view.setUint32(0, cases.length, true);
  view.setUint32(4, native ? table.length : 0, true);
  cases.forEach(({ code, before }, i) => {
    const key = code.toString();
    const slot = slots.get(key) ?? slots.size;
    slots.set(key, slot);
    const record = TABLE_RECORDS + i * recordSize;
    view.setUint32(record, CODES + slot * CODE_BYTES, true);
    table.set(before, record + 4);
  });
  const codes = new Uint8Array(slots.size * CODE_BYTES);
  for (const [key, slot] of slots) codes.set(key.split(",").map(Number), slot * CODE_BYTES);
  return { codes, table };
}

function blocksOf({ blockSize }: BlockHarness, table: Uint8Array, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const from = TABLE_RECORDS + i * (blockSize + 4) + 4;
    return table.slice(from, from + blockSize);
  });
}

function inBatches(cases: readonly BlockCase[], run: (batch: readonly BlockCase[]) => Uint8Array[]): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let from = 0; from < cases.length; from += CASES_AT_ONCE) {
    for (const block of run(cases.slice(from, from + CASES_AT_ONCE))) blocks.push(block);
  }
  return blocks;
}

/**
 * The blocks after each case, by this machine's processor.
 * @throws NativeError when this machine can't run the program
 */
export function runBlocksNatively(harness: BlockHarness, cases: readonly BlockCase[]): Uint8Array[] {
  const program = build(harness);
  return inBatches(cases, (batch) => runNatively(harness, program, batch));
}

function runNatively(harness: BlockHarness, program: ElfExecutable, cases: readonly BlockCase[]): Uint8Array[] {
  const { codes, table } = layOut(harness, cases, true);
  const segments: Segment[] = [];
  let offset = PAGE;
  const add = (virtualAddress: number, flags: number, data: Uint8Array, memorySize = data.length): void => {
    const common = { type: elf.PT_LOAD, flags, virtualAddress, physicalAddress: virtualAddress, align: PAGE };
    segments.push({ ...common, offset, data, memorySize });
    offset = elf.alignUp(offset + data.length, PAGE);
  };
  for (const { type, virtualAddress, flags, data, memorySize } of program.segments) {
    if (type === elf.PT_LOAD) add(virtualAddress, flags, data, memorySize);
  }
  add(CODES, elf.PF_R | elf.PF_X, codes);
  add(TABLE, elf.PF_R | elf.PF_W, table);
  const scratch = scratchDirectory("blocks");
  try {
    const path = join(scratch.path, "cases");
    writeFileSync(path, writeExecutable({ entry: program.entry, segments, sections: [], symbols: [] }));
    chmodSync(path, 0o755);
    const { status, signal, stdout, error } = spawnSync(path, { maxBuffer: 1 << 30, timeout: 60_000 });
    if (error) throw new NativeError(error.message);
    if (status !== 0 || stdout.length !== table.length) {
      throw new NativeError(
        `${harness.source} ended with ${signal ?? `status ${status}`} and ${stdout.length} bytes, expected ${table.length}`,
      );
    }
    return blocksOf(harness, stdout, cases.length);
  } finally {
    scratch.remove();
  }
}

/** The blocks after each case, by our CPU. */
export function runBlocksOnOurCpu(
  module: WebAssembly.Module,
  harness: BlockHarness,
  cases: readonly BlockCase[],
): Uint8Array[] {
  const program = build(harness);
  return inBatches(cases, (batch) => {
    const { codes, table } = layOut(harness, batch, false);
    const memoryBytes = Math.ceil((TABLE + table.length) / MIB) * MIB;
    const cpu = Cpu.create({ module, memoryBytes, bus: EMPTY_BUS });
    for (const { physicalAddress, data } of program.segments) cpu.memory.write(physicalAddress, data);
    cpu.memory.write(CODES, codes);
    cpu.memory.write(TABLE, table);
    enterFlatMode(cpu, program.entry);
    cpu.run(batch.length * harness.instructionsPerCase + 1000);
    if (!cpu.halted) throw new Error(`${harness.source} did not end: at ${cpu.registers.eip.toString(16)}`);
    return blocksOf(harness, cpu.memory.read(TABLE, table.length), batch.length);
  });
}
