// Where the machine stands in the person's sources: the line map of what was booted, and the place of EIP when the machine is stopped.

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Session } from "../state/session.ts";
import { LineMap, type SourcePlace } from "./line-map.ts";

export class Debugging {
  /** Of the executable that runs; undefined: nothing is known of what runs. */
  readonly lines: Signal<LineMap | undefined> = signal(undefined);
  /** Where the stopped machine stands; undefined while it runs, or outside the known sources. */
  readonly stopped: ReadonlySignal<SourcePlace | undefined>;

  constructor(session: Session) {
    this.stopped = computed(() => {
      const { state, eip } = session.status.value;
      if (state === "running" || state === "empty") return undefined;
      return this.lines.value?.placeOf(eip);
    });
  }

  /** What runs now: its executable with symbols, undefined for an image from elsewhere. */
  setExecutable(elf: Uint8Array | undefined, name: string): void {
    this.lines.value = elf && mapOf(elf, name);
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
