// Hardware task switches. Source: Intel SDM vol. 3, 7.2 (TSS), 7.3 (task switching), 7.4 (linking).

import { BY_TASK, Debug } from "./debug";
import { Flags, NT } from "./flags";
import {
  ATTRIBUTES,
  BASE,
  CONTROL,
  CS,
  CURRENT,
  DS,
  EIP,
  ES,
  FS,
  GDTR_BASE,
  GS,
  LDTR,
  LIMIT,
  SEGMENT_BYTES,
  SEGMENTS,
  SELECTOR,
  SS,
  TR,
} from "./layout";
import { Memory } from "./memory";
import { Pae } from "./pae";
import { Paging } from "./paging";
import { Descriptor, FAULT_GP, FAULT_NP, FAULT_SS, FAULT_TS, Segments } from "./segments";
import { Raise, Register } from "./state";

const BUSY: u32 = 0x200;
const TASK: u32 = SEGMENTS + TR * SEGMENT_BYTES;

export class Tasks {
  static readonly JUMP: u32 = 0;
  static readonly CALL: u32 = 1;
  static readonly RETURN: u32 = 2;
  static readonly INTERRUPT: u32 = 3;

  private static setBusy(selector: u32, busy: bool): void {
    const at = load<u32>(GDTR_BASE) + (selector & 0xfff8) + 4;
    const high = Memory.loadAs<u32>(at, 0);
    Memory.storeAs<u32>(at, busy ? high | BUSY : high & ~BUSY, 0);
  }

  /**
   * Switches to the task whose TSS `selector` names.
   * @param eip what the old task continues at
   */
  static change(selector: u32, kind: u32, eip: u32): void {
    const vector = kind == Tasks.RETURN ? FAULT_TS : FAULT_GP;
    if (selector & 4) Descriptor.raise(vector, selector);
    Descriptor.read(selector, vector);
    const wanted: u32 = kind == Tasks.RETURN ? 3 : 1;
    if (!Descriptor.system || (Descriptor.type & 7) != wanted) Descriptor.raise(vector, selector);
    if (!Descriptor.present) Descriptor.raise(FAULT_NP, selector);
    const wide = (Descriptor.type & 8) != 0;
    const base = Descriptor.base;
    const limit = Descriptor.limit;
    const attributes = Descriptor.attributes | 2;
    const smallest: u32 = wide ? 0x67 : 0x2b;
    if (limit < smallest) Descriptor.raise(FAULT_TS, selector);
    const nested = kind == Tasks.CALL || kind == Tasks.INTERRUPT;
    Tasks.touch(base, smallest, nested);

    const old = load<u32>(TASK, SELECTOR);
    let flags = Flags.all;
    if (kind == Tasks.RETURN) flags &= ~NT;
    Tasks.save(eip, flags);
    if (kind == Tasks.JUMP || kind == Tasks.RETURN) Tasks.setBusy(old, false);
    if (kind != Tasks.RETURN) Tasks.setBusy(selector, true);
    if (nested) Memory.storeAs<u16>(base, <u16>old, 0);
    Segments.set(TR, selector, base, limit, attributes);
    store<u32>(CONTROL, Register.cr0 | 8); // TS
    if (wide) Tasks.enter32(base, nested);
    else Tasks.enter16(base, nested);
  }

  /** All of both TSSs that is read or written, before anything changes: a page fault belongs to the old task. */
  private static touch(base: u32, last: u32, nested: bool): void {
    const old = load<u32>(TASK, BASE);
    if (load<u32>(TASK, ATTRIBUTES) & 8) Memory.checkWrite(old + 0x20, 0x40, 0);
    else Memory.checkWrite(old + 0x0e, 0x1c, 0);
    Memory.checkRead(base, last + 1, 0);
    if (nested) Memory.checkWrite(base, 2, 0);
  }

  private static save(eip: u32, flags: u32): void {
    const base = load<u32>(TASK, BASE);
    if (load<u32>(TASK, ATTRIBUTES) & 8) {
      Memory.storeAs<u32>(base + 0x20, eip, 0);
      Memory.storeAs<u32>(base + 0x24, flags, 0);
      for (let i: u32 = 0; i < 8; i++) Memory.storeAs<u32>(base + 0x28 + i * 4, Register.get(i), 0);
      for (let i: u32 = 0; i < 6; i++) Memory.storeAs<u16>(base + 0x48 + i * 4, <u16>Segments.selector(i), 0);
    } else {
      Memory.storeAs<u16>(base + 0x0e, <u16>eip, 0);
      Memory.storeAs<u16>(base + 0x10, <u16>flags, 0);
      for (let i: u32 = 0; i < 8; i++) Memory.storeAs<u16>(base + 0x12 + i * 2, <u16>Register.get(i), 0);
      for (let i: u32 = 0; i < 4; i++) Memory.storeAs<u16>(base + 0x22 + i * 2, <u16>Segments.selector(i), 0);
    }
  }

  private static enter32(base: u32, nested: bool): void {
    const cr3 = Memory.loadAs<u32>(base + 0x1c, 0);
    const eip = Memory.loadAs<u32>(base + 0x20, 0);
    const flags = Memory.loadAs<u32>(base + 0x24, 0);
    for (let i: u32 = 0; i < 8; i++) Register.set(i, Memory.loadAs<u32>(base + 0x28 + i * 4, 0));
    const es = Memory.loadAs<u16>(base + 0x48, 0);
    const cs = Memory.loadAs<u16>(base + 0x4c, 0);
    const ss = Memory.loadAs<u16>(base + 0x50, 0);
    const ds = Memory.loadAs<u16>(base + 0x54, 0);
    const fs = Memory.loadAs<u16>(base + 0x58, 0);
    const gs = Memory.loadAs<u16>(base + 0x5c, 0);
    const ldt = Memory.loadAs<u16>(base + 0x60, 0);
    const trap = Memory.loadAs<u16>(base + 0x64, 0) & 1;
    if (Register.cr0 & 0x80000000) {
      Pae.load(Register.cr0, cr3, Register.cr4);
      store<u32>(CONTROL + 12, cr3);
      Paging.flush();
    }
    Tasks.enter(eip, nested ? flags | NT : flags, ldt, es, cs, ss, ds, fs, gs);
    if (trap) Debug.trap(BY_TASK);
  }

