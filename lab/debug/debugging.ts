// Where the machine stands in the person's sources, and where it shall stop: the line map of what was booted, breakpoints by line, and
// steps by line.

import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Session } from "../state/session.ts";
import { LineMap, type SourcePlace } from "./line-map.ts";

/** Lines with a breakpoint, by path. */
export type Breakpoints = ReadonlyMap<string, readonly number[]>;

export class Debugging {
  /** Of the executable that runs; undefined: nothing is known of what runs. */
  readonly lines: Signal<LineMap | undefined> = signal(undefined);
  readonly breakpoints: Signal<Breakpoints> = signal(new Map());
  /** Breakpoints at instructions: linear addresses. */
  readonly instructions: Signal<ReadonlySet<number>> = signal(new Set());
  /** Where the lines with a breakpoint have their code. */
  private readonly lineAddresses: ReadonlySignal<ReadonlySet<number>> = computed(() => {
    const map = this.lines.value;
    const places = [...this.breakpoints.value].flatMap(([path, lines]) =>
      lines.flatMap((line) => map?.breakpointAt(path, line)?.address ?? []),
    );
    return new Set(places);
  });
  /** Where the stopped machine stands; undefined while it runs, or outside the known sources. */
  readonly stopped: ReadonlySignal<SourcePlace | undefined>;

  constructor(private readonly session: Session) {
    this.stopped = computed(() => {
      const { state, linear } = session.status.value;
      if (state === "running" || state === "empty") return undefined;
      return this.lines.value?.placeOf(linear);
    });
    effect(() => {
      // A machine that is booted anew has none yet.
      session.plan.value;
      session.client.tell("setBreakpoints", [...this.lineAddresses.value, ...this.instructions.value]);
    });
  }

  /** What runs now: its executable with symbols, undefined for an image from elsewhere. */
  setExecutable(elf: Uint8Array | undefined, name: string): void {
    this.lines.value = elf && mapOf(elf, name);
  }

  linesOf(path: string): readonly number[] {
    return this.breakpoints.value.get(path) ?? [];
  }

  /** Sets a breakpoint at a line, or at the next one that has code; takes it away where there is one. */
  toggle(path: string, line: number): void {
    const lines = this.linesOf(path);
    const at = this.lines.value?.breakpointAt(path, line)?.line ?? line;
    const isThere = lines.includes(line) || lines.includes(at);
    const next = isThere ? lines.filter((one) => one !== line && one !== at) : [...lines, at].sort((a, b) => a - b);
    this.breakpoints.value = new Map([...this.breakpoints.value, [path, next]]);
  }

  /** Sets a breakpoint at an instruction, or takes it away. */
  toggleInstruction(address: number): void {
    const next = new Set(this.instructions.value);
    if (!next.delete(address)) next.add(address);
    this.instructions.value = next;
  }

  /** Whether the machine stops before this instruction. */
  isBreakpoint(address: number): boolean {
    return this.instructions.value.has(address) || this.lineAddresses.value.has(address);
  }

  /** To the next source line, calls as one; an instruction where no line is known. */
  stepLine(): void {
    const { linear } = this.session.status.value;
    const range = this.lines.value?.rangeOf(linear);
    if (range) this.session.client.tell("stepLine", range.first, range.end);
    else this.session.client.tell("step", 1);
  }
}

/** An executable without lines, or with damaged ones, boots as well. */
function mapOf(elf: Uint8Array, name: string): LineMap | undefined {
  try {
    return new LineMap(elf, name);
  } catch {
    return undefined;
  }
}
