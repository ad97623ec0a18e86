// The linker: ELF32 objects, archives and a linker script to an executable, a flat image and a map. Entry point of the room.

import * as elf from "../../formats/elf32.ts";
import type { ElfObject } from "../../formats/elf32-object.ts";
import { type LinkItem, selectInputs } from "./archives.ts";
import { defaultScript } from "./default-script.ts";
import { LinkError } from "./error.ts";
import { PAGE_SIZE } from "./evaluate.ts";
import { collectGarbage } from "./garbage.ts";
import { OffsetTable } from "./got.ts";
import { layOut } from "./layout.ts";
import { SourceLines } from "./lines.ts";
import { makeMap } from "./map.ts";
import type { LinkOptions, LinkResult } from "./options.ts";
import { flatSize, makeElf, makeFlat, type Placed, type Strip } from "./output.ts";
import { sectionsByScript } from "./placement.ts";
import { makeRelocatable } from "./relocatable.ts";
import { Relocator } from "./relocate.ts";
import { type InputSection, type LinkInput, Resolution } from "./resolve.ts";
import type { Insertion, Script, Statement } from "./script.ts";
import { parseScript } from "./script-parser.ts";
import { countSegments, type SegmentOptions } from "./segments.ts";

export type { LinkArchive, LinkItem, LinkMember } from "./archives.ts";
export { LinkError, ScriptError } from "./error.ts";
export type { LinkOptions, LinkResult } from "./options.ts";
export type { LinkInput } from "./resolve.ts";
export type { Script, ScriptInput } from "./script.ts";
export { parseAssignment, parseScript } from "./script-parser.ts";

const MAX_FLAT_SIZE = 256 * 1024 * 1024;
const STACK_NOTE = ".note.GNU-stack";

/**
 * Links objects.
 * @throws ScriptError for a script that can't be read, LinkError with every other problem
 */
export function link(inputs: readonly LinkInput[], options: LinkOptions = {}): LinkResult {
  return linkItems(
    inputs.map((input) => ({ kind: "object", input })),
    options,
  );
}

/**
 * Links objects and what they need of archives.
 * @throws ScriptError, LinkError; Elf32Error for a member that can't be read
 */
export function linkItems(items: readonly LinkItem[], options: LinkOptions = {}): LinkResult {
  const script = scriptOf(options);
  const entryName = options.entry ?? script.entry;
  const wanted = [...(options.wanted ?? []), ...script.externs];
  const inputs = selectInputs(items, [...wanted, entryName ?? "_start"]);
  const table = new OffsetTable(inputs);
  // Its sections come behind the first object's, as GNU ld has them.
  if (table.input) inputs.splice(1, 0, table.input);

  const lines = new SourceLines();
  const resolution = new Resolution(inputs, lines, options.allowMultiple);
  const warnings: string[] = [];
  const segmentOptions = segmentOptionsOf(script, options, inputs, warnings);
  let garbage: InputSection[] = [];
  const layout = layOut(resolution, script, {
    sectionStarts: sectionStartsOf(options),
    segmentStarts: options.segmentStarts,
    maxPageSize: options.maxPageSize,
    relro: options.relro ?? true,
    orphans: options.orphans,
    headersSize: (outputs) => elf.EHDR_SIZE + elf.PHDR_SIZE * countSegments(outputs, segmentOptions),
    ...(options.collectGarbage && {
      collectGarbage: () => {
        garbage = collectGarbage(resolution, [...wanted, entryName ?? "_start", ...namesIn(script)]);
      },
    }),
  });
  // Without a layout there is nothing to fill in.
  if (layout.problems.length > 0) throw new LinkError([...new Set([...resolution.problems, ...layout.problems])]);
  segmentOptions.evaluate = layout.evaluate;
  if (options.orphans === "warn")
    for (const { name } of layout.orphans) warnings.push(`section ${name} is not mentioned in the script`);

  // -N: code may be written.
  if (options.paging === "packed")
    for (const output of layout.outputs) if (output.name === ".text") output.flags |= elf.SHF_WRITE;
  const relocator = new Relocator(resolution, lines, table);
  const placed: Placed[] = layout.outputs.map((output) => ({ output, data: relocator.contents(output) }));
  const symbols = globalAddresses(resolution);
  const problems = [...resolution.problems, ...relocator.problems];
  const unresolved = relocator.undefinedProblems();
  if (options.unresolved === "warn") warnings.push(...unresolved);
  else if (options.unresolved !== "ignore") problems.push(...unresolved);
  segmentOptions.problem = (text) => problems.push(text);
  const entry = entryAddress(entryName, options, symbols, placed, problems, warnings);
  const file = (strip: Strip) => makeElf(placed, resolution, entry, strip, segmentOptions);
  const strip: Strip = {
    symbols: options.strip === true,
    debug: options.strip !== undefined && options.strip !== false,
    locals: options.discard ?? "merged",
  };
  const elfFile = problems.length > 0 ? undefined : file(strip);
  if (!elfFile || problems.length > 0) throw new LinkError([...new Set(problems)]);
  return {
    elf: elfFile,
    stripped: () => file({ symbols: true, debug: true, unloaded: true, locals: "all" }),
    map: makeMap(layout.outputs, resolution),
    flat: (gap = 0) => flat(placed, gap),
    symbols,
    entry,
    warnings,
    garbage: garbage.map(({ section, input }) => ({ section: section.name, input: input.name })),
  };
}

/**
 * Joins objects to one that is linked again later.
 * @throws LinkError when names clash
 */
