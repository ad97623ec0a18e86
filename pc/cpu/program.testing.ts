// Small assembly programs on a bare CPU, for the tests of this folder. The only place in pc/ that uses the toolchain.

import { readFileSync } from "node:fs";
import * as elf from "../../formats/elf32.ts";
import type { ObjectSection, Relocation } from "../../formats/elf32-object.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { Cpu, type CpuBus, type CpuTrap, type Engine } from "./cpu.ts";

const CORE = new URL("../../dist/core.wasm", import.meta.url);
const MODULE = new WebAssembly.Module(readFileSync(CORE));

export interface Access {
  address: number;
  value: number;
  size: number;
  /** The CPU's instruction count at the access. */
  instructions: number;
}

/** A CPU whose ports and I/O memory record what is written and answer what a test says. */
export class Bench implements CpuBus {
  readonly cpu: Cpu;
  readonly portWrites: Access[] = [];
  readonly memoryWrites: Access[] = [];
  /** Answers to port reads; all ones where there is none. */
  readonly ports = new Map<number, number>();
  vector = 0x20;
  symbols = new Map<string, number>();
  onPortWrite: (port: number, value: number) => void = () => {};
  onMemoryWrite: (address: number, value: number) => void = () => {};

  constructor(memoryBytes = 4 << 20, onTrap?: (trap: CpuTrap) => void, model = "max", engine?: Engine) {
    this.cpu = Cpu.create({ module: MODULE, memoryBytes, bus: this, model, engine, ...(onTrap && { onTrap }) });
  }

  readPort(port: number, size: number): number {
    return this.ports.get(port) ?? 2 ** (size * 8) - 1;
  }

  writePort(address: number, value: number, size: number): void {
    this.portWrites.push({ address, value, size, instructions: this.cpu.instructions });
    this.onPortWrite(address, value);
  }

  readMemory(address: number): number {
    return address & 0xff;
  }

  writeMemory(address: number, value: number, size: number): void {
    this.memoryWrites.push({ address, value, size, instructions: this.cpu.instructions });
    this.onMemoryWrite(address, value);
  }

  acknowledgeInterrupt(): number {
    this.cpu.setInterruptLine(false);
    return this.vector;
  }

  symbol(name: string): number {
    const value = this.symbols.get(name);
    if (value === undefined) throw new ReferenceError(`test program: no symbol "${name}"`);
    return value;
  }

  word(address: number | string): number {
    const at = typeof address === "string" ? this.symbol(address) : address;
    return new DataView(this.cpu.memory.read(at, 4).buffer).getUint32(0, true);
  }

  words(address: number | string, count: number): number[] {
    const at = typeof address === "string" ? this.symbol(address) : address;
    return Array.from({ length: count }, (_, i) => this.word(at + i * 4));
  }

  poke(address: number, ...words: number[]): void {
    this.cpu.memory.write(address, new Uint8Array(Uint32Array.from(words).buffer));
  }

  /** Assembles `source` for `address` and puts it there. */
  load(source: string, address: number, bits: 16 | 32): void {
    const { object } = assemble(source, { file: "test.s", bits });
    const section = object.sections.find((candidate) => candidate.name === ".text");
    if (section === undefined || !(section.data instanceof Uint8Array)) throw new TypeError("test program: no .text");
    const bytes = section.data.slice();
    for (const relocation of section.relocations) relocate(bytes, section, relocation, address);
    for (const symbol of object.symbols) {
      if (symbol.section === section) this.symbols.set(symbol.name, address + symbol.value);
      else if (symbol.section === "absolute") this.symbols.set(symbol.name, symbol.value);
    }
    this.cpu.memory.write(address, bytes);
  }

  /** Runs to HLT or a triple fault; throws when neither comes. */
  finish(limit = 100_000): this {
    this.cpu.run(limit);
    if (!this.cpu.halted && !this.cpu.shutdown) {
      throw new RangeError(
        `test program: still running after ${limit} instructions, eip ${this.cpu.registers.eip.toString(16)}`,
      );
    }
    return this;
  }
}

function relocate(
  bytes: Uint8Array,
  section: ObjectSection,
  { offset, type, symbol }: Relocation,
  address: number,
): void {
  if (symbol.section !== section && symbol.section !== "absolute") {
    throw new ReferenceError(`test program: "${symbol.name}" is not defined`);
  }
  const view = new DataView(bytes.buffer);
  const target = symbol.section === section ? address + symbol.value : symbol.value;
  switch (type) {
    case elf.R_386_32:
      view.setUint32(offset, view.getUint32(offset, true) + target, true);
      break;
    case elf.R_386_PC32:
      view.setUint32(offset, view.getUint32(offset, true) + target - (address + offset), true);
      break;
    case elf.R_386_16:
      view.setUint16(offset, view.getUint16(offset, true) + target, true);
      break;
    case elf.R_386_PC16:
      view.setUint16(offset, view.getUint16(offset, true) + target - (address + offset), true);
      break;
    default:
      throw new RangeError(`test program: relocation type ${type}`);
  }
}

