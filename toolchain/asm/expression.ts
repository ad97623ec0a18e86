// Expressions: parsed to a tree, evaluated to "symbol − symbol + constant" as far as things are known at that moment.
//
// Operators and their ranks are GNU as's: unary - ~ ! +; then * / % << >>; then | & ^; then + - and comparisons (true is -1);
// then &&; then ||. Arithmetic is 64-bit.

import { AssemblerError, type Position } from "./error.ts";
import { type LineMark, viewOf } from "./loc.ts";
import { GLOBAL_OFFSET_TABLE, isSuffix } from "./relocations.ts";
import { fixedDistance, type Location, offsetOf } from "./section.ts";
import type { AsmSymbol } from "./symbols.ts";
import type { Tokens } from "./tokens.ts";

export type Expression =
  | { kind: "number"; value: bigint }
  /** `suffix`: what stands behind an @, in capitals. `meaning`: what the symbol was set to when it was read here. */
  | { kind: "symbol"; symbol: AsmSymbol; position: Position; suffix?: string; meaning?: Expression }
  /** The number of a line-table row among those for its address: known when addresses are. */
  | { kind: "view"; mark: LineMark; position: Position }
  | { kind: "unary"; operator: string; operand: Expression; position: Position }
  | { kind: "binary"; operator: string; left: Expression; right: Expression; position: Position };

/** What an expression comes to: plus − minus + constant. */
export interface Value {
  constant: bigint;
  plus?: AsmSymbol;
  minus?: AsmSymbol;
  /** What the relocation is to be, as the symbol's suffix says. */
  suffix?: string;
}

/** What the parser needs to know about names. */
export interface Names {
  /** The symbol of that name, made (undefined) if need be. */
  reference(name: string, position: Position): AsmSymbol;
  /** Said of a name before it is read at the start of an operand. */
  opensOperand(name: string): void;
  /** The nearest `number:` label. */
  localLabel(number: number, forward: boolean, position: Position): AsmSymbol;
  /** A symbol for the present location: the value of `.`. */
  here(position: Position): AsmSymbol;
}

const RANKS: ReadonlyMap<string, number> = new Map([
  ["||", 1],
  ["&&", 2],
  ...["+", "-", "==", "<>", "!=", "<", ">", ">=", "<="].map((operator): [string, number] => [operator, 3]),
  ...["|", "&", "^"].map((operator): [string, number] => [operator, 4]),
  ...["*", "/", "%", "<<", ">>"].map((operator): [string, number] => [operator, 5]),
]);

const MAX_DEPTH = 200;
/** Those that have to do with the global offset table. */
const TABLE_SUFFIX = /^@(?:GOT\w*|\w*TPOFF|DTPOFF|TLS\w+)\b/i;

export function parseExpression(tokens: Tokens, names: Names): Expression {
  return parseBinary(tokens, names, 1, 0);
}

/** An expression without + and -, which the caller reads itself. */
export function parseTerm(tokens: Tokens, names: Names): Expression {
  return parseBinary(tokens, names, 4, 0);
}

function parseBinary(tokens: Tokens, names: Names, lowest: number, depth: number): Expression {
  if (depth > MAX_DEPTH) tokens.fail("expression is nested too deeply");
  let left = parseUnary(tokens, names, depth + 1);
  for (;;) {
    const token = tokens.peek();
    const rank = token.kind === "punctuation" ? RANKS.get(token.text) : undefined;
    if (token.kind !== "punctuation" || rank === undefined || rank < lowest) return left;
    const position = tokens.position();
    tokens.next();
    const right = parseBinary(tokens, names, rank + 1, depth + 1);
    left = fold({ kind: "binary", operator: token.text, left, right, position });
  }
}

