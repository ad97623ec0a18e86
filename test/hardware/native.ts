// Runs test cases on this machine's own processor: a static ELF32 program for Linux made of the harness (native.s), the pages that
// the cases use and a table of records, which it writes back to its standard output with the results in.

import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as elf from "../../formats/elf32.ts";
import { type ElfExecutable, type Segment, writeExecutable } from "../../formats/elf32-executable.ts";
import { scratchDirectory } from "../support.ts";
import * as at from "./environment.ts";
import { type Outcome, RECORD_SIZE, readOutcome, type TestCase, writeCase } from "./record.ts";

/**
 * Where the harness and its table lie. A case with a wild address may hit them; it then has another result when they are elsewhere.
 */
export interface NativeLayout {
  text: number;
  table: number;
}
export const LAYOUTS: readonly NativeLayout[] = [
  { text: 0x2b5c_1000, table: 0x39a4_7000 },
  { text: 0x1493_5000, table: 0x5d38_b000 },
];

export interface NativeHarness {
  program: ElfExecutable;
  layout: NativeLayout;
}

const TABLE_LDT = 0x10;
const TABLE_RECORDS = 0x1000;
const BREAKPOINT_OPCODE = 0xcc;

export class NativeError extends Error {
  override name = "NativeError";
}

/** The program that runs these cases. */
export function nativeProgram({ program, layout }: NativeHarness, cases: readonly TestCase[]): Uint8Array {
  const table = new Uint8Array(TABLE_RECORDS + cases.length * RECORD_SIZE);
  const view = new DataView(table.buffer);
  view.setUint32(0, cases.length, true);
  view.setUint32(4, at.LDT.length, true);
  at.LDT.forEach((entry, index) => {
    at.userDescriptorOf(index, entry).forEach((word, i) => {
      view.setUint32(TABLE_LDT + index * 16 + i * 4, word, true);
    });
  });
  cases.forEach((test, i) => {
    writeCase(view, TABLE_RECORDS + i * RECORD_SIZE, test);
  });

  const segments: Segment[] = [];
  let offset = at.PAGE_SIZE;
  const add = (address: number, flags: number, data: Uint8Array, memorySize = data.length): void => {
    const type = elf.PT_LOAD;
    segments.push({
      type,
      flags,
      virtualAddress: address,
      physicalAddress: address,
      offset,
      data,
      memorySize,
      align: at.PAGE_SIZE,
    });
    offset = elf.alignUp(offset + data.length, at.PAGE_SIZE);
  };
  add(at.CODE_PAGE, elf.PF_R | elf.PF_W | elf.PF_X, new Uint8Array(at.PAGE_SIZE).fill(BREAKPOINT_OPCODE));
  add(at.DATA_PAGE, elf.PF_R | elf.PF_W, new Uint8Array(at.PAGE_SIZE));
  add(at.READ_ONLY_PAGE, elf.PF_R, new Uint8Array(at.PAGE_SIZE));
  for (const segment of program.segments) {
    if (segment.type === elf.PT_LOAD) add(segment.virtualAddress, segment.flags, segment.data, segment.memorySize);
  }
  add(layout.table, elf.PF_R | elf.PF_W, table);
  return writeExecutable({ entry: program.entry, segments, sections: [], symbols: [] });
}

/**
 * Runs cases natively.
 * @returns for each case its outcome, or undefined when it wrote where nobody looks
 * @throws NativeError when this machine can't run the program
 */
export function runNatively(harness: NativeHarness, cases: readonly TestCase[]): (Outcome | undefined)[] {
  const scratch = scratchDirectory("vectors");
  try {
    const path = join(scratch.path, "cases");
    writeFileSync(path, nativeProgram(harness, cases));
    chmodSync(path, 0o755);
    const result = spawnSync(path, { maxBuffer: 1 << 30, timeout: 60_000 });
    const expected = TABLE_RECORDS + cases.length * RECORD_SIZE;
    if (result.error) throw new NativeError(result.error.message);
    if (result.status !== 0 || result.stdout.length !== expected) {
      const how = result.signal ?? `status ${result.status}`;
      throw new NativeError(`ended with ${how} and ${result.stdout.length} bytes of results, expected ${expected}`);
    }
    const view = new DataView(result.stdout.buffer, result.stdout.byteOffset, result.stdout.length);
    return cases.map((_, i) => readOutcome(view, TABLE_RECORDS + i * RECORD_SIZE));
  } finally {
    scratch.remove();
  }
}