/** Real mode, at 0000:7C00 as a boot sector is. */
export function real(source: string, bench = new Bench()): Bench {
  bench.load(source, 0x7c00, 16);
  const { registers } = bench.cpu;
  registers.setSegment("cs", { selector: 0, base: 0, limit: 0xffff, attributes: 0x93 });
  registers.setGeneral("esp", 0x7c00);
  registers.eip = 0x7c00;
  return bench;
}

const FLAT_DATA = { base: 0, limit: 0xffff_ffff, attributes: 0xc093 };

/** Flat 32-bit protected mode at 1 MiB, without a GDT. */
export function flat(source: string, bench = new Bench()): Bench {
  bench.load(source, 0x10_0000, 32);
  const { registers } = bench.cpu;
  registers.setControl(0, 0x11);
  for (const name of ["ds", "es", "ss"] as const) registers.setSegment(name, { selector: 0x10, ...FLAT_DATA });
  registers.setSegment("cs", { selector: 8, base: 0, limit: 0xffff_ffff, attributes: 0xc09b });
  registers.setGeneral("esp", 0x9_0000);
  registers.eip = 0x10_0000;
  return bench;
}

/**
 * A start for programs that need tables: a GDT (8 code, 10h data, 18h user code, 20h user data, 28h a TSS, 30h another, 38h 16-bit
 * code, 40h a small data segment), an IDT whose 48 vectors store their number and error code at `seen` and halt, unless the program
 * replaces the entry (macro `gate`), and a TSS with a ring 0 stack. The program goes on at `main`.
 */
export const SYSTEM = `
        .macro  descriptor base, limit, access, flags
        .word   \\limit & 0xffff, \\base & 0xffff
        .byte   (\\base >> 16) & 0xff, \\access, \\flags << 4 | (\\limit >> 16), \\base >> 24
        .endm
        .macro  gate vector, handler, access=0x8e
        movl    $\\handler, %eax
        movw    %ax, IDT + \\vector * 8
        shrl    $16, %eax
        movw    %ax, IDT + \\vector * 8 + 6
        movw    $8, IDT + \\vector * 8 + 2
        movw    $\\access << 8, IDT + \\vector * 8 + 4
        .endm
        .set    IDT, 0x2000
        .set    TSS, 0x3000
        .set    TSS2, 0x3100
        .set    seen, 0x4000
        lgdt    gdt_register
        lidt    idt_register
        movl    $0x10, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        ljmp    $8, $1f
1:      xorl    %ebx, %ebx
2:      movl    %ebx, %eax
        shll    $4, %eax
        addl    $stubs, %eax
        movw    %ax, IDT(,%ebx,8)
        movw    $8, IDT + 2(,%ebx,8)
        movw    $0x8e00, IDT + 4(,%ebx,8)
        shrl    $16, %eax
        movw    %ax, IDT + 6(,%ebx,8)
        incl    %ebx
        cmpl    $48, %ebx
        jb      2b
        movl    $0x80000, TSS + 4
        movl    $0x10, TSS + 8
        movw    $104, TSS + 102
        movw    $0x28, %ax
        ltr     %ax
        jmp     main
gdt_register:
        .word   gdt_end - gdt - 1
        .long   gdt
        .balign 8
gdt:    .quad   0
        descriptor 0, 0xfffff, 0x9a, 0xc
        descriptor 0, 0xfffff, 0x92, 0xc
        descriptor 0, 0xfffff, 0xfa, 0xc
        descriptor 0, 0xfffff, 0xf2, 0xc
        descriptor 0x3000, 0x67, 0x89, 0
        descriptor 0x3100, 0x67, 0x89, 0
        descriptor 0x100000, 0xffff, 0x9a, 0
        descriptor 0x5000, 0xff, 0x92, 4
gdt_end:
idt_register:
        .word   48 * 8 - 1
        .long   IDT
        .balign 16
stubs:
        .set    vector, 0
        .rept   48
        .if     (vector == 8) | ((vector >= 10) & (vector <= 14)) | (vector == 17)
        .byte   0x68
        .long   vector
        .else
        .byte   0x6a, 0x00, 0x6a, vector        # no error code: a zero in its place
        .endif
        jmp     caught
        .balign 16
        .set    vector, vector + 1
        .endr
caught: cli
        pushl   %ss                             # DS is null after ring 3
        popl    %ds
        popl    seen
        popl    seen + 4
        popl    seen + 8                        # EIP
        popl    seen + 12                       # CS
        popl    seen + 16                       # EFLAGS
        movl    %esp, seen + 20
        hlt
`;

/** A program on top of SYSTEM, entered at `main` in ring 0. */
export function system(source: string, bench = new Bench()): Bench {
  return flat(SYSTEM + source, bench);
}
