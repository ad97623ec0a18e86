// The passes: every statement is assembled again and again, with what the pass before found out about labels, until nothing changes;
// one more pass then writes bytes, relocations and the listing. NASM works the same way, and so comes to the same sizes.
// Source: the NASM manual, section 2.1.23, chapters 3 and 7.

import { AssemblerError, type Position } from "../asm/error.ts";
import { MAX_SECTION_SIZE } from "../asm/section.ts";
import { putData, repeatStart, store } from "./data.ts";
import { DIRECTIVES } from "./directives.ts";
import { add, constant, type Expression, evaluate, isSimple, type Scope, type Value } from "./expression.ts";
import { type AssembledInstruction, assembleInstruction, isFixed, type Place } from "./instruction.ts";
import { Listing } from "./listing.ts";
import { type Line, Preprocessor, type PreprocessorOptions } from "./preprocessor.ts";
import type { Relocation, Section } from "./section.ts";
import { type Instruction, parseStatement, type Statement } from "./statement.ts";
import { SymbolTable } from "./symbols.ts";

export interface AssemblerOptions extends PreprocessorOptions {
  effort?: { passes: number; lines: number };
  format: "bin" | "elf32";
  optimise: boolean;
  listing: boolean;
  incbin?: (path: string) => Uint8Array | undefined;
}

const MAX_PASSES = 200;
const MAX_ERRORS = 100;
/** Beyond this what TIMES and dup repeat with an address in it is taken for a mistake. */
const MAX_REPEATED = 100_000;

/** After so many lines, all passes together, addresses that don't settle are given up. */
const MAX_LINES = 1_500_000;

interface ParsedLine extends Line {
  statement?: Statement;
}

export class Assembler {
  readonly symbols = new SymbolTable();
  readonly sections: Section[] = [];
  readonly errors: AssemblerError[] = [];
  readonly warnings = new Set<string>();
  readonly listing: Listing | undefined;
  bits: 16 | 32;
  private current: Section | undefined;
  /** Set in `absolute` space: the address that counts instead of the section's offset. */
  absolute: { start: Value; offset: number } | undefined;
  origin: number | undefined;
  final = false;
  /** `$`: where the statement began; undefined while nobody asked and no section is open. */
  private here: Value | undefined;
  private cachedLines: ParsedLine[] | undefined;
  private cachedReports: (() => void)[] = [];
  /** The preprocessor gave up: no pass would come to an end. */
  private hopeless = false;
  private repeated = 0;
  private linesDone = 0;
  /** How many warnings there were, counted in every pass. */
  private said = 0;
  readonly scope: Scope = {
    symbol: (name, position) => this.symbols.value(name, position, this.final),
    here: () => {
      this.here ??= this.hereValue();
      return this.here;
    },
    base: () => this.baseValue(),
  };
  private readonly place: Place;

  constructor(
    readonly source: string,
    readonly options: AssemblerOptions,
    private readonly defaultBits: 16 | 32,
    readonly sectionNamed: (assembler: Assembler, name: string) => Section,
  ) {
    this.bits = defaultBits;
    if (options.format === "bin") sectionNamed(this, ".text");
    this.listing = options.listing ? new Listing() : undefined;
    this.place = {
      bits: this.bits,
      optimise: options.optimise,
      scope: this.scope,
      segment: undefined,
      offset: 0,
      warn: (position, text) => this.warn(position, text),
    };
  }

  run(): void {
    let pass = 1;
    for (; pass <= MAX_PASSES; pass++) {
      this.runPass(pass);
      if (this.hopeless || (pass > 10 && this.linesDone > MAX_LINES)) break;
      if (this.symbols.changed === 0 && pass > 1) break;
    }
    this.final = true;
    if (this.hopeless) {
      for (const report of this.cachedReports) report();
      return;
    }
    this.runPass(pass + 1);
    if (this.symbols.changed > 0 && this.errors.length === 0)
      this.errors.push(
        new AssemblerError(
          { file: this.options.file, line: 1, column: 1 },
          `the addresses depend on themselves and don't settle in ${pass} passes`,
        ),
      );
  }

