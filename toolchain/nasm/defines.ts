// Single-line macros: %define and its kin, their parameters, contexts (%push, %$x), and expansion of a line.
// Source: the NASM manual, section 4.2.

import { AssemblerError, type Position } from "../asm/error.ts";
import { scan, type Token, textOf, trim } from "./tokens.ts";

export interface Define {
  name: string;
  /** undefined for a macro without parentheses. */
  parameters: string[] | undefined;
  body: Token[];
  anyCase: boolean;
}

/** What %push opens: a scope for `%$name`, which is a macro or, without one, a label. */
export interface Context {
  name: string;
  number: number;
  defines: DefineTable;
}

const MAX_TOKENS = 20_000;
const MAX_NESTING = 200;

export class DefineTable {
  private readonly exact = new Map<string, Define[]>();
  private readonly anyCase = new Map<string, Define[]>();

  /** Replaces the macro of the same name and number of parameters. */
  set(define: Define): void {
    const [table, key] = define.anyCase
      ? [this.anyCase, define.name.toLowerCase()]
      : ([this.exact, define.name] as const);
    const others = (table.get(key) ?? []).filter(
      (other) =>
        other.parameters !== undefined &&
        define.parameters !== undefined &&
        other.parameters.length !== define.parameters.length,
    );
    table.set(key, [...others, define]);
  }

  delete(name: string): void {
    this.exact.delete(name);
    this.anyCase.delete(name.toLowerCase());
  }

  find(name: string): readonly Define[] | undefined {
    return this.exact.get(name) ?? this.anyCase.get(name.toLowerCase());
  }
}

export class Defines {
  readonly global = new DefineTable();
  readonly contexts: Context[] = [];
  /** Names whose value the place in the source decides, such as __LINE__. */
  readonly dynamic = new Map<string, (position: Position) => string>();
  private lastContext = 0;

  push(name: string, number: number): void {
    this.lastContext = number;
    this.contexts.push({ name, number, defines: new DefineTable() });
  }

  get contextNumber(): number {
    return this.lastContext;
  }

  /** The table and the name that `%$x`, `%$$x` or a plain name mean. */
  locate(token: Token, position: Position): { table: DefineTable; name: string; context?: Context } {
    const match = /^%(?:\{(\$+)(.*)\}|(\$+)(.*))$/.exec(token.text);
    if (!match) return { table: this.global, name: token.text };
    const dollars = (match[1] ?? match[3]).length;
    const context = this.contexts.at(-dollars);
    if (!context)
      throw new AssemblerError(position, `'${token.text}' needs ${dollars === 1 ? "a" : "more"} %push before`);
    return { table: context.defines, name: match[2] ?? match[4], context };
  }

  /** All single-line macros of the tokens replaced by what they stand for. */
  expand(tokens: readonly Token[], position: Position): Token[] {
    if (!tokens.some((token) => token.kind === "percent" || (token.kind === "name" && this.mayExpand(token.text))))
      return tokens as Token[];
    let expanded = new Expansion(this, position).run(tokens, new Set());
    // `%+` may have made names of macros.
    if (expanded.some((token) => token.text === "%+"))
      expanded = new Expansion(this, position).run(paste(expanded, position), new Set());
    // Braces let a name grow out of a local one: %{$x}_size.
    if (tokens.some((token) => token.text.startsWith("%{"))) expanded = scan(textOf(expanded), position);
    return expanded;
  }

  private mayExpand(name: string): boolean {
    return this.global.find(name) !== undefined || this.dynamic.has(name);
  }
}

class Expansion {
  private count = 0;

  constructor(
    private readonly defines: Defines,
    private readonly position: Position,
  ) {}

  run(tokens: readonly Token[], busy: ReadonlySet<Define>): Token[] {
    const out: Token[] = [];
    for (let at = 0; at < tokens.length; ) {
      if (++this.count > MAX_TOKENS) throw new AssemblerError(this.position, "macros expand to too much on this line");
      at = this.step(tokens, at, busy, out);
    }
    return out;
  }

