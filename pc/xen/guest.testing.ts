// Small guests in assembly for the tests of this room, assembled and linked as a person would.

import { readFileSync } from "node:fs";
import { assemble } from "../../toolchain/asm/index.ts";
import { link } from "../../toolchain/link/index.ts";
import { DomainMachine, type DomainMachineOptions } from "../domain-machine.ts";

const core = new WebAssembly.Module(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));

export const GUEST_STRING = "GUEST_OS=test,XEN_VER=xen-3.0,HYPERCALL_PAGE=0x2,LOADER=generic";

/**
 * Macros of every test guest: `call NUMBER, args…` loads the arguments and makes the hypercall, `print TEXT`, `poweroff`, `check` crashes unless the
 * flags say equal.
 */
const MACROS = `
        .macro  hypercall number, a=, b=, c=, d=
        .ifnb   \\a
        movl    \\a, %ebx
        .endif
        .ifnb   \\b
        movl    \\b, %ecx
        .endif
        .ifnb   \\c
        movl    \\c, %edx
        .endif
        .ifnb   \\d
        movl    \\d, %esi
        .endif
        movl    $\\number, %eax
        int     $0x82
        .endm
        .macro  print text
        hypercall 18, $0, $(9f - 8f), $8f
        jmp     9f
8:      .ascii  "\\text"
9:
        .endm
        .macro  poweroff
        hypercall 6, $2, $0
        .endm
`;

/** An ELF kernel of one file, linked at 1 MiB. */
export function guestElf(source: string, string = GUEST_STRING): Uint8Array {
  const text = `${MACROS}
        .section __xen_guest
        .asciz  "${string}"
        .text
        .globl  _start
_start:
${source}
`;
  const { object } = assemble(text, { file: "guest.s" });
  return link([{ name: "guest.o", object }], { textAddress: 0x10_0000 }).elf;
}

export function guestMachine(source: string, options: Partial<DomainMachineOptions> = {}): DomainMachine {
  return DomainMachine.create({
    core,
    name: "test",
    memoryBytes: 8 << 20,
    image: { kernel: guestElf(source) },
    ...options,
  });
}

/** Runs a guest to its end, which must be a power-off; what it wrote. */
export function run(source: string, options: Partial<DomainMachineOptions> = {}): string {
  const machine = guestMachine(source, options);
  const reason = machine.run({ instructions: 5_000_000 });
  if (reason !== "powerOff") throw new RangeError(`the guest ended with ${reason}:\n${machine.log.join("\n")}`);
  return machine.serial[0].output;
}
