// --debug-log: what the guest writes to port E9h, as Bochs and QEMU's debugcon have it, to standard error.

import type { Writable } from "node:stream";
import type { Guest } from "../guest.ts";
import type { Observer } from "./runner.ts";

export class DebugLog implements Observer {
  private length = 0;

  /** @param live write as it comes; otherwise all of it at the end, when the guest's screen has left the terminal */
  constructor(
    private readonly guest: Pick<Guest, "debugLog">,
    private readonly out: Writable,
    private readonly live: boolean,
  ) {}

  afterSlice(): number {
    if (this.live) this.copy();
    return Number.POSITIVE_INFINITY;
  }

  close(): void {
    this.copy();
  }

  private copy(): void {
    const { debugLog } = this.guest;
    if (debugLog.length > this.length) {
      this.out.write(Buffer.from(debugLog.slice(this.length), "latin1"));
      this.length = debugLog.length;
    }
  }
}
