// Who may use a machine frame and for what. A frame has one type at a time, and counts who uses it as that: so a page table is
// never writable by the guest, and what the guest may write is never taken for a page table. That is the whole of a
// paravirtual guest's confinement; page-tables.ts and segments.ts check what the frames of the special types hold.
// Source: the Xen interface manual, "Memory management" (page types and reference counts).

import type { DeviceState } from "../bus.ts";
import { bytesField, numberField } from "../devices/state.ts";
import type { MachineLayout } from "./layout.ts";
import { MFN_SHARED_INFO } from "./layout.ts";

export const UNTYPED = 0;
export const WRITABLE = 1;
export const L1_TABLE = 2;
export const L2_TABLE = 3;
export const DESCRIPTORS = 4;
export type FrameType = typeof UNTYPED | typeof WRITABLE | typeof L1_TABLE | typeof L2_TABLE | typeof DESCRIPTORS;

const NOBODY = 0;
const DOMAIN = 1;
/** The hypervisor's, for the guest to write to: the shared info page. */
const SHARED = 2;

export class FrameTable {
  private readonly owners: Uint8Array;
  private readonly types: Uint8Array;
  private readonly typeCounts: Uint32Array;
  private readonly references: Uint32Array;
  private readonly pins: Uint8Array;
  /** How many frames are the domain's. */
  private owned = 0;

  constructor(private readonly layout: MachineLayout) {
    const count = layout.firstMfn + layout.pages;
    this.owners = new Uint8Array(count);
    this.types = new Uint8Array(count);
    this.typeCounts = new Uint32Array(count);
    this.references = new Uint32Array(count);
    this.pins = new Uint8Array(count);
  }

  /** The domain has all of its frames, and nothing uses any of them. */
  reset(): void {
    const { firstMfn } = this.layout;
    for (const table of [this.owners, this.types, this.typeCounts, this.references, this.pins]) table.fill(0);
    this.owners.fill(DOMAIN, firstMfn);
    this.owners[MFN_SHARED_INFO] = SHARED;
    this.owned = this.layout.pages;
  }

  get ownedCount(): number {
    return this.owned;
  }

  /** Is there such memory? */
  exists(mfn: number): boolean {
    return mfn < this.owners.length;
  }

  isOwned(mfn: number): boolean {
    return this.owners[mfn] === DOMAIN;
  }

  /** May the guest map it at all? */
  isMappable(mfn: number): boolean {
    const owner = this.owners[mfn];
    return owner === DOMAIN || owner === SHARED;
  }

  typeOf(mfn: number): FrameType {
    return (this.types[mfn] ?? UNTYPED) as FrameType;
  }

  /** Is anything using the frame as its type? */
  inUseAsType(mfn: number): boolean {
    return (this.typeCounts[mfn] ?? 0) > 0;
  }

  /** One more mapping. The frame must be mappable. */
  reference(mfn: number): void {
    this.references[mfn]++;
  }

  release(mfn: number): void {
    this.references[mfn]--;
  }

  /** One more use as `type`, which the frame must have or be free to take; what it holds is the caller's to check. */
  takeType(mfn: number, type: FrameType): boolean {
    if (this.owners[mfn] !== DOMAIN && !(this.owners[mfn] === SHARED && type === WRITABLE)) return false;
    if (this.typeCounts[mfn] > 0 && this.types[mfn] !== type) return false;
    this.types[mfn] = type;
    this.typeCounts[mfn]++;
    return true;
  }

  /** One use less; true if it was the last one, and the frame has no type any more. */
  dropType(mfn: number): boolean {
    this.typeCounts[mfn]--;
    if (this.typeCounts[mfn] > 0) return false;
    this.types[mfn] = UNTYPED;
    return true;
  }

  isPinned(mfn: number): boolean {
    return this.pins[mfn] === 1;
  }

  setPinned(mfn: number, pinned: boolean): void {
    this.pins[mfn] = pinned ? 1 : 0;
  }

  /** Gives a frame that nothing uses back to the hypervisor. */
  free(mfn: number): boolean {
    if (this.owners[mfn] !== DOMAIN || this.references[mfn] > 0 || this.typeCounts[mfn] > 0) return false;
    this.owners[mfn] = NOBODY;
    this.owned--;
    return true;
  }

  /** The lowest frame that was given back becomes the domain's again; undefined when it has all. */
  allocate(): number | undefined {
    if (this.owned === this.layout.pages) return undefined;
    const mfn = this.owners.indexOf(NOBODY, this.layout.firstMfn);
    if (mfn < 0) return undefined;
    this.owners[mfn] = DOMAIN;
    this.owned++;
    return mfn;
  }

  save(): DeviceState {
    return {
      owners: this.owners.slice(),
      types: this.types.slice(),
      typeCounts: bytesOf(this.typeCounts),
      references: bytesOf(this.references),
      pins: this.pins.slice(),
      owned: this.owned,
    };
  }

  load(state: DeviceState): void {
    const tables = {
      owners: this.owners,
      types: this.types,
      typeCounts: bytesView(this.typeCounts),
      references: bytesView(this.references),
      pins: this.pins,
    };
    for (const [field, table] of Object.entries(tables)) table.set(bytesField(state, field, table.length));
    this.owned = numberField(state, "owned");
  }
}

const bytesView = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer);
const bytesOf = (words: Uint32Array): Uint8Array => bytesView(words).slice();
