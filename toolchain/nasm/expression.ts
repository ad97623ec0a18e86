// NASM expressions: parsed once, evaluated in every pass. A value is a constant plus multiples of segments and registers, so that
// the same arithmetic makes `label - $$ + 4` a number and `ebx + esi*4 + label` an address.
// Source: the NASM manual, section 3.5.

import { AssemblerError, type Position } from "../asm/error.ts";
import { floatFunction, isFloat, parseInteger } from "./numbers.ts";
import { REGISTERS, type Register } from "./registers.ts";
import { stringBytes, stringNumber, type Token } from "./tokens.ts";

/** Something whose address only output or the linker knows: a section, or a symbol of another file. */
export interface Segment {
  kind: "section" | "extern" | "common";
  name: string;
}

export interface Term {
  what: Segment | Register;
  factor: number;
  /** Written with `*`: a register that is meant as index. */
  multiplied?: boolean;
}

export interface Value {
  /** 64 bits, signed. */
  constant: bigint;
  terms: readonly Term[];
  /** Depends on a symbol that no pass has defined yet. */
  unknown: boolean;
  /** Numbers were added up: then NASM no longer cares which register of an address was written first. */
  summed?: boolean;
}

export type Expression =
  | { kind: "number"; value: Value }
  | { kind: "symbol"; name: string; position: Position }
  | { kind: "here" }
  | { kind: "base" }
  | { kind: "unary"; operator: string; operand: Expression; position: Position }
  | { kind: "binary"; operator: string; left: Expression; right: Expression; position: Position }
  | { kind: "choice"; condition: Expression; yes: Expression; no: Expression; position: Position };

/** What evaluation needs to know about the place where the expression stands. */
export interface Scope {
  symbol(name: string, position: Position): Value;
  here(): Value;
  /** The start of the section: `$$`. */
  base(): Value;
}

const NO_TERMS: readonly Term[] = [];

export function constant(value: bigint | number): Value {
  return { constant: BigInt.asIntN(64, BigInt(value)), terms: NO_TERMS, unknown: false };
}

export const UNKNOWN: Value = { constant: 1n, terms: NO_TERMS, unknown: true };

export function isSimple(value: Value): boolean {
  return value.terms.length === 0;
}

export function isSegment(what: Term["what"]): what is Segment {
  return what.kind !== "register";
}

/** Reads tokens (without white space) one after the other; errors know their column. */
export class Reader {
  at = 0;

  constructor(
    readonly tokens: readonly Token[],
    readonly origin: Position,
  ) {}

  peek(ahead = 0): Token | undefined {
    return this.tokens[this.at + ahead];
  }

  next(): Token | undefined {
    return this.tokens[this.at++];
  }

  is(text: string, ahead = 0): boolean {
    const token = this.tokens[this.at + ahead];
    return token !== undefined && token.text === text && token.kind === "punctuation";
  }

  /** The next word in lower case, or "" when it is none. */
  word(ahead = 0): string {
    const token = this.tokens[this.at + ahead];
    return token?.kind === "name" ? token.text.toLowerCase() : "";
  }

  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  takeWord(word: string): boolean {
    if (this.word() !== word) return false;
    this.at++;
    return true;
  }

  expect(text: string, where: string): void {
    if (!this.take(text)) this.fail(`'${text}' expected ${where}, found ${this.describe()}`);
  }

  expectEnd(): void {
    if (!this.atEnd()) this.fail(`end of line expected, found ${this.describe()}`);
  }

  atEnd(): boolean {
    return this.at >= this.tokens.length;
  }

  position(): Position {
    const last = this.tokens.at(-1);
    const column = this.peek()?.column ?? (last ? last.column + last.text.length : this.origin.column);
    return { ...this.origin, column };
  }

  describe(): string {
    const token = this.peek();
    return token ? `'${token.text}'` : "end of line";
  }

