// What a caller of a run may do to it and learn from it: `minios build --watch` ends a run when there is something new to boot.

import type { End } from "./runner.ts";

/** How a run listens to its caller. */
export interface RunListener {
  /** End soon, as if the person had quit. */
  onStop(): void;
  /** There is another notice to show. */
  onNotice(): void;
}

export class RunControl {
  /** Why the run ended; undefined while it has not. */
  end?: End;
  /** The run paints on the terminal: a line written to standard error would be lost in it. */
  paints = false;
  private text = "";
  private listener?: RunListener;
  private stopped = false;

  /** A text for the line below the guest's screen; empty for none. */
  get notice(): string {
    return this.text;
  }

  set notice(text: string) {
    this.text = text;
    this.listener?.onNotice();
  }

  /** Ends the run soon. */
  stop(): void {
    this.stopped = true;
    this.listener?.onStop();
  }

  /** The run says how it can be reached; it may have been stopped before. */
  listen(listener: RunListener): void {
    this.listener = listener;
    if (this.stopped) listener.onStop();
  }
}
