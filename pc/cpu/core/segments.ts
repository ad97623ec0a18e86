// Descriptors and segment registers. Source: Intel SDM vol. 3, 3.4 (segments), 5.2-5.7 (limit, type and privilege checks).

import { Access } from "./access";
import { Flags, ZF } from "./flags";
import {
  ATTRIBUTES,
  BASE,
  CPL,
  CS,
  DS,
  ES,
  FLAGS,
  GDTR_BASE,
  GDTR_LIMIT,
  GS,
  HIGH,
  INHIBIT,
  INHIBIT_ALL,
  LDTR,
  LIMIT,
  LOW,
  MISC,
  MODE,
  MODE_CODE32,
  MODE_DS_FLAT,
  MODE_ES_FLAT,
  MODE_STACK_FLAT,
  MODE_STACK32,
  MODE_V86,
  RIGHT_READ,
  RIGHT_WRITE,
  RIGHTS,
  SEGMENT_BYTES,
  SEGMENTS,
  SELECTOR,
  SS,
} from "./layout";
import { Memory } from "./memory";
import { Moves } from "./moves";
import { Raise, Record, Register } from "./state";

export const FAULT_TS: u32 = 10;
export const FAULT_NP: u32 = 11;
export const FAULT_SS: u32 = 12;
export const FAULT_GP: u32 = 13;

export const PRESENT: u32 = 0x80;
const NOT_SYSTEM: u32 = 0x10;
const CODE: u32 = 8;
/** Code: conforming. Data: expand-down. */
const CONFORMING: u32 = 4;
/** Code: readable. Data: writable. */
const READ_OR_WRITE: u32 = 2;
export const DEFAULT32: u32 = 0x4000;
const ACCESSED: u32 = 0x100;

/** A segment descriptor just read from a table. */
export class Descriptor {
  static address: u32 = 0;
  static low: u32 = 0;
  static high: u32 = 0;

  /** Reads the descriptor that `selector` names; `vector`(selector) if it is outside its table. */
  static read(selector: u32, vector: u32): void {
    if (!Descriptor.tryRead(selector)) Descriptor.raise(vector, selector);
  }

  /** False if the selector is outside its table or there is no LDT. */
  static tryRead(selector: u32): bool {
    let base: u32;
    let limit: u32;
    if (selector & 4) {
      const ldtr = SEGMENTS + LDTR * SEGMENT_BYTES;
      if ((load<u32>(ldtr, SELECTOR) & 0xfffc) == 0) return false;
      base = load<u32>(ldtr, BASE);
      limit = load<u32>(ldtr, LIMIT);
    } else {
      base = load<u32>(GDTR_BASE);
      limit = load<u32>(GDTR_LIMIT);
    }
    if ((selector | 7) > limit) return false;
    Descriptor.address = base + (selector & 0xfff8);
    Descriptor.low = Memory.loadAs<u32>(Descriptor.address, 0);
    Descriptor.high = Memory.loadAs<u32>(Descriptor.address + 4, 0);
    return true;
  }

  /** A fault whose error code is a selector (with the EXT bit while an event from outside is delivered). */
  static raise(vector: u32, selector: u32): void {
    Raise.withError(vector, (selector & 0xfffc) | Descriptor.external);
  }

  /** The EXT bit of error codes. */
  static external: u32 = 0;

  static get base(): u32 {
    return (Descriptor.low >>> 16) | ((Descriptor.high & 0xff) << 16) | (Descriptor.high & 0xff000000);
  }

  static get limit(): u32 {
    const limit = (Descriptor.low & 0xffff) | (Descriptor.high & 0xf0000);
    return Descriptor.high & 0x800000 ? (limit << 12) | 0xfff : limit;
  }

  static get attributes(): u32 {
    return (Descriptor.high >>> 8) & 0xf0ff;
  }

  @inline static get dpl(): u32 {
    return (Descriptor.high >>> 13) & 3;
  }

  @inline static get present(): bool {
    return (Descriptor.high & 0x8000) != 0;
  }

  @inline static get system(): bool {
    return (Descriptor.high & 0x1000) == 0;
  }

  /** The type field (4 bits). */
  @inline static get type(): u32 {
    return (Descriptor.high >>> 8) & 15;
  }

