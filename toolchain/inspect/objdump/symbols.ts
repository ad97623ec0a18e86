// Which symbol objdump names an address by: the nearest below, and of those at one place the most telling.

import * as elf from "../../../formats/elf32.ts";
import { hex } from "../report.ts";
import type { LookSection, LookSymbol } from "../sections.ts";

export interface NamedAddress {
  name: string;
  address: number;
  section: LookSection | "absolute";
  isData: boolean;
}

export class SymbolMap {
  private readonly sorted: NamedAddress[];
  private readonly bySection = new Map<NamedAddress["section"], NamedAddress[]>();

  /** @param relocatable whether each section has addresses of its own, so that only its own symbols can name them */
  constructor(
    symbols: readonly LookSymbol[],
    private readonly relocatable: boolean,
  ) {
    this.sorted = symbols
      .flatMap((symbol) => {
        const { place, name, elf: raw } = symbol;
        if (place === "undefined" || place === "common" || name === "") return [];
        if (raw.type === elf.STT_SECTION || raw.type === elf.STT_FILE) return [];
        return [{ symbol, place }];
      })
      .sort((a, b) => compare(a.symbol, b.symbol))
      .map(({ symbol, place }) => ({
        name: symbol.name,
        address: symbol.value,
        section: place,
        isData: symbol.elf.type === elf.STT_OBJECT,
      }));
    for (const symbol of this.sorted) {
      const list = this.bySection.get(symbol.section);
      if (list) list.push(symbol);
      else this.bySection.set(symbol.section, [symbol]);
    }
  }

  get isEmpty(): boolean {
    return this.sorted.length === 0;
  }

  /** The symbol that an address of a section belongs to; the next one behind it when there is none before. */
  inSection(section: LookSection, address: number): NamedAddress | undefined {
    const list = this.bySection.get(section) ?? [];
    return nearest(list, address) ?? list.at(0);
  }

  /** The first symbol of a section behind an address. */
  after(section: LookSection, address: number): NamedAddress | undefined {
    const list = this.bySection.get(section) ?? [];
    return list.at(firstAbove(list, address));
  }

  /** What stands between the angle brackets behind an address that an instruction in `section` refers to. */
  describe(section: LookSection, address: number): string | undefined {
    if (this.isEmpty) return undefined;
    const inside = address >= section.address && address < section.address + section.size;
    const own = this.relocatable && inside;
    return describeBy(own ? this.inSection(section, address) : this.anywhere(section, address), section, address);
  }

  private anywhere(section: LookSection, address: number): NamedAddress | undefined {
    const found = nearest(this.sorted, address) ?? this.sorted.at(0);
    // Of symbols at one place the section's own is meant.
    const own = found && nearest(this.bySection.get(section) ?? [], address);
    return own && own.address === found.address ? own : found;
  }
}

/** A symbol and how far from it an address is; the section when there is no symbol. */
export function describeBy(symbol: NamedAddress | undefined, section: LookSection, address: number): string {
  const name = symbol?.name ?? section.name;
  const distance = address - (symbol?.address ?? section.address);
  if (distance === 0) return name;
  return distance > 0 ? `${name}+0x${hex(distance)}` : `${name}-0x${hex(-distance)}`;
}

/** The first of the symbols with the highest address that is not above the given one. */
function nearest(list: readonly NamedAddress[], address: number): NamedAddress | undefined {
  const end = firstAbove(list, address);
  if (end === 0) return undefined;
  return list[firstAbove(list, list[end - 1].address - 1)];
}

function firstAbove(list: readonly NamedAddress[], address: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].address > address) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** By address; at one address functions, then objects, the global, the larger, and last by name. */
function compare(a: LookSymbol, b: LookSymbol): number {
  const first = (test: (symbol: LookSymbol) => boolean) => Number(test(b)) - Number(test(a));
  return (
    a.value - b.value ||
    first(({ name }) => !/\.[ao]$/.test(name)) ||
    first(({ elf: { type } }) => type === elf.STT_FUNC) ||
    first(({ elf: { type } }) => type === elf.STT_OBJECT) ||
    first(({ elf: { binding } }) => binding === elf.STB_GLOBAL) ||
    b.elf.size - a.elf.size ||
    (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  );
}
