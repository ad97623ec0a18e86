// A word of the shell's language becomes what it stands for: quotes go, variables get their values, patterns become the files that they
// match. One word can become several, or none.

import { arithmeticError, calculate } from "./arithmetic.ts";
import { expandPattern } from "./pattern.ts";
import { variable } from "./variables.ts";

/** Where the word ends that starts at `start` of a line; -1 if one of its quotes has no end. */
export function endOfWord(line: string, start: i32): i32 {
  let at = start;
  let quote = "";
  while (at < line.length) {
    const character = line.charAt(at);
    if (quote != "'" && line.substr(at, 3) == "$((") {
      at = endOfArithmetic(line, at);
      if (at < 0) return -1;
      continue;
    }
    if (quote == "" && (character == " " || character == "\t" || isOperator(character))) return at;
    if (character == "\\" && quote != "'") at++;
    else if (quote == "" && (character == "'" || character == '"')) quote = character;
    else if (character == quote) quote = "";
    at++;
  }
  return quote == "" ? line.length : -1;
}

/** Where "$((…))" ends that starts at `start`; -1 if it does not. */
function endOfArithmetic(line: string, start: i32): i32 {
  let depth = 0;
  for (let at = start + 1; at < line.length; at++) {
    if (line.charAt(at) == "(") depth++;
    else if (line.charAt(at) == ")") depth--;
    if (depth == 0) return line.charAt(at - 1) == ")" ? at + 1 : -1;
  }
  return -1;
}

export function isOperator(character: string): bool {
  return character == ";" || character == "&" || character == "|" || character == "<" || character == ">";
}

/** Why the last word stands for nothing; "" if it is all right. */
export let expansionError: string = "";

/** What a word stands for. It must be a whole one, with all its quotes. Something may be wrong with it: expansionError says so. */
export function expandWord(word: string): string[] {
  expansionError = "";
  return new Expansion(word).run();
}

class Expansion {
  private at: i32 = 0;
  private text: string = "";
  /** The same, with a backslash before what a quote keeps from being a pattern. */
  private pattern: string = "";

  constructor(private word: string) {}

  run(): string[] {
    let isQuoted = false;
    while (this.at < this.word.length) {
      const character = this.take();
      if (character == "'" || character == '"') {
        isQuoted = true;
        this.quoted(character);
      } else if (character == "\\") {
        this.addPlain(this.take());
      } else {
        const part = character == "$" ? this.value() : character;
        this.text += part;
        this.pattern += part;
      }
    }
    let words: string[] = [];
    if (this.pattern.includes("*") || this.pattern.includes("?")) words = expandPattern(this.pattern);
    // An empty variable is no word; an empty quote is one.
    if (words.length == 0 && (this.text != "" || isQuoted)) words.push(this.text);
    return words;
  }

  private peek(): string {
    return this.at < this.word.length ? this.word.charAt(this.at) : "";
  }

  private take(): string {
    const character = this.peek();
    this.at++;
    return character;
  }

  /** What stands between quotes; the first is behind us. */
  private quoted(quote: string): void {
    while (this.at < this.word.length) {
      const character = this.take();
      if (character == quote) return;
      if (quote == '"' && character == "$") this.addPlain(this.value());
      else if (quote == '"' && character == "\\") this.addPlain(this.take());
      else this.addPlain(character);
    }
  }

  /** Adds text that is no pattern. */
  private addPlain(text: string): void {
    this.text += text;
    for (let i = 0; i < text.length; i++) {
      const character = text.charAt(i);
      if (character == "*" || character == "?" || character == "\\") this.pattern += "\\";
      this.pattern += character;
    }
  }

  /** The value of the variable whose name comes; "$" if no name does. */
  private value(): string {
    if (this.word.substr(this.at, 2) == "((") {
      const end = endOfArithmetic(this.word, this.at - 1);
      const value = calculate(this.word.substring(this.at + 2, end - 2));
      if (arithmeticError != "") expansionError = arithmeticError;
      this.at = end;
      return `${value}`;
    }
    const start = this.at;
    if (this.peek() == "?" || this.peek() == "#") this.at++;
    else while (isNamePart(this.peek())) this.at++;
    return this.at == start ? "$" : variable(this.word.substring(start, this.at));
  }
}

function isNamePart(character: string): bool {
  if (character == "") return false;
  const code = character.charCodeAt(0);
  const letter = code | 0x20;
  return character == "_" || (letter >= 0x61 && letter <= 0x7a) || (code >= 0x30 && code <= 0x39);
}
