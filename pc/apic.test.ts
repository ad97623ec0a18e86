// The local APIC in the machine: found by CPUID, wired between the 8259s and the processor, its timer in guest time.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { assemble } from "../toolchain/asm/index.ts";
import { Machine } from "./machine.ts";

const parts = {
  core: new WebAssembly.Module(readFileSync(new URL("../dist/core.wasm", import.meta.url))),
  bios: new Uint8Array(readFileSync(new URL("../dist/bios.bin", import.meta.url))),
};
const FLOPPY_BYTES = 1_474_560;

/** A boot sector that goes to flat protected mode, with an IDT at 1000h, and runs `body`; it says what it has to say on port E9h. */
function boot(body: string, cpu = "max"): Machine {
  const source = `
        .code16
        cli
        xorw    %ax, %ax
        movw    %ax, %ds
        lgdtl   0x7c00 + gdt_register - start
        lidtl   0x7c00 + idt_register - start
        movl    $0x11, %eax
        movl    %eax, %cr0
        ljmpl   $8, $0x7c00 + flat - start
        .code32
flat:   movw    $16, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movw    %ax, %es
        movl    $0x7000, %esp
        movl    $0xfee00000, %edi
        .macro  gate vector, handler
        movl    $0x80000 + 0x7c00 + \\handler - start, 0x1000 + \\vector * 8
        movl    $0x8e00, 0x1000 + \\vector * 8 + 4
        .endm
        ${body}
gdt:    .quad   0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdt_register:
        .word   23
        .long   0x7c00 + gdt - start
idt_register:
        .word   0x7ff
        .long   0x1000
  `;
  const { object } = assemble(`start:\n${source}`, { file: "boot.s", bits: 16 });
  const text = object.sections.find(({ name }) => name === ".text");
  if (!text || !(text.data instanceof Uint8Array)) throw new TypeError("no .text");
  const floppy = new Uint8Array(FLOPPY_BYTES);
  floppy.set(text.data);
  floppy.set([0x55, 0xaa], 510);
  const machine = Machine.create({ parts, floppyA: floppy, cpu });
  machine.run({ timeNs: 5e9, until: () => machine.debugLog.includes(".") });
  return machine;
}

describe("local APIC", () => {
  test("the BIOS has made it the 8259s' virtual wire: IRQ 0 comes, and the timer interrupts beside it", () => {
    const { debugLog } = boot(`
        gate    8, tick
        gate    0x40, apic
        movl    $0xb, 0x3e0(%edi)               # divide by 1
        movl    $0x20040, 0x320(%edi)           # periodic
        movl    $1000000, 0x380(%edi)           # 10 ms
        movb    $0xfe, %al
        outb    %al, $0x21
        sti
1:      hlt
        cmpl    $3, 0x600
        jb      1b
        cmpl    $12, 0x604
        jb      1b
        movb    $'.', %al
        outb    %al, $0xe9
        cli
        hlt
tick:   incl    0x600
        movb    $'t', %al
        outb    %al, $0xe9
        movb    $0x20, %al
        outb    %al, $0x20
        iret
apic:   incl    0x604
        movb    $'a', %al
        outb    %al, $0xe9
        movl    $0, 0xb0(%edi)
        iret
    `);
    // The PIT ticks each 54.9 ms, the APIC each 10 ms: five or six of the one to each of the other.
    expect(debugLog).toMatch(/^a*ta{5,6}ta{5,6}ta*\.$/);
  });

  test("software can turn it off: then the 8259s are wired straight, and CPUID says that there is none", () => {
    const { debugLog } = boot(`
        gate    8, tick
        movl    $0x1b, %ecx
        rdmsr
        andl    $~0x800, %eax
        wrmsr
        movl    $1, %eax
        cpuid
        testl   $0x200, %edx
        jnz     2f
        movb    $'-', %al
        outb    %al, $0xe9
2:      movb    $0xfe, %al
        outb    %al, $0x21
        sti
1:      hlt
        jmp     1b
tick:   movb    $'.', %al
        outb    %al, $0xe9
        movb    $0x20, %al
        outb    %al, $0x20
        iret
    `);
    expect(debugLog).toMatch(/^-\./);
  });

  test("a Pentium without one hears the 8259s", () => {
    const { debugLog } = boot(
      `
        gate    8, tick
        movb    $0xfe, %al
        outb    %al, $0x21
        sti
1:      hlt
        jmp     1b
tick:   movb    $'.', %al
        outb    %al, $0xe9
        hlt
    `,
      "pentium",
    );
    expect(debugLog).toBe(".");
  });
});
