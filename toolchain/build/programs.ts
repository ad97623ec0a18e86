// Programs for MiniOS: each file of a folder, compiled with all that it imports and linked with the start-up code into an ELF
// executable. `programs.json` says how; the programs' folder says which.

import * as elf from "../../formats/elf32.ts";
import { readExecutable, writeExecutable } from "../../formats/elf32-executable.ts";
import { type LinkInput, link } from "../link/index.ts";
import { kernelSymbols } from "../link/kernel-symbols.ts";
import { compileWasm } from "../native/index.ts";
import { Fields, join, parseFields } from "./fields.ts";
import { assembleFile } from "./flat.ts";
import { Stages } from "./messages.ts";
import { BuildError, needText, type SourceTree } from "./source-tree.ts";
import { compileTypeScript } from "./typescript.ts";

export const PROGRAMS_FILE = "programs.json";

/** What becomes of objects that nobody refers to: asc's --runtime. */
const RUNTIMES = ["stub", "minimal", "incremental"];
const FIELDS = ["programs", "memoryBase", "ascOptions", "runtime", "runtimes", "assembly", "script"];
/** The loader copies segments, so the file need not have them on pages. */
const FILE_ALIGN = 16;

export interface ProgramsProject {
  /** The folder of the programs' main files. */
  programs: string;
  /** Where a program's static data starts, which the script must honour. */
  memoryBase: number;
  ascOptions: string[];
  /** The runtime of a program that `runtimes` doesn't name. */
  runtime: string;
  runtimes: ReadonlyMap<string, string>;
  /** Linked to every program. */
  assembly: string[];
  script: string;
}

/** @throws BuildError when the file is missing or a field is not what it should be */
export function readPrograms(tree: SourceTree, folder: string): ProgramsProject {
  const path = join(folder, PROGRAMS_FILE);
  const fields = new Fields(path, folder, parseFields(path, needText(tree, path), FIELDS.join(", ")));
  fields.refuseUnknown(FIELDS);
  const memoryBase = Number(fields.text("memoryBase"));
  if (!Number.isInteger(memoryBase) || memoryBase < 0 || memoryBase > 0xffffffff) {
    throw fields.wrong("memoryBase", 'an address such as "0x10000000"');
  }
  const runtime = fields.text("runtime");
  if (!RUNTIMES.includes(runtime)) throw fields.wrong("runtime", RUNTIMES.join(", "));
  return {
    programs: fields.file("programs"),
    memoryBase,
    ascOptions: fields.list("ascOptions"),
    runtime,
    runtimes: readRuntimes(fields),
    assembly: fields.list("assembly").map((file) => join(folder, file)),
    script: fields.file("script"),
  };
}

function readRuntimes(fields: Fields): Map<string, string> {
  const runtimes = fields.get("runtimes") ?? {};
  const expected = `{"program": ${RUNTIMES.map((name) => `"${name}"`).join(" or ")}}`;
  if (typeof runtimes !== "object" || runtimes === null || Array.isArray(runtimes)) {
    throw fields.wrong("runtimes", expected);
  }
  return new Map(
    Object.entries(runtimes).map(([name, runtime]) => {
      if (!RUNTIMES.includes(runtime)) throw fields.wrong("runtimes", expected);
      return [name, runtime];
    }),
  );
}

/** The programs that there are: the TypeScript files of the folder, without their ending. */
export function programNames(tree: SourceTree, { programs }: ProgramsProject): string[] {
  const names = tree.list?.(programs);
  if (!names) throw new BuildError(`${programs}: no such folder`);
  return names.filter((name) => /(?<!\.test|\.external)\.ts$/.test(name)).map((name) => name.slice(0, -3));
}

/**
 * Builds one program.
 * @returns an executable without symbols, but with the table .ksyms, from which a report of a fault names functions and lines
 * @throws BuildError with all that is wrong with its sources
 */
export async function buildProgram(tree: SourceTree, project: ProgramsProject, name: string): Promise<Uint8Array> {
  const stages = new Stages(tree);
  const built = await stages.do(() => compileAndLink(tree, project, name));
  stages.finish();
  // Without a complaint there is a result.
  return built as Uint8Array;
}

async function compileAndLink(tree: SourceTree, project: ProgramsProject, name: string): Promise<Uint8Array> {
  const { memoryBase, script } = project;
  const runtime = project.runtimes.get(name) ?? project.runtime;
  const options = ["--runtime", runtime, "--memoryBase", memoryBase.toString(), ...project.ascOptions];
  const module = await compileTypeScript(tree, join(project.programs, `${name}.ts`), options);
  const { object } = compileWasm(module.wasm, { name, memoryBase, sourceMap: module.sourceMap });
  const inputs: LinkInput[] = project.assembly.map((file) => assembleFile(tree, file));
  inputs.push({ name: `${name}.o`, object });
  const linked = link(inputs, { script: needText(tree, script), scriptName: script, maxPageSize: FILE_ALIGN });
  return withSymbols(linked.stripped(), kernelSymbols(linked.elf, name), name);
}

/** Adds the table as a section that is not loaded: who reports a fault reads it from the file. */
function withSymbols(program: Uint8Array, table: Uint8Array, name: string): Uint8Array {
  const executable = readExecutable(program, name);
  executable.sections.push({
    name: ".ksyms",
    type: elf.SHT_PROGBITS,
    flags: 0,
    address: 0,
    offset: 0,
    align: 4,
    data: table,
    entrySize: 0,
  });
  return writeExecutable(executable);
}
