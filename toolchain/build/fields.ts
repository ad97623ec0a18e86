// Project files: JSON objects whose fields are read one by one, each with a check of its kind.

import { suggestion } from "../asm/suggest.ts";
import { BuildError } from "./source-tree.ts";

/** Of what a project's name may consist, so that files can be called after it everywhere. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const NAME_RULE = "a name of at most 64 letters, digits, dots, dashes and underscores";

/** The fields of one project file, each read with a check of its kind. */
export class Fields {
  constructor(
    readonly path: string,
    readonly folder: string,
    private readonly values: ReadonlyMap<string, unknown>,
  ) {}

  get(field: string): unknown {
    return this.values.get(field);
  }

  wrong(field: string, expected: string): BuildError {
    return new BuildError(`${this.path}: "${field}": expected ${expected}, found ${kind(this.get(field))}`);
  }

  text(field: string): string {
    const value = this.get(field);
    if (typeof value !== "string") throw this.wrong(field, "a string");
    return value;
  }

  name(field: string): string {
    const value = this.text(field);
    if (!NAME_PATTERN.test(value)) throw this.wrong(field, NAME_RULE);
    return value;
  }

  file(field: string): string {
    const value = this.text(field);
    if (!isFile(value)) throw this.wrong(field, "a file");
    return join(this.folder, value);
  }

  list(field: string): string[] {
    const value = this.get(field) ?? [];
    if (!Array.isArray(value) || !value.every(isFile)) throw this.wrong(field, "a list of strings");
    return value;
  }

  refuseUnknown(known: readonly string[]): void {
    for (const field of this.values.keys()) {
      if (known.includes(field)) continue;
      throw new BuildError(`${this.path}: "${shorten(field)}": no such field${suggestion(field, known)}`);
    }
  }
}

/** Reads the text of a file that has to hold a JSON object, with what `contents` says. */
export function parseFields(path: string, text: string, contents: string): Map<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return new Map(Object.entries(value));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BuildError(`${path}: expected JSON: ${reason.replace(/\s+/g, " ")}`);
  }
  throw new BuildError(`${path}: expected an object with ${contents}`);
}

export function isFile(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !value.includes("\0");
}

function kind(value: unknown): string {
  return value === undefined ? "nothing" : shorten(JSON.stringify(value));
}

const SHOWN = 60;

function shorten(text: string): string {
  const line = text.replace(/[\s\0]+/g, " ");
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}

/** Joins two paths with a slash; "" and "." name the tree itself. */
export function join(folder: string, file: string): string {
  return folder === "" || folder === "." ? file : `${folder}/${file}`;
}
