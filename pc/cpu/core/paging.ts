// Linear to physical to host address: the page walk, and the TLB that remembers it.
// Source: Intel SDM vol. 3, 4.3 (32-bit paging), 4.6 (access rights), 4.7 (page faults), 4.8 (accessed and dirty).

import { CodeMap } from "./codemap";
import { Debug } from "./debug";
import { readMemory, writeMemory } from "./host.external";
import {
  A20_MASK,
  CODE_SUPERVISOR,
  CODE_USER,
  CONTROL,
  EFER,
  EXECUTE_SUPERVISOR,
  EXECUTE_USER,
  HOST_BASE,
  MODEL_FEATURES,
  PAGE_HEADS,
  PAGE_RAM,
  PAGE_ROM,
  PHYSICAL,
  READ_SUPERVISOR,
  READ_USER,
  TLB,
  TLB_COUNT,
  TLB_FILLS,
  TLB_LIST,
  TLB_LIST_ENTRIES,
  WRITE_SUPERVISOR,
  WRITE_USER,
} from "./layout";
import { Pae } from "./pae";
import { Raise, Register } from "./state";

export const PRESENT: u32 = 1;
const WRITABLE: u32 = 2;
const USER: u32 = 4;
export const ACCESSED: u32 = 0x20;
export const DIRTY: u32 = 0x40;
export const LARGE: u32 = 0x80;
const CR0_WP: u32 = 0x10000;
const CR0_PG: u32 = 0x80000000;
const CR4_PSE: u32 = 0x10;
export const CR4_PAE: u32 = 0x20;
export const EFER_NXE: u32 = 0x800;
const FEATURE_PSE36: u32 = 1 << 17;
/** Bits of a 4 MiB entry that must be 0; with PSE-36 four of them are bits 32 to 35 of the address. */
const LARGE_RESERVED: u32 = 0x3fe000;
const LARGE_RESERVED_36: u32 = 0x3e0000;
const LARGE_HIGH: u32 = 0x1e000;
/** Where this PC has nothing: in place of what lies beyond 4 GiB. */
export const NOWHERE: u32 = 0xfea00000;

/** What an access is. */
export const READ: u32 = 0;
export const WRITE: u32 = 1;
export const FETCH: u32 = 2;

/** Bits of a page fault's error code: the page is there but not for this; a reserved bit is set in an entry. */
export const PROTECTION: u32 = 1;
export const RESERVED: u32 = 9;

const EVERYTHING: u32 = READ_SUPERVISOR | READ_USER | WRITE_SUPERVISOR | WRITE_USER | EXECUTE_SUPERVISOR | EXECUTE_USER;

export class Paging {
  /** Physical address of the last `fill`. */
  static physical: u32 = 0;

  @inline static word(linear: u32): u32 {
    return load<u32>((linear >>> 12) << 2, TLB);
  }

  @inline static host(linear: u32, word: u32): u32 {
    return linear + (word & 0xfffff000);
  }

  @inline static page(physical: u32): u32 {
    return load<u32>((physical >>> 12) << 2, PHYSICAL);
  }

  /** A 32-bit read of physical memory, as the page walk makes it. */
  static readPhysical(address: u32): u32 {
    const physical = address & load<u32>(A20_MASK);
    const page = Paging.page(physical);
    if (page) return load<u32>((page & 0xfffff000) | (physical & 0xfff));
    return readMemory(physical, 4);
  }

  static writePhysical(address: u32, value: u32): void {
    const physical = address & load<u32>(A20_MASK);
    const page = Paging.page(physical);
    if (page & PAGE_RAM) {
      const host = (page & 0xfffff000) | (physical & 0xfff);
      store<u32>(host, value);
      CodeMap.written(host, 4);
    } else if (page == 0) writeMemory(physical, value, 4);
  }

  /** @param kind PROTECTION, RESERVED, or 0 for a page that is not present */
  static fault(linear: u32, kind: u32, access: u32, user: u32): void {
    store<u32>(CONTROL + 8, linear);
    let error = kind | (user << 2);
    if (access == WRITE) error |= 2;
    else if (access == FETCH && (Register.cr4 & CR4_PAE) != 0 && (load<u32>(EFER) & EFER_NXE) != 0) error |= 16;
    Raise.withError(14, error);
  }

  /** What may be done with a page: TLB bits from the rights that all entries have in common and the last entry's D. */
  static permissions(rights: u32, dirty: u32, execute: bool): u32 {
    let bits: u32 = execute ? READ_SUPERVISOR | EXECUTE_SUPERVISOR : READ_SUPERVISOR;
    if (rights & USER) bits |= execute ? READ_USER | EXECUTE_USER : READ_USER;
    // A clean page stays without the write bit, so that the first write comes here and sets D.
    if (dirty & DIRTY) {
      if (rights & WRITABLE) bits |= rights & USER ? WRITE_SUPERVISOR | WRITE_USER : WRITE_SUPERVISOR;
      else if ((Register.cr0 & CR0_WP) == 0) bits |= WRITE_SUPERVISOR;
    }
    return bits;
  }

  /** Faults unless the rights that all entries have in common allow the access. */
  static check(linear: u32, rights: u32, access: u32, user: u32): void {
    if (user && !(rights & USER)) Paging.fault(linear, PROTECTION, access, user);
    if (access != WRITE || (rights & WRITABLE) != 0) return;
    if (user || (Register.cr0 & CR0_WP) != 0) Paging.fault(linear, PROTECTION, access, user);
  }

