// The guest's page tables. The processor walks them itself, so every entry is checked before it gets there: it may only
// name frames of the domain, a page table is mapped read-only, and the hypervisor's part of a directory stays as it is.
// Two-level tables of 4 KiB pages (the first Xen/x86_32); the sizes and the split of an address stand in one place for a third level.
// Source: the Xen interface manual, "Memory management"; Xen public header xen.h (mmu_update, update_va_mapping, mmuext_op).

import type { PhysicalMemory } from "../cpu/physical.ts";
import { EBUSY, EINVAL, EPERM, HYPERVISOR_VIRT_START, PAGE, PAGE_SHIFT } from "./abi.ts";
import { type FrameTable, L1_TABLE, L2_TABLE, WRITABLE } from "./frames.ts";

export const PRESENT = 1;
export const READ_WRITE = 2;
export const USER = 4;
export const ACCESSED = 0x20;
export const DIRTY = 0x40;
/** Large pages and global ones are not for guests. */
const DISALLOWED = 0x180;

export const ENTRIES = 1024;
export const ENTRY_BYTES = 4;
export const directoryIndex = (linear: number): number => linear >>> 22;
export const tableIndex = (linear: number): number => (linear >>> PAGE_SHIFT) % ENTRIES;
/** Directory entries from here on are the hypervisor's. */
export const FIRST_HYPERVISOR_ENTRY = directoryIndex(HYPERVISOR_VIRT_START);

const frameOf = (entry: number): number => entry >>> PAGE_SHIFT;
const addressOf = (mfn: number, index: number): number => mfn * PAGE + index * ENTRY_BYTES;

export class PageTables {
  /** Entries looked at so far: what the hypervisor's work costs in guest time. */
  work = 0;

  /**
   * @param hypervisorEntries what stands in the hypervisor's part of every directory
   * @param flush called when a present entry changed
   */
  constructor(
    private readonly memory: PhysicalMemory,
    private readonly frames: FrameTable,
    private readonly hypervisorEntries: ReadonlyMap<number, number>,
    private readonly flush: () => void,
  ) {}

  /** Writes one entry of a table of the type that `mfn` has; 0 or an error. */
  update(mfn: number, index: number, entry: number, keepAccessed: boolean): number {
    switch (this.frames.typeOf(mfn)) {
      case L1_TABLE:
        return this.updateEntry(mfn, index, entry, keepAccessed, this.takeLeaf, this.dropLeaf);
      case L2_TABLE:
        if (index >= FIRST_HYPERVISOR_ENTRY) return EPERM;
        return this.updateEntry(mfn, index, entry, keepAccessed, this.takeBranch, this.dropBranch);
      default:
        return EINVAL;
    }
  }

  private updateEntry(
    mfn: number,
    index: number,
    wanted: number,
    keepAccessed: boolean,
    take: (entry: number, table: number) => number,
    drop: (entry: number, table: number) => void,
  ): number {
    this.work++;
    const at = addressOf(mfn, index);
    const old = this.memory.word(at);
    const kept = keepAccessed && (wanted & PRESENT) !== 0 ? old & (ACCESSED | DIRTY) : 0;
    const entry = (wanted | kept) >>> 0;
    if ((entry & PRESENT) !== 0) {
      const error = take(entry, mfn);
      if (error !== 0) return error;
    }
    this.memory.setWord(at, entry);
    if ((old & PRESENT) !== 0) {
      drop(old, mfn);
      this.flush();
    }
    return 0;
  }

  /** Counts what a leaf maps; 0 or an error, and then nothing is counted. */
  private readonly takeLeaf = (entry: number): number => {
    const mfn = frameOf(entry);
    if ((entry & DISALLOWED) !== 0 || !this.frames.exists(mfn)) return EINVAL;
    if (!this.frames.isMappable(mfn)) return EBUSY;
    if ((entry & READ_WRITE) !== 0 && !this.frames.takeType(mfn, WRITABLE)) return EBUSY;
    this.frames.reference(mfn);
    return 0;
  };

