// Labels and constants. A name may be used before it is defined: the first pass guesses, later passes use what the pass before found.

import { AssemblerError, type Position, showPosition } from "../asm/error.ts";
import { type Segment, UNKNOWN, type Value } from "./expression.ts";

export interface SymbolRecord {
  name: string;
  value: Value | undefined;
  /** The number of the pass that defined it last. */
  pass: number;
  position: Position | undefined;
  /** Absent: local to the file. */
  linkage?: "global" | "extern" | "common";
  /** What `global name:function` says. */
  attributes?: string[];
  size?: number;
  align?: number;
  /** For a symbol of another file: what values refer to. */
  segment?: Segment;
}

export class SymbolTable {
  readonly records = new Map<string, SymbolRecord>();
  pass = 0;
  /** A label or constant came out differently than in the pass before. */
  changed = 0;
  private lastLabel = "";
  /** The order in which names came to stand for something, for the symbol table of an object. */
  readonly order = new Set<SymbolRecord>();

  startPass(number: number): void {
    this.pass = number;
    this.changed = 0;
    this.lastLabel = "";
    this.order.clear();
  }

  /** `.x` belongs to the last label that isn't local. */
  fullName(name: string): string {
    return name.startsWith(".") && !name.startsWith("..") ? this.lastLabel + name : name;
  }

  get(name: string): SymbolRecord {
    let record = this.records.get(name);
    if (!record) {
      record = { name, value: undefined, pass: 0, position: undefined };
      this.records.set(name, record);
    }
    return record;
  }

  define(name: string, value: Value, position: Position, isLabel: boolean): void {
    const full = this.fullName(name);
    const record = this.get(full);
    if (record.linkage === "extern" || record.linkage === "common") {
      // A file may declare what it defines: then it is global.
      if (record.linkage === "common") throw new AssemblerError(position, `'${full}' is already declared as common`);
      record.linkage = "global";
    }
    if (record.pass === this.pass && record.position && !same(record.value, value))
      throw new AssemblerError(position, `'${full}' is already defined at ${showPosition(record.position)}`);
    if (!same(record.value, value)) this.changed++;
    record.value = value;
    record.pass = this.pass;
    record.position = position;
    this.order.add(record);
    if (isLabel && !name.startsWith(".")) this.lastLabel = full;
  }

  /** The value of a name. @param final whether a name that nobody defined is an error */
  value(name: string, position: Position, final: boolean): Value {
    const full = this.fullName(name);
    const record = this.records.get(full);
    if (record?.value) return record.value;
    if (final) throw new AssemblerError(position, `'${full}' is not defined`);
    return UNKNOWN;
  }
}

function same(a: Value | undefined, b: Value): boolean {
  if (!a || a.constant !== b.constant || a.unknown !== b.unknown || a.terms.length !== b.terms.length) return false;
  return a.terms.every((term, i) => term.what === b.terms[i].what && term.factor === b.terms[i].factor);
}
