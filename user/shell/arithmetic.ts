// $((…)): whole numbers of 64 bits, with C's operators in C's order. A name is a variable, with or without $; one that is empty is 0.
//
//   * / %    + -    < <= > >=    == !=    and before one value - ! and ( )

import { variable } from "./variables.ts";

/** What is wrong with the last text that was calculated; "" if nothing is. */
export let arithmeticError: string = "";

/** The value of `text`, which stands between the brackets; 0, with arithmeticError set, if it has none. */
export function calculate(text: string): i64 {
  arithmeticError = "";
  const calculation = new Calculation(text);
  const value = calculation.binary(0);
  if (!calculation.isAtEnd) fail(`$((${text})): no operator at ${calculation.rest}`);
  return arithmeticError == "" ? value : 0;
}

/** The first one holds: what came later is only its consequence. */
function fail(message: string): void {
  if (arithmeticError == "") arithmeticError = message;
}

/** By how they bind, the loosest first; of those that begin alike the longer one first. */
const OPERATORS: string[][] = [
  ["==", "!="],
  ["<=", ">=", "<", ">"],
  ["+", "-"],
  ["*", "/", "%"],
];

class Calculation {
  private at: i32 = 0;

  constructor(private text: string) {}

  get rest(): string {
    while (this.at < this.text.length && this.text.charAt(this.at) <= " ") this.at++;
    return this.text.substring(this.at);
  }

  get isAtEnd(): bool {
    return this.rest == "";
  }

  /** Values joined by operators that bind at least as strongly as those of `level`. */
  binary(level: i32): i64 {
    if (level == OPERATORS.length) return this.unary();
    let value = this.binary(level + 1);
    for (let operator = this.take(OPERATORS[level]); operator != ""; operator = this.take(OPERATORS[level])) {
      value = apply(operator, value, this.binary(level + 1));
    }
    return value;
  }

  /** The operator among `wanted` that comes next, or "". */
  private take(wanted: string[]): string {
    const rest = this.rest;
    for (let i = 0; i < wanted.length; i++) {
      if (!rest.startsWith(wanted[i])) continue;
      this.at += wanted[i].length;
      return wanted[i];
    }
    return "";
  }

  private unary(): i64 {
    const operator = this.take(["-", "!", "("]);
    if (operator == "-") return -this.unary();
    if (operator == "!") return this.unary() == 0 ? 1 : 0;
    if (operator == "") return this.value();
    const value = this.binary(0);
    if (this.take([")"]) == "") fail(`$((${this.text})): a bracket has no end`);
    return value;
  }

  private value(): i64 {
    this.take(["$"]);
    const start = this.at;
    while (this.at < this.text.length && isPart(this.text.charCodeAt(this.at))) this.at++;
    const word = this.text.substring(start, this.at);
    if (word == "") fail(`$((${this.text})): no number at ${this.isAtEnd ? "the end" : this.rest}`);
    const text = word == "" || isDigit(word.charCodeAt(0)) ? word : variable(word);
    const isNegative = text.startsWith("-");
    let number: i64 = 0;
    for (let i = isNegative ? 1 : 0; i < text.length; i++) {
      if (!isDigit(text.charCodeAt(i))) fail(`${text}: not a number`);
      number = number * 10 + (text.charCodeAt(i) - 0x30);
    }
    return isNegative ? -number : number;
  }
}

function apply(operator: string, a: i64, b: i64): i64 {
  if (operator == "*") return a * b;
  if (operator == "+") return a + b;
  if (operator == "-") return a - b;
  if (operator == "<") return a < b ? 1 : 0;
  if (operator == "<=") return a <= b ? 1 : 0;
  if (operator == ">") return a > b ? 1 : 0;
  if (operator == ">=") return a >= b ? 1 : 0;
  if (operator == "==") return a == b ? 1 : 0;
  if (operator == "!=") return a != b ? 1 : 0;
  if (b == 0) fail("division by zero");
  if (b == 0) return 0;
  // The processor can't divide the smallest number by −1.
  if (b == -1) return operator == "/" ? -a : 0;
  return operator == "/" ? a / b : a % b;
}

function isDigit(code: i32): bool {
  return code >= 0x30 && code <= 0x39;
}

function isPart(code: i32): bool {
  return isDigit(code) || code == 0x5f || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
}
