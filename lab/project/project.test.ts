// A person's changes: as values, in a zip, in a link. What comes from outside may be anything.

import { strToU8, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import type { Edits } from "../toolchain/files.ts";
import { ArchiveError, exportZip, importZip } from "./archive.ts";
import { originalText, pathProblem, textNow, withOriginal, without, withText } from "./edits.ts";
import { decodeShared, encodeShared } from "./share.ts";

const files = new Map([
  ["kernel/main.ts", strToU8("main")],
  ["kernel/a.ts", strToU8("a")],
  ["build/assemblyscript.d.ts", strToU8("types")],
  ["build/bin/ls", Uint8Array.of(0x7f, 0xff)],
]);
const NONE: Edits = new Map();

describe("edits", () => {
  test("a text that is the original's is no edit", () => {
    const edited = withText(files, NONE, "kernel/a.ts", "b");
    expect(textNow(files, edited, "kernel/a.ts")).toBe("b");
    expect(withText(files, edited, "kernel/a.ts", "a").size).toBe(0);
    expect(withOriginal(edited, "kernel/a.ts").size).toBe(0);
    expect(originalText(files, "kernel/a.ts")).toBe("a");
  });

  test("a shipped file that is removed is remembered, one's own is forgotten", () => {
    expect(without(files, NONE, "kernel/a.ts").get("kernel/a.ts")).toBeNull();
    expect(textNow(files, without(files, NONE, "kernel/a.ts"), "kernel/a.ts")).toBeUndefined();
    expect(without(files, withText(files, NONE, "own.ts", "x"), "own.ts").size).toBe(0);
  });

  test.each([
    ["", "empty"],
    ["a/", "empty"],
    ["/a", "empty"],
    ["a//b", "empty"],
    ["a b", "characters"],
    ["a/../b", "dots"],
    ["a/b-c.ts", undefined],
  ])("the path %j: %s", (path, problem) => {
    expect(pathProblem(path)).toBe(problem);
  });
});

describe("zip", () => {
  test("what is exported comes back as the same edits", () => {
    const edits: Edits = new Map([
      ["kernel/a.ts", "changed"],
      ["own/main.ts", "mine"],
    ]);
    const zip = exportZip(files, edits);
    expect(importZip(files, zip)).toEqual(edits);
    expect(importZip(new Map(), exportZip(files, edits, "own"), "own")).toEqual(new Map([["own/main.ts", "mine"]]));
  });

  test.each([
    ["no zip", strToU8("PK not really"), /expected a zip/],
    ["a path outside", zipSync({ "../x": strToU8("x") }), /\.\.\/x: a path outside/],
    ["no text", zipSync({ "x.ts": Uint8Array.of(0xff, 0xfe) }), /x\.ts: expected text/],
    ["too much", zipSync({ big: new Uint8Array(65 * 2 ** 20) }), /big: expected at most/],
  ])("refuses %s", (_what, zip, message) => {
    expect(() => importZip(files, zip)).toThrow(ArchiveError);
    expect(() => importZip(files, zip)).toThrow(message);
  });

  test("damaged zips are refused, never more", () => {
    const zip = exportZip(files, new Map([["own/main.ts", "mine"]]));
    let refused = 0;
    for (let at = 0; at < zip.length; at++) {
      const damaged = zip.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      try {
        importZip(files, damaged);
      } catch (error) {
        if (!(error instanceof ArchiveError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(10);
  });
});

describe("link", () => {
  const shared = { folder: "kernel", file: "kernel/a.ts", edits: new Map([["kernel/a.ts", "über ".repeat(50)]]) };

  test("says the same at the other end, in letters an address may hold", () => {
    const text = encodeShared(shared);
    expect(text).toMatch(/^[\w-]+$/);
    expect(text.length).toBeLessThan(200);
    expect(decodeShared(text)).toEqual(shared);
  });

  test("what is no link, or is damaged, is none", () => {
    const text = encodeShared(shared);
    expect(decodeShared("")).toBeUndefined();
    expect(decodeShared("?!")).toBeUndefined();
    expect(decodeShared(encodeShared(shared).slice(0, 20))).toBeUndefined();
    for (let at = 0; at < text.length; at++) {
      const other = decodeShared(`${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`);
      expect(other === undefined || other.edits instanceof Map).toBe(true);
    }
  });
});
