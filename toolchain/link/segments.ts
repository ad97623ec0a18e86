// Program headers: which sections a loader gets as one piece, where they stand in the file, and the headers that PHDRS asks for.
// Source: TIS ELF Specification 1.2, chapter 2, "Program Header"; the GNU linker manual, "PHDRS".

import * as elf from "../../formats/elf32.ts";
import type { Segment } from "../../formats/elf32-executable.ts";
import type { Placed } from "./output.ts";
import type { OutputSection } from "./placement.ts";
import type { ProgramHeaderStatement, ScriptExpression } from "./script.ts";

export type Paging = "page" | "joined" | "packed";

export interface SegmentOptions {
  maxPageSize: number;
  /** "page": file offsets equal addresses modulo the page. Otherwise all in one segment, where "packed" has no page of its own for data. */
  paging: Paging;
  /** The flags of a PT_GNU_STACK header; undefined for none. */
  stack: number | undefined;
  /** PHDRS of the script. */
  headers: readonly ProgramHeaderStatement[] | undefined;
  evaluate: (expression: ScriptExpression) => number;
  problem: (text: string) => void;
}

const TYPES: ReadonlyMap<string, number> = new Map([
  ["PT_NULL", 0],
  ["PT_LOAD", elf.PT_LOAD],
  ["PT_DYNAMIC", 2],
  ["PT_INTERP", 3],
  ["PT_NOTE", elf.PT_NOTE],
  ["PT_SHLIB", 5],
  ["PT_PHDR", 6],
  ["PT_TLS", 7],
  ["PT_GNU_STACK", elf.PT_GNU_STACK],
]);
const PT_PHDR = 6;
const NO_HEADER = "NONE";

interface Plan {
  type: number;
  flags: number | undefined;
  sections: Placed[];
  /** The file starts with this segment: header, and header table. */
  withHeaders: boolean;
  physicalAddress: number | undefined;
}

/** How many program headers there will be, for SIZEOF_HEADERS. */
export function countSegments(outputs: readonly OutputSection[], options: SegmentOptions): number {
  if (options.headers) return options.headers.length;
  const placed = outputs
    .filter((output) => !output.isEmpty)
    .map((output) => ({ output, data: output.type === elf.SHT_NOBITS ? undefined : new Uint8Array(0) }));
  const plans = plansBySections(placed, options);
  // GNU ld puts the headers, where there are pages, before read-only data, or into a segment of their own.
  const first = plans[0]?.sections[0]?.output;
  const hasRoom = first !== undefined && (first.flags & (elf.SHF_WRITE | elf.SHF_EXECINSTR)) === 0;
  return plans.length + (options.paging === "page" && !hasRoom ? 1 : 0);
}

/** The program headers; the file offset of each loaded section is put into `offsets`. */
export function makeSegments(
  placed: readonly Placed[],
  offsets: Map<OutputSection, number>,
  options: SegmentOptions,
): Segment[] {
  const plans = options.headers ? plansByScript(placed, options.headers, options) : plansBySections(placed, options);
  const headersSize = elf.EHDR_SIZE + plans.length * elf.PHDR_SIZE;
  const layout = new FileLayout(headersSize, offsets, options);
  // Loadable segments come first: the others lie inside them.
  const made = new Map<Plan, Segment>();
  for (const plan of plans) if (plan.type === elf.PT_LOAD) made.set(plan, layout.load(plan));
  // What lies in none of them has a place in the file of its own.
  const isPlaced = ({ sections }: Plan) => sections.every(({ output }) => offsets.has(output));
  return plans.map((plan) => made.get(plan) ?? (isPlaced(plan) ? layout.other(plan) : layout.load(plan)));
}

function isLoaded(output: OutputSection): boolean {
  return (output.flags & elf.SHF_ALLOC) !== 0;
}

