// Intel syntax (`.intel_syntax`): operands `DWORD PTR sym[ebx+ecx*4+8]`, `OFFSET FLAT:sym`, `fs:[0]`, destination first, and the
// names of the instruction table as they are. The result has the shape that AT&T operands have.

import type { RegisterOperand } from "../../isa/instruction.ts";
import { constantOf, type Expression, type Names, parseTerm } from "./expression.ts";
import { type Meaning, plainMeaning } from "./mnemonics.ts";
import { type AttMemory, type AttOperand, REGISTERS, segmentNumber, stackRegister } from "./operands.ts";
import type { Tokens } from "./tokens.ts";

/** Bytes of what `… PTR` names. */
const POINTERS: ReadonlyMap<string, number> = new Map([
  ["byte", 1],
  ["word", 2],
  ["dword", 4],
  ["fword", 6],
  ["qword", 8],
  ["mmword", 8],
  ["tbyte", 10],
  ["xmmword", 16],
  ["oword", 16],
  ["far", 6],
]);
const BRANCH = /^(j|call|loop|xbegin)/;
const STRING = /^(movs|cmps|stos|lods|scas|ins|outs)([bwd]?)$/;
const STRING_BYTES: Readonly<Record<string, 1 | 2 | 4>> = { b: 1, w: 2, d: 4 };
const STRING_SUFFIX: Readonly<Record<number, string>> = { 1: "b", 2: "w", 4: "d" };
const MAX_DEPTH = 50;

/** What an Intel name means with these operands, or undefined when it is no instruction. */
export function intelMeaning(name: string, bits: 16 | 32, operands: readonly AttOperand[]): Meaning | undefined {
  const string = STRING.exec(name);
  const packed = operands.some((operand) => operand.kind === "register" && operand.register.class === "xmm");
  if (string && !packed && (string[2] !== "" || operands.length > 0)) {
    const memory = operands.find((operand) => operand.kind === "memory");
    const bytes = STRING_BYTES[string[2]] ?? (memory?.kind === "memory" ? memory.size : undefined);
    if (bytes !== 1 && bytes !== 2 && bytes !== 4) return undefined;
    return { mnemonic: string[1] + STRING_SUFFIX[bytes], size: bytes, string: true };
  }
  const [first] = operands;
  const far = operands.length === 2 || (first?.kind === "memory" && first.size === 6);
  if ((name === "jmp" || name === "call") && far) return { mnemonic: `${name}f` };
  if (operands.length === 0 && /^f(add|mul|subr?|divr?)$/.test(name)) return { mnemonic: `${name}p` };
  return plainMeaning(name, bits);
}

/** @param name the instruction's: for a jump or a call a bare symbol is where it goes, for others what is there */
export function parseIntelOperands(tokens: Tokens, names: Names, name: string): AttOperand[] {
  const operands: AttOperand[] = [];
  if (tokens.atEnd()) return operands;
  do operands.push(...parseOperand(tokens, names, BRANCH.test(name)));
  while (tokens.take(","));
  tokens.expectEnd();
  return operands;
}

/** What the parts of an operand add up to. */
interface Sum {
  base: RegisterOperand | undefined;
  index: RegisterOperand | undefined;
  scale: 1 | 2 | 4 | 8;
  displacement: Expression | undefined;
  segment: number;
  size: number;
  /** Something stood in brackets. */
  bracketed: boolean;
  /** `OFFSET`: the address itself is meant. */
  offset: boolean;
}

function parseOperand(tokens: Tokens, names: Names, branch: boolean): AttOperand[] {
  const position = tokens.position();
  const start = tokens.peek();
  const register = takeRegister(tokens);
  if (register && (tokens.atEnd() || tokens.isPunctuation(",")))
    return [{ kind: "register", register, indirect: branch, position }];
  tokens.rewind(start);
  const sum: Sum = {
    base: undefined,
    index: undefined,
    scale: 1,
    displacement: undefined,
    segment: -1,
    size: 0,
    bracketed: false,
    offset: false,
  };
  parseSum(tokens, names, sum, 0);
  if (tokens.take(":")) {
    // selector:offset
    const expression = parseTerm(tokens, names);
    return [
      { kind: "immediate", expression: sum.displacement ?? { kind: "number", value: 0n }, position },
      { kind: "immediate", expression, position },
    ];
  }
  const isAddress = sum.bracketed || sum.base || sum.index || sum.segment >= 0 || sum.size !== 0;
  const isConstant = sum.displacement !== undefined && constantOf(sum.displacement, "now") !== undefined;
  if (!isAddress && sum.displacement && (sum.offset || (isConstant && !branch)))
    return [{ kind: "immediate", expression: sum.displacement, position }];
  return [{ ...memoryOf(sum, tokens, branch && Boolean(isAddress)), position }];
}

function memoryOf(sum: Sum, tokens: Tokens, indirect: boolean): AttMemory {
  let { base, index } = sum;
  // The stack pointer can't be an index, so it was meant as the base.
  if (index?.index === 4 && sum.scale === 1 && index.class !== "r8") [base, index] = [index, base];
  let addressSize: 16 | 32 | undefined;
  for (const register of [base, index]) {
    if (!register) continue;
    const size = register.class === "r32" ? 32 : register.class === "r16" ? 16 : undefined;
    if (!size || (addressSize && addressSize !== size))
      return tokens.fail("a base and an index are general registers of the same size, 16 or 32 bits");
    addressSize = size;
  }
  return {
    kind: "memory",
    displacement: sum.displacement,
    base: base?.index ?? -1,
    index: index?.index ?? -1,
    scale: sum.scale,
    addressSize,
    segment: sum.segment,
    indirect,
    size: sum.size,
  };
}

