// Sources that ask for endless work, or for more than can be done: each is refused, or comes to an end, in a bounded number of steps.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AssemblerErrors, assembleNasm, preprocessNasm } from "./index.ts";

const FIXTURES = new URL("fixtures", import.meta.url).pathname;
const SOURCES = readdirSync(FIXTURES).map((name) => readFileSync(join(FIXTURES, name), "utf8"));

/** About a second's work. */
const MAX_LINES = 2_000_000;

describe("work without end", () => {
  // Each of these asks for endless work.
  for (const [name, source] of Object.entries({
    "a macro that calls itself": "%rmacro m 0\nm\n%endmacro\nm\n",
    "two macros that call each other": "%macro a 0\nb\n%endmacro\n%macro b 0\na\n%endmacro\na\n",
    "defines that double": `%define x0 db 1,\n${Array.from({ length: 40 }, (_, i) => `%define x${i + 1} x${i} x${i}`).join("\n")}\nx40\n`,
    "loops in loops": "%rep 1000\n%rep 1000\n%rep 1000\nnop\n%endrep\n%endrep\n%endrep\n",
    "a huge loop": "%rep 999999999\nnop\n%endrep\n",
    "a huge count": "times 0xffffffffff db 0\n",
    "a wide count of jumps": "times 200000000 jmp $\n",
    "huge dup": "db 0x7fffffff dup (1)\n",
    "a dup to list": "db 0xfffffff dup (1)\nbad bad\n",
    "addresses that never settle": `a: times 1 - (e - a) db 0\n${"nop\n".repeat(2000)}times (e - a) & 1 nop\ne:\n`,
    "nested dup": "db 60000 dup (60000 dup (60000 dup (1)))\n",
    "a distance that eats itself": "a: times b - a + 1 db 0\nb:\n",
    "a count that flips": "times 1 - (e - $$) db 0\ne:\n",
    "an alignment of nothing": "align 0\n",
    "parentheses without end": `dd ${"(".repeat(5000)}1\n`,
    "brackets in brackets": `mov eax, ${"[".repeat(5000)}\n`,
    "unary signs without end": `dd ${"-".repeat(50_000)}1\n`,
    "a choice of choices": `dd ${"1 ? ".repeat(5000)}1\n`,
    "a name made of macros": "%define a a%+b\n%define ab a%+a\nab\n",
    "an include of itself": "%include 'me'\n",
  }))
    it(`ends: ${name}`, { timeout: 20_000 }, () => {
      const effort = { passes: 0, lines: 0 };
      const include = () => ({ name: "me", text: "%include 'me'\n" });
      const assemble = () => assembleNasm(source, { file: "x.asm", format: "bin", include, effort });
      // A macro means itself no more within itself, so some of these come to nothing.
      if (/^%macro a|^%define a/.test(source)) assemble();
      else expect(assemble).toThrow(AssemblerErrors);
      expect(effort.lines).toBeLessThan(MAX_LINES);
    });

  it("goes through the preprocessor alone", () => {
    for (const source of SOURCES)
      expect(preprocessNasm(source, { file: "x.asm", format: "bin" }).text.length).toBeGreaterThan(100);
  });
});
