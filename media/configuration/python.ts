// Assignments in Python's syntax, as domain files have them: NAME = VALUE on a line, where a value is a string, a number, a list, True, False or None,
// an earlier name, or such values joined by +. NAME += VALUE appends. xl's separator ";" does as well as the end of a line.
// Source: The Python Language Reference, 2 (lexical analysis) and 6.2 (atoms); xl.cfg(5), "Syntax".

import { type Offset, quoted, type SourceText } from "./source.ts";

export type Value = string | number | boolean | null | Value[];

export interface Assignment {
  name: string;
  /** Of the name. */
  offset: Offset;
  value: Value;
  /** Of the value. */
  valueOffset: Offset;
}

interface Token {
  kind: "name" | "number" | "string" | "sign" | "end of line" | "end of file";
  /** A string's value, else the text itself. */
  text: string;
  offset: Offset;
}

/** Lists in lists are read this deep. */
const DEEPEST = 50;
const SPACE = /[ \t\f]+|\\\r?\n|#[^\r\n]*/y;
const LINE_END = /\r\n|\n|\r|;/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|[0-9]+)(?![A-Za-z0-9_.])/y;
const STRING_START = /([rRuUbB]{0,2})('''|"""|'|")/y;
const SIGN = /\+=|[=[\](),+-]/y;

const CONSTANTS: Record<string, Value> = { True: true, False: false, None: null };
const ESCAPES: Record<string, string> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** @throws ConfigurationError */
export function parseAssignments(source: SourceText): Assignment[] {
  return new Parser(source).file();
}

class Parser {
  private at = 0;
  private token: Token;
  /** Inside brackets the end of a line is a blank. */
  private depth = 0;
  private readonly known = new Map<string, Value>();

  constructor(private readonly source: SourceText) {
    this.token = this.scan();
  }

  file(): Assignment[] {
    const assignments: Assignment[] = [];
    while (this.token.kind !== "end of file") {
      if (this.token.kind === "end of line") this.next();
      else assignments.push(this.assignment());
    }
    return assignments;
  }

  private assignment(): Assignment {
    const { kind, text: name, offset } = this.token;
    if (kind !== "name") throw this.unexpected("NAME = VALUE");
    this.next();
    const operator = this.token.text;
    if (this.token.kind !== "sign" || (operator !== "=" && operator !== "+=")) {
      throw this.unexpected(`"=" after ${quoted(name)}`);
    }
    this.next();
    const valueOffset = this.token.offset;
    let value = this.expression();
    if (!this.ended) throw this.unexpected("the end of the line");
    if (operator === "+=") {
      const before = this.known.get(name);
      if (before !== undefined) value = this.joined(before, value, valueOffset);
    }
    this.known.set(name, value);
    return { name, offset, value, valueOffset };
  }

  private get ended(): boolean {
    return this.token.kind === "end of line" || this.token.kind === "end of file";
  }

  private expression(): Value {
    let value = this.atom();
    while (this.token.kind === "sign" && this.token.text === "+") {
      const { offset } = this.token;
      this.next();
      value = this.joined(value, this.atom(), offset);
    }
    return value;
  }

  private joined(a: Value, b: Value, offset: Offset): Value {
    if (typeof a === "string" && typeof b === "string") return a + b;
    if (typeof a === "number" && typeof b === "number") return a + b;
    if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
    throw this.source.error(
      offset,
      `expected two strings, two numbers or two lists, found ${kindOf(a)} and ${kindOf(b)}`,
    );
  }

  private atom(): Value {
    const { kind, text, offset } = this.token;
    switch (kind) {
      case "string": {
        let value = "";
        // Strings side by side are one.
        for (; this.token.kind === "string"; this.next()) value += this.token.text;
        return value;
      }
      case "number":
        this.next();
        return numberOf(text);
      case "name":
        return this.named(text, offset);
      case "sign":
        if (text === "[" || text === "(") return this.list(text === "[" ? "]" : ")");
        if (text === "-") return this.negative();
        break;
    }
    throw this.unexpected("a string, a number or a list");
  }

  private negative(): Value {
    this.next();
    if (this.token.kind !== "number") throw this.unexpected("a number");
    const { text } = this.token;
    this.next();
    return -numberOf(text);
  }

  private named(name: string, offset: Offset): Value {
    const value = Object.hasOwn(CONSTANTS, name) ? CONSTANTS[name] : this.known.get(name);
    if (value === undefined) {
      throw this.source.error(offset, `expected a value, found the name ${quoted(name)} (a text stands in quotes)`);
    }
    this.next();
    return value;
  }

  /** A list, or values in parentheses: those are a list when there is a comma. */
  private list(close: string): Value {
    const { offset } = this.token;
    if (this.depth === DEEPEST)
      throw this.source.error(offset, `expected at most ${DEEPEST} lists in each other, found more`);
    this.depth++;
    this.next();
    const values: Value[] = [];
    let commas = 0;
    while (!(this.token.kind === "sign" && this.token.text === close)) {
      values.push(this.expression());
      if (this.token.kind !== "sign" || this.token.text !== ",") break;
      commas++;
      this.next();
    }
    if (this.token.kind !== "sign" || this.token.text !== close) throw this.unexpected(`"," or "${close}"`);
    this.depth--;
    this.next();
    return close === ")" && values.length === 1 && commas === 0 ? values[0] : values;
  }

  private unexpected(expected: string): Error {
    const { kind, text, offset } = this.token;
    const found = kind === "end of line" || kind === "end of file" ? `the ${kind}` : quoted(text);
    return this.source.error(offset, `expected ${expected}, found ${found}`);
  }

  private next(): void {
    this.token = this.scan();
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.source.text);
    if (match) this.at = pattern.lastIndex;
    return match;
  }

  private scan(): Token {
    for (;;) {
      while (this.match(SPACE));
      const offset = this.at;
      const end = this.match(LINE_END);
      if (end && this.depth > 0 && end[0] !== ";") continue;
      if (end) return { kind: "end of line", text: end[0], offset };
      if (this.at >= this.source.text.length) return { kind: "end of file", text: "", offset };
      const start = this.match(STRING_START);
      if (start) return { kind: "string", text: this.string(start[1], start[2], offset), offset };
      for (const [kind, pattern] of [
        ["name", NAME],
        ["number", NUMBER],
        ["sign", SIGN],
      ] as const) {
        const match = this.match(pattern);
        if (match) return { kind, text: match[0], offset };
      }
      const rest =
        /^[^\s,\]);#]{0,40}/.exec(this.source.text.slice(offset, offset + 40))?.[0] || this.source.text[offset];
      throw this.source.error(offset, `expected a name, a value or the end of the line, found ${quoted(rest)}`);
    }
  }

  /** The rest of a string, whose opening quotes have been read. */
  private string(prefix: string, quotes: string, offset: Offset): string {
    const { text } = this.source;
    const isRaw = /r/i.test(prefix);
    let value = "";
    for (;;) {
      const character = text[this.at];
      if (character === undefined || (quotes.length === 1 && (character === "\n" || character === "\r"))) {
        throw this.source.error(offset, `expected a string that ends in ${quotes}, found the end of the line`);
      }
      if (text.startsWith(quotes, this.at)) {
        this.at += quotes.length;
        return value;
      }
      if (character !== "\\") {
        value += character;
        this.at++;
      } else if (isRaw) {
        value += text.slice(this.at, this.at + 2);
        this.at += 2;
      } else value += this.escape();
    }
  }

  private escape(): string {
    const { text } = this.source;
    const numeric = /^\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3}))/.exec(text.slice(this.at, this.at + 4));
    if (numeric) {
      this.at += numeric[0].length;
      const [, hexadecimal, octal] = numeric;
      return String.fromCharCode(hexadecimal ? Number.parseInt(hexadecimal, 16) : Number.parseInt(octal, 8));
    }
    const character = text[this.at + 1] ?? "";
    this.at += 1 + character.length;
    if (character === "\r" && text[this.at] === "\n") {
      this.at++;
      return "";
    }
    return Object.hasOwn(ESCAPES, character) ? ESCAPES[character] : `\\${character}`;
  }
}

/** A leading zero makes it octal, as in Python 2, which xm was written in. */
function numberOf(text: string): number {
  return /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
}

export function kindOf(value: Value): string {
  if (value === null) return "None";
  if (Array.isArray(value)) return "a list";
  return typeof value === "string" ? "a string" : typeof value === "number" ? "a number" : value ? "True" : "False";
}
