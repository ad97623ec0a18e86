import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readExecutable } from "../../formats/elf32-executable.ts";
import { readObject, writeObject } from "../../formats/elf32-object.ts";
import { assemble } from "../asm/index.ts";
import { LinkError, type LinkInput, link, ScriptError } from "./index.ts";

const hasGnu = ["ld", "objcopy", "nm"].every((tool) => spawnSync(tool, ["--version"]).status === 0);
const hasCompiler =
  spawnSync("gcc", ["-m32", "-x", "c", "-c", "-o", "/dev/null", "-"], { input: "int x;" }).status === 0;
const directory = mkdtempSync(join(tmpdir(), "minios-link-"));
afterAll(() => rmSync(directory, { recursive: true }));

function input(name: string, source: string): LinkInput {
  return { name, object: assemble(source, { file: name.replace(/o$/, "s") }).object };
}

function problemsOf(inputs: LinkInput[], script?: string): string[] {
  try {
    link(inputs, { script });
  } catch (error) {
    if (error instanceof LinkError) return [...error.problems];
    throw error;
  }
  return [];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

const KERNEL_SCRIPT = `
/* A kernel: header first, page-aligned parts, symbols around them. */
OUTPUT_FORMAT("elf32-i386")
OUTPUT_ARCH(i386)
ENTRY(_start)
STACK = 4K;
SECTIONS
{
  . = 1M;
  kernel_start = .;
  .boot : { KEEP(*(.multiboot)) *(.boot) }
  .text ALIGN(4096) : { *(.text) *(.text.*) }
  .rodata : ALIGN(32) { rodata_start = .; *(SORT(.rodata.*)) *(.rodata) BYTE(0x5a) SHORT(ADDR(.text) & 0xffff) LONG(SIZEOF(.text)) }
  . = ALIGN(0x1000);
  .data : { *(EXCLUDE_FILE(*b.o) .data) *b.o(.data) . = ALIGN(16); data_end = .; }
  .bss : { bss_start = .; *(.bss) *(COMMON) . += STACK; stack_top = .; }
  /DISCARD/ : { *(.comment) *(.junk*) }
  kernel_end = .;
  PROVIDE(unused = 5);
  PROVIDE(wanted = kernel_end - kernel_start);
  ASSERT(kernel_end > kernel_start, "the kernel is empty")
}`;

const A = `
.section .multiboot, "a"
.long 0x1badb002, 0, -0x1badb002
.section .boot, "ax"
.globl _start
.type _start, @function
_start: mov $stack_top, %esp
  push $wanted
  call work
  jmp _start
.text
.globl a_function
a_function: mov shared, %eax
  mov %eax, local_data + 4
  lea b_data(,%eax,4), %ecx
  ret
.balign 16
.data
local_data: .long a_function, local_data, 1f - .
1: .word 1
.section .rodata.z, "a"
.asciz "z"
.section .rodata.a, "a"
.asciz "aa"
.section .junk1, "a"
.asciz "junk"
.comm shared, 24, 32
.weak nowhere
.text
  mov $nowhere, %eax
`;

const B = `
.globl work, b_data
.weak a_function
a_function: ret
work: jmp a_function
.type helper, @function
helper: ret
.data
b_data: .long work - ., kernel_end, _start
.bss
.skip 100
.section .rodata
.long rodata_start
.comm shared, 8, 4
.section .extra, "a"
.long 7
`;

describe("link", () => {
  const inputs = [input("a.o", A), input("b.o", B)];

  it("places sections, fills relocations, defines the script's symbols", () => {
    const { elf, symbols, map, entry } = link(inputs, { script: KERNEL_SCRIPT });
    expect(symbols.get("kernel_start")).toBe(0x100000);
    expect(entry).toBe(0x10000c);
    expect(symbols.get("a_function")).toBe(0x101000);
    expect(symbols.has("unused")).toBe(false);
    const executable = readExecutable(elf, "kernel.elf");
    const [boot, text] = executable.sections;
    expect(boot.offset).toBeLessThan(8192 - 12);
    const code = Buffer.from(boot.data as Uint8Array);
    expect(code.readUInt32LE(13)).toBe(symbols.get("stack_top"));
    expect(text.address + text.align).toBeGreaterThan(0x101000);
    // call work: the distance counts from the end of the instruction.
    expect((0x10000c + 15 + code.readInt32LE(0x17 + 0)) >>> 0).toBe(symbols.get("work"));
    expect(map).toMatch(/^\.boot +0x00100000 /m);
    expect(map).toContain("0x00101000            a_function");
    expect(map).toMatch(/ {16}0x0010[0-9a-f]{4} {12}helper$/m);
    expect(map).toMatch(/Discarded input sections\n\n \.junk1 +0x00000000 +0x5 a\.o/);
    expect(executable.segments.map(({ flags }) => flags)).toEqual([5, 4, 6]);
  });

  it("leaves symbols out when asked to", () => {
    const { elf, stripped } = link(inputs, { script: KERNEL_SCRIPT, strip: true });
    expect(readExecutable(elf, "k").symbols).toEqual([]);
    expect(stripped()).toEqual(elf);
    expect(readExecutable(link(inputs, { script: KERNEL_SCRIPT }).elf, "k").symbols.length).toBeGreaterThan(10);
  });

  it("leaves room for the headers when a page is smaller than they are", () => {
    const program = input("program.o", ".globl _start\n_start: mov $1, %eax\nint $0x80\n.data\n.long 1");
    const script = "SECTIONS { . = 0x8048000; .text : { *(.text) } . = 0x8049000; .data : { *(.data) } }";
    const { segments } = readExecutable(link([program], { script, maxPageSize: 16 }).elf, "program");
    expect(segments.map(({ virtualAddress, align }) => [virtualAddress, align])).toEqual([
      [0x8048000, 16],
      [0x8049000, 16],
    ]);
    expect(Math.min(...segments.map(({ offset }) => offset))).toBeGreaterThanOrEqual(52 + 2 * 32);
  });

  it("makes flat images", () => {
    const sector = input(
      "boot.o",
      '.code16\nstart: jmp next\n.org 0x20\nnext: mov $message, %si\nhlt\nmessage: .asciz "hi"\n.org 510\n.word 0xaa55',
    );
    const flat = link([sector], { script: "SECTIONS { . = 0x7c00; .text : { *(.text) } }" }).flat();
    expect(flat.length).toBe(512);
    expect(hex(flat.subarray(0, 2))).toBe("eb1e");
    expect(hex(flat.subarray(0x20, 0x27))).toBe("be247cf4686900");
    const rom = link([input("rom.o", '.text\nnop\n.section .reset,"ax"\nhlt')], {
      script: "SECTIONS { . = 0xf0000; .text : { *(.text) } . = 0xffff0; .reset : { *(.reset) } }",
    }).flat(0xff);
    expect(rom.length).toBe(0xfff1);
    expect([rom[0], rom[1], rom[0xffef], rom[0xfff0]]).toEqual([0x90, 0xff, 0xff, 0xf4]);
  });

  it("has a layout of its own when there is no script", () => {
    const { symbols, entry } = link([input("x.o", ".globl _start\n_start: mov v, %eax\n.data\n.globl v\nv: .long 1")], {
      textAddress: 0x400000,
    });
    expect([entry, symbols.get("v")]).toEqual([0x400000, 0x401000]);
  });

  it("keeps the load address apart from the address", () => {
    const script =
      "SECTIONS { . = 0xc0100000; .text : AT(ADDR(.text) - 0xc0000000) { *(.text) } .data : { *(.data) } load = LOADADDR(.data); }";
    const { elf, symbols } = link([input("h.o", ".long 1\n.data\n.long 2")], { script });
    expect(
      readExecutable(elf, "h").segments.map((segment) => [segment.virtualAddress, segment.physicalAddress]),
    ).toEqual([
      [0xc0100000, 0x100000],
      [0xc0100004, 0x100004],
    ]);
    expect(symbols.get("load")).toBe(0x100004);
  });
});

describe("problems", () => {
  it("come together", () => {
    const one = input("one.o", ".globl f, g\nf: call missing\ng: nop\n.data\n.long missing, other");
    const two = input("two.o", ".globl f\nnop\nf: nop");
    const problems = problemsOf([one, two]);
    expect(problems).toHaveLength(3);
    expect(problems[0]).toMatch(/^duplicate symbol 'f': defined in one\.o.* and in two\.o/);
    expect(problems[1]).toMatch(/^undefined symbol 'missing': needed by one\.o \(.*\), one\.o \(/);
    expect(problems[2]).toMatch(/^undefined symbol 'other': needed by one\.o/);
  });

  it.each([
    [".word far\n.globl far\n.data\nfar: .byte 0", undefined, "16-bit address of 'far' does not fit: 0x804a000"],
    [".byte far\n.globl far\n.data\nfar: .byte 0", undefined, "8-bit address of 'far' does not fit"],
    [
      ".code16\ncall far\n.globl far\n.data\nfar: .byte 0",
      "SECTIONS { .text 0 : { *(.text) } .data 0x20000 : { *(.data) } }",
      "16-bit distance to 'far' does not fit: 0x1fffd",
    ],
    ["nop", "ENTRY(main) SECTIONS { .text : { *(.text) } }", "entry symbol 'main' is not defined"],
    ["nop", "SECTIONS { x = nothing + 1; .text : { *(.text) } }", "(script):1:16: error: undefined symbol 'nothing'"],
    [
      "nop",
      'SECTIONS { .text : { *(.text) } ASSERT(SIZEOF(.text) > 1, "too small") }',
      "(script):1:33: error: too small",
    ],
    [
      ".skip 16; .data; .skip 16",
      "SECTIONS { .text 0 : { *(.text) } .data 8 : { *(.data) } }",
      "section .data at 0x8 overlaps .text, which ends at 0x10",
    ],
    [
      ".skip 16",
      "SECTIONS { .text : { *(.text) . = 4; } }",
      "(script):1:31: error: '.' moves backwards, from 0x10 to 0x4",
    ],
    [
      '.long gone; .section .x,"a"; .globl gone; gone: .long 1',
      "SECTIONS { .text : { *(.text) } /DISCARD/ : { *(.x) } }",
      "'gone' is in a section that was discarded",
    ],
    [".globl a, b; .text", "SECTIONS { .text ALIGN(a) : { *(.text) } a = SIZEOF(.text) / 0; }", "division by zero"],
  ])("%j with %j", (source, script, message) => {
    expect(problemsOf([input("p.o", source)], script).join("\n")).toContain(message);
  });

  it.each([
    ["SECTIONS {\n  .text { *(.text) }\n}", "(script):2:9: error: expected an expression, found '{'"],
    ["SECTIONS { .text : { *(.text) }", "expected an output section, found the end of the script"],
    [
      "VERSIONS { }",
      "(script):1:1: error: expected ENTRY, OUTPUT_FORMAT, MEMORY, PHDRS, SECTIONS or an assignment, found 'VERSIONS'",
    ],
    ["VERSION { one { global: a; local: *; };", "expected '}', found the end of the script"],
    ["SECTIONS { } INSERT .text", "expected AFTER or BEFORE, found '.text'"],
    ["SECTIONS { OVERLAY : { .a { *(.a) } }", "expected an output section, found the end of the script"],
    ["OUTPUT_FORMAT(elf64-x86-64)", "expected elf32-i386 or binary, found 'elf64-x86-64)'"],
    ["/* open", "expected '*/' at the end of the comment"],
    ["x = (1 + ;", "expected an expression, found ';'"],
    ["x = ALIGN();", "expected an expression, found ')'"],
  ])("script %j", (script, message) => {
    try {
      link([], { script });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ScriptError);
      expect(String(error)).toContain(message);
    }
  });
});

describe.skipIf(!hasGnu)("GNU ld agrees", () => {
  function both(inputs: LinkInput[], script: string): { ours: string; theirs: string; symbols: [string, string] } {
    const scriptPath = join(directory, "script.ld");
    writeFileSync(scriptPath, script);
    const objects = inputs.map(({ name, object }) => {
      const path = join(directory, name);
      writeFileSync(path, writeObject(object));
      return path;
    });
    const theirs = join(directory, "theirs.elf");
    const ours = join(directory, "ours.elf");
    execFileSync("ld", ["-m", "elf_i386", "-T", scriptPath, "-o", theirs, ...objects], { stdio: "ignore" });
    const result = link(
      objects.map((path, i) => ({ name: inputs[i].name, object: readObject(readFileSync(path), path) })),
      { script },
    );
    writeFileSync(ours, result.elf);
    const flat = (path: string) => {
      execFileSync("objcopy", ["-O", "binary", path, join(directory, "flat.bin")]);
      return hex(readFileSync(join(directory, "flat.bin")));
    };
    // GNU gives a script's symbols the section that stands before; ours are absolute. The addresses count.
    const symbols = (path: string) =>
      execFileSync("nm", [path], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
        .replace(/^(\w+) \w (.*)$/gm, "$1 $2")
        .split("\n")
        .sort()
        .join("\n");
    expect(hex(result.flat())).toBe(flat(ours));
    return { ours: flat(ours), theirs: flat(theirs), symbols: [symbols(ours), symbols(theirs)] };
  }

  it("on a kernel", () => {
    const { ours, theirs, symbols } = both([input("a.o", A), input("b.o", B)], KERNEL_SCRIPT);
    expect(symbols[0]).toBe(symbols[1]);
    expect(ours).toBe(theirs);
  });

  it.skipIf(!hasCompiler)("on what gcc compiles", () => {
    const flags = ["-m32", "-O2", "-fno-pie", "-fno-merge-constants", "-ffunction-sections", "-fdata-sections", "-c"];
    const compile = (name: string, source: string): LinkInput => {
      const path = join(directory, name);
      execFileSync("gcc", [...flags, "-g", "-x", "c", "-o", path, "-"], { input: source });
      return { name, object: readObject(readFileSync(path), name) };
    };
    const main = compile(
      "main.o",
      `extern int add(int, int), table[]; static int calls = 3; int zero[100]; int weak(void) __attribute__((weak));
       int _start(int x) { switch (x) { case 0: return 7; case 1: return add(x, 9); case 2: return table[x]; case 3: return 11;
       case 4: return weak ? weak() : 1; case 5: return zero[x]; } return add(calls++, zero[x]); }`,
    );
    const rest = compile(
      "rest.o",
      'int table[] = {1, 2, 3}; const char *name = "name"; int add(int a, int b) { return a + b; }',
    );
    const script =
      "SECTIONS { . = 0x100000; .text : { *(.text .text.*) } .rodata : { *(.rodata .rodata.*) } .data : { *(.data .data.*) } .bss : { *(.bss .bss.*) } /DISCARD/ : { *(.eh_frame) *(.note*) *(.comment) } }";
    const { ours, theirs, symbols } = both([main, rest], script);
    expect(symbols[0].replace(/^.*\.c\n/gm, "")).toBe(symbols[1].replace(/^.*\.c\n/gm, ""));
    expect(ours).toBe(theirs);
  });

  it("on gaps in code and data", () => {
    const object = (name: string) => input(name, ".byte 1\n.balign 16, 0xcc\nret\n.data\n.byte 2\n.balign 8\n.byte 3");
    const script =
      "SECTIONS { . = 0; .text : { *(.text) *(.data) . = 200; } .f : { BYTE(1) . = ALIGN(64); BYTE(2) } =0x1234 .g : { BYTE(1) FILL(0x90abcd) . += 5; BYTE(2) } }";
    const { ours, theirs } = both([object("a.o"), object("b.o")], script);
    expect(ours).toBe(theirs);
  });

  it("on 16-bit code in two objects", () => {
    const script = "SECTIONS { . = 0x7c00; .text : { *(.text) *(.data) } . = 0x7dfe; .mark : { SHORT(0xaa55) } }";
    const one = input(
      "one.o",
      ".code16\n.globl here\nhere: call there\nmov $there, %ax\njne there\n.data\n.word there, here - .",
    );
    const two = input("two.o", ".code16\n.globl there\n.byte 0\nthere: jmp here\n.word here, there");
    const { ours, theirs, symbols } = both([one, two], script);
    expect(symbols[0]).toBe(symbols[1]);
    expect(ours).toBe(theirs);
  });
});
