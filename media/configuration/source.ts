// A configuration file's text with lines and columns, and the error that names them.

import { UsageError } from "../errors.ts";
import { basename, dirname, isAbsolute, isWindows, join } from "../paths.ts";

/** A place in a text, in UTF-16 units from its start. */
export type Offset = number;

/** A file that a configuration file names. */
export interface NamedFile {
  /** As it can be opened from here. */
  path: string;
  /** The error that it is not what it should be, at the place where it is named. */
  error(problem: string): ConfigurationError;
}

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

  /**
   * A file that this one names, relative to its folder.
   * @param label what names it, for messages: "kernel"
   */
  named(offset: Offset, label: string, name: string): NamedFile {
    return { path: this.pathOf(name), error: (problem) => this.error(offset, `${label}: ${problem}`) };
  }

  private pathOf(name: string): string {
    const folder = dirname(this.file);
    if (isWindows || !name.includes("\\")) return isAbsolute(name) ? name : join(folder, name);
    const path = name.replaceAll("\\", "/");
    // A drive of the machine on which the file was written: such a folder comes here as a whole, image beside configuration.
    return join(folder, /^([A-Za-z]:)?\//.test(path) ? basename(path) : path);
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
