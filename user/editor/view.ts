// A document on the screen: the part of it around the cursor, and a status line below. Only rows that have changed are
// drawn, so that a serial line keeps up with a person.

import { print } from "../library/stdio.ts";
import { terminalColumns, terminalRows } from "../library/terminal.ts";
import { Document } from "./document.ts";

/** More than the cursor's column moves the text sideways by so many columns. */
const SIDE_STEP: i32 = 16;

export class View {
  /** Rows of text; the status line is below them. */
  readonly rows: i32;
  /** The last column stays free: a character there would move some terminals to the next row. */
  private readonly width: i32;
  private top: i32 = 0;
  private leftColumn: i32 = 0;
  /** What the screen shows. */
  private shown: string[] = [];
  private status: string = "";

  constructor() {
    this.rows = terminalRows() - 1;
    this.width = terminalColumns() - 1;
    this.clear();
  }

  /** Empties the screen. */
  clear(): void {
    print("\x1b[2J\x1b[H");
    this.shown = new Array<string>(this.rows).fill("");
    this.status = "";
  }

  /** Brings the screen up to date, and the cursor to its place. */
  draw(document: Document, status: string): void {
    const column = Document.columnOf(document.line, document.at);
    this.follow(document.row, column);
    for (let i = 0; i < this.rows; i++) {
      const row = this.top + i;
      const text = row < document.lines.length ? this.part(document.lines[row]) : "~";
      if (text == this.shown[i]) continue;
      print(`\x1b[${i + 1};1H${text}\x1b[K`);
      this.shown[i] = text;
    }
    this.drawStatus(status);
    print(`\x1b[${document.row - this.top + 1};${column - this.leftColumn + 1}H`);
  }

  /** Draws the status line; the cursor is left behind the text. */
  drawStatus(text: string): void {
    const cut = text.substring(0, this.width);
    if (cut != this.status) print(`\x1b[${this.rows + 1};1H\x1b[7m${cut.padEnd(this.width)}\x1b[m`);
    this.status = cut;
    print(`\x1b[${this.rows + 1};${cut.length + 1}H`);
  }

  private part(line: string): string {
    const text = Document.shown(line);
    return text.substring(this.leftColumn, this.leftColumn + this.width);
  }

  /** Moves what is shown so that the cursor is in it. */
  private follow(row: i32, column: i32): void {
    if (row < this.top) this.top = row;
    if (row >= this.top + this.rows) this.top = row - this.rows + 1;
    while (column < this.leftColumn) this.leftColumn = max<i32>(this.leftColumn - SIDE_STEP, 0);
    while (column >= this.leftColumn + this.width) this.leftColumn += SIDE_STEP;
  }
}
