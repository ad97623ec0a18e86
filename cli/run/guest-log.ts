// What a guest, or the hypervisor under it, has to say besides the screen, copied to standard error.

import type { Writable } from "node:stream";
import type { Guest } from "../guest.ts";
import type { Observer } from "./runner.ts";

class GuestLog implements Observer {
  /**
   * @param news what there is to say since the last call
   * @param live write as it comes; otherwise all of it at the end, when the guest's screen has left the terminal
   */
  constructor(
    private readonly news: () => string,
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
    const text = this.news();
    if (text !== "") this.out.write(Buffer.from(text, "latin1"));
  }
}

/** --debug-log: what the guest writes to port E9h, as Bochs and QEMU's debugcon have it. */
export function debugLog(guest: Pick<Guest, "debugLog">, out: Writable, live: boolean): GuestLog {
  let length = 0;
  const news = () => {
    const text = guest.debugLog.slice(length);
    length += text.length;
    return text;
  };
  return new GuestLog(news, out, live);
}

/** What the hypervisor says of a domain: reports of crashes, restarts. */
export function hypervisorLog(guest: Pick<Guest, "log">, out: Writable, live: boolean): GuestLog {
  let count = 0;
  const news = () => {
    const lines = (guest.log ?? []).slice(count);
    count += lines.length;
    return lines.map((line) => `minios: ${line}\n`).join("");
  };
  return new GuestLog(news, out, live);
}
