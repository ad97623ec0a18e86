// Placement: which input section goes into which output section, by the script's patterns, and where the rest goes.

import * as elf from "../../formats/elf32.ts";
import type { ObjectSection } from "../../formats/elf32-object.ts";
import { trimUnwindTables } from "./eh-frame.ts";
import { mergeContents } from "./merge.ts";
import { insertSorted, matches, matchesFile } from "./pattern.ts";
import type { InputSection, Resolution } from "./resolve.ts";
import type {
  Assignment,
  Fill,
  InputPattern,
  OutputSectionStatement,
  Script,
  ScriptExpression,
  SectionPattern,
  SortKey,
  Statement,
} from "./script.ts";
import { emptyStatement } from "./script-section.ts";

/** What an output section consists of, in order; offsets are set by layout. */
export type Piece = { offset: number } & (
  | { kind: "input"; input: InputSection; align: number }
  | { kind: "data"; size: 1 | 2 | 4 | 8; value: ScriptExpression; number: number }
  | { kind: "fill"; fill: Fill; bytes: number[] }
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
  /** Pattern for gaps; undefined: no-operations in code, zeros elsewhere. */
  fill: number[] | undefined;
  /** Nothing in it and no symbol defined in it: it does not appear. */
  isEmpty: boolean;
  entrySize: number;
}

export type Step =
  | { kind: "section"; output: OutputSection }
  | { kind: "assignment"; assignment: Assignment }
  | { kind: "assert"; condition: ScriptExpression; message: string; where: string };

const DISCARD = "/DISCARD/";

/** What is left out besides what the script discards. */
export interface PlacementOptions {
  /** Throws away what nothing refers to, once the script has said what to keep. */
  collectGarbage?: (resolution: Resolution) => void;
  /** What becomes of sections that the script does not mention. */
  orphans?: "place" | "discard" | "error" | "warn";
}

export interface Placing {
  readonly steps: readonly Step[];
  readonly byName: ReadonlyMap<string, OutputSection>;
  readonly orphans: OutputSection[];
  /** Whether an input goes where data is to be protected after start-up: before DATA_SEGMENT_RELRO_END. */
  readonly hasRelro: boolean;
}

/** Places all sections of the resolution: the steps of the script, with sections that it doesn't mention put in. */
export function place(resolution: Resolution, script: Script, options: PlacementOptions = {}): Placing {
  const placement = new Placement(resolution, script, options);
  placement.run();
  return placement;
}

/** For -r: the output sections of the script with their inputs; nothing is merged or trimmed, and the rest keeps its names. */
export function sectionsByScript(resolution: Resolution, script: Script): OutputSection[] {
  const placement = new Placement(resolution, script, {});
  placement.placeByScript();
  return placement.steps.flatMap((step) => (step.kind === "section" ? [step.output] : []));
}

class Placement implements Placing {
  readonly steps: Step[] = [];
  readonly byName = new Map<string, OutputSection>();
  readonly orphans: OutputSection[] = [];
  hasRelro = false;

  constructor(
    private readonly resolution: Resolution,
    private readonly script: Script,
    private readonly options: PlacementOptions,
  ) {}

  run(): void {
    this.placeByScript();
    if (this.options.collectGarbage) {
      this.options.collectGarbage(this.resolution);
      for (const output of this.byName.values())
        output.pieces = output.pieces.filter((piece) => piece.kind !== "input" || !piece.input.discarded);
    }
    this.placeOrphans();
    trimUnwindTables(this.resolution, [...this.byName.values()]);
    mergeContents([...this.byName.values()]);
    for (const output of this.byName.values()) this.setAttributes(output);
  }

