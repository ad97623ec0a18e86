// The domain's console as a person sees it: a terminal of 80 × 25 characters that knows line ends, tabs, backspace and the escape
// sequences that place the cursor, clear and colour. The picture is drawn by the VGA's font and palette.
// Source: ECMA-48 (CUP, ED, EL, SGR); IBM code page 437 for the characters.

import type { DeviceState } from "../bus.ts";
import { AddressBus } from "../bus.ts";
import { Clock } from "../clock.ts";
import { cp437Text, Vga } from "../devices/index.ts";
import { bytesField, numberField, textField } from "../devices/state.ts";

export const COLUMNS = 80;
export const ROWS = 25;
const GREY = 0x07;
const BLANK = 0x20;
const TAB = 8;
const TEXT_MEMORY = 0xb8000;
const CRTC_INDEX = 0x3d4;
const CURSOR_HIGH = 0x0e;
const CURSOR_LOW = 0x0f;
const LONGEST_SEQUENCE = 32;
/** ANSI's order of colours as the VGA numbers them. */
const COLOURS = [0, 4, 2, 6, 1, 5, 3, 7];

export class Terminal {
  /** Counts up whenever what is seen may have changed. */
  generation = 0;
  readonly columns = COLUMNS;
  readonly rows = ROWS;
  private readonly words = new Uint16Array(COLUMNS * ROWS).fill((GREY << 8) | BLANK);
  private column = 0;
  private row = 0;
  private attribute = GREY;
  /** An escape sequence that has begun. */
  private sequence = "";
  private vga: { device: Vga; ports: AddressBus; memory: AddressBus } | undefined;

  /** Clears the screen, the cursor home. */
  reset(): void {
    this.words.fill((GREY << 8) | BLANK);
    this.column = 0;
    this.row = 0;
    this.attribute = GREY;
    this.sequence = "";
    this.generation++;
  }

  put(byte: number): void {
    this.generation++;
    if (this.sequence !== "") {
      this.continueSequence(byte);
      return;
    }
    switch (byte) {
      case 0x1b:
        this.sequence = "\x1b";
        break;
      case 0x0a:
        this.column = 0;
        this.lineFeed();
        break;
      case 0x0d:
        this.column = 0;
        break;
      case 0x08:
        if (this.column > 0) this.column--;
        break;
      case 0x09:
        this.column = Math.min(COLUMNS - 1, (Math.floor(this.column / TAB) + 1) * TAB);
        break;
      case 0x00:
      case 0x07:
        break;
      default:
        this.show(byte);
    }
  }

  private show(byte: number): void {
    if (this.column === COLUMNS) {
      this.column = 0;
      this.lineFeed();
    }
    this.words[this.row * COLUMNS + this.column] = (this.attribute << 8) | byte;
    this.column++;
  }

  private lineFeed(): void {
    if (this.row < ROWS - 1) {
      this.row++;
      return;
    }
    this.words.copyWithin(0, COLUMNS);
    this.words.fill((GREY << 8) | BLANK, (ROWS - 1) * COLUMNS);
  }

  /** ESC [ parameters letter; what else begins with ESC is dropped with the character after it. */
  private continueSequence(byte: number): void {
    const isIntroducer = this.sequence === "\x1b" && byte === 0x5b;
    this.sequence += String.fromCharCode(byte);
    if (isIntroducer || (this.sequence.length > 2 && byte < 0x40 && this.sequence.length < LONGEST_SEQUENCE)) return;
    const { sequence } = this;
    this.sequence = "";
    if (sequence.startsWith("\x1b[")) this.control(sequence.slice(2, -1), sequence.slice(-1));
  }

  private control(parameters: string, final: string): void {
    const numbers = parameters.split(";").map((text) => Number.parseInt(text, 10) || 0);
    const cell = this.row * COLUMNS + Math.min(this.column, COLUMNS - 1);
    switch (final) {
      case "H":
        this.row = Math.min(ROWS, Math.max(1, numbers[0])) - 1;
        this.column = Math.min(COLUMNS, Math.max(1, numbers[1] ?? 1)) - 1;
        break;
      case "J":
        this.words.fill((GREY << 8) | BLANK, numbers[0] === 2 ? 0 : cell);
        break;
      case "K":
        this.words.fill((GREY << 8) | BLANK, cell, (this.row + 1) * COLUMNS);
        break;
      case "m":
        for (const number of numbers) this.colour(number);
        break;
    }
  }

  private colour(number: number): void {
    if (number === 0) this.attribute = GREY;
    else if (number === 1) this.attribute |= 0x08;
    else if (number >= 30 && number <= 37) this.attribute = (this.attribute & 0xf8) | COLOURS[number - 30];
    else if (number >= 40 && number <= 47) this.attribute = (this.attribute & 0x0f) | (COLOURS[number - 40] << 4);
  }

  /** Code page 437 in bits 0–7, VGA attribute in bits 8–15. */
  cells(): Uint16Array {
    return this.words.slice();
  }

  text(): string[] {
    return Array.from({ length: ROWS }, (_, row) => {
      const codes = this.words.subarray(row * COLUMNS, (row + 1) * COLUMNS);
      return cp437Text(Array.from(codes, (word) => word & 0xff)).trimEnd();
    });
  }

  get cursor(): { column: number; row: number; visible: boolean } {
    return { column: Math.min(this.column, COLUMNS - 1), row: this.row, visible: true };
  }

  pixels(): { width: number; height: number; rgba: Uint8ClampedArray } {
    return this.drawn().pixels();
  }

  /** What the picture is made of. */
  still() {
    return this.drawn().still();
  }

  private drawn(): Vga {
    const { device, ports, memory } = this.drawingBoard();
    this.words.forEach((word, cell) => {
      memory.write16(TEXT_MEMORY + cell * 2, word);
    });
    const { row, column } = this.cursor;
    const place = row * COLUMNS + column;
    for (const [index, value] of [
      [CURSOR_HIGH, place >>> 8],
      [CURSOR_LOW, place & 0xff],
    ]) {
      ports.write8(CRTC_INDEX, index);
      ports.write8(CRTC_INDEX + 1, value);
    }
    return device;
  }

  /** A VGA in text mode that nobody but us writes to. */
  private drawingBoard() {
    if (!this.vga) {
      const ports = new AddressBus();
      const memory = new AddressBus();
      const device = new Vga({ clock: new Clock(() => 0) });
      device.attach(ports, memory);
      device.reset();
      this.vga = { device, ports, memory };
    }
    return this.vga;
  }

  save(): DeviceState {
    const { column, row, attribute, sequence } = this;
    return { column, row, attribute, sequence, words: new Uint8Array(this.words.buffer).slice() };
  }

  load(state: DeviceState): void {
    new Uint8Array(this.words.buffer).set(bytesField(state, "words", this.words.byteLength));
    this.column = Math.min(COLUMNS, numberField(state, "column"));
    this.row = Math.min(ROWS - 1, numberField(state, "row"));
    this.attribute = numberField(state, "attribute");
    this.sequence = textField(state, "sequence");
    this.generation++;
  }
}
