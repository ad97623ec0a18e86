// What a caller of a run may do to it and learn from it: `minios build --watch` ends a run when there is something new to boot.

import type { End } from "./runner.ts";

export class RunControl {
  /** Why the run ended; undefined while it has not. */
  end?: End;
  /** The run paints on the terminal: a line written to standard error would be lost in it. */
  paints = false;
  /** A text for the line below the guest's screen. */
  notice = "";
  private listener?: () => void;
  private stopped = false;

  /** Ends the run soon, as if the person had quit. */
  stop(): void {
    this.stopped = true;
    this.listener?.();
  }

  /** The run says how it can be ended. */
  onStop(listener: () => void): void {
    this.listener = listener;
    if (this.stopped) listener();
  }
}
