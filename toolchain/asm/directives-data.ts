// Directives that put bytes or space into the section: values, strings, fills, alignment, files.

import type { Assembler } from "./assembler.ts";
import type { Directive } from "./directives.ts";
import { AssemblerError, type Position } from "./error.ts";
import { constantOf, type Expression, parseExpression } from "./expression.ts";
import { defaultFill } from "./layout.ts";
import { leb128 } from "./leb128.ts";
import { extendedBytes } from "./real80.ts";
import { MAX_SECTION_SIZE } from "./section.ts";
import { stringBytes, type Tokens } from "./tokens.ts";

const MAX_ALIGNMENT = 0x10000000;

export const DATA_DIRECTIVES: Readonly<Record<string, Directive>> = {
  ".byte": values(1),
  ".dc.b": values(1),
  ".word": values(2),
  ".short": values(2),
  ".hword": values(2),
  ".value": values(2),
  ".2byte": values(2),
  ".dc.w": values(2),
  ".int": values(4),
  ".long": values(4),
  ".4byte": values(4),
  ".dc.l": values(4),
  ".dc.a": values(4),
  ".quad": values(8),
  ".8byte": values(8),
  ".float": floats(4),
  ".single": floats(4),
  ".double": floats(8),
  ".octa": octa,
  ".16byte": octa,
  ".tfloat": floats(10),
  ".string16": wideStrings(2),
  ".string32": wideStrings(4),
  ".string64": wideStrings(8),
  ".ascii": strings(""),
  ".asciz": strings("\0"),
  ".string": strings("\0"),
  ".string8": strings("\0"),
  ".uleb128": leb(false),
  ".sleb128": leb(true),
  ".space": space,
  ".skip": space,
  ".zero": space,
  ".fill": fill,
  ".org": org,
  ".align": align(1, false),
  ".balign": align(1, false),
  ".balignw": align(2, false),
  ".balignl": align(4, false),
  ".p2align": align(1, true),
  ".p2alignw": align(2, true),
  ".p2alignl": align(4, true),
  ".incbin": incbin,
};

/** The constant that comes next; it must be known here and lie between the limits. */
export function parseConstant(
  assembler: Assembler,
  tokens: Tokens,
  what: string,
  lowest = -(2n ** 63n),
  highest = 2n ** 63n - 1n,
): bigint {
  const position = tokens.position();
  const value = constantOf(parseExpression(tokens, assembler.symbols), "now");
  if (value === undefined) throw new AssemblerError(position, `${what} must be a constant that is known here`);
  if (value < lowest || value > highest)
    throw new AssemblerError(position, `${what} from ${lowest} to ${highest} expected, found ${value}`);
  return value;
}

export function parseString(tokens: Tokens, what: string): string {
  const token = tokens.peek();
  if (token.kind !== "string") return tokens.fail(`${what} in quotes expected, found ${tokens.describe()}`);
  tokens.next();
  return token.value;
}

function values(size: 1 | 2 | 4 | 8): Directive {
  return (assembler, tokens) => {
    if (tokens.atEnd()) return;
    do {
      const position = tokens.position();
      assembler.putValue(parseExpression(tokens, assembler.symbols), size, position);
    } while (tokens.take(","));
    tokens.expectEnd();
  };
}

const FLOAT = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;

function floats(size: 4 | 8 | 10): Directive {
  return (assembler, tokens, position) => {
    const rest = tokens.rest();
    if (rest === "") return;
    for (const part of rest.split(",")) {
      const text = part.trim().replace(/^0[a-zA-Z]/, "");
      if (!FLOAT.test(text)) throw new AssemblerError(position, `number expected, found '${text}'`);
      const view = new DataView(new ArrayBuffer(size));
      if (size === 10) assembler.putBytes(extendedBytes(text), position);
      if (size === 10) continue;
      if (size === 4) view.setFloat32(0, Number(text), true);
      else view.setFloat64(0, Number(text), true);
      assembler.putBytes(new Uint8Array(view.buffer), position);
    }
  };
}

/** `.octa`: constants of sixteen bytes. */
function octa(assembler: Assembler, tokens: Tokens, position: Position): void {
  for (const part of tokens.rest().split(",")) {
    const number = /^\s*(-?)(0[xX][0-9a-fA-F]+|\d+)\s*$/.exec(part);
    if (!number) throw new AssemblerError(position, `number expected, found '${part.trim()}'`);
    const value = BigInt.asUintN(128, number[1] ? -BigInt(number[2]) : BigInt(number[2]));
    assembler.putBytes(
      Uint8Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn)),
      position,
    );
  }
}

/** Strings whose characters have more than a byte, and a zero at the end. */
function wideStrings(size: 2 | 4 | 8): Directive {
  return (assembler, tokens, position) => {
    do {
      const text = `${parseString(tokens, "string")}\0`;
      const bytes = new Uint8Array(text.length * size);
      for (let i = 0; i < text.length; i++) bytes[i * size] = text.charCodeAt(i);
      assembler.putBytes(bytes, position);
    } while (tokens.take(","));
    tokens.expectEnd();
  };
}

function strings(end: string): Directive {
  return (assembler, tokens, position) => {
    if (tokens.atEnd()) return;
    do {
      let text = parseString(tokens, "string");
      // Strings side by side are one.
      while (tokens.peek().kind === "string") text += parseString(tokens, "string");
      assembler.putBytes(stringBytes(text + end), position);
    } while (tokens.take(","));
    tokens.expectEnd();
  };
}

