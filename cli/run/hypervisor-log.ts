// What the hypervisor says of a domain (reports of crashes, restarts), to standard error.

import type { Writable } from "node:stream";
import type { Guest } from "../guest.ts";
import type { Observer } from "./runner.ts";

export class HypervisorLog implements Observer {
  private written = 0;

  /** @param live write as it comes; otherwise all of it at the end, when the guest's screen has left the terminal */
  constructor(
    private readonly guest: Pick<Guest, "log">,
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
    const { log = [] } = this.guest;
    for (const line of log.slice(this.written)) this.out.write(`minios: ${line}\n`);
    this.written = log.length;
  }
}
