// Flags registers, ports, control and debug registers, tables and CPUID. Source: Intel SDM vol. 2; vol. 3, 2.5 and 19.5 (I/O).

import { Access } from "./access";
import { BY_DETECT, Debug, GENERAL_DETECT } from "./debug";
import { AC, DF, Flags, ID, IF, IOPL, NT, TF, ZF } from "./flags";
import { readPort, writePort } from "./host.external";
import {
  APIC_BASE,
  ATTRIBUTES,
  B,
  BASE,
  BLOCK,
  BLOCK_COUNT,
  CONTROL,
  CURRENT,
  DEBUG,
  DEFERRED,
  EXTRA,
  FLAGS,
  GDTR_BASE,
  GDTR_LIMIT,
  HALTED,
  IDTR_BASE,
  IDTR_LIMIT,
  INDEX,
  INHIBIT,
  INHIBIT_INTERRUPTS,
  LIMIT,
  MISC,
  MODEL_CPUID,
  MODEL_CPUID_EXTENDED,
  MODEL_CR0,
  MODEL_CR4,
  MODEL_LEAVES,
  MODEL_LEAVES_EXTENDED,
  REGISTERS,
  REMAINING,
  RETIRED,
  SEGMENT_BYTES,
  SEGMENTS,
  SLICE,
  TR,
  TSC_OFFSET,
} from "./layout";
import { Memory } from "./memory";
import { Pae } from "./pae";
import { Paging } from "./paging";
import { Segments } from "./segments";
import { Stack } from "./stack";
import { Raise, Record, Register } from "./state";
import { VirtualInterrupts } from "./virtual";

const AH: u32 = REGISTERS + 1;
const TASK: u32 = SEGMENTS + TR * SEGMENT_BYTES;
const CR0_PE: u32 = 1;
const CR0_PG: u32 = 0x80000000;
/** ET is fixed to 1; what the model does not have reads as 0. */
const CR0_ET: u32 = 0x10;
const CR0_AM: u32 = 0x40000;
/** Changes of these make TLB words stale. */
const CR0_PAGING: u32 = CR0_PG | 0x10000; // PG, WP
/** Changes of these load the page-directory-pointer-table entries: PG, CD, NW; PSE, PAE, PGE. */
const CR0_RELOADS: u32 = 0xe0000000;
const CR4_RELOADS: u32 = 0xb0;
const FEATURE_APIC: u32 = 1 << 9;
const APIC_ENABLE: u32 = 0x800;
const CR4_TSD: u32 = 4;
const CR4_DE: u32 = 8;
/** PSE, PAE */
const CR4_LARGE_PAGES: u32 = 0x30;

export class System {
  /** Instructions completed since reset, exact also in the middle of a block. */
  static executed(): u64 {
    let left = load<i32>(REMAINING) + load<i32>(DEFERRED);
    const record = load<u32>(CURRENT);
    if (record) left += load<i32>(load<u32>(BLOCK) + BLOCK_COUNT) - <i32>load<u8>(record, INDEX);
    return load<u64>(RETIRED) + <u64>(load<i32>(SLICE) - left);
  }

  private static supervisor(record: u32): void {
    Raise.at(record);
    if (Register.cpl != 0) Raise.generalProtection(0);
  }

  static supervisorOnly(record: u32): void {
    System.supervisor(record);
  }

  /** Port access: allowed at CPL <= IOPL, else (and in virtual-8086 mode) by the TSS's bit map. CURRENT must be set. */
  static checkPort(port: u32, size: u32): void {
    if (!Register.protectedMode) return;
    if (!Register.virtual8086 && Register.cpl <= Register.ioPrivilege) return;
    const limit = load<u32>(TASK, LIMIT);
    const attributes = load<u32>(TASK, ATTRIBUTES);
    if ((attributes & 0x88) != 0x88 || limit < 0x67) Raise.generalProtection(0);
    const base = load<u32>(TASK, BASE);
    const at = <u32>Memory.loadAs<u16>(base + 0x66, 0) + (port >>> 3);
    if (at + 1 > limit) Raise.generalProtection(0);
    const bits = <u32>Memory.loadAs<u16>(base + at, 0) >>> (port & 7);
    if (bits & ((1 << size) - 1)) Raise.generalProtection(0);
  }

