// Multi-line macros: what they are called with, and what the parameters in their lines become.
// Source: the NASM manual, section 4.3.

import { AssemblerError, type Position } from "../asm/error.ts";
import type { RawLine } from "./preprocessor.ts";
import { scan, type Token, textOf, trim } from "./tokens.ts";

export interface MultiLineMacro {
  name: string;
  anyCase: boolean;
  minimum: number;
  maximum: number;
  /** The last parameter takes all that is left. */
  greedy: boolean;
  recursive: boolean;
  defaults: Token[][];
  lines: readonly RawLine[];
  file: string;
  /** How often it is being expanded right now. */
  active: number;
}

export interface MacroCall {
  macro: MultiLineMacro;
  given: Token[][];
  /** What %0 says. */
  count: number;
  rotation: number;
  number: number;
  /** What %00 says: the label before the call. */
  label: Token[];
}

const MAX_RECURSION = 1_000;

export class MacroTable {
  private readonly byName = new Map<string, MultiLineMacro[]>();

  add(macro: MultiLineMacro, warn: (position: Position, text: string) => void, position: Position): void {
    const key = macro.name.toLowerCase();
    const others = this.byName.get(key) ?? [];
    const same = others.find(
      (other) =>
        (other.anyCase || macro.anyCase || other.name === macro.name) &&
        other.minimum === macro.minimum &&
        other.maximum === macro.maximum,
    );
    if (same) warn(position, `macro '${macro.name}' is defined again`);
    this.byName.set(key, [macro, ...others.filter((other) => other !== same)]);
  }

  remove(name: string, minimum: number, maximum: number): void {
    const key = name.toLowerCase();
    const left = this.byName.get(key)?.filter((macro) => macro.minimum !== minimum || macro.maximum !== maximum);
    if (left?.length) this.byName.set(key, left);
    else this.byName.delete(key);
  }

  has(name: string): boolean {
    return this.named(name) !== undefined;
  }

  named(name: string): MultiLineMacro[] | undefined {
    const all = this.byName.get(name.toLowerCase());
    const found = all?.filter((macro) => macro.anyCase || macro.name === name);
    return found?.length ? found : undefined;
  }

  /** Whether %ifmacro with these counts is true. */
  overlaps(name: string, minimum: number, maximum: number): boolean {
    return (this.named(name) ?? []).some(
      (macro) => minimum <= (macro.greedy ? Number.POSITIVE_INFINITY : macro.maximum) && maximum >= macro.minimum,
    );
  }

  choose(candidates: readonly MultiLineMacro[], count: number): MultiLineMacro | undefined {
    return candidates.find(
      (macro) =>
        count >= macro.minimum &&
        (count <= macro.maximum || macro.greedy) &&
        (macro.active === 0 || (macro.recursive && macro.active < MAX_RECURSION)),
    );
  }

  /** The parameters with defaults filled in and a greedy rest joined. */
  complete(macro: MultiLineMacro, given: readonly Token[][]): Token[][] {
    const all = [...given];
    if (macro.greedy && all.length > macro.maximum) {
      const rest = all.splice(Math.max(macro.maximum - 1, 0));
      const comma: Token = { kind: "punctuation", text: ",", column: 1 };
      all.push(rest.flatMap((tokens, i) => (i === 0 ? tokens : [comma, ...tokens])));
    }
    const defaulted = Math.min(macro.maximum, macro.minimum + macro.defaults.length);
    while (all.length < defaulted) all.push(macro.defaults[all.length - macro.minimum] ?? []);
    return all;
  }
}

/** Splits at commas outside of braces; braces around a whole argument go. */
export function splitArguments(tokens: readonly Token[]): Token[][] {
  if (tokens.length === 0) return [];
  const all: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.text === "{" && token.kind === "punctuation") depth++;
    if (token.text === "}" && token.kind === "punctuation" && depth > 0) depth--;
    if (token.text === "," && token.kind === "punctuation" && depth === 0) all.push([]);
    else all[all.length - 1].push(token);
  }
  return all.map((part) => {
    const inner = trim(part);
    return inner[0]?.text === "{" && inner.at(-1)?.text === "}" ? trim(inner.slice(1, -1)) : inner;
  });
}

/** The tokens of a macro's line with the parameters of the call in place. */
export function substitute(tokens: readonly Token[], call: MacroCall, position: Position, keepFirst: boolean): Token[] {
  let changed = false;
  const text = tokens
    .map((token, i) => {
      if (token.kind !== "percent" || (keepFirst && i <= 1 && /^%[A-Za-z]/.test(token.text))) return token.text;
      const value = parameter(token.text, call, position);
      if (value === undefined) return token.text;
      changed = true;
      return value;
    })
    .join("");
  return changed ? scan(text, position) : (tokens as Token[]);
}

/** What stands for `%1`, `%{1}`, `%{2:4}`, `%0`, `%00`, `%+1`, `%-1` and `%%name`; undefined for what is no parameter. */
function parameter(text: string, call: MacroCall, position: Position): string | undefined {
  const body = text.startsWith("%{") ? text.slice(2, -1).trim() : text.slice(1);
  if (body.startsWith("%")) return `..@${call.number}.${body.slice(1)}`;
  if (body === "00") return textOf(call.label).replace(":", "").trim();
  if (body === "0") return String(call.count);
  const range = /^(-?\d+):(-?\d+)$/.exec(body);
  if (range) return rangeOf(Number(range[1]), Number(range[2]), call);
  const match = /^([+-]?)(\d+)$/.exec(body);
  if (!match) return undefined;
  const given = textOf(nth(Number(match[2]), call));
  if (match[1] === "") return given;
  const condition = given.trim().toLowerCase();
  const code = CONDITION_CODES.get(condition);
  if (code === undefined) throw new AssemblerError(position, `'${given}' is no condition code, as %${match[1]} needs`);
  return match[1] === "+" ? condition : INVERSE[code ^ 1];
}

function nth(number: number, call: MacroCall): Token[] {
  const count = call.given.length;
  if (number < 1 || number > count) return [];
  return call.given[(((number - 1 + call.rotation) % count) + count) % count];
}

function rangeOf(from: number, to: number, call: MacroCall): string {
  const count = call.given.length;
  const start = from < 0 ? count + 1 + from : from;
  const end = to < 0 ? count + 1 + to : to;
  const step = start <= end ? 1 : -1;
  const parts: string[] = [];
  for (let n = start; n >= 1 && n <= count && (end - n) * step >= 0; n += step) parts.push(textOf(nth(n, call)));
  return parts.join(",");
}

const INVERSE = ["o", "no", "c", "nc", "z", "nz", "na", "a", "s", "ns", "pe", "po", "l", "nl", "ng", "g"];
const CONDITION_CODES: ReadonlyMap<string, number> = new Map(
  [
    ["o"],
    ["no"],
    ["b", "c", "nae"],
    ["ae", "nb", "nc"],
    ["e", "z"],
    ["ne", "nz"],
    ["be", "na"],
    ["a", "nbe"],
    ["s"],
    ["ns"],
    ["p", "pe"],
    ["np", "po"],
    ["l", "nge"],
    ["ge", "nl"],
    ["le", "ng"],
    ["g", "nle"],
  ].flatMap((names, code) => names.map((name): [string, number] => [name, code])),
);
