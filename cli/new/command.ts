// `minios new`: a folder with a project that builds and boots.

import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suggestion } from "../../toolchain/asm/suggest.ts";
import { NAME_PATTERN, NAME_RULE } from "../../toolchain/build/fields.ts";
import { systemErrorText, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import type { NewOptions } from "./options.ts";
import { TEMPLATE_NAMES, templateFiles } from "./templates.ts";

/** @throws UsageError when there can be no such project; then nothing was made */
export function createProject(io: Io, name: string, { template }: NewOptions): void {
  if (!NAME_PATTERN.test(name)) throw new UsageError(`new: expected ${NAME_RULE}, found ${JSON.stringify(name)}`);
  if (!TEMPLATE_NAMES.includes(template)) {
    const near = suggestion(template, TEMPLATE_NAMES) || `; there are ${TEMPLATE_NAMES.join(", ")}`;
    throw new UsageError(`new: no template ${JSON.stringify(template)}${near}`);
  }
  const present = entriesOf(name);
  if (present && present.length > 0) throw new UsageError(`${name}: expected an empty folder or none, found files`);
  writeProject(name, templateFiles(template, name), present !== undefined);
  io.stdout.write(`${name}/ is a project of the template ${template}; its README.md says what is in it. Now type:\n\n`);
  io.stdout.write(`  cd ${name}\n  minios build --run\n`);
}

/** The files in a folder; undefined when there is none. */
function entriesOf(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error) {
      if (error.code === "ENOENT") return undefined;
      if (error.code === "ENOTDIR") throw new UsageError(`${folder}: expected an empty folder or none, found a file`);
    }
    throw new UsageError(`${folder}: ${systemErrorText(error)}`);
  }
}

/** All of the project or nothing: it is written beside its place and moved there. */
function writeProject(folder: string, files: ReadonlyMap<string, Uint8Array>, replacesEmpty: boolean): void {
  const temporary = `${folder}.${process.pid}.part`;
  try {
    for (const [path, contents] of files) {
      mkdirSync(dirname(join(temporary, path)), { recursive: true });
      writeFileSync(join(temporary, path), contents);
    }
    if (replacesEmpty) rmdirSync(folder);
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw new UsageError(`${folder}: ${systemErrorText(error)}`);
  }
}
