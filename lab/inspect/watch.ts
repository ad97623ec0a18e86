// What a person watches: a register, a variable of the kernel, or a word of memory; and when the variable is an object of one of the
// kernel's classes, its fields.

import type { LineMap } from "../debug/line-map.ts";
import { type Field, fieldsOf } from "./layouts.ts";
import type { GuestReader } from "./reader.ts";

export interface WatchedField {
  name: string;
  value: number;
}

export interface Watched {
  /** As the person wrote it. */
  expression: string;
  /** Undefined: nothing of this name is known. */
  value: number | undefined;
  /** The variable's full name, where it is one. */
  variable?: string;
  type?: string;
  fields: WatchedField[];
}

const HEXADECIMAL = /^(0x)?[\da-f]{1,8}$/i;
/** asc's names of its own types begin with small letters. */
const CLASS = /^([A-Z]\w*)(?: \| null)?$/;

export async function readWatch(
  expression: string,
  registers: Readonly<Record<string, number>>,
  reader: GuestReader,
  lines: LineMap | undefined,
  sources: Sources,
): Promise<Watched> {
  if (Object.hasOwn(registers, expression)) return { expression, value: registers[expression], fields: [] };
  const [variable] = lines?.dataNamed(expression) ?? [];
  if (variable) {
    const value = await reader.word(variable.address);
    const type = sources.typeOf(variable.name);
    const fields = type === undefined ? undefined : sources.fieldsOfClass(type);
    const shown = fields && value !== 0 ? await readFields(reader, value, fields) : [];
    return { expression, value, variable: variable.name, ...(type !== undefined && { type }), fields: shown };
  }
  if (HEXADECIMAL.test(expression))
    return { expression, value: await reader.word(Number.parseInt(expression, 16)), fields: [] };
  return { expression, value: undefined, fields: [] };
}

async function readFields(reader: GuestReader, address: number, fields: Iterable<Field>): Promise<WatchedField[]> {
  const found: WatchedField[] = [];
  for (const { name, offset, size } of fields) {
    const bytes = await reader.bytes(address + offset, size);
    const value = bytes.slice(0, 4).reduce((sum, byte, at) => sum + byte * 2 ** (8 * at), 0);
    found.push({ name, value });
  }
  return found;
}

/** What the kernel's sources say of its variables and classes. */
export class Sources {
  constructor(
    private readonly paths: readonly string[],
    private readonly textOf: (path: string) => string | undefined,
  ) {}

  /** The declared class of a variable named by module and name; undefined when it is a number, or not declared so. */
  typeOf(variable: string): string | undefined {
    const at = variable.lastIndexOf("/");
    const text = this.textOf(`${variable.slice(0, at)}.ts`);
    const declared = new RegExp(`^(?:export )?(?:let|const) ${variable.slice(at + 1)}: ([^=;]+?)\\s*[=;]`, "m").exec(
      text ?? "",
    );
    return CLASS.exec(declared?.[1] ?? "")?.[1];
  }

  /** The fields of the class of this name, wherever in the kernel it is. */
  fieldsOfClass(name: string): Iterable<Field> | undefined {
    for (const path of this.paths) {
      if (!path.startsWith("kernel/") || !path.endsWith(".ts")) continue;
      const fields = fieldsOf(this.textOf(path) ?? "", name);
      if (fields) return fields.values();
    }
    return undefined;
  }
}
