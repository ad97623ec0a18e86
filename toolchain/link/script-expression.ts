// Expressions of linker scripts, parsed to a tree: C's operators and ranks, and the linker's functions.

import type { ScriptExpression } from "./script.ts";
import type { ScriptScanner } from "./script-scanner.ts";

const TAKES_NAME = new Set(["ADDR", "LOADADDR", "SIZEOF", "ALIGNOF", "DEFINED", "CONSTANT", "ORIGIN", "LENGTH"]);
/** How many values a function takes. */
const FUNCTIONS: ReadonlyMap<string, readonly number[]> = new Map([
  ["ALIGN", [1, 2]],
  ["BLOCK", [1]],
  ["NEXT", [1]],
  ["ABSOLUTE", [1]],
  ["LOG2CEIL", [1]],
  ["MAX", [2]],
  ["MIN", [2]],
  ["DATA_SEGMENT_ALIGN", [2]],
  ["DATA_SEGMENT_RELRO_END", [2]],
  ["DATA_SEGMENT_END", [1]],
]);
const RANKS: ReadonlyMap<string, number> = new Map([
  ["||", 1],
  ["&&", 2],
  ["|", 3],
  ["^", 4],
  ["&", 5],
  ["==", 6],
  ["!=", 6],
  ["<", 7],
  [">", 7],
  ["<=", 7],
  [">=", 7],
  ["<<", 8],
  [">>", 8],
  ["+", 9],
  ["-", 9],
  ["*", 10],
  ["/", 10],
  ["%", 10],
]);
const MAX_DEPTH = 100;

export class ExpressionParser {
  private depth = 0;

  constructor(private readonly scanner: ScriptScanner) {}

  expression(): ScriptExpression {
    if (++this.depth > MAX_DEPTH) this.scanner.fail("an expression that is nested less deeply");
    const condition = this.binary(1);
    let value = condition;
    if (this.scanner.take("?")) {
      const yes = this.expression();
      this.scanner.expect(":");
      value = { kind: "choice", condition, yes, no: this.expression() };
    }
    this.depth--;
    return value;
  }

  parenthesised(): ScriptExpression {
    this.scanner.expect("(");
    const value = this.expression();
    this.scanner.expect(")");
    return value;
  }

  /** `(condition, "message")`, behind the word ASSERT. */
  assertion(where: string): { kind: "assert"; condition: ScriptExpression; message: string; where: string } {
    const { scanner } = this;
    scanner.expect("(");
    const condition = this.expression();
    scanner.expect(",");
    const message = scanner.pattern() ?? scanner.fail("a message in quotes");
    scanner.expect(")");
    return { kind: "assert", condition, message, where };
  }

  private binary(lowest: number): ScriptExpression {
    const { scanner } = this;
    let left = this.unary();
    for (;;) {
      const operator = scanner.operator() ?? "";
      const rank = RANKS.get(operator);
      if (rank === undefined || rank < lowest) return left;
      const where = scanner.where();
      scanner.take(operator);
      left = { kind: "binary", operator, left, right: this.binary(rank + 1), where };
    }
  }

  private unary(): ScriptExpression {
    const { scanner } = this;
    if (++this.depth > MAX_DEPTH) scanner.fail("an expression that is nested less deeply");
    try {
      for (const operator of ["-", "~", "!", "+"]) {
        if (scanner.take(operator)) return { kind: "unary", operator, operand: this.unary() };
      }
      if (scanner.operator() === "(") return this.parenthesised();
      const number = scanner.number();
      if (number !== undefined) return { kind: "number", value: number };
      return this.nameOrCall();
    } finally {
      this.depth--;
    }
  }

  private nameOrCall(): ScriptExpression {
    const { scanner } = this;
    const where = scanner.where();
    const quoted = scanner.isQuote();
    const name = scanner.name() ?? scanner.fail("an expression");
    if (quoted) return { kind: "symbol", name, where };
    if (name === "SIZEOF_HEADERS" || name === "sizeof_headers")
      return { kind: "call", function: "SIZEOF_HEADERS", name: "", arguments: [], where };
    if (name === "ASSERT" && scanner.operator() === "(") return this.assertion(where);
    if (name === "SEGMENT_START" && scanner.take("(")) {
      const about = scanner.pattern() ?? scanner.fail("a segment's name");
      scanner.expect(",");
      const fallback = this.expression();
      scanner.expect(")");
      return { kind: "call", function: name, name: about, arguments: [fallback], where };
    }
    if ((TAKES_NAME.has(name) || FUNCTIONS.has(name)) && scanner.take("(")) return this.call(name, where);
    return { kind: "symbol", name, where };
  }

  private call(name: string, where: string): ScriptExpression {
    const { scanner } = this;
    if (TAKES_NAME.has(name)) {
      const about = scanner.pattern() ?? scanner.fail("a name");
      scanner.expect(")");
      return { kind: "call", function: name, name: about, arguments: [], where };
    }
    const values = [this.expression()];
    while (scanner.take(",")) values.push(this.expression());
    const counts = FUNCTIONS.get(name) ?? [];
    if (!counts.includes(values.length)) scanner.fail(`${counts.join(" or ")} values for ${name}`);
    scanner.expect(")");
    return { kind: "call", function: name === "BLOCK" ? "ALIGN" : name, name: "", arguments: values, where };
  }
}
