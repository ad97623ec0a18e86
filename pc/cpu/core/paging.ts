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
  HOST_BASE,
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
import { Raise, Register } from "./state";

const PRESENT: u32 = 1;
const WRITABLE: u32 = 2;
const USER: u32 = 4;
const ACCESSED: u32 = 0x20;
const DIRTY: u32 = 0x40;
const LARGE: u32 = 0x80;
const CR0_WP: u32 = 0x10000;
const CR4_PSE: u32 = 0x10;

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

  private static writePhysical(address: u32, value: u32): void {
    const physical = address & load<u32>(A20_MASK);
    const page = Paging.page(physical);
    if (page & PAGE_RAM) {
      const host = (page & 0xfffff000) | (physical & 0xfff);
      store<u32>(host, value);
      CodeMap.written(host, 4);
    } else if (page == 0) writeMemory(physical, value, 4);
  }

  private static fault(linear: u32, present: u32, write: u32, user: u32): void {
    store<u32>(CONTROL + 8, linear);
    Raise.withError(14, present | (write << 1) | (user << 2));
  }

  /**
   * Translates, checks rights, sets A and D, and remembers the page unless it is memory-mapped I/O.
   * @returns the TLB word, which has the bit for the access asked for unless that goes to ROM; 0 for I/O (see `physical`)
   */
  static fill(linear: u32, write: u32, user: u32): u32 {
    let physical = linear;
    let bits: u32 = READ_SUPERVISOR | READ_USER | WRITE_SUPERVISOR | WRITE_USER;
    const cr0 = Register.cr0;
    if (cr0 & 0x80000000) {
      const directory = (load<u32>(CONTROL + 12) & 0xfffff000) + ((linear >>> 22) << 2);
      const pde = Paging.readPhysical(directory);
      if ((pde & PRESENT) == 0) Paging.fault(linear, 0, write, user);
      const large = (pde & LARGE) != 0 && (Register.cr4 & CR4_PSE) != 0;
      let table: u32 = 0;
      let entry = pde;
      let rights = pde;
      if (!large) {
        table = (pde & 0xfffff000) + (((linear >>> 12) & 0x3ff) << 2);
        entry = Paging.readPhysical(table);
        if ((entry & PRESENT) == 0) Paging.fault(linear, 0, write, user);
        rights &= entry;
      }
      const protect = (cr0 & CR0_WP) != 0;
      if (user && !(rights & USER)) Paging.fault(linear, 1, write, user);
      if (write && !(rights & WRITABLE) && (user || protect)) Paging.fault(linear, 1, write, user);
      const leaf = entry | ACCESSED | (write ? DIRTY : 0);
      if (large) {
        if (leaf != entry) Paging.writePhysical(directory, leaf);
        physical = (pde & 0xffc00000) | (linear & 0x3fffff);
      } else {
        if (!(pde & ACCESSED)) Paging.writePhysical(directory, pde | ACCESSED);
        if (leaf != entry) Paging.writePhysical(table, leaf);
        physical = (entry & 0xfffff000) | (linear & 0xfff);
      }
      bits = READ_SUPERVISOR;
      if (rights & USER) bits |= READ_USER;
      // A clean page stays without the write bit, so that the first write comes here and sets D.
      if (leaf & DIRTY) {
        if (rights & WRITABLE) bits |= rights & USER ? WRITE_SUPERVISOR | WRITE_USER : WRITE_SUPERVISOR;
        else if (!protect) bits |= WRITE_SUPERVISOR;
      }
    }
    physical &= load<u32>(A20_MASK);
    Paging.physical = physical;
    const page = Paging.page(physical);
    if (page == 0) return 0;
    const host = page & 0xfffff000;
    if (page & PAGE_ROM) bits &= READ_SUPERVISOR | READ_USER;
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