  placeByScript(): void {
    const { statements, inserted } = this.script;
    // What a script puts into the default one may take inputs that the default one would take.
    const early = new Map<Statement, Step[]>();
    for (const statement of statements) {
      if (!inserted.has(statement)) continue;
      this.placeStatement(statement);
      early.set(statement, this.steps.splice(0));
    }
    let mayBeRelro = false;
    for (const statement of statements) {
      if (statement.kind === "section" && mayBeRelro) this.hasRelro ||= this.asksForSome(statement);
      if (statement.kind === "assignment" && statement.value.kind === "call") {
        if (statement.value.function.startsWith("DATA_SEGMENT"))
          mayBeRelro = statement.value.function === "DATA_SEGMENT_ALIGN";
      }
      const made = early.get(statement);
      if (made) this.steps.push(...made);
      else this.placeStatement(statement);
    }
  }

  private placeStatement(statement: Statement): void {
    if (statement.kind === "assignment") this.steps.push({ kind: "assignment", assignment: statement });
    else if (statement.kind === "assert") this.steps.push(statement);
    else if (statement.name === DISCARD) {
      for (const content of statement.contents)
        if (content.kind === "input") for (const input of this.select(content)) input.discarded = true;
    } else if (this.isWanted(statement)) this.placeSection(statement);
  }

  /** Whether an input of any size matches, taken already or not. */
  private asksForSome(statement: OutputSectionStatement): boolean {
    const patterns = statement.contents.filter((content) => content.kind === "input");
    return this.resolution.sections.some(
      (candidate) =>
        candidate.size > 0 && patterns.some((pattern) => matchingSection(pattern, candidate) !== undefined),
    );
  }

  /** ONLY_IF_RO and ONLY_IF_RW look at all inputs that the statement would take. */
  private isWanted(statement: OutputSectionStatement): boolean {
    if (statement.only === "") return true;
    const inputs = statement.contents.flatMap((content) => (content.kind === "input" ? this.select(content) : []));
    const writable = inputs.some(({ section }) => (section.flags & elf.SHF_WRITE) !== 0);
    return writable === (statement.only === "rw");
  }

