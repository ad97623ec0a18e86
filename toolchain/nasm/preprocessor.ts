// The preprocessor: a stack of files, macro calls and loops from which lines are drawn one at a time, each with its macros expanded.
// The assembler draws a line, assembles it and draws the next, so that %if and %assign can ask for `$` and for labels above.
// Source: the NASM manual, chapter 4.

import { AssemblerError, type Position } from "../asm/error.ts";
import { Conditions } from "./conditions.ts";
import { Defines } from "./defines.ts";
import { DIRECTIVES } from "./directives-preprocessor.ts";
import type { Scope } from "./expression.ts";
import { type MacroCall, MacroTable, type MultiLineMacro, splitArguments, substitute } from "./macros.ts";
import { PRELUDE, PRELUDE_FILE } from "./prelude.ts";
import { scan, type Token, trim } from "./tokens.ts";

/** How a line appears in the listing. */
export interface ListedLine {
  number: number;
  text: string;
  /** 0 in the main file, more in includes and macros. */
  level: number;
}

/** A line for the assembler; without tokens it is only for the listing. */
export interface Line {
  tokens: Token[];
  position: Position;
  /** Absent when the line counts to the one listed before it. */
  listed?: ListedLine;
}

export interface RawLine {
  text: string;
  number: number;
}

interface Frame {
  kind: "file" | "macro" | "rep";
  lines: readonly RawLine[];
  at: number;
  file: string;
  /** The macro call that lines here take their parameters from. */
  call?: MacroCall;
  /** Where lines of a macro or loop came to be. */
  expandedFrom?: Position["expandedFrom"];
  /** Lines of a standard macro go by the line that called it. */
  hiddenAt?: Position;
  level: number;
  /** %rep: rounds still to come. */
  rounds: number;
  /** Conditions open when the frame began. */
  conditions: number;
}

/** Lines between %macro and %endmacro or %rep and %endrep, while they are read. */
interface Collection {
  kind: "macro" | "rep";
  macro?: MultiLineMacro;
  rounds: number;
  lines: RawLine[];
  depth: number;
  position: Position;
}

export interface PreprocessorOptions {
  file: string;
  include?: (path: string) => { name: string; text: string } | undefined;
  /** Lines before the source: what -D, -U and -p say. */
  before?: readonly string[];
}

const MAX_EXPANDED_LINES = 200_000;
const MAX_FRAMES = 2_000;

/** Directives that NASM makes by macros: they count where macro calls are numbered. */
const STANDARD_MACROS = /^(?:bits|use16|use32|org|global|extern|static|common|required|cpu|default|float|sectalign)$/i;

const DIRECTIVE = /^[ \t]*%[ \t]*([A-Za-z]+)/;

export class Preprocessor {
  readonly defines = new Defines();
  readonly macros = new MacroTable();
  readonly conditions = new Conditions();
  readonly frames: Frame[] = [];
  /** An expression asked for `$` or a label: the lines may differ from pass to pass. */
  dependsOnLayout = false;
  /** Macros and loops made more lines than anyone can mean. */
  gaveUp = false;
  /** What %stacksize says, and how far %arg and %local have come; in bytes. */
  stack = { slot: 4, pointer: "ebp", arguments: 8, locals: 0 };
  private readonly used = new Set<string>();
  private collection: Collection | undefined;
  private uniqueNumber = 0;
  private expandedLines = 0;
  /** The line under work, as it is listed. */
  private listed: ListedLine | undefined;

  constructor(
    source: string,
    readonly options: PreprocessorOptions,
    /** What the assembler knows at this moment. */
    readonly scope: Scope,
    readonly report: (error: AssemblerError) => void,
    readonly warn: (position: Position, text: string) => void,
  ) {
    this.defines.dynamic.set("__LINE__", (position) => String(position.line));
    this.defines.dynamic.set("__?LINE?__", (position) => String(position.line));
    this.defines.dynamic.set("__FILE__", (position) => `"${position.file}"`);
    this.defines.dynamic.set("__?FILE?__", (position) => `"${position.file}"`);
    this.pushFile(options.file, source);
    if (options.before?.length) this.pushFile("(command line)", options.before.join("\n"));
    this.pushFile(PRELUDE_FILE, PRELUDE);
    this.frames[this.frames.length - 1].hiddenAt = { file: options.file, line: 1, column: 1 };
    if (options.before?.length)
      this.frames[this.frames.length - 2].hiddenAt = { file: "(command line)", line: 1, column: 1 };
  }

  /** A number that no other macro call, context or loop has. */
  unique(): number {
    return this.uniqueNumber++;
  }

  /** Puts a package's macros in, unless they are there already. */
  usePackage(name: string, text: string, position: Position): void {
    if (this.used.has(name)) return;
    this.used.add(name);
    this.pushFile(`(${name})`, text);
    this.frames[this.frames.length - 1].hiddenAt = position;
  }

