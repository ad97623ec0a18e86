// What the assembler says about bad source: where and why, many at a time.

/** A place in the source; `expandedFrom` is the macro call or loop that the line came out of. */
export interface Position {
  file: string;
  /** Both count from 1. */
  line: number;
  column: number;
  expandedFrom?: { what: string; position: Position };
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
