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

  test("a path in a compiler option is the project's, wherever the project stands", () => {
    const project = { ...PROJECT, ascOptions: ["--use", "abort=./main/abort"] };
    expect(readProject(withProject(project), "k")).toMatchObject({
      typescript: { ascOptions: ["--use", "abort=k/main/abort"] },
    });
    const here = treeOf({ "minios.json": JSON.stringify(project) });
    expect(readProject(here, ".")).toMatchObject({ typescript: { ascOptions: ["--use", "abort=main/abort"] } });
  });

  test.each([
    ["no file", undefined, /^k\/minios.json: no such file$/],
    ["not JSON", "{", /^k\/minios.json: expected JSON/],
    ["not an object", "[]", /expected an object/],
    ["a missing field", { ...PROJECT, script: undefined }, /"script": expected a string, found nothing/],
    ["a wrong list", { ...PROJECT, assembly: "entry.s" }, /"assembly": expected a list of strings, found "entry.s"/],
    ["another kind of objects", { ...PROJECT, objects: "small" }, /"objects": expected "managed" or "bare"/],
    ["a wrong address", { ...PROJECT, memoryBase: "high" }, /"memoryBase": expected an address/],
    ["half a boot", { ...PROJECT, boot: { sector: "b.s" } }, /"boot": expected/],
    ["a name that is a path", { ...PROJECT, name: "../x" }, /"name": expected a name of .*, found "..\/x"/],
    ["a misspelt field", { ...PROJECT, assembley: [] }, /"assembley": no such field; did you mean 'assembly'\?/],
    ["an unknown format", { ...PROJECT, format: "pe" }, /"format": expected "elf" or "flat", found "pe"/],
    ["no sources at all", { name: "tiny", script: "tiny.ld" }, /expected "entry", "assembly" or both/],
    ["an address without TypeScript", { ...PROJECT, entry: undefined }, /"memoryBase": expected an "entry" beside it/],
    ["TypeScript in a boot sector", { ...PROJECT, format: "flat" }, /"entry": a project of the format "flat" has none/],
    ["files without boot code", { ...PROJECT, files: { "/": "root" } }, /"files": expected a "boot" beside it/],
    [
      "a disk without boot code",
      { ...PROJECT, disk: { mbr: "m.s", megabytes: 16 } },
      /"disk": expected a "boot" beside/,
    ],
    ["a disk of no size", { ...PROJECT, disk: { mbr: "m.s", megabytes: "16" } }, /"disk": expected {"mbr": file/],
    ["a place that is none", { ...PROJECT, files: { etc: "root" } }, /"files": expected {"\/place/],
    ["an entry in another language", { ...PROJECT, entry: "main.c" }, /"entry": expected a file that ends in .ts/],
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

  test("shows all errors of all files, with the line and a caret", async () => {
    const files = {
      ...FILES,
      "k/main.ts": "export function kernelMain(): void {\n\tnothing();\n  let x: i32 = nowhere;\n}\n",
      "k/entry.s": ".text\n  frobnicate %eax\n  movl %eax\n",
    };
    const message = await build(files).then(String, (error: Error) => error.message);
    expect(message.split("\n").slice(0, 6)).toEqual([
      "k/main.ts:2:2: error: Cannot find name 'nothing'. [TS2304]",
      "\tnothing();",
      "\t^~~~~~~",
      "k/main.ts:3:16: error: Cannot find name 'nowhere'. [TS2304]",
      "  let x: i32 = nowhere;",
      "               ^~~~~~~",
    ]);
    expect(message).toMatch(/^k\/entry\.s:2:3: error: .*\n {2}frobnicate %eax\n {2}\^$/m);
    expect(message).toMatch(/^k\/entry\.s:3:\d+: error: /m);
  });

  test("a symbol that nobody defines is shown where it is needed", async () => {
    const files = { ...FILES, "k/entry.s": ".text\n.globl _start\n_start: call kernelMain\n\tcall nobody\n" };
    const message = await build(files).then(String, (error: Error) => error.message);
    expect(message).toMatch(/^k\/entry\.s:4:7: error: undefined symbol 'nobody'.*\n\tcall nobody\n\t {5}\^~~~~~$/);
  });

  test("an option that the compiler does not know is an error", async () => {
    const tree = withProject({ ...PROJECT, ascOptions: ["--frobnicate"] });
    await expect(buildProject(tree, readProject(tree, "k"))).rejects.toThrow(/error: .*no option --frobnicate/);
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

describe("without TypeScript", () => {
  const SCRIPT = "ENTRY(_start) SECTIONS { . = 0x7c00; .text : { *(.text) } }";
  const build = (format: "elf" | "flat", source: string) => {
    const project = { name: "small", format, assembly: ["a.s"], script: "a.ld" };
    const tree = treeOf({ "minios.json": JSON.stringify(project), "a.s": source, "a.ld": SCRIPT });
    return buildProject(tree, readProject(tree, "."));
  };

  test("a kernel is an executable", async () => {
    const { elf, floppy } = await build("elf", ".globl _start\n_start: hlt\n");
    expect(elf.subarray(1, 4)).toEqual(new TextEncoder().encode("ELF"));
    expect(floppy).toBeUndefined();
  });

  test("a boot sector stands at the start of a floppy", async () => {
    const { floppy, elf } = await build("flat", ".code16\n.globl _start\n_start: hlt\n.org 510\n.word 0xaa55\n");
    expect(floppy).toHaveLength(1474560);
    expect([floppy?.[0], floppy?.[509], floppy?.[510], floppy?.[511], floppy?.[512]]).toEqual([0xf4, 0, 0x55, 0xaa, 0]);
    expect(elf.subarray(1, 4)).toEqual(new TextEncoder().encode("ELF"));
  });

  test("what no BIOS would start is refused", async () => {
    await expect(build("flat", ".globl _start\n_start: hlt\n")).rejects.toThrow(
      "error: boot sector, offset 510: expected 55 aa, without which a BIOS does not start it, found the end of 1 bytes",
    );
    await expect(build("flat", ".globl _start\n_start: hlt\n.org 512\n")).rejects.toThrow(/found 00 00$/);
    const large = ".globl _start\n_start: hlt\n.org 510\n.word 0xaa55\n.space 1474560\n";
    await expect(build("flat", large)).rejects.toThrow(/at most 1474560 bytes, a floppy, found 1475072 bytes/);
  });
});
