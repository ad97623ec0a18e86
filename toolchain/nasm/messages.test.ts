// What people get wrong in their first weeks, in NASM syntax: what the message says.

import { describe, expect, it } from "vitest";
import { AssemblerErrors, assembleNasm } from "./index.ts";

function complaint(source: string): string {
  try {
    return assembleNasm(source, { file: "x.asm", format: "bin" }).warnings.join("\n");
  } catch (error) {
    if (!(error instanceof AssemblerErrors)) throw error;
    return error.errors.map(({ message }) => message).join("\n");
  }
}

describe("messages for beginners", () => {
  it.each([
    ["mov 5, eax", "1: error: 'mov' can't store into a number: the destination is a register or memory"],
    ["mov [eax], [ebx]", "1: error: 'mov' can't have two operands in memory: one of them has to go through a register"],
    ["mov ax, ebx", "1: error: 'mov' has operands of different sizes: 16 and 32 bits"],
    [
      "mov ds, 10h",
      "1: error: 'mov' can't put a number into a segment register: it has to go through a general register",
    ],
    [
      "mov ds, es",
      "1: error: 'mov' can't copy between segment registers: the value has to go through a general register",
    ],
    ["push al", "1: error: 'push' has no 8-bit form"],
    ["jmp", "1: error: 'jmp' takes 1 operand, not none"],
    ["cmp eax, ebx, ecx", "1: error: 'cmp' takes 2 operands, not 3"],
    ["loop ax", "1: error: 'loop' needs a label to jump to"],
    ["inc 5", "1: error: 'inc' needs a register or memory, not a number"],
    ["lea eax, ebx", "1: error: 'lea' needs an address in memory as its source, not a register"],
    ["shl eax, ebx", "1: error: 'shl' takes its count as a number or in CL"],
    ["call far 5", "1: error: 'call' to another segment takes segment and offset"],
    ["mov ax 1", "8: error: ',' or end of line expected, found '1'"],
    ["mov %eax, 1", "5: error: expression expected, found '%eax'; registers are written without '%'"],
    ["mov eax, dword ptr [ebx]", "16: error: NASM has no 'ptr': the size and the brackets say it all"],
    ["mov eax, offset foo", "10: error: NASM has no 'offset': a name without brackets is the address"],
    [".globl main", "1: error: unknown instruction '.globl'; that is GNU syntax, NASM has global"],
    [".long 5", "1: error: unknown instruction '.long'; that is GNU syntax, NASM has dd"],
    ["move ax, 1", "1: error: unknown instruction 'move'; did you mean 'mov'?"],
    ["// comment", "1: error: label, instruction or directive expected, found '//'; comments begin with ';'"],
    ["inc [eax]", "1: error: the size of the operand is missing: byte, word or dword before the '['"],
    ["mov al, 300", "9: warning: value 300 does not fit into 8 bits"],
  ])("%s", (source, message) => {
    expect(complaint(source)).toBe(`x.asm:1:${message}`);
  });
});
