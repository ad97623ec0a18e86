// The assembler's own directives: modes, sections, symbols of other files.
// Source: the NASM manual, chapters 7 and 8.

import { AssemblerError, type Position } from "../asm/error.ts";
import type { Assembler } from "./assembler.ts";
import { constant, evaluate, isSimple, parseExpression, Reader } from "./expression.ts";
import { stringBytes, type Token } from "./tokens.ts";

type Directive = (assembler: Assembler, tokens: Token[], position: Position) => void;

function setBits(assembler: Assembler, bits: string, position: Position): void {
  if (bits === "64") throw new AssemblerError(position, "64-bit code is not supported");
  if (bits !== "16" && bits !== "32") throw new AssemblerError(position, "bits takes 16 or 32");
  assembler.bits = bits === "16" ? 16 : 32;
}

/** An address or count that must be a constant. */
function constantOf(assembler: Assembler, reader: Reader, what: string): number {
  const position = reader.position();
  const value = evaluate(parseExpression(reader), assembler.scope);
  if (value.unknown && !assembler.final) return 0;
  if (value.unknown || !isSimple(value)) throw new AssemblerError(position, `${what} must be a constant`);
  if (value.constant < 0n || value.constant > 0xffffffffn)
    throw new AssemblerError(position, `${what} must be from 0 to 4294967295, not ${value.constant}`);
  return Number(value.constant);
}

const section: Directive = (assembler, tokens, position) => {
  const reader = new Reader(tokens, position);
  // A name such as .note.GNU-stack is several tokens without space between them.
  const first = reader.next();
  if (!first) throw new AssemblerError(position, "section needs a name");
  let name = first.kind === "string" ? stringBytes(first) : first.text;
  let end = first.column + first.text.length;
  for (let next = reader.peek(); next && next.column === end && next.column !== first.column; next = reader.peek()) {
    name += next.text;
    end = next.column + next.text.length;
    reader.next();
  }
  const found = assembler.sectionNamed(assembler, name);
  if (!found.named && assembler.options.format === "elf32") {
    // In the object sections stand as they are named first.
    assembler.sections.splice(assembler.sections.indexOf(found), 1);
    assembler.sections.push(found);
  }
  found.named = true;
  assembler.absolute = undefined;
  assembler.section = found;
  const { attributes } = found;
  const powerOfTwo = () => {
    const at = reader.position();
    const align = constantOf(assembler, reader, "align");
    if (align === 0 || (align & (align - 1)) !== 0)
      throw new AssemblerError(at, `align must be a power of two, not ${align}`);
    return align;
  };
  while (!reader.atEnd()) {
    const word = reader.word();
    const at = reader.position();
    reader.next();
    const valued = reader.take("=");
    if (valued) {
      if (word === "align") attributes.align = powerOfTwo();
      else if (word === "start") attributes.start = constantOf(assembler, reader, "start");
      else if (word === "vstart") attributes.virtualStart = constantOf(assembler, reader, "vstart");
      else if (word === "follows" || word === "vfollows") {
        const other = reader.next()?.text ?? "";
        if (word === "follows") attributes.follows = other;
        else attributes.virtualFollows = other;
      } else throw new AssemblerError(at, `unknown section attribute '${word}='`);
      continue;
    }
    switch (word) {
      case "progbits":
      case "nobits":
        attributes.noBits = word === "nobits";
        break;
      case "alloc":
      case "exec":
      case "write":
        attributes[word] = true;
        break;
      case "noalloc":
      case "noexec":
      case "nowrite":
        attributes[word.slice(2) as "alloc" | "exec" | "write"] = false;
        break;
      case "note":
      case "use16":
      case "use32":
      case "code":
      case "data":
      case "class":
        break;
      case "bss":
        attributes.noBits = true;
        break;
      default:
        throw new AssemblerError(at, `unknown section attribute '${word}'`);
    }
  }
};

const absolute: Directive = (assembler, tokens, position) => {
  const reader = new Reader(tokens, position);
  const start = evaluate(parseExpression(reader), assembler.scope);
  reader.expectEnd();
  if (start.unknown && assembler.final) throw new AssemblerError(position, "the address of absolute must be known");
  assembler.absolute = { start: start.unknown ? constant(0) : start, offset: 0 };
};

const org: Directive = (assembler, tokens, position) => {
  if (assembler.options.format !== "bin")
    throw new AssemblerError(position, "org is for flat binaries: of an object the linker decides the addresses");
  const reader = new Reader(tokens, position);
  const origin = constantOf(assembler, reader, "org");
  reader.expectEnd();
  if (assembler.origin !== undefined && assembler.origin !== origin)
    throw new AssemblerError(position, "the program's origin is already set");
  assembler.origin = origin;
};