/** Terms that are added; side by side counts as added (`sym[eax]`, `4[esp]`). */
function parseSum(tokens: Tokens, names: Names, sum: Sum, depth: number): void {
  if (depth > MAX_DEPTH) tokens.fail("brackets are nested too deeply");
  parsePrefixes(tokens, sum);
  let negative = tokens.take("-");
  for (;;) {
    parseSummand(tokens, names, sum, negative, depth);
    if (tokens.take("+")) negative = tokens.take("-");
    else if (tokens.take("-")) negative = true;
    else if (tokens.isPunctuation("[")) negative = false;
    else return;
  }
}

/** `DWORD PTR`, `OFFSET FLAT:`, `SHORT` and segments, as many as there are. */
function parsePrefixes(tokens: Tokens, sum: Sum): void {
  for (;;) {
    const start = tokens.peek();
    const percent = tokens.take("%");
    const token = tokens.peek();
    if (token.kind !== "name") {
      tokens.rewind(start);
      return;
    }
    const word = token.text.toLowerCase();
    const pointer = POINTERS.get(word);
    const segment = segmentNumber(word);
    if (segment >= 0 && tokens.isFollowedBy(/^ *:/)) {
      tokens.next();
      tokens.expect(":", "after the segment register");
      sum.segment = segment;
    } else if (percent) {
      tokens.rewind(start);
      return;
    } else if (pointer !== undefined && tokens.isFollowedBy(/^ +ptr\b/i)) {
      tokens.next();
      tokens.next();
      sum.size = pointer;
    } else if (word === "offset") {
      tokens.next();
      sum.offset = true;
    } else if (word === "flat" && tokens.isFollowedBy(/^ *:/)) {
      tokens.next();
      tokens.expect(":", "after FLAT");
    } else if ((word === "short" || word === "near") && tokens.isFollowedBy(/^ +[\w.$]/)) {
      tokens.next();
      if (/^ptr$/i.test(nameOf(tokens))) tokens.next();
    } else return;
  }
}

function nameOf(tokens: Tokens): string {
  const token = tokens.peek();
  return token.kind === "name" ? token.text : "";
}

function parseSummand(tokens: Tokens, names: Names, sum: Sum, negative: boolean, depth: number): void {
  if (tokens.take("[")) {
    sum.bracketed = true;
    parseSum(tokens, names, sum, depth + 1);
    tokens.expect("]", "after the address");
    return;
  }
  parsePrefixes(tokens, sum);
  if (tokens.isPunctuation("[")) return;
  const position = tokens.position();
  const start = tokens.peek();
  const register = takeRegister(tokens);
  if (register) {
    if (negative) tokens.fail("a register can't be subtracted");
    addRegister(tokens, sum, register, tokens.take("*") ? parseScale(tokens) : undefined);
    return;
  }
  if (start.kind === "number") {
    tokens.next();
    const scaled = tokens.take("*") ? takeRegister(tokens) : undefined;
    if (scaled && !negative) {
      addRegister(tokens, sum, scaled, scaleOf(tokens, start.value));
      return;
    }
    tokens.rewind(start);
  }
  const term = parseTerm(tokens, names);
  if (!sum.displacement && !negative) sum.displacement = term;
  else {
    const left = sum.displacement ?? { kind: "number", value: 0n };
    sum.displacement = { kind: "binary", operator: negative ? "-" : "+", left, right: term, position };
  }
}

function addRegister(tokens: Tokens, sum: Sum, register: RegisterOperand, scale: 1 | 2 | 4 | 8 | undefined): void {
  if (scale === undefined && !sum.base) sum.base = register;
  else if (!sum.index) {
    sum.index = register;
    sum.scale = scale ?? 1;
  } else if (scale === undefined || sum.base) tokens.fail("an address has at most one base and one index");
}

function parseScale(tokens: Tokens): 1 | 2 | 4 | 8 {
  const token = tokens.next();
  return scaleOf(tokens, token.kind === "number" ? token.value : 0n);
}

function scaleOf(tokens: Tokens, value: bigint): 1 | 2 | 4 | 8 {
  const scale = Number(value);
  return scale === 1 || scale === 2 || scale === 4 || scale === 8 ? scale : tokens.fail("scale 1, 2, 4 or 8 expected");
}

/** A register, with or without %, unless it is a segment before a colon. */
function takeRegister(tokens: Tokens): RegisterOperand | undefined {
  const start = tokens.peek();
  tokens.take("%");
  const token = tokens.peek();
  if (token.kind === "name") {
    const name = token.text.toLowerCase();
    if (name === "st") {
      tokens.next();
      return stackRegister(tokens);
    }
    const register = REGISTERS.get(name);
    if (register && !(register.class === "sreg" && tokens.isFollowedBy(/^ *:/))) {
      tokens.next();
      return register;
    }
  }
  tokens.rewind(start);
  return undefined;
}