/** One segment for each run of sections with the same rights, one for each run of notes. */
function plansBySections(placed: readonly Placed[], options: SegmentOptions): Plan[] {
  const plans: Plan[] = [];
  const loaded = placed.filter(({ output }) => isLoaded(output) && output.size > 0);
  loaded.sort((a, b) => a.output.loadAddress - b.output.loadAddress || a.output.address - b.output.address);
  const plan = (type: number, first: Placed): Plan => ({
    type,
    flags: undefined,
    sections: [first],
    withHeaders: false,
    physicalAddress: undefined,
  });
  let lastPlan: Plan | undefined;
  for (const next of loaded) {
    const last = lastPlan?.sections.at(-1);
    if (lastPlan && last && continues(last, next, options)) lastPlan.sections.push(next);
    else {
      lastPlan = plan(elf.PT_LOAD, next);
      plans.push(lastPlan);
    }
  }
  let notes: Plan | undefined;
  for (const next of loaded) {
    const last = notes?.sections.at(-1)?.output;
    if (next.output.type !== elf.SHT_NOTE) notes = undefined;
    else if (notes && last?.align === next.output.align) notes.sections.push(next);
    else {
      notes = plan(elf.PT_NOTE, next);
      plans.push(notes);
    }
  }
  if (options.stack !== undefined)
    plans.push({
      type: elf.PT_GNU_STACK,
      flags: options.stack,
      sections: [],
      withHeaders: false,
      physicalAddress: undefined,
    });
  return plans;
}

/** Whether a section belongs to the segment of the one before it. */
function continues(
  { output: last, data }: Placed,
  { output: next, data: nextData }: Placed,
  options: SegmentOptions,
): boolean {
  const rights = options.paging !== "page" ? 0 : elf.SHF_WRITE | elf.SHF_EXECINSTR;
  const gap = next.address - (last.address + last.size);
  return (
    (last.flags & rights) === (next.flags & rights) &&
    gap >= 0 &&
    (gap < options.maxPageSize || options.paging !== "page") &&
    next.address - next.loadAddress === last.address - last.loadAddress &&
    !(data === undefined && nextData !== undefined)
  );
}

/** As PHDRS has it: a section goes where it says, or where the one before it went. */
function plansByScript(
  placed: readonly Placed[],
  headers: readonly ProgramHeaderStatement[],
  options: SegmentOptions,
): Plan[] {
  const byName = new Map<string, Plan>();
  for (const header of headers) {
    const type = header.type.kind === "symbol" ? TYPES.get(header.type.name) : options.evaluate(header.type);
    if (type === undefined) options.problem(`${header.where}: a type of program header is unknown`);
    byName.set(header.name, {
      type: type ?? 0,
      flags: header.flags && options.evaluate(header.flags),
      sections: [],
      withHeaders: header.fileHeader || header.programHeaders,
      physicalAddress: header.address && options.evaluate(header.address),
    });
  }
  const first = headers.find((header) => byName.get(header.name)?.type === elf.PT_LOAD);
  let names: readonly string[] = first ? [first.name] : [];
  for (const part of placed) {
    const { statement } = part.output;
    if (!isLoaded(part.output)) continue;
    if (statement.programHeaders.length > 0) names = statement.programHeaders;
    for (const name of names) {
      const plan = byName.get(name);
      if (plan) {
        if (part.output.size > 0) plan.sections.push(part);
      } else if (name !== NO_HEADER) options.problem(`${statement.where}: no program header '${name}' in PHDRS`);
    }
  }
  return [...byName.values()];
}

/** Gives sections their places in the file, one segment after the other. */
class FileLayout {
  private end: number;

  constructor(
    private readonly headersSize: number,
    private readonly offsets: Map<OutputSection, number>,
    private readonly options: SegmentOptions,
  ) {
    // The headers have the first page, so what is linked first (a Multiboot header) lies in the file's first 8 KiB.
    const hasPage = options.paging === "page" && !options.headers;
    this.end = hasPage ? Math.max(options.maxPageSize, headersSize) : headersSize;
  }

