// What a link can be told, and what comes of it.

import type { Assignment, Script } from "./script.ts";
import type { Paging } from "./segments.ts";
import type { Discard } from "./symbols.ts";

export interface LinkOptions {
  /** A linker script, or its text; without it the layout is the one that `ld -m elf_i386` has. */
  script?: string | Script;
  /** The script's name, for messages. */
  scriptName?: string;
  /** Symbol or number where execution starts; wins over the script's ENTRY. */
  entry?: string;
  /** A missing entry symbol is only worth a warning; execution starts with the code then. */
  lenientEntry?: boolean;
  /** The address of `.text`. */
  textAddress?: number;
  /** Addresses of output sections; they win over the script's. */
  sectionStarts?: ReadonlyMap<string, number>;
  /** Addresses for SEGMENT_START in the script. */
  segmentStarts?: ReadonlyMap<string, number>;
  /** Leave symbols and debug sections out of the ELF file, or only the latter. */
  strip?: boolean | "debug";
  /** Which local symbols are left out. */
  discard?: Discard;
  /** Throw away sections that nothing needs. */
  collectGarbage?: boolean;
  /** Names to be looked for in archives, and kept. */
  wanted?: readonly string[];
  /** Symbols from the command line. */
  assignments?: readonly Assignment[];
  /** Of several definitions of a name the first counts. */
  allowMultiple?: boolean;
  /** What becomes of names that nothing defines. */
  unresolved?: "error" | "warn" | "ignore";
  orphans?: "place" | "discard" | "error" | "warn";
  /** How file offsets relate to addresses; see SegmentOptions. */
  paging?: Paging;
  maxPageSize?: number;
  /** Whether the stack may be executed; from the objects' notes when absent. */
  executableStack?: boolean;
  /** Say so when an object makes the stack executable; default true. */
  warnExecutableStack?: boolean;
  /** Lay data out so that part of it could be protected after start-up; default true. */
  relro?: boolean;
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
  /** What deserves a look, though it was linked. */
  warnings: string[];
  /** "section of object" for each that nothing needed. */
  garbage: { section: string; input: string }[];
}
