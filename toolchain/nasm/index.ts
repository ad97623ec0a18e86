// NASM-syntax assembler: text to a flat binary or an ELF32 object. Entry point of the room.

import { AssemblerError, AssemblerErrors } from "../asm/error.ts";
import { Assembler } from "./assembler.ts";
import { constant } from "./expression.ts";
import { binOutput, binSection } from "./output-bin.ts";
import { elfOutput, elfSection } from "./output-elf.ts";
import { Preprocessor } from "./preprocessor.ts";
import { Section } from "./section.ts";
import { textOf } from "./tokens.ts";

export { AssemblerError, AssemblerErrors } from "../asm/error.ts";

export interface NasmOptions {
  /** The source's name, for messages and the object's symbol table. */
  file: string;
  format: "bin" | "elf32";
  /** false: as -O0, nothing is made shorter than it is written. */
  optimise?: boolean;
  /** Make a listing. */
  listing?: boolean;
  /** Lines before the source, as -D, -U and -p give them. */
  before?: readonly string[];
  /** The file that %include names, or undefined when there is none. */
  include?: (path: string) => { name: string; text: string } | undefined;
  /** The bytes of a file that incbin names. */
  incbin?: (path: string) => Uint8Array | undefined;
  /** Counted up: what the source has cost, independent of the machine. */
  effort?: Effort;
}

export interface Effort {
  passes: number;
  /** Lines assembled, in all passes together. */
  lines: number;
}

export interface NasmResult {
  /** The file's contents. */
  output: Uint8Array;
  listing: string | undefined;
  /** `file:line:column: warning: …` */
  warnings: string[];
}

/** @throws AssemblerErrors with every error found */
export function assembleNasm(source: string, options: NasmOptions): NasmResult {
  const isBinary = options.format === "bin";
  const make = (name: string) => new Section(name, { noBits: false, alloc: true, exec: false, write: false, align: 1 });
  const assembler = new Assembler(
    source,
    { ...options, optimise: options.optimise ?? true, listing: options.listing ?? false },
    isBinary ? 16 : 32,
    (room, name) => (isBinary ? binSection : elfSection)(room, name, make),
  );
  assembler.run();
  let output: Uint8Array = new Uint8Array(0);
  if (assembler.errors.length === 0) {
    try {
      output = (isBinary ? binOutput : elfOutput)(assembler);
    } catch (error) {
      if (!(error instanceof AssemblerError)) throw error;
      assembler.errors.push(error);
    }
  }
  if (assembler.errors.length > 0) throw new AssemblerErrors(assembler.errors);
  return { output, listing: assembler.listing?.text(), warnings: [...assembler.warnings] };
}

/**
 * The source after the preprocessor, as -E prints it.
 * @throws AssemblerErrors
 */
export function preprocessNasm(source: string, options: NasmOptions): { text: string; warnings: string[] } {
  const errors: AssemblerError[] = [];
  const warnings: string[] = [];
  const unplaced = { symbol: () => constant(0), here: () => constant(0), base: () => constant(0) };
  const preprocessor = new Preprocessor(
    source,
    options,
    unplaced,
    (error) => errors.push(error),
    ({ file, line, column }, text) => warnings.push(`${file}:${line}:${column}: warning: ${text}`),
  );
  const lines: string[] = [];
  let expected = { file: "", line: 0 };
  for (let line = preprocessor.next(); line; line = preprocessor.next()) {
    if (line.tokens.length === 0) continue;
    const { file, line: number } = line.position;
    if (file !== expected.file || number !== expected.line) lines.push(`%line ${number}+1 ${file}`);
    lines.push(textOf(line.tokens));
    expected = { file, line: number + 1 };
  }
  if (errors.length > 0) throw new AssemblerErrors(errors);
  return { text: lines.map((line) => `${line}\n`).join(""), warnings };
}
