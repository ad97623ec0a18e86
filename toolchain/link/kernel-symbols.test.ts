import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findKernelSymbol } from "../../formats/kernel-symbols.ts";
import { assemble } from "../asm/index.ts";
import { LinkError, link } from "./index.ts";
import {
  encodeKernelSymbols,
  kernelSymbols,
  kernelSymbolsObject,
  linkWithKernelSymbols,
  shortName,
} from "./kernel-symbols.ts";

const binutils = spawnSync("addr2line", ["--version"]).status === 0;
const directory = mkdtempSync(join(tmpdir(), "minios-ksyms-"));
afterAll(() => rmSync(directory, { recursive: true }));

const SOURCE = `.globl _start
.type "kernel/main/kmain", @function
.macro pair
  push %eax
  pop %eax
.endm
_start: nop
  call "kernel/main/kmain"
  pair
local: hlt
"kernel/main/kmain":
  nop

  nop
  nop
  ret
.globl first, last
.section .ksyms, "a"
`;
const SCRIPT = `ENTRY(_start) SECTIONS {
  . = 0x100000; .text : { *(.text) }
  . = ALIGN(4); first = .; .ksyms : { *(.ksyms) } last = .;
  .data : { *(.data) }
}`;
const INPUTS = [{ name: "entry.o", object: assemble(SOURCE, { file: "kernel/entry.s", directory: "/src" }).object }];

describe("the kernel's symbol table", () => {
  it("names functions, files and lines", () => {
    const { elf } = link(INPUTS, { script: SCRIPT });
    const table = kernelSymbols(elf, "kernel.elf");
    const at = (address: number) => findKernelSymbol(table, address);
    expect(at(0xfffff)).toBeUndefined();
    expect(at(0x100000)).toEqual({ name: "_start", file: "kernel/entry.s", line: 7 });
    expect(at(0x100003)).toEqual({ name: "_start", file: "kernel/entry.s", line: 8 });
    // A macro's instructions belong to the line that calls it.
    expect(at(0x100007)).toEqual({ name: "_start", file: "kernel/entry.s", line: 9 });
    expect(at(0x100008)).toEqual({ name: "_start", file: "kernel/entry.s", line: 10 });
    expect(at(0x100009)).toEqual({ name: "kmain", file: "kernel/entry.s", line: 12 });
    expect(at(0x10000b)).toEqual({ name: "kmain", file: "kernel/entry.s", line: 15 });
  });

  it("is linked into the kernel that it describes", () => {
    const { elf, symbols } = linkWithKernelSymbols(INPUTS, { script: SCRIPT });
    const table = kernelSymbols(elf, "kernel.elf");
    const end = (symbols.get("first") ?? 0) + table.length;
    expect(symbols.get("last")).toBe(end);
    const again = link([...INPUTS, { name: "ksyms.o", object: kernelSymbolsObject(table) }], { script: SCRIPT });
    expect(again.elf).toEqual(elf);
  });

  it("is also right where it stands before the code", () => {
    const script = SCRIPT.replace(".text : { *(.text) }", "").replace(".data :", ".text : { *(.text) } .data :");
    const { elf } = linkWithKernelSymbols(INPUTS, { script });
    const table = kernelSymbols(elf, "kernel.elf");
    expect(findKernelSymbol(table, 0x100000 + table.length)?.name).toBe("_start");
  });

  it("holds far lines, going back, and functions without any", () => {
    const table = encodeKernelSymbols(
      [
        { address: 0x1000, name: "none" },
        { address: 0x2000, name: "f" },
        { address: 0xfffffff0, name: "g" },
      ],
      [
        { address: 0x1ff0, file: "a.ts", line: 5 },
        { address: 0x2010, file: "inlined.ts", line: 900 },
        { address: 0x2020, file: "a.ts", line: 70000 },
        { address: 0x2021, file: "a.ts", line: 2 },
        { address: 0x3000, file: undefined, line: 0 },
      ],
    );
    // Known only from 0x1ff0 on.
    expect(findKernelSymbol(table, 0x1000)).toEqual({ name: "none", file: "a.ts", line: 0 });
    expect(findKernelSymbol(table, 0x1ff8)).toEqual({ name: "none", file: "a.ts", line: 5 });
    expect(findKernelSymbol(table, 0x2000)).toEqual({ name: "f", file: "a.ts", line: 5 });
    expect(findKernelSymbol(table, 0x2015)).toEqual({ name: "f", file: "a.ts", line: 5 });
    expect(findKernelSymbol(table, 0x2020)).toEqual({ name: "f", file: "a.ts", line: 70000 });
    expect(findKernelSymbol(table, 0x2fff)).toEqual({ name: "f", file: "a.ts", line: 2 });
    expect(findKernelSymbol(table, 0xfffffff8)).toEqual({ name: "g", file: undefined, line: 0 });
  });

  it("tells a function's own file, though its code begins with what was inlined from another", () => {
    const lines = [
      { address: 0x1000, file: "out/kernel/text.ts", line: 700 },
      { address: 0x1100, file: "out/kernel/shell.ts", line: 20 },
      { address: 0x1104, file: "out/kernel/text.ts", line: 701 },
      { address: 0x1108, file: "out/kernel/shell.ts", line: 21 },
      { address: 0x1110, file: undefined, line: 0 },
    ];
    const table = encodeKernelSymbols([{ address: 0x1000, name: "run", module: "kernel/shell" }], lines);
    expect(findKernelSymbol(table, 0x1004)).toEqual({ name: "run", file: "out/kernel/shell.ts", line: 20 });
    expect(findKernelSymbol(table, 0x1106)?.line).toBe(20);
    expect(findKernelSymbol(table, 0x1109)?.line).toBe(21);
    const guessed = encodeKernelSymbols([{ address: 0x1000, name: "run" }], lines);
    expect(findKernelSymbol(guessed, 0x1004)?.file).toBe("out/kernel/text.ts");
  });

  it("shortens names to what reads best", () => {
    expect(shortName("kernel/thread/Scheduler#pick")).toBe("Scheduler#pick");
    expect(shortName("~lib/array/Array<kernel/thread/Thread>#push")).toBe("Array<Thread>#push");
    expect(shortName("interrupt_entry")).toBe("interrupt_entry");
  });
});

describe("lines", () => {
  it("are in the linker's messages", () => {
    const bad = assemble(".globl f\nnop\ncall missing\nf: ret", { file: "bad.s" }).object;
    const other = assemble("nop\n.globl f\nf: ret", { file: "other.s" }).object;
    try {
      link([
        { name: "bad.o", object: bad },
        { name: "other.o", object: other },
      ]);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(LinkError);
      expect(String(error)).toContain("duplicate symbol 'f': defined in bad.o (bad.s:4) and in other.o (other.s:3)");
      expect(String(error)).toContain("undefined symbol 'missing': needed by bad.o (bad.s:3)");
    }
  });

  it.skipIf(!binutils)("are what addr2line finds in the linked kernel", () => {
    const path = join(directory, "kernel.elf");
    writeFileSync(path, link(INPUTS, { script: SCRIPT }).elf);
    const found = execFileSync("addr2line", ["-e", path, "0x100006", "0x10000a"], { encoding: "utf8" });
    expect(found).toBe("/src/kernel/entry.s:9\n/src/kernel/entry.s:14\n");
  });
});
