// Whatever stands in a project's files, the build either gives a result or says what is wrong, in a BuildError.

import { describe, expect, test } from "vitest";
import { NAME_PATTERN } from "./fields.ts";
import { buildProject } from "./kernel.ts";
import { type Project, readProject } from "./project.ts";
import { BuildError, type SourceTree } from "./source-tree.ts";

const SEEDS = [
  `{ "name": "k", "executable": "e", "entry": "main.ts", "memoryBase": "0x101000", "ascOptions": ["-O2", "--use", "abort=./a/b"],
     "assembly": ["entry.s"], "script": "kernel.ld", "boot": { "sector": "b.s", "setup": "s.s" } }`,
  `{ "name": "boot", "format": "flat", "assembly": ["boot.s", "more.s"], "script": "boot.ld" }`,
];
const WORDS = [
  "null",
  "[]",
  "{}",
  '""',
  "0",
  "-1",
  "true",
  '"\\u0000"',
  '"../x"',
  '"__proto__"',
  ":",
  ",",
  "}",
  "]",
  '"',
];

let seed = 7;
function random(limit: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
}

function mutate(text: string): string {
  const at = random(text.length);
  const word = WORDS[random(WORDS.length)];
  switch (random(5)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1 + random(12));
    case 1:
      return text.slice(0, at) + word + text.slice(at + random(4));
    case 2:
      return text.slice(0, at) + String.fromCharCode(random(0x180)) + text.slice(at + 1);
    case 3: {
      // Another value of the right shape in the right place: the fields' own checks.
      const values = [...text.matchAll(/: *("[^"]*"|\[[^\]]*\]|\{[^}]*\})/g)];
      const value = values[random(values.length)];
      return value ? `${text.slice(0, value.index)}: ${word}${text.slice(value.index + value[0].length)}` : text;
    }
    default: {
      const from = random(text.length);
      return text.slice(0, at) + text.slice(from, from + random(40)) + text.slice(at);
    }
  }
}

function tree(files: Record<string, string>): SourceTree {
  return {
    readText: (path) => files[path],
    readBytes: (path) => (files[path] === undefined ? undefined : new TextEncoder().encode(files[path])),
  };
}

describe("project files of any kind", () => {
  test("are read or refused in one line that names the file", () => {
    let read = 0;
    let refused = 0;
    for (let round = 0; round < 30_000; round++) {
      let text = SEEDS[random(SEEDS.length)];
      for (let count = 1 + random(3); count > 0; count--) text = mutate(text);
      let project: Project;
      try {
        project = readProject(tree({ "p/minios.json": text }), "p");
        read++;
      } catch (error) {
        if (!(error instanceof BuildError)) throw new Error(`on ${text}: ${error}`);
        expect(error.message).toMatch(/^p\/minios\.json: [^\n]+$/);
        expect(error.message.length).toBeLessThan(300);
        refused++;
        continue;
      }
      // What is accepted can be built from: plain names, files below the project, sources.
      expect(project.name).toMatch(NAME_PATTERN);
      expect(project.executable).toMatch(NAME_PATTERN);
      expect(project.script.startsWith("p/")).toBe(true);
      expect(project.assembly.length > 0 || (project.format === "elf" && project.typescript)).toBeTruthy();
    }
    expect(read).toBeGreaterThan(1000);
    expect(refused).toBeGreaterThan(1000);
  });
});

describe("sources of any kind", () => {
  const BOOT = `.code16\n.globl _start\n_start: movw $text, %si\n1: lodsb\n jmp 1b\ntext: .asciz "hi"\n.org 510\n.word 0xaa55\n`;
  const SCRIPT = "ENTRY(_start)\nSECTIONS\n{\n . = 0x7c00;\n .text : { *(.text) }\n}\n";

  test("make an image or a BuildError whose lines can be read", async () => {
    let built = 0;
    for (let round = 0; round < 1500; round++) {
      const files = { "minios.json": SEEDS[1].replace(', "more.s"', ""), "boot.s": BOOT, "boot.ld": SCRIPT };
      if (random(2) === 0) files["boot.s"] = mutate(BOOT);
      else files["boot.ld"] = mutate(SCRIPT);
      const sources = tree(files);
      try {
        const { floppy } = await buildProject(sources, readProject(sources, "."));
        expect(floppy).toHaveLength(1474560);
        built++;
      } catch (error) {
        if (!(error instanceof BuildError)) throw new Error(`on ${JSON.stringify(files)}: ${error}`);
        expect(error.message).toMatch(/(^|: )error: /m);
      }
    }
    expect(built).toBeGreaterThan(50);
    expect(built).toBeLessThan(1450);
  });
});