  warn(position: Position, text: string): void {
    this.said++;
    if (this.final) this.warnings.add(`${position.file}:${position.line}:${position.column}: warning: ${text}`);
  }

  report(error: AssemblerError): void {
    if (this.final) this.errors.push(error);
  }

  /** What can only be told in the last pass, when every name is known. */
  fail(position: Position, reason: string): never {
    throw new AssemblerError(position, reason);
  }

  private runPass(number: number): void {
    if (this.options.effort) this.options.effort.passes++;
    this.symbols.startPass(number);
    for (const section of this.sections) section.restart();
    this.bits = this.defaultBits;
    this.current = undefined;
    this.absolute = undefined;
    this.origin = undefined;
    this.repeated = 0;
    if (this.cachedLines) {
      for (const report of this.cachedReports) report();
      for (const line of this.cachedLines) {
        this.line(line);
        if (this.errors.length >= MAX_ERRORS) return;
      }
      return;
    }
    const lines: ParsedLine[] = [];
    const said: (() => void)[] = [];
    const say = (action: () => void) => {
      said.push(action);
      action();
    };
    const preprocessor = new Preprocessor(
      this.source,
      this.options,
      this.scope,
      (error) => say(() => this.report(error)),
      (position, text) => say(() => this.warn(position, text)),
    );
    for (const mark of ["", "?"]) {
      preprocessor.defines.dynamic.set(`__${mark}BITS${mark}__`, () => String(this.bits));
      preprocessor.defines.dynamic.set(`__${mark}OUTPUT_FORMAT${mark}__`, () => this.options.format);
    }
    for (let line = preprocessor.next(); line; line = preprocessor.next()) {
      lines.push(line);
      this.line(line);
      if (this.errors.length >= MAX_ERRORS) return;
    }
    this.hopeless = preprocessor.gaveUp;
    if (preprocessor.dependsOnLayout && !this.hopeless) return;
    // The lines will be the same in every pass, and so will be what the preprocessor has to say.
    this.cachedLines = lines;
    this.cachedReports = said;
  }

  private line(line: ParsedLine): void {
    this.linesDone++;
    if (this.options.effort) this.options.effort.lines++;
    if (this.final && this.listing && line.listed) this.listing.begin(line.listed);
    if (line.tokens.length === 0) return;
    try {
      line.statement ??= parseStatement(line.tokens, line.position, this.final);
      this.statement(line.statement);
    } catch (error) {
      if (!(error instanceof AssemblerError)) throw error;
      this.report(error);
    }
    // What the preprocessor asks next it asks of the place after this line.
    this.here = undefined;
  }

  // Statements

  private statement({ label, times, body, position }: Statement): void {
    const isPlaced = this.current !== undefined || (body.kind !== "equ" && body.kind !== "directive");
    this.here = isPlaced ? this.hereValue() : undefined;
    if (body.kind === "equ") {
      if (!label) this.fail(position, "equ needs a name before it");
      const value = evaluate(body.value, this.scope);
      if (!value.unknown) this.symbols.define(label.name, value, label.position, false);
      return;
    }
    if (label) {
      if (body.kind === "none" && !times && !label.hasColon && !label.name.startsWith("."))
        this.warn(label.position, `label '${label.name}' alone on a line without a colon: meant as an instruction?`);
      this.symbols.define(label.name, this.scope.here(), label.position, true);
    }
    const count = times ? this.count(times, position, "TIMES") : 1;
    switch (body.kind) {
      case "instruction":
        this.instructions(body, count, times !== undefined);
        break;
      case "data":
        putData(this, body, count, position, times !== undefined);
        break;
      case "reserve": {
        const reserved = this.count(body.count, position, "the number to reserve");
        this.reserve(reserved * body.size * count, position);
        break;
      }
      case "incbin": {
        const bytes = this.fileBytes(body.path, body.skip, body.length, position);
        this.fileContents(bytes, count, position);
        break;
      }
      case "directive":
        if (times) this.fail(position, "TIMES of a directive means nothing");
        DIRECTIVES[body.name]?.(this, body.tokens, position);
        break;
      case "none":
        break;
    }
  }

