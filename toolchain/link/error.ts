// What the linker says about its input.

/** A mistake in a linker script. */
export class ScriptError extends Error {
  constructor(
    readonly file: string,
    readonly line: number,
    readonly column: number,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${file}:${line}:${column}: error: expected ${expected}, found ${found}`);
    this.name = "ScriptError";
  }
}

/** Everything that keeps a set of objects from being linked. */
export class LinkError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "LinkError";
    this.problems = problems;
  }
}