  /** IN: destination <- port A. */
  static read<T extends number>(record: u32): void {
    Raise.at(record);
    const port: u32 = Record.a<u16>(record);
    System.checkPort(port, sizeof<T>());
    Debug.port(port, sizeof<T>());
    Record.setDestination<T>(record, <T>readPort(port, sizeof<T>()));
  }

  /** OUT: port A <- the value at B. */
  static write<T extends number>(record: u32): void {
    Raise.at(record);
    const port: u32 = Record.a<u16>(record);
    System.checkPort(port, sizeof<T>());
    Debug.port(port, sizeof<T>());
    writePort(port, <u32>load<T>(load<u32>(record, B)), sizeof<T>());
  }

  static halt(record: u32): void {
    System.supervisor(record);
    store<u32>(HALTED, 1);
  }

  /** Whether CLI and STI are about VIF rather than IF; #GP if they are about neither. */
  private static virtualInterrupts(record: u32): bool {
    Raise.at(record);
    return Register.protectedMode && Register.cpl > Register.ioPrivilege && VirtualInterrupts.instead();
  }

  static cli(record: u32): void {
    if (System.virtualInterrupts(record)) VirtualInterrupts.clear();
    else store<u32>(FLAGS, Register.flags & ~IF);
  }

  static sti(record: u32): void {
    if (System.virtualInterrupts(record)) {
      VirtualInterrupts.set();
      return;
    }
    if ((Register.flags & IF) == 0) store<u32>(INHIBIT, INHIBIT_INTERRUPTS);
    store<u32>(FLAGS, Register.flags | IF);
  }

  static setDirection(value: u32): void {
    store<u32>(FLAGS, (Register.flags & ~DF) | value);
  }

  static lahf(): void {
    store<u8>(AH, <u8>(Flags.arithmetic | 2));
  }

  static sahf(): void {
    Flags.change(load<u8>(AH), 0xd5);
  }

  static pushFlags<T extends number>(record: u32): void {
    Raise.at(record);
    let flags = Flags.all & 0xfcffff;
    if (Register.virtual8086 && Register.ioPrivilege != 3) {
      if (sizeof<T>() == 4 || !VirtualInterrupts.inVirtual8086) Raise.generalProtection(0);
      flags = VirtualInterrupts.image;
    }
    Stack.pushValue<T>(record, <T>flags);
  }

  static popFlags<T extends number>(record: u32): void {
    Raise.at(record);
    let mask: u32 = 0x8d5 | TF | DF | NT | AC | ID;
    if (Register.virtual8086) {
      if (Register.ioPrivilege != 3) {
        System.popVirtualFlags<T>(record);
        return;
      }
      mask |= IF;
    } else {
      if (Register.cpl <= Register.ioPrivilege) mask |= IF;
      if (Register.cpl == 0) mask |= IOPL;
    }
    if (sizeof<T>() == 2) mask &= 0xffff;
    const pointer = Stack.pointer;
    const value = <u32>Stack.at<T>(record, pointer);
    Stack.pointer = Stack.move(pointer, sizeof<T>());
    Flags.change(value, mask);
  }

  /** POPF in virtual-8086 mode where IOPL does not allow it. */
  private static popVirtualFlags<T extends number>(record: u32): void {
    if (sizeof<T>() == 4 || !VirtualInterrupts.inVirtual8086) Raise.generalProtection(0);
    const pointer = Stack.pointer;
    const flags = <u32>Stack.at<T>(record, pointer);
    VirtualInterrupts.check(flags);
    Stack.pointer = Stack.move(pointer, sizeof<T>());
    VirtualInterrupts.load(flags);
  }

  /** MOV from CRn. MISC: n. */
  static readControl(record: u32): void {
    System.supervisor(record);
    const index: u32 = load<u8>(record, MISC);
    if (index == 1 || index > 4 || (index == 4 && load<u32>(MODEL_CR4) == 0)) Raise.invalidOpcode();
    Record.setDestination<u32>(record, load<u32>(CONTROL + index * 4));
  }