  private placeSection(statement: OutputSectionStatement): void {
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
          output.pieces.push({ kind: "fill", offset: 0, fill: content.fill, bytes: [] });
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

  /** The input sections, not yet placed, that a pattern asks for: in the order of the objects, unless sorted. */
  private select(pattern: InputPattern): InputSection[] {
    const taken: { input: InputSection; sort: readonly SortKey[] }[] = [];
    for (const candidate of this.resolution.sections) {
      if (candidate.output || candidate.discarded) continue;
      const found = matchingSection(pattern, candidate);
      if (!found) continue;
      if (pattern.keep) candidate.keep = true;
      insertSorted(taken, { input: candidate, sort: found.sort });
    }
    return taken.map(({ input }) => input);
  }

  /** Sections that the script does not mention: after the last of their kind, those that are not loaded at the end. */
  private placeOrphans(): void {
    const { orphans = "place" } = this.options;
    for (const input of this.resolution.sections) {
      if (input.output || input.discarded) continue;
      const name = input.section.name === "COMMON" ? ".bss" : input.section.name;
      if (name === PROPERTIES && !this.keepsProperties(input)) {
        input.discarded = true;
        continue;
      }
      // It only says that the code needs no executable stack, to the linker.
      if (name === ".note.GNU-stack" || orphans === "discard") {
        input.discarded = true;
        continue;
      }
      if (orphans === "error" && input.size > 0)
        this.resolution.problems.push(`${input.input.name}: section ${name} is not mentioned in the script`);
      let output = this.byName.get(name);
      if (!output) {
        if (input.size === 0) {
          input.discarded = true;
          continue;
        }
        const where = `section ${name}, which the script doesn't mention`;
        output = this.newOutput(name, emptyStatement(name, where));
        this.orphans.push(output);
        this.insertOrphan(output, input.section);
      }
      this.append(output, input);
    }
  }

  /** What holds for the code of every object alike is said once for the program; anything else is not said. */
  private keepsProperties({ section }: InputSection): boolean {
    const all = this.resolution.sections.filter((other) => other.section.name === PROPERTIES);
    const objects = this.resolution.inputs.filter(({ isSynthetic }) => !isSynthetic);
    const text = ({ data }: ObjectSection) => (data instanceof Uint8Array ? data.join() : "");
    if (all.length < objects.length || all.some((other) => text(other.section) !== text(section))) return false;
    return all[0].section === section;
  }

  private insertOrphan(output: OutputSection, { type, flags }: ObjectSection): void {
    const rank = kindRank(type, flags);
    const isNote = type === elf.SHT_NOTE || output.name.startsWith(".note");
    const behind = isNote && rank !== UNLOADED ? this.notesPlace(rank) : undefined;
    let place = behind ?? this.orphanPlace(rank);
    const before = this.steps[place - 1];
    if (before?.kind === "section") output.statement.region = before.output.statement.region;
    // Symbols that mark the end of the section before stay with it, up to where the location counter is set.
    const skipped = this.steps
      .slice(place)
      .findIndex((step) => step.kind !== "assignment" || step.assignment.name === ".");
    if (rank !== UNLOADED) place = skipped < 0 ? this.steps.length : place + skipped;
    this.steps.splice(place, 0, { kind: "section", output });
  }

  /** Notes stand at the front, where the script has a place for the interpreter's name, else behind what is read-only. */
  private notesPlace(rank: number): number | undefined {
    const last = (test: (output: OutputSection) => boolean) =>
      this.steps.findLastIndex((step) => step.kind === "section" && test(step.output)) + 1;
    const behindNotes = last((output) => this.isNote(output) && this.orphans.includes(output));
    if (behindNotes > 0) return behindNotes;
    const behind = last(({ name }) => name === ".interp") || last((output) => rankOf(output) === rank);
    return behind > 0 ? behind : undefined;
  }

  private isNote(output: OutputSection): boolean {
    return output.name.startsWith(".note") || rawInputs(output).some(({ type }) => type === elf.SHT_NOTE);
  }

  private orphanPlace(rank: number): number {
    let place = this.steps.length;
    let named = -1;
    this.steps.forEach((step, i) => {
      if (step.kind !== "section") return;
      const { output } = step;
      const isOrphan = this.orphans.includes(output);
      if (isOrphan && this.isNote(output)) return;
      const stepRank = rankOf(output);
      if (stepRank >= 0 && stepRank <= rank && rank !== UNLOADED) place = i + 1;
      if (output.name === KIND_NAMES[rank] || (named >= 0 && stepRank === rank && isOrphan)) named = i + 1;
    });
    return named >= 0 ? named : place;
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
    if (/^\.(init|fini)_array$/.test(output.name) && /^\.[cd]tors(\.|$)/.test(input.section.name)) reverse(input);
  }

  /** Type, flags and alignment follow from what is in the section. */
  private setAttributes(output: OutputSection): void {
    const inputs = output.pieces.flatMap((piece) => (piece.kind === "input" ? [piece.input] : []));
    const filled = inputs.filter((input) => input.size > 0);
    const data = output.pieces.some((piece) => piece.kind === "data");
    const moves = output.pieces.some((piece) => piece.kind === "assignment" && makesRoom(piece.assignment));
    output.isEmpty = filled.length === 0 && !data && !moves;
    const told = filled.length > 0 ? filled : inputs;
    const kept = elf.SHF_ALLOC | elf.SHF_WRITE | elf.SHF_EXECINSTR;
    for (const { section } of told) output.flags |= section.flags & kept;
    if (told.length === 0 || data) output.flags |= elf.SHF_ALLOC;
    // Of a section without inputs, that it is read-only says only data at its start.
    if (told.length === 0 && output.pieces[0]?.kind !== "data") output.flags |= elf.SHF_WRITE;
    const merged = elf.SHF_MERGE | elf.SHF_STRINGS;
    const [first] = told;
    // What a script writes itself is not mergeable; behind inputs it takes their attributes.
    const dataFirst = output.pieces.find(({ kind }) => kind === "data" || kind === "input")?.kind === "data";
    if (
      first &&
      !dataFirst &&
      told.every(
        ({ section }) =>
          (section.flags & merged) === (first.section.flags & merged) && section.entrySize === first.section.entrySize,
      )
    ) {
      output.flags |= first.section.flags & merged;
      output.entrySize = first.section.entrySize ?? 0;
    }
    // The first input gives the type, unless it has no contents and another has.
    const hasContents = data || told.some(({ section }) => section.type !== elf.SHT_NOBITS);
    if (first && (first.section.type !== elf.SHT_NOBITS || !hasContents)) output.type = first.section.type;
    else if (!hasContents) output.type = elf.SHT_NOBITS;
    if (ADDRESS_ARRAYS.has(output.type)) output.entrySize = 4;
    if (output.statement.type === "noload") output.type = elf.SHT_NOBITS;
    if (output.statement.type === "info") output.flags &= ~elf.SHF_ALLOC;
  }
}

/** Tables of addresses of functions: constructors and the like. */
const ADDRESS_ARRAYS = new Set([elf.SHT_INIT_ARRAY, elf.SHT_FINI_ARRAY, elf.SHT_PREINIT_ARRAY]);
const ADDRESS_SIZE = 4;
/** What the code of an object needs or keeps to, as flags in a note. */
const PROPERTIES = ".note.gnu.property";

/** Constructors of the old kind run from the last to the first; those of an array from the first to the last. */
function reverse(input: InputSection): void {
  const { data, relocations } = input.section;
  if (!(data instanceof Uint8Array) || data.length % ADDRESS_SIZE !== 0) return;
  const reversed = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at += ADDRESS_SIZE)
    reversed.set(data.subarray(at, at + ADDRESS_SIZE), data.length - ADDRESS_SIZE - at);
  const turned = relocations
    .map((relocation) => ({ ...relocation, offset: data.length - ADDRESS_SIZE - relocation.offset }))
    .filter(({ offset }) => offset >= 0);
  input.rewritten = { data: reversed, relocations: turned };
}

