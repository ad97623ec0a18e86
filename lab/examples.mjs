// The examples, made by the commands of their READMEs, each packed as one zip that the page opens as it opens a person's: what the README's
// `minios run` names, and what that names in turn. `build.mjs --page` calls this.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { zipSync } from "fflate";

const MINIOS = resolve("bin/minios.js");
/** A configuration is packed with what stands beside it; an image alone. */
const CONFIGURATION = /\.(cfg|txt)$/;
/** Not what a configuration could name. */
const SOURCES = /\.(md|s|asm|ts|o|ld|json|cpp|map)$/;
const EPOCH = new Date(1980, 0, 1);

/** @throws Error with the command's own words when an example cannot be built */
export function buildExamples(from, work, to) {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (!statSync(join(from, name)).isDirectory()) continue;
    const folder = join(work, name);
    cpSync(join(from, name), folder, { recursive: true, filter: (path) => !/[/\\]build$/.test(path) });
    writeFileSync(join(to, `${name}.zip`), pack(folder, build(folder)));
  }
  rmSync(work, { recursive: true, force: true });
}

/** Runs the README's commands up to the first that boots. @returns what it boots */
function build(folder) {
  const lines = readFileSync(join(folder, "README.md"), "utf8").matchAll(/^ {4}minios (.*)$/gm);
  for (const [, line] of lines) {
    const words = line.split(" ");
    if (words[0] === "run") return words[1];
    const { status, stderr } = spawnSync(process.execPath, [MINIOS, ...words], { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`${folder}: minios ${line}\n${stderr}`);
  }
  throw new Error(`${folder}: its README boots nothing`);
}

function pack(folder, image) {
  const files = CONFIGURATION.test(image) ? [...filesOf(folder, "")].filter((path) => !SOURCES.test(path)) : [image];
  const entries = files.map((path) => [
    files.length === 1 ? basename(path) : path,
    new Uint8Array(readFileSync(join(folder, path))),
  ]);
  return zipSync(Object.fromEntries(entries), { level: 9, mtime: EPOCH });
}

function* filesOf(folder, prefix) {
  for (const name of readdirSync(join(folder, prefix)).sort()) {
    if (name.startsWith(".")) continue;
    const path = prefix === "" ? name : `${prefix}/${name}`;
    if (statSync(join(folder, path)).isDirectory()) yield* filesOf(folder, path);
    else yield path;
  }
}
