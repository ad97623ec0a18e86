// Runs floating-point cases with x87.s: as a program of this Linux machine, and on our CPU.

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
import { BLOCK_SIZE, type FloatCase } from "./x87-record.ts";

const TEXT = 0x0010_0000;
const CODES = 0x0011_0000;
const TABLE = 0x0020_0000;
const CODE_BYTES = 16;
const PAGE = 0x1000;
const TABLE_RECORDS = 0x10;
const RECORD_SIZE = BLOCK_SIZE + 4;
const MIB = 0x10_0000;
const INSTRUCTIONS_PER_CASE = 20;

function harness(): ElfExecutable {
  const source = readFileSync(join(ROOT, "test/hardware/x87.s"), "utf8");
  const { object } = assemble(source, { file: "x87.s", defines: { TABLE } });
  const { elf: image } = link([{ name: "x87.s", object }], { textAddress: TEXT, entry: "_start" });
  return readExecutable(image, "x87.s");
}

/** The distinct instructions, each in a slot of its own, and the table of records. */
function layOut(cases: readonly FloatCase[], native: boolean): { codes: Uint8Array; table: Uint8Array } {
  const slots = new Map<string, number>();
  const table = new Uint8Array(TABLE_RECORDS + cases.length * RECORD_SIZE);
  const view = new DataView(table.buffer);
  view.setUint32(0, cases.length, true);
  view.setUint32(4, native ? table.length : 0, true);
  cases.forEach(({ code, before }, i) => {
    const key = code.toString();
    const slot = slots.get(key) ?? slots.size;
    slots.set(key, slot);
    const record = TABLE_RECORDS + i * RECORD_SIZE;
    view.setUint32(record, CODES + slot * CODE_BYTES, true);
    table.set(before, record + 4);
  });
  const codes = new Uint8Array(slots.size * CODE_BYTES);
  for (const [key, slot] of slots) codes.set(key.split(",").map(Number), slot * CODE_BYTES);
  if (CODES + codes.length > TABLE) throw new RangeError("x87 cases: too many different instructions");
  return { codes, table };
}

function blocksOf(table: Uint8Array, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const from = TABLE_RECORDS + i * RECORD_SIZE + 4;
    return Uint8Array.from(table.subarray(from, from + BLOCK_SIZE));
  });
}

/** The blocks after each case, by this machine's processor. */
export function runFloatNatively(cases: readonly FloatCase[]): Uint8Array[] {
  const program = harness();
  const { codes, table } = layOut(cases, true);
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
  const scratch = scratchDirectory("x87");
  try {
    const path = join(scratch.path, "cases");
    writeFileSync(path, writeExecutable({ entry: program.entry, segments, sections: [], symbols: [] }));
    chmodSync(path, 0o755);
    const { status, signal, stdout, error } = spawnSync(path, { maxBuffer: 1 << 30, timeout: 60_000 });
    if (error) throw new NativeError(error.message);
    if (status !== 0 || stdout.length !== table.length) {
      throw new NativeError(
        `ended with ${signal ?? `status ${status}`} and ${stdout.length} bytes, expected ${table.length}`,
      );
    }
    return blocksOf(stdout, cases.length);
  } finally {
    scratch.remove();
  }
}

/** The blocks after each case, by our CPU. */
export function runFloatOnOurCpu(module: WebAssembly.Module, cases: readonly FloatCase[]): Uint8Array[] {
  const program = harness();
  const { codes, table } = layOut(cases, false);
  const memoryBytes = Math.ceil((TABLE + table.length) / MIB) * MIB;
  const cpu = Cpu.create({ module, memoryBytes, bus: EMPTY_BUS });
  for (const { physicalAddress, data } of program.segments) cpu.memory.write(physicalAddress, data);
  cpu.memory.write(CODES, codes);
  cpu.memory.write(TABLE, table);
  enterFlatMode(cpu, program.entry);
  cpu.run(cases.length * INSTRUCTIONS_PER_CASE + 100);
  if (!cpu.halted) throw new Error(`x87.s did not end: at ${cpu.registers.eip.toString(16)}`);
  return blocksOf(cpu.memory.read(TABLE, table.length), cases.length);
}
