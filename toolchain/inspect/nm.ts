// `nm`: the symbols of objects and archives, a line each, as GNU nm 2.40 prints them.

import * as elf from "../../formats/elf32.ts";
import { viewElf } from "../../formats/elf32-view.ts";
import { hex, type InputFile, type Item, itemName, itemsOf, type Report } from "./report.ts";
import { type LookSymbol, lookSections, lookSymbols } from "./sections.ts";

export interface NmOptions {
  /** By address (-n), by size (--size-sort), not at all (-p); by name when absent. */
  sort?: "address" | "size" | "none";
  reverse?: boolean;
  /** -g, -u, --defined-only. */
  only?: { external?: boolean; undefined?: boolean; defined?: boolean };
  /** -a: sections and file names too. */
  all?: boolean;
  /** -S. */
  size?: boolean;
  /** -D. */
  dynamic?: boolean;
  /** -P. */
  posix?: boolean;
  /** -A: the file's name before each line. */
  fileNames?: boolean;
  /** -t: the number base of values. */
  radix?: 8 | 10 | 16;
}

const STT_GNU_IFUNC = 10;
const STB_GNU_UNIQUE = 10;

/**
 * @param heading whether the file's name stands above its symbols, as it does when there are several files
 * @throws Elf32Error or ArchiveError when the file is neither an object nor an archive
 */
export function nm(file: InputFile, options: NmOptions, heading = false): Report {
  const notes: string[] = [];
  let text = "";
  for (const item of itemsOf(file)) {
    const symbols = symbolsOf(item, options);
    const inArchive = item.archive !== undefined;
    if (!options.fileNames && (heading || inArchive))
      text += options.posix ? `${inArchive ? `${item.archive}[${item.name}]` : item.name}:\n` : `\n${item.name}:\n`;
    if (symbols === undefined) notes.push(`${item.name}: no symbols`);
    else text += formatAll(item, symbols, options);
  }
  return { text, notes };
}

/** The symbols to show, in order; undefined when the file has none at all. */
function symbolsOf(item: Item, options: NmOptions): LookSymbol[] | undefined {
  const view = viewElf(item.bytes, itemName(item));
  const all = lookSymbols(view, lookSections(view), options.dynamic);
  if (all.length === 0) return undefined;
  const symbols = all.filter((symbol) => isWanted(symbol, options));
  if (options.sort === "none") return symbols;
  const direction = options.reverse ? -1 : 1;
  const compare = { name: byName, address: byAddress, size: bySize }[options.sort ?? "name"];
  return symbols.sort((a, b) => direction * compare(a, b));
}

function isWanted({ elf: symbol, place }: LookSymbol, options: NmOptions): boolean {
  const external = symbol.binding !== elf.STB_LOCAL || place === "undefined" || place === "common";
  const debugging = symbol.type === elf.STT_SECTION || symbol.type === elf.STT_FILE;
  if (options.only?.undefined) return place === "undefined";
  if (options.only?.external && !external) return false;
  if (options.only?.defined && place === "undefined") return false;
  if (options.sort === "size" && (symbol.size === 0 || place === "undefined")) return false;
  return options.all || !debugging;
}

function byName(a: LookSymbol, b: LookSymbol): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function byAddress(a: LookSymbol, b: LookSymbol): number {
  const [aMissing, bMissing] = [a.place === "undefined", b.place === "undefined"];
  if (aMissing !== bMissing) return aMissing ? -1 : 1;
  return (aMissing ? 0 : a.value - b.value) || byName(a, b);
}

function bySize(a: LookSymbol, b: LookSymbol): number {
  return a.elf.size - b.elf.size || byName(a, b);
}

function formatAll(item: Item, symbols: LookSymbol[], options: NmOptions): string {
  const archive = item.archive === undefined ? "" : options.posix ? `${item.archive}[` : `${item.archive}:`;
  const end = item.archive !== undefined && options.posix ? "]: " : options.posix ? ": " : ":";
  const prefix = options.fileNames ? `${archive}${item.name}${end}` : "";
  return symbols.map((symbol) => `${prefix}${formatSymbol(symbol, options)}\n`).join("");
}

function formatSymbol(symbol: LookSymbol, options: NmOptions): string {
  const { radix = 16 } = options;
  const kind = symbolClass(symbol);
  const missing = symbol.place === "undefined";
  if (options.posix) {
    const size = symbol.elf.size === 0 ? "" : symbol.elf.size.toString(radix);
    return `${symbol.name} ${kind} ${missing ? "        " : `${symbol.value.toString(radix)} ${size}`}`;
  }
  if (missing) return `${" ".repeat(8)} ${kind} ${symbol.name}`;
  const number = (value: number) => (radix === 16 ? hex(value, 8) : value.toString(radix).padStart(8, "0"));
  const size = number(symbol.elf.size);
  if (options.sort === "size" && !options.size) return `${size} ${kind} ${symbol.name}`;
  return `${number(symbol.value)} ${options.size && symbol.elf.size !== 0 ? `${size} ` : ""}${kind} ${symbol.name}`;
}

/** The letter of a symbol: what it is in, in lower case when it is local. */
export function symbolClass({ elf: symbol, place }: LookSymbol): string {
  if (place === "common") return "C";
  const weak = symbol.binding === elf.STB_WEAK;
  if (place === "undefined") return weak ? (symbol.type === elf.STT_OBJECT ? "v" : "w") : "U";
  if (symbol.type === STT_GNU_IFUNC) return "i";
  if (weak) return symbol.type === elf.STT_OBJECT ? "V" : "W";
  if (symbol.binding === STB_GNU_UNIQUE) return "u";
  if (symbol.binding > elf.STB_WEAK) return "?";
  const letter = place === "absolute" ? "a" : sectionClass(place);
  return symbol.binding === elf.STB_LOCAL ? letter : letter.toUpperCase();
}

function sectionClass(section: Exclude<LookSymbol["place"], string>): string {
  if (section.code) return "t";
  if (section.data) return section.readOnly ? "r" : "d";
  if (!section.hasContents) return "b";
  if (section.debugging) return "N";
  return section.readOnly ? "n" : "?";
}
