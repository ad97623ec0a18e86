// The value of a linker-script expression: 32-bit unsigned arithmetic, and whether the result is an address or a plain number.

import * as elf from "../../formats/elf32.ts";
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
  /** ORIGIN and LENGTH of a memory region. */
  region(name: string): { origin: number; length: number } | undefined;
  /** An address that the command line gives to a segment ("text-segment"). */
  segmentStart(name: string): number | undefined;
  readonly maxPageSize: number;
  /** The size of the file's headers, as far as it is known. */
  readonly headersSize: number;
  /** The DATA_SEGMENT functions: where data starts, where read-only-after-start-up data ends, the end. */
  dataSegmentAlign(maxPageSize: number, commonPageSize: number): number;
  dataSegmentRelroEnd(offset: number, end: number): number;
  dataSegmentEnd(end: number): number;
  /** Notes a problem; evaluation goes on with 0. */
  problem(text: string): void;
}

export interface Result {
  value: number;
  /** A place in memory. In an output section `. = number` counts from the section's start, `. = address` does not. */
  isAddress: boolean;
}

/** Of the i386, for MAXPAGESIZE and COMMONPAGESIZE. */
export const PAGE_SIZE = 0x1000;

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
    case "assert": {
      const result = evaluate(expression.condition, state);
      if (result.value === 0) state.problem(`${expression.where}: ${expression.message}`);
      return result;
    }
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
      // Of a section that is not there: 0, and no mistake.
      return { value: state.section(expression.name)?.size ?? 0, isAddress: false };
    case "ALIGNOF":
      return { value: section()?.align ?? 1, isAddress: false };
    case "DEFINED":
      return { value: state.isDefined(expression.name) ? 1 : 0, isAddress: false };
    case "CONSTANT":
      if (expression.name !== "MAXPAGESIZE" && expression.name !== "COMMONPAGESIZE")
        state.problem(`${where}: no constant '${expression.name}'`);
      return { value: state.maxPageSize, isAddress: false };
    case "SIZEOF_HEADERS":
      return { value: state.headersSize, isAddress: false };
    case "ORIGIN":
    case "LENGTH": {
      const region = state.region(expression.name);
      if (!region) state.problem(`${where}: no memory region '${expression.name}'`);
      const value = (name === "ORIGIN" ? region?.origin : region?.length) ?? 0;
      return { value, isAddress: false };
    }
    case "SEGMENT_START":
      return { value: state.segmentStart(expression.name) ?? values[0].value, isAddress: true };
    case "NEXT":
      return { value: elf.alignUp(state.dot, Math.max(1, values[0].value)) >>> 0, isAddress: true };
    case "LOG2CEIL":
      return { value: values[0].value > 1 ? 32 - Math.clz32(values[0].value - 1) : 0, isAddress: false };
    case "DATA_SEGMENT_ALIGN":
      return { value: state.dataSegmentAlign(values[0].value, values[1].value) >>> 0, isAddress: true };
    case "DATA_SEGMENT_RELRO_END":
      return { value: state.dataSegmentRelroEnd(values[0].value, values[1].value) >>> 0, isAddress: true };
    case "DATA_SEGMENT_END":
      return { value: state.dataSegmentEnd(values[0].value) >>> 0, isAddress: true };
    case "MAX":
      return values[0].value >= values[1].value ? values[0] : values[1];
    case "MIN":
      return values[0].value <= values[1].value ? values[0] : values[1];
    default:
      // ABSOLUTE: addresses are absolute here already.
      return { value: values[0].value, isAddress: true };
  }
}
