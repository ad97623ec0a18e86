// GNU-syntax (AT&T) assembler: text to an ELF32 object. Entry point of the room.

import type { ElfObject } from "../../formats/elf32-object.ts";
import { type AssembleOptions, Assembler } from "./assembler.ts";
import { AssemblerErrors } from "./error.ts";
import { makeObject } from "./object.ts";

export type { AssembleOptions } from "./assembler.ts";
export { AssemblerError, AssemblerErrors } from "./error.ts";

/**
 * Assembles one source file.
 * @returns the object; `writeObject` of formats/ makes a file of it
 * @throws AssemblerErrors with every error found
 */
export function assemble(source: string, options: AssembleOptions): { object: ElfObject } {
  const assembler = new Assembler(options);
  assembler.run(source);
  let object: ElfObject = { sections: [], symbols: [] };
  if (assembler.errors.length === 0)
    assembler.attempt(() => {
      object = makeObject(assembler);
    });
  if (assembler.errors.length > 0) throw new AssemblerErrors(assembler.errors);
  return { object };
}
