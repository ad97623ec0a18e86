// AT&T operands: `$immediate`, `%register`, `segment:displacement(base,index,scale)`, and `*` before an indirect target.

import type { RegisterClass, RegisterOperand } from "../../isa/instruction.ts";
import { REGISTER_NAMES } from "../../isa/table.ts";
import { AssemblerError, type Position } from "./error.ts";
import { constantOf, type Expression, type Names, parseExpression } from "./expression.ts";
import type { Tokens } from "./tokens.ts";

export type AttOperand = { position: Position } & (
  | { kind: "immediate"; expression: Expression }
  | { kind: "register"; register: RegisterOperand; indirect: boolean }
  | AttMemory
);

export interface AttMemory {
  kind: "memory";
  displacement: Expression | undefined;
  /** Register numbers, -1 for none. */
  base: number;
  index: number;
  scale: 1 | 2 | 4 | 8;
  /** Size of the address registers; undefined without any. */
  addressSize: 16 | 32 | undefined;
  /** Number of the segment register given, or -1. */
  segment: number;
  indirect: boolean;
  /** Bytes of the data where Intel syntax says it. */
  size?: number;
}

export const REGISTERS: ReadonlyMap<string, RegisterOperand> = new Map(
  (Object.entries(REGISTER_NAMES) as [RegisterClass, readonly string[]][]).flatMap(([registerClass, names]) =>
    names.map((name, index): [string, RegisterOperand] => [name, { kind: "register", class: registerClass, index }]),
  ),
);

/** Debug registers are also written %db0–%db7. */
const DB = /^db([0-7])$/;

/** The number of a segment register's name, or -1. */
export function segmentNumber(name: string): number {
  return (REGISTER_NAMES.sreg as readonly string[]).indexOf(name);
}

export function parseOperands(tokens: Tokens, names: Names): AttOperand[] {
  const operands: AttOperand[] = [];
  if (tokens.atEnd()) return operands;
  do operands.push(parseOperand(tokens, names));
  while (tokens.take(","));
  if (!tokens.atEnd()) tokens.fail(`',' or the end of the statement expected, found ${tokens.describe()}`);
  return operands;
}

function parseOperand(tokens: Tokens, names: Names): AttOperand {
  const position = tokens.position();
  if (tokens.take("$")) return { kind: "immediate", expression: parseExpression(tokens, names), position };
  const indirect = tokens.take("*");
  const token = tokens.peek();
  if (token.kind === "name") names.opensOperand(token.text);
  if (tokens.isPunctuation("%")) {
    const register = parseRegister(tokens);
    if (register.class === "sreg" && tokens.take(":"))
      return { ...parseMemory(tokens, names, register.index, indirect), position };
    return { kind: "register", register, indirect, position };
  }
  return { ...parseMemory(tokens, names, -1, indirect), position };
}

function parseRegister(tokens: Tokens): RegisterOperand {
  const position = tokens.position();
  tokens.expect("%", "before a register");
  const token = tokens.next();
  const name = token.kind === "name" ? token.text.toLowerCase().replace(DB, "dr$1") : "";
  const register = name === "st" ? stackRegister(tokens) : REGISTERS.get(name);
  if (!register) throw new AssemblerError(position, `register expected after '%', found ${tokens.describe(token)}`);
  return register;
}

/** `st` is the top of the stack, `st(1)` the register below it. */
export function stackRegister(tokens: Tokens): RegisterOperand | undefined {
  if (!tokens.take("(")) return REGISTERS.get("st(0)");
  const token = tokens.next();
  const index = token.kind === "number" ? Number(token.value) : -1;
  tokens.expect(")", "after the number of the stack register");
  return REGISTERS.get(`st(${index})`);
}

/** Whether the parenthesis that is next opens base and index, not an expression. */
function opensAddress(tokens: Tokens): boolean {
  const open = tokens.peek();
  if (!tokens.take("(")) return false;
  const address = tokens.isPunctuation("%") || tokens.isPunctuation(",");
  tokens.rewind(open);
  return address;
}

function parseMemory(tokens: Tokens, names: Names, segment: number, indirect: boolean): AttMemory {
  const memory: AttMemory = {
    kind: "memory",
    displacement: undefined,
    base: -1,
    index: -1,
    scale: 1,
    addressSize: undefined,
    segment,
    indirect,
  };
  if (!opensAddress(tokens)) memory.displacement = parseExpression(tokens, names);
  if (!tokens.take("(")) return memory;
  const start = tokens.position();
  const base = tokens.isPunctuation("%") ? parseRegister(tokens) : undefined;
  let index: RegisterOperand | undefined;
  if (tokens.take(",")) {
    if (tokens.isPunctuation("%")) index = parseRegister(tokens);
    if (tokens.take(",")) memory.scale = parseScale(tokens, names);
  }
  tokens.expect(")", "after base, index and scale");
  for (const register of [base, index]) {
    if (!register) continue;
    const size = register.class === "r32" ? 32 : register.class === "r16" ? 16 : undefined;
    if (!size) throw new AssemblerError(start, "a base or index is a 16- or 32-bit general register");
    if (memory.addressSize && memory.addressSize !== size)
      throw new AssemblerError(start, "base and index are of different size");
    memory.addressSize = size;
  }
  memory.base = base?.index ?? -1;
  memory.index = index?.index ?? -1;
  return memory;
}

function parseScale(tokens: Tokens, names: Names): 1 | 2 | 4 | 8 {
  const position = tokens.position();
  switch (constantOf(parseExpression(tokens, names), "now")) {
    case 1n:
      return 1;
    case 2n:
      return 2;
    case 4n:
      return 4;
    case 8n:
      return 8;
    default:
      throw new AssemblerError(position, "scale 1, 2, 4 or 8 expected");
  }
}