  /** A count that must be known and not negative. */
  count(expression: Expression, position: Position, what: string): number {
    const value = evaluate(expression, this.scope);
    if (value.unknown) {
      if (this.final) this.fail(position, `${what} needs a value that is known`);
      return 1;
    }
    if (!isSimple(value)) this.fail(position, `${what} must be a constant`);
    if (value.constant < 0n) {
      // Until all is settled this may be a guess that came out too small.
      if (this.final) this.fail(position, `${what} is negative: ${value.constant}`);
      return 0;
    }
    if (value.constant > BigInt(MAX_SECTION_SIZE)) this.fail(position, `${what} is too large: ${value.constant}`);
    return Number(value.constant);
  }

  private instructions(instruction: Instruction, count: number, isRepeated: boolean): void {
    const { position } = instruction;
    if (count === 0) return;
    const start = this.offset;
    const first = this.translate(instruction);
    // A branch gets a distance of its own, and perhaps a size, in every round; all else is the same each time.
    const varies = first.fixups.some((fixup) => fixup.kind === "relative");
    if (first.fixups.length > 0) this.checkRepeats(count, position);
    if (varies) {
      for (let i = 0; i < count; i++) {
        const offset = this.offset;
        const made = i === 0 ? first : this.translate(instruction);
        this.advance(made.bytes.length, position);
        if (!this.final) continue;
        this.write(made.bytes, 1, position);
        this.fixups(made, offset, position);
        if (i === 0) this.list(offset, made);
      }
    } else {
      const { length } = first.bytes;
      this.advance(length * count, position);
      if (this.final) {
        this.write(first.bytes, count, position);
        for (let i = 0; i < (first.fixups.length > 0 ? count : 0); i++)
          this.fixups(first, start + i * length, position);
        this.list(start, first);
      }
    }
    if (isRepeated && count > 1 && this.final) this.listing?.note(this.offset, "rep", count);
  }

  private translate(instruction: Instruction): AssembledInstruction {
    if (instruction.cached) return instruction.cached;
    this.place.bits = this.bits;
    this.place.segment = this.absolute ? undefined : this.section;
    this.place.offset = this.offset;
    const { said } = this;
    const made = assembleInstruction(instruction, this.place);
    // What gives rise to a warning is done again in the last pass, when warnings count.
    if (said === this.said && isFixed(instruction)) instruction.cached = made;
    return made;
  }

  /** Counts what is repeated with addresses in it. */
  checkRepeats(count: number, position: Position): void {
    this.repeated += count - 1;
    if (this.repeated > MAX_REPEATED) this.fail(position, `more than ${MAX_REPEATED} addresses are repeated`);
  }

  // Space and files

  private reserve(size: number, position: Position): void {
    const offset = this.offset;
    this.advance(size, position);
    if (!this.final) return;
    this.listing?.reserved(offset + Number(this.absolute?.start.constant ?? 0), size);
    if (this.absolute || this.section.attributes.noBits) return;
    this.warn(position, `space is reserved in ${this.section.name}, which has contents: it is filled with zeros`);
    this.section.bytes.grow(size);
  }

  private fileBytes(
    path: string,
    skip: Expression | undefined,
    length: Expression | undefined,
    position: Position,
  ): Uint8Array {
    const all = this.options.incbin?.(path);
    if (!all) this.fail(position, `cannot find the file '${path}'`);
    const from = skip ? this.count(skip, position, "the offset of incbin") : 0;
    const count = length ? this.count(length, position, "the length of incbin") : all.length;
    return all.subarray(from, from + count);
  }

