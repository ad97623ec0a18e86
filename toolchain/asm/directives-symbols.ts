// Directives about sections and symbols: where bytes go, and what names mean to the linker.

import * as elf from "../../formats/elf32.ts";
import { AbsoluteSection } from "./absolute.ts";
import type { Assembler } from "./assembler.ts";
import type { Directive } from "./directives.ts";
import { parseConstant, parseString } from "./directives-data.ts";
import { AssemblerError, type Position } from "./error.ts";
import { type Expression, parseExpression } from "./expression.ts";
import { relocationNamed } from "./relocations.ts";
import { SHF_TLS } from "./section.ts";
import type { AsmSymbol } from "./symbols.ts";
import type { Tokens } from "./tokens.ts";

export const SYMBOL_DIRECTIVES: Readonly<Record<string, Directive>> = {
  ".section": section,
  ".pushsection": (assembler, tokens, position) => {
    assembler.sectionStack.push({
      section: assembler.section,
      subsection: assembler.section.subsection,
      previous: assembler.previousSection,
    });
    section(assembler, tokens, position);
  },
  ".popsection": (assembler, tokens, position) => {
    tokens.expectEnd();
    const saved = assembler.sectionStack.pop();
    if (!saved) throw new AssemblerError(position, ".popsection without .pushsection");
    saved.section.select(saved.subsection);
    assembler.section = saved.section;
    assembler.previousSection = saved.previous;
  },
  ".previous": (assembler, tokens, position) => {
    tokens.expectEnd();
    if (!assembler.previousSection) throw new AssemblerError(position, ".previous without another section before");
    const { section: last, subsection } = assembler.previousSection;
    assembler.enter(last, subsection);
  },
  ".text": named,
  ".data": named,
  ".bss": named,
  ".subsection": (assembler, tokens) => {
    const number = Number(parseConstant(assembler, tokens, "number of the subsection", 0n, 8192n));
    tokens.expectEnd();
    assembler.enter(assembler.section, number);
  },
  ".rodata": named,
  ".struct": struct,
  ".offset": struct,
  ".reloc": reloc,
  ".globl": bind(elf.STB_GLOBAL),
  ".global": bind(elf.STB_GLOBAL),
  ".weak": bind(elf.STB_WEAK),
  ".local": bind(elf.STB_LOCAL),
  // What is not defined is taken for another file's anyway: only the spelling is looked at.
  ".extern": (_assembler, tokens) => {
    do tokens.name("symbol");
    while (tokens.take(","));
    tokens.expectEnd();
  },
  ".hidden": visibility(elf.STV_HIDDEN),
  ".internal": visibility(elf.STV_INTERNAL),
  ".protected": visibility(elf.STV_PROTECTED),
  ".set": assign(false),
  ".equ": assign(false),
  ".equiv": assign(true),
  ".eqv": assign(true),
  ".comm": common,
  ".lcomm": localCommon,
  ".type": type,
  ".size": (assembler, tokens) => {
    const symbol = assembler.symbols.get(tokens.name("symbol"));
    tokens.expect(",", "after the symbol");
    symbol.size = parseExpression(tokens, assembler.symbols);
    tokens.expectEnd();
  },
};

function named(assembler: Assembler, tokens: Tokens, _position: Position, name: string): void {
  const number = tokens.atEnd() ? 0 : Number(parseConstant(assembler, tokens, "number of the subsection", 0n, 8192n));
  tokens.expectEnd();
  assembler.enter(assembler.sectionNamed(name), number);
}

/** `.struct address`: labels from here on are numbers that count from it. */
function struct(assembler: Assembler, tokens: Tokens): void {
  const counter = parseConstant(assembler, tokens, "address", -0x80000000n, 0xffffffffn);
  tokens.expectEnd();
  assembler.enter(new AbsoluteSection(counter));
}

/** `.reloc offset, R_386_name[, value]`. */
function reloc(assembler: Assembler, tokens: Tokens, position: Position): void {
  const offset = parseExpression(tokens, assembler.symbols);
  tokens.expect(",", "after the offset");
  const name = tokens.name("name of a relocation");
  const type = relocationNamed(name);
  if (type === undefined) throw new AssemblerError(position, `unknown relocation '${name}'`);
  const zero: Expression = { kind: "number", value: 0n };
  const value = tokens.take(",") ? parseExpression(tokens, assembler.symbols) : zero;
  tokens.expectEnd();
  assembler.section.asked.push({ offset, type, value, position });
}

