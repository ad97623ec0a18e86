// The project file and the build: what is wrong with a project is said with its file and field; sources with their line.

import { describe, expect, test } from "vitest";
import { buildProject } from "./kernel.ts";
import { readProject } from "./project.ts";
import { BuildError, type SourceTree } from "./source-tree.ts";

function treeOf(files: Record<string, string>): SourceTree {
  return {
    readText: (path) => files[path],
    readBytes: (path) => (path in files ? new TextEncoder().encode(files[path]) : undefined),
  };
}

const PROJECT = { name: "tiny", entry: "main.ts", memoryBase: "0x101000", assembly: ["entry.s"], script: "tiny.ld" };
const FILES = {
  "k/main.ts":
    '@external("cpu", "hlt") declare function hlt(): void;\nexport function kernelMain(): void { while (true) hlt(); }\n',
  "k/entry.s": ".text\n.globl _start\n_start: call kernelMain\n",
  "k/tiny.ld":
    "ENTRY(_start) SECTIONS { . = 0x101000; .wasm.data : { *(.wasm.data) } .text : { *(.text) } .rodata : { *(.rodata) } " +
    ".ksyms : { *(.ksyms) } .data : { *(.data) } .bss : { *(.bss) } }",
};
const withProject = (project: unknown, files: Record<string, string> = FILES) =>
  treeOf({ ...files, "k/minios.json": typeof project === "string" ? project : JSON.stringify(project) });

describe("minios.json", () => {
  test("names files relative to its folder", () => {
    const project = readProject(withProject(PROJECT), "k");
    expect(project).toMatchObject({
      format: "elf",
      executable: "tiny",
      typescript: { entry: "k/main.ts", memoryBase: 0x101000 },
      assembly: ["k/entry.s"],
      script: "k/tiny.ld",
    });
  });

  test.each([
    ["no file", undefined, /^k\/minios.json: no such file$/],
    ["not JSON", "{", /^k\/minios.json: expected JSON/],
    ["not an object", "[]", /expected an object/],
    ["a missing field", { ...PROJECT, script: undefined }, /"script": expected a string, found nothing/],
    ["a wrong list", { ...PROJECT, assembly: "entry.s" }, /"assembly": expected a list of strings, found "entry.s"/],
    ["a wrong address", { ...PROJECT, memoryBase: "high" }, /"memoryBase": expected an address/],
    ["half a boot", { ...PROJECT, boot: { sector: "b.s" } }, /"boot": expected/],
  ])("%s is refused", (_what, project, message) => {
    const tree = project === undefined ? treeOf(FILES) : withProject(project);
    expect(() => readProject(tree, "k")).toThrow(message);
    expect(() => readProject(tree, "k")).toThrow(BuildError);
  });
});

describe("the pipeline", () => {
  const build = (files: Record<string, string>) => {
    const tree = withProject(PROJECT, files);
    return buildProject(tree, readProject(tree, "k"));
  };

  test("makes an executable with a map", async () => {
    const { elf, map, floppy } = await build(FILES);
    expect(elf.subarray(0, 4)).toEqual(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46));
    expect(map).toContain("kernelMain");
    expect(floppy).toBeUndefined();
  });

  test.each([
    ["TypeScript", "k/main.ts", "export function kernelMain(): void { nothing(); }", /k\/main\.ts/],
    ["assembly", "k/entry.s", ".text\n  frobnicate %eax\n", /k\/entry\.s:2/],
    ["a symbol that nobody defines", "k/entry.s", ".globl _start\n_start: call nobody\n", /nobody/],
    ["a missing file", "k/tiny.ld", undefined, /k\/tiny\.ld: no such file/],
  ])("says where %s is wrong", async (_what, file, text, message) => {
    const files: Record<string, string> = { ...FILES };
    if (text === undefined) delete files[file];
    else files[file] = text;
    await expect(build(files)).rejects.toThrow(message);
  });
});
