// `readelf -s` and `-r`: symbol tables and relocations.

import * as elf from "../../../formats/elf32.ts";
import * as names from "../../../formats/elf32-names.ts";
import { type ElfView, relocationsOf, symbolsOf, type ViewSymbol } from "../../../formats/elf32-view.ts";
import { hex } from "../report.ts";
import { entries, shorten } from "./text.ts";

const STT_GNU_IFUNC = 10;
const LARGEST_DECIMAL_SIZE = 99999;

/** @param onlyDynamic for --dyn-syms */
export function symbolTables(view: ElfView, wide: boolean, onlyDynamic: boolean): string {
  let text = "";
  for (const table of view.sections) {
    if (table.type !== elf.SHT_DYNSYM && (onlyDynamic || table.type !== elf.SHT_SYMTAB)) continue;
    const symbols = symbolsOf(view, table);
    text += `\nSymbol table '${table.name}' contains ${entries(symbols.length)}:\n`;
    text += "   Num:    Value  Size Type    Bind   Vis      Ndx Name\n";
    for (const symbol of symbols) text += symbolLine(symbol, wide);
  }
  return text;
}

function symbolLine(symbol: ViewSymbol, wide: boolean): string {
  const { index, value, size, type, binding, other } = symbol;
  const columns = [
    `${String(index).padStart(6)}:`,
    hex(value, 8),
    size <= LARGEST_DECIMAL_SIZE ? String(size).padStart(5) : `0x${hex(size)}`,
    (names.SYMBOL_TYPES[type] ?? (type === STT_GNU_IFUNC ? "IFUNC" : unknown(type))).padEnd(7),
    (names.SYMBOL_BINDINGS[binding] ?? (binding === 10 ? "UNIQUE" : unknown(binding))).padEnd(6),
    names.VISIBILITIES[other & 3].padEnd(7),
  ];
  if ((other & ~3) !== 0) columns.push(`[<other>: ${hex(other & ~3)}] `);
  const name = symbolName(symbol);
  return `${columns.join(" ")} ${placeText(symbol).padStart(4)} ${wide ? name : shorten(name, 21)}\n`;
}

function unknown(value: number): string {
  if (value >= 13) return `<processor specific>: ${value}`;
  return value >= 10 ? `<OS specific>: ${value}` : `<unknown>: ${value}`;
}

function placeText({ place }: ViewSymbol): string {
  if (place === elf.SHN_UNDEF) return "UND";
  if (place === elf.SHN_ABS) return "ABS";
  if (place === elf.SHN_COMMON) return "COM";
  if (place >= 0xff00 && place <= 0xff1f) return `PRC[0x${hex(place, 4)}]`;
  if (place >= 0xff20 && place <= 0xff3f) return `OS [0x${hex(place, 4)}]`;
  return place >= elf.SHN_LORESERVE ? `RSV[0x${hex(place, 4)}]` : String(place);
}

function symbolName(symbol: ViewSymbol): string {
  return symbol.type === elf.STT_SECTION && symbol.name === "" ? (symbol.section?.name ?? "") : symbol.name;
}

export function relocations(view: ElfView, wide: boolean): string {
  let text = "";
  for (const table of view.sections) {
    if (table.type !== elf.SHT_REL && table.type !== elf.SHT_RELA) continue;
    const symbolTable = view.sections.at(table.link);
    const linked = symbolTable?.type === elf.SHT_SYMTAB || symbolTable?.type === elf.SHT_DYNSYM;
    const symbols = symbolTable && linked ? symbolsOf(view, symbolTable) : [];
    const list = relocationsOf(view, table, symbols);
    if (list.length === 0) continue;
    text += `\nRelocation section '${table.name}' at offset 0x${hex(table.offset)} contains ${entries(list.length)}:\n`;
    const rela = table.type === elf.SHT_RELA ? " + Addend" : "";
    text += wide
      ? ` Offset     Info    Type                Sym. Value  Symbol's Name${rela}\n`
      : ` Offset     Info    Type            Sym.Value  Sym. Name${rela}\n`;
    const typeWidth = wide ? 22 : 17;
    for (const { offset, info, type, symbol, addend } of list) {
      const name = names.RELOCATION_NAMES[type] ?? `unrecognized: ${hex(type)}`;
      text += `${hex(offset, 8)}  ${hex(info, 8)} ${name.slice(0, typeWidth).padEnd(typeWidth)}`;
      if (symbol) {
        const target = symbolName(symbol) || (symbol.type === elf.STT_SECTION ? "<null>" : "");
        text += ` ${hex(symbol.value, 8)}   ${wide ? target : shorten(target, 22)}`;
      }
      if (addend !== undefined)
        text += `${symbol ? " " : "           "}${addend < 0 ? `- ${hex(-addend)}` : `+ ${hex(addend)}`}`;
      text += "\n";
    }
  }
  return text === "" ? "\nThere are no relocations in this file.\n" : text;
}
