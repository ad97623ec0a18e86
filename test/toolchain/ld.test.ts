// `minios ld` beside GNU ld on objects of gcc, g++, nasm and our assembler: the same command line for both, and readelf says what
// came of it. Compared are sections with addresses, sizes, flags and contents, symbols with values, and the entry.

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeIo } from "../../cli/testing/fake-io.ts";
import { ld } from "../../cli/tools/ld.ts";
import { writeObject } from "../../formats/elf32-object.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { missing, scratchDirectory } from "../support.ts";
import { KERNEL_SCRIPTS, SCRIPTS, SOURCES } from "./ld-cases.ts";

const why = missing("ld", "gcc", "g++", "nasm", "readelf", "ar");
const scratch = scratchDirectory("ld");
afterAll(() => scratch.remove());
const path = (name: string) => join(scratch.path, name);

/** What readelf says of a file, without what may differ: file offsets, the tables' own sections and how unique symbols are bound. */
function describeFile(file: string): string {
  const readelf = (...options: string[]) => execFileSync("readelf", ["-W", ...options, file], { encoding: "utf8" });
  const numbers = new Map<string, string>();
  const sections = readelf("-S")
    .split("\n")
    .flatMap((line) => {
      const match = /^ *\[ *(\d+)\] (\S+) +(\S+) +([0-9a-f]{8}) [0-9a-f]{6} ([0-9a-f]{6} .*)$/.exec(line);
      if (!match || /^\.(symtab|strtab|shstrtab)$/.test(match[2])) return [];
      numbers.set(match[1], match[2]);
      return [`${match[2]} ${match[3]} ${match[4]} ${match[5]}`];
    });
  const symbols = readelf("-s")
    .split("\n")
    .flatMap((line) => {
      const words = line.trim().split(/ +/);
      // The symbols that the linker makes itself stand behind a FILE without a name in GNU's table.
      if (!/^\d+:$/.test(words[0]) || words.length < 7 || (words[3] === "FILE" && words[7] === undefined)) return [];
      return [[words[1], words[2], words[3], words[4].replace("UNIQUE", "GLOBAL"), words[5], words[7]].join(" ")];
    });
  const contents = [...numbers.values()].map((name) => `${name}\n${readelf("-x", name)}`);
  const entry = /Entry point address: +(\S+)/.exec(readelf("-h"))?.[1];
  return [...sections.sort(), ...symbols.sort(), ...contents.sort(), `entry ${entry}`].join("\n");
}

function linkBoth(args: string[]): { ours: string; theirs: string; warnings: string } {
  const inFolder = args.map((word) =>
    /\.(o|a|ld)$/.test(word) ? path(word) : word.replace(/^-L$/, `-L${scratch.path}`),
  );
  execFileSync("ld", ["-m", "elf_i386", ...inFolder, "-o", path("theirs")], { stdio: "pipe" });
  const io = new FakeIo();
  const status = ld(io, ["-m", "elf_i386", ...inFolder, "-o", path("ours")], "test");
  expect([status, io.stderr.text.replace(/^.*warning: .*\n/gm, "")]).toEqual([0, ""]);
  const checked = spawnSync("readelf", ["-aW", path("ours")], { encoding: "utf8" });
  const warnings = `${checked.stderr}${/^.*warning.*$/im.exec(checked.stdout)?.[0] ?? ""}`;
  return { ours: describeFile(path("ours")), theirs: describeFile(path("theirs")), warnings };
}