  static writeControl(record: u32): void {
    System.supervisor(record);
    const value = Record.a<u32>(record);
    switch (load<u8>(record, MISC)) {
      case 0:
        System.setCr0(value);
        break;
      case 2:
        store<u32>(CONTROL + 8, value);
        break;
      case 3:
        Pae.load(Register.cr0, value, Register.cr4);
        store<u32>(CONTROL + 12, value);
        Paging.flush();
        break;
      case 4:
        if (load<u32>(MODEL_CR4) == 0) Raise.invalidOpcode();
        if (value & ~load<u32>(MODEL_CR4)) Raise.generalProtection(0);
        if ((value ^ Register.cr4) & CR4_RELOADS) Pae.load(Register.cr0, load<u32>(CONTROL + 12), value);
        store<u32>(CONTROL + 16, value);
        Debug.derive();
        Paging.flush();
        break;
      default:
        Raise.invalidOpcode();
    }
  }

  static setCr0(value: u32): void {
    if ((value & (CR0_PG | CR0_PE)) == CR0_PG) Raise.generalProtection(0);
    if ((value & 0x60000000) == 0x20000000) Raise.generalProtection(0); // NW without CD
    const changed = value ^ Register.cr0;
    if (changed & CR0_RELOADS) Pae.load(value, load<u32>(CONTROL + 12), Register.cr4);
    store<u32>(CONTROL, (value & load<u32>(MODEL_CR0)) | CR0_ET);
    if (changed & CR0_PAGING) Paging.flush();
    if (changed & CR0_AM) Access.derive();
    if ((changed & CR0_PE) != 0 && (value & CR0_PE) == 0) Segments.setCpl(0);
  }

  /** LMSW: the low four bits of CR0; it cannot clear PE. A: the word. SUPERVISOR_ONLY stands before it. */
  static loadStatusWord(record: u32): void {
    Raise.at(record);
    const word: u32 = Record.a<u16>(record);
    System.setCr0((Register.cr0 & ~(<u32>14)) | (word & 15));
  }

  static clearTaskSwitched(record: u32): void {
    System.supervisor(record);
    store<u32>(CONTROL, Register.cr0 & ~(<u32>8));
  }

  private static debugIndex(record: u32): u32 {
    Raise.at(record);
    let index: u32 = load<u8>(record, MISC);
    if (index == 4 || index == 5) {
      if (Register.cr4 & CR4_DE) Raise.invalidOpcode();
      index += 2;
    }
    if (load<u32>(DEBUG + 28) & GENERAL_DETECT) {
      Debug.report(BY_DETECT);
      Raise.fault(1);
    }
    System.supervisor(record);
    return index;
  }

  static readDebug(record: u32): void {
    const index = System.debugIndex(record);
    Record.setDestination<u32>(record, load<u32>(DEBUG + index * 4));
  }

  static writeDebug(record: u32): void {
    const index = System.debugIndex(record);
    let value = Record.a<u32>(record);
    if (index == 6) value = (value & 0xe00f) | 0xffff0ff0;
    else if (index == 7) value = (value & 0xffff2fff) | 0x400;
    store<u32>(DEBUG + index * 4, value);
    if (index != 6) Debug.derive();
  }

  /** LGDT, LIDT. A: address of the linear address of the 6-byte operand; MISC bit 0: 16-bit operand size (24-bit base). */
  static loadTable(record: u32, base: u32, limit: u32): void {
    System.supervisor(record);
    const at = Record.a<u32>(record);
    const newLimit = Memory.load<u16>(record, at);
    const newBase = Memory.load<u32>(record, at + 2);
    store<u32>(limit, newLimit);
    store<u32>(base, load<u8>(record, MISC) & 1 ? newBase & 0xffffff : newBase);
  }

  static loadGlobalTable(record: u32): void {
    System.loadTable(record, GDTR_BASE, GDTR_LIMIT);
  }

  static loadInterruptTable(record: u32): void {
    System.loadTable(record, IDTR_BASE, IDTR_LIMIT);
  }

