// A line to a statement: label, TIMES, prefixes, and an instruction, data or a directive. Parsed once, assembled in every pass.
// Source: the NASM manual, sections 3.1 to 3.3.

import { ALIASES, MNEMONICS } from "../../isa/table.ts";
import { AssemblerError, type Position } from "../asm/error.ts";
import { gnuWord } from "../asm/foreign.ts";
import { suggestion } from "../asm/suggest.ts";
import { type Expression, parseExpression, Reader } from "./expression.ts";
import type { AssembledInstruction } from "./instruction.ts";
import { floatBytes, isFloat, isSpecialFloat } from "./numbers.ts";
import { type ParsedOperand, parseOperand } from "./operands.ts";
import { stringBytes, type Token, withoutSpace } from "./tokens.ts";

export type DataItem =
  | { kind: "bytes"; bytes: Uint8Array }
  | { kind: "value"; expression: Expression; position: Position }
  | { kind: "reserve" }
  | { kind: "repeat"; count: Expression; items: DataItem[]; position: Position };

export interface Instruction {
  kind: "instruction";
  name: string;
  prefixes: string[];
  operands: ParsedOperand[];
  position: Position;
  /** What it was assembled to, where that can't change from pass to pass. */
  cached?: AssembledInstruction;
}

export type Body =
  | Instruction
  | { kind: "data"; size: number; items: DataItem[] }
  | { kind: "reserve"; size: number; count: Expression }
  | { kind: "equ"; value: Expression }
  | { kind: "incbin"; path: string; skip?: Expression; length?: Expression }
  | { kind: "directive"; name: string; tokens: Token[] }
  | { kind: "none" };

export interface Statement {
  position: Position;
  label?: { name: string; position: Position; hasColon: boolean };
  times?: Expression;
  body: Body;
}

const DATA: Readonly<Record<string, number>> = { b: 1, w: 2, d: 4, q: 8, t: 10, o: 16 };
const PREFIXES: ReadonlySet<string> = new Set([
  ...["rep", "repe", "repz", "repne", "repnz", "lock", "a16", "a32", "o16", "o32", "wait"],
  ...["es", "cs", "ss", "ds", "fs", "gs"],
]);
const DIRECTIVES: ReadonlySet<string> = new Set([
  ...["bits", "use16", "use32", "org", "section", "segment", "absolute", "global", "extern", "static", "common"],
  ...["required", "sectalign", "cpu", "default", "float", "warning", "list", "map"],
]);
/** Names of the table that are no mnemonics of NASM. */
const INTERNAL: ReadonlySet<string> = new Set(["esc", "jmpf", "callf", "fnsetpm", "frstpm", "pmulhrw"]);
/** NASM's names for instructions that the table has under another. */
export const NASM_NAMES: ReadonlyMap<string, string> = new Map([
  ["iretw", "iret"],
  ["pushaw", "pusha"],
  ["popaw", "popa"],
  ["pushfw", "pushf"],
  ["popfw", "popf"],
  ["retn", "ret"],
  ["xlatb", "xlat"],
  ["int03", "int3"],
  ["int01", "int1"],
  ["fsetpm", "fnsetpm"],
  ["pmulhrwa", "pmulhrw"],
]);

const INSTRUCTIONS: ReadonlySet<string> = new Set(
  [...MNEMONICS, ...ALIASES.keys(), ...NASM_NAMES.keys()].filter((name) => !INTERNAL.has(name)),
);

function isPseudo(word: string): boolean {
  return /^(?:d[bwdqto]|res[bwdqto]|equ|incbin|times)$/.test(word);
}

function isKeyword(word: string): boolean {
  return INSTRUCTIONS.has(word) || PREFIXES.has(word) || isPseudo(word) || DIRECTIVES.has(word);
}

/**
 * @param suggest whether an unknown name gets the effort of looking for the nearest known one
 * @throws AssemblerError when the line is none of these
 */