  fail(reason: string): never {
    throw new AssemblerError(this.position(), reason);
  }
}

/** Binary operators, loosest first. */
const LEVELS: readonly ReadonlySet<string>[] = [
  new Set(["||"]),
  new Set(["^^"]),
  new Set(["&&"]),
  new Set(["=", "==", "<>", "!=", "<", ">", "<=", ">=", "<=>"]),
  new Set(["|"]),
  new Set(["^"]),
  new Set(["&"]),
  new Set(["<<", ">>", "<<<", ">>>"]),
  new Set(["+", "-"]),
  new Set(["*", "/", "//", "%", "%%"]),
];
const LEVEL_OF: ReadonlyMap<string, number> = new Map(
  LEVELS.flatMap((operators, level) => [...operators].map((operator): [string, number] => [operator, level])),
);

const MAX_DEPTH = 200;

export function parseExpression(reader: Reader, depth = 0): Expression {
  const condition = parseBinary(reader, 0, depth);
  if (!reader.is("?")) return condition;
  const position = reader.position();
  reader.next();
  const yes = parseExpression(reader, depth + 1);
  reader.expect(":", "between the two values of '?'");
  const no = parseExpression(reader, depth + 1);
  return { kind: "choice", condition, yes, no, position };
}

function parseBinary(reader: Reader, lowest: number, depth: number): Expression {
  let left = parseUnary(reader, depth + 1);
  for (;;) {
    const token = reader.peek();
    if (token?.kind === "name" && token.text.toLowerCase() === "wrt") reader.fail("'wrt' is not supported");
    const level = token?.kind === "punctuation" ? LEVEL_OF.get(token.text) : undefined;
    if (!token || level === undefined || level < lowest) return left;
    const position = reader.position();
    reader.next();
    const right = parseBinary(reader, level + 1, depth + 1);
    left = fold({ kind: "binary", operator: token.text, left, right, position });
  }
}

/** `__?float32?__(1.5)`, `__?ilog2e?__(64)`; undefined for a name that is no function. */
function parseFunction(reader: Reader, name: string, position: Position, depth: number): Expression | undefined {
  const bits = floatFunction(name);
  const logarithm = /^__\?(ilog2[ewfc]?)\?__$/.exec(name)?.[1];
  if (!bits && logarithm === undefined) return undefined;
  reader.expect("(", "after the function");
  let result: Expression;
  if (bits) {
    const negative = reader.is("-");
    if (negative || reader.is("+")) reader.next();
    const number = reader.next();
    const value = number && bits(number.text, negative);
    if (value === undefined) reader.fail(`${name} takes a floating-point number`);
    result = { kind: "number", value: constant(value) };
  } else {
    const operand = parseExpression(reader, depth + 1);
    result = fold({ kind: "unary", operator: logarithm === "ilog2" ? "ilog2e" : (logarithm ?? ""), operand, position });
  }
  reader.expect(")", "after the argument");
  return result;
}