/** Names with commas between them, each with what follows its colon. */
function names(
  tokens: Token[],
  position: Position,
  directive: string,
): { name: string; rest: Token[]; at: Position }[] {
  const all: { name: string; rest: Token[]; at: Position }[] = [];
  let current: Token[] = [];
  const finish = () => {
    const [first, ...more] = current;
    const at = { ...position, column: first?.column ?? position.column };
    if (first?.kind !== "name") throw new AssemblerError(at, `${directive} needs a name`);
    const rest = more[0]?.text === ":" ? more.slice(1) : more;
    all.push({ name: first.text.replace(/^\$/, ""), rest, at });
    current = [];
  };
  for (const token of tokens)
    if (token.text === "," && token.kind === "punctuation") finish();
    else current.push(token);
  finish();
  return all;
}

function objectOnly(assembler: Assembler, position: Position, directive: string): void {
  if (assembler.options.format === "bin")
    throw new AssemblerError(
      position,
      `${directive} means something only in an object (-f elf32): a flat binary has no linker`,
    );
}

const global: Directive = (assembler, tokens, position) => {
  for (const { name, rest, at } of names(tokens, position, "global")) {
    const record = assembler.symbols.get(assembler.symbols.fullName(name));
    if (record.linkage === "extern" && assembler.symbols.pass === 1)
      throw new AssemblerError(at, `'${name}' is already declared as extern`);
    record.linkage ??= "global";
    record.attributes = rest.filter((token) => token.kind === "name").map((token) => token.text.toLowerCase());
    record.position ??= at;
  }
};

function outside(assembler: Assembler, name: string, linkage: "extern" | "common", at: Position): boolean {
  const record = assembler.symbols.get(name);
  if (record.linkage === "global") return false;
  if (record.value && record.linkage === undefined) throw new AssemblerError(at, `'${name}' is defined in this file`);
  const segment = record.segment ?? { kind: linkage, name };
  record.segment = segment;
  record.linkage = linkage;
  record.position ??= at;
  record.value ??= { constant: 0n, terms: [{ what: segment, factor: 1 }], unknown: false };
  assembler.symbols.order.add(record);
  return true;
}

const extern: Directive = (assembler, tokens, position) => {
  objectOnly(assembler, position, "extern");
  for (const { name, at } of names(tokens, position, "extern")) outside(assembler, name, "extern", at);
};

const common: Directive = (assembler, tokens, position) => {
  objectOnly(assembler, position, "common");
  const reader = new Reader(tokens, position);
  const token = reader.next();
  if (token?.kind !== "name") throw new AssemblerError(position, "common takes a name and a size");
  const size = constantOf(assembler, reader, "the size of a common symbol");
  const align = reader.take(":") ? constantOf(assembler, reader, "the alignment of a common symbol") : 4;
  if (align < 1 || (align & (align - 1)) !== 0)
    throw new AssemblerError(position, `alignment ${align} of a common symbol is not a power of two`);
  reader.expectEnd();
  if (!outside(assembler, token.text, "common", position)) return;
  const record = assembler.symbols.get(token.text);
  record.size = size;
  record.align = align;
};

const sectionAlignment: Directive = (assembler, tokens, position) => {
  if (/^(?:on|off)$/i.test(tokens[0]?.text ?? "")) return;
  const reader = new Reader(tokens, position);
  const align = constantOf(assembler, reader, "align");
  if (align === 0 || (align & (align - 1)) !== 0)
    throw new AssemblerError(position, `align must be a power of two, not ${align}`);
  if (!assembler.absolute) assembler.section.attributes.align = Math.max(assembler.section.attributes.align, align);
};

const ignored: Directive = () => {};

export const DIRECTIVES: Readonly<Record<string, Directive>> = {
  bits: (assembler, tokens, position) => setBits(assembler, tokens[0]?.text ?? "", position),
  use16: (assembler, _, position) => setBits(assembler, "16", position),
  use32: (assembler, _, position) => setBits(assembler, "32", position),
  section,
  segment: section,
  absolute,
  org,
  global,
  static: ignored,
  extern,
  required: extern,
  common,
  sectalign: sectionAlignment,
  cpu: ignored,
  default: ignored,
  float: ignored,
  warning: ignored,
  list: ignored,
  map: ignored,
};