  /** The next line; undefined at the end. Errors go to `report`, and the line with the error is left out. */
  next(): Line | undefined {
    for (;;) {
      const frame = this.frames.at(-1);
      if (!frame) return undefined;
      if (frame.at >= frame.lines.length) {
        this.endOf(frame);
        continue;
      }
      const raw = frame.lines[frame.at++];
      const position = this.positionOf(frame, raw);
      this.listed = frame.hiddenAt
        ? undefined
        : { number: raw.number, text: listedText(frame, raw), level: frame.level };
      let tokens: Token[] | undefined;
      try {
        tokens = this.line(frame, raw, position);
      } catch (error) {
        if (!(error instanceof AssemblerError)) throw error;
        this.report(error);
        if (this.expandedLines > MAX_EXPANDED_LINES) {
          this.gaveUp = true;
          this.frames.length = 0;
        }
      }
      if (tokens?.length || this.listed) return { tokens: tokens ?? [], position, listed: this.listed };
    }
  }

  private positionOf(frame: Frame, raw: RawLine): Position {
    if (frame.hiddenAt) return frame.hiddenAt;
    return { file: frame.file, line: raw.number, column: 1, expandedFrom: frame.expandedFrom };
  }

  private endOf(frame: Frame): void {
    if (frame.kind === "rep" && frame.rounds > 0) {
      frame.rounds--;
      frame.at = 0;
      return;
    }
    this.frames.pop();
    const last = frame.lines.at(-1);
    if (frame.kind === "macro" && frame.call) frame.call.macro.active--;
    if (frame.kind !== "file") return;
    const position = { file: frame.file, line: last?.number ?? 1, column: 1 };
    if (this.collection) {
      const { kind, position: start } = this.collection;
      this.collection = undefined;
      this.report(new AssemblerError(start, kind === "macro" ? "%macro has no %endmacro" : "%rep has no %endrep"));
    }
    for (const open of this.conditions.truncate(frame.conditions))
      this.report(new AssemblerError(open ?? position, "%if has no %endif"));
  }

  /** The tokens that come of one raw line; empty or undefined when it was for the preprocessor alone. */
  private line(frame: Frame, raw: RawLine, position: Position): Token[] | undefined {
    const directive = DIRECTIVE.exec(raw.text)?.[1].toLowerCase();
    if (this.collection) {
      this.collect(this.collection, directive, raw);
      return undefined;
    }
    if (!this.conditions.active && !(directive && this.conditions.concerns(directive))) return undefined;
    if (frame.kind !== "file" && ++this.expandedLines > MAX_EXPANDED_LINES)
      throw new AssemblerError(position, `macros and loops make more than ${MAX_EXPANDED_LINES} lines`);
    let tokens = scan(raw.text, position);
    if (frame.call && tokens.some((token) => token.kind === "percent"))
      tokens = substitute(tokens, frame.call, position, directive !== undefined);
    if (directive) {
      const first = tokens.findIndex((token) => token.kind !== "space");
      // `% define` with a gap is two tokens.
      const skip = tokens[first]?.kind === "percent" ? 1 : tokens[first + 1]?.kind === "space" ? 3 : 2;
      const action = DIRECTIVES.get(directive);
      if (action) {
        action(this, trim(tokens.slice(first + skip)), position, directive);
        return undefined;
      }
      if (/^[ \t]*%[A-Za-z]/.test(raw.text) && !this.macros.has(tokens[first].text))
        throw new AssemblerError(position, `unknown preprocessor directive '%${directive}'`);
    }
    tokens = trim(this.defines.expand(tokens, position));
    return tokens.length > 0 ? this.call(tokens, position) : undefined;
  }

  private collect(collection: Collection, directive: string | undefined, raw: RawLine): void {
    const opens = collection.kind === "rep" ? /^rep$/ : /^[ir]?macro$|^irmacro$/;
    const closes = collection.kind === "rep" ? /^endrep$/ : /^endm(acro)?$/;
    if (directive && opens.test(directive)) collection.depth++;
    if (directive && closes.test(directive) && collection.depth-- === 0) {
      this.collection = undefined;
      if (collection.macro) {
        collection.macro.lines = collection.lines;
        this.macros.add(collection.macro, this.warn, collection.position);
      } else this.startLoop(collection);
      return;
    }
    collection.lines.push(raw);
  }

  private startLoop(collection: Collection): void {
    const frame = this.frames[this.frames.length - 1];
    if (collection.rounds <= 0) return;
    this.pushFrame(
      {
        ...frame,
        kind: "rep",
        lines: collection.lines,
        at: 0,
        expandedFrom: frame.expandedFrom,
        level: frame.level + 1,
        rounds: collection.rounds - 1,
        conditions: this.conditions.depth,
      },
      collection.position,
    );
  }

  private pushFrame(frame: Frame, position: Position): void {
    if (this.frames.length >= MAX_FRAMES) throw new AssemblerError(position, "macros are nested too deeply");
    this.frames.push(frame);
  }

