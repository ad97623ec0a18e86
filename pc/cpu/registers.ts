// The guest-visible registers as a person, a test or a debugger reads and sets them.

import {
  ATTRIBUTES,
  BASE,
  CONTROL,
  CPL,
  DEBUG,
  EIP,
  FLAGS,
  GDTR_BASE,
  GDTR_LIMIT,
  IDTR_BASE,
  IDTR_LIMIT,
  LIMIT,
  REGISTERS,
  SEGMENT_BYTES,
  SEGMENTS,
  SELECTOR,
} from "./core/layout.ts";

/** A segment register with the part of it that software cannot see. */
export interface SegmentCache {
  selector: number;
  base: number;
  /** Last offset in bytes, granularity applied. */
  limit: number;
  /** Access byte in bits 0-7; AVL, D/B and G in bits 12, 14 and 15, as in a descriptor from bit 40 on. */
  attributes: number;
}

export interface TableRegister {
  base: number;
  limit: number;
}

export const SEGMENT_NAMES = ["es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr"] as const;
export type SegmentName = (typeof SEGMENT_NAMES)[number];
export const GENERAL_NAMES = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"] as const;
export type GeneralName = (typeof GENERAL_NAMES)[number];

/** What the core offers for registers whose change has consequences. */
interface RegisterCore {
  readFlags(): number;
  writeFlags(value: number): void;
  deriveSegments(): void;
  setCpl(cpl: number): void;
  flushTlb(): void;
  deriveDebug(): void;
}

const VM = 0x20000;
const PE = 1;

export class Registers {
  constructor(
    private readonly words: Uint32Array,
    private readonly core: RegisterCore,
  ) {}

  general(name: GeneralName): number {
    return this.words[(REGISTERS >> 2) + GENERAL_NAMES.indexOf(name)];
  }

  setGeneral(name: GeneralName, value: number): void {
    this.words[(REGISTERS >> 2) + GENERAL_NAMES.indexOf(name)] = value;
  }

  get eip(): number {
    return this.words[EIP >> 2];
  }

  set eip(value: number) {
    this.words[EIP >> 2] = value;
  }

  get eflags(): number {
    return this.core.readFlags() >>> 0;
  }

  /** Also VM and IOPL; reserved bits keep their constant values. */
  set eflags(value: number) {
    this.core.writeFlags(value);
    this.settle();
  }

  get cpl(): number {
    return this.words[CPL >> 2];
  }

  /** CR0, CR2, CR3 or CR4. */
  control(index: 0 | 2 | 3 | 4): number {
    return this.words[(CONTROL >> 2) + index];
  }

  setControl(index: 0 | 2 | 3 | 4, value: number): void {
    this.words[(CONTROL >> 2) + index] = value;
    this.settle();
  }

  debug(index: number): number {
    return this.words[(DEBUG >> 2) + index];
  }

  setDebug(index: number, value: number): void {
    this.words[(DEBUG >> 2) + index] = value;
    this.core.deriveDebug();
  }

  segment(name: SegmentName): SegmentCache {
    const word = this.segmentWord(name);
    return {
      selector: this.words[word + (SELECTOR >> 2)],
      base: this.words[word + (BASE >> 2)],
      limit: this.words[word + (LIMIT >> 2)],
      attributes: this.words[word + (ATTRIBUTES >> 2)],
    };
  }

  /** Sets a segment register with its cache, unchecked. The RPL of CS becomes the CPL in protected mode. */
  setSegment(name: SegmentName, cache: SegmentCache): void {
    const word = this.segmentWord(name);
    this.words[word + (SELECTOR >> 2)] = cache.selector;
    this.words[word + (BASE >> 2)] = cache.base;
    this.words[word + (LIMIT >> 2)] = cache.limit;
    this.words[word + (ATTRIBUTES >> 2)] = cache.attributes;
    this.settle();
  }

  private segmentWord(name: SegmentName): number {
    return (SEGMENTS + SEGMENT_NAMES.indexOf(name) * SEGMENT_BYTES) >> 2;
  }

  get gdtr(): TableRegister {
    return { base: this.words[GDTR_BASE >> 2], limit: this.words[GDTR_LIMIT >> 2] };
  }

  set gdtr(value: TableRegister) {
    this.words[GDTR_BASE >> 2] = value.base;
    this.words[GDTR_LIMIT >> 2] = value.limit;
  }

  get idtr(): TableRegister {
    return { base: this.words[IDTR_BASE >> 2], limit: this.words[IDTR_LIMIT >> 2] };
  }

  set idtr(value: TableRegister) {
    this.words[IDTR_BASE >> 2] = value.base;
    this.words[IDTR_LIMIT >> 2] = value.limit;
  }

  /** All of them by name, for a dump. */
  all(): Record<string, number> {
    const result: Record<string, number> = {};
    for (const name of GENERAL_NAMES) result[name] = this.general(name);
    result["eip"] = this.eip;
    result["eflags"] = this.eflags;
    for (const name of SEGMENT_NAMES) {
      const cache = this.segment(name);
      result[name] = cache.selector;
      result[`${name}.base`] = cache.base;
      result[`${name}.limit`] = cache.limit;
      result[`${name}.attributes`] = cache.attributes;
    }
    for (const index of [0, 2, 3, 4] as const) result[`cr${index}`] = this.control(index);
    for (const index of [0, 1, 2, 3, 6, 7]) result[`dr${index}`] = this.debug(index);
    result["gdtr.base"] = this.gdtr.base;
    result["gdtr.limit"] = this.gdtr.limit;
    result["idtr.base"] = this.idtr.base;
    result["idtr.limit"] = this.idtr.limit;
    result["cpl"] = this.cpl;
    return result;
  }

  /** After a change from outside: what follows from CR0, EFLAGS.VM and the segment caches. */
  settle(): void {
    const isProtected = (this.control(0) & PE) !== 0;
    const isVirtual = (this.words[FLAGS >> 2] & VM) !== 0;
    this.core.setCpl(!isProtected ? 0 : isVirtual ? 3 : this.segment("cs").selector & 3);
    this.core.deriveSegments();
    this.core.deriveDebug();
    this.core.flushTlb();
  }
}
