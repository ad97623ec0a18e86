// What the page ships, read from the repository: for the page's build and its tests, in Node. Tests and their helpers stay at home:
// they need a test runner.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { TYPES_FILE } from "../language/types-file.ts";
import type { Shipped } from "./builder.ts";
import { KERNEL_FILE } from "./files.ts";

const FOLDERS = ["kernel", "user", "examples", "templates"];
const PROGRAMS = "build/bin";
const RECORDS = "build/.programs";
/** What AssemblyScript adds to the language, for the language service. */
const TYPES_SOURCE = "node_modules/assemblyscript/std/assembly/index.d.ts";
const LEFT_OUT = /\.test\.ts$|testing|\/tests\/|\/\./;

/** @param root the repository, built */
export function readShipped(root: string): Shipped {
  const files = new Map<string, Uint8Array>();
  for (const folder of [...FOLDERS, PROGRAMS]) {
    for (const path of filesBelow(root, folder)) files.set(path, new Uint8Array(readFileSync(join(root, path))));
  }
  files.set(KERNEL_FILE, new Uint8Array(readFileSync(join(root, KERNEL_FILE))));
  files.set(TYPES_FILE, new Uint8Array(readFileSync(join(root, TYPES_SOURCE))));
  const programSources = new Map<string, readonly string[]>();
  for (const name of readdirSync(join(root, PROGRAMS)).sort()) {
    const record = JSON.parse(readFileSync(join(root, RECORDS, `${name}.json`), "utf8")) as { inputs: object };
    programSources.set(name, Object.keys(record.inputs));
  }
  return { files, programSources };
}

function* filesBelow(root: string, folder: string): Generator<string> {
  for (const name of readdirSync(join(root, folder)).sort()) {
    const path = `${folder}/${name}`;
    if (LEFT_OUT.test(path)) continue;
    if (statSync(join(root, path)).isDirectory()) yield* filesBelow(root, path);
    else yield path;
  }
}
