// `minios build`: a project to an executable, a map and a floppy image; and from there into the PC.

import { BuildError } from "../../toolchain/build/source-tree.ts";
import type { Io } from "../io.ts";
import type { RunControl } from "../run/control.ts";
import { Builder } from "./builder.ts";
import type { BuildOptions } from "./options.ts";
import { watch } from "./watch.ts";

/** Boots an image as `minios run IMAGE` and the options that the person gave does; the exit status. */
export type Boot = (image: string, control?: RunControl) => Promise<number>;

/**
 * @returns the exit status: 0, or 1 when the sources are wrong; each problem has a line of its own. With --run, the run's.
 * @throws UsageError when there is no such project, or its project file is wrong
 */
export async function build(io: Io, folder: string | undefined, options: BuildOptions, boot: Boot): Promise<number> {
  const say = (line: string) => {
    if (!options.quiet) io.stderr.write(`${line}\n`);
  };
  const builder = new Builder(folder, options.output);
  builder.check();
  if (options.watch) return watch(io, builder, options.run ? boot : undefined, say);
  const image = await buildIfNeeded(builder, io, say);
  if (image === undefined) return 1;
  return options.run ? boot(image) : 0;
}

/** Builds a project whether or not that is needed, and writes what comes of it: what build.mjs calls. */
export async function buildProject(folder: string, output: string, progress: (line: string) => void): Promise<void> {
  const builder = new Builder(folder, output);
  await buildNow(builder, progress);
}

/** @returns what to boot, or undefined when the sources are wrong, which standard error says */
async function buildIfNeeded(builder: Builder, io: Io, say: (line: string) => void): Promise<string | undefined> {
  const present = builder.upToDate();
  if (present !== undefined) {
    say(`${present} is up to date`);
    return present;
  }
  try {
    return await buildNow(builder, say);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    io.stderr.write(`${error.message}\n`);
    return undefined;
  }
}

/** @throws BuildError when the sources are wrong or the result cannot be written */
async function buildNow(builder: Builder, say: (line: string) => void): Promise<string> {
  const start = performance.now();
  const seconds = () => ((performance.now() - start) / 1000).toFixed(1).padStart(5);
  const result = await builder.make((stage) => say(`${seconds()} s  ${stage}`));
  if ("message" in result) throw new BuildError(result.message);
  builder.write(result);
  say(`${seconds()} s  ${result.files.map(([path]) => path).join(", ")}`);
  return result.boots;
}
