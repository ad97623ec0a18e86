// An example as a person gets it: a copy of its folder, and the commands of its README.

import { spawnSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ARTEFACTS, ROOT } from "../support.ts";

/** A copy of an example below a scratch directory, to build in; without what a build in the sources has left there. */
export function copyOf(scratch: string, example: string, name = example): string {
  const folder = join(scratch, name);
  cpSync(join(ROOT, "examples", example), folder, { recursive: true, filter: (path) => !/[/\\]build$/.test(path) });
  return folder;
}

export function command(folder: string, program: string, words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: folder, encoding: "utf8", timeout: 60_000 });
  return { status, stdout, stderr };
}

export const minios = (folder: string, ...words: string[]) =>
  command(folder, process.execPath, [ARTEFACTS.cli, ...words]);

/** The lines of a README that call a program, as words. */
export function readmeCommands(folder: string, program = "minios"): string[][] {
  const lines = readFileSync(join(folder, "README.md"), "utf8").matchAll(/^ {4}(\S+) (.*)$/gm);
  return [...lines].filter((line) => line[1] === program).map((line) => line[2].split(" "));
}
