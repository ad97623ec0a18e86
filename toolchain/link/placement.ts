// Placement: which input section goes into which output section, by the script's patterns, and where the rest goes.

import * as elf from "../../formats/elf32.ts";
import { matches, matchesFile } from "./pattern.ts";
import type { InputSection, Resolution } from "./resolve.ts";
import type { Assignment, InputPattern, OutputSectionStatement, Script, ScriptExpression } from "./script.ts";

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

export type Step =
  | { kind: "section"; output: OutputSection }
  | { kind: "assignment"; assignment: Assignment }
  | { kind: "assert"; condition: ScriptExpression; message: string; where: string };

const DISCARD = "/DISCARD/";

/** Places all sections of the resolution: the steps of the script, with sections that it doesn't mention put in. */
export function place(resolution: Resolution, script: Script): { steps: Step[]; sections: Map<string, OutputSection> } {
  const placement = new Placement(resolution, script);
  placement.run();
  return { steps: placement.steps, sections: placement.byName };
}

class Placement {
  readonly steps: Step[] = [];
  readonly byName = new Map<string, OutputSection>();

  constructor(
    private readonly resolution: Resolution,
    private readonly script: Script,
  ) {}

  run(): void {
    this.placeByScript();
    this.placeOrphans();
    for (const output of this.byName.values()) this.setAttributes(output);
  }

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