  @inline static get code(): bool {
    return (Descriptor.high & 0x1800) == 0x1800;
  }

  @inline static get conforming(): bool {
    return (Descriptor.high & 0x400) != 0;
  }

  static get writableData(): bool {
    return (Descriptor.high & 0x1a00) == 0x1200;
  }

  static setAccessed(): void {
    Descriptor.touch(Descriptor.address, Descriptor.high);
    Descriptor.high |= ACCESSED;
  }

  /** Sets the accessed bit of the descriptor at `address` whose second word is `high`. */
  static touch(address: u32, high: u32): void {
    if ((high & ACCESSED) == 0) Memory.storeAs<u32>(address + 4, high | ACCESSED, 0);
  }
}

export class Segments {
  @inline static cache(segment: u32): u32 {
    return SEGMENTS + segment * SEGMENT_BYTES;
  }

  @inline static selector(segment: u32): u32 {
    return load<u32>(Segments.cache(segment), SELECTOR);
  }

  /** Fills a cache; LOW, HIGH and RIGHTS follow from the attributes. */
  static set(segment: u32, selector: u32, base: u32, limit: u32, attributes: u32): void {
    const cache = Segments.cache(segment);
    store<u32>(cache, selector, SELECTOR);
    store<u32>(cache, base, BASE);
    store<u32>(cache, limit, LIMIT);
    store<u32>(cache, attributes, ATTRIBUTES);
    Segments.derive(segment);
  }

  static derive(segment: u32): void {
    const cache = Segments.cache(segment);
    const attributes = load<u32>(cache, ATTRIBUTES);
    const limit = load<u32>(cache, LIMIT);
    let low: u32 = 0;
    let high = limit;
    let rights: u32 = 0;
    if ((attributes & (PRESENT | NOT_SYSTEM)) == (PRESENT | NOT_SYSTEM)) {
      if (attributes & CODE) rights = attributes & READ_OR_WRITE ? RIGHT_READ : 0;
      else {
        rights = attributes & READ_OR_WRITE ? RIGHT_READ | RIGHT_WRITE : RIGHT_READ;
        if (attributes & CONFORMING) {
          high = attributes & DEFAULT32 ? 0xffffffff : 0xffff;
          low = limit + 1;
          if (limit >= high) {
            // No offset is valid.
            rights = 0;
            low = 1;
            high = 0;
          }
        }
      }
    }
    store<u32>(cache, low, LOW);
    store<u32>(cache, high, HIGH);
    store<u32>(cache, rights, RIGHTS);
  }

  /** From the descriptor just read. */
  static setFromDescriptor(segment: u32, selector: u32): void {
    Segments.set(segment, selector, Descriptor.base, Descriptor.limit, Descriptor.attributes);
  }

  /** Real mode: the base follows the selector; limit, granularity and size stay what they were ("unreal mode"). */
  static setReal(segment: u32, selector: u32): void {
    const cache = Segments.cache(segment);
    const flags = load<u32>(cache, ATTRIBUTES) & 0xf000;
    Segments.set(segment, selector, selector << 4, load<u32>(cache, LIMIT), flags | 0x93);
  }

  static setVirtual8086(segment: u32, selector: u32): void {
    Segments.set(segment, selector, selector << 4, 0xffff, 0xf3);
  }

  static setNull(segment: u32, selector: u32): void {
    Segments.set(segment, selector, 0, 0, 0);
  }

  private static flat(segment: u32): bool {
    const cache = Segments.cache(segment);
    return (
      load<u32>(cache, BASE) == 0 &&
      load<u32>(cache, LOW) == 0 &&
      load<u32>(cache, HIGH) == 0xffffffff &&
      load<u32>(cache, RIGHTS) == (RIGHT_READ | RIGHT_WRITE)
    );
  }