  /** Takes the token at `at` and what belongs to it; returns where to go on. */
  private step(tokens: readonly Token[], at: number, busy: ReadonlySet<Define>, out: Token[]): number {
    const token = tokens[at];
    const isLocal = /^%(?:\$|\{\$)/.test(token.text);
    if (token.text === "%[") {
      const end = closing(tokens, at);
      out.push(...paste(this.run(tokens.slice(at + 1, end), busy), this.position));
      return end + 1;
    }
    if (token.kind === "percent" && /^%\{?!/.test(token.text))
      throw new AssemblerError(this.position, "environment variables are not read");
    if (token.kind !== "name" && !isLocal) {
      out.push(token);
      return at + 1;
    }
    const dynamic = this.defines.dynamic.get(token.text);
    if (dynamic) {
      out.push(...scan(dynamic(this.position), this.position).map((made) => ({ ...made, column: token.column })));
      return at + 1;
    }
    const { table, name, context } = this.defines.locate(token, this.position);
    const candidates = table.find(name);
    const usable = candidates?.filter((define) => !busy.has(define));
    if (!usable?.length) {
      out.push(context ? { ...token, kind: "name", text: `..@${context.number}.${name}` } : token);
      return at + 1;
    }
    if (busy.size > MAX_NESTING) throw new AssemblerError(this.position, "macros are nested too deeply");
    const plain = usable.find((define) => define.parameters === undefined);
    if (plain) {
      this.append(out, this.run(plain.body, new Set([...busy, plain])), token);
      return at + 1;
    }
    let open = at + 1;
    while (tokens[open]?.kind === "space") open++;
    if (tokens[open]?.text !== "(") {
      out.push(token);
      return at + 1;
    }
    const call = callArguments(tokens, open);
    if (!call) throw new AssemblerError(this.position, `call of '${name}' has no closing ')'`);
    const given = call.given.length === 1 && call.given[0].length === 0 ? 0 : call.given.length;
    const define =
      usable.find((candidate) => candidate.parameters?.length === call.given.length) ??
      usable.find((candidate) => candidate.parameters?.length === given);
    if (!define) {
      const counts = usable.map((candidate) => candidate.parameters?.length).join(" or ");
      throw new AssemblerError(this.position, `macro '${name}' takes ${counts} arguments, not ${given}`);
    }
    const values = call.given.map((argument) => this.run(argument, busy));
    const body = define.body.flatMap((part) => {
      const index = part.kind === "name" ? (define.parameters?.indexOf(part.text) ?? -1) : -1;
      return index < 0 ? [part] : values[index];
    });
    this.append(out, this.run(body, new Set([...busy, define])), token);
    return call.end;
  }

  /** What comes of a macro stands where its name stood. */
  private append(out: Token[], made: Token[], origin: Token): void {
    for (const token of made) out.push({ ...token, column: origin.column });
  }
}

/** The arguments of a call whose `(` stands at `open`, and where the call ends. */
function callArguments(tokens: readonly Token[], open: number): { given: Token[][]; end: number } | undefined {
  const given: Token[][] = [[]];
  let depth = 0;
  let braces = 0;
  for (let at = open; at < tokens.length; at++) {
    const { text, kind } = tokens[at];
    if (kind === "punctuation") {
      if (text === "{" && braces++ === 0) continue;
      if (text === "}" && --braces === 0) continue;
      if (braces === 0) {
        if (text === "(" && depth++ === 0) continue;
        if (text === ")" && --depth === 0) return { given: given.map(trim), end: at + 1 };
        if (text === "," && depth === 1) {
          given.push([]);
          continue;
        }
      }
    }
    given[given.length - 1].push(tokens[at]);
  }
  return undefined;
}

/** The `]` that closes the bracket at `open`, or the end. */
function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at].text === "[" || tokens[at].text === "%[") depth++;
    else if (tokens[at].text === "]" && tokens[at].kind === "punctuation" && --depth === 0) return at;
  }
  return tokens.length;
}

/** Joins what stands on both sides of each `%+`. */
function paste(tokens: readonly Token[], position: Position): Token[] {
  if (!tokens.some((token) => token.text === "%+")) return tokens as Token[];
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at].text !== "%+") {
      out.push(tokens[at]);
      continue;
    }
    while (out.at(-1)?.kind === "space") out.pop();
    while (tokens[at + 1]?.kind === "space" || tokens[at + 1]?.text === "%+") at++;
    const left = out.pop();
    const joined = [...(left ? [left] : []), ...tokens.slice(at + 1, at + 2)];
    at++;
    out.push(...scan(textOf(joined), position).map((made) => ({ ...made, column: left?.column ?? made.column })));
  }
  return out;
}
