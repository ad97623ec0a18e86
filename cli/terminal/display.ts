// The guest's screen and keyboard in a terminal: paints what changed, at most thirty times a second, and reads keys.

import type { Guest } from "../guest.ts";
import type { Io } from "../io.ts";
import type { KeyFeeder } from "../keys/key-feeder.ts";
import type { Chord } from "../keys/us-layout.ts";
import type { Observer } from "../run/runner.ts";
import { attributeSequences, colourDepth } from "./colours.ts";
import { KeyParser } from "./key-parser.ts";
import { Painter } from "./painter.ts";
import { TerminalSession } from "./session.ts";
import { SpeedMeter } from "./speed-meter.ts";

const FRAME_MS = 1000 / 30;
/** A sequence arrives in one piece, or at least this fast; the Escape key comes alone. */
const ESCAPE_MS = 40;

export interface DisplayEvents {
  /** A key came: the guest should get it soon. */
  onKey(): void;
  onQuit(): void;
  /** A text for the line below the screen; empty for none. */
  notice?(): string;
}

export class TerminalDisplay implements Observer {
  private readonly session: TerminalSession;
  private readonly painter: Painter;
  private readonly parser: KeyParser;
  private readonly speed = new SpeedMeter();
  private escapeTimer?: NodeJS.Timeout;
  private generation = -1;
  private status = "";
  private nextFrameMs = 0;
  private repaint = true;
  private blocked = false;

  /**
   * @param glyphs the character of each CP437 code
   * @param keys where the person's keys go
   */
  constructor(
    private readonly guest: Guest,
    private readonly io: Io,
    glyphs: readonly string[],
    private readonly keys: KeyFeeder,
    private readonly events: DisplayEvents,
  ) {
    this.painter = new Painter(attributeSequences(colourDepth(io.env)), glyphs);
    this.parser = new KeyParser((chord, pasted) => this.onChord(chord, pasted));
    this.session = new TerminalSession(io, {
      onInput: (bytes) => this.onInput(bytes),
      onRepaint: () => {
        this.repaint = true;
        this.nextFrameMs = 0;
        this.events.onKey();
      },
      onGone: () => this.events.onQuit(),
    });
    io.stdout.on("drain", this.onDrain);
  }

  open(): void {
    this.session.enter();
  }

  close(): void {
    clearTimeout(this.escapeTimer);
    this.io.stdout.off("drain", this.onDrain);
    this.session.leave();
  }

  afterSlice(nowMs: number): number {
    const speedMs = this.speed.update(nowMs, this.guest);
    const notice = this.events.notice?.() ?? "";
    const status = `Ctrl+] quits | ${this.speed.text}${notice && ` | ${notice}`}`;
    const { generation } = this.guest.screen;
    const stale = this.repaint || generation !== this.generation || status !== this.status;
    // A terminal that does not keep up gets no more frames until it has read the last one.
    if (!stale || this.blocked) return speedMs;
    if (nowMs < this.nextFrameMs) return Math.min(speedMs, this.nextFrameMs - nowMs);
    if (this.repaint) this.painter.invalidate();
    this.repaint = false;
    this.generation = generation;
    this.status = status;
    this.nextFrameMs = nowMs + FRAME_MS;
    const { screen } = this.guest;
    const output = this.painter.paint(
      { columns: screen.columns, rows: screen.rows, cells: screen.cells(), cursor: screen.cursor, status },
      this.session.window,
    );
    if (output !== "") this.blocked = !this.io.stdout.write(output);
    return speedMs;
  }

  private readonly onDrain = (): void => {
    this.blocked = false;
  };

  private onInput(bytes: Uint8Array): void {
    clearTimeout(this.escapeTimer);
    this.parser.feed(bytes);
    if (this.parser.pending) this.escapeTimer = setTimeout(() => this.parser.flush(), ESCAPE_MS);
  }

  private onChord(chord: Chord, pasted: boolean): void {
    // Ctrl+] in the classic encoding and in kitty's; a paste cannot quit.
    if (!pasted && chord.ctrl && chord.code === "BracketRight") {
      this.events.onQuit();
      return;
    }
    this.keys.push(chord);
    this.events.onKey();
  }
}