  /** Recomputes what blocks depend on. To be called after any change of CS, SS, DS, ES or EFLAGS.VM. */
  static updateMode(): void {
    let mode: u32 = 0;
    if (load<u32>(Segments.cache(CS), ATTRIBUTES) & DEFAULT32) mode |= MODE_CODE32;
    if (load<u32>(Segments.cache(SS), ATTRIBUTES) & DEFAULT32) {
      mode |= MODE_STACK32;
      if (Segments.flat(SS)) mode |= MODE_STACK_FLAT;
    }
    if (Segments.flat(DS)) mode |= MODE_DS_FLAT;
    if (Segments.flat(ES)) mode |= MODE_ES_FLAT;
    if (load<u32>(FLAGS) & 0x20000) mode |= MODE_V86;
    store<u32>(MODE, mode);
  }

  static setCpl(cpl: u32): void {
    store<u32>(CPL, cpl);
    Access.derive();
  }

  /** MOV, POP and LxS to a segment register other than CS. MISC: the register; A: the selector; EXTRA: 1 for what is held up after SS. */
  static load(record: u32): void {
    Raise.at(record);
    const segment = load<u8>(record, MISC);
    Segments.loadSelector(segment, Record.a<u16>(record));
    if (segment == SS && Record.extra(record) != 0) store<u32>(INHIBIT, INHIBIT_ALL);
  }

  static loadSelector(segment: u32, selector: u32): void {
    if (!Register.protectedMode) Segments.setReal(segment, selector);
    else if (Register.virtual8086) Segments.setVirtual8086(segment, selector);
    else if (segment == SS) Segments.loadStack(selector);
    else Segments.loadData(segment, selector);
    Segments.updateMode();
  }

  private static loadStack(selector: u32): void {
    if ((selector & 0xfffc) == 0) Raise.generalProtection(0);
    Descriptor.read(selector, FAULT_GP);
    const cpl = Register.cpl;
    if ((selector & 3) != cpl || !Descriptor.writableData || Descriptor.dpl != cpl)
      Descriptor.raise(FAULT_GP, selector);
    if (!Descriptor.present) Descriptor.raise(FAULT_SS, selector);
    Descriptor.setAccessed();
    Segments.setFromDescriptor(SS, selector);
  }

  /** Checks a selector for DS, ES, FS or GS and leaves its descriptor read; false for a null one. */
  static checkData(selector: u32): bool {
    if ((selector & 0xfffc) == 0) return false;
    Descriptor.read(selector, FAULT_GP);
    const readable = !Descriptor.system && (!Descriptor.code || (Descriptor.high & 0x200) != 0);
    if (!readable) Descriptor.raise(FAULT_GP, selector);
    if (!(Descriptor.code && Descriptor.conforming)) {
      if ((selector & 3) > Descriptor.dpl || Register.cpl > Descriptor.dpl) Descriptor.raise(FAULT_GP, selector);
    }
    if (!Descriptor.present) Descriptor.raise(FAULT_NP, selector);
    return true;
  }

  static loadData(segment: u32, selector: u32): void {
    if (!Segments.checkData(selector)) {
      Segments.setNull(segment, selector);
      return;
    }
    Descriptor.setAccessed();
    Segments.setFromDescriptor(segment, selector);
  }

  /** After a return to an outer level: data segments that the new level must not use become null. */
  static dropPrivileged(): void {
    for (let segment: u32 = ES; segment <= <u32>GS; segment++) {
      if (segment == CS || segment == SS) continue;
      const attributes = load<u32>(Segments.cache(segment), ATTRIBUTES);
      const conformingCode = (attributes & (CODE | CONFORMING)) == (CODE | CONFORMING);
      if (((attributes >>> 5) & 3) < Register.cpl && !conformingCode) Segments.setNull(segment, 0);
    }
  }

  /** LLDT. PROTECTED_ONLY and SUPERVISOR_ONLY stand before it. */
  static loadLocalTable(record: u32): void {
    Raise.at(record);
    const selector: u32 = Record.a<u16>(record);
    if ((selector & 0xfffc) == 0) {
      Segments.setNull(LDTR, selector);
      return;
    }
    if (selector & 4) Descriptor.raise(FAULT_GP, selector);
    Descriptor.read(selector, FAULT_GP);
    if (!Descriptor.system || Descriptor.type != 2) Descriptor.raise(FAULT_GP, selector);
    if (!Descriptor.present) Descriptor.raise(FAULT_NP, selector);
    Segments.setFromDescriptor(LDTR, selector);
  }

