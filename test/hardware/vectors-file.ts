// The file of vectors: a line of text that says how it was made, then the vectors, compressed with zlib. A vector is stored as what is
// unusual about it: registers that differ from the defaults, window bytes that differ from the filler, and then only what changed.
//
//   vector    u8 code length, code
//             state before: u8 mask of registers, u32 each · u8 mask of selectors, u16 each · u16 flags · bytes of the window
//             trap: u8 vector, u16 error code, u32 CR2 when it is a page fault
//             state after: i32 EIP − EIP before · u8 mask of registers, u32 each · u8 mask of selectors, u16 each
//                          · u32 flags changed · bytes of the window
//   bytes     u8 count of runs, then for each u8 offset, u8 length − 1, data

import { deflateSync, inflateSync } from "node:zlib";
import { FILLER } from "./case-builder.ts";
import * as at from "./environment.ts";
import { COMPARED_FLAGS, PAGE_FAULT, type State, type Vector } from "./record.ts";

export class VectorsFileError extends Error {
  override name = "VectorsFileError";
}

const MAGIC = "MiniOS hardware vectors 1";

export interface VectorsFile {
  /** The processor they were taken from. */
  processor: string;
  seed: number;
  vectors: Vector[];
}

export function writeVectors({ processor, seed, vectors }: VectorsFile): Uint8Array {
  const out = new Writer();
  for (const vector of vectors) writeVector(out, vector);
  const head = `${JSON.stringify({ format: MAGIC, processor, seed, count: vectors.length })}\n`;
  const body = deflateSync(out.bytes(), { level: 9 });
  return Uint8Array.from(Buffer.concat([Buffer.from(head), body]));
}

export function readVectors(bytes: Uint8Array): VectorsFile {
  const end = bytes.indexOf(0x0a);
  const head = end < 0 ? undefined : parseHead(new TextDecoder().decode(bytes.subarray(0, end)));
  if (head === undefined) throw new VectorsFileError(`no line that begins {"format":"${MAGIC}" at offset 0`);
  const body = new Reader(inflateSync(bytes.subarray(end + 1)));
  const vectors = Array.from({ length: head.count }, () => readVector(body));
  if (!body.atEnd) throw new VectorsFileError(`bytes left after ${head.count} vectors`);
  return { processor: head.processor, seed: head.seed, vectors };
}

function parseHead(line: string): { processor: string; seed: number; count: number } | undefined {
  try {
    const head = JSON.parse(line) as { format: string; processor: string; seed: number; count: number };
    return head.format === MAGIC ? head : undefined;
  } catch {
    return undefined;
  }
}

/** What registers hold in most vectors: the values that CaseBuilder begins with in flat segments. */
const USUAL_REGISTERS = [
  0x1234_5678,
  0x0000_0003,
  0x9abc_def0,
  at.WINDOW + 0x20,
  at.WINDOW + 0x80,
  at.WINDOW + 0xa0,
  at.WINDOW + 0x40,
  at.WINDOW + 0x60,
];
const USUAL_SELECTORS = [at.USER_DATA, at.USER_CODE, at.USER_DATA, at.USER_DATA, 0, 0];

function writeVector(out: Writer, { code, before, after, trap }: Vector): void {
  out.u8(code.length);
  for (const byte of code) out.u8(byte);
  out.differences(before.registers, USUAL_REGISTERS, 4);
  out.differences(before.selectors, USUAL_SELECTORS, 2);
  out.u16(before.eflags);
  out.runs(before.window, FILLER);
  out.u8(trap.vector);
  out.u16(trap.errorCode);
  if (trap.vector === PAGE_FAULT) out.u32(trap.faultAddress);
  out.u32(after.eip - before.eip);
  out.differences(after.registers, before.registers, 4);
  out.differences(after.selectors, before.selectors, 2);
  out.u32((after.eflags ^ before.eflags) & COMPARED_FLAGS);
  out.runs(after.window, before.window);
}

