import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, Random, type TestKernel } from "../testing.ts";

const SOURCE = `
import { isNormalized, lastPart, resolvePath } from "./fs/path.ts";
export { isNormalized, lastPart, resolvePath };
`;
const CWD = 0x1000;
const PATH = 0x2000;
const OUT = 0x4000;
const ENOENT = -2;
const ENAMETOOLONG = -36;

let kernel: TestKernel;
beforeAll(async () => {
  kernel = instantiate(await compile(SOURCE));
});

function resolve(path: string, cwd = "/"): string | number {
  kernel.bytes.fill(0xee, OUT, OUT + 300);
  const result = kernel.call("resolvePath", kernel.writeText(CWD, cwd), kernel.writeText(PATH, path), OUT);
  expect(kernel.bytes[OUT + 256], "behind the end of the result").toBe(0xee);
  if (result < 0) return result;
  const text = kernel.readText(OUT);
  expect(text.length).toBe(result);
  return text;
}

describe("resolvePath", () => {
  it.each([
    ["/", "/", "/"],
    ["//", "/", "/"],
    ["/a", "/x", "/a"],
    ["a", "/", "/a"],
    ["a", "/x/y", "/x/y/a"],
    [".", "/x/y", "/x/y"],
    ["./", "/", "/"],
    ["..", "/x/y", "/x"],
    ["..", "/x", "/"],
    ["..", "/", "/"],
    ["../../../..", "/x/y", "/"],
    ["/a/../b/./c//d/", "/x", "/b/c/d"],
    ["/a/..", "/x", "/"],
    ["...", "/x", "/x/..."],
    [".a", "/x", "/x/.a"],
    ["..a/a..", "/", "/..a/a.."],
  ])("%j in %j is %j", (path, cwd, expected) => {
    expect(resolve(path, cwd)).toBe(expected);
  });

  it("refuses the empty path", () => {
    expect(resolve("", "/x")).toBe(ENOENT);
  });

  it("knows the longest path", () => {
    expect(resolve(`/${"a".repeat(254)}`)).toBe(`/${"a".repeat(254)}`);
    expect(resolve(`/${"a".repeat(255)}`)).toBe(ENAMETOOLONG);
    expect(resolve("b", `/${"a".repeat(252)}`)).toBe(`/${"a".repeat(252)}/b`);
    expect(resolve("bc", `/${"a".repeat(252)}`)).toBe(ENAMETOOLONG);
    expect(resolve("/a/..".repeat(200))).toBe("/");
  });

  it("agrees with a model on generated paths, and what it writes is normalised", () => {
    const random = new Random(3);
    for (let round = 0; round < 1000; round++) {
      const cwd = `/${Array.from({ length: random.below(3) }, () => random.pick(["a", "bb", "..c"])).join("/")}`;
      const path =
        (random.below(2) ? "/" : "") +
        Array.from({ length: 1 + random.below(8) }, () => random.pick(["a", "bc", ".", "..", "", "..."])).join("/");
      if (path === "") continue;
      const parts: string[] = [];
      for (const part of `${path.startsWith("/") ? "" : cwd}/${path}`.split("/")) {
        if (part === "..") parts.pop();
        else if (part !== "" && part !== ".") parts.push(part);
      }
      expect(resolve(path, cwd), `${path} in ${cwd}`).toBe(`/${parts.join("/")}`);
      expect(kernel.call("isNormalized", OUT)).toBe(1);
    }
  });

  it("asserts that the current directory is normalised", () => {
    for (const cwd of ["", "a", "/a/", "//", "/.", "/a/..", "/a//b"]) {
      expect(kernel.abortOf("resolvePath", kernel.writeText(CWD, cwd), kernel.writeText(PATH, "b"), OUT), cwd).toMatch(
        /not a normalised path/,
      );
    }
  });
});

it("lastPart finds the name", () => {
  for (const [path, name] of [
    ["/", ""],
    ["/a", "a"],
    ["/a/bc", "bc"],
  ] as const)
    expect(kernel.readText(kernel.call("lastPart", kernel.writeText(PATH, path)))).toBe(name);
});
