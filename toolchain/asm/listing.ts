// Listings (`-a`): the source beside the addresses and bytes that came of each line, and the symbols, in GNU as's look.
//
// A line's bytes stand in rows of four, at most five rows of them; a page has 60 lines and a heading.

import type { ElfObject } from "../../formats/elf32-object.ts";
import { outermost, type Position, type Source } from "./error.ts";
import { evaluate } from "./expression.ts";
import { squeeze } from "./macros.ts";
import { type Location, offsetOf, type Section } from "./section.ts";
import { type AsmSymbol, isTemporary } from "./symbols.ts";

export interface ListingOptions {
  /** `l`: source lines with their bytes. */
  lines: boolean;
  /** `s`: the symbols. */
  symbols: boolean;
  /** `h`: as with high-level source, which leaves out the bytes of loops. */
  highLevel: boolean;
  /** Not `n`: pages with headings. */
  pages: boolean;
  /** `c`: what conditions leave out is left out. */
  omitFalse: boolean;
  /** `d`: debugging directives are left out. */
  omitDebugging: boolean;
  /** `m`: what macros and loops come to, statement by statement. */
  macros: boolean;
  /** `g`: lines about the run, which come first. */
  general?: readonly string[];
}

interface Made {
  from: Location;
  to: Location;
  /** A statement of a macro or loop, as it is shown. */
  expansion?: string;
  /** Made by a loop that stands in the source itself. */
  looped: boolean;
}

const ROW_BYTES = 4;
const MAX_ROWS = 5;
const PAGE_LINES = 60;
const LINE_WIDTH = 99;
const DEBUGGING = /^\s*\.(loc|file|stab[sdn])\b/;

/** What is noted while the source is read. */
export class Listing {
  private readonly sources: Source[] = [];
  private readonly made = new Map<Source, Map<number, Made[]>>();
  private readonly skipped = new Map<Source, Set<number>>();
  private readonly included = new Map<Source, Map<number, Source[]>>();
  /** Lines and headings of `.title`, `.sbttl` and `.eject`. */
  private title = "";
  private subtitle = "";

  /** A file that is read after those before. */
  open(source: Source): void {
    this.sources.push(source);
  }

  include(position: Position, source: Source): void {
    const { source: from, sourceLine } = outermost(position);
    if (from && sourceLine !== undefined) entry(this.included, from, sourceLine).push(source);
  }

  /** What a statement put between two points of a section. */
  note(position: Position, text: string, from: Location, to: Location): void {
    const { at, looped, depth } = listedAt(position);
    const isEmpty = from.section !== to.section || (from.fragment === to.fragment && from.offset === to.offset);
    if (isEmpty && depth === 0) return;
    const { source, sourceLine } = at;
    if (!source || sourceLine === undefined) return;
    const indent = position.column > 1 ? " " : "";
    const expansion = depth === 0 ? undefined : `${">".repeat(depth)} ${indent}${squeeze(text)}`;
    entry(this.made, source, sourceLine).push({ from, to: isEmpty ? from : to, looped, expansion });
  }

  skip({ source, sourceLine }: Position): void {
    if (!source || sourceLine === undefined) return;
    const lines = this.skipped.get(source);
    if (lines) lines.add(sourceLine);
    else this.skipped.set(source, new Set([sourceLine]));
  }

  setTitle(text: string, sub: boolean): void {
    if (sub) this.subtitle = text;
    else this.title = text;
  }

  /** The whole listing, after layout. */
  text(
    name: string,
    sections: readonly Section[],
    symbols: Iterable<AsmSymbol>,
    object: ElfObject,
    options: ListingOptions,
  ): string {
    const pages = new Pages(name, options.pages);
    if (options.general) {
      pages.eject();
      for (const line of [...options.general, ""]) pages.line(line);
    }
    if (options.lines) {
      // Titles count from where the source says them, which symbols alone don't show.
      pages.title = this.title;
      pages.subtitle = this.subtitle;
      pages.eject();
      const bytes = new Map<Section, Uint8Array>();
      sections.forEach((section, i) => {
        const { data } = object.sections[i];
        if (data instanceof Uint8Array) bytes.set(section, data);
      });
      for (const source of this.sources) this.list(source, bytes, options, pages);
    }
    if (options.symbols) listSymbols([...symbols], pages);
    return pages.text();
  }

  private list(source: Source, bytes: Map<Section, Uint8Array>, options: ListingOptions, pages: Pages): void {
    const count = source.lines.at(-1) === "" ? source.lines.length - 1 : source.lines.length;
    for (let i = 0; i < count; i++) {
      const line = i + 1;
      const text = source.lines[i].replace(/\r$/, "").slice(0, LINE_WIDTH);
      const hidden =
        (options.omitFalse && this.skipped.get(source)?.has(line)) || (options.omitDebugging && DEBUGGING.test(text));
      const made = this.made.get(source)?.get(line) ?? [];
      if (!hidden) {
        const shown = options.highLevel ? made.filter(({ looped }) => !looped) : made;
        if (options.macros) listExpansions(line, text, made, bytes, pages);
        else listLine(line, text, shown, bytes, pages);
      }
      for (const inner of this.included.get(source)?.get(line) ?? []) this.list(inner, bytes, options, pages);
    }
  }
}

