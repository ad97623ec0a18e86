// Layout: which input section goes into which output section, and at which address everything stands.
//
// Addresses may depend on symbols and sizes that stand further down in the script, so the script is run again until nothing
// moves any more.

import * as elf from "../../formats/elf32.ts";
import { type EvaluationState, evaluate } from "./evaluate.ts";
import type { InputSection, Resolution } from "./resolve.ts";
import {
  type Assignment,
  type InputPattern,
  matches,
  type OutputSectionStatement,
  type Script,
  type ScriptExpression,
} from "./script.ts";

/** What an output section consists of, in order; offsets are set by layout. */
export type Piece = { offset: number } & (
  | { kind: "input"; input: InputSection; align: number }
  | { kind: "data"; size: 1 | 2 | 4 | 8; value: ScriptExpression; number: number }
  | { kind: "fill"; value: ScriptExpression; number: number }
  | { kind: "assignment"; assignment: Assignment }
  | { kind: "assert"; condition: ScriptExpression; message: string; where: string }
);

export interface OutputSection {
  name: string;
  statement: OutputSectionStatement;
  pieces: Piece[];
  type: number;
  flags: number;
  align: number;
  address: number;
  loadAddress: number;
  size: number;
  /** Byte pattern for gaps, big-endian as GNU ld has it; undefined: no-operations in code, zeros elsewhere. */
  fill: number | undefined;
  /** Nothing in it and no symbol defined in it: it does not appear. */
  isEmpty: boolean;
  entrySize: number;
}

export interface Layout {
  /** The sections that appear, in the order of the script. */
  outputs: OutputSection[];
  problems: string[];
}

const MAX_PASSES = 32;
const DISCARD = "/DISCARD/";

/** Places all sections of the resolution by the script. Sets the script's symbols in the resolution. */
export function layOut(resolution: Resolution, script: Script): Layout {
  return new LayoutRun(resolution, script).run();
}

type Step =
  | { kind: "section"; output: OutputSection }
  | { kind: "assignment"; assignment: Assignment }
  | { kind: "assert"; condition: ScriptExpression; message: string; where: string };

class LayoutRun implements EvaluationState {
  private readonly steps: Step[] = [];
  private readonly byName = new Map<string, OutputSection>();
  private problems: string[] = [];
  private changed = false;
  /** Symbols that expressions of the script use. */
  private readonly scriptReferences = new Set<string>();
  dot = 0;
  current: OutputSection | undefined;
  /** Virtual minus load address of the last section with a load address of its own. */
  private loadDistance = 0;

  constructor(
    private readonly resolution: Resolution,
    private readonly script: Script,
  ) {}

  run(): Layout {
    this.placeByScript();
    this.placeOrphans();
    const sections = this.steps.flatMap((step) => (step.kind === "section" ? [step.output] : []));
    for (const output of sections) this.setAttributes(output);
    for (let pass = 0; ; pass++) {
      this.pass();
      if (!this.changed) break;
      if (pass >= MAX_PASSES) {
        this.problems.push("the script's addresses depend on each other and never settle");
        break;
      }
    }
    const outputs = sections.filter((output) => !output.isEmpty);
    this.checkOverlaps(outputs);
    return { outputs, problems: this.problems };
  }

  // Which section goes where

  private placeByScript(): void {
    for (const statement of this.script.statements) {
      if (statement.kind !== "section") {
        this.steps.push(
          statement.kind === "assignment" ? { kind: "assignment", assignment: statement } : { ...statement },
        );
        continue;
      }
      if (statement.name === DISCARD) {
        for (const content of statement.contents)
          if (content.kind === "input") for (const input of this.select(content)) input.discarded = true;
        continue;
      }
      const output = this.outputNamed(statement.name, statement);
      for (const content of statement.contents) {
        switch (content.kind) {
          case "input":
            for (const input of this.select(content)) this.append(output, input);
            break;
          case "data":
            output.pieces.push({ kind: "data", offset: 0, size: content.size, value: content.value, number: 0 });
            break;
          case "fill":
            output.pieces.push({ kind: "fill", offset: 0, value: content.value, number: 0 });
            break;
          case "assignment":
            output.pieces.push({ kind: "assignment", offset: 0, assignment: content });
            break;
          case "assert":
            output.pieces.push({ ...content, offset: 0 });
            break;
        }
      }
    }
  }