  private readonly dropLeaf = (entry: number): void => {
    const mfn = frameOf(entry);
    if ((entry & READ_WRITE) !== 0) this.frames.dropType(mfn);
    this.frames.release(mfn);
  };

  /** A directory may also name itself, read-only: that maps all page tables in one place. */
  private readonly takeBranch = (entry: number, directory: number): number => {
    if ((entry & DISALLOWED) !== 0) return EINVAL;
    const mfn = frameOf(entry);
    if (mfn === directory) return (entry & READ_WRITE) === 0 ? 0 : EINVAL;
    return this.take(mfn, L1_TABLE);
  };

  private readonly dropBranch = (entry: number, directory: number): void => {
    const mfn = frameOf(entry);
    if (mfn !== directory) this.drop(mfn);
  };

  /** One more use of a frame as a page table; it is checked when it becomes one. */
  take(mfn: number, type: typeof L1_TABLE | typeof L2_TABLE): number {
    const fresh = !this.frames.inUseAsType(mfn);
    if (!this.frames.takeType(mfn, type)) return EINVAL;
    if (fresh) {
      const error = type === L1_TABLE ? this.validateTable(mfn) : this.validateDirectory(mfn);
      if (error !== 0) {
        this.frames.dropType(mfn);
        return error;
      }
    }
    this.frames.reference(mfn);
    return 0;
  }

  /** One use less. */
  drop(mfn: number): void {
    const type = this.frames.typeOf(mfn);
    this.frames.release(mfn);
    if (!this.frames.dropType(mfn)) return;
    if (type === L1_TABLE) this.releaseEntries(mfn, ENTRIES, this.dropLeaf);
    else {
      this.releaseEntries(mfn, FIRST_HYPERVISOR_ENTRY, this.dropBranch);
      for (let index = FIRST_HYPERVISOR_ENTRY; index < ENTRIES; index++) this.memory.setWord(addressOf(mfn, index), 0);
    }
    this.flush();
  }

  private validateTable(mfn: number): number {
    return this.takeEntries(mfn, ENTRIES, this.takeLeaf, this.dropLeaf);
  }

  private validateDirectory(mfn: number): number {
    const error = this.takeEntries(mfn, FIRST_HYPERVISOR_ENTRY, this.takeBranch, this.dropBranch);
    if (error !== 0) return error;
    for (let index = FIRST_HYPERVISOR_ENTRY; index < ENTRIES; index++) {
      this.memory.setWord(addressOf(mfn, index), this.hypervisorEntries.get(index) ?? 0);
    }
    return 0;
  }

  /** All entries are counted, or none. */
  private takeEntries(
    mfn: number,
    count: number,
    take: (entry: number, table: number) => number,
    drop: (entry: number, table: number) => void,
  ): number {
    this.work += count;
    for (let index = 0; index < count; index++) {
      const entry = this.memory.word(addressOf(mfn, index));
      if ((entry & PRESENT) === 0) continue;
      const error = take(entry, mfn);
      if (error !== 0) {
        this.releaseEntries(mfn, index, drop);
        return error;
      }
    }
    return 0;
  }

  private releaseEntries(mfn: number, count: number, drop: (entry: number, table: number) => void): void {
    this.work += count;
    for (let index = 0; index < count; index++) {
      const entry = this.memory.word(addressOf(mfn, index));
      if ((entry & PRESENT) !== 0) drop(entry, mfn);
    }
  }

  /** Where the leaf entry of a linear address stands: the table's frame and the index; undefined where there is no table. */
  leafOf(directory: number, linear: number): { mfn: number; index: number } | undefined {
    const branch = this.memory.word(addressOf(directory, directoryIndex(linear)));
    if ((branch & PRESENT) === 0) return undefined;
    return { mfn: frameOf(branch), index: tableIndex(linear) };
  }
}