  /** LTR; as LLDT. */
  static loadTask(record: u32): void {
    Raise.at(record);
    const selector: u32 = Record.a<u16>(record);
    if ((selector & 0xfffc) == 0) Raise.generalProtection(0);
    if (selector & 4) Descriptor.raise(FAULT_GP, selector);
    Descriptor.read(selector, FAULT_GP);
    if (!Descriptor.system || (Descriptor.type != 1 && Descriptor.type != 9)) Descriptor.raise(FAULT_GP, selector);
    if (!Descriptor.present) Descriptor.raise(FAULT_NP, selector);
    Descriptor.high |= 0x200; // busy
    Memory.storeAs<u32>(Descriptor.address + 4, Descriptor.high, 0);
    Segments.setFromDescriptor(7, selector);
  }

  /** #UD outside protected mode. */
  static protectedOnly(record: u32): void {
    Raise.at(record);
    if (!Register.protectedMode || Register.virtual8086) Raise.invalidOpcode();
  }

  /** ARPL: destination <- A with its RPL raised to B's. */
  static adjustRpl(record: u32): void {
    Segments.protectedOnly(record);
    const selector: u32 = Record.a<u16>(record);
    const rpl: u32 = Record.b<u16>(record) & 3;
    if ((selector & 3) < rpl) {
      Record.setDestination<u16>(record, <u16>((selector & 0xfffc) | rpl));
      Flags.change(ZF, ZF);
    } else {
      Record.setDestination<u16>(record, <u16>selector);
      Flags.change(0, ZF);
    }
  }

  /** ARPL on memory. A: address of the offset; EXTRA: the segment. It is written, and has to be writable, only if it changes. */
  static adjustRplMemory(record: u32): void {
    Segments.protectedOnly(record);
    const offset = Record.a<u32>(record);
    const segment = Record.extra(record);
    const at = Moves.checked(segment, offset, 2, RIGHT_READ);
    const selector: u32 = Memory.load<u16>(record, at);
    const rpl: u32 = Record.b<u16>(record) & 3;
    const lower = (selector & 3) < rpl;
    if (lower) {
      Moves.checked(segment, offset, 2, RIGHT_WRITE);
      Memory.store<u16>(record, at, <u16>((selector & 0xfffc) | rpl));
    }
    Flags.change(lower ? ZF : 0, ZF);
  }

  /** Whether the present privilege may see the descriptor of `selector`, which is left read. */
  private static visible(selector: u32): bool {
    if ((selector & 0xfffc) == 0 || !Descriptor.tryRead(selector)) return false;
    if (Descriptor.code && Descriptor.conforming) return true;
    return Register.cpl <= Descriptor.dpl && (selector & 3) <= Descriptor.dpl;
  }

  /** VERR and VERW. */
  static verify(record: u32, write: bool): void {
    Segments.protectedOnly(record);
    const selector: u32 = Record.a<u16>(record);
    let good: bool = Segments.visible(selector) && !Descriptor.system;
    if (good) {
      if (write) good = Descriptor.writableData;
      else if (Descriptor.code) good = (Descriptor.high & 0x200) != 0;
    }
    Flags.change(good ? ZF : 0, ZF);
  }

  /** LAR and LSL. MISC: 1 for a 32-bit destination. LAR takes also gates, LSL only what has a limit. */
  static describe(record: u32, limit: bool): void {
    Segments.protectedOnly(record);
    const selector: u32 = Record.a<u16>(record);
    let good = Segments.visible(selector);
    if (good && Descriptor.system) {
      const type = Descriptor.type;
      // 16-bit TSS 1 3, LDT 2, 16-bit call gate 4, task gate 5, 32-bit TSS 9 11, 32-bit call gate 12
      const allowed: u32 = limit ? 0x0a0e : 0x1a3e;
      good = ((allowed >>> type) & 1) != 0;
    }
    if (good) {
      const value = limit ? Descriptor.limit : Descriptor.high & 0x00ffff00;
      if (load<u8>(record, MISC)) Record.setDestination<u32>(record, value);
      else Record.setDestination<u16>(record, <u16>value);
    }
    Flags.change(good ? ZF : 0, ZF);
  }
}