export function linkRelocatable(items: readonly LinkItem[], options: LinkOptions = {}): ElfObject {
  const inputs = selectInputs(items, options.wanted ?? []);
  const resolution = new Resolution(inputs, new SourceLines(), options.allowMultiple, true);
  const dropDebug = options.strip !== undefined && options.strip !== false;
  const script = options.script === undefined ? undefined : scriptOf(options);
  return makeRelocatable(resolution, dropDebug, script?.hasSections ? sectionsByScript(resolution, script) : undefined);
}

function scriptOf(options: LinkOptions): Script {
  const { script, scriptName } = options;
  const layout = defaultScript(options.paging ?? "page");
  const parsed =
    typeof script === "object"
      ? script
      : parseScript(script ?? layout, scriptName ?? (script === undefined ? "(default script)" : "(script)"));
  // A script that doesn't speak of sections adds to the default one.
  const statements = parsed.hasSections
    ? [...parsed.statements]
    : [...parsed.statements, ...parseScript(layout, "(default script)").statements];
  const inserted = new Set(parsed.insertions.flatMap((insertion) => insertion.statements));
  for (const insertion of parsed.insertions) insert(statements, insertion);
  // The default script's own entry, _start, may be missing.
  const entry = script === undefined ? undefined : parsed.entry;
  return { ...parsed, entry, inserted, statements: [...statements, ...(options.assignments ?? [])] };
}

/** @throws LinkError when there is no such section */
function insert(statements: Statement[], { after, section, statements: added, where }: Insertion): void {
  const at = statements.findIndex((statement) => statement.kind === "section" && statement.name === section);
  if (at < 0) throw new LinkError([`${where}: there is no output section ${section} to insert at`]);
  statements.splice(after ? at + 1 : at, 0, ...added);
}

function sectionStartsOf({ sectionStarts, textAddress }: LinkOptions): ReadonlyMap<string, number> | undefined {
  return textAddress === undefined ? sectionStarts : new Map([...(sectionStarts ?? []), [".text", textAddress]]);
}

function segmentOptionsOf(
  script: Script,
  options: LinkOptions,
  inputs: readonly LinkInput[],
  warnings: string[],
): SegmentOptions {
  return {
    maxPageSize: options.maxPageSize ?? PAGE_SIZE,
    paging: options.paging ?? "page",
    stack: stackFlags(options, inputs, warnings),
    headers: script.programHeaders,
    // Until there is a layout, nothing asks.
    evaluate: () => 0,
    problem: () => {},
  };
}

/** An object says with an empty section whether it needs to execute its stack; one that says nothing may need to. */
function stackFlags(options: LinkOptions, inputs: readonly LinkInput[], warnings: string[]): number | undefined {
  const readWrite = elf.PF_R | elf.PF_W;
  if (options.executableStack !== undefined) return options.executableStack ? readWrite | elf.PF_X : readWrite;
  const objects = inputs.filter(({ isSynthetic }) => !isSynthetic);
  const notes = objects.map(({ object }) => object.sections.find(({ name }) => name === STACK_NOTE));
  if (notes.every((note) => note === undefined)) return undefined;
  const executable = notes.findIndex((note) => note === undefined || (note.flags & elf.SHF_EXECINSTR) !== 0);
  if (executable < 0) return readWrite;
  const why = notes[executable]
    ? "wants an executable stack"
    : `has no ${STACK_NOTE} section, so the stack is executable`;
  if (options.warnExecutableStack !== false) warnings.push(`${objects[executable].name}: ${why}`);
  return readWrite | elf.PF_X;
}

/** Symbols that a script's statements refer to: they keep what they stand for. */
function namesIn(script: Script): string[] {
  const names = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if ("kind" in value && value.kind === "symbol" && "name" in value) names.add(String(value.name));
    for (const inner of Object.values(value)) walk(inner);
  };
  walk(script.statements);
  return [...names];
}

function globalAddresses(resolution: Resolution): Map<string, number> {
  const addresses = new Map<string, number>();
  for (const [name, symbol] of resolution.globals) {
    if (symbol.script) {
      addresses.set(name, symbol.script.address);
      continue;
    }
    const definition = symbol.definition?.symbol;
    if (!definition) continue;
    const { section, value } = definition;
    const address = typeof section === "string" ? value : resolution.addressOf(section, value);
    if (address !== undefined) addresses.set(name, address);
  }
  return addresses;
}

/** The entry symbol's address; without a name, `_start` if there is one, else the first code. */
function entryAddress(
  name: string | undefined,
  options: LinkOptions,
  symbols: Map<string, number>,
  placed: readonly Placed[],
  problems: string[],
  warnings: string[],
): number {
  const code = placed.find(({ output }) => (output.flags & elf.SHF_EXECINSTR) !== 0);
  const text = placed.find(({ output }) => output.name === ".text") ?? code;
  const start = text?.output.address ?? 0;
  // GNU ld has `_start` from its own script only.
  const isOwnScript = typeof options.script !== "object" || !options.script.hasSections;
  const address = symbols.get(name ?? (isOwnScript || !options.lenientEntry ? "_start" : ""));
  if (address !== undefined) return address;
  if (name !== undefined && /^(0[xX][0-9a-fA-F]+|[0-9]+)$/.test(name)) return Number(name) >>> 0;
  if (options.lenientEntry) {
    if (name !== undefined || isOwnScript)
      warnings.push(`no entry symbol '${name ?? "_start"}'; execution starts at ${elf.hex(start)}`);
  } else if (name !== undefined) problems.push(`entry symbol '${name}' is not defined`);
  return start;
}

function flat(placed: readonly Placed[], gap: number): Uint8Array {
  const size = flatSize(placed);
  if (size > MAX_FLAT_SIZE)
    throw new LinkError([`a flat image would have ${size} bytes: the sections' load addresses lie too far apart`]);
  return makeFlat(placed, gap);
}