  load(plan: Plan): Segment {
    const { sections, withHeaders } = plan;
    if (plan.type !== elf.PT_LOAD && sections.length === 0) return this.other(plan);
    sections.sort((a, b) => a.output.address - b.output.address);
    const first = sections[0]?.output;
    const align =
      this.options.paging === "page" ? this.options.maxPageSize : Math.max(1, ...sections.map((s) => s.output.align));
    if (!first) return this.empty(plan, withHeaders ? this.headersSize : 0, align);
    const before = withHeaders ? headersBefore(first.address, this.headersSize, align) : 0;
    if (before > first.address) {
      this.options.problem(`section ${first.name} leaves no room for the file's headers before it`);
      return this.empty(plan, 0, align);
    }
    const address = (first.address - before) >>> 0;
    const offset = withHeaders ? 0 : this.end + ((((address - this.end) % align) + align) % align);
    let fileSize = before;
    let memorySize = before;
    let flags = elf.PF_R;
    for (const { output, data } of sections) {
      const at = output.address - address;
      this.offsets.set(output, offset + at);
      memorySize = Math.max(memorySize, at + output.size);
      if (data) fileSize = Math.max(fileSize, at + output.size);
      if ((output.flags & elf.SHF_WRITE) !== 0) flags |= elf.PF_W;
      if ((output.flags & elf.SHF_EXECINSTR) !== 0) flags |= elf.PF_X;
    }
    if (this.options.paging !== "page") flags = elf.PF_R | elf.PF_W | elf.PF_X;
    if (fileSize > MAX_SEGMENT) {
      this.options.problem(`a segment from ${elf.hex(address)} on would have ${fileSize} bytes in the file`);
      fileSize = 0;
    }
    const bytes = new Uint8Array(fileSize);
    for (const { output, data } of sections) if (data && fileSize > 0) bytes.set(data, output.address - address);
    this.end = Math.max(this.end, offset + fileSize);
    return {
      type: plan.type,
      flags: plan.flags ?? flags,
      virtualAddress: address,
      physicalAddress: plan.physicalAddress ?? (first.loadAddress - before) >>> 0,
      offset,
      data: bytes,
      memorySize,
      align,
    };
  }

  /** A header that speaks of what lies in loadable segments: notes, the header table, the stack. */
  other(plan: Plan): Segment {
    const { sections } = plan;
    const first = sections[0]?.output;
    const last = sections.at(-1)?.output;
    if (!first || !last) return this.empty(plan, plan.type === PT_PHDR ? this.headersSize - elf.EHDR_SIZE : 0, 4);
    const size = last.address + last.size - first.address;
    const align = Math.max(1, ...sections.map(({ output }) => output.align));
    const offset = this.offsets.get(first) ?? 0;
    const fits = (offset - first.address) % align === 0;
    const data = new Uint8Array(Math.min(size, MAX_SEGMENT));
    for (const part of sections)
      if (part.data && part.output.address + part.data.length - first.address <= data.length)
        data.set(part.data, part.output.address - first.address);
    return {
      type: plan.type,
      flags: plan.flags ?? elf.PF_R,
      virtualAddress: first.address,
      physicalAddress: plan.physicalAddress ?? first.loadAddress,
      offset,
      data,
      memorySize: size,
      // Nothing is mapped by these, so offset and address need not go together.
      align: fits ? align : 1,
    };
  }

  private empty(plan: Plan, size: number, align: number): Segment {
    return {
      type: plan.type,
      flags: plan.flags ?? elf.PF_R,
      virtualAddress: 0,
      physicalAddress: plan.physicalAddress ?? 0,
      offset: plan.type === PT_PHDR ? elf.EHDR_SIZE : 0,
      data: new Uint8Array(size),
      memorySize: size,
      align: plan.type === elf.PT_GNU_STACK ? 16 : align,
    };
  }
}

const MAX_SEGMENT = 256 * 1024 * 1024;

/** How far before a section the file has to start, so that the headers fit and offsets equal addresses modulo `align`. */
function headersBefore(address: number, headersSize: number, align: number): number {
  const inPage = address % align;
  return inPage >= headersSize ? inPage : inPage + elf.alignUp(headersSize - inPage, align);
}