function parseUnary(reader: Reader, depth: number): Expression {
  if (depth > MAX_DEPTH) reader.fail("expression is nested too deeply");
  const token = reader.peek();
  const position = reader.position();
  switch (token?.kind) {
    case "number": {
      const value = parseInteger(token.text);
      if (value === undefined)
        reader.fail(
          isFloat(token.text) ? "a floating-point number can't be part of an expression" : `no number: '${token.text}'`,
        );
      reader.next();
      return { kind: "number", value: constant(value) };
    }
    case "string":
      reader.next();
      return { kind: "number", value: constant(stringNumber(stringBytes(token))) };
    case "name": {
      const word = token.text.toLowerCase();
      if (word === "seg") reader.fail("'seg' is not supported: the output formats know no segment bases");
      reader.next();
      const called = reader.is("(") ? parseFunction(reader, token.text, position, depth) : undefined;
      if (called) return called;
      const register = REGISTERS.get(word);
      if (register)
        return { kind: "number", value: { constant: 0n, terms: [{ what: register, factor: 1 }], unknown: false } };
      return { kind: "symbol", name: token.text.startsWith("$") ? token.text.slice(1) : token.text, position };
    }
    case "punctuation":
      switch (token.text) {
        case "$":
          reader.next();
          return { kind: "here" };
        case "$$":
          reader.next();
          return { kind: "base" };
        case "(": {
          reader.next();
          const inner = parseExpression(reader, depth + 1);
          reader.expect(")", "after the expression");
          return inner;
        }
        case "-":
        case "+":
        case "~":
        case "!": {
          reader.next();
          const operand = parseUnary(reader, depth + 1);
          return token.text === "+" ? operand : fold({ kind: "unary", operator: token.text, operand, position });
        }
      }
  }
  const isMarked = token?.text.startsWith("%") === true && REGISTERS.has(token.text.slice(1).toLowerCase());
  const help = isMarked ? "; registers are written without '%'" : "";
  return reader.fail(`expression expected, found ${reader.describe()}${help}`);
}

/** Constants are reckoned once. */
function fold(expression: Expression): Expression {
  const ready =
    expression.kind === "unary"
      ? expression.operand.kind === "number"
      : expression.kind === "binary" && expression.left.kind === "number" && expression.right.kind === "number";
  return ready ? { kind: "number", value: evaluate(expression, NOWHERE) } : expression;
}

const NOWHERE: Scope = { symbol: () => UNKNOWN, here: () => UNKNOWN, base: () => UNKNOWN };

/** @throws AssemblerError when an operator can't be applied to what its operands come to */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "symbol":
      return scope.symbol(expression.name, expression.position);
    case "here":
      return scope.here();
    case "base":
      return scope.base();
    case "unary": {
      const operand = evaluate(expression.operand, scope);
      if (expression.operator === "-") return multiply(operand, -1n);
      if (operand.unknown) return UNKNOWN;
      needConstant(operand, expression.operator, expression.position);
      if (expression.operator.startsWith("ilog2"))
        return constant(logarithm(expression.operator, operand.constant, expression.position));
      return constant(expression.operator === "~" ? ~operand.constant : operand.constant === 0n ? 1n : 0n);
    }
    case "binary":
      return binary(
        expression.operator,
        evaluate(expression.left, scope),
        evaluate(expression.right, scope),
        expression.position,
      );
    case "choice": {
      const condition = evaluate(expression.condition, scope);
      if (condition.unknown) return UNKNOWN;
      needConstant(condition, "?", expression.position);
      return evaluate(condition.constant !== 0n ? expression.yes : expression.no, scope);
    }
  }
}

/** To base 2. Of what is no power of two `c` rounds up, `f` and `w` round down, and `e` has none. */
function logarithm(operator: string, value: bigint, position: Position): bigint {
  const unsigned = BigInt.asUintN(64, value);
  const floor = unsigned === 0n ? 0n : BigInt(unsigned.toString(2).length - 1);
  const exact = unsigned === 1n << floor;
  if (operator === "ilog2e" && !exact) throw new AssemblerError(position, `ilog2: ${value} is no power of two`);
  return operator === "ilog2c" && !exact && unsigned !== 0n ? floor + 1n : floor;
}

function binary(operator: string, left: Value, right: Value, position: Position): Value {
  switch (operator) {
    case "+":
      return add(left, right);
    case "-":
      return add(left, multiply(right, -1n));
    case "*":
      if (left.unknown || right.unknown)
        return isSimple(left) && isSimple(right) ? UNKNOWN : { ...left, unknown: true };
      if (isSimple(left)) return multiply(right, left.constant, true);
      if (isSimple(right)) return multiply(left, right.constant, true);
      throw new AssemblerError(position, "'*' needs a constant on one side");
  }
  if (left.unknown || right.unknown) return UNKNOWN;
  if (LEVELS[3].has(operator)) {
    const difference = add(left, multiply(right, -1n));
    if (isSimple(difference)) return constant(compare(operator, left, right, difference.constant));
  }
  needConstant(left, operator, position);
  needConstant(right, operator, position);
  return constant(calculate(operator, left.constant, right.constant, position));
}

