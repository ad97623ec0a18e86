// Takes the terminal over and gives it back as it was, whatever ends the program.

import type { Io } from "../io.ts";
import type { WindowSize } from "./painter.ts";

// Alternate screen, no wrap at the right edge, bracketed paste, no echo of the cursor until the first frame.
const ENTER = "\x1b[?1049h\x1b[?7l\x1b[?2004h\x1b[?25l";
const LEAVE = "\x1b[0m\x1b[?2026l\x1b[?25h\x1b[?2004l\x1b[?7h\x1b[?1049l";

export interface SessionEvents {
  onInput(bytes: Uint8Array): void;
  /** The window has another size, or the terminal's contents are lost. */
  onRepaint(): void;
  /** The terminal is gone: closed, or nobody reads our output any more. */
  onGone(): void;
}

export class TerminalSession {
  private entered = false;

  constructor(
    private readonly io: Io,
    private readonly events: SessionEvents,
  ) {}

  get window(): WindowSize {
    return { columns: this.io.stdout.columns || 80, rows: this.io.stdout.rows || 24 };
  }

  enter(): void {
    this.entered = true;
    const { io } = this;
    io.on("exit", this.leave);
    io.on("SIGCONT", this.resume);
    io.stdout.on("resize", this.events.onRepaint);
    io.stdout.on("error", this.events.onGone);
    io.stdin.on("data", this.events.onInput);
    io.stdin.on("end", this.events.onGone);
    io.stdin.setRawMode?.(true);
    io.stdin.resume();
    io.stdout.write(ENTER);
  }

  /** Gives the terminal back; a second call does nothing. */
  readonly leave = (): void => {
    if (!this.entered) return;
    this.entered = false;
    const { io } = this;
    io.off("exit", this.leave);
    io.off("SIGCONT", this.resume);
    io.stdout.off("resize", this.events.onRepaint);
    io.stdin.off("data", this.events.onInput);
    io.stdin.off("end", this.events.onGone);
    io.stdin.setRawMode?.(false);
    io.stdin.pause();
    // The listener for errors stays: the terminal may be gone before this is written.
    if (!io.stdout.destroyed) io.stdout.write(LEAVE);
  };

  /** After a stop from outside (SIGSTOP) the shell may have changed the terminal's modes and contents. */
  private readonly resume = (): void => {
    // Node believes the terminal to be raw still, and would do nothing.
    this.io.stdin.setRawMode?.(false);
    this.io.stdin.setRawMode?.(true);
    this.io.stdout.write(ENTER);
    this.events.onRepaint();
  };
}