const FLAGS: Readonly<Record<string, number>> = {
  a: elf.SHF_ALLOC,
  w: elf.SHF_WRITE,
  x: elf.SHF_EXECINSTR,
  M: elf.SHF_MERGE,
  S: elf.SHF_STRINGS,
  e: elf.SHF_EXCLUDE,
  G: elf.SHF_GROUP,
  T: SHF_TLS,
};

const TYPES: Readonly<Record<string, number>> = {
  progbits: elf.SHT_PROGBITS,
  nobits: elf.SHT_NOBITS,
  note: elf.SHT_NOTE,
  init_array: elf.SHT_INIT_ARRAY,
  fini_array: elf.SHT_FINI_ARRAY,
  preinit_array: elf.SHT_PREINIT_ARRAY,
};

/** `.section name, "flags", @type, entry size`. */
function section(assembler: Assembler, tokens: Tokens, position: Position): void {
  const name = sectionName(tokens);
  let flags: number | undefined;
  let sectionType: number | undefined;
  let entrySize = 0;
  let group: string | undefined;
  let subsection = 0;
  if (tokens.take(",") && tokens.peek().kind === "number")
    subsection = Number(parseConstant(assembler, tokens, "number of the subsection", 0n, 8192n));
  else if (!tokens.atEnd()) {
    const letters = parseString(tokens, "flags");
    flags = 0;
    for (const letter of letters) {
      if (!Object.hasOwn(FLAGS, letter))
        throw new AssemblerError(position, `section flag a, w, x, M, S, G, T or e expected, found '${letter}'`);
      flags |= FLAGS[letter];
    }
    if (tokens.take(",")) {
      if (!tokens.take("@") && !tokens.take("%"))
        tokens.fail(`@progbits, @nobits or @note expected, found ${tokens.describe()}`);
      const word = tokens.name("section type");
      if (!Object.hasOwn(TYPES, word)) throw new AssemblerError(position, `unknown section type '@${word}'`);
      sectionType = TYPES[word];
      if ((flags & elf.SHF_MERGE) !== 0 && tokens.take(","))
        entrySize = Number(parseConstant(assembler, tokens, "entry size", 1n, 0xffffffffn));
      if ((flags & elf.SHF_GROUP) !== 0 && tokens.take(",")) {
        group = tokens.name("group");
        if (tokens.take(",") && tokens.name("'comdat'") !== "comdat") tokens.fail("only comdat groups are known");
      }
    }
  }
  tokens.expectEnd();
  const found = assembler.sectionNamed(name, { type: sectionType, flags, entrySize, group });
  if ((flags !== undefined && flags !== found.flags) || (sectionType !== undefined && sectionType !== found.type))
    throw new AssemblerError(position, `section ${name} was first given another type or other flags`);
  assembler.enter(found, subsection);
}

/** Section names may hold characters that symbols don't: everything up to a comma counts. */
function sectionName(tokens: Tokens): string {
  let name = "";
  for (let token = tokens.peek(); token.kind !== "end" && !tokens.isPunctuation(","); token = tokens.peek()) {
    name += token.kind === "string" ? token.value : tokens.text.slice(token.start, token.end);
    tokens.next();
  }
  return name === "" ? tokens.fail("section name expected") : name;
}

function forEachSymbol(action: (symbol: AsmSymbol, assembler: Assembler, position: Position) => void): Directive {
  return (assembler, tokens, position) => {
    do {
      const symbol = assembler.symbols.get(tokens.name("symbol"));
      assembler.symbols.place(symbol);
      action(symbol, assembler, position);
    } while (tokens.take(","));
    tokens.expectEnd();
  };
}

function bind(binding: number): Directive {
  return forEachSymbol((symbol) => {
    // Weak wins over global, whichever comes first.
    if (!(symbol.binding === elf.STB_WEAK && binding === elf.STB_GLOBAL)) symbol.binding = binding;
  });
}

