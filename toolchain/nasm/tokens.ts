// A line of NASM source to tokens. White space is a token too: the preprocessor needs to see it.
// Source: the NASM manual, chapter 3.

import { AssemblerError, type Position } from "../asm/error.ts";

export type TokenKind = "space" | "name" | "number" | "string" | "percent" | "punctuation";

export interface Token {
  kind: TokenKind;
  /** As it stands in the source. */
  text: string;
  /** From 1, in the line that was scanned. */
  column: number;
}

const SPACE = /[ \t\r\f\v]+/y;
const NAME = /\$?(?:[A-Za-z_.@\u0080-\uffff]|\?(?=[\w$#@~.?]))[\w$#@~.?\u0080-\uffff]*/y;
const NUMBER = /(?:\d[\d_]*(?:\.[\d_]*)?[eE][+-]\d[\d_]*(?![\w.])|\$?\d[\w.]*)/y;
const STRING = /'[^']*'|"[^"]*"|`(?:[^`\\]|\\.)*`/y;
/** What the preprocessor takes: %name, %1, %+1, %-1, %{…}, %%label, %$local, %+, %[. */
const PERCENT =
  /%(?:\{[^}]*\}|%[A-Za-z_.?@$][\w$#@~.?]*|\$+[A-Za-z_.?@][\w$#@~.?]*|[+-]?\d+|!(?:[A-Za-z_]\w*|'[^']*'|"[^"]*")|[A-Za-z_]\w*|\?\??|\+|\[|\*\*?)/y;
const PUNCTUATION = /<=>|<<<|>>>|<<|>>|<=|>=|<>|==|!=|&&|\|\||\^\^|\/\/|%%|\$\$|[-+*/%&|^~!<>=()[\],:?${}\\@#]/y;

/** @throws AssemblerError for a string without end and for characters that mean nothing */
export function scan(text: string, position: Position): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (kind: TokenKind, pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) return false;
    tokens.push({ kind, text: match[0], column: at + 1 });
    at = pattern.lastIndex;
    return true;
  };
  while (at < text.length) {
    const char = text[at];
    if (char === ";") break;
    if (take("space", SPACE)) continue;
    if (char === "'" || char === '"' || char === "`") {
      if (take("string", STRING)) continue;
      throw new AssemblerError({ ...position, column: at + 1 }, `string is not closed: no ${char} on this line`);
    }
    if (char === "%" && take("percent", PERCENT)) continue;
    if (take("number", NUMBER) || take("name", NAME) || take("punctuation", PUNCTUATION)) continue;
    throw new AssemblerError({ ...position, column: at + 1 }, `unexpected character ${showCharacter(char)}`);
  }
  return tokens;
}

function showCharacter(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return code < 0x20 ? `with code ${code}` : `'${char}'`;
}

export function textOf(tokens: readonly Token[]): string {
  let text = "";
  for (const token of tokens) text += token.text;
  return text;
}

export function withoutSpace(tokens: readonly Token[]): Token[] {
  return tokens.filter((token) => token.kind !== "space");
}

/** The tokens without white space at both ends. */
export function trim(tokens: readonly Token[]): Token[] {
  let start = 0;
  let end = tokens.length;
  while (start < end && tokens[start].kind === "space") start++;
  while (end > start && tokens[end - 1].kind === "space") end--;
  return tokens.slice(start, end);
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  t: "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\x1b",
};

/** The bytes of a string token, a character each; only back quotes know escapes. */
export function stringBytes(token: Token): string {
  const inner = token.text.slice(1, -1);
  if (token.text[0] !== "`") return utf8(inner);
  return inner.replace(
    /\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|.)|[^\\]+/gs,
    (all, code?: string) => {
      if (code === undefined) return utf8(all);
      if (code[0] === "x" && code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
      if (/^[uU]./.test(code)) {
        const point = Number.parseInt(code.slice(1), 16);
        return utf8(point > 0x10ffff ? "\ufffd" : String.fromCodePoint(point));
      }
      if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
      return ESCAPES[code] ?? utf8(code);
    },
  );
}

const ENCODER = new TextEncoder();

function utf8(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is ASCII stays as it is
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  return Array.from(ENCODER.encode(text), (byte) => String.fromCharCode(byte)).join("");
}

/** Characters as a number, the first in the lowest byte, as 'ab' means in an expression. */
export function stringNumber(bytes: string): bigint {
  let value = 0n;
  for (let i = Math.min(bytes.length, 8) - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes.charCodeAt(i));
  return value;
}

/** A string token for these bytes. */
export function quoted(text: string): string {
  if (!text.includes("'")) return `'${text}'`;
  if (!text.includes('"')) return `"${text}"`;
  return `\`${text.replace(/[\\`]/g, "\\$&")}\``;
}
