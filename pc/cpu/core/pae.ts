// Physical address extension: three levels of 64-bit entries, 2 MiB pages, and NX. The four entries of the first level are read when
// CR3 is loaded. Source: Intel SDM vol. 3, 4.4 (PAE paging), 4.6 (access rights), 4.7 (page faults).

import { CONTROL, EFER, PDPTES } from "./layout";
import {
  ACCESSED,
  CR4_PAE,
  DIRTY,
  EFER_NXE,
  FETCH,
  LARGE,
  NOWHERE,
  Paging,
  PRESENT,
  PROTECTION,
  RESERVED,
  WRITE,
} from "./paging";
import { Raise, Register } from "./state";

/** Addresses have 36 bits: in an entry's upper word bits 4 to 30 are reserved, and NX is bit 31. */
const HIGH_RESERVED: u32 = 0x7ffffff0;
const HIGH_ADDRESS: u32 = 0xf;
const NX: u32 = 0x80000000;
const POINTER_RESERVED: u32 = 0x1e6;
/** In the entry of a 2 MiB page: what would be its address' lower bits, but for PAT. */
const LARGE_RESERVED: u32 = 0x1fe000;
const CR0_PG: u32 = 0x80000000;

export class Pae {
  /** Loads the first level's entries if paging with these CR0, CR3 and CR4 needs them; #GP(0) for a reserved bit. */
  static load(cr0: u32, cr3: u32, cr4: u32): void {
    if ((cr0 & CR0_PG) == 0 || (cr4 & CR4_PAE) == 0) return;
    const table = cr3 & 0xffffffe0;
    for (let i: u32 = 0; i < 32; i += 8) {
      const low = Paging.readPhysical(table + i);
      const high = Paging.readPhysical(table + i + 4);
      if ((low & PRESENT) != 0 && ((low & POINTER_RESERVED) != 0 || (high & ~HIGH_ADDRESS) != 0)) {
        Raise.generalProtection(0);
      }
    }
    for (let i: u32 = 0; i < 32; i += 4) store<u32>(PDPTES + i, Paging.readPhysical(table + i));
  }

  /** Bits of an entry's upper word that must be 0. */
  private static get reserved(): u32 {
    return load<u32>(EFER) & EFER_NXE ? HIGH_RESERVED : HIGH_RESERVED | NX;
  }

  /** A word of a table whose address has these upper bits; there is no memory beyond 4 GiB. */
  private static read(high: u32, address: u32): u32 {
    return high & HIGH_ADDRESS ? 0xffffffff : Paging.readPhysical(address);
  }

  private static mark(high: u32, address: u32, value: u32): void {
    if ((high & HIGH_ADDRESS) == 0) Paging.writePhysical(address, value);
  }

  /** TLB bits; the address goes to `Paging.physical`. */
  static walk(linear: u32, access: u32, user: u32): u32 {
    const pointer = PDPTES + ((linear >>> 30) << 3);
    const pointerLow = load<u32>(pointer);
    const pointerHigh = load<u32>(pointer, 4);
    if ((pointerLow & PRESENT) == 0) Paging.fault(linear, 0, access, user);

    const directory = (pointerLow & 0xfffff000) + (((linear >>> 21) & 0x1ff) << 3);
    const pde = Pae.read(pointerHigh, directory);
    const pdeHigh = Pae.read(pointerHigh, directory + 4);
    if ((pde & PRESENT) == 0) Paging.fault(linear, 0, access, user);
    const large = (pde & LARGE) != 0;
    if ((pdeHigh & Pae.reserved) != 0 || (large && (pde & LARGE_RESERVED) != 0)) {
      Paging.fault(linear, RESERVED, access, user);
    }

    let at = directory;
    let parentHigh = pointerHigh;
    let entry = pde;
    let high = pdeHigh;
    let rights = pde;
    let noExecute = pdeHigh & NX;
    if (!large) {
      at = (pde & 0xfffff000) + (((linear >>> 12) & 0x1ff) << 3);
      parentHigh = pdeHigh;
      entry = Pae.read(pdeHigh, at);
      high = Pae.read(pdeHigh, at + 4);
      if ((entry & PRESENT) == 0) Paging.fault(linear, 0, access, user);
      if (high & Pae.reserved) Paging.fault(linear, RESERVED, access, user);
      rights &= entry;
      noExecute |= high & NX;
    }
    Paging.check(linear, rights, access, user);
    if (access == FETCH && noExecute != 0) Paging.fault(linear, PROTECTION, access, user);

    const leaf = entry | ACCESSED | (access == WRITE ? DIRTY : 0);
    if (!large && !(pde & ACCESSED)) Pae.mark(pointerHigh, directory, pde | ACCESSED);
    if (leaf != entry) Pae.mark(parentHigh, at, leaf);
    const offset: u32 = large ? 0x1fffff : 0xfff;
    Paging.physical =
      high & HIGH_ADDRESS ? NOWHERE | (linear & 0xfff) : (entry & 0xfffff000 & ~offset) | (linear & offset);
    return Paging.permissions(rights, leaf, noExecute == 0);
  }

  /** After CR3, or what turns paging on or changes its kind, was set from outside: reserved bits are the setter's business. */
  static reload(): void {
    const cr3 = load<u32>(CONTROL + 12) & 0xffffffe0;
    if ((Register.cr4 & CR4_PAE) == 0) return;
    for (let i: u32 = 0; i < 32; i += 4) store<u32>(PDPTES + i, Paging.readPhysical(cr3 + i));
  }
}