  /** The input sections, not yet placed, that a pattern asks for: in the order of the objects, unless sorted. */
  private select(pattern: InputPattern): InputSection[] {
    const taken = this.resolution.sections.filter((candidate) => {
      if (candidate.output || candidate.discarded) return false;
      const file = candidate.input.name;
      if (!matchesFile(pattern.file, file) || pattern.excludedFiles.some((excluded) => matchesFile(excluded, file)))
        return false;
      return pattern.sections.some(
        (section) =>
          matches(section.pattern, candidate.section.name) &&
          !(candidate.section.name === "COMMON" && section.pattern !== "COMMON") &&
          !section.excludedFiles.some((excluded) => matchesFile(excluded, file)),
      );
    });
    const sort = pattern.sections.find((section) => section.sort !== "")?.sort;
    if (sort === "name")
      taken.sort((a, b) => (a.section.name < b.section.name ? -1 : a.section.name > b.section.name ? 1 : 0));
    if (sort === "alignment") taken.sort((a, b) => b.section.align - a.section.align);
    return taken;
  }

  /** Sections that the script does not mention: after the last of their kind, those that are not loaded at the end. */
  private placeOrphans(): void {
    for (const input of this.resolution.sections) {
      if (input.output || input.discarded) continue;
      const name = input.section.name === "COMMON" ? ".bss" : input.section.name;
      let output = this.byName.get(name);
      if (!output) {
        if (input.size === 0) {
          input.discarded = true;
          continue;
        }
        output = this.newOutput(name, orphanStatement(name));
        this.steps.splice(this.orphanPlace(input), 0, { kind: "section", output });
      }
      this.append(output, input);
    }
  }

  private orphanPlace(input: InputSection): number {
    const rank = kindRank(input.section.type, input.section.flags);
    let place = this.steps.length;
    if (rank === UNLOADED) return place;
    this.steps.forEach((step, i) => {
      if (step.kind !== "section") return;
      const inputs = step.output.pieces.flatMap((piece) => (piece.kind === "input" ? [piece.input.section] : []));
      const stepRank = Math.max(-1, ...inputs.map((section) => kindRank(section.type, section.flags)));
      if (stepRank >= 0 && stepRank <= rank) place = i + 1;
    });
    return place;
  }

  private outputNamed(name: string, statement: OutputSectionStatement): OutputSection {
    const known = this.byName.get(name);
    if (known) return known;
    const output = this.newOutput(name, statement);
    this.steps.push({ kind: "section", output });
    return output;
  }

  private newOutput(name: string, statement: OutputSectionStatement): OutputSection {
    const output: OutputSection = {
      name,
      statement,
      pieces: [],
      type: elf.SHT_PROGBITS,
      flags: 0,
      align: 1,
      address: 0,
      loadAddress: 0,
      size: 0,
      fill: undefined,
      isEmpty: true,
      entrySize: 0,
    };
    this.byName.set(name, output);
    return output;
  }

  private append(output: OutputSection, input: InputSection): void {
    input.output = output;
    output.pieces.push({ kind: "input", offset: 0, input, align: input.section.align });
  }