/** The part of a pattern that an input matches. */
function matchingSection(pattern: InputPattern, { input, section }: InputSection): SectionPattern | undefined {
  if (!matchesFile(pattern.file, input) || pattern.excludedFiles.some((excluded) => matchesFile(excluded, input)))
    return undefined;
  return pattern.sections.find(
    (wanted) =>
      matches(wanted.pattern, section.name) &&
      !(section.name === "COMMON" && wanted.pattern !== "COMMON") &&
      !wanted.excludedFiles.some((excluded) => matchesFile(excluded, input)),
  );
}

/** An assignment to "." makes the section appear, unless it only aligns where something is: `. = ALIGN(. != 0 ? 4 : 1)`. */
function makesRoom({ name, operator, value }: Assignment): boolean {
  if (name !== ".") return false;
  if (operator === "=" && value.kind === "number" && value.value === 0) return false;
  return !(value.kind === "call" && value.function === "ALIGN" && value.arguments[0].kind === "choice");
}

const UNLOADED = 4;
/** The section that each kind of orphan lines up behind, if the script has it. */
const KIND_NAMES = [".text", ".rodata", ".data", ".bss", ".comment"];

/** The kind of a section made of these. */
function rawInputs({ pieces }: OutputSection): ObjectSection[] {
  return pieces.flatMap((piece) => (piece.kind === "input" ? [piece.input.section] : []));
}

/** −1 for what holds no inputs. */
function rankOf(output: OutputSection): number {
  const inputs = rawInputs(output);
  return inputs.length > 0 ? kindOf(inputs) : -1;
}

function kindOf(inputs: readonly ObjectSection[]): number {
  const flags = inputs.reduce((all, section) => all | section.flags, 0);
  const isZeroed = inputs.every(({ type }) => type === elf.SHT_NOBITS);
  return kindRank(isZeroed ? elf.SHT_NOBITS : elf.SHT_PROGBITS, flags);
}

/** Text, read-only data, data, zeroed data: the order in which orphans line up. */
function kindRank(type: number, flags: number): number {
  if ((flags & elf.SHF_ALLOC) === 0) return UNLOADED;
  if (type === elf.SHT_NOBITS) return 3;
  if ((flags & elf.SHF_WRITE) !== 0) return 2;
  return (flags & elf.SHF_EXECINSTR) !== 0 ? 0 : 1;
}
