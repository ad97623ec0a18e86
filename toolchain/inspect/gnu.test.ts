// Line for line as GNU's tools: on what gcc, GNU as, GNU ld and ar make, on what we make, and on our kernel.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ARTEFACTS, isInstalled, scratchDirectory } from "../../test/support.ts";
import { type NmOptions, nm } from "./nm.ts";
import { type ObjdumpOptions, type ObjdumpView, objdump } from "./objdump/index.ts";
import { ALL_VIEWS, type ReadelfOptions, readelf } from "./readelf/index.ts";
import type { InputFile } from "./report.ts";
import { type SizeOptions, Sizes } from "./size.ts";
import { type StripOptions, strip } from "./strip.ts";
import { sampleFiles } from "./testing.ts";

const C_SOURCE = `
static int counter; int global = 5; extern int outside; const char *text = "hello";
static const int table[4] = {1, 2, 3, 4};
int common[10]; __thread int mine = 4; extern void maybe(void) __attribute__((weak));
__attribute__((constructor)) void early(void) { counter = 1; }
__attribute__((weak)) int weak(int x) { return x + table[x & 3]; }
double scale(double x, float y) { return x * y + 1.5; }
int choose(int x) { switch (x) { case 0: return 5; case 1: return 9; case 2: return global; case 3: return 77; } return -1; }
long long wide(long long a, int b) { if (maybe) maybe(); return a * b + counter++; }
int main(void) { return weak(3) + choose(global) + common[2] + outside + mine + (int)wide(5, 6) + text[1]; }
`;
const HEADER =
  "extern int called(int);\nstatic inline int twice(int x) {\n  return called(x) * 2;\n}\nint also(int x) { return twice(x + 1); }\n";
const AS_SOURCE = `.globl _start
_start: call main
        ret
        .section .data.odd,"aw"
        .globl outside
outside: .long 5
        .section .note.GNU-stack,"",@progbits
`;

const readable = isInstalled("gcc") && isInstalled("objdump") && isInstalled("readelf");
const scratch = scratchDirectory("inspect");
const files: InputFile[] = [];

function run(program: string, ...args: string[]): string {
  const result = spawnSync(program, args, {
    cwd: scratch.path,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: "C" },
  });
  if (result.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${result.stderr}`);
  return result.stdout;
}

function keep(name: string, bytes?: Uint8Array): void {
  if (bytes) writeFileSync(join(scratch.path, name), bytes);
  files.push({ name, bytes: new Uint8Array(readFileSync(join(scratch.path, name))) });
}

beforeAll(() => {
  if (!readable) return;
  writeFileSync(join(scratch.path, "a.c"), C_SOURCE);
  writeFileSync(join(scratch.path, "s.s"), AS_SOURCE);
  for (const flags of [["-O0"], ["-O1", "-fcommon"], ["-O2", "-g"]]) {
    const name = `a${flags[0]}.o`;
    run("gcc", "-m32", "-fno-pic", ...flags, "-c", "a.c", "-o", name);
    keep(name);
  }
  writeFileSync(join(scratch.path, "inline.h"), HEADER);
  for (const [name, version] of [
    ["with-a-file-name-that-is-too-long", 5],
    ["dwarf4", 4],
  ]) {
    writeFileSync(join(scratch.path, `${name}.c`), `#include "${scratch.path}/inline.h"\n${C_SOURCE}`);
    run("gcc", "-m32", "-fno-pic", "-O2", `-gdwarf-${version}`, "-c", `${name}.c`, "-o", `${name}.o`);
    keep(`${name}.o`);
  }
  run("gcc", "-m32", "-fpic", "-ffunction-sections", "-c", "a.c", "-o", "pic.o");
  run("as", "--32", "-g", "s.s", "-o", "s.o");
  run("ld", "-melf_i386", "s.o", "a-O1.o", "-o", "program");
  run("ar", "rcsD", "lib.a", "pic.o", "s.o");
  for (const name of ["s.o", "program", "lib.a"]) keep(name);
  for (const { name, bytes } of Object.values(sampleFiles())) keep(name, bytes);
  if (existsSync(ARTEFACTS.kernel)) keep("kernel.elf", new Uint8Array(readFileSync(ARTEFACTS.kernel)));
}, 60_000);
afterAll(() => scratch.remove());