  /** Type, flags and alignment follow from what is in the section. */
  private setAttributes(output: OutputSection): void {
    const inputs = output.pieces.flatMap((piece) => (piece.kind === "input" ? [piece.input] : []));
    const filled = inputs.filter((input) => input.size > 0);
    const data = output.pieces.some((piece) => piece.kind === "data");
    const moves = output.pieces.some((piece) => piece.kind === "assignment" && piece.assignment.name === ".");
    const symbols = output.pieces.some((piece) => piece.kind === "assignment" && piece.assignment.name !== ".");
    output.isEmpty = filled.length === 0 && !data && !moves && !symbols;
    const told = filled.length > 0 ? filled : inputs;
    const kept = elf.SHF_ALLOC | elf.SHF_WRITE | elf.SHF_EXECINSTR;
    for (const { section } of told) output.flags |= section.flags & kept;
    if (told.length === 0 || data) output.flags |= elf.SHF_ALLOC;
    const merged = elf.SHF_MERGE | elf.SHF_STRINGS;
    const [first] = told;
    if (
      first &&
      !data &&
      told.every(
        ({ section }) =>
          (section.flags & merged) === (first.section.flags & merged) && section.entrySize === first.section.entrySize,
      )
    ) {
      output.flags |= first.section.flags & merged;
      output.entrySize = first.section.entrySize ?? 0;
    }
    if (told.length > 0 && !data && told.every(({ section }) => section.type === told[0].section.type))
      output.type = told[0].section.type;
    else if (told.length === 0 && !data) output.type = elf.SHT_NOBITS;
    if (output.statement.noLoad) output.type = elf.SHT_NOBITS;
  }

  // Addresses

  private pass(): void {
    this.changed = false;
    this.problems = [];
    this.dot = 0;
    this.loadDistance = 0;
    for (const step of this.steps) {
      if (step.kind === "section") this.layOutSection(step.output);
      else if (step.kind === "assignment") this.assign(step.assignment);
      else this.assert(step);
    }
  }

  private layOutSection(output: OutputSection): void {
    const { statement } = output;
    const isLoaded = (output.flags & elf.SHF_ALLOC) !== 0;
    const dotBefore = this.dot;
    output.align = 1;
    if (statement.align) output.align = this.alignment(statement.align, statement.where);
    const subAlign = statement.subAlign ? this.alignment(statement.subAlign, statement.where) : undefined;
    for (const piece of output.pieces) {
      if (piece.kind !== "input") continue;
      if (subAlign !== undefined) piece.align = subAlign;
      if (piece.input.size > 0) output.align = Math.max(output.align, piece.align);
    }
    const given = statement.address ? this.evaluate(statement.address) : undefined;
    let address = isLoaded ? (given ?? (output.isEmpty ? this.dot : elf.alignUp(this.dot, output.align))) : 0;
    if (statement.align && !output.isEmpty) address = elf.alignUp(address, output.align);
    this.note(output.address !== address);
    output.address = address;
    output.fill = statement.fill ? this.evaluate(statement.fill) : undefined;

    this.current = output;
    this.dot = address;
    for (const piece of output.pieces) this.layOutPiece(output, piece);
    this.current = undefined;
    const size = this.dot - address;
    this.note(output.size !== size);
    output.size = size;
    if (address + size > 2 ** 32) this.problems.push(`${statement.where}: section ${output.name} goes beyond 4 GiB`);

    if (statement.loadAddress) {
      output.loadAddress = this.evaluate(statement.loadAddress);
      this.loadDistance = address - output.loadAddress;
    } else {
      if (given !== undefined) this.loadDistance = 0;
      output.loadAddress = isLoaded ? (address - this.loadDistance) >>> 0 : 0;
    }
    if (!isLoaded) this.dot = dotBefore;
  }

  private layOutPiece(output: OutputSection, piece: Piece): void {
    if (piece.kind === "input" && piece.input.size > 0) this.dot = elf.alignUp(this.dot, piece.align);
    const offset = this.dot - output.address;
    this.note(piece.offset !== offset);
    piece.offset = offset;
    switch (piece.kind) {
      case "input":
        piece.input.offset = offset;
        this.dot += piece.input.size;
        break;
      case "data":
        piece.number = this.evaluate(piece.value);
        this.dot += piece.size;
        break;
      case "fill":
        piece.number = this.evaluate(piece.value);
        break;
      case "assignment":
        this.assign(piece.assignment);
        break;
      case "assert":
        this.assert(piece);
        break;
    }
  }

