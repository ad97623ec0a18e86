// Layout: the address of everything.
//
// Addresses may depend on symbols and sizes that stand further down in the script, so the script is run again until nothing
// moves any more.

import * as elf from "../../formats/elf32.ts";
import { DataSegment } from "./data-segment.ts";
import { type EvaluationState, evaluate, PAGE_SIZE } from "./evaluate.ts";
import { type Region, Regions } from "./memory.ts";
import { type OutputSection, type Piece, type PlacementOptions, type Placing, place, type Step } from "./placement.ts";
import type { Resolution } from "./resolve.ts";
import type { Assignment, Fill, Script, ScriptExpression } from "./script.ts";

export interface Layout {
  /** The sections that appear, in the order of the script. */
  outputs: OutputSection[];
  /** Those that the script doesn't mention. */
  orphans: OutputSection[];
  problems: string[];
  /** The value of an expression once everything has its address. */
  evaluate(expression: ScriptExpression): number;
}

export interface LayoutOptions extends PlacementOptions {
  /** Addresses of sections that win over the script's: -Ttext and its like. */
  sectionStarts?: ReadonlyMap<string, number>;
  /** Addresses for SEGMENT_START. */
  segmentStarts?: ReadonlyMap<string, number>;
  maxPageSize?: number;
  /** Whether DATA_SEGMENT_RELRO_END has an effect. */
  relro?: boolean;
  /** The size of the headers, for SIZEOF_HEADERS, if the output were these sections. */
  headersSize?: (outputs: readonly OutputSection[]) => number;
  /** Sections may lie over each other. */
  allowOverlap?: boolean;
}

const MAX_PASSES = 32;
const C_NAME = /^[A-Za-z_]\w*$/;

/** Places all sections of the resolution by the script. Sets the script's symbols in the resolution. */
export function layOut(resolution: Resolution, script: Script, options: LayoutOptions = {}): Layout {
  const placing = place(resolution, script, options);
  return { ...new LayoutRun(resolution, script, placing, options).run(), orphans: placing.orphans };
}

class LayoutRun implements EvaluationState {
  private readonly steps: readonly Step[];
  private readonly sections: ReadonlyMap<string, OutputSection>;
  private problems: string[] = [];
  private changed = false;
  /** Symbols that expressions of the script use. */
  private readonly scriptReferences = new Set<string>();
  private readonly outputs: readonly OutputSection[];
  private readonly dataSegment: DataSegment;
  private regions: Regions;
  /** The step that is being taken. */
  private at = 0;
  /** Between sections, after the location counter has been set: what is defined there belongs to the section that follows. */
  private isBeforeNext = false;
  /** The section that the location counter is in or has left last. */
  private last: OutputSection | undefined;
  readonly maxPageSize: number;
  headersSize = 0;
  dot = 0;
  current: OutputSection | undefined;

  constructor(
    private readonly resolution: Resolution,
    private readonly script: Script,
    placing: Placing,
    private readonly options: LayoutOptions,
  ) {
    this.steps = placing.steps;
    this.sections = placing.byName;
    this.maxPageSize = options.maxPageSize ?? PAGE_SIZE;
    this.outputs = this.steps.flatMap((step) => (step.kind === "section" ? [step.output] : []));
    this.dataSegment = new DataSegment((options.relro ?? false) && placing.hasRelro);
    this.regions = new Regions([], () => 0);
  }

  run(): Omit<Layout, "orphans"> {
    this.settle();
    if (this.dataSegment.decide(this.outputs)) this.settle();
    const outputs = this.outputs.filter((output) => !output.isEmpty);
    this.problems.push(...this.regions.problems());
    if (!this.options.allowOverlap) this.checkOverlaps(outputs);
    return { outputs, problems: this.problems, evaluate: (expression) => this.evaluate(expression) };
  }

  private settle(): void {
    for (let pass = 0; ; pass++) {
      this.pass();
      const headersSize = this.options.headersSize?.(this.outputs) ?? 0;
      this.note(this.headersSize !== headersSize);
      this.headersSize = headersSize;
      if (!this.changed) return;
      if (pass >= MAX_PASSES) {
        this.problems.push("the script's addresses depend on each other and never settle");
        return;
      }
    }
  }

  // Addresses