function leb(signed: boolean): Directive {
  return (assembler, tokens) => {
    do {
      const position = tokens.position();
      const value = parseExpression(tokens, assembler.symbols);
      const constant = constantOf(value, "now");
      if (constant === undefined) assembler.section.add({ kind: "leb128", value, signed, position });
      else if (constant < 0n && !signed) throw new AssemblerError(position, `value is negative: ${constant}`);
      else assembler.putBytes(Uint8Array.from(leb128(constant, signed)), position);
    } while (tokens.take(","));
    tokens.expectEnd();
  };
}

function space(assembler: Assembler, tokens: Tokens, position: Position): void {
  const count = parseExpression(tokens, assembler.symbols);
  const value = tokens.take(",") ? parseConstant(assembler, tokens, "fill", -128n, 255n) : 0n;
  tokens.expectEnd();
  putFill(assembler, count, Uint8Array.of(Number(value & 0xffn)), position);
}

/** `.fill repeat, size, value`: at most 8 bytes each, of which the value gives the low four. */
function fill(assembler: Assembler, tokens: Tokens, position: Position): void {
  const count = parseExpression(tokens, assembler.symbols);
  const size = tokens.take(",") ? Number(parseConstant(assembler, tokens, "size", 0n, 8n)) : 1;
  const value = tokens.take(",") ? parseConstant(assembler, tokens, "fill") : 0n;
  tokens.expectEnd();
  const low = BigInt.asUintN(32, value);
  const pattern = Uint8Array.from({ length: size }, (_, i) => (i < 4 ? Number((low >> BigInt(8 * i)) & 0xffn) : 0));
  if (size > 0) putFill(assembler, count, pattern, position);
}

function putFill(assembler: Assembler, count: Expression, pattern: Uint8Array, position: Position): void {
  const { section } = assembler;
  const known = constantOf(count, "now");
  if (known === undefined) {
    section.add({ kind: "fill", count, pattern, position });
    return;
  }
  if (known < 0n) throw new AssemblerError(position, `count is negative: ${known}`);
  if (known > BigInt(MAX_SECTION_SIZE)) throw new AssemblerError(position, `count is too large: ${known}`);
  const size = Number(known) * pattern.length;
  if (section.isNoBits) {
    if (pattern.some((byte) => byte !== 0))
      throw new AssemblerError(position, `section ${section.name} has no contents: only zeros can be reserved in it`);
    section.reserve(size, position);
    return;
  }
  const { bytes } = section.put(size, position);
  if (pattern.length === 1) bytes.fill(pattern[0]);
  else for (let at = 0; at < size; at += pattern.length) bytes.set(pattern, at);
}

function org(assembler: Assembler, tokens: Tokens, position: Position): void {
  const target = parseExpression(tokens, assembler.symbols);
  const value = tokens.take(",") ? parseConstant(assembler, tokens, "fill", -128n, 255n) : 0n;
  tokens.expectEnd();
  assembler.section.add({ kind: "org", target, fill: Number(value & 0xffn), position });
}

/** `.align boundary, fill, maximum`; the boundary is in bytes or, `power`, its logarithm. */
function align(size: 1 | 2 | 4, power: boolean): Directive {
  return (assembler, tokens, position) => {
    const { section } = assembler;
    let given = tokens.isPunctuation(",") || tokens.atEnd() ? 0n : parseConstant(assembler, tokens, "alignment", 0n);
    if (power) given = given > 28n ? -1n : 1n << given;
    else if (given === 0n) given = 1n;
    if (given < 0n || given > BigInt(MAX_ALIGNMENT) || (given & (given - 1n)) !== 0n)
      throw new AssemblerError(position, "alignment must be a power of two, at most 256 MiB");
    let value: bigint | undefined;
    let maximum = 0;
    if (tokens.take(",")) {
      if (!tokens.isPunctuation(",") && !tokens.atEnd()) value = parseConstant(assembler, tokens, "fill");
      if (tokens.take(",")) maximum = Number(parseConstant(assembler, tokens, "maximum", 0n, BigInt(MAX_ALIGNMENT)));
    }
    tokens.expectEnd();
    const pattern =
      value === undefined
        ? defaultFill(section, assembler.bits)
        : Uint8Array.from({ length: size }, (_, i) => Number((BigInt.asUintN(64, value) >> BigInt(8 * i)) & 0xffn));
    const alignment = Number(given);
    section.align = Math.max(section.align, alignment);
    if (alignment > 1) section.add({ kind: "align", alignment, maximum, fill: pattern, position });
  };
}

/** `.incbin "file", skip, count`. */
function incbin(assembler: Assembler, tokens: Tokens, position: Position): void {
  const path = parseString(tokens, "file name");
  const bytes = assembler.options.incbin?.(path);
  if (!bytes) throw new AssemblerError(position, `no file '${path}' to include`);
  let skip = 0;
  let count: number | undefined;
  const limit = BigInt(bytes.length);
  if (tokens.take(",")) {
    if (!tokens.isPunctuation(",")) skip = Number(parseConstant(assembler, tokens, "skip", 0n, limit));
    if (tokens.take(",")) count = Number(parseConstant(assembler, tokens, "count", 0n, limit - BigInt(skip)));
  }
  tokens.expectEnd();
  assembler.putBytes(bytes.subarray(skip, count === undefined ? undefined : skip + count), position);
}
