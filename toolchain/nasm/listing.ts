// The listing: line number, offset, bytes in hex and the source line; 18 digits of hex a line, the rest on lines of its own.

import type { ListedLine } from "./preprocessor.ts";

const HEX_WIDTH = 18;

export class Listing {
  private readonly lines: string[] = [];
  private current: ListedLine | undefined;
  private textWritten = true;
  private data = "";
  private offset = 0;

  /** A new source line: what comes from now on belongs to it. */
  begin(line: ListedLine): void {
    this.finish();
    this.current = line;
    this.textWritten = false;
  }

  bytes(offset: number, bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) this.put(offset + i, hex(bytes[i]));
  }

  /** A field that is filled in later. */
  relocation(offset: number, bytes: Uint8Array, kind: "absolute" | "relative"): void {
    const digits = Array.from(bytes, hex).join("");
    this.put(offset, kind === "absolute" ? `[${digits}]` : `(${digits})`);
  }

  reserved(offset: number, size: number): void {
    if (size > 8) this.note(offset, "res", size);
    else if (size > 0) this.put(offset, "??".repeat(size));
  }

  /** `<rep 10h>`, `<bin 200h>`. */
  note(offset: number, what: string, count: number): void {
    this.put(offset, `<${what} ${count.toString(16).toUpperCase()}h>`);
  }

  text(): string {
    this.finish();
    return this.lines.map((line) => `${line}\n`).join("");
  }

  private put(offset: number, text: string): void {
    if (this.data.length + text.length > HEX_WIDTH) {
      this.data += "-";
      this.emit();
    }
    if (this.data === "") this.offset = offset;
    this.data += text;
  }

  private finish(): void {
    if (this.data !== "" || !this.textWritten) this.emit();
  }

  private emit(): void {
    if (!this.current) return;
    const { number, level, text } = this.current;
    let line = `${String(number).padStart(6)} `;
    if (this.data !== "")
      line += `${(this.offset >>> 0).toString(16).toUpperCase().padStart(8, "0")} ${this.data.padEnd(HEX_WIDTH + 1)}`;
    else line += " ".repeat(HEX_WIDTH + 10);
    if (level > 0) line += `${level < 10 ? " " : ""}<${level}>`;
    else if (!this.textWritten) line += "    ";
    if (!this.textWritten) line += ` ${text}`;
    this.lines.push(line);
    this.textWritten = true;
    this.data = "";
  }
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, "0");
}
