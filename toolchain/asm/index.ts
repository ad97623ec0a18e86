// GNU-syntax (AT&T) assembler: text to an ELF32 object. Entry point of the room.

import { SHF_EXECINSTR, SHT_PROGBITS } from "../../formats/elf32.ts";
import type { ElfObject } from "../../formats/elf32-object.ts";
import { type AssembleOptions, Assembler } from "./assembler.ts";
import { AssemblerErrors, type AssemblerWarning } from "./error.ts";
import { makeObject } from "./object.ts";

export type { AssembleOptions } from "./assembler.ts";
export { AssemblerError, AssemblerErrors, type AssemblerWarning } from "./error.ts";
export type { ListingOptions } from "./listing.ts";

export interface AssembledSource {
  object: ElfObject;
  warnings: readonly AssemblerWarning[];
  /** What `.print` directives say, in order. */
  prints: readonly string[];
  /** As text, when one was asked for. */
  listing?: string;
}

/**
 * Assembles one source file.
 * @returns the object; `writeObject` of formats/ makes a file of it
 * @throws AssemblerErrors with every error found
 */
export function assemble(source: string, options: AssembleOptions): AssembledSource {
  const assembler = new Assembler(options);
  assembler.run(source);
  if (options.executableStack !== undefined)
    assembler.sectionNamed(".note.GNU-stack", {
      type: SHT_PROGBITS,
      flags: options.executableStack ? SHF_EXECINSTR : 0,
    });
  let object: ElfObject = { sections: [], symbols: [] };
  if (assembler.errors.length === 0)
    assembler.attempt(() => {
      object = makeObject(assembler);
    });
  if (assembler.errors.length > 0) throw new AssemblerErrors(assembler.errors);
  const { listing, prints, sections, symbols, warnings } = assembler;
  if (!listing || !options.listing) return { object, warnings, prints };
  const text = listing.text(options.file, sections, symbols.all(), object, options.listing);
  return { object, warnings, prints, listing: text };
}
