import { expect, test } from "vitest";
import { collectFiles } from "./image-files.ts";
import { BuildError, type SourceTree } from "./source-tree.ts";

const FILES: Record<string, string> = { "root/etc/motd": "hello", "root/README.TXT": "read", "root/z": "", one: "1" };
const FOLDERS: Record<string, string[]> = {
  root: ["README.TXT", "etc/", "none/", "z"],
  "root/etc": ["motd"],
  "root/none": [],
};
const tree: SourceTree = {
  readText: (path) => FILES[path],
  readBytes: (path) => (path in FILES ? new TextEncoder().encode(FILES[path]) : undefined),
  list: (folder) => FOLDERS[folder],
};
const collect = (files: Record<string, string>) =>
  collectFiles(tree, new Map(Object.entries(files))).map(({ path, data }) => [path, new TextDecoder().decode(data)]);

test("a folder comes with all that is in it, an empty folder too", () => {
  expect(collect({ "/": "root" })).toEqual([
    ["/README.TXT", "read"],
    ["/etc/motd", "hello"],
    ["/none/", ""],
    ["/z", ""],
  ]);
  expect(collect({ "/deep/er": "root/etc" })).toEqual([["/deep/er/motd", "hello"]]);
});

test("a file gets the name that the place says, or keeps its own in a folder", () => {
  expect(collect({ "/two": "one", "/dir/": "one" })).toEqual([
    ["/two", "1"],
    ["/dir/one", "1"],
  ]);
});

test("what is not there is said", () => {
  expect(() => collect({ "/x": "nowhere" })).toThrow(new BuildError("nowhere: no such file"));
});
