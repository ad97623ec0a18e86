// `minios build`: a kernel project to an executable, a map and a floppy image.

import { AssemblerErrors } from "../../toolchain/asm/index.ts";
import { buildKernel } from "../../toolchain/build/kernel.ts";
import { type Project, readProject } from "../../toolchain/build/project.ts";
import { BuildError, type SourceTree } from "../../toolchain/build/source-tree.ts";
import { ImageError } from "../../toolchain/image/floppy.ts";
import { LinkError, ScriptError } from "../../toolchain/link/index.ts";
import { NativeError } from "../../toolchain/native/index.ts";
import { systemErrorText, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { diskTree, writeWhole } from "./disk-tree.ts";
import type { BuildOptions } from "./options.ts";

/**
 * @returns the exit status: 0, or 1 when the sources are wrong; each problem is a line of its own
 * @throws UsageError when there is no such project
 */
export async function build(io: Io, folder: string, options: BuildOptions): Promise<number> {
  try {
    await buildProject(folder, options.output, (line) => {
      if (!options.quiet) io.stderr.write(`${line}\n`);
    });
    return 0;
  } catch (error) {
    if (!isProjectError(error)) throw error;
    io.stderr.write(`${error.message}\n`);
    return 1;
  }
}

/** Builds the project in `folder` and writes what comes of it; nothing is written unless all of it could be made. */
export async function buildProject(folder: string, output: string, progress: (line: string) => void): Promise<void> {
  const tree = diskTree(".");
  const project = findProject(tree, folder.replace(/\/+$/, ""));
  const start = performance.now();
  const seconds = () => ((performance.now() - start) / 1000).toFixed(1).padStart(5);
  const built = await buildKernel(tree, project, (stage) => progress(`${seconds()} s  ${stage}`));
  const files: [string, string | Uint8Array][] = [
    [`${output}/kernel.elf`, built.elf],
    [`${output}/kernel.map`, built.map],
  ];
  if (built.floppy) files.push([`${output}/${project.name}.img`, built.floppy]);
  for (const [path, contents] of files) writeOutput(path, contents);
  progress(`${seconds()} s  ${files.map(([path]) => path).join(", ")}`);
}

/** @throws UsageError when the folder holds no project that can be built */
function findProject(tree: SourceTree, folder: string): Project {
  try {
    return readProject(tree, folder);
  } catch (error) {
    if (error instanceof BuildError) throw new UsageError(error.message);
    throw error;
  }
}

function writeOutput(path: string, contents: string | Uint8Array): void {
  try {
    writeWhole(path, contents);
  } catch (error) {
    throw new BuildError(`${path}: ${systemErrorText(error)}`);
  }
}

function isProjectError(error: unknown): error is Error {
  return [AssemblerErrors, BuildError, ImageError, LinkError, NativeError, ScriptError].some(
    (kind) => error instanceof kind,
  );
}
