// The floors of docs/architecture.md hold: each room imports only what its row of the table allows, and nothing below the top
// floor knows Node, a terminal or a DOM. Tests and what only tests use are free.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./support.ts";

/** Room → rooms it may import, besides itself. The longest matching prefix counts. */
const RULES: Record<string, readonly string[]> = {
  isa: [],
  formats: [],
  "toolchain/asm": ["isa", "formats"],
  "toolchain/native": ["isa", "formats"],
  "toolchain/link": ["formats"],
  "toolchain/image": ["formats"],
  "toolchain/build": ["toolchain", "formats"],
  toolchain: ["isa", "formats", "toolchain"],
  "pc/cpu": ["isa", "formats", "pc/bus.ts", "pc/clock.ts"],
  "pc/devices": ["pc/blocks.ts", "pc/bus.ts", "pc/clock.ts"],
  "pc/firmware": ["formats"],
  "pc/xen": ["formats", "pc/bus.ts", "pc/clock.ts", "pc/cpu", "pc/devices"],
  pc: ["isa", "formats", "pc"],
  media: ["formats", "pc", "toolchain/asm/suggest.ts"],
  cli: ["isa", "formats", "toolchain", "pc", "media", "package.json"],
  lab: ["isa", "formats", "toolchain", "pc", "media", "dist"],
};
const TOP = ["cli", "lab"];
const COMPILED = ["pc/cpu/core"];

function* sourceFiles(folder: string): Generator<string> {
  for (const name of readdirSync(join(ROOT, folder)).sort()) {
    const path = `${folder}/${name}`;
    if (statSync(join(ROOT, path)).isDirectory()) {
      if (name !== "testing" && name !== "fixtures" && !COMPILED.includes(path)) yield* sourceFiles(path);
    } else if (/\.tsx?$/.test(name) && !/\.test\.ts$|testing|testbench|fixtures/.test(name)) yield path;
  }
}

function importsOf(path: string): string[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  return [...text.matchAll(/(?:^|\n)(?:import|export)[^"';]*?from "([^"]+)"|import\("([^"]+)"\)/g)].map(
    (m) => m[1] ?? m[2],
  );
}

const roomOf = (path: string) =>
  Object.keys(RULES)
    .filter((room) => path === room || path.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0];

const files = ["isa", "formats", "toolchain", "pc", "media", "cli", "lab"].flatMap((room) => [...sourceFiles(room)]);

test("there is something to look at", () => {
  expect(files.length).toBeGreaterThan(150);
});

test("rooms import only what they may", () => {
  const broken: string[] = [];
  for (const path of files) {
    const room = roomOf(path);
    for (const target of importsOf(path)) {
      if (!target.startsWith(".")) continue;
      const to = relative(ROOT, join(ROOT, path, "..", target)).replaceAll("\\", "/");
      const allowed = [room, ...RULES[room]].some((prefix) => to === prefix || to.startsWith(`${prefix}/`));
      if (!allowed) broken.push(`${path} imports ${to}`);
    }
  }
  expect(broken).toEqual([]);
});

test("below the top floor nothing imports Node", () => {
  const broken = files
    .filter((path) => !TOP.some((room) => path.startsWith(`${room}/`)))
    .flatMap((path) =>
      importsOf(path)
        .filter((target) => target.startsWith("node:"))
        .map((target) => `${path}: ${target}`),
    );
  expect(broken).toEqual([]);
});