  private pass(): void {
    this.changed = false;
    this.problems = [];
    this.dot = 0;
    this.last = undefined;
    this.isBeforeNext = true;
    this.regions = new Regions(this.script.regions, (expression) => this.evaluate(expression));
    this.boundarySymbols();
    for (this.at = 0; this.at < this.steps.length; this.at++) {
      const step = this.steps[this.at];
      if (step.kind === "section") {
        this.layOutSection(step.output);
        this.isBeforeNext = false;
      } else if (step.kind === "assignment") this.assign(step.assignment);
      else this.assert(step);
    }
  }

  private layOutSection(output: OutputSection): void {
    const { statement } = output;
    const isLoaded = (output.flags & elf.SHF_ALLOC) !== 0;
    const dotBefore = this.dot;
    const region = this.regionOf(statement.region, statement.where) ?? this.regions.suiting(output.flags);
    if (region !== this.regions.everywhere && isLoaded) this.dot = region.current;
    output.align = 1;
    if (statement.align) output.align = this.alignment(statement.align, statement.where);
    const subAlign = statement.subAlign ? this.alignment(statement.subAlign, statement.where) : undefined;
    for (const piece of output.pieces) {
      if (piece.kind !== "input") continue;
      if (subAlign !== undefined) piece.align = subAlign;
      if (piece.input.size > 0) output.align = Math.max(output.align, piece.align);
    }
    const start = this.options.sectionStarts?.get(output.name);
    const given = start ?? (statement.address ? this.evaluate(statement.address) : undefined);
    let address = isLoaded ? (given ?? (output.isEmpty ? this.dot : elf.alignUp(this.dot, output.align))) : 0;
    if (statement.align && !output.isEmpty && isLoaded) address = elf.alignUp(address, output.align);
    this.note(output.address !== address);
    output.address = address;
    output.fill = statement.fill ? this.fillBytes(statement.fill) : undefined;

    this.current = output;
    if (!output.isEmpty) this.last = output;
    this.dot = address;
    for (const piece of output.pieces) this.layOutPiece(output, piece);
    this.current = undefined;
    const size = this.dot - address;
    this.note(output.size !== size);
    output.size = size;
    if (address + size > 2 ** 32) this.problems.push(`${statement.where}: section ${output.name} goes beyond 4 GiB`);

    this.setLoadAddress(output, region, given !== undefined);
    if (!isLoaded) this.dot = dotBefore;
    else if (output.isEmpty && !output.pieces.some((piece) => piece.kind === "assignment")) this.dot = dotBefore;
    else if (!output.isEmpty) {
      region.current = this.dot;
      const misfit = Regions.misfit(output, region, address);
      if (misfit) this.problems.push(`${statement.where}: ${misfit}`);
    }
    if (!statement.end || !isLoaded) return;
    this.dot = this.evaluate(statement.end);
    region.current = this.dot;
  }

  private setLoadAddress(output: OutputSection, region: Region, isGiven: boolean): void {
    const { statement, address, size } = output;
    const isLoaded = (output.flags & elf.SHF_ALLOC) !== 0;
    const loadRegion = this.regionOf(statement.loadRegion, statement.where);
    if (statement.loadAddress) {
      output.loadAddress = this.evaluate(statement.loadAddress);
      if (loadRegion && statement.overlay !== "") loadRegion.current = output.loadAddress + size;
    } else if (loadRegion && isLoaded) {
      // In a region of its own it is aligned as the script says, not as its contents want.
      const align = statement.align && loadRegion !== region ? this.alignment(statement.align, statement.where) : 1;
      output.loadAddress = elf.alignUp(loadRegion.current, align);
      const misfit = Regions.misfit(output, loadRegion, output.loadAddress);
      if (misfit && !output.isEmpty) this.problems.push(`${statement.where}: ${misfit}`);
      if (loadRegion !== region) loadRegion.current = output.loadAddress + (output.type === elf.SHT_NOBITS ? 0 : size);
    } else {
      const distance = isGiven && region === this.regions.everywhere ? 0 : (region.loadDistance ?? 0);
      output.loadAddress = isLoaded ? (address - distance) >>> 0 : 0;
    }
    if (isLoaded && (!output.isEmpty || statement.loadAddress)) region.loadDistance = address - output.loadAddress;
  }