describe.skipIf(why)("minios ld and GNU ld", () => {
  beforeAll(() => {
    for (const { name, compiler, source } of SOURCES) {
      const object = path(`${name}.o`);
      if (compiler[0] === "ours") {
        writeFileSync(object, writeObject(assemble(source, { file: `${name}.s` }).object));
        continue;
      }
      const input = path(`${name}.source`);
      writeFileSync(input, source);
      execFileSync(compiler[0], [...compiler.slice(1), "-o", object, input], { stdio: "pipe" });
    }
    for (const [name, script] of Object.entries(SCRIPTS)) writeFileSync(path(`${name}.ld`), script);
    for (const [name, script] of Object.entries(KERNEL_SCRIPTS)) writeFileSync(path(`${name}.ld`), script);
    execFileSync("ar", ["rcs", path("libparts.a"), path("parts.o"), path("unused.o"), path("helper.o")]);
    execFileSync("ar", ["rcs", path("libcircle.a"), path("circle.o")]);
  }, 60_000);

  it.each([
    ["nothing but code", ["start.o"]],
    ["position-independent C", ["pic.o", "other.o"]],
    ["C at an address", ["plain.o", "other.o", "-Ttext", "0x100000"]],
    ["addresses of all three", ["plain.o", "other.o", "-Ttext=0x200000", "-Tdata", "300000", "-Tbss=0x400000"]],
    ["odd sections", ["sections.o"]],
    ["odd sections and a script", ["-T", "kernel.ld", "sections.o"]],
    ["no pages", ["-n", "sections.o"]],
    ["one segment", ["-N", "sections.o"]],
    ["C++ with constructors", ["tutorial-loader.o", "constructors.o", "-T", "tutorial.ld"]],
    ["constructors of both kinds", ["arrays.o"]],
    ["C++ and position-independent C++", ["-e", "one", "inline1.o", "inline2.o"]],
    ["memory regions and program headers", ["-T", "regions.ld", "inline1.o", "inline2.o"]],
    ["only what is needed", ["--gc-sections", "-e", "used", "garbage.o", "other.o"]],
    ["archives", ["-e", "main", "main.o", "-L", "-lparts"]],
    [
      "archives that need each other",
      ["-e", "main", "main.o", "-(", "libcircle.a", "libparts.a", "-)", "-u", "circle"],
    ],
    ["symbols from the command line", ["plain.o", "other.o", "--defsym", "here=0x1234", "--defsym", "there=here+4"]],
    ["nasm's object", ["nasm.o", "other.o", "-Ttext", "7c00"]],
    ["strings and constants", ["-e", "first", "strings1.o", "strings2.o"]],
    ["without symbols", ["-s", "plain.o", "other.o"]],
  ])("agree on %s", (_, args) => {
    const { ours, theirs, warnings } = linkBoth(args);
    expect(ours).toBe(theirs);
    expect(warnings).toBe("");
  });

  it.each(Object.keys(KERNEL_SCRIPTS))("agree on a kernel laid out by '%s'", (name) => {
    const { ours, theirs, warnings } = linkBoth(["-T", `${name}.ld`, "-e", "begin", "begin.o", "plain.o", "other.o"]);
    expect(ours).toBe(theirs);
    expect(warnings).toBe("");
  });

  it("name the source line of an undefined symbol, as the compiler's line table has it", () => {
    const source = "extern int nowhere(void);\n\nint start(void)\n{\n  return nowhere();\n}\n";
    execFileSync("gcc", ["-m32", "-g", "-fno-pie", "-c", "-x", "c", "-o", path("lines.o"), "-"], { input: source });
    const io = new FakeIo();
    expect(ld(io, [path("lines.o"), "-o", path("never")], "test")).toBe(1);
    expect(io.stderr.text).toMatch(
      /^minios ld: error: undefined symbol 'nowhere': needed by \S*lines\.o \(\S*<stdin>:5\)\n$/,
    );
  });

  it("agree on bare bytes", () => {
    const args = ["--oformat", "binary", "-Ttext", "0x7c00", path("nasm.o"), path("other.o")];
    execFileSync("ld", ["-m", "elf_i386", ...args, "-o", path("theirs.bin")]);
    expect(ld(new FakeIo(), [...args, "-o", path("ours.bin")], "test")).toBe(0);
    expect(readFileSync(path("ours.bin"))).toEqual(readFileSync(path("theirs.bin")));
  });

  it("join objects by a script's sections, as GNU ld does", () => {
    writeFileSync(
      path("module.ld"),
      "SECTIONS { .code 0 : { *(.text .start) } .all 0 : { KEEP(*(.data)) *other.o(.bss) } /DISCARD/ : { *(.comment .note*) } }",
    );
    const args = ["-r", "-T", "module.ld", "begin.o", "plain.o", "other.o"].map((word) =>
      /\./.test(word) ? path(word) : word,
    );
    execFileSync("ld", ["-m", "elf_i386", ...args, "-o", path("theirs.o")], { stdio: "pipe" });
    const io = new FakeIo();
    expect([ld(io, [...args, "-o", path("ours.o")], "test"), io.stderr.text]).toEqual([0, ""]);
    const shown = (file: string) =>
      ["-x.code", "-x.all", "-x.rodata", "-x.multiboot"]
        .map((what) => execFileSync("readelf", ["-W", what, path(file)], { encoding: "utf8" }))
        .join("") + execFileSync("nm", [path(file)], { encoding: "utf8" });
    expect(shown("ours.o")).toBe(shown("theirs.o"));
  });

  it("join objects so that GNU ld links the result as it links the objects", () => {
    const objects = ["pic.o", "other.o", "strings1.o"].map(path);
    expect(ld(new FakeIo(), ["-r", ...objects, "-o", path("joined.o")], "test")).toBe(0);
    const values = (inputs: string[]) => {
      execFileSync("ld", ["-m", "elf_i386", "-T", path("kernel.ld"), ...inputs, "-o", path("joined")], {
        stdio: "pipe",
      });
      const names = execFileSync("nm", [path("joined")], { encoding: "utf8" }).replace(/^.* [a-z] .*\n/gm, "");
      return `${names}${execFileSync("readelf", ["-x", ".text", "-x", ".data", path("joined")], { encoding: "utf8" })}`;
    };
    expect(values([path("joined.o")])).toBe(values(objects));
    const checked = spawnSync("readelf", ["-aW", path("joined.o")], { encoding: "utf8" });
    expect(checked.stderr).toBe("");
  });
});