  /** The walk of 32-bit paging: TLB bits; the address goes to `physical`. */
  private static walk(linear: u32, access: u32, user: u32): u32 {
    const directory = (load<u32>(CONTROL + 12) & 0xfffff000) + ((linear >>> 22) << 2);
    const pde = Paging.readPhysical(directory);
    if ((pde & PRESENT) == 0) Paging.fault(linear, 0, access, user);
    if ((pde & LARGE) != 0 && (Register.cr4 & CR4_PSE) != 0) {
      const wide = (load<u32>(MODEL_FEATURES) & FEATURE_PSE36) != 0;
      if (pde & (wide ? LARGE_RESERVED_36 : LARGE_RESERVED)) Paging.fault(linear, RESERVED, access, user);
      Paging.check(linear, pde, access, user);
      const leaf = pde | ACCESSED | (access == WRITE ? DIRTY : 0);
      if (leaf != pde) Paging.writePhysical(directory, leaf);
      Paging.physical = (pde & 0xffc00000) | (linear & 0x3fffff);
      if (pde & LARGE_HIGH) Paging.physical = NOWHERE | (linear & 0xfff);
      return Paging.permissions(pde, leaf, true);
    }
    const table = (pde & 0xfffff000) + (((linear >>> 12) & 0x3ff) << 2);
    const entry = Paging.readPhysical(table);
    if ((entry & PRESENT) == 0) Paging.fault(linear, 0, access, user);
    const rights = pde & entry;
    Paging.check(linear, rights, access, user);
    const leaf = entry | ACCESSED | (access == WRITE ? DIRTY : 0);
    if (!(pde & ACCESSED)) Paging.writePhysical(directory, pde | ACCESSED);
    if (leaf != entry) Paging.writePhysical(table, leaf);
    Paging.physical = (entry & 0xfffff000) | (linear & 0xfff);
    return Paging.permissions(rights, leaf, true);
  }

  /** For a read or a write of data; see `translate`. */
  static fill(linear: u32, write: u32, user: u32): u32 {
    return Paging.translate(linear, write, user);
  }

  /** For an instruction fetch; see `translate`. */
  static fillCode(linear: u32, user: u32): u32 {
    return Paging.translate(linear, FETCH, user);
  }

  /**
   * Translates, checks rights, sets A and D, and remembers the page unless it is memory-mapped I/O.
   * @param access READ, WRITE or FETCH
   * @returns the TLB word, which has the bit for the access asked for unless that goes to ROM; 0 for I/O (see `physical`)
   */
  private static translate(linear: u32, access: u32, user: u32): u32 {
    let bits: u32 = EVERYTHING;
    if ((Register.cr0 & CR0_PG) == 0) Paging.physical = linear;
    else bits = Register.cr4 & CR4_PAE ? Pae.walk(linear, access, user) : Paging.walk(linear, access, user);
    const physical = Paging.physical & load<u32>(A20_MASK);
    Paging.physical = physical;
    const page = Paging.page(physical);
    if (page == 0) return 0;
    const host = page & 0xfffff000;
    if (page & PAGE_ROM) bits &= ~(WRITE_SUPERVISOR | WRITE_USER);
    else if (load<u32>(load<u32>(PAGE_HEADS) + (((host - HOST_BASE) >>> 12) << 2))) bits = Paging.guarded(bits);
    const word = (host - (linear & 0xfffff000)) | bits;
    Paging.remember(linear, word);
    return word;
  }

  /** Write permissions as those of a page with decoded code. */
  @inline static guarded(bits: u32): u32 {
    return (bits & ~(WRITE_SUPERVISOR | WRITE_USER)) | ((bits & (WRITE_SUPERVISOR | WRITE_USER)) << 2);
  }

  /** The reverse, once the page has no code left. */
  static unguard(linear: u32): void {
    const slot = (linear >>> 12) << 2;
    const word = load<u32>(slot, TLB);
    const guard = word & (CODE_SUPERVISOR | CODE_USER);
    store<u32>(slot, (word & ~guard) | (guard >>> 2), TLB);
  }

  private static remember(linear: u32, word: u32): void {
    if (Debug.watchesPage(linear)) return;
    const slot = (linear >>> 12) << 2;
    if (load<u32>(slot, TLB) == 0) {
      let count = load<u32>(TLB_COUNT);
      if (count == TLB_LIST_ENTRIES) {
        Paging.flush();
        count = 0;
      }
      store<u32>(count << 2, slot, TLB_LIST);
      store<u32>(TLB_COUNT, count + 1);
    }
    store<u32>(slot, word, TLB);
    store<u32>(TLB_FILLS, load<u32>(TLB_FILLS) + 1);
  }

  static flush(): void {
    const count = load<u32>(TLB_COUNT);
    for (let i: u32 = 0; i < count; i++) store<u32>(load<u32>(i << 2, TLB_LIST), 0, TLB);
    store<u32>(TLB_COUNT, 0);
  }

  /** INVLPG. The slot stays in the list; `remember` may list it twice, which a flush does not mind. */
  static flushPage(linear: u32): void {
    store<u32>((linear >>> 12) << 2, 0, TLB);
  }

  /** The first block of `hostPage` was made: writes to the page must look at the code map from now on. */
  static guardPage(hostPage: u32): void {
    const count = load<u32>(TLB_COUNT);
    for (let i: u32 = 0; i < count; i++) {
      const slot = load<u32>(i << 2, TLB_LIST);
      const word = load<u32>(slot, TLB);
      if ((word & 0xfffff000) + (slot << 10) == hostPage) store<u32>(slot, Paging.guarded(word), TLB);
    }
  }
}