  /** A line that calls a macro opens it; another goes on to the assembler. */
  private call(tokens: Token[], position: Position): Token[] | undefined {
    let at = 0;
    let label: Token[] = [];
    let macro = this.macros.named(tokens[0].text);
    if (!macro && tokens[0].kind === "name") {
      let after = 1;
      while (tokens[after]?.kind === "space") after++;
      if (tokens[after]?.text === ":") after++;
      while (tokens[after]?.kind === "space") after++;
      const word = tokens[after];
      if (word && (word.kind === "name" || word.kind === "percent")) macro = this.macros.named(word.text);
      label = tokens.slice(0, after);
      at = after;
    }
    if (!macro) {
      if (STANDARD_MACROS.test(tokens[0].text)) this.unique();
      return tokens;
    }
    const given = splitArguments(trim(tokens.slice(at + 1)));
    const chosen = this.macros.choose(macro, given.length);
    if (!chosen) {
      // Within its own body the name means what it meant before.
      if (macro.every((candidate) => candidate.active > 0 && !candidate.recursive)) return tokens;
      const column = tokens[at].column;
      throw new AssemblerError(
        { ...position, column },
        `macro '${macro[0].name}' does not take ${given.length} argument${given.length === 1 ? "" : "s"}`,
      );
    }
    const complete = this.macros.complete(chosen, given);
    const call: MacroCall = {
      macro: chosen,
      given: complete,
      count: complete.length,
      rotation: 0,
      number: this.unique(),
      label,
    };
    const hidden = chosen.file === PRELUDE_FILE;
    const frame = this.frames[this.frames.length - 1];
    this.pushFrame(
      {
        kind: "macro",
        lines: chosen.lines,
        at: 0,
        file: chosen.file,
        call,
        expandedFrom: { what: `macro '${chosen.name}'`, position },
        hiddenAt: frame.hiddenAt ?? (hidden ? position : undefined),
        level: frame.level + 1,
        rounds: 0,
        conditions: this.conditions.depth,
      },
      position,
    );
    chosen.active++;
    const named = label.some((token) => token.text === ":") || label.length === 0;
    return named ? label : [...trim(label), { kind: "punctuation", text: ":", column: label[0].column }];
  }

  // For directives

  collectMacro(macro: MultiLineMacro, position: Position): void {
    this.collection = { kind: "macro", macro, rounds: 0, lines: [], depth: 0, position };
  }

  collectLoop(rounds: number, position: Position): void {
    this.collection = { kind: "rep", rounds, lines: [], depth: 0, position };
  }

  /** %exitrep and %exitmacro: leaves the innermost frame of the kind. */
  leave(kind: "rep" | "macro", position: Position): void {
    let index = this.frames.length - 1;
    while (index >= 0 && this.frames[index].kind !== kind && this.frames[index].kind !== "file") index--;
    if (index < 0 || this.frames[index].kind !== kind)
      throw new AssemblerError(position, `%exit${kind} outside of a %${kind}`);
    const left = this.frames.splice(index);
    this.conditions.truncate(left[0].conditions);
    for (const frame of left) if (frame.kind === "macro" && frame.call) frame.call.macro.active--;
  }

  /** The macro call whose body is being read. */
  get currentCall(): MacroCall | undefined {
    return this.frames.at(-1)?.call;
  }

  get currentFrame(): Frame | undefined {
    return this.frames.at(-1);
  }

  pushFile(name: string, text: string, position: Position = { file: name, line: 1, column: 1 }): void {
    const parent = this.frames.at(-1);
    this.pushFrame(
      {
        kind: "file",
        lines: splitLines(text),
        at: 0,
        file: name,
        level: parent && position.file !== name ? parent.level + 1 : 0,
        rounds: 0,
        conditions: this.conditions.depth,
      },
      position,
    );
  }
}

/** Physical lines; one that ends in a backslash goes on in the next. */
function splitLines(text: string): RawLine[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const raw: RawLine[] = [];
  for (let i = 0; i < lines.length; i++) {
    const number = i + 1;
    let line = lines[i].endsWith("\r") ? lines[i].slice(0, -1) : lines[i];
    while (line.endsWith("\\") && i + 1 < lines.length) line = line.slice(0, -1) + lines[++i].replace(/\r$/, "");
    raw.push({ text: line, number });
  }
  return raw;
}

/** Lines of a macro are listed from its tokens, between which white space is one space. */
function listedText(frame: Frame, raw: RawLine): string {
  if (frame.kind === "file") return raw.text;
  return raw.text.replace(/'[^']*'|"[^"]*"|`[^`]*`|;.*|[ \t]+|%\{[^}]*\}/g, (part) => {
    if (part.startsWith("%{")) return `%${part.slice(2, -1)}`;
    return /^[ \t]/.test(part) ? " " : part.startsWith(";") ? "" : part;
  });
}
