// What the assembler says and gives back, without a judge.

import { describe, expect, it } from "vitest";
import { readObject } from "../../formats/elf32-object.ts";
import { AssemblerErrors, assembleNasm, type NasmOptions, preprocessNasm } from "./index.ts";

function bytes(source: string, options: Partial<NasmOptions> = {}): number[] {
  return [...assembleNasm(source, { file: "x.asm", format: "bin", ...options }).output];
}

function errors(source: string, options: Partial<NasmOptions> = {}): string[] {
  try {
    assembleNasm(source, { file: "x.asm", format: "bin", ...options });
  } catch (error) {
    if (error instanceof AssemblerErrors) return error.errors.map((one) => one.message);
    throw error;
  }
  return [];
}

describe("errors", () => {
  it("come many at a time, with file, line and column", () => {
    expect(errors("mvo ax, 1\n  mov ax, \n mov al, [ax]\n jmp nowhere\n")).toEqual([
      "x.asm:1:1: error: unknown instruction 'mvo'; did you mean 'mov'?",
      "x.asm:2:10: error: expression expected, found end of line",
      "x.asm:3:10: error: 16-bit addresses are made of bx, bp, si and di",
      "x.asm:4:6: error: 'nowhere' is not defined",
    ]);
  });

  it("name the macro call that a line came out of", () => {
    expect(errors("%macro two 0\nnop\nflorble 1\n%endmacro\ntwo\n")).toEqual([
      "x.asm:3:1: error: unknown instruction 'florble' (in macro 'two' at x.asm:5)",
    ]);
  });

  it.each([
    ["a: nop\na: nop\n", "x.asm:2:1: error: 'a' is already defined at x.asm:1:1"],
    ["times 5-($-$$) db 0\nnop\ntimes 3-($-$$) db 0\n", "x.asm:3:1: error: TIMES is negative: -3"],
    ["inc [bx]\n", "x.asm:1:1: error: the size of the operand is missing: byte, word or dword before the '['"],
    ["jmp short far_away\ntimes 200 nop\nfar_away:\n", "x.asm:1:1: error: the short jump is out of range: 200 bytes"],
    ["mov ax, seg x\n", "x.asm:1:9: error: 'seg' is not supported: the output formats know no segment bases"],
    ["x: dw x wrt y\n", "x.asm:1:9: error: 'wrt' is not supported"],
    ["bits 64\n", "x.asm:1:1: error: 64-bit code is not supported"],
    [
      "extern f\n",
      "x.asm:1:1: error: extern means something only in an object (-f elf32): a flat binary has no linker",
    ],
    ["%include 'none.inc'\n", "x.asm:1:1: error: cannot find the file 'none.inc'"],
    ["%if 1\nnop\n", "x.asm:1:1: error: %if has no %endif"],
    ["%macro m 0\nnop\n", "x.asm:1:1: error: %macro has no %endmacro"],
    ["%error no such luck\n", "x.asm:1:1: error: no such luck"],
    ["%iff 1\n", "x.asm:1:1: error: unknown preprocessor directive '%iff'"],
    ["%macro m 2\n%endmacro\nm 1\n", "x.asm:3:1: error: macro 'm' does not take 1 argument"],
    ["dd 1/0\n", "x.asm:1:5: error: division by zero"],
    ["db 'abc\n", "x.asm:1:4: error: string is not closed: no ' on this line"],
  ])("%j", (source, message) => {
    expect(errors(source)).toEqual([message]);
  });

  it("org has no place in an object", () => {
    expect(errors("org 5\n", { format: "elf32" })).toEqual([
      "x.asm:1:1: error: org is for flat binaries: of an object the linker decides the addresses",
    ]);
  });
});

describe("the preprocessor", () => {
  it("knows at once where the assembler stands", () => {
    expect(bytes("start: times 7 db 0\n%if $ - start == 7\ndb 1\n%else\ndb 2\n%endif\n")).toEqual([
      0, 0, 0, 0, 0, 0, 0, 1,
    ]);
  });

  it("takes definitions from the command line", () => {
    const before = ["%define SIZE 3", "%define DEBUG "];
    expect(bytes("%ifdef DEBUG\ntimes SIZE db 9\n%endif\n", { before })).toEqual([9, 9, 9]);
  });

  it("reads other files", () => {
    const files: Record<string, string> = { "a.inc": "%define A 1\n%include 'b.inc'\n", "b.inc": "db A, B\n" };
    const include = (name: string) => (files[name] ? { name, text: files[name] } : undefined);
    expect(bytes("%define B 2\n%include 'a.inc'\ndb 3\n", { include })).toEqual([1, 2, 3]);
  });

  it("prints what it makes", () => {
    const { text } = preprocessNasm("%define X 5\n%macro m 1\n mov ax, %1\n%endmacro\nm X\n", {
      file: "x.asm",
      format: "bin",
    });
    expect(text).toContain("mov ax, 5");
    expect(text).not.toContain("%macro");
  });
});

describe("output", () => {
  it("includes parts of files", () => {
    const incbin = (path: string) => (path === "data" ? Uint8Array.of(1, 2, 3, 4, 5) : undefined);
    expect(bytes("incbin 'data'\nincbin 'data', 3\ntimes 2 incbin 'data', 1, 2\n", { incbin })).toEqual([
      1, 2, 3, 4, 5, 4, 5, 2, 3, 2, 3,
    ]);
  });

  it("chooses the shortest jumps that reach", () => {
    const far = bytes("jmp end\ntimes 128 nop\nend:\n");
    const near = bytes("jmp end\ntimes 127 nop\nend:\n");
    expect(far.slice(0, 3)).toEqual([0xe9, 128, 0]);
    expect(near.slice(0, 2)).toEqual([0xeb, 127]);
  });

  it("is an object that our reader reads", () => {
    const { output } = assembleNasm("extern f\nglobal g\ng: call f\nmov eax, [data]\nsection .data\ndata: dd g\n", {
      file: "x.asm",
      format: "elf32",
    });
    const object = readObject(output, "x.o");
    expect(object.sections.map(({ name, relocations }) => [name, relocations.length])).toEqual([
      // As with NASM, a .text that no directive names comes last.
      [".data", 1],
      [".text", 2],
    ]);
    expect(object.symbols.find(({ name }) => name === "f")?.section).toBe("undefined");
  });
});
