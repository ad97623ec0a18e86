// A guest without a PC, for tests of what surrounds one: it echoes keys to its screen, and it can be idle, busy or dead.

import type { KeyStroke } from "../../pc/devices/us-layout.ts";
import type { Guest, GuestKeyboard, GuestScreen, GuestSerial, StopReason } from "../guest.ts";

const NS_PER_INSTRUCTION = 10;
const TICK_NS = 10_000_000;

export class FakeGuest implements Guest {
  timeNs = 0;
  instructions = 0;
  idleUntilNs = 0;
  debugLog = "";
  /** How the guest spends its time. */
  mode: "idle" | "busy" | "halted" = "idle";
  /** Ends the next run with this. */
  ending?: StopReason;
  /** Called in every run, before time passes. */
  onRun?: () => void;
  readonly pressed: string[] = [];
  readonly strokes: KeyStroke[] = [];
  readonly serial = [new FakeSerial(), new FakeSerial()];
  readonly screen = new FakeScreen();
  readonly keyboard: GuestKeyboard & { idle: boolean } = {
    idle: true,
    press: (code) => this.pressed.push(`+${code}`),
    release: (code) => this.pressed.push(`-${code}`),
    type: (strokes) => this.strokes.push(...strokes),
  };

  run({ instructions = Number.POSITIVE_INFINITY, timeNs = Number.POSITIVE_INFINITY } = {}): StopReason {
    this.onRun?.();
    if (this.ending) return this.ending;
    if (this.mode === "halted") {
      this.idleUntilNs = Number.POSITIVE_INFINITY;
      return "halted";
    }
    const wanted = Math.max(0, timeNs - this.timeNs);
    if (this.mode === "idle") {
      this.timeNs += wanted;
      this.idleUntilNs = (Math.floor(this.timeNs / TICK_NS) + 1) * TICK_NS;
      return "time";
    }
    const executed = Math.min(instructions, Math.ceil(wanted / NS_PER_INSTRUCTION));
    this.instructions += executed;
    this.timeNs += executed * NS_PER_INSTRUCTION;
    this.idleUntilNs = this.timeNs;
    return executed === instructions ? "instructions" : "time";
  }

  disk(): undefined {}

  registers(): Record<string, number> {
    return { eax: 0x1234, eip: 0xfffffff0 };
  }
}

export class FakeScreen implements GuestScreen {
  columns = 80;
  rows = 25;
  generation = 0;
  cursor = { column: 0, row: 0, visible: true };
  private data = new Uint16Array(80 * 25).fill(0x0720);

  /** Writes `text` at a place, and moves the cursor behind it. */
  put(row: number, column: number, text: string, attribute = 7): void {
    for (let at = 0; at < text.length; at++) {
      this.data[row * this.columns + column + at] = text.charCodeAt(at) | (attribute << 8);
    }
    this.cursor = { column: column + text.length, row, visible: true };
    this.generation++;
  }

  cells(): Uint16Array {
    return this.data;
  }

  text(): string[] {
    return Array.from({ length: this.rows }, (_, row) =>
      String.fromCharCode(
        ...this.data.subarray(row * this.columns, (row + 1) * this.columns).map((cell) => cell & 0xff),
      ).trimEnd(),
    );
  }

  pixels(): { width: number; height: number; rgba: Uint8ClampedArray } {
    return { width: 2, height: 1, rgba: Uint8ClampedArray.of(0xaa, 0, 0, 0xff, 0, 0, 0xaa, 0xff) };
  }
}

export class FakeSerial implements GuestSerial {
  output = "";
  onByte?: (byte: number) => void;
  readonly received: number[] = [];

  send(bytes: Uint8Array): void {
    this.received.push(...bytes);
  }

  /** The guest sends `text`. */
  say(text: string): void {
    this.output += text;
    for (const byte of Buffer.from(text, "latin1")) this.onByte?.(byte);
  }
}