function readVector(body: Reader): Vector {
  const code = Uint8Array.from({ length: body.u8() }, () => body.u8());
  const registers = Uint32Array.from(body.differences(USUAL_REGISTERS, 4));
  const selectors = Uint16Array.from(body.differences(USUAL_SELECTORS, 2));
  const eflags = body.u16();
  const eip = selectors[1] === at.CODE_16 ? at.CODE_OFFSET : at.CODE_PAGE + at.CODE_OFFSET;
  const before: State = { registers, eip, eflags, selectors, window: body.runs(FILLER) };
  const vector = body.u8();
  const errorCode = body.u16();
  const faultAddress = vector === PAGE_FAULT ? body.u32() : 0;
  const eipAfter = (before.eip + body.u32()) >>> 0;
  const after: State = {
    registers: Uint32Array.from(body.differences(before.registers, 4)),
    eip: eipAfter,
    selectors: Uint16Array.from(body.differences(before.selectors, 2)),
    eflags: (eflags & COMPARED_FLAGS) ^ body.u32(),
    window: body.runs(before.window),
  };
  return { code, before, after, trap: { vector, errorCode, faultAddress } };
}

class Writer {
  private buffer = Buffer.alloc(1 << 16);
  private length = 0;

  u8(value: number): void {
    this.put(value, 1);
  }

  u16(value: number): void {
    this.put(value, 2);
  }

  u32(value: number): void {
    this.put(value, 4);
  }

  /** A mask of the values that differ from the usual ones, then those values. */
  differences(values: ArrayLike<number>, usual: ArrayLike<number>, bytes: number): void {
    let mask = 0;
    for (let i = 0; i < usual.length; i++) if (values[i] !== usual[i]) mask |= 1 << i;
    this.u8(mask);
    for (let i = 0; i < usual.length; i++) if ((mask >> i) & 1) this.put(values[i], bytes);
  }

  /** The runs of bytes that differ. */
  runs(bytes: Uint8Array, usual: Uint8Array): void {
    const runs: [from: number, to: number][] = [];
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] === usual[i]) continue;
      const last = runs[runs.length - 1];
      // Two bytes between runs cost less than another run.
      if (last && i - last[1] <= 2) last[1] = i + 1;
      else runs.push([i, i + 1]);
    }
    this.u8(runs.length);
    for (const [from, to] of runs) {
      this.u8(from);
      this.u8(to - from - 1);
      for (let i = from; i < to; i++) this.u8(bytes[i]);
    }
  }

  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  private put(value: number, bytes: number): void {
    if (this.length + bytes > this.buffer.length)
      this.buffer = Buffer.concat([this.buffer, Buffer.alloc(this.buffer.length)]);
    for (let i = 0; i < bytes; i++) this.buffer[this.length++] = value >>> (8 * i);
  }
}

class Reader {
  private at = 0;

  constructor(private readonly buffer: Uint8Array) {}

  get atEnd(): boolean {
    return this.at === this.buffer.length;
  }

  u8(): number {
    if (this.at >= this.buffer.length) throw new VectorsFileError("ends in the middle of a vector");
    return this.buffer[this.at++];
  }

  u16(): number {
    const low = this.u8();
    return low | (this.u8() << 8);
  }

  u32(): number {
    const low = this.u16();
    return (low | (this.u16() << 16)) >>> 0;
  }

  differences(usual: ArrayLike<number>, bytes: 2 | 4): number[] {
    const mask = this.u8();
    return Array.from(usual, (value, i) => ((mask >> i) & 1 ? (bytes === 4 ? this.u32() : this.u16()) : value));
  }

  runs(usual: Uint8Array): Uint8Array {
    const bytes = usual.slice();
    for (let count = this.u8(); count > 0; count--) {
      const from = this.u8();
      const length = this.u8() + 1;
      for (let i = 0; i < length; i++) bytes[from + i] = this.u8();
    }
    return bytes;
  }
}
