// The assembler's main loop: statement by statement labels, assignments, macros, directives and instructions.

import * as elf from "../../formats/elf32.ts";
import type { Encoded } from "../../isa/encode.ts";
import { AbsoluteSection } from "./absolute.ts";
import type { Alternate } from "./altmacro.ts";
import { CallFrames } from "./cfi.ts";
import { Conditions } from "./conditions.ts";
import { DIRECTIVES } from "./directives.ts";
import { parseConstant } from "./directives-data.ts";
import { AssemblerError, AssemblerWarning, type Position } from "./error.ts";
import { type Expression, parseExpression, tryEvaluate } from "./expression.ts";
import { nasmWord } from "./foreign.ts";
import { assembleInstruction, isRelaxable } from "./instruction.ts";
import { Listing, type ListingOptions } from "./listing.ts";
import { LineMarks } from "./loc.ts";
import { expandMacro, type Macro, StatementStream } from "./macros.ts";
import { Section, SHF_TLS } from "./section.ts";
import { directiveOf, type Statement, splitStatements } from "./source.ts";
import { suggestion } from "./suggest.ts";
import { SymbolTable } from "./symbols.ts";
import { Tokens } from "./tokens.ts";

export interface AssembleOptions {
  /** The source's name, for messages and line numbers. */
  file: string;
  /** Mode at the start; `.code16` and `.code32` change it. 32 when absent. */
  bits?: 16 | 32;
  /** The text of a file that `.include` names, or undefined when there is none. */
  include?: (path: string) => string | undefined;
  /** The bytes of a file that `.incbin` names. */
  incbin?: (path: string) => Uint8Array | undefined;
  /** false leaves the line table out. */
  lines?: boolean;
  /** What file names in the line table are relative to, for debuggers. */
  directory?: string;
  /** Symbols with constant values, as by `.set` at the top. */
  defines?: Readonly<Record<string, number>>;
  /** Files that are read after the first, as if they stood in it. */
  further?: readonly { file: string; text: string }[];
  /** What listing is wanted. */
  listing?: ListingOptions;
  /** Adds `.note.GNU-stack`, which says whether the stack must be executable; undefined leaves it to the source. */
  executableStack?: boolean;
}

interface SectionPlace {
  section: Section;
  subsection: number;
}

const MAX_ERRORS = 100;
/** What the sections that everyone knows are, when `.section` doesn't say. */
const KNOWN_SECTIONS: readonly [RegExp, number, number][] = [
  [/^\.text($|\.)/, elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_EXECINSTR],
  [/^\.(init|fini|plt)$/, elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_EXECINSTR],
  [/^\.data1?($|\.)/, elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_WRITE],
  [/^\.bss($|\.)/, elf.SHT_NOBITS, elf.SHF_ALLOC | elf.SHF_WRITE],
  [/^\.rodata1?($|\.)/, elf.SHT_PROGBITS, elf.SHF_ALLOC],
  [/^\.init_array($|\.)/, elf.SHT_INIT_ARRAY, elf.SHF_ALLOC | elf.SHF_WRITE],
  [/^\.fini_array($|\.)/, elf.SHT_FINI_ARRAY, elf.SHF_ALLOC | elf.SHF_WRITE],
  [/^\.tbss($|\.)/, elf.SHT_NOBITS, elf.SHF_ALLOC | elf.SHF_WRITE | SHF_TLS],
  [/^\.tdata($|\.)/, elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_WRITE | SHF_TLS],
  [/^\.note($|\.)/, elf.SHT_NOTE, 0],
];

export class Assembler {
  readonly sections: Section[] = [];
  readonly symbols = new SymbolTable((position) =>
    this.section instanceof AbsoluteSection ? this.section.counter : this.section.here(position),
  );
  readonly stream = new StatementStream();
  readonly conditions = new Conditions();
  readonly macros = new Map<string, Macro>();
  readonly errors: AssemblerError[] = [];
  readonly sectionStack: (SectionPlace & { previous: SectionPlace | undefined })[] = [];
  section: Section;
  previousSection: SectionPlace | undefined;
  bits: 16 | 32;
  /** `.code16gcc`: 16-bit code of a compiler that thinks it writes 32-bit code; what uses the stack has 32 bits. */
  compiled16 = false;
  /** Names given by `.file`. */
  fileSymbol: string | undefined;
  readonly listing: Listing | undefined;
  /** What `.print` says. */
  readonly prints: string[] = [];
  readonly callFrames = new CallFrames();
  readonly lineMarks = new LineMarks();
  readonly warnings: AssemblerWarning[] = [];
  /** `.altmacro` is in force. */
  altmacro = false;
  private macroCalls = 0;
  private macroLocals = 0;
  private readonly alternate: Alternate = {
    evaluate: (text, position) => parseConstant(this, new Tokens(text, position), "macro argument"),
    nextLocal: () => ++this.macroLocals,
  };