/** The line that a macro's statements are listed at: the call's; a loop's are at its end. `depth`: inside how many of them. */
function listedAt(position: Position): { at: Position; looped: boolean; depth: number } {
  let at = position;
  let looped = false;
  let depth = 0;
  for (let from = at.expandedFrom; from; from = at.expandedFrom) {
    looped = from.listed !== undefined;
    at = from.listed ?? from.position;
    depth++;
  }
  return { at, looped, depth };
}

function entry<T>(map: Map<Source, Map<number, T[]>>, source: Source, line: number): T[] {
  let lines = map.get(source);
  if (!lines) {
    lines = new Map();
    map.set(source, lines);
  }
  let list = lines.get(line);
  if (!list) {
    list = [];
    lines.set(line, list);
  }
  return list;
}

/** The line, and below it the statements that it came to. GNU as shows the first bytes of a loop at its end as well. */
function listExpansions(line: number, text: string, made: Made[], bytes: Map<Section, Uint8Array>, pages: Pages): void {
  const [first] = made;
  const own = made.filter(
    ({ expansion, looped }) => expansion === undefined || (looped && expansion === first.expansion),
  );
  listLine(line, text, own.slice(0, first?.expansion === undefined ? own.length : 1), bytes, pages);
  for (const part of made) if (part.expansion !== undefined) listLine(line, part.expansion, [part], bytes, pages);
}

function listLine(line: number, text: string, made: Made[], bytes: Map<Section, Uint8Array>, pages: Pages): void {
  let hex = "";
  for (const { from, to } of made) {
    const length = Math.min(offsetOf(to) - offsetOf(from), ROW_BYTES * MAX_ROWS - hex.length / 2);
    const data = bytes.get(from.section)?.subarray(offsetOf(from), offsetOf(from) + length) ?? new Uint8Array(length);
    for (const byte of data) hex += byte.toString(16).toUpperCase().padStart(2, "0");
  }
  const number = `${line}`.padStart(4);
  const width = 2 * ROW_BYTES;
  pages.check();
  if (hex === "") pages.line(`${number}${" ".repeat(14)}\t${text}`);
  else {
    const address = offsetOf(made[0].from).toString(16).padStart(4, "0");
    pages.line(`${number} ${address} ${hex.slice(0, width).padEnd(width)} \t${text}`);
  }
  for (let at = width; at < hex.length; at += width) {
    const row = hex.slice(at, at + width);
    pages.line(`${number}      ${row}${row.length === width ? " " : ""}`);
  }
}

function listSymbols(symbols: AsmSymbol[], pages: Pages): void {
  pages.eject();
  const defined = symbols.flatMap((symbol) => symbolLine(symbol) ?? []);
  if (defined.length > 0) pages.plain("DEFINED SYMBOLS");
  for (const line of defined) pages.line(line);
  if (defined.length === 0) pages.plain("NO DEFINED SYMBOLS");
  pages.line("");
  const missing = symbols.filter(({ definition, firstUse, binding }) => {
    return definition.kind === "none" && (firstUse !== undefined || binding !== undefined);
  });
  pages.line(missing.length > 0 ? "UNDEFINED SYMBOLS" : "NO UNDEFINED SYMBOLS");
  for (const symbol of missing) pages.line(symbol.name);
}

/** Place of definition, section, value and name; undefined for what is not listed. */
function symbolLine(symbol: AsmSymbol): string | undefined {
  const { definition, name } = symbol;
  if (isTemporary(symbol) || definition.kind === "none") return undefined;
  if (definition.kind === "common") return unplaced("*COM*", definition.size, name);
  if (definition.kind === "label") {
    const { location, position } = definition;
    return placed(outermost(position), location.section.name, offsetOf(location), name);
  }
  const value = symbol.final;
  if (!value) return undefined;
  // What is set to a place has that place's line.
  const base = evaluate(definition.value, "laid out").plus?.definition;
  const position = base?.kind === "label" ? base.position : definition.position;
  return definition.isFirst
    ? placed(outermost(position), value.section, value.value, name)
    : unplaced(value.section, value.value, name);
}

function placed({ file, line }: Position, section: string, value: number, name: string): string {
  return `${file.padStart(20)}:${`${line}`.padEnd(5)}  ${section}:${hex8(value)} ${name}`;
}

function unplaced(section: string, value: number, name: string): string {
  return `${section.padStart(33)}:${hex8(value)} ${name}`;
}

function hex8(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

/** Lines in pages with headings, or without. */
class Pages {
  title = "";
  subtitle = "";
  private readonly lines: string[] = [];
  private number = 0;
  private onPage = 0;
  private ejected = false;

  constructor(
    private readonly name: string,
    private readonly paged: boolean,
  ) {}

  eject(): void {
    this.ejected = true;
    this.check();
  }

  /** A heading if the page is full. */
  check(): void {
    if (!this.paged || !(this.ejected || this.onPage >= PAGE_LINES)) return;
    this.number++;
    const feed = this.number > 1 ? "\f" : "";
    this.lines.push(`${feed}GAS LISTING ${this.name} \t\t\tpage ${this.number}`, this.title, this.subtitle);
    this.onPage = 3;
    this.ejected = false;
  }

  plain(text: string): void {
    this.lines.push(text);
    this.onPage++;
  }

  line(text: string): void {
    this.plain(text);
    this.check();
  }

  text(): string {
    return this.lines.map((line) => `${line}\n`).join("");
  }
}
