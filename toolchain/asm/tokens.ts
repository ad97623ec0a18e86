// A statement's text to tokens.

import { AssemblerError, type Position } from "./error.ts";
import { characterEnd, stringEnd } from "./source.ts";

export type Token = { start: number; end: number } & (
  | { kind: "name"; text: string }
  | { kind: "number"; value: bigint }
  /** `1b`, `1f`: the nearest label of that number backwards or forwards. */
  | { kind: "local"; number: number; forward: boolean }
  /** Escapes are resolved; one character a byte. */
  | { kind: "string"; value: string }
  | { kind: "punctuation"; text: string }
  | { kind: "end" }
);

const NAME = /[A-Za-z_.\u0080-\uffff][A-Za-z0-9_.$\u0080-\uffff]*/y;
const LOCAL = /([0-9]+)([bf])(?![A-Za-z0-9_.$])/y;
const NUMBER = /0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+/y;
const PUNCTUATION = /<<|>>|==|!=|<>|<=|>=|&&|\|\||[-+*/%&|^!~<>()=,:$@[\]{}]/y;

/** Tokenises on demand, with one token to look ahead and errors that know their column. */
export class Tokens {
  private at = 0;
  private ahead: Token | undefined;

  constructor(
    readonly text: string,
    readonly origin: Position,
  ) {}

  peek(): Token {
    this.ahead ??= this.scan();
    return this.ahead;
  }

  next(): Token {
    const token = this.peek();
    this.ahead = undefined;
    this.at = token.end;
    return token;
  }

  /** Goes back to where `token` starts. */
  rewind(token: Token): void {
    this.ahead = undefined;
    this.at = token.start;
  }

  isPunctuation(text: string): boolean {
    const token = this.peek();
    return token.kind === "punctuation" && token.text === text;
  }

  /** Whether the text right after the next token matches: no further token is read, since it may be none. */
  isFollowedBy(pattern: RegExp): boolean {
    return pattern.test(this.text.slice(this.peek().end));
  }

  /** Takes the punctuation if it is next. */
  take(text: string): boolean {
    if (!this.isPunctuation(text)) return false;
    this.next();
    return true;
  }

  expect(text: string, where: string): void {
    if (!this.take(text)) this.fail(`'${text}' expected ${where}, found ${this.describe()}`);
  }

  atEnd(): boolean {
    return this.peek().kind === "end";
  }

  expectEnd(): void {
    if (!this.atEnd()) this.fail(`end of statement expected, found ${this.describe()}`);
  }

  /** The rest of the statement as text; nothing is left after it. */
  rest(): string {
    const text = this.text.slice(this.at).trim();
    this.ahead = undefined;
    this.at = this.text.length;
    return text;
  }

  /** The name of a symbol: a bare name or a string. */
  name(what: string): string {
    const token = this.peek();
    if (token.kind === "name") {
      this.next();
      return token.text;
    }
    if (token.kind === "string" && token.value !== "") {
      this.next();
      return symbolText(token.value);
    }
    return this.fail(`${what} expected, found ${this.describe()}`);
  }

  /** Where the next token stands. */
  position(): Position {
    return this.positionOf(this.peek());
  }

  positionOf(token: Token): Position {
    return { ...this.origin, column: this.origin.column + token.start };
  }

  fail(reason: string): never {
    throw new AssemblerError(this.position(), reason);
  }

  describe(token: Token = this.peek()): string {
    return token.kind === "end" ? "the end of the statement" : `'${this.text.slice(token.start, token.end)}'`;
  }

  private scan(): Token {
    while (this.text[this.at] === " ") this.at++;
    const start = this.at;
    const char = this.text[start];
    if (char === undefined) return { kind: "end", start, end: start };
    if (char === '"') return this.scanString(start);
    if (char === "'") return this.scanCharacter(start);
    const name = this.match(NAME);
    if (name) return { kind: "name", text: name[0], start, end: start + name[0].length };
    const local = this.match(LOCAL);
    if (local)
      return {
        kind: "local",
        number: Number(local[1]),
        forward: local[2] === "f",
        start,
        end: start + local[0].length,
      };
    const number = this.match(NUMBER);
    if (number) {
      const digits = number[0];
      const end = start + digits.length;
      if (/[A-Za-z0-9_$]/.test(this.text[end] ?? ""))
        throw new AssemblerError(this.positionAt(start), `bad number '${/\w+/.exec(this.text.slice(start))?.[0]}'`);
      return { kind: "number", value: this.numberValue(digits, start), start, end };
    }
    const punctuation = this.match(PUNCTUATION);
    if (punctuation) return { kind: "punctuation", text: punctuation[0], start, end: start + punctuation[0].length };
    throw new AssemblerError(this.positionAt(start), `unexpected character '${char}'`);
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text);
  }

  private positionAt(offset: number): Position {
    return { ...this.origin, column: this.origin.column + offset };
  }

  private numberValue(digits: string, start: number): bigint {
    if (/^0[0-9]/.test(digits)) {
      if (/[89]/.test(digits)) throw new AssemblerError(this.positionAt(start), `bad octal number '${digits}'`);
      return BigInt(`0o${digits}`);
    }
    return BigInt(digits);
  }

  private scanString(start: number): Token {
    const end = stringEnd(this.text, start);
    if (end < 0) throw new AssemblerError(this.positionAt(start), "string is not closed");
    return { kind: "string", value: resolveEscapes(this.text.slice(start + 1, end - 1)), start, end };
  }

  private scanCharacter(start: number): Token {
    const end = characterEnd(this.text, start);
    const body = this.text.slice(start + 1, end);
    if (body === "") throw new AssemblerError(this.positionAt(start), "character expected after '");
    const value = body.startsWith("\\") && body.length > 1 ? resolveEscapes(body.slice(0, 2)) : utf8(body[0]);
    return { kind: "number", value: BigInt(value.charCodeAt(0)), start, end };
  }
}

const ESCAPES: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", '"': '"', "\\": "\\" };

/** Resolves backslash escapes; other text becomes its UTF-8 bytes, one character each. */
function resolveEscapes(text: string): string {
  return text.replace(/\\([0-7]{1,3}|x[0-9a-fA-F]+|[\s\S])|[\u0080-\uffff]+/g, (whole, code: string | undefined) => {
    if (code === undefined) return utf8(whole);
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
    if (/^x[0-9a-fA-F]/.test(code)) return String.fromCharCode(Number.parseInt(code.slice(-2).replace("x", ""), 16));
    return ESCAPES[code] ?? utf8(code);
  });
}

function utf8(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

/** The other way: a name given as a string is text again. */
function symbolText(bytes: string): string {
  return new TextDecoder().decode(stringBytes(bytes));
}

export function stringBytes(value: string): Uint8Array {
  return Uint8Array.from(value, (char) => char.charCodeAt(0));
}