/** Holds what we print against what GNU's tool prints, for each of the files. */
function compare(tool: string, args: string[], ours: (file: InputFile) => string, of: InputFile[] = files): void {
  expect(of.length).toBeGreaterThan(0);
  for (const file of of) {
    const theirs = run(tool, ...args, file.name).split("\n");
    const mine = ours(file).split("\n");
    const line = mine.findIndex((text, i) => text !== theirs[i]);
    const where = `${tool} ${args.join(" ")} ${file.name}, line ${line + 1}`;
    if (line >= 0) expect(mine[line], where).toBe(theirs[line]);
    expect(mine.length, where).toBe(theirs.length);
  }
}

describe.skipIf(!readable)("as GNU's tools", () => {
  it.each<[string[], NmOptions]>([
    [[], {}],
    [["-n"], { sort: "address" }],
    [["-S", "-g"], { size: true, only: { external: true } }],
    [["-u"], { only: { undefined: true } }],
    [["-a", "-n", "-r"], { all: true, sort: "address", reverse: true }],
    [["-p", "-A"], { sort: "none", fileNames: true }],
    [["--defined-only", "-P"], { only: { defined: true }, posix: true }],
    [["--size-sort"], { sort: "size" }],
  ])("nm %j", (args, options) => {
    compare("nm", args, (file) => nm(file, options).text);
  });

  it.each<[string[], SizeOptions]>([
    [[], { format: "berkeley", radix: 10, totals: false }],
    [["-A", "-x"], { format: "sysv", radix: 16, totals: false }],
    [["-o", "-t"], { format: "berkeley", radix: 8, totals: true }],
    [["-A"], { format: "sysv", radix: 10, totals: false }],
  ])("size %j", (args, options) => {
    compare("size", args, (file) => {
      const sizes = new Sizes(options);
      return sizes.heading() + sizes.file(file) + sizes.closing();
    });
  });

  it.each<[string[], ReadelfOptions]>([
    [["-a"], { show: new Set(ALL_VIEWS), wide: false, dumps: [] }],
    [["-a", "-W"], { show: new Set(ALL_VIEWS), wide: true, dumps: [] }],
    [["-l"], { show: new Set(["segments"]), wide: false, dumps: [] }],
    [["-S"], { show: new Set(["sections"]), wide: false, dumps: [] }],
    [["-wL"], { show: new Set(["lines"]), wide: false, dumps: [] }],
    [["-wL", "-W"], { show: new Set(["lines"]), wide: true, dumps: [] }],
    [["-x", "1"], { show: new Set(), wide: false, dumps: [{ kind: "hex", section: "1" }] }],
    [["-x", ".text"], { show: new Set(), wide: false, dumps: [{ kind: "hex", section: ".text" }] }],
    [["-p", ".strtab"], { show: new Set(), wide: false, dumps: [{ kind: "string", section: ".strtab" }] }],
  ])("readelf %j", (args, options) => {
    compare("readelf", args, (file) => readelf(file, options).text);
  });

  const views = (...names: ObjdumpView[]) => new Set(names);
  const dump = (options: Partial<ObjdumpOptions>, dialect: Partial<ObjdumpOptions["disassembly"]> = {}) => {
    return (file: InputFile) =>
      objdump(file, {
        show: views("disassemble"),
        sections: [],
        binary: false,
        adjust: 0,
        ...options,
        disassembly: {
          syntax: "att",
          bits: 32,
          zeros: false,
          bytes: true,
          all: false,
          start: 0,
          stop: 2 ** 32,
          ...dialect,
        },
      }).text;
  };
  it.each<[string[], (file: InputFile) => string]>([
    [["-f", "-p"], dump({ show: views("header", "private") })],
    [["-x"], dump({ show: views("archive", "header", "private", "sections", "symbols", "relocations") })],
    [["-s"], dump({ show: views("contents") })],
    [["-d"], dump({})],
    [["-d", "-r", "-M", "intel"], dump({ show: views("disassemble", "relocations") }, { syntax: "intel" })],
    [["-d", "--no-show-raw-insn"], dump({}, { bytes: false })],
    [["-d", "-z"], dump({}, { zeros: true })],
    [["-h", "-j", ".data"], dump({ show: views("sections"), sections: [".data"] })],
    [["-d", "-j", ".data"], dump({ sections: [".data"] })],
  ])("objdump %j", (args, ours) => {
    compare("objdump", args, ours);
  });

  it("objdump of a range, and of everything", () => {
    const program = files.filter(({ name }) => name === "program");
    const from = 0x8049004;
    const to = 0x8049021;
    compare(
      "objdump",
      ["-d", `--start-address=${from}`, `--stop-address=${to}`],
      dump({}, { start: from, stop: to }),
      program,
    );
    const plain = files.filter(({ name }) => name === "s.o" || name === "demo.o");
    compare("objdump", ["-D"], dump({}, { all: true }), plain);
  });

  it("objdump with the source", () => {
    const read = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);
    run("gcc", "-m32", "-fno-pic", "-g", "-O0", "-c", "a.c", "-o", "lines.o");
    run("ld", "-melf_i386", "s.o", "lines.o", "-o", "lines");
    const compiled = ["lines.o", "lines"].map((name) => {
      return { name, bytes: new Uint8Array(readFileSync(join(scratch.path, name))) };
    });
    const ours = files.filter(({ name }) => name.startsWith("demo."));
    compare("objdump", ["-d", "-l"], dump({ source: { lines: true } }), [compiled[0], ...ours]);
    compare("objdump", ["-S"], dump({ source: { lines: false, read } }), compiled);
  });

  it("objdump of raw 16-bit code", () => {
    const source =
      ".code16\nmov $0x7c0, %ax\nmov %ax, %ds\nlodsb (%si), %al\njmp .\nint $0x10\n.fill 20\n.word 0xaa55\n";
    writeFileSync(join(scratch.path, "boot.s"), source);
    run("as", "--32", "boot.s", "-o", "boot.o");
    run("objcopy", "-O", "binary", "boot.o", "boot.bin");
    const boot = { name: "boot.bin", bytes: new Uint8Array(readFileSync(join(scratch.path, "boot.bin"))) };
    const args = ["-D", "-b", "binary", "-m", "i386", "-M", "i8086"];
    compare("objdump", args, dump({ binary: true }, { all: true, bits: 16 }), [boot]);
  });

  it.each<[string[], Partial<StripOptions>]>([
    [["-s"], {}],
    [["-g"], { what: "debug" }],
    [["--strip-unneeded"], { what: "unneeded" }],
    [["-K", "main"], { keep: ["main"] }],
    [["-g", "-R", ".comment"], { what: "debug", sections: [".comment"] }],
    [["-N", "scale"], { what: "none", drop: ["scale"] }],
  ])("strip %j, byte for byte", (args, options) => {
    for (const file of files) {
      run("strip", ...args, "-o", "stripped", file.name);
      const theirs = readFileSync(join(scratch.path, "stripped"));
      const ours = strip(file, { what: "all", sections: [], keep: [], drop: [], ...options });
      const at = ours.findIndex((byte, i) => byte !== theirs[i]);
      expect([at, ours.length], `strip ${args.join(" ")} ${file.name}`).toEqual([-1, theirs.length]);
    }
  });
});
