// MiniOS's threads and processes as they stand in guest memory: found by the kernel's symbols, read by the layout of its classes.

import type { LineMap } from "../debug/line-map.ts";
import { type Field, fieldsOf } from "./layouts.ts";
import type { GuestReader } from "./reader.ts";

export type ThreadState = "ready" | "running" | "blocked" | "dead";

export interface ThreadInfo {
  address: number;
  id: number;
  name: string;
  state: ThreadState;
  priority: number;
  feedbackLevel: number;
  tickCount: number;
  /** ESP while it does not run. */
  stackPointer: number;
  /** Lowest address of its stack. */
  stackPage: number;
  /** A sleeper wakes at this tick. */
  wakeTick: number | undefined;
}

const STATES: readonly ThreadState[] = ["ready", "running", "blocked", "dead"];
const THREAD_SOURCE = "kernel/thread/thread.ts";
const THREAD_CLASS = "KernelThread";
const FIRST_THREAD = "kernel/thread/thread/firstOfAll";
/** A list that goes on for longer is no list. */
const MOST_THREADS = 2000;

/** Undefined: what runs is no MiniOS kernel whose symbols and sources are known, or it has not got so far. */
export async function readThreads(
  reader: GuestReader,
  lines: LineMap,
  textOf: (path: string) => string | undefined,
): Promise<ThreadInfo[] | undefined> {
  const list = lines.addressOfData(FIRST_THREAD);
  const fields = fieldsOf(textOf(THREAD_SOURCE) ?? "", THREAD_CLASS);
  if (list === undefined || !fields) return undefined;
  const threads: ThreadInfo[] = [];
  let address = await reader.word(list);
  while (address !== 0 && threads.length < MOST_THREADS) {
    const record = new ThreadRecord(address, fields, await reader.bytes(address, sizeOf(fields)));
    const state = STATES[record.value("state")];
    // Not (yet) the list of a running kernel.
    if (state === undefined) return undefined;
    threads.push({
      address,
      id: record.value("id"),
      name: await reader.string(record.value("nameAddress")),
      state,
      priority: record.value("priority"),
      feedbackLevel: record.value("feedbackLevel"),
      tickCount: record.value("tickCount"),
      stackPointer: record.value("stackPointer"),
      stackPage: record.value("stackPage"),
      wakeTick: record.value("isSleeping") !== 0 ? record.value("wakeTick") : undefined,
    });
    address = record.value("nextOfAll");
  }
  return threads.length > 0 ? threads : undefined;
}

/** Where the calls of a stack return to, innermost first: by the chain of saved EBPs. */
export async function readCalls(reader: GuestReader, eip: number, ebp: number, most = 16): Promise<number[]> {
  const calls = [eip];
  let frame = ebp;
  while (calls.length < most && frame !== 0 && frame < 0xffff_fff0) {
    const outer = await reader.word(frame);
    const address = await reader.word(frame + 4);
    if (address === 0 || address === 0xffff_ffff) break;
    calls.push(address);
    // Stacks grow down: an outer frame lies above.
    if (outer <= frame) break;
    frame = outer;
  }
  return calls;
}

class ThreadRecord {
  private readonly view: DataView;

  constructor(
    readonly address: number,
    private readonly fields: ReadonlyMap<string, Field>,
    bytes: Uint8Array,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A field that the class does not have (any more) reads as 0. */
  value(name: string): number {
    const field = this.fields.get(name);
    if (!field) return 0;
    if (field.size === 1) return this.view.getUint8(field.offset);
    return field.size === 2 ? this.view.getUint16(field.offset, true) : this.view.getUint32(field.offset, true);
  }
}

function sizeOf(fields: ReadonlyMap<string, Field>): number {
  let size = 0;
  for (const { offset, size: bytes } of fields.values()) size = Math.max(size, offset + bytes);
  return size;
}
