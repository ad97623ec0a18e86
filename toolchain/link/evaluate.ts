// The value of a linker-script expression: 32-bit unsigned arithmetic, and whether the result is an address or a plain number.

import type { OutputSection } from "./placement.ts";
import type { ScriptExpression } from "./script.ts";

export interface EvaluationState {
  /** The location counter, as an address. */
  dot: number;
  /** The output section whose contents are being laid out. */
  current: OutputSection | undefined;
  section(name: string): OutputSection | undefined;
  isDefined(name: string): boolean;
  /** A reference: a PROVIDE of that name takes effect. */
  symbolAddress(name: string): { address: number; isAddress: boolean } | undefined;
  /** Notes a problem; evaluation goes on with 0. */
  problem(text: string): void;
}

export interface Result {
  value: number;
  /** A place in memory. In an output section `. = number` counts from the section's start, `. = address` does not. */
  isAddress: boolean;
}

const PAGE_SIZE = 0x1000;

export function evaluate(expression: ScriptExpression, state: EvaluationState): Result {
  switch (expression.kind) {
    case "number":
      return { value: expression.value >>> 0, isAddress: false };
    case "symbol": {
      if (expression.name === ".") return { value: state.dot >>> 0, isAddress: true };
      const found = state.symbolAddress(expression.name);
      if (!found) state.problem(`${expression.where}: undefined symbol '${expression.name}'`);
      return found ? { value: found.address >>> 0, isAddress: found.isAddress } : { value: 0, isAddress: false };
    }
    case "unary": {
      const { value, isAddress } = evaluate(expression.operand, state);
      if (expression.operator === "+") return { value, isAddress };
      if (expression.operator === "!") return { value: value === 0 ? 1 : 0, isAddress: false };
      return { value: (expression.operator === "-" ? -value : ~value) >>> 0, isAddress: false };
    }
    case "binary":
      return binary(expression, state);
    case "choice":
      return evaluate(evaluate(expression.condition, state).value !== 0 ? expression.yes : expression.no, state);
    case "call":
      return call(expression, state);
  }
}

function binary(expression: ScriptExpression & { kind: "binary" }, state: EvaluationState): Result {
  const left = evaluate(expression.left, state);
  const right = evaluate(expression.right, state);
  const number = (value: number): Result => ({ value: value >>> 0, isAddress: false });
  const truth = (condition: boolean): Result => number(condition ? 1 : 0);
  const isAddress = left.isAddress !== right.isAddress;
  const a = left.value;
  const b = right.value;
  switch (expression.operator) {
    case "+":
      return { value: (a + b) >>> 0, isAddress };
    case "-":
      return { value: (a - b) >>> 0, isAddress };
    case "&":
      return { value: (a & b) >>> 0, isAddress };
    case "|":
      return { value: (a | b) >>> 0, isAddress };
    case "^":
      return number(a ^ b);
    case "*":
      return number(Math.imul(a, b));
    case "/":
    case "%":
      if (b === 0) {
        state.problem(`${expression.where}: division by zero`);
        return number(0);
      }
      return number(expression.operator === "/" ? Math.floor(a / b) : a % b);
    case "<<":
      return number(b > 31 ? 0 : a << b);
    case ">>":
      return number(b > 31 ? 0 : a >>> b);
    case "==":
      return truth(a === b);
    case "!=":
      return truth(a !== b);
    case "<":
      return truth(a < b);
    case ">":
      return truth(a > b);
    case "<=":
      return truth(a <= b);
    case ">=":
      return truth(a >= b);
    case "&&":
      return truth(a !== 0 && b !== 0);
    default:
      return truth(a !== 0 || b !== 0);
  }
}

function call(expression: ScriptExpression & { kind: "call" }, state: EvaluationState): Result {
  const { function: name, where } = expression;
  const values = expression.arguments.map((argument) => evaluate(argument, state));
  const section = () => {
    const found = state.section(expression.name);
    if (!found) state.problem(`${where}: no section '${expression.name}'`);
    return found;
  };
  switch (name) {
    case "ALIGN": {
      const [base, align] = values.length === 1 ? [state.dot, values[0].value] : [values[0].value, values[1].value];
      if (align === 0 || (align & (align - 1)) !== 0) {
        state.problem(`${where}: alignment must be a power of two, not ${align}`);
        return { value: base, isAddress: true };
      }
      return { value: (Math.ceil(base / align) * align) >>> 0, isAddress: true };
    }
    case "ADDR":
      return { value: section()?.address ?? 0, isAddress: true };
    case "LOADADDR":
      return { value: section()?.loadAddress ?? 0, isAddress: false };
    case "SIZEOF":
      return { value: section()?.size ?? 0, isAddress: false };
    case "ALIGNOF":
      return { value: section()?.align ?? 1, isAddress: false };
    case "DEFINED":
      return { value: state.isDefined(expression.name) ? 1 : 0, isAddress: false };
    case "CONSTANT":
      if (expression.name !== "MAXPAGESIZE" && expression.name !== "COMMONPAGESIZE")
        state.problem(`${where}: no constant '${expression.name}'`);
      return { value: PAGE_SIZE, isAddress: false };
    case "SIZEOF_HEADERS":
      // The headers have a page of the file to themselves and are not loaded.
      return { value: 0, isAddress: false };
    case "MAX":
      return values[0].value >= values[1].value ? values[0] : values[1];
    case "MIN":
      return values[0].value <= values[1].value ? values[0] : values[1];
    default:
      // ABSOLUTE: addresses are absolute here already.
      return { value: values[0].value, isAddress: true };
  }
}