  private fileContents(bytes: Uint8Array, count: number, position: Position): void {
    const offset = this.offset;
    this.advance(bytes.length * count, position);
    if (!this.final) return;
    this.write(bytes, count, position);
    this.listing?.note(offset, "bin", bytes.length * count);
  }

  // Output

  /** The section that bytes go to; what comes before the first `section` goes to .text. */
  get section(): Section {
    this.current ??= this.sectionNamed(this, ".text");
    return this.current;
  }

  set section(section: Section) {
    this.current = section;
  }

  get offset(): number {
    return this.absolute ? this.absolute.offset : this.section.offset;
  }

  advance(size: number, position: Position): void {
    if (this.absolute) this.absolute.offset += size;
    else this.section.offset += size;
    if (this.offset > MAX_SECTION_SIZE)
      this.fail(position, `section ${this.section.name} grows beyond ${MAX_SECTION_SIZE} bytes`);
  }

  /** Puts the bytes `count` times. */
  private write(bytes: Uint8Array, count: number, position: Position): void {
    if (bytes.length * count === 0) return;
    const space = this.space(bytes.length * count, position);
    space.set(bytes);
    repeatStart(space, bytes.length);
  }

  /** Room for so many bytes at the end of the section. @throws AssemblerError where there can be no contents */
  space(size: number, position: Position): Uint8Array {
    if (this.absolute) this.fail(position, "only space can be reserved in absolute space");
    if (this.section.attributes.noBits) this.fail(position, `only space can be reserved in ${this.section.name}`);
    return this.section.bytes.grow(size);
  }

  private fixups({ fixups }: AssembledInstruction, start: number, position: Position): void {
    for (const { offset, size, kind, value, addend } of fixups)
      this.fixup({ offset: start + offset, size, kind, value: add(value, constant(addend)), position });
  }

  /** Fills a field in now if it can be known, or leaves it to output. */
  private fixup(relocation: Relocation): void {
    const { value, kind, offset, size, position } = relocation;
    if (value.unknown) this.fail(position, "the address is not known");
    const space = this.section.bytes.bytes.subarray(offset, offset + size);
    const [term] = value.terms;
    const isHere = value.terms.length === 1 && term.what === this.section && term.factor === 1;
    if (kind === "absolute" && isSimple(value)) store(space, value.constant);
    else if (kind === "relative" && isHere) {
      const distance = value.constant - BigInt(offset);
      if (size === 1 && (distance < -128n || distance > 127n))
        this.fail(position, `the short jump is out of range: ${distance} bytes`);
      store(space, distance);
    } else this.section.relocations.push(relocation);
  }

  private list(offset: number, { bytes, fixups }: AssembledInstruction): void {
    if (!this.listing) return;
    const written = this.section.bytes.bytes.subarray(offset, offset + bytes.length);
    let at = 0;
    for (const fixup of fixups) {
      this.listing.bytes(offset + at, written.subarray(at, fixup.offset));
      const field = written.slice(fixup.offset, fixup.offset + fixup.size);
      const [term] = fixup.value.terms;
      const isNear = fixup.value.terms.length === 1 && term.what === this.section;
      if (fixup.kind === "absolute" ? !term : isNear) this.listing.bytes(offset + fixup.offset, field);
      else {
        store(field, fixup.value.constant);
        this.listing.relocation(offset + fixup.offset, field, fixup.kind);
      }
      at = fixup.offset + fixup.size;
    }
    this.listing.bytes(offset + at, written.subarray(at));
  }

  private hereValue(): Value {
    if (this.absolute) return add(this.absolute.start, constant(this.absolute.offset));
    return { constant: BigInt(this.section.offset), terms: [{ what: this.section, factor: 1 }], unknown: false };
  }

  private baseValue(): Value {
    if (this.absolute) return this.absolute.start;
    return { constant: 0n, terms: [{ what: this.section, factor: 1 }], unknown: false };
  }
}