  private assign(assignment: Assignment): void {
    const { name, operator, where } = assignment;
    const right: ScriptExpression =
      operator === "="
        ? assignment.value
        : {
            kind: "binary",
            operator: operator.slice(0, -1),
            left: { kind: "symbol", name, where },
            right: assignment.value,
            where,
          };
    if (name === ".") {
      const result = evaluate(right, this);
      // In a section a plain number counts from the section's start.
      const target = this.current && !result.isAddress ? this.current.address + result.value : result.value;
      if (this.current && target < this.dot)
        this.problems.push(`${where}: '.' moves backwards, from ${elf.hex(this.dot)} to ${elf.hex(target)}`);
      this.dot = target;
      return;
    }
    const symbol = this.resolution.global(name);
    const wanted = symbol.referencedBy.length > 0 || this.scriptReferences.has(name);
    if (assignment.provide && (symbol.definition || !wanted)) return;
    const { value: address, isAddress } = evaluate(right, this);
    this.note(symbol.script?.address !== address);
    symbol.script = { address, isAddress, output: this.current };
  }

  private assert(assertion: { condition: ScriptExpression; message: string; where: string }): void {
    if (this.evaluate(assertion.condition) === 0) this.problems.push(`${assertion.where}: ${assertion.message}`);
  }

  private alignment(expression: ScriptExpression, where: string): number {
    const align = this.evaluate(expression);
    if (align === 0 || (align & (align - 1)) !== 0) {
      this.problems.push(`${where}: alignment must be a power of two, not ${elf.hex(align)}`);
      return 1;
    }
    return align;
  }

  private note(changed: boolean): void {
    if (changed) this.changed = true;
  }

  private evaluate(expression: ScriptExpression): number {
    return evaluate(expression, this).value;
  }

  private checkOverlaps(outputs: OutputSection[]): void {
    const loaded = outputs
      .filter((output) => (output.flags & elf.SHF_ALLOC) !== 0 && output.size > 0)
      .sort((a, b) => a.address - b.address);
    loaded.forEach((output, i) => {
      const before = loaded[i - 1];
      if (before && before.address + before.size > output.address)
        this.problems.push(
          `section ${output.name} at ${elf.hex(output.address)} overlaps ${before.name}, which ends at ${elf.hex(before.address + before.size)}`,
        );
    });
  }

  // What expressions ask for

  section(name: string): OutputSection | undefined {
    return this.byName.get(name);
  }

  isDefined(name: string): boolean {
    const symbol = this.resolution.globals.get(name);
    return symbol?.script !== undefined || symbol?.definition !== undefined;
  }

  symbolAddress(name: string): { address: number; isAddress: boolean } | undefined {
    if (!this.scriptReferences.has(name)) {
      this.scriptReferences.add(name);
      this.changed = true;
    }
    const symbol = this.resolution.globals.get(name);
    if (symbol?.script) return symbol.script;
    const definition = symbol?.definition?.symbol;
    if (!definition) return undefined;
    if (typeof definition.section === "string") return { address: definition.value, isAddress: false };
    const input = this.resolution.inputSection(definition.section);
    if (!input?.output) return undefined;
    return { address: (input.output.address + input.offset + definition.value) >>> 0, isAddress: true };
  }

  problem(text: string): void {
    this.problems.push(text);
  }
}

const UNLOADED = 4;

/** Text, read-only data, data, zeroed data: the order in which orphans line up. */
function kindRank(type: number, flags: number): number {
  if ((flags & elf.SHF_ALLOC) === 0) return UNLOADED;
  if (type === elf.SHT_NOBITS) return 3;
  if ((flags & elf.SHF_WRITE) !== 0) return 2;
  return (flags & elf.SHF_EXECINSTR) !== 0 ? 0 : 1;
}

function orphanStatement(name: string): OutputSectionStatement {
  return {
    kind: "section",
    name,
    address: undefined,
    loadAddress: undefined,
    align: undefined,
    subAlign: undefined,
    noLoad: false,
    contents: [],
    fill: undefined,
    where: `section ${name}, which the script doesn't mention`,
  };
}

/** A file pattern without a slash also matches the last part of a path. */
function matchesFile(pattern: string, file: string): boolean {
  if (matches(pattern, file)) return true;
  return !pattern.includes("/") && matches(pattern, file.slice(file.lastIndexOf("/") + 1));
}
