// Data access by linear address: one TLB word in the fast case; a miss, a page crossing, memory-mapped I/O and a write to a page
// with decoded code take the slow path. The fast path adds HOST_BASE as the instruction's own offset, so that the second engine
// (pc/cpu/compile) sees that it cannot touch the processor's state, whatever the guest's address is.

import { CodeMap } from "./codemap";
import { Debug } from "./debug";
import { readMemory, writeMemory } from "./host.external";
import {
  ALIGNMENT,
  CODE_SUPERVISOR,
  CODE_USER,
  CURRENT,
  HOST_BASE,
  PAGE_HEADS,
  READ_MASK,
  READ_SUPERVISOR,
  READ_USER,
  TLB,
  WRITE_MASK,
  WRITE_SUPERVISOR,
  WRITE_USER,
} from "./layout";
import { Paging } from "./paging";
import { Raise, Register } from "./state";

export class Memory {
  /** Reads at the present privilege. `record` is the micro-op that asks. */
  @inline static load<T extends number>(record: u32, linear: u32): T {
    const word = load<u32>((linear >>> 12) << 2, TLB);
    if ((word & load<u32>(READ_MASK)) != 0 && (linear & 0xfff) <= 0x1000 - <u32>sizeof<T>()) {
      return load<T>(linear + (word & 0xfffff000) - HOST_BASE, HOST_BASE);
    }
    store<u32>(CURRENT, record);
    return <T>Memory.readSlow(linear, sizeof<T>(), u32(Register.cpl == 3));
  }

  @inline static store<T extends number>(record: u32, linear: u32, value: T): void {
    const word = load<u32>((linear >>> 12) << 2, TLB);
    if ((word & load<u32>(WRITE_MASK)) != 0 && (linear & 0xfff) <= 0x1000 - <u32>sizeof<T>()) {
      store<T>(linear + (word & 0xfffff000) - HOST_BASE, value, HOST_BASE);
      return;
    }
    store<u32>(CURRENT, record);
    Memory.writeSlow(linear, <u32>value, sizeof<T>(), u32(Register.cpl == 3));
  }

  /** Reads what a later `store` of the same instruction will write, after checking that it may. */
  @inline static loadModify<T extends number>(record: u32, linear: u32): T {
    const word = load<u32>((linear >>> 12) << 2, TLB);
    if ((word & load<u32>(WRITE_MASK)) != 0 && (linear & 0xfff) <= 0x1000 - <u32>sizeof<T>()) {
      return load<T>(linear + (word & 0xfffff000) - HOST_BASE, HOST_BASE);
    }
    store<u32>(CURRENT, record);
    const user = u32(Register.cpl == 3);
    Memory.checkWrite(linear, sizeof<T>(), user);
    return <T>Memory.readSlow(linear, sizeof<T>(), user);
  }

  /** Accesses of the processor itself (descriptor tables, TSS), or at a privilege that is not the present one. CURRENT must be set. */
  @inline static loadAs<T extends number>(linear: u32, user: u32): T {
    return <T>Memory.readSlow(linear, sizeof<T>(), user);
  }

  @inline static storeAs<T extends number>(linear: u32, value: T, user: u32): void {
    Memory.writeSlow(linear, <u32>value, sizeof<T>(), user);
  }

  /** #AC if accesses must be aligned and this is not. For operands that are read or written in parts. */
  @inline static aligned(record: u32, linear: u32, alignment: u32): void {
    if (load<u32>(ALIGNMENT)) {
      store<u32>(CURRENT, record);
      Memory.checkAlignment(linear, alignment, 1);
    }
  }

  private static checkAlignment(linear: u32, alignment: u32, user: u32): void {
    if (user != 0 && load<u32>(ALIGNMENT) != 0 && (linear & (alignment - 1)) != 0) Raise.withError(17, 0);
  }

  static readSlow(linear: u32, size: u32, user: u32): u32 {
    Memory.checkAlignment(linear, size, user);
    if ((linear & 0xfff) + size > 0x1000) {
      Memory.check(linear, size, 0, user ? READ_USER : READ_SUPERVISOR, user);
      let value: u32 = 0;
      for (let i = size; i > 0; i--) value = (value << 8) | Memory.readSlow(linear + i - 1, 1, user);
      return value;
    }
    Debug.access(linear, size, 0);
    let word = Paging.word(linear);
    if ((word & (user ? READ_USER : READ_SUPERVISOR)) == 0) {
      word = Paging.fill(linear, 0, user);
      if (word == 0) return readMemory(Paging.physical, size);
    }
    const host = Paging.host(linear, word);
    if (size == 4) return load<u32>(host);
    if (size == 2) return load<u16>(host);
    return load<u8>(host);
  }

  static writeSlow(linear: u32, value: u32, size: u32, user: u32): void {
    Memory.checkAlignment(linear, size, user);
    if ((linear & 0xfff) + size > 0x1000) {
      Memory.checkWrite(linear, size, user);
      for (let i: u32 = 0; i < size; i++) Memory.writeSlow(linear + i, value >>> (i << 3), 1, user);
      return;
    }
    Debug.access(linear, size, 1);
    const plain: u32 = user ? WRITE_USER : WRITE_SUPERVISOR;
    const guard: u32 = user ? CODE_USER : CODE_SUPERVISOR;
    let word = Paging.word(linear);
    if ((word & (plain | guard)) == 0) {
      word = Paging.fill(linear, 1, user);
      if (word == 0) {
        writeMemory(Paging.physical, size == 4 ? value : value & ((1 << (size << 3)) - 1), size);
        return;
      }
      if ((word & (plain | guard)) == 0) return; // ROM
    }
    const host = Paging.host(linear, word);
    if (size == 4) store<u32>(host, value);
    else if (size == 2) store<u16>(host, <u16>value);
    else store<u8>(host, <u8>value);
    if (word & guard) {
      CodeMap.written(host, size);
      if (load<u32>(load<u32>(PAGE_HEADS) + (((host - HOST_BASE) >>> 12) << 2)) == 0) Paging.unguard(linear);
    }
  }

  /** Faults unless [linear, linear + size) may be read, both pages of it. */
  static checkRead(linear: u32, size: u32, user: u32): void {
    Memory.check(linear, size, 0, user ? READ_USER : READ_SUPERVISOR, user);
  }

  /** Faults unless [linear, linear + size) may be written; 2 or 4 bytes must be aligned, too, where that is asked for. */
  static checkWrite(linear: u32, size: u32, user: u32): void {
    if (size == 2 || size == 4) Memory.checkAlignment(linear, size, user);
    Memory.check(linear, size, 1, user ? WRITE_USER | CODE_USER : WRITE_SUPERVISOR | CODE_SUPERVISOR, user);
  }

  /** Both pages of an access before either is touched; CR2 of the second is its first address. */
  private static check(linear: u32, size: u32, write: u32, mask: u32, user: u32): void {
    const last = linear + size - 1;
    // Past the end of a flat segment; a segment with a base has had its check.
    if (last < linear) Raise.generalProtection(0);
    if ((Paging.word(linear) & mask) == 0) Paging.fill(linear, write, user);
    const second = last & 0xfffff000;
    if (second > linear && (Paging.word(second) & mask) == 0) Paging.fill(second, write, user);
  }
}
