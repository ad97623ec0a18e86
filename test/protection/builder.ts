// Puts a case together: where it starts, its code as assembly text, and what it changes in the world.

import { assemble } from "../../toolchain/asm/index.ts";
import type { Random } from "../hardware/random.ts";
import { PLAIN, type Poke, type SystemCase } from "./record.ts";
import {
  ARENA,
  CODE,
  CODE16S,
  CODES,
  DATA16S,
  DATAS,
  type DescriptorFields,
  DIRECTORY,
  descriptor,
  END_VECTOR,
  FREE,
  type GateFields,
  GDT,
  gate,
  IDT,
  LDT,
  LOW_ARENA,
  STACK_TOPS,
} from "./world.ts";

export type Ring = 0 | 1 | 2 | 3;
const VM = 0x2_0000;
/** Below a stack's top, so that a case can pop, too. */
const STACK_ROOM = 0x100;

export class CaseBuilder {
  readonly state: SystemCase;
  ring: Ring = 0;
  bits: 16 | 32 = 32;
  private nextFree = FREE;
  private nextLocal = 0;

  constructor(
    readonly random: Random,
    subject: string,
  ) {
    this.state = { ...PLAIN, name: subject, cr3: ARENA + DIRECTORY, pokes: [] };
  }

  /** Starts in flat 32-bit code. */
  start(ring: Ring): this {
    const { state } = this;
    this.ring = ring;
    state.cs = CODES[ring];
    state.ss = state.ds = state.es = DATAS[ring];
    state.eip = ARENA + CODE;
    state.esp = ARENA + STACK_TOPS[ring] - STACK_ROOM;
    return this;
  }

  /** Starts in 16-bit code, whose data segment is the arena. */
  start16(ring: 0 | 3): this {
    const { state } = this;
    this.ring = ring;
    this.bits = 16;
    const index = ring === 0 ? 0 : 1;
    state.cs = CODE16S[index];
    state.ss = state.ds = state.es = DATA16S[index];
    state.eip = 0;
    state.esp = STACK_TOPS[ring] - STACK_ROOM;
    return this;
  }

  /** Starts in virtual-8086 mode at the low arena; its second page is data and stack. */
  startVirtual(eflags: number): this {
    const { state } = this;
    this.ring = 3;
    this.bits = 16;
    const segment = LOW_ARENA >> 4;
    state.cs = state.ss = segment;
    state.virtual = [segment, segment, segment, segment];
    state.eip = 0;
    state.esp = 0x1f00;
    state.eflags = eflags | VM | 2;
    return this;
  }

  /** The code where the case starts; INT FFh ends it. */
  code(...lines: string[]): this {
    this.state.name += `: ${lines.join("; ")}`;
    const source = `${lines.join("\n")}\nint $${END_VECTOR}\n`;
    const virtual = (this.state.eflags & VM) !== 0;
    return this.poke(virtual ? LOW_ARENA : ARENA + CODE, machineCode(source, this.bits));
  }

  poke(address: number, bytes: Uint8Array): this {
    this.state.pokes.push({ address, bytes });
    return this;
  }

  words(address: number, ...values: number[]): this {
    return this.poke(address, new Uint8Array(Uint32Array.from(values).buffer));
  }

  half(address: number, value: number): this {
    return this.poke(address, Uint8Array.of(value & 0xff, (value >>> 8) & 0xff));
  }

  /** A new descriptor in the global table, or the local one; its selector, with RPL 0. */
  define(fields: DescriptorFields, local = false): number {
    return this.place(descriptor(fields), local);
  }

  defineGate(fields: GateFields, local = false): number {
    return this.place(gate(fields), local);
  }

  private place([low, high]: [number, number], local: boolean): number {
    if (local) {
      this.nextLocal += 8;
      this.words(ARENA + LDT + this.nextLocal, low, high);
      return this.nextLocal | 4;
    }
    this.nextFree += 8;
    this.words(ARENA + GDT + this.nextFree, low, high);
    return this.nextFree;
  }

  vector(number: number, fields: GateFields): this {
    return this.words(ARENA + IDT + number * 8, ...gate(fields));
  }

  note(text: string): this {
    this.state.name += ` {${text}}`;
    return this;
  }

  build(): SystemCase {
    return this.state;
  }
}

const assembled = new Map<string, Uint8Array>();

/** Assembles text that refers to nothing but itself. */
export function machineCode(source: string, bits: 16 | 32): Uint8Array {
  const key = `${bits}${source}`;
  const known = assembled.get(key);
  if (known) return known;
  const { object } = assemble(source, { file: "case.s", bits });
  const text = object.sections.find((section) => section.name === ".text");
  if (!text || !(text.data instanceof Uint8Array) || text.relocations.length > 0) {
    throw new TypeError(`a case's code refers to something outside: ${source}`);
  }
  const bytes = text.data.slice();
  assembled.set(key, bytes);
  return bytes;
}

/** All the pokes of a case in the order in which they are made. */
export function pokesOf(test: SystemCase): readonly Poke[] {
  return test.pokes;
}
