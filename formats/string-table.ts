// String tables: names, each closed by a NUL, at offsets that other tables hold. A name that another one ends with has no bytes of its
// own: `.text` stands in `.rel.text`. The order is that of the first mention, as GNU's tools have it, so that files come out equal.
// Source: TIS ELF Specification 1.2, chapter 1, "String Table".

import { Elf32Error } from "./elf32.ts";

export class StringTable {
  readonly bytes: Uint8Array;
  private readonly offsets = new Map<string, number>([["", 0]]);

  /** @param names in the order in which they are to stand; names may come again. They are written as UTF-8. */
  constructor(names: Iterable<string>) {
    const encoder = new TextEncoder();
    const distinct = [...new Set(names)].filter((name) => name !== "");
    const holders = holdersOf(distinct);
    const parts: Uint8Array[] = [];
    let length = 1;
    for (const name of distinct) {
      if (holders.has(name)) continue;
      const part = encoder.encode(name);
      this.offsets.set(name, length);
      parts.push(part);
      length += part.length + 1;
    }
    for (const [name, holder] of holders) {
      const end = (this.offsets.get(holder) ?? 0) + encoder.encode(holder).length;
      this.offsets.set(name, end - encoder.encode(name).length);
    }
    this.bytes = new Uint8Array(length);
    let at = 1;
    for (const part of parts) {
      this.bytes.set(part, at);
      at += part.length + 1;
    }
  }

  /** @throws Elf32Error for a name that the table was not made with */
  offsetOf(name: string): number {
    const offset = this.offsets.get(name);
    if (offset === undefined) throw new Elf32Error("string table", 0, "a name of the table", `'${name}'`);
    return offset;
  }
}

/** For each name that another one ends with, the name that it stands in. Sorted by their ends, the two are neighbours. */
function holdersOf(names: readonly string[]): Map<string, string> {
  const backwards = names.map((name) => ({ name, key: [...name].reverse().join("") }));
  backwards.sort((a, b) => (a.key < b.key ? -1 : 1));
  const holders = new Map<string, string>();
  let holder = backwards.pop();
  for (let next = backwards.pop(); holder && next; next = backwards.pop()) {
    if (holder.key.startsWith(next.key)) holders.set(next.name, holder.name);
    else holder = next;
  }
  return holders;
}
