// The line editor of a person at the terminal: the terminal gives bytes as they come, and the line is drawn by ANSI escapes.
//
//   ← → Home End ^A ^E ^B ^F   move      ↑ ↓ ^P ^N   history      Tab   completes
//   Backspace Delete ^K ^U ^W   remove    ^L   clears the screen   ^C   gives up   ^D   in an empty line: the end
//
// A line that is wider than the screen moves sideways.

import { print } from "../library/stdio.ts";
import { Key, openTerminal, readKey, restoreTerminal, terminalColumns } from "../library/terminal.ts";
import { complete } from "./completion.ts";
import { History } from "./history.ts";

export class LineEditor {
  /** The last line was given up by ^C. */
  isGivenUp: bool = false;
  private text: string = "";
  private at: i32 = 0;
  /** The first character that the screen shows. */
  private first: i32 = 0;
  private prompt: string = "";
  private columns: i32 = 80;

  constructor(private history: History) {}

  /** Reads a line; null at the end of the input. */
  read(prompt: string): string | null {
    this.columns = terminalColumns();
    this.prompt = prompt;
    this.text = "";
    this.at = this.first = 0;
    this.isGivenUp = false;
    this.history.rewind();
    openTerminal();
    print(prompt);
    let line: string | null = null;
    while (true) {
      const key = readKey();
      if (key < 0 || (key == 0x04 && this.text == "")) break;
      if (key == 0x0d || key == 0x0a) {
        line = this.text;
        break;
      }
      if (key == 0x03) {
        print("^C");
        this.isGivenUp = true;
        line = "";
        break;
      }
      this.edit(key);
    }
    print("\n");
    restoreTerminal();
    return line;
  }

  private edit(key: i32): void {
    const before = this.text.substring(0, this.at);
    const after = this.text.substring(this.at);
    switch (key) {
      case 0x01: // ^A
      case Key.Home:
        this.moveTo(0);
        break;
      case 0x05: // ^E
      case Key.End:
        this.moveTo(this.text.length);
        break;
      case 0x02: // ^B
      case Key.Left:
        this.moveTo(max<i32>(this.at - 1, 0));
        break;
      case 0x06: // ^F
      case Key.Right:
        this.moveTo(min<i32>(this.at + 1, this.text.length));
        break;
      case 0x10: // ^P
      case Key.Up:
        this.replace(this.history.previous(this.text));
        break;
      case 0x0e: // ^N
      case Key.Down:
        this.replace(this.history.next(this.text));
        break;
      case 0x08:
      case 0x7f:
        if (this.at > 0) this.set(before.substring(0, this.at - 1) + after, this.at - 1);
        break;
      case 0x04: // ^D
      case Key.Delete:
        if (after != "") this.set(before + after.substring(1), this.at);
        break;
      case 0x0b: // ^K
        this.set(before, this.at);
        break;
      case 0x15: // ^U
        this.set(after, 0);
        break;
      case 0x17: {
        // ^W
        this.removeWord(before, after);
        break;
      }
      case 0x0c: // ^L
        print("\x1b[2J\x1b[H");
        this.draw();
        break;
      case 0x09:
        this.complete(before, after);
        break;
      default:
        if (key >= 0x20 && key < 0x7f) this.insert(String.fromCharCode(key));
    }
  }

  private removeWord(before: string, after: string): void {
    const start = startOfWord(before);
    this.set(before.substring(0, start) + after, start);
  }

  private insert(added: string): void {
    const isAtEnd = this.at == this.text.length;
    const text = this.text.substring(0, this.at) + added + this.text.substring(this.at);
    if (isAtEnd && this.prompt.length + text.length - this.first < this.columns) {
      this.text = text;
      this.at = text.length;
      print(added);
    } else {
      this.set(text, this.at + added.length);
    }
  }

  private complete(before: string, after: string): void {
    const completion = complete(before);
    if (completion.added != "") {
      this.set(before + completion.added + after, this.at + completion.added.length);
    } else if (completion.choices.length > 1) {
      print(`\n${completion.choices.join("  ")}\n`);
      this.draw();
    }
  }

  private replace(text: string): void {
    this.set(text, text.length);
  }

  private set(text: string, at: i32): void {
    this.text = text;
    this.at = at;
    this.draw();
  }

  private moveTo(at: i32): void {
    this.at = at;
    this.draw();
  }

  /** Draws the row anew, moved sideways so that the cursor is in it. */
  private draw(): void {
    const width = max<i32>(this.columns - this.prompt.length - 1, 8);
    if (this.at < this.first) this.first = this.at;
    if (this.at > this.first + width) this.first = this.at - width;
    const shown = this.text.substring(this.first, this.first + width);
    const column = this.prompt.length + this.at - this.first;
    print(`\r${this.prompt}${shown}\x1b[K\r\x1b[${column}C`);
  }
}

function startOfWord(text: string): i32 {
  let start = text.length;
  while (start > 0 && text.charAt(start - 1) == " ") start--;
  while (start > 0 && text.charAt(start - 1) != " ") start--;
  return start;
}
