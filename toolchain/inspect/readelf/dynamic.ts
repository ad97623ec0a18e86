// `readelf -d`: the table that a dynamic linker reads.

import * as elf from "../../../formats/elf32.ts";
import { contentsOf, type ElfView } from "../../../formats/elf32-view.ts";
import { hex } from "../report.ts";
import { entries } from "./text.ts";

/** Tag names, and how the value is shown. */
const TAGS: Readonly<
  Record<number, readonly [string, "address" | "bytes" | "count" | "name" | "table" | "flags" | "flags1"]>
> = {
  0: ["NULL", "address"],
  1: ["NEEDED", "name"],
  2: ["PLTRELSZ", "bytes"],
  3: ["PLTGOT", "address"],
  4: ["HASH", "address"],
  5: ["STRTAB", "address"],
  6: ["SYMTAB", "address"],
  7: ["RELA", "address"],
  8: ["RELASZ", "bytes"],
  9: ["RELAENT", "bytes"],
  10: ["STRSZ", "bytes"],
  11: ["SYMENT", "bytes"],
  12: ["INIT", "address"],
  13: ["FINI", "address"],
  14: ["SONAME", "name"],
  15: ["RPATH", "name"],
  16: ["SYMBOLIC", "address"],
  17: ["REL", "address"],
  18: ["RELSZ", "bytes"],
  19: ["RELENT", "bytes"],
  20: ["PLTREL", "table"],
  21: ["DEBUG", "address"],
  22: ["TEXTREL", "address"],
  23: ["JMPREL", "address"],
  24: ["BIND_NOW", "address"],
  25: ["INIT_ARRAY", "address"],
  26: ["FINI_ARRAY", "address"],
  27: ["INIT_ARRAYSZ", "bytes"],
  28: ["FINI_ARRAYSZ", "bytes"],
  29: ["RUNPATH", "name"],
  30: ["FLAGS", "flags"],
  32: ["PREINIT_ARRAY", "address"],
  33: ["PREINIT_ARRAYSZ", "bytes"],
  1879047925: ["GNU_HASH", "address"],
  1879048176: ["VERSYM", "address"],
  1879048185: ["RELACOUNT", "count"],
  1879048186: ["RELCOUNT", "count"],
  1879048187: ["FLAGS_1", "flags1"],
  1879048188: ["VERDEF", "address"],
  1879048189: ["VERDEFNUM", "count"],
  1879048190: ["VERNEED", "address"],
  1879048191: ["VERNEEDNUM", "count"],
};
const NAME_LABELS: Readonly<Record<string, string>> = {
  NEEDED: "Shared library",
  SONAME: "Library soname",
  RPATH: "Library rpath",
  RUNPATH: "Library runpath",
};
const FLAGS = ["ORIGIN", "SYMBOLIC", "TEXTREL", "BIND_NOW", "STATIC_TLS"];
const FLAGS_1: readonly [number, string][] = [
  [0x1, "NOW"],
  [0x2, "GLOBAL"],
  [0x8, "NODELETE"],
  [0x20, "INITFIRST"],
  [0x40, "NOOPEN"],
  [0x80, "ORIGIN"],
  [0x08000000, "PIE"],
];

export function dynamicSection(view: ElfView): string {
  const section = view.sections.find(({ type }) => type === elf.SHT_DYNAMIC);
  if (!section) return "\nThere is no dynamic section in this file.\n";
  const bytes = contentsOf(view, section);
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const rows: [tag: number, value: number][] = [];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    rows.push([data.getUint32(at, true), data.getUint32(at + 4, true)]);
    if (rows[rows.length - 1][0] === 0) break;
  }
  const strings = view.sections.at(section.link);
  const table = strings ? contentsOf(view, strings) : new Uint8Array(0);
  let text = `\nDynamic section at offset 0x${hex(section.offset)} contains ${entries(rows.length)}:\n`;
  text += "  Tag        Type                         Name/Value\n";
  for (const [tag, value] of rows) {
    const [name, kind] = TAGS[tag] ?? [`<unknown>: ${hex(tag)}`, "address"];
    text += ` 0x${hex(tag, 8)} ${`(${name})`.padEnd(28)} ${valueText(name, kind, value, table)}\n`;
  }
  return text;
}

function valueText(name: string, kind: (typeof TAGS)[number][1], value: number, strings: Uint8Array): string {
  switch (kind) {
    case "address":
      return `0x${hex(value)}`;
    case "bytes":
      return `${value} (bytes)`;
    case "count":
      return String(value);
    case "table":
      return { 7: "RELA", 17: "REL" }[value] ?? String(value);
    case "flags":
      return FLAGS.filter((_, bit) => (value & (1 << bit)) !== 0).join(" ");
    case "flags1":
      return `Flags:${FLAGS_1.filter(([bit]) => (value & bit) !== 0)
        .map(([, flag]) => ` ${flag}`)
        .join("")}`;
    case "name": {
      const end = strings.indexOf(0, value);
      if (value >= strings.length || end < 0) return `0x${hex(value)}`;
      return `${NAME_LABELS[name]}: [${new TextDecoder().decode(strings.subarray(value, end))}]`;
    }
  }
}
