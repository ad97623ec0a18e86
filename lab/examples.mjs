// The examples, made by the commands of their READMEs, each packed as one zip that the page opens as it opens a person's: what the README's
// `minios run` names, and what that names in turn. `build.mjs --page` calls this.

import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { promisify } from "node:util";
import { zipSync } from "fflate";

const run = promisify(execFile);
const AT_ONCE = 3;
const MINIOS = resolve("bin/minios.js");
/** A configuration is packed with what stands beside it; an image alone. */
const CONFIGURATION = /\.(cfg|txt)$/;
/** Not what a configuration could name. */
const SOURCES = /\.(md|s|asm|ts|o|ld|json|cpp|map)$/;
const EPOCH = new Date(1980, 0, 1);

/** @throws Error with the command's own words when an example cannot be built */
export async function buildExamples(from, work, to) {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  // What is a page already needs no other.
  const isExample = (name) => statSync(join(from, name)).isDirectory() && !existsSync(join(from, name, "index.html"));
  const waiting = readdirSync(from).filter(isExample);
  const one = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const folder = join(work, name);
      cpSync(join(from, name), folder, { recursive: true, filter: (path) => !/[/\\]build$/.test(path) });
      writeFileSync(join(to, `${name}.zip`), pack(folder, await build(folder)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  rmSync(work, { recursive: true, force: true });
}

/** Runs the README's commands up to the first that boots. @returns what it boots */
async function build(folder) {
  const lines = readFileSync(join(folder, "README.md"), "utf8").matchAll(/^ {4}minios (.*)$/gm);
  for (const [, line] of lines) {
    const words = line.split(" ");
    if (words[0] === "run") return words[1];
    await run(process.execPath, [MINIOS, ...words], { cwd: folder }).catch(({ stderr }) => {
      throw new Error(`${folder}: minios ${line}\n${stderr}`);
    });
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
