import { posix } from "node:path";
import { expect, test } from "vitest";
import { basename, dirname, isAbsolute, isWindows, join } from "./paths.ts";

const PATHS = ["a", "a/b.img", "/a/b", "./a/b", "../a", "a/", "/", "a//b", ".", "a/../b", "/..", ""];

test.skipIf(isWindows)("as the host's own functions have it", () => {
  for (const path of PATHS) {
    expect(isAbsolute(path), path).toBe(posix.isAbsolute(path));
    expect(basename(path), path).toBe(posix.basename(path));
    expect(dirname(path), path).toBe(posix.dirname(path));
    for (const folder of [".", "x", "/x/y", "../x", "x/.."]) {
      const expected = posix.join(folder, path).replace(/(.)\/$/, "$1");
      expect(join(folder, path), `${folder} + ${path}`).toBe(expected);
    }
  }
});