function parseUnary(tokens: Tokens, names: Names, depth: number): Expression {
  if (depth > MAX_DEPTH) tokens.fail("expression is nested too deeply");
  const position = tokens.position();
  const token = tokens.peek();
  switch (token.kind) {
    case "number":
      tokens.next();
      return { kind: "number", value: BigInt.asIntN(64, token.value) };
    case "local":
      tokens.next();
      return { kind: "symbol", symbol: names.localLabel(token.number, token.forward, position), position };
    case "name":
    case "string": {
      if (token.kind === "name" && token.text === ".") {
        tokens.next();
        const here = names.here(position);
        return here.definition.kind === "equated" ? here.definition.value : { kind: "symbol", symbol: here, position };
      }
      // GNU as has a symbol for the table as soon as something asks for it, used or not.
      if (tokens.isFollowedBy(TABLE_SUFFIX)) names.reference(GLOBAL_OFFSET_TABLE, position);
      const symbol = names.reference(tokens.name("symbol"), position);
      if (tokens.isPunctuation("@")) {
        const suffix = takeSuffix(tokens);
        if (suffix) return { kind: "symbol", symbol, position, suffix };
      }
      // A name that already stands for a value means that value, whatever it is set to later.
      const meaning = symbol.definition.kind === "equated" ? symbol.definition.value : undefined;
      return meaning?.kind === "number" ? meaning : { kind: "symbol", symbol, position, meaning };
    }
    case "punctuation":
      if (token.text === "(" || token.text === "[") {
        tokens.next();
        const inner = parseBinary(tokens, names, 1, depth + 1);
        tokens.expect(token.text === "(" ? ")" : "]", "after the expression");
        return inner;
      }
      if (["-", "~", "!", "+"].includes(token.text)) {
        tokens.next();
        const operand = parseUnary(tokens, names, depth + 1);
        return token.text === "+" ? operand : fold({ kind: "unary", operator: token.text, operand, position });
      }
      break;
    case "end":
      break;
  }
  return tokens.fail(`expression expected, found ${tokens.describe()}`);
}

/** Takes `@GOTOFF` and its kin; another word after the @ stays. */
function takeSuffix(tokens: Tokens): string | undefined {
  const at = tokens.next();
  const word = tokens.peek();
  if (word.kind === "name" && isSuffix(word.text)) {
    tokens.next();
    return word.text.toUpperCase();
  }
  tokens.rewind(at);
  return undefined;
}

/** Keeps trees of constants from growing. */
function fold(expression: Expression): Expression {
  const constant =
    expression.kind === "unary"
      ? expression.operand.kind === "number"
      : expression.kind === "binary" && expression.left.kind === "number" && expression.right.kind === "number";
  if (!constant) return expression;
  return { kind: "number", value: evaluate(expression, "now").constant };
}

/**
 * @param when "now": while reading the source, when only distances within fixed bytes are known; "laid out": addresses are known
 * @throws AssemblerError when an operator can't be applied to what its operands come to
 */
export function evaluate(expression: Expression, when: "now" | "laid out"): Value {
  return new Evaluation(when).value(expression);
}

/** The value as a constant, or undefined while it is not one. */
export function constantOf(expression: Expression, when: "now" | "laid out"): bigint | undefined {
  if (expression.kind === "number") return expression.value;
  const value = tryEvaluate(expression, when);
  return value && !value.plus && !value.minus ? value.constant : undefined;
}

/** As `evaluate`, but undefined where the operands are not yet what the operators need. */
export function tryEvaluate(expression: Expression, when: "now" | "laid out"): Value | undefined {
  try {
    return evaluate(expression, when);
  } catch (error) {
    if (error instanceof AssemblerError && when === "now" && !isFinal(error)) return undefined;
    throw error;
  }
}

/** The other name of a place, plus a constant. */
export function aliasIn(expression: Expression): { symbol: AsmSymbol; constant: bigint } | undefined {
  if (expression.kind === "symbol") {
    const { symbol, suffix } = expression;
    return suffix === undefined && symbol.definition.kind === "equated" ? { symbol, constant: 0n } : undefined;
  }
  if (expression.kind !== "binary" || expression.right.kind !== "number") return undefined;
  if (expression.operator !== "+" && expression.operator !== "-") return undefined;
  const alias = aliasIn(expression.left);
  const constant = expression.operator === "+" ? expression.right.value : -expression.right.value;
  return alias && { symbol: alias.symbol, constant: alias.constant + constant };
}

const NOT_CONSTANT = "needs constants on both sides, and a symbol's address is none";

function isFinal(error: AssemblerError): boolean {
  return !error.reason.endsWith(NOT_CONSTANT);
}

class Evaluation {
  private readonly inside = new Set<AsmSymbol>();

  constructor(private readonly when: "now" | "laid out") {}

  value(expression: Expression): Value {
    switch (expression.kind) {
      case "number":
        return { constant: expression.value };
      case "symbol":
        if (expression.suffix !== undefined)
          return { constant: 0n, plus: expression.symbol, suffix: expression.suffix };
        if (expression.meaning) return this.value(expression.meaning);
        return this.symbol(expression.symbol, expression.position);
      case "view":
        if (this.when === "now") throw new AssemblerError(expression.position, `a view ${NOT_CONSTANT}`);
        return { constant: BigInt(viewOf(expression.mark)) };
      case "unary":
        return this.unary(expression.operator, this.value(expression.operand), expression.position);
      case "binary":
        return this.binary(
          expression.operator,
          this.value(expression.left),
          this.value(expression.right),
          expression.position,
        );
    }
  }