/** Of two addresses in one segment the distance counts, of constants their order. */
function compare(operator: string, left: Value, right: Value, difference: bigint): bigint {
  const order = isSimple(left) && isSimple(right) ? sign(left.constant, right.constant) : sign(difference, 0n);
  const truth = (condition: boolean) => (condition ? 1n : 0n);
  switch (operator) {
    case "=":
    case "==":
      return truth(order === 0);
    case "<>":
    case "!=":
      return truth(order !== 0);
    case "<":
      return truth(order < 0);
    case ">":
      return truth(order > 0);
    case "<=":
      return truth(order <= 0);
    case ">=":
      return truth(order >= 0);
    default:
      return BigInt(order);
  }
}

function sign(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function calculate(operator: string, left: bigint, right: bigint, position: Position): bigint {
  const truth = (condition: boolean) => (condition ? 1n : 0n);
  const unsigned = (value: bigint) => BigInt.asUintN(64, value);
  switch (operator) {
    case "||":
      return truth(left !== 0n || right !== 0n);
    case "^^":
      return truth((left !== 0n) !== (right !== 0n));
    case "&&":
      return truth(left !== 0n && right !== 0n);
    case "|":
      return left | right;
    case "^":
      return left ^ right;
    case "&":
      return left & right;
    case "<<":
    case "<<<":
      return right < 0n || right > 63n ? 0n : left << right;
    case ">>":
      return right < 0n || right > 63n ? 0n : unsigned(left) >> right;
    case ">>>":
      return right < 0n || right > 63n ? (left < 0n ? -1n : 0n) : left >> right;
    default:
      if (right === 0n) throw new AssemblerError(position, "division by zero");
      switch (operator) {
        case "/":
          return unsigned(left) / unsigned(right);
        case "%":
          return unsigned(left) % unsigned(right);
        case "//":
          return left / right;
        default:
          return left % right;
      }
  }
}

function needConstant(value: Value, operator: string, position: Position): void {
  if (!isSimple(value))
    throw new AssemblerError(position, `'${operator}' needs constants, and an address or register is none`);
}

export function add(left: Value, right: Value): Value {
  const unknown = left.unknown || right.unknown;
  const sum = BigInt.asIntN(64, left.constant + right.constant);
  let summed = left.summed || right.summed || (sum !== 0n && hasNumber(left) && hasNumber(right));
  if (right.terms.length === 0) return { constant: sum, terms: left.terms, unknown, summed };
  if (left.terms.length === 0) return { constant: sum, terms: right.terms, unknown, summed };
  const terms = left.terms.map((term) => ({ ...term }));
  for (const { what, factor, multiplied } of right.terms) {
    const same = terms.find((term) => term.what === what);
    if (same) {
      same.factor += factor;
      if (same.factor !== 0) summed = true;
    } else terms.push({ what, factor, multiplied });
  }
  return { constant: sum, terms: terms.filter((term) => term.factor !== 0), unknown, summed };
}

/** Whether a number or label is part of the sum, not only registers. */
function hasNumber(value: Value): boolean {
  return value.constant !== 0n || value.terms.every((term) => isSegment(term.what));
}

function multiply(value: Value, by: bigint, multiplied = false): Value {
  const factor = Number(BigInt.asIntN(32, by));
  const terms =
    factor === 0 || isSimple(value)
      ? NO_TERMS
      : value.terms.map((term) => ({ what: term.what, factor: term.factor * factor, multiplied }));
  return { constant: BigInt.asIntN(64, value.constant * by), terms, unknown: value.unknown };
}