function visibility(value: number): Directive {
  return forEachSymbol((symbol) => {
    symbol.visibility = value;
  });
}

function assign(once: boolean): Directive {
  return (assembler, tokens, position) => {
    const token = tokens.peek();
    const name = tokens.name("symbol");
    tokens.expect(",", "after the symbol");
    const value = parseExpression(tokens, assembler.symbols);
    tokens.expectEnd();
    if (token.kind === "name" && name === ".") assembler.section.add({ kind: "org", target: value, fill: 0, position });
    else assembler.assign(name, value, position, once);
  };
}

function commonParts(
  assembler: Assembler,
  tokens: Tokens,
  largest: number,
): { symbol: AsmSymbol; size: number; align: number } {
  const symbol = assembler.symbols.get(tokens.name("symbol"));
  tokens.expect(",", "after the symbol");
  const position = tokens.position();
  const size = Number(parseConstant(assembler, tokens, "size", 0n, 0x7fffffffn));
  // Without an alignment: the largest power of two, up to a limit, that is not larger than the object.
  let align = 1;
  while (align < largest && align * 2 <= size) align *= 2;
  if (tokens.take(",")) align = Math.max(1, Number(parseConstant(assembler, tokens, "alignment", 0n, 0x10000000n)));
  if ((align & (align - 1)) !== 0) throw new AssemblerError(position, "alignment must be a power of two");
  tokens.expectEnd();
  return { symbol, size, align };
}

function common(assembler: Assembler, tokens: Tokens, position: Position): void {
  const { symbol, size, align } = commonParts(assembler, tokens, 32);
  if (symbol.binding === elf.STB_LOCAL) {
    reserveIn(assembler, symbol, size, align, position);
    return;
  }
  if (symbol.definition.kind !== "none" && symbol.definition.kind !== "common")
    throw new AssemblerError(position, `'${symbol.name}' is already defined`);
  symbol.definition = { kind: "common", size, align, position };
  symbol.binding ??= elf.STB_GLOBAL;
  symbol.type = elf.STT_OBJECT;
}

function localCommon(assembler: Assembler, tokens: Tokens, position: Position): void {
  const { symbol, size, align } = commonParts(assembler, tokens, 8);
  reserveIn(assembler, symbol, size, align, position);
}

function reserveIn(assembler: Assembler, symbol: AsmSymbol, size: number, align: number, position: Position): void {
  const present = assembler.section;
  assembler.section = assembler.sectionNamed(".bss");
  const bss = assembler.section;
  const { subsection } = bss;
  // Behind all that the source itself puts there.
  bss.select(1);
  bss.align = Math.max(bss.align, align);
  if (align > 1) bss.add({ kind: "align", alignment: align, maximum: 0, fill: Uint8Array.of(0), position });
  try {
    assembler.symbols.defineLabel(symbol.name, position);
    bss.reserve(size, position);
  } finally {
    bss.select(subsection);
    assembler.section = present;
  }
  symbol.type = elf.STT_OBJECT;
  symbol.size = { kind: "number", value: BigInt(size) };
}

const SYMBOL_TYPES: Readonly<Record<string, number>> = {
  function: elf.STT_FUNC,
  STT_FUNC: elf.STT_FUNC,
  object: elf.STT_OBJECT,
  tls_object: elf.STT_TLS,
  STT_TLS: elf.STT_TLS,
  common: elf.STT_OBJECT,
  gnu_unique_object: elf.STT_OBJECT,
  STT_OBJECT: elf.STT_OBJECT,
  notype: elf.STT_NOTYPE,
  STT_NOTYPE: elf.STT_NOTYPE,
};

/** `.type symbol, @function`; the sign before the word may be @, % or missing, and the word a string. */
function type(assembler: Assembler, tokens: Tokens, position: Position): void {
  const symbol = assembler.symbols.get(tokens.name("symbol"));
  tokens.take(",");
  if (!tokens.take("@")) tokens.take("%");
  const word = tokens.name("symbol type");
  if (!Object.hasOwn(SYMBOL_TYPES, word)) throw new AssemblerError(position, `unknown symbol type '${word}'`);
  symbol.type = SYMBOL_TYPES[word];
  tokens.expectEnd();
}
