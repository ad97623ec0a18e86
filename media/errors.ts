// What can be wrong with what a person gave us. Each is one line on the error stream and exit status 2.

export interface InputProblem {
  /** The file, or the option's value, as the person wrote it. */
  file: string;
  /** Byte offset in the file, where one applies. */
  offset?: number;
  expected: string;
  found: string;
}

/** A file that is missing, unreadable or not what it should be. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly file: string;
  readonly offset?: number;
  readonly expected: string;
  readonly found: string;

  constructor(problem: InputProblem) {
    super(describe(problem));
    this.file = problem.file;
    this.offset = problem.offset;
    this.expected = problem.expected;
    this.found = problem.found;
  }
}

/** An option that does not exist, lacks its value or has one that makes no sense. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

function describe({ file, offset, expected, found }: InputProblem): string {
  const where = offset === undefined ? "" : ` at offset 0x${offset.toString(16)}`;
  return `${file}${where}: expected ${expected}, found ${found}`;
}

/**
 * Turns an error of another room (ELF, Multiboot, machine) into one that names the person's file.
 * @returns undefined when the error is none about input: then it is a fault of ours
 */
export function asInputError(error: unknown, file: string): InputError | undefined {
  if (error instanceof InputError) return error;
  if (!(error instanceof Error) || !("expected" in error) || !("found" in error)) return undefined;
  const offset = "offset" in error && typeof error.offset === "number" ? error.offset : undefined;
  return new InputError({ file, offset, expected: String(error.expected), found: String(error.found) });
}