  constructor(readonly options: AssembleOptions) {
    this.bits = options.bits ?? 32;
    this.listing = options.listing && new Listing();
    this.section = this.sectionNamed(".text");
    this.sectionNamed(".data");
    this.sectionNamed(".bss");
    const position = { file: "(defines)", line: 1, column: 1 };
    for (const [name, value] of Object.entries(options.defines ?? {}))
      this.assign(name, { kind: "number", value: BigInt(Math.trunc(value)) }, position);
  }

  /** Operands are written as Intel writes them. */
  get intel(): boolean {
    return this.symbols.intel;
  }

  set intel(on: boolean) {
    this.symbols.intel = on;
  }

  /** Reads all source; errors are collected in `errors`. */
  run(source: string): void {
    for (const { file, text } of [{ file: this.options.file, text: source }, ...(this.options.further ?? [])]) {
      const { source: read, statements } = splitStatements(text, file, (error) => this.errors.push(error));
      this.listing?.open(read);
      this.stream.push(statements, { file, line: 1, column: 1 });
      for (let statement = this.stream.next(); statement; statement = this.stream.next()) {
        this.attempt(() => (this.listing ? this.listed(statement, this.listing) : this.statement(statement)));
        if (this.errors.length >= MAX_ERRORS) return;
      }
    }
    this.attempt(() => this.conditions.expectClosed());
    this.lineMarks.settle(this, { file: this.options.file, line: 1, column: 1 });
    const open = this.callFrames.unclosed();
    if (open) this.errors.push(new AssemblerError(open.position, ".cfi_startproc without .cfi_endproc"));
    this.errors.push(...this.symbols.missingLocalLabels());
  }

  attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof AssemblerError)) throw error;
      const { position, reason } = error;
      const line = position.source?.lines[(position.sourceLine ?? 0) - 1];
      // Who takes ; for the start of a comment writes a line that begins with it.
      if (line?.trimStart().startsWith(";"))
        this.errors.push(new AssemblerError(position, `${reason}; ';' separates statements, comments begin with '#'`));
      else this.errors.push(error);
    }
  }

  /** A statement, and a note of the bytes that it makes. */
  private listed(statement: Statement, listing: Listing): void {
    const { section } = this;
    const from = section.here(statement.position);
    const skipped = !this.conditions.active;
    this.statement(statement);
    if (skipped && !this.conditions.concerns(directiveOf(statement.text).directive)) listing.skip(statement.position);
    // What .lcomm and a local .comm reserve is not shown.
    if (this.section === section && !/^\.l?comm\b/.test(statement.text))
      listing.note(statement.position, statement.text, from, section.here(statement.position));
  }

  warn(position: Position, reason: string): void {
    this.warnings.push(new AssemblerWarning(position, reason));
  }

  private statement(statement: Statement): void {
    let { text, position: start } = statement;
    if (!this.conditions.active) {
      // Labels before a directive count as little as anything else here.
      const { labels, directive } = directiveOf(text);
      if (!this.conditions.concerns(directive)) return;
      text = text.slice(labels);
      start = { ...start, column: start.column + labels };
    }
    const tokens: Tokens = new Tokens(text, start);
    while (this.label(tokens));
    const token = tokens.peek();
    if (token.kind === "end") return;
    if (token.kind !== "name") {
      // [bits 16] and the like.
      const word = /^\[\s*(\w+)/.exec(text)?.[1];
      const help = word === undefined ? "" : (nasmWord(word) ?? "");
      tokens.fail(`label, directive or instruction expected, found ${tokens.describe()}${help}`);
    }
    if (this.assignment(tokens)) return;
    const position = tokens.position();
    const macro = this.macros.get(token.text.toLowerCase());
    if (macro) {
      tokens.next();
      const alternate = this.altmacro ? this.alternate : undefined;
      const made = expandMacro(macro, tokens.rest(), position, this.macroCalls++, alternate);
      this.stream.push(made, position, this.conditions.depth);
      return;
    }
    if (token.text.startsWith(".")) {
      const name = token.text.toLowerCase();
      const directive = DIRECTIVES.get(name);
      if (!directive) tokens.fail(`unknown directive '${token.text}'${suggestion(name, DIRECTIVES.keys())}`);
      tokens.next();
      directive(this, tokens, position, name);
      return;
    }
    this.instruction(tokens, position);
  }

  /** Takes a label if one is next. */
  private label(tokens: Tokens): boolean {
    const token = tokens.peek();
    const position = tokens.position();
    if (token.kind !== "name" && token.kind !== "number" && token.kind !== "string") return false;
    if (!tokens.isFollowedBy(/^ *:/)) return false;
    tokens.next();
    tokens.expect(":", "after the label");
    if (token.kind === "number") this.symbols.defineLocalLabel(Number(token.value), position);
    else this.symbols.defineLabel(token.kind === "name" ? token.text : token.value, position);
    return true;
  }

  /** `name = value`, `name == value`, and `. = address`. */
  private assignment(tokens: Tokens): boolean {
    const token = tokens.peek();
    const position = tokens.position();
    if (token.kind !== "name" || !tokens.isFollowedBy(/^ *==?/)) return false;
    tokens.next();
    const once = tokens.take("==");
    if (!once) tokens.expect("=", "after the name");
    const value = parseExpression(tokens, this.symbols);
    tokens.expectEnd();
    if (token.text === ".") this.section.add({ kind: "org", target: value, fill: 0, position });
    else this.assign(token.text, value, position, once);
    return true;
  }

  /** Gives a symbol a value; unlike a label it may be given another later, unless `once`. */
  assign(name: string, value: Expression, position: Position, once = false): void {
    const isFirst = this.symbols.find(name) === undefined;
    const symbol = this.symbols.get(name);
    const { kind } = symbol.definition;
    if (kind === "label" || kind === "common" || (once && kind !== "none"))
      throw new AssemblerError(position, `'${name}' is already defined`);
    symbol.definition = { kind: "equated", value: this.simplified(value), position, isFirst };
  }

  /** What is known of a value now is kept, so that assignments which build on each other stay small. */
  private simplified(expression: Expression): Expression {
    if (expression.kind === "number" || expression.kind === "symbol") return expression;
    const value = tryEvaluate(expression, "now");
    if (!value || value.minus) return expression;
    const constant: Expression = { kind: "number", value: value.constant };
    if (!value.plus) return constant;
    const position = expression.position;
    const symbol: Expression = { kind: "symbol", symbol: value.plus, position };
    return value.constant === 0n ? symbol : { kind: "binary", operator: "+", left: symbol, right: constant, position };
  }

  private instruction(tokens: Tokens, position: Position): void {
    const result = assembleInstruction(tokens, this.bits, this.symbols, this);
    this.lineMarks.settle(this, position);
    this.section.lines.push({ location: this.section.here(position), position });
    if (result.kind === "jump") this.section.add({ ...result, form: "short", position });
    else this.putEncoded(result.encoded, result.call, position);
  }

  private putEncoded(encoded: Encoded, call: boolean, position: Position): void {
    const { fragment, offset, bytes } = this.section.put(encoded.bytes.length, position);
    bytes.set(encoded.bytes);
    for (const { offset: at, size, kind, symbol, addend } of encoded.fixups)
      fragment.fixups.push({
        offset: offset + at,
        size,
        kind,
        expression: symbol as Expression,
        addend,
        call,
        before: at,
        relaxable: this.bits === 32 && isRelaxable(encoded, at),
        position,
      });
  }

  /** Puts a value of `size` bytes here, now or when it is known. */
  putValue(expression: Expression, size: 1 | 2 | 4 | 8, position: Position): void {
    // Fields of a structure are also written as zeros of their size.
    if (this.section instanceof AbsoluteSection && expression.kind === "number" && expression.value === 0n) {
      this.section.reserve(size, position);
      return;
    }
    const { fragment, offset } = this.section.put(size, position);
    fragment.fixups.push({ offset, size, kind: "absolute", expression, addend: 0, call: false, data: true, position });
  }

  putBytes(bytes: Uint8Array, position: Position): void {
    this.section.put(bytes.length, position).bytes.set(bytes);
  }

  /** The section of that name, made if need be; type and flags are those that the name implies unless given. */
  sectionNamed(
    name: string,
    attributes?: { type?: number; flags?: number; entrySize?: number; group?: string },
  ): Section {
    const known = this.sections.find((section) => section.name === name && section.group === attributes?.group);
    if (known) return known;
    const [, impliedType, impliedFlags] = KNOWN_SECTIONS.find(([pattern]) => pattern.test(name)) ?? [
      /./,
      elf.SHT_PROGBITS,
      0,
    ];
    const type = attributes?.type ?? impliedType;
    const flags = attributes?.flags ?? impliedFlags;
    // Arrays of procedures have entries of an address each.
    const isArray = type === elf.SHT_INIT_ARRAY || type === elf.SHT_FINI_ARRAY || type === elf.SHT_PREINIT_ARRAY;
    const entrySize = attributes?.entrySize || (isArray ? 4 : 0);
    const section = new Section(name, type, flags, entrySize, type === elf.SHT_NOBITS);
    section.group = attributes?.group;
    // Of sections with one name, as groups have them, the first is the one that the name stands for.
    if (!this.sections.some((other) => other.name === name)) this.symbols.place(section);
    this.sections.push(section);
    return section;
  }

  enter(section: Section, subsection = 0): void {
    this.previousSection = { section: this.section, subsection: this.section.subsection };
    section.select(subsection);
    this.section = section;
  }
}