  /** SGDT, SIDT. A: address of the linear address; EXTRA: 0 for GDTR, 1 for IDTR. */
  static storeTable(record: u32): void {
    Raise.at(record);
    const at = Record.a<u32>(record);
    const which = load<u32>(record, EXTRA);
    Memory.checkWrite(at, 6, u32(Register.cpl == 3));
    Memory.store<u16>(record, at, <u16>load<u32>(which ? IDTR_LIMIT : GDTR_LIMIT));
    Memory.store<u32>(record, at + 2, load<u32>(which ? IDTR_BASE : GDTR_BASE));
  }

  /** INVLPG. A: the linear address. */
  static invalidatePage(record: u32): void {
    System.supervisor(record);
    const at = Record.a<u32>(record);
    // A large page fills many slots of the direct map, and any of them may be named.
    if (Register.cr4 & CR4_LARGE_PAGES) Paging.flush();
    else Paging.flushPage(at);
  }

  static readTimeStamp(record: u32): void {
    Raise.at(record);
    if ((Register.cr4 & CR4_TSD) != 0 && Register.cpl != 0) Raise.generalProtection(0);
    System.setPair(System.executed() + load<u64>(TSC_OFFSET));
  }

  /** EDX:EAX. */
  static setPair(value: u64): void {
    store<u32>(REGISTERS, <u32>value);
    store<u32>(REGISTERS + 8, <u32>(value >> 32));
  }

  /** CPUID: the model's leaves. Beyond the last of either kind comes the last basic one, as Intel's processors have it. */
  static identify(): void {
    const leaf = Register.eax;
    const extended = leaf - 0x80000000;
    let at: u32 = MODEL_CPUID;
    if (extended < load<u32>(MODEL_LEAVES_EXTENDED)) at = MODEL_CPUID_EXTENDED + (extended << 4);
    else at += min(leaf, load<u32>(MODEL_LEAVES) - 1) << 4;
    store<u32>(REGISTERS, load<u32>(at));
    store<u32>(REGISTERS + 12, load<u32>(at, 4));
    store<u32>(REGISTERS + 4, load<u32>(at, 8));
    store<u32>(REGISTERS + 8, load<u32>(at, 12));
    // An APIC that software has turned off is not there.
    if (leaf == 1 && (load<u32>(APIC_BASE) & APIC_ENABLE) == 0)
      store<u32>(REGISTERS + 8, load<u32>(at, 12) & ~FEATURE_APIC);
  }

  /** CMPXCHG8B. A: the linear address of the 8 bytes. */
  static compareExchange8(record: u32): void {
    Raise.at(record);
    const at = Record.a<u32>(record);
    Memory.aligned(record, at, 8);
    Memory.checkWrite(at, 8, u32(Register.cpl == 3));
    const low = Memory.load<u32>(record, at);
    const high = Memory.load<u32>(record, at + 4);
    const equal = low == Register.eax && high == Register.edx;
    Memory.store<u32>(record, at, equal ? Register.ebx : low);
    Memory.store<u32>(record, at + 4, equal ? Register.ecx : high);
    if (!equal) {
      store<u32>(REGISTERS, low);
      store<u32>(REGISTERS + 8, high);
    }
    Flags.change(equal ? ZF : 0, ZF);
  }

  /** BOUND. A: the index; B: the lower bound, the upper one in the next temporary. */
  static bound<T extends number>(record: u32): void {
    const at = load<u32>(record, B);
    let outside: bool;
    if (sizeof<T>() == 2) {
      const index = Record.a<i16>(record);
      outside = index < load<i16>(at) || index > load<i16>(at + 4);
    } else {
      const index = Record.a<i32>(record);
      outside = index < load<i32>(at) || index > load<i32>(at + 4);
    }
    if (outside) {
      Raise.at(record);
      Raise.fault(5);
    }
  }

  /** An exception that decoding found out. IMMEDIATE: the vector; EXTRA: 1 if it has an error code, which is 0. */
  static raise(record: u32): void {
    Raise.at(record);
    if (Record.extra(record)) Raise.withError(Record.immediate(record), 0);
    else Raise.fault(Record.immediate(record));
  }
}
