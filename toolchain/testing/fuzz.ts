// How the fuzz tests run: a few rounds in CI; MINIOS_FUZZ=100000 makes that many of each and prints what came of them.

import type { Random } from "./mutate.ts";

/** Longer than this over one small input is a hang. Of the processor's time, so that a busy machine is none. */
const HANG_MS = 2000;

const ASKED = process.env["MINIOS_FUZZ"];

export function fuzzRounds(usual: number): number {
  return ASKED === undefined ? usual : Number(ASKED);
}

/** For the test runner: so many rounds take at most. */
export function fuzzTimeout(rounds: number): number {
  return 60_000 + rounds * 50;
}

/** Counts what came of inputs, and how long the slowest took. */
export class FuzzRun {
  private readonly counts = new Map<string, number>();
  private slowest = 0;

  constructor(private readonly name: string) {}

  /** @param work says what came of it, such as "linked" or "refused" */
  round(what: string, work: () => string): void {
    const before = process.cpuUsage();
    let outcome: string;
    try {
      outcome = work();
    } catch (error) {
      throw new Error(`${this.name}, ${what}`, { cause: error });
    }
    this.counts.set(outcome, this.of(outcome) + 1);
    const { user, system } = process.cpuUsage(before);
    this.slowest = Math.max(this.slowest, (user + system) / 1000);
    if (ASKED !== undefined && (user + system) / 1000 > HANG_MS)
      throw new Error(`${this.name}, ${what}: ${Math.round((user + system) / 1000)} ms`);
  }

  of(outcome: string): number {
    return this.counts.get(outcome) ?? 0;
  }

  report(): void {
    if (ASKED === undefined) return;
    const counts = [...this.counts].map(([outcome, count]) => `${count} ${outcome}`).join(", ");
    console.log(`${this.name}: ${counts}, slowest ${Math.round(this.slowest)} ms`);
  }
}

/** Numbers at the edges of what fields can hold. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfff1, 0xfff2];

/** Up to four bytes or words changed, mostly at the ends, where the tables are that hold a file together; one in eight cut off. */
export function byteMutator(random: Random): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    const copy = random(8) === 0 ? bytes.slice(0, random(bytes.length)) : bytes.slice();
    for (let n = random(4); n >= 0 && copy.length > 4; n--) {
      const from = [0, 0, Math.floor(copy.length / 2)][random(3)];
      const at = from + random(copy.length - from);
      if (random(2) === 0) copy[at] = random(256);
      else new DataView(copy.buffer).setUint32(Math.min(at & ~3, copy.length - 4), EDGES[random(EDGES.length)], true);
    }
    return copy;
  };
}
