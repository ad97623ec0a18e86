// The linker: ELF32 objects and a linker script to an executable, a flat image and a map. Entry point of the room.

import * as elf from "../../formats/elf32.ts";
import { LinkError } from "./error.ts";
import { layOut } from "./layout.ts";
import { SourceLines } from "./lines.ts";
import { makeMap } from "./map.ts";
import { flatSize, makeElf, makeFlat, type Placed } from "./output.ts";
import { Relocator } from "./relocate.ts";
import { type LinkInput, Resolution } from "./resolve.ts";
import { parseScript } from "./script-parser.ts";

export { LinkError, ScriptError } from "./error.ts";
export type { LinkInput } from "./resolve.ts";

export interface LinkOptions {
  /** The text of a linker script; without it code goes to `textAddress` and the rest follows. */
  script?: string;
  /** The script's name, for messages. */
  scriptName?: string;
  /** Symbol where execution starts; wins over the script's ENTRY. */
  entry?: string;
  /** Where the default layout starts; 0x8048000 when absent. */
  textAddress?: number;
  /** Leave symbols and debug sections out of the ELF file. */
  strip?: boolean;
}

export interface LinkResult {
  elf: Uint8Array;
  /** The ELF file without symbols and debug sections, whatever `strip` says. */
  stripped(): Uint8Array;
  /** What ended up where, for people. */
  map: string;
  /** The image in memory order, from the lowest load address on; `gap` fills what no section covers (0 when absent). */
  flat(gap?: number): Uint8Array;
  /** Addresses of all global symbols. */
  symbols: Map<string, number>;
  entry: number;
}

const DEFAULT_TEXT_ADDRESS = 0x8048000;
const MAX_FLAT_SIZE = 256 * 1024 * 1024;

/**
 * Links objects.
 * @throws ScriptError for a script that can't be read, LinkError with every other problem
 */
export function link(inputs: readonly LinkInput[], options: LinkOptions = {}): LinkResult {
  const script = parseScript(
    options.script ?? defaultScript(options.textAddress ?? DEFAULT_TEXT_ADDRESS),
    options.scriptName ?? (options.script === undefined ? "(default script)" : "(script)"),
  );
  const lines = new SourceLines();
  const resolution = new Resolution(inputs, lines);
  const layout = layOut(resolution, script);
  // Without a layout there is nothing to fill in.
  if (layout.problems.length > 0) throw new LinkError([...new Set([...resolution.problems, ...layout.problems])]);
  const relocator = new Relocator(resolution, lines);
  const placed: Placed[] = layout.outputs.map((output) => ({ output, data: relocator.contents(output) }));
  const symbols = globalAddresses(resolution);
  const problems = [
    ...resolution.problems,
    ...layout.problems,
    ...relocator.undefinedProblems(),
    ...relocator.problems,
  ];
  const entry = entryAddress(options.entry ?? script.entry, symbols, placed, problems);
  if (problems.length > 0) throw new LinkError([...new Set(problems)]);
  return {
    elf: makeElf(placed, resolution, entry, options.strip ?? false),
    stripped: () => makeElf(placed, resolution, entry, true),
    map: makeMap(layout.outputs, resolution),
    flat: (gap = 0) => {
      const size = flatSize(placed);
      if (size > MAX_FLAT_SIZE)
        throw new LinkError([`a flat image would have ${size} bytes: the sections' load addresses lie too far apart`]);
      return makeFlat(placed, gap);
    },
    symbols,
    entry,
  };
}

function defaultScript(textAddress: number): string {
  return `
    SECTIONS {
      . = ${textAddress};
      .text : { *(.text .text.*) }
      .rodata : { *(.rodata .rodata.*) }
      . = ALIGN(0x1000);
      .data : { *(.data .data.*) }
      .bss : { *(.bss .bss.*) *(COMMON) }
      PROVIDE(_end = .); PROVIDE(end = .);
    }`;
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
    if (typeof definition.section === "string") {
      addresses.set(name, definition.value);
      continue;
    }
    const address = resolution.addressOf(definition.section, definition.value);
    if (address !== undefined) addresses.set(name, address);
  }
  return addresses;
}

/** The entry symbol's address; without a name, `_start` if there is one, else the first code. */
function entryAddress(
  name: string | undefined,
  symbols: Map<string, number>,
  placed: readonly Placed[],
  problems: string[],
): number {
  if (name !== undefined) {
    const address = symbols.get(name);
    if (address === undefined) problems.push(`entry symbol '${name}' is not defined`);
    return address ?? 0;
  }
  const code = placed.find(({ output }) => (output.flags & elf.SHF_EXECINSTR) !== 0);
  return symbols.get("_start") ?? code?.output.address ?? 0;
}
