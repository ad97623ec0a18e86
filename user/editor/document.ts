// A text as an editor has it: lines, a cursor, and what keys do to them. Knows no screen and no file. A unit of a line is
// a byte of the file, so that a file comes out as it went in whatever its bytes mean.

const TAB_COLUMNS: i32 = 8;
const TAB: i32 = 9;

export class Document {
  lines: string[] = [""];
  /** The cursor: a line, and a unit of it; at most the line's length. */
  row: i32 = 0;
  at: i32 = 0;
  isChanged: bool = false;
  /** The column that ↑ and ↓ keep to. */
  private wanted: i32 = 0;

  get line(): string {
    return this.lines[this.row];
  }

  /** The column of the screen that unit `at` of a line is in. */
  static columnOf(line: string, at: i32): i32 {
    let column = 0;
    for (let i = 0; i < at; i++) column += line.charCodeAt(i) == TAB ? TAB_COLUMNS - (column % TAB_COLUMNS) : 1;
    return column;
  }

  /** The unit of a line that is in `column` of the screen, or the line's end. */
  static unitAt(line: string, column: i32): i32 {
    let at = 0;
    while (at < line.length && Document.columnOf(line, at + 1) <= column) at++;
    return at;
  }

  /** A line as the screen shows it: tabs are blanks, and what is no ASCII character is "?". */
  static shown(line: string): string {
    let text = "";
    for (let i = 0; i < line.length; i++) {
      const unit = line.charCodeAt(i);
      if (unit == TAB) text += " ".repeat(TAB_COLUMNS - (text.length % TAB_COLUMNS));
      else text += unit >= 0x20 && unit < 0x7f ? line.charAt(i) : "?";
    }
    return text;
  }

  moveTo(row: i32, at: i32): void {
    this.row = max<i32>(min<i32>(row, this.lines.length - 1), 0);
    this.at = max<i32>(min<i32>(at, this.line.length), 0);
    this.wanted = Document.columnOf(this.line, this.at);
  }

  left(): void {
    if (this.at > 0) this.moveTo(this.row, this.at - 1);
    else if (this.row > 0) this.moveTo(this.row - 1, i32.MAX_VALUE);
  }

  right(): void {
    if (this.at < this.line.length) this.moveTo(this.row, this.at + 1);
    else if (this.row + 1 < this.lines.length) this.moveTo(this.row + 1, 0);
  }

  /** Up (below 0) or down by so many lines, in the same column as far as the lines reach. */
  vertical(rows: i32): void {
    const column = this.wanted;
    this.row = max<i32>(min<i32>(this.row + rows, this.lines.length - 1), 0);
    this.at = Document.unitAt(this.line, column);
  }

  home(): void {
    this.moveTo(this.row, 0);
  }

  end(): void {
    this.moveTo(this.row, this.line.length);
  }

  insert(text: string): void {
    this.change(this.line.substring(0, this.at) + text + this.line.substring(this.at));
    this.moveTo(this.row, this.at + text.length);
  }

  /** Enter: breaks the line at the cursor. */
  breakLine(): void {
    const rest = this.line.substring(this.at);
    this.change(this.line.substring(0, this.at));
    this.lines.push("");
    for (let i = this.lines.length - 1; i > this.row + 1; i--) this.lines[i] = this.lines[i - 1];
    this.lines[this.row + 1] = rest;
    this.moveTo(this.row + 1, 0);
  }

  /** Delete: removes what the cursor is on; at a line's end the next line comes here. */
  remove(): void {
    if (this.at < this.line.length) {
      this.change(this.line.substring(0, this.at) + this.line.substring(this.at + 1));
    } else if (this.row + 1 < this.lines.length) {
      this.change(this.line + this.lines[this.row + 1]);
      this.lines.splice(this.row + 1, 1);
    }
  }

  /** Backspace. */
  removeBefore(): void {
    if (this.row == 0 && this.at == 0) return;
    this.left();
    this.remove();
  }

  /** Goes to the next place of `text` behind the cursor, from the end on to the start; whether there is one. */
  find(text: string): bool {
    const count = this.lines.length;
    for (let i = 0; i <= count; i++) {
      const row = (this.row + i) % count;
      const found = this.lines[row].indexOf(text, i == 0 ? this.at + 1 : 0);
      if (found < 0) continue;
      this.moveTo(row, found);
      return true;
    }
    return false;
  }

  private change(line: string): void {
    this.lines[this.row] = line;
    this.isChanged = true;
  }
}
