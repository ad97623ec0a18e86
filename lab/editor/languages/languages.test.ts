// What the editor's colours are for one line of each small language, and that no file of the project upsets a parser.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { StringStream } from "@codemirror/language";
import { expect, test } from "vitest";
import { ROOT } from "../../../test/support.ts";
import { readShipped } from "../../toolchain/shipped.ts";
import { streamParserOf } from "./index.ts";

/** The words of a text with their styles; blanks and what has no style are left out. */
function tokens(name: string, text: string): [string, string][] {
  const parser = streamParserOf(name);
  if (!parser?.startState) throw new Error(`${name}: no language`);
  const state = parser.startState(2);
  const found: [string, string][] = [];
  for (const line of text.split("\n")) {
    const stream = new StringStream(line, 8, 2);
    while (!stream.eol()) {
      const style = parser.token(stream, state);
      if (stream.pos === stream.start) throw new Error(`no progress at ${JSON.stringify(line.slice(stream.pos))}`);
      if (style) found.push([stream.current(), style]);
      stream.start = stream.pos;
    }
  }
  return found;
}

test("GNU assembly", () => {
  expect(tokens("a.s", 'start: rep movsb # copy\n.ascii "x" /* a\nb */ movl $0x10, %eax; ret')).toEqual([
    ["start:", "labelName"],
    ["rep", "keyword"],
    ["movsb", "keyword"],
    ["# copy", "comment"],
    [".ascii", "meta"],
    ['"x"', "string"],
    ["/* a", "comment"],
    ["b */", "comment"],
    ["movl", "keyword"],
    ["$0x10", "number"],
    ["%eax", "variableName.special"],
    [";", "punctuation"],
    ["ret", "keyword"],
  ]);
});

test("NASM", () => {
  expect(tokens("a.asm", "%define N 4\nmain:\n  mov eax, [ebx+N] ; load\ntable dd 10h, 'ab'")).toEqual([
    ["%define", "meta"],
    ["N", "variableName"],
    ["4", "number"],
    ["main:", "labelName"],
    ["mov", "keyword"],
    ["eax", "variableName.special"],
    ["ebx", "variableName.special"],
    ["N", "variableName"],
    ["; load", "comment"],
    ["table", "keyword"],
    ["dd", "meta"],
    ["10h", "number"],
    ["'ab'", "string"],
  ]);
});

test("linker script, GRUB's menu, settings", () => {
  expect(
    tokens("k.ld", "SECTIONS { . = 1M; /* x */ .text : { *(.text) } }").filter(([, s]) => s !== "punctuation"),
  ).toEqual([
    ["SECTIONS", "keyword"],
    [".", "variableName.special"],
    ["1M", "number"],
    ["/* x */", "comment"],
    [".text", "variableName"],
    ["*", "variableName"],
    [".text", "variableName"],
  ]);
  expect(tokens("grub.cfg", 'menuentry "A" { multiboot $root/k } # end').map(([word]) => word)).toEqual([
    "menuentry",
    '"A"',
    "{",
    "multiboot",
    "$root",
    "/k",
    "}",
    "# end",
  ]);
  expect(tokens("x.cfg", "on_crash = 'destroy'")[0]).toEqual(["on_crash", "propertyName"]);
});

test("every file that the page ships is read to its end", () => {
  let read = 0;
  for (const path of readShipped(ROOT).files.keys()) {
    if (path.startsWith("build/")) continue;
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (!streamParserOf(name)) continue;
    tokens(name, readFileSync(join(ROOT, path), "utf8"));
    read++;
  }
  expect(read).toBeGreaterThan(40);
});