  private symbol(symbol: AsmSymbol, position: Position): Value {
    if (symbol.definition.kind !== "equated") return { constant: 0n, plus: symbol };
    if (this.inside.has(symbol)) throw new AssemblerError(position, `'${symbol.name}' is defined by itself`);
    this.inside.add(symbol);
    const value = this.value(symbol.definition.value);
    this.inside.delete(symbol);
    return value;
  }

  private unary(operator: string, value: Value, position: Position): Value {
    if (operator === "-") return { constant: wrap(-value.constant), plus: value.minus, minus: value.plus };
    this.needConstant(value, operator, position);
    return { constant: operator === "~" ? ~value.constant : value.constant === 0n ? 1n : 0n };
  }

  private binary(operator: string, left: Value, right: Value, position: Position): Value {
    if (operator === "+") return this.sum(left, right, position);
    if (operator === "-") return this.sum(left, this.unary("-", right, position), position);
    if (left.plus && right.plus && COMPARISONS.has(operator)) {
      const difference = this.sum(left, this.unary("-", right, position), position);
      if (!difference.plus && !difference.minus)
        return { constant: calculate(operator, difference.constant, 0n, position) };
    }
    this.needConstant(left, operator, position);
    this.needConstant(right, operator, position);
    return { constant: wrap(calculate(operator, left.constant, right.constant, position)) };
  }

  private sum(left: Value, right: Value, position: Position): Value {
    let constant = left.constant + right.constant;
    const plus = [left.plus, right.plus].filter((symbol) => symbol !== undefined);
    const minus = [left.minus, right.minus].filter((symbol) => symbol !== undefined);
    for (let i = plus.length - 1; i >= 0; i--) {
      for (let j = minus.length - 1; j >= 0; j--) {
        const distance = left.suffix || right.suffix ? undefined : this.distance(minus[j], plus[i]);
        if (distance === undefined) continue;
        constant += BigInt(distance);
        plus.splice(i, 1);
        minus.splice(j, 1);
        break;
      }
    }
    if (plus.length > 1 || minus.length > 1) throw new AssemblerError(position, `'+' or '-' ${NOT_CONSTANT}`);
    return { constant: wrap(constant), plus: plus[0], minus: minus[0], suffix: left.suffix ?? right.suffix };
  }

  private distance(from: AsmSymbol, to: AsmSymbol): number | undefined {
    if (from === to) return 0;
    const a = locationOf(from);
    const b = locationOf(to);
    if (!a || !b || a.section !== b.section) return undefined;
    return this.when === "laid out" ? offsetOf(b) - offsetOf(a) : fixedDistance(a, b);
  }

  private needConstant(value: Value, operator: string, position: Position): void {
    if (value.plus || value.minus) throw new AssemblerError(position, `'${operator}' ${NOT_CONSTANT}`);
  }
}

const COMPARISONS = new Set(["==", "<>", "!=", "<", ">", ">=", "<="]);

function locationOf(symbol: AsmSymbol): Location | undefined {
  return symbol.definition.kind === "label" ? symbol.definition.location : undefined;
}

function calculate(operator: string, left: bigint, right: bigint, position: Position): bigint {
  const truth = (condition: boolean) => (condition ? -1n : 0n);
  switch (operator) {
    case "*":
      return left * right;
    case "/":
    case "%":
      if (right === 0n) throw new AssemblerError(position, "division by zero");
      return operator === "/" ? left / right : left % right;
    case "<<":
      return right < 0n || right > 63n ? 0n : left << right;
    case ">>":
      return right < 0n || right > 63n ? 0n : BigInt.asUintN(64, left) >> right;
    case "|":
      return left | right;
    case "&":
      return left & right;
    case "^":
      return left ^ right;
    case "==":
      return truth(left === right);
    case "<>":
    case "!=":
      return truth(left !== right);
    case "<":
      return truth(left < right);
    case ">":
      return truth(left > right);
    case "<=":
      return truth(left <= right);
    case ">=":
      return truth(left >= right);
    case "&&":
      return left !== 0n && right !== 0n ? 1n : 0n;
    case "||":
      return left !== 0n || right !== 0n ? 1n : 0n;
    default:
      throw new AssemblerError(position, `operator '${operator}' expected to be known`);
  }
}

function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}