export function parseStatement(tokens: readonly Token[], position: Position, suggest: boolean): Statement {
  const reader = new Reader(withoutSpace(tokens), position);
  const start = reader.position();
  const statement: Statement = { position: start, body: { kind: "none" } };
  if (reader.is("[")) {
    statement.body = bracketed(reader);
    return statement;
  }
  const label = parseLabel(reader, suggest);
  if (label) statement.label = label;
  if (reader.atEnd()) return statement;
  statement.position = reader.position();
  if (reader.takeWord("times")) {
    statement.times = parseExpression(reader);
    if (reader.atEnd()) return statement;
    // TIMES of a TIMES is legal and useless.
    if (reader.word() === "times") reader.fail("one TIMES is enough");
  }
  statement.body = parseBody(reader, suggest);
  return statement;
}

function parseLabel(reader: Reader, suggest: boolean): Statement["label"] {
  const token = reader.peek();
  if (token?.kind !== "name") return undefined;
  const position = reader.position();
  const name = token.text.startsWith("$") ? token.text.slice(1) : token.text;
  if (reader.is(":", 1)) {
    reader.at += 2;
    return { name, position, hasColon: true };
  }
  if (isKeyword(token.text.toLowerCase())) return undefined;
  if (reader.peek(1) !== undefined && !isKeyword(reader.word(1))) {
    throw unknownInstruction(token.text, position, suggest);
  }
  reader.at++;
  return { name, position, hasColon: false };
}

function bracketed(reader: Reader): Body {
  reader.next();
  const last = reader.tokens.at(-1);
  if (last?.text !== "]") throw new AssemblerError(reader.position(), "']' expected at the end of the directive");
  const name = reader.word();
  if (!DIRECTIVES.has(name)) reader.fail(`unknown directive ${reader.describe()}`);
  return { kind: "directive", name, tokens: reader.tokens.slice(reader.at + 1, -1) };
}

function parseBody(reader: Reader, suggest: boolean): Body {
  const prefixes: string[] = [];
  const position = reader.position();
  while (PREFIXES.has(reader.word())) {
    // `wait` alone is an instruction, `es` before a colon part of an address.
    prefixes.push(reader.word());
    reader.next();
    if (reader.atEnd()) return { kind: "instruction", name: "", prefixes, operands: [], position };
  }
  const word = reader.word();
  const named = reader.position();
  if (word === "") {
    const comment = reader.is("#") || reader.is("/") || reader.is("//") ? "; comments begin with ';'" : "";
    reader.fail(`label, instruction or directive expected, found ${reader.describe()}${comment}`);
  }
  reader.next();
  if (INSTRUCTIONS.has(word)) return parseInstruction(reader, word, prefixes, named);
  if (prefixes.length > 0) throw new AssemblerError(named, `instruction expected after a prefix, found '${word}'`);
  const data = /^(d|res)([bwdqto])$/.exec(word);
  if (data?.[1] === "d") return { kind: "data", size: DATA[data[2]], items: parseItems(reader, DATA[data[2]], 0) };
  let body: Body;
  if (data) body = { kind: "reserve", size: DATA[data[2]], count: parseExpression(reader) };
  else if (word === "equ") body = { kind: "equ", value: parseExpression(reader) };
  else if (word === "incbin") body = parseIncbin(reader);
  else if (DIRECTIVES.has(word)) {
    body = { kind: "directive", name: word, tokens: reader.tokens.slice(reader.at) };
    reader.at = reader.tokens.length;
  } else throw unknownInstruction(word, named, suggest);
  reader.expectEnd();
  return body;
}

function parseInstruction(reader: Reader, name: string, prefixes: string[], position: Position): Instruction {
  const operands: ParsedOperand[] = [];
  if (!reader.atEnd()) {
    do operands.push(parseOperand(reader));
    while (reader.take(","));
  }
  if (!reader.atEnd()) reader.fail(`',' or end of line expected, found ${reader.describe()}`);
  return { kind: "instruction", name, prefixes, operands, position };
}

