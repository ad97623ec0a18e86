// The lines that were run, for ↑ and ↓ and the command history.

const MOST_LINES = 100;

export class History {
  lines: string[] = [];
  /** The line that is shown; lines.length is the one being written. */
  private at: i32 = 0;
  private draft: string = "";

  /** Adds a line that was run, unless it is empty or the same as the last. */
  add(line: string): void {
    if (line == "" || (this.lines.length > 0 && this.lines[this.lines.length - 1] == line)) return;
    if (this.lines.length == MOST_LINES) this.lines.shift();
    this.lines.push(line);
  }

  /** Starts a new line below all others. */
  rewind(): void {
    this.at = this.lines.length;
    this.draft = "";
  }

  /** The line above `shown`; `shown` itself at the top. */
  previous(shown: string): string {
    if (this.at == 0) return shown;
    if (this.at == this.lines.length) this.draft = shown;
    return this.lines[--this.at];
  }

  /** The line below `shown`; at the bottom what was being written. */
  next(shown: string): string {
    if (this.at >= this.lines.length) return shown;
    this.at++;
    return this.at == this.lines.length ? this.draft : this.lines[this.at];
  }
}
