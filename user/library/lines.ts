// Reading a file line by line, of any length.

import { read } from "./files.ts";
import { fromBytesOf } from "./text.ts";

const BUFFER_BYTES: i32 = 4096;

export class LineReader {
  /** 0, or the negated error number that ended the reading. */
  error: i32 = 0;
  /** The last line had no line end. */
  isOpenEnded: bool = false;
  private buffer: ArrayBuffer = new ArrayBuffer(BUFFER_BYTES);
  private at: i32 = 0;
  private end: i32 = 0;

  constructor(private handle: i32) {}

  /** The next line without its end, or null after the last. */
  next(): string | null {
    let line = "";
    let hasAny = false;
    while (true) {
      if (this.at == this.end && !this.fill()) {
        if (hasAny) this.isOpenEnded = true;
        return hasAny ? line : null;
      }
      hasAny = true;
      const start = changetype<usize>(this.buffer) + (this.at as usize);
      const rest = (this.end - this.at) as usize;
      let length: usize = 0;
      while (length < rest && load<u8>(start + length) != 0x0a) length++;
      const part = fromBytesOf(start, length);
      line = line.length == 0 ? part : line + part;
      this.at += length as i32;
      if (length < rest) {
        this.at++;
        return line;
      }
    }
  }

  /** The rest of the file as lines. */
  all(): string[] {
    const lines: string[] = [];
    for (let line = this.next(); line !== null; line = this.next()) lines.push(line);
    return lines;
  }

  private fill(): bool {
    const got = read(this.handle, changetype<usize>(this.buffer), BUFFER_BYTES);
    if (got < 0) this.error = got;
    this.at = 0;
    this.end = max<i32>(got, 0);
    return got > 0;
  }
}
