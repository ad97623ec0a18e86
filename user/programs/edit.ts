// edit: a full-screen editor of texts.
//
//   arrows Home End PageUp PageDown   move      Enter Backspace Delete   break and remove
//   ^F   finds a text, from the cursor on       ^S   saves      ^Q   ends

import { Document } from "../editor/document.ts";
import { loadDocument, saveDocument } from "../editor/storage.ts";
import { View } from "../editor/view.ts";
import { strerror } from "../library/errno.ts";
import { usageError } from "../library/options.ts";
import { complain, print } from "../library/stdio.ts";
import { Key, openTerminal, readKey, restoreTerminal } from "../library/terminal.ts";
import { argumentList } from "../library/text.ts";

const KEYS = "^S save  ^F find  ^Q quit";

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv);
  if (words.length != 2) return usageError("edit FILE");
  const document = new Document();
  const loaded = loadDocument(document, words[1]);
  const opened = loaded < 0 ? loaded : openTerminal();
  if (opened < 0) {
    complain("edit", words[1], opened);
    return 1;
  }
  new Editor(document, words[1]).run();
  restoreTerminal();
  print("\x1b[2J\x1b[H");
  return 0;
}

class Editor {
  private view: View = new View();
  /** Shown in the status line until the next key. */
  private message: string = KEYS;
  private pattern: string = "";
  private isDone: bool = false;

  constructor(
    private document: Document,
    private path: string,
  ) {}

  run(): void {
    while (!this.isDone) {
      this.view.draw(this.document, this.statusLine());
      const key = readKey();
      if (key < 0) return; // the terminal is gone
      this.message = KEYS;
      this.handle(key);
    }
  }

  private statusLine(): string {
    const mark = this.document.isChanged ? "*" : "";
    const place = `line ${this.document.row + 1}/${this.document.lines.length} column ${this.document.at + 1}`;
    return `${this.path}${mark}  ${place}  ${this.message}`;
  }

  private handle(key: i32): void {
    const document = this.document;
    switch (key) {
      case Key.Up:
        document.vertical(-1);
        break;
      case Key.Down:
        document.vertical(1);
        break;
      case Key.PageUp:
        document.vertical(1 - this.view.rows);
        break;
      case Key.PageDown:
        document.vertical(this.view.rows - 1);
        break;
      case Key.Left:
        document.left();
        break;
      case Key.Right:
        document.right();
        break;
      case Key.Home:
        document.home();
        break;
      case Key.End:
        document.end();
        break;
      case 0x0d:
      case 0x0a:
        document.breakLine();
        break;
      case 0x08:
      case 0x7f:
        document.removeBefore();
        break;
      case Key.Delete:
        document.remove();
        break;
      case 0x0c: // ^L: something has written over the screen
        this.view.clear();
        break;
      case 0x13: // ^S
        this.save();
        break;
      case 0x11: // ^Q
        this.quit();
        break;
      case 0x06: // ^F
        this.find();
        break;
      default:
        if (key == 0x09 || (key >= 0x20 && key < 0x7f)) document.insert(String.fromCharCode(key));
    }
  }

  private save(): bool {
    const result = saveDocument(this.document, this.path);
    this.message = result < 0 ? `not saved: ${strerror(-result)}` : `saved, ${result} bytes`;
    return result >= 0;
  }

  private quit(): void {
    if (!this.document.isChanged) {
      this.isDone = true;
      return;
    }
    this.view.drawStatus("Save the changes? y: yes, n: no, any other key: go on ");
    const key = readKey();
    if (key == 0x79 || key == 0x59) this.isDone = this.save();
    else if (key == 0x6e || key == 0x4e || key < 0) this.isDone = true;
  }

  /** Enter alone finds the last text again. */
  private find(): void {
    let text = "";
    while (true) {
      const asked = this.pattern == "" ? "Find: " : `Find (Enter: ${this.pattern}): `;
      this.view.drawStatus(asked + text);
      const key = readKey();
      if (key == 0x0d || key == 0x0a) break;
      if (key < 0 || key == 0x03 || key == 0x07) return; // ^C, ^G
      if (key == 0x08 || key == 0x7f) text = text.substring(0, text.length - 1);
      else if (key >= 0x20 && key < 0x7f) text += String.fromCharCode(key);
    }
    if (text != "") this.pattern = text;
    if (this.pattern != "" && !this.document.find(this.pattern)) this.message = `"${this.pattern}" is not in the text`;
  }
}
