// What a person touches: the screen to look at, the keyboard to type on, the serial lines to talk over.

import { type KeyStroke, strokesOf, type Uart, type Vga } from "./devices/index.ts";
import { linesOf, type ScreenStill } from "./still.ts";
import type { TypedKeyboard, Typist } from "./typist.ts";

export class Screen {
  constructor(private readonly vga: Vga) {}

  get columns(): number {
    return this.vga.text().columns;
  }

  get rows(): number {
    return this.vga.text().rows;
  }

  /** The rows of the text screen in Unicode, trailing blanks trimmed. */
  text(): string[] {
    return linesOf(this.vga.text());
  }

  /** Row by row: code page 437 in bits 0–7, VGA attribute in bits 8–15. */
  cells(): Uint16Array {
    return this.vga.text().cells;
  }

  get cursor(): { column: number; row: number; visible: boolean } {
    return this.vga.text().cursor;
  }

  /** Counts up whenever what is seen may have changed. */
  get generation(): number {
    return this.vga.generation;
  }

  /** The picture as a monitor shows it, four bytes (red, green, blue, alpha) a pixel. */
  pixels(): { width: number; height: number; rgba: Uint8ClampedArray } {
    return this.vga.pixels();
  }

  /** What the picture is made of: `pc/still.ts` draws it, elsewhere and later. */
  still(): ScreenStill {
    return this.vga.still();
  }
}

export class MachineKeyboard {
  constructor(
    private readonly keyboard: TypedKeyboard,
    private readonly typist: Typist,
  ) {}

  /** A key goes down; `code` is a W3C `KeyboardEvent.code` ("KeyA", "ArrowUp", "ControlLeft"). */
  press(code: string): void {
    this.keyboard.press(code);
  }

  release(code: string): void {
    this.keyboard.release(code);
  }

  /** Types text (on a US keyboard) or key strokes when the guest waits for input, and no faster than it takes them. */
  type(input: string | readonly KeyStroke[]): void {
    this.typist.type(typeof input === "string" ? strokesOf(input) : input);
  }

  /** All that was typed has been taken by the guest. */
  get idle(): boolean {
    return this.typist.done;
  }
}

export class SerialPort {
  /** Called with every byte that the guest sends. */
  onByte: ((byte: number) => void) | undefined;
  private sent = "";

  constructor(private readonly uart: Uart) {
    uart.onByte = (byte) => {
      this.sent += String.fromCharCode(byte);
      this.onByte?.(byte);
    };
  }

  /** All that the guest has sent, one character a byte. */
  get output(): string {
    return this.sent;
  }

  /** Sends bytes to the guest, as fast as it takes them. */
  send(bytes: Uint8Array): void {
    this.uart.send(bytes);
  }
}
