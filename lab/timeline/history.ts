// Who ran when: spans of threads, interrupts and waits, made from what the machine noted. The newest part is kept.

import type { TraceEvent, TracePoint } from "../machine/trace.ts";

export type SpanEnd = "ready" | "lock" | "blocked" | "dead";

/** A thread, by its id, had the processor. Times in nanoseconds of the guest. */
export interface Span {
  thread: number;
  start: number;
  end: number;
  instructions: number;
  /** Why it gave the processor away. */
  endedBy: SpanEnd;
}

export interface Interrupt {
  time: number;
  vector: number;
}

/** Where to note, and how: from the kernel's symbols and the layout of its classes. */
export interface KernelPlaces {
  switchContext: number;
  interrupt: number;
  current: number;
  idOffset: number;
  nameOffset: number;
  stateOffset: number;
  wantedMutexOffset: number;
  vectorOffset: number;
}

const SWITCH = "switch";
const INTERRUPT = "interrupt";
/** ThreadState: kernel/thread/thread.ts. */
const BLOCKED = 2;
const DEAD = 3;
const FIRST_ARGUMENT = 4;
const MOST_SPANS = 20_000;

/** A name is read as far as this; its length in bytes stands before its text. */
const NAME_BYTES = 32;
const NAME_WORDS = Array.from({ length: NAME_BYTES / 4 + 1 }, (_, at) => 4 * at - 4);

/** At a switch: the thread before (it is where its ESP goes) and how it stands; the thread after, and its name. */
export function tracePoints(places: KernelPlaces): TracePoint[] {
  const before = (offset: number) => ({ register: "esp", offsets: [FIRST_ARGUMENT, offset] });
  const after = (...offsets: number[]) => ({ offsets: [places.current, ...offsets] });
  return [
    {
      address: places.switchContext,
      name: SWITCH,
      words: [
        before(places.idOffset),
        after(places.idOffset),
        before(places.stateOffset),
        before(places.wantedMutexOffset),
        ...NAME_WORDS.map((offset) => after(places.nameOffset, offset)),
      ],
    },
    {
      address: places.interrupt,
      name: INTERRUPT,
      words: [{ register: "esp", offsets: [FIRST_ARGUMENT, places.vectorOffset] }],
    },
  ];
}

export class History {
  readonly spans: Span[] = [];
  readonly interrupts: Interrupt[] = [];
  /** By thread's id. */
  readonly names = new Map<number, string>();
  /** Who runs now, and since when; undefined before the first switch. */
  running: { thread: number; since: number; instructions: number } | undefined;

  add(events: readonly TraceEvent[]): void {
    for (const { name: point, timeNs, instructions, words } of events) {
      const [first = 0, next = 0, state = 0, wantedMutex = 0, ...name] = words;
      // Time that runs backwards: the machine was reset, or a saved state restored.
      if (this.running && timeNs < this.running.since) this.clear();
      if (point === INTERRUPT) {
        this.interrupts.push({ time: timeNs, vector: first & 0xff });
      } else {
        const start = this.running?.since ?? timeNs;
        const ran = instructions - (this.running?.instructions ?? instructions);
        this.spans.push({ thread: first, start, end: timeNs, instructions: ran, endedBy: endOf(state, wantedMutex) });
        this.running = { thread: next, since: timeNs, instructions };
        this.names.set(next, nameOf(name));
      }
    }
    if (this.spans.length > MOST_SPANS) this.spans.splice(0, this.spans.length - MOST_SPANS);
    if (this.interrupts.length > MOST_SPANS) this.interrupts.splice(0, this.interrupts.length - MOST_SPANS);
  }

  clear(): void {
    this.spans.length = 0;
    this.interrupts.length = 0;
    this.names.clear();
    this.running = undefined;
  }
}

/** The length in bytes, then UTF-16. */
function nameOf([length = 0, ...words]: readonly number[]): string {
  const bytes = new Uint8Array(Uint32Array.from(words).buffer);
  return new TextDecoder("utf-16le").decode(bytes.subarray(0, Math.min(length, NAME_BYTES) & ~1));
}

function endOf(state: number, wantedMutex: number): SpanEnd {
  if (state === DEAD) return "dead";
  if (state !== BLOCKED) return "ready";
  return wantedMutex === 0 ? "blocked" : "lock";
}
