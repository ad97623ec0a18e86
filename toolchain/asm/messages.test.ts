// What people get wrong in their first weeks, in GNU syntax: what the message says.

import { describe, expect, it } from "vitest";
import { AssemblerErrors, assemble } from "./index.ts";

function complaint(source: string): string {
  try {
    const { warnings } = assemble(source, { file: "x.s" });
    return warnings.map((warning) => warning.message).join("\n");
  } catch (error) {
    if (!(error instanceof AssemblerErrors)) throw error;
    return error.errors.map(({ message }) => message).join("\n");
  }
}

const HERE = "x.s:1:1: error: ";

describe("messages for beginners", () => {
  it.each([
    ["mov eax, ebx", "'mov' does not take these operands: register eax is written %eax"],
    ["int 0x80", "'int' does not take these operands: a number is written with '$', as $0x80"],
    ["ret 5", "'ret' does not take these operands: a number is written with '$', as $5"],
    ["movl $5, $6", "'movl' can't store into a number: the destination is a register or memory"],
    ["movl (%eax), (%ebx)", "'movl' can't have two operands in memory: one of them has to go through a register"],
    ["push %al", "'push' has no 8-bit form"],
    ["jmp", "'jmp' takes 1 operand, not none"],
    ["xchg %eax", "'xchg' takes 2 operands, not 1"],
    ["cli %eax", "'cli' takes no operands, not 1"],
    ["lea %eax, %ebx", "'lea' needs an address in memory as its source, not a register"],
    ["mov %cs, %ds", "'mov' can't copy between segment registers: the value has to go through a general register"],
    ["mov $1, %ds", "'mov' can't put a number into a segment register: it has to go through a general register"],
    ["pop %cs", "'pop' can't load CS: a far jump, call or return does that"],
    ["shl %ebx, %eax", "'shl' takes its count as a number or in CL"],
    ["imull $3, $4", "'imull' can't store into a number: the destination is a register or memory"],
    ["db 0x55", "unknown instruction 'db'; that is NASM syntax, GNU syntax has .byte, or .ascii for text"],
    ["BITS 16", "unknown instruction 'bits'; that is NASM syntax, GNU syntax has .code16 or .code32"],
    ["times 510 db 0", "unknown instruction 'times'; that is NASM syntax, GNU syntax has .fill, or .rept"],
    [
      "[org 0x7c00]",
      "label, directive or instruction expected, found '['; that is NASM syntax, GNU syntax has .org, or the linker's -Ttext",
    ],
  ])("%s", (source, message) => {
    expect(complaint(source)).toBe(HERE + message);
  });

  it("mov $5 eax", () => {
    expect(complaint("mov $5 eax")).toBe("x.s:1:8: error: ',' or the end of the statement expected, found 'eax'");
  });

  it("; a comment", () => {
    expect(complaint("; a comment\n")).toBe(
      "x.s:1:3: error: unknown instruction 'a'; ';' separates statements, comments begin with '#'",
    );
  });

  it("warns of a register without its sign, unless there is a symbol of that name", () => {
    expect(complaint("movl $5, eax")).toBe("x.s:1:10: warning: 'eax' is taken for a symbol; the register is %eax");
    expect(complaint("movl $5, ax\n.comm ax, 4")).toBe("");
  });

  it("in Intel syntax", () => {
    expect(complaint(".intel_syntax noprefix\nmov ax, ebx")).toBe(
      "x.s:2:1: error: 'mov' has operands of different sizes: 16 and 32 bits",
    );
  });
});