  private static enter16(base: u32, nested: bool): void {
    const eip: u32 = Memory.loadAs<u16>(base + 0x0e, 0);
    const flags: u32 = Memory.loadAs<u16>(base + 0x10, 0);
    for (let i: u32 = 0; i < 8; i++) {
      Register.set(i, 0xffff0000 | <u32>Memory.loadAs<u16>(base + 0x12 + i * 2, 0));
    }
    const es = Memory.loadAs<u16>(base + 0x22, 0);
    const cs = Memory.loadAs<u16>(base + 0x24, 0);
    const ss = Memory.loadAs<u16>(base + 0x26, 0);
    const ds = Memory.loadAs<u16>(base + 0x28, 0);
    const ldt = Memory.loadAs<u16>(base + 0x2a, 0);
    Tasks.enter(eip, nested ? flags | NT : flags, ldt, es, cs, ss, ds, 0, 0);
  }

  /** The new task's context. Faults from here on belong to the new task. */
  private static enter(eip: u32, flags: u32, ldt: u32, es: u32, cs: u32, ss: u32, ds: u32, fs: u32, gs: u32): void {
    store<u32>(EIP, eip);
    store<u32>(CURRENT, 0); // a fault's EIP is the new one
    Debug.clearLocal();
    Flags.change(flags, 0x3f7fd7);
    // All selectors first: a fault handler sees them even where a descriptor was refused, and what it pushes then goes through the old
    // task's descriptors.
    Tasks.selector(ES, es);
    Tasks.selector(CS, cs);
    Tasks.selector(SS, ss);
    Tasks.selector(DS, ds);
    Tasks.selector(FS, fs);
    Tasks.selector(GS, gs);
    Segments.setNull(LDTR, ldt);
    // Until there is a stack of the new level, a handler must get one of its own.
    Segments.setCpl(3);
    Segments.updateMode();
    if (ldt & 0xfffc) {
      if (ldt & 4) Descriptor.raise(FAULT_TS, ldt);
      Descriptor.read(ldt, FAULT_TS);
      if (!Descriptor.system || Descriptor.type != 2 || !Descriptor.present) Descriptor.raise(FAULT_TS, ldt);
      Segments.setFromDescriptor(LDTR, ldt);
    }
    if (flags & 0x20000) {
      for (let segment: u32 = 0; segment < 6; segment++) Segments.setVirtual8086(segment, Segments.selector(segment));
    } else {
      Tasks.loadStack(ss, cs & 3);
      Segments.setCpl(cs & 3);
      Segments.updateMode();
      Tasks.loadData(DS, ds);
      Tasks.loadData(ES, es);
      Tasks.loadData(FS, fs);
      Tasks.loadData(GS, gs);
      Tasks.loadCode(cs);
    }
    Segments.updateMode();
    if (eip > load<u32>(Segments.cache(CS), LIMIT)) Raise.generalProtection(0);
  }

  @inline private static selector(segment: u32, value: u32): void {
    store<u32>(Segments.cache(segment), value, SELECTOR);
  }

  private static loadCode(selector: u32): void {
    if ((selector & 0xfffc) == 0) Descriptor.raise(FAULT_TS, 0);
    Descriptor.read(selector, FAULT_TS);
    const rpl = selector & 3;
    if (!Descriptor.code || (Descriptor.conforming ? Descriptor.dpl > rpl : Descriptor.dpl != rpl)) {
      Descriptor.raise(FAULT_TS, selector);
    }
    if (!Descriptor.present) Descriptor.raise(FAULT_NP, selector);
    Descriptor.setAccessed();
    Segments.setFromDescriptor(CS, selector);
  }

  private static loadStack(selector: u32, cpl: u32): void {
    if ((selector & 0xfffc) == 0) Descriptor.raise(FAULT_TS, 0);
    Descriptor.read(selector, FAULT_TS);
    if (!Descriptor.writableData) Descriptor.raise(FAULT_TS, selector);
    if (!Descriptor.present) Descriptor.raise(FAULT_SS, selector);
    if ((selector & 3) != cpl || Descriptor.dpl != cpl) Descriptor.raise(FAULT_TS, selector);
    Descriptor.setAccessed();
    Segments.setFromDescriptor(SS, selector);
  }

  private static loadData(segment: u32, selector: u32): void {
    if ((selector & 0xfffc) == 0) return;
    Descriptor.read(selector, FAULT_TS);
    const readable = !Descriptor.system && (!Descriptor.code || (Descriptor.high & 0x200) != 0);
    if (!readable) Descriptor.raise(FAULT_TS, selector);
    if (!(Descriptor.code && Descriptor.conforming)) {
      if ((selector & 3) > Descriptor.dpl || Register.cpl > Descriptor.dpl) Descriptor.raise(FAULT_TS, selector);
    }
    if (!Descriptor.present) Descriptor.raise(FAULT_NP, selector);
    Descriptor.setAccessed();
    Segments.setFromDescriptor(segment, selector);
  }
}
