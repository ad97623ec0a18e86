// The kernel pipeline: TypeScript → wasm → i386 object; assembly → objects; link; symbol table for panics; link again; floppy image.

import { makeFloppy } from "../image/floppy.ts";
import { linkWithKernelSymbols } from "../link/kernel-symbols.ts";
import { compileWasm } from "../native/index.ts";
import { assembleFile, buildFlat } from "./flat.ts";
import type { Project } from "./project.ts";
import { needText, type SourceTree } from "./source-tree.ts";
import { compileTypeScript } from "./typescript.ts";

export interface BuiltKernel {
  /** The executable with symbols and line table. */
  elf: Uint8Array;
  map: string;
  /** A bootable 1.44 MB floppy, when the project has boot code. */
  floppy?: Uint8Array;
}

/** Called before each stage, for a progress line. */
export type Progress = (stage: string) => void;

export async function buildKernel(
  tree: SourceTree,
  project: Project,
  progress: Progress = () => {},
): Promise<BuiltKernel> {
  progress("TypeScript → WebAssembly");
  const module = await compileTypeScript(tree, project.entry, [
    "--memoryBase",
    project.memoryBase.toString(),
    ...project.ascOptions,
  ]);
  progress("WebAssembly → i386");
  const compiled = compileWasm(module.wasm, {
    name: project.name,
    memoryBase: project.memoryBase,
    sourceMap: module.sourceMap,
  });
  progress("assembly");
  const objects = [
    ...project.assembly.map((file) => assembleFile(tree, file)),
    { name: `${project.name}.o`, object: compiled.object },
  ];
  progress("link");
  const options = { script: needText(tree, project.script), scriptName: project.script };
  const linked = linkWithKernelSymbols(objects, options);
  const { elf, map } = linked;
  if (project.boot === undefined) return { elf, map };
  progress("floppy image");
  const { sector, setup } = project.boot;
  const floppy = makeFloppy({
    bootSector: buildFlat(tree, [sector], scriptOf(sector)),
    setup: buildFlat(tree, [setup], scriptOf(setup)),
    kernel: linked.stripped(),
  });
  return { elf, map, floppy };
}

/** The linker script of a flat program stands beside it: `boot.s`, `boot.ld`. */
function scriptOf(file: string): string {
  return file.replace(/\.[^.]*$/, ".ld");
}
