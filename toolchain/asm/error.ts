// What the assembler says about bad source: where and why, many at a time.

/** A text that was read: the file itself, whatever line markers in it say. */
export interface Source {
  file: string;
  lines: readonly string[];
}

/**
 * A place in the source; `expandedFrom` is the macro call or loop that the line came out of, `listed` where listings show it.
 */
export interface Position {
  file: string;
  /** Both count from 1. */
  line: number;
  column: number;
  /** The text that holds it and the line there, which a line marker makes another one than `line`. */
  source?: Source;
  sourceLine?: number;
  expandedFrom?: { what: string; position: Position; listed?: Position };
}

/** One complaint about one place. */
export class AssemblerError extends Error {
  constructor(
    readonly position: Position,
    readonly reason: string,
  ) {
    super(`${showPosition(position)}: error: ${reason}${showExpansion(position)}`);
    this.name = "AssemblerError";
  }

  /** The message, and below it the source line with a caret under the place. */
  show(): string {
    return this.message + excerpt(this.position);
  }
}

/** What is strange but no reason not to go on. */
export class AssemblerWarning {
  readonly message: string;

  constructor(
    readonly position: Position,
    readonly reason: string,
  ) {
    this.message = `${showPosition(position)}: warning: ${reason}${showExpansion(position)}`;
  }

  show(): string {
    return this.message + excerpt(this.position);
  }
}

/** All complaints about one source; one that comes up in several places of the work is said once. */
export class AssemblerErrors extends Error {
  readonly errors: readonly AssemblerError[];

  constructor(errors: readonly AssemblerError[]) {
    const once = [...new Map(errors.map((error) => [error.message, error])).values()];
    super(once.map((error) => error.message).join("\n"));
    this.name = "AssemblerErrors";
    this.errors = once;
  }
}

export function showPosition({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

/** The source line and a caret, each on a line of its own; empty when the text is not known. */
export function excerpt({ source, sourceLine, column }: Position): string {
  const text = source?.lines[(sourceLine ?? 0) - 1]?.replace(/\r$/, "");
  if (text === undefined) return "";
  // Tabs stay, so that the caret stands where the terminal shows the place.
  const before = text.slice(0, column - 1).replace(/[^\t]/g, " ");
  return `\n${text}\n${before.slice(0, text.length)}^`;
}

function showExpansion(position: Position): string {
  const from = position.expandedFrom;
  return from ? ` (in ${from.what} at ${from.position.file}:${from.position.line})` : "";
}

/** The line that a person wrote to make this one: the outermost macro call. */
export function outermost(position: Position): Position {
  let at = position;
  while (at.expandedFrom) at = at.expandedFrom.position;
  return at;
}
