// A configuration file's text with lines and columns, and the error that names them.

import { UsageError } from "../errors.ts";

/** A place in a text, in UTF-16 units from its start. */
export type Offset = number;

/** Something in a configuration file is not as it must be. */
export class ConfigurationError extends UsageError {
  constructor(
    readonly file: string,
    readonly line: number,
    readonly column: number,
    readonly problem: string,
  ) {
    super(`${file}:${line}:${column}: error: ${problem}`);
  }
}

export class SourceText {
  constructor(
    /** As the person named it. */
    readonly file: string,
    readonly text: string,
  ) {}

  /** Line and column of a place, both from 1 on. */
  place(offset: Offset): { line: number; column: number } {
    const before = this.text.slice(0, offset);
    const lineStart = Math.max(before.lastIndexOf("\n"), before.lastIndexOf("\r")) + 1;
    return { line: (before.match(/\r\n|\n|\r/g) ?? []).length + 1, column: offset - lineStart + 1 };
  }

  error(offset: Offset, problem: string): ConfigurationError {
    const { line, column } = this.place(offset);
    return new ConfigurationError(this.file, line, column, problem);
  }

  /** "file:line:column: note: …" */
  note(offset: Offset, text: string): string {
    const { line, column } = this.place(offset);
    return `${this.file}:${line}:${column}: note: ${text}`;
  }
}

const SHOWN = 40;

/** A piece of the file for a message, in one line. */
export function quoted(text: string): string {
  const short = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  return JSON.stringify(short);
}
