// Files for the tests of the looking tools, made by our own assembler, linker and archive writer.

import { writeArchive } from "../../formats/ar.ts";
import { writeObject } from "../../formats/elf32-object.ts";
import { assemble } from "../asm/index.ts";
import { link } from "../link/index.ts";
import type { InputFile } from "./report.ts";

const SOURCE = `
.globl _start, shared
.weak maybe
_start: call 1f
        mov shared, %eax
        lock incl (%ebx)
        ret
1:      jmp maybe
        .section .note.demo,"",@note
        .long 4, 4, 1
        .asciz "GNU"
        .long 0
        .section .rodata.str,"aMS",@progbits,1
text:   .asciz "hello, world"
        .data
shared: .long text, 0, 0, 0
        .type shared, @object
        .size shared, 16
        .lcomm zeros, 64
        .comm common, 16, 4
`;

const SCRIPT = `ENTRY(_start) maybe = 0x1234;
SECTIONS { . = 0x100000; .text : { *(.text) } .rodata : { *(.rodata*) } .data : { *(.data) } .bss : { *(.bss) *(COMMON) } }`;

/** An object, a program and an archive with two members. */
export function sampleFiles(): { object: InputFile; program: InputFile; archive: InputFile } {
  const { object } = assemble(SOURCE, { file: "demo.s" });
  const bytes = writeObject(object);
  const program = link([{ name: "demo.o", object }], { script: SCRIPT }).elf;
  const member = { name: "demo.o", data: bytes };
  const archive = writeArchive({
    members: [member, { name: "a-name-of-more-than-fifteen.o", data: bytes }],
    symbols: [{ name: "_start", member }],
  });
  return {
    object: { name: "demo.o", bytes },
    program: { name: "demo.elf", bytes: program },
    archive: { name: "demo.a", bytes: archive },
  };
}