function parseIncbin(reader: Reader): Body {
  const token = reader.next();
  if (token?.kind !== "string") return reader.fail("incbin needs a file name in quotes");
  const skip = reader.take(",") ? parseExpression(reader) : undefined;
  const length = reader.take(",") ? parseExpression(reader) : undefined;
  return { kind: "incbin", path: stringBytes(token), skip, length };
}

// Data

const MAX_DUP_DEPTH = 50;

function parseItems(reader: Reader, size: number, depth: number): DataItem[] {
  if (depth > MAX_DUP_DEPTH) reader.fail("dup is nested too deeply");
  const items: DataItem[] = [];
  do {
    // A comma at the end is forgiven.
    if (reader.atEnd() && items.length > 0) break;
    items.push(...parseItem(reader, size, depth));
  } while (reader.take(","));
  if (depth === 0) reader.expectEnd();
  return items;
}

function parseItem(reader: Reader, size: number, depth: number): DataItem[] {
  const position = reader.position();
  const token = reader.peek();
  if (reader.is("?")) {
    reader.next();
    return [{ kind: "reserve" }];
  }
  if (token?.kind === "string" && endsItem(reader, 1)) {
    reader.next();
    return [{ kind: "bytes", bytes: paddedString(stringBytes(token), size) }];
  }
  const float = parseFloatItem(reader, size);
  if (float) return [{ kind: "bytes", bytes: float }];
  const expression = parseExpression(reader);
  if (!reader.takeWord("dup")) {
    if (size === 16 || size === 10) reader.fail(`${size} bytes take a floating-point number or a string`);
    return [{ kind: "value", expression, position }];
  }
  if (reader.takeWord({ 1: "byte", 2: "word", 4: "dword", 8: "qword" }[size] ?? "") || reader.is("(")) {
    reader.expect("(", "after dup");
    const items = parseItems(reader, size, depth + 1);
    reader.expect(")", "after what dup repeats");
    return [{ kind: "repeat", count: expression, items, position }];
  }
  return [{ kind: "repeat", count: expression, items: parseItem(reader, size, depth + 1), position }];
}

function endsItem(reader: Reader, ahead: number): boolean {
  return reader.peek(ahead) === undefined || reader.is(",", ahead) || reader.is(")", ahead);
}

function paddedString(bytes: string, size: number): Uint8Array {
  const padded = new Uint8Array(Math.ceil(bytes.length / size) * size);
  for (let i = 0; i < bytes.length; i++) padded[i] = bytes.charCodeAt(i);
  return padded;
}

function parseFloatItem(reader: Reader, size: number): Uint8Array | undefined {
  const signed = reader.is("-") || reader.is("+");
  const token = reader.peek(signed ? 1 : 0);
  const isNumber =
    (token?.kind === "number" && isFloat(token.text)) || (token?.kind === "name" && isSpecialFloat(token.text));
  if (!token || !isNumber || !endsItem(reader, signed ? 2 : 1)) return undefined;
  const bytes = floatBytes(token.text, reader.is("-"), size);
  if (!bytes) reader.fail(`no floating-point number of ${size} byte${size === 1 ? "" : "s"}: '${token.text}'`);
  reader.at += signed ? 2 : 1;
  return bytes;
}

const DATA_WORDS = ["db", "dw", "dd", "dq", "resb", "resw", "resd", "equ", "incbin", "times"];

function unknownInstruction(word: string, position: Position, suggest: boolean): AssemblerError {
  const known = [...INSTRUCTIONS, ...DIRECTIVES, ...DATA_WORDS];
  const help = gnuWord(word) ?? (suggest ? suggestion(word.toLowerCase(), known) : "");
  return new AssemblerError(position, `unknown instruction '${word}'${help}`);
}
