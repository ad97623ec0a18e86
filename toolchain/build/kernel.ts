// The pipeline. A kernel: TypeScript → wasm → i386 object; assembly → objects; link; symbol table for panics; link again; floppy
// image. A flat program: assembly → objects; link; bytes on a floppy image.

import { makeDisk, usualGeometry } from "../image/disk.ts";
import { makeFlatFloppy } from "../image/flat.ts";
import { makeFloppy } from "../image/floppy.ts";
import { withoutZeros } from "../image/sparse.ts";
import { type LinkInput, type LinkResult, link } from "../link/index.ts";
import { linkWithKernelSymbols } from "../link/kernel-symbols.ts";
import { compileWasm, FunctionCache } from "../native/index.ts";
import { assembleFile, buildFlat } from "./flat.ts";
import { collectFiles } from "./image-files.ts";
import { Stages } from "./messages.ts";
import type { FlatProject, KernelProject, Project } from "./project.ts";
import { needText, type SourceTree } from "./source-tree.ts";
import { compileTypeScript } from "./typescript.ts";

export interface Built {
  /** The executable with symbols and line table. */
  elf: Uint8Array;
  map: string;
  /** A bootable 1.44 MB floppy: of a flat program always, of a kernel when it has boot code. */
  floppy?: Uint8Array;
  /** A bootable hard disk with the same on it. */
  disk?: Uint8Array;
}

/** Called before each stage, for a progress line. */
export type Progress = (stage: string) => void;

/**
 * @param time of the files on the images, in seconds since 1970; always the same one if not given
 * @throws BuildError with all that is wrong with the sources, or with what comes of them
 */
export async function buildProject(
  tree: SourceTree,
  project: Project,
  progress: Progress = () => {},
  time?: number,
): Promise<Built> {
  const stages = new Stages(tree);
  const built = await stages.do(() =>
    project.format === "flat" ? buildFlatProgram(tree, project, progress) : buildKernel(tree, project, progress, time),
  );
  stages.finish();
  // Without a complaint there is a result.
  return built as Built;
}

async function buildKernel(
  tree: SourceTree,
  project: KernelProject,
  progress: Progress,
  time: number | undefined,
): Promise<Built> {
  const stages = new Stages(tree);
  const { typescript } = project;
  const inputs: (LinkInput | undefined)[] = [];
  const compiled = typescript && (await stages.do(() => compile(tree, project.name, typescript, progress)));
  progress("assembly");
  for (const file of project.assembly) inputs.push(await stages.do(() => assembleFile(tree, file)));
  inputs.push(compiled);
  const boot = await stages.do(() => project.boot && assembleBoot(tree, project.boot));
  const record = await stages.do(() => project.disk && assembleFlat(tree, project.disk.mbr));
  const files = await stages.do(() => collectFiles(tree, project.files));
  stages.finish();

  progress("link");
  const linked = linkKernel(inputs.filter(isPresent), needText(tree, project.script), project.script);
  const { elf, map } = linked;
  if (!boot) return { elf, map };
  progress("images");
  const label = imageLabel(project.name);
  const parts = { ...boot, kernel: withoutZeros(linked.stripped(), project.name) };
  const floppy = makeFloppy({ ...parts, files, label, time });
  if (!project.disk) return { elf, map, floppy };
  const disk = makeDisk({
    geometry: usualGeometry(project.disk.bytes),
    masterBootRecord: record,
    partitions: [{ boot: parts, files: files ?? [], label }],
    time,
  });
  return { elf, map, floppy, disk };
}

/** By the project's name: who builds it again, on every save, waits only for what changed. */
const caches = new Map<string, FunctionCache>();

function cacheOf(name: string): FunctionCache {
  const cache = caches.get(name) ?? new FunctionCache();
  caches.set(name, cache);
  return cache;
}

async function compile(
  tree: SourceTree,
  name: string,
  { entry, memoryBase, ascOptions, objects }: NonNullable<KernelProject["typescript"]>,
  progress: Progress,
): Promise<LinkInput> {
  progress("TypeScript → WebAssembly");
  const module = await compileTypeScript(tree, entry, ["--memoryBase", memoryBase.toString(), ...ascOptions], objects);
  progress("WebAssembly → i386");
  const { object } = compileWasm(module.wasm, {
    name,
    memoryBase,
    sourceMap: module.sourceMap,
    freestanding: true,
    cache: cacheOf(name),
  });
  return { name: `${name}.o`, object };
}

/** A kernel whose linker script has a place for the table that names functions and lines gets one. */
function linkKernel(inputs: readonly LinkInput[], script: string, scriptName: string): LinkResult {
  return /\.ksyms\b/.test(script)
    ? linkWithKernelSymbols(inputs, { script, scriptName })
    : link(inputs, { script, scriptName });
}

function assembleBoot(tree: SourceTree, { sector, setup }: NonNullable<KernelProject["boot"]>) {
  return {
    bootSector: assembleFlat(tree, sector),
    setup: assembleFlat(tree, setup),
  };
}

function assembleFlat(tree: SourceTree, file: string): Uint8Array {
  return buildFlat(tree, [file], scriptOf(file));
}

/** A volume's label has 11 characters and no small letters. */
function imageLabel(name: string): string {
  return (
    name
      .toUpperCase()
      .replace(/[^A-Z0-9_-]/g, "")
      .slice(0, 11) || "MINIOS"
  );
}

/** The linker script of a boot program stands beside it: `boot.s`, `boot.ld`. */
function scriptOf(file: string): string {
  return file.replace(/\.[^./]*$/, ".ld");
}

async function buildFlatProgram(tree: SourceTree, project: FlatProject, progress: Progress): Promise<Built> {
  const stages = new Stages(tree);
  progress("assembly");
  const inputs: (LinkInput | undefined)[] = [];
  for (const file of project.assembly) inputs.push(await stages.do(() => assembleFile(tree, file)));
  stages.finish();
  progress("link");
  const linked = link(inputs.filter(isPresent), {
    script: needText(tree, project.script),
    scriptName: project.script,
  });
  progress("floppy image");
  return { elf: linked.elf, map: linked.map, floppy: makeFlatFloppy(linked.flat()) };
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}
