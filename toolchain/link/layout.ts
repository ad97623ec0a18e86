// Layout: the address of everything.
//
// Addresses may depend on symbols and sizes that stand further down in the script, so the script is run again until nothing
// moves any more.

import * as elf from "../../formats/elf32.ts";
import { type EvaluationState, evaluate } from "./evaluate.ts";
import { type OutputSection, type Piece, place, type Step } from "./placement.ts";
import type { Resolution } from "./resolve.ts";
import type { Assignment, Script, ScriptExpression } from "./script.ts";

export interface Layout {
  /** The sections that appear, in the order of the script. */
  outputs: OutputSection[];
  problems: string[];
}

const MAX_PASSES = 32;

/** Places all sections of the resolution by the script. Sets the script's symbols in the resolution. */
export function layOut(resolution: Resolution, script: Script): Layout {
  const { steps, sections } = place(resolution, script);
  return new LayoutRun(resolution, steps, sections).run();
}

class LayoutRun implements EvaluationState {
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
    private readonly steps: readonly Step[],
    private readonly sections: ReadonlyMap<string, OutputSection>,
  ) {}

  run(): Layout {
    const sections = this.steps.flatMap((step) => (step.kind === "section" ? [step.output] : []));
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
    return this.sections.get(name);
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