  private regionOf(name: string | undefined, where: string): Region | undefined {
    if (name === undefined) return undefined;
    const found = this.regions.find(name);
    if (!found) this.problem(`${where}: no memory region '${name}'`);
    return found;
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
        piece.bytes = this.fillBytes(piece.fill);
        break;
      case "assignment":
        this.assign(piece.assignment);
        break;
      case "assert":
        this.assert(piece);
        break;
    }
  }

  private fillBytes({ value, bytes }: Fill): number[] {
    if (bytes) return bytes;
    const number = this.evaluate(value);
    return [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff);
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
      this.moveTo(evaluate(right, this), where);
      return;
    }
    const symbol = this.resolution.global(name);
    const wanted = symbol.referencedBy.length > 0 || this.scriptReferences.has(name);
    if (assignment.provide && (symbol.definition || !wanted)) return;
    const { value, isAddress } = evaluate(right, this);
    // In a section a plain number counts from the section's start, too.
    const isRelative = this.current !== undefined && !isAddress && right.kind === "number";
    const address = isRelative && this.current ? (this.current.address + value) >>> 0 : value;
    this.note(symbol.script?.address !== address);
    const output = isAddress || isRelative ? (this.sectionOf(right) ?? this.sectionHere()) : undefined;
    symbol.script = { address, isAddress: isAddress || isRelative, hidden: assignment.hidden, output };
  }

  /** `a = b` is where b is. */
  private sectionOf(expression: ScriptExpression): OutputSection | undefined {
    if (expression.kind !== "symbol" || expression.name === ".") return undefined;
    const symbol = this.resolution.globals.get(expression.name);
    if (symbol?.script) return symbol.script.output;
    const definition = symbol?.definition?.symbol;
    if (!definition || typeof definition.section === "string") return undefined;
    return this.resolution.outputOf(definition.section, definition.value);
  }

  private sectionHere(): OutputSection | undefined {
    if (this.current && !this.current.isEmpty) return this.current;
    if (!this.isBeforeNext) return this.last;
    for (const step of this.steps.slice(this.at)) {
      if (step.kind !== "section" || step.output.isEmpty) continue;
      return (step.output.flags & elf.SHF_ALLOC) !== 0 ? step.output : this.last;
    }
    return this.last;
  }

  private moveTo(result: { value: number; isAddress: boolean }, where: string): void {
    const { current } = this;
    if (!current) this.isBeforeNext = true;
    const target = current && !result.isAddress ? current.address + result.value : result.value;
    if (current && target < this.dot)
      this.problems.push(`${where}: '.' moves backwards, from ${elf.hex(this.dot)} to ${elf.hex(target)}`);
    this.dot = target;
  }

  /** `__start_NAME` and `__stop_NAME` of sections whose names are names in C, for whoever asks. */
  private boundarySymbols(): void {
    for (const output of this.outputs) {
      if (!C_NAME.test(output.name) || output.isEmpty) continue;
      for (const [name, address] of [
        [`__start_${output.name}`, output.address],
        [`__stop_${output.name}`, (output.address + output.size) >>> 0],
      ] as const) {
        const symbol = this.resolution.globals.get(name);
        if (!symbol || symbol.definition) continue;
        this.note(symbol.script?.address !== address);
        symbol.script = { address, isAddress: true, hidden: false, output, visibility: elf.STV_PROTECTED };
      }
    }
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
      const isOverlaid = before?.statement.overlay !== "" && before?.statement.overlay === output.statement.overlay;
      if (before && !isOverlaid && before.address + before.size > output.address)
        this.problems.push(
          `section ${output.name} at ${elf.hex(output.address)} overlaps ${before.name}, which ends at ${elf.hex(before.address + before.size)}`,
        );
    });
  }

  // What expressions ask for

  section(name: string): OutputSection | undefined {
    return this.sections.get(name);
  }

  region(name: string): Region | undefined {
    return this.regions.find(name);
  }

  segmentStart(name: string): number | undefined {
    return this.options.segmentStarts?.get(name);
  }

  dataSegmentAlign(maxPageSize: number, commonPageSize: number): number {
    return this.dataSegment.align(this.dot, maxPageSize, commonPageSize);
  }

  dataSegmentRelroEnd(offset: number, end: number): number {
    return this.dataSegment.relroAt(offset, end);
  }

  dataSegmentEnd(end: number): number {
    return this.dataSegment.endsAt(end);
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
    const address = this.resolution.addressOf(definition.section, definition.value);
    return address === undefined ? undefined : { address, isAddress: true };
  }

  problem(text: string): void {
    this.problems.push(text);
  }
}
