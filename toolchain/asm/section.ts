// Sections under construction: a chain of fragments, some of which get their size only when everything is known.
//
// A data fragment holds bytes that are final but for fixups. Between data fragments stand those whose size depends on addresses:
// alignment, `.org`, jumps that may be short, fills with a count that is not known yet. Layout starts with every jump short and
// lets jumps grow until all reach their target; a jump never shrinks again, so this ends.

import type { Encoded } from "../../isa/encode.ts";
import { AssemblerError, type Position } from "./error.ts";
import type { Expression } from "./expression.ts";
import type { LineMark } from "./loc.ts";

/** Beyond this a section is taken for a mistake in the source (a wild `.space` or `.org`). */
export const MAX_SECTION_SIZE = 256 * 1024 * 1024;

/** Thread-local storage. */
export const SHF_TLS = 0x400;

/** Bytes that a symbol's value completes. */
export interface DataFixup {
  /** In the fragment. */
  offset: number;
  size: 1 | 2 | 4 | 8;
  /** relative: the value minus the address of the field is stored. */
  kind: "absolute" | "relative";
  expression: Expression;
  addend: number;
  /** A call, whose relocation keeps a global symbol's name even in the same section. */
  call: boolean;
  /** Not an instruction's: `.long` and its kin. */
  data?: boolean;
  /** Bytes of the instruction before the field. */
  before?: number;
  /** A load through the global offset table that the linker may simplify. */
  relaxable?: boolean;
  /** The section as a whole is meant, whatever the addend. */
  whole?: boolean;
  position: Position;
}

interface FragmentBase {
  /** The subsection, or after reading the section, that it is part of, and its place there. */
  chain: Fragment[];
  index: number;
  /** From the start of the section; set by layout. */
  address: number;
  position: Position;
}

export interface DataFragment extends FragmentBase {
  kind: "data";
  bytes: ByteBuffer;
  fixups: DataFixup[];
}

/** Zeros in a section without contents (`.bss`): only their number counts. */
export interface ReserveFragment extends FragmentBase {
  kind: "reserve";
  size: number;
}

export interface AlignFragment extends FragmentBase {
  kind: "align";
  alignment: number;
  /** Skip the alignment when it would take more bytes than this; 0 for no limit. */
  maximum: number;
  /** The pattern to fill with, or "nop" in code for the mode it stands in. */
  fill: Uint8Array | { nopBits: 16 | 32 };
}

export interface OrgFragment extends FragmentBase {
  kind: "org";
  target: Expression;
  fill: number;
}

export interface FillFragment extends FragmentBase {
  kind: "fill";
  count: Expression;
  pattern: Uint8Array;
}

/** A number whose size depends on its value (`.uleb128`, `.sleb128`). */
export interface Leb128Fragment extends FragmentBase {
  kind: "leb128";
  value: Expression;
  signed: boolean;
}

export interface JumpFragment extends FragmentBase {
  kind: "jump";
  short: Encoded;
  near: Encoded;
  target: Expression;
  form: "short" | "near";
}

export type Fragment =
  | DataFragment
  | ReserveFragment
  | AlignFragment
  | OrgFragment
  | FillFragment
  | Leb128Fragment
  | JumpFragment;

/** A point in a section: before the byte at `offset` of the fragment. */
export interface Location {
  section: Section;
  fragment: Fragment;
  offset: number;
}

/** A relocation by its name, whatever stands in the field. */
export interface AskedRelocation {
  /** A place, or an offset in the section. */
  offset: Expression;
  type: number;
  value: Expression;
  position: Position;
}

export interface LineEntry {
  location: Location;
  position: Position;
}

/** Bytes that grow. */
export class ByteBuffer {
  private storage = new Uint8Array(64);
  length = 0;

  /** Makes room for `count` zero bytes and returns them. */
  grow(count: number): Uint8Array {
    const start = this.length;
    const needed = start + count;
    if (needed > this.storage.length) {
      const larger = new Uint8Array(Math.max(needed, this.storage.length * 2));
      larger.set(this.storage);
      this.storage = larger;
    }
    this.length = needed;
    return this.storage.subarray(start, needed);
  }

  get bytes(): Uint8Array {
    return this.storage.subarray(0, this.length);
  }
}

type New<F> = F extends Fragment ? Omit<F, "index" | "address" | "chain"> : never;

export type NewFragment = New<Fragment>;

export class Section {
  /** Of the subsection that is being filled; of the whole section once it is joined. */
  fragments: Fragment[] = [];
  private readonly subsections = new Map<number, Fragment[]>([[0, this.fragments]]);
  /** Which subsection is being filled. */
  subsection = 0;
  readonly lines: LineEntry[] = [];
  /** Rows that `.loc` asks for. */
  readonly marks: LineMark[] = [];
  align = 1;
  /** Set by layout. */
  size = 0;
  /** The signature of the COMDAT group it belongs to. */
  group: string | undefined;
  /** Relocations that `.reloc` asks for. */
  readonly asked: AskedRelocation[] = [];

  constructor(
    readonly name: string,
    readonly type: number,
    readonly flags: number,
    readonly entrySize: number,
    /** No contents in the file, only a size. */
    readonly isNoBits: boolean,
  ) {}

  /** Goes on with the subsection of that number. */
  select(number: number): void {
    this.subsection = number;
    let chain = this.subsections.get(number);
    if (!chain) {
      chain = [];
      this.subsections.set(number, chain);
    }
    this.fragments = chain;
  }

  /** Puts the subsections behind each other, by their numbers: nothing can be added afterwards. */
  join(): void {
    if (this.subsections.size === 1) return;
    const numbers = [...this.subsections.keys()].sort((a, b) => a - b);
    this.fragments = numbers.flatMap((number) => this.subsections.get(number) ?? []);
    this.fragments.forEach((fragment, index) => {
      fragment.chain = this.fragments;
      fragment.index = index;
    });
  }

  /** Where the next byte will stand. */
  here(position: Position): Location {
    const last = this.fragments.at(-1);
    if (last?.kind === "data") return { section: this, fragment: last, offset: last.bytes.length };
    if (last?.kind === "reserve") return { section: this, fragment: last, offset: last.size };
    const fragment = this.isNoBits ? this.reserveFragment(position) : this.dataFragment(position);
    return { section: this, fragment, offset: 0 };
  }

  /** `size` zero bytes at the end, to be filled in by the caller, and the fragment that holds them. */
  put(size: number, position: Position): { fragment: DataFragment; offset: number; bytes: Uint8Array } {
    if (this.isNoBits)
      throw new AssemblerError(position, `section ${this.name} has no contents: only space can be reserved in it`);
    const fragment = this.dataFragment(position);
    const offset = fragment.bytes.length;
    this.checkSize(offset + size, position);
    return { fragment, offset, bytes: fragment.bytes.grow(size) };
  }

  reserve(size: number, position: Position): void {
    const fragment = this.reserveFragment(position);
    this.checkSize(fragment.size + size, position);
    fragment.size += size;
  }

  add(fragment: NewFragment): void {
    this.fragments.push({ ...fragment, chain: this.fragments, index: this.fragments.length, address: 0 } as Fragment);
  }

  checkSize(size: number, position: Position): void {
    if (size > MAX_SECTION_SIZE)
      throw new AssemblerError(position, `section ${this.name} grows beyond ${MAX_SECTION_SIZE} bytes`);
  }

  private dataFragment(position: Position): DataFragment {
    const last = this.fragments.at(-1);
    if (last?.kind === "data") return last;
    const index = this.fragments.length;
    const chain = this.fragments;
    const fragment: DataFragment = {
      kind: "data",
      chain,
      index,
      address: 0,
      position,
      bytes: new ByteBuffer(),
      fixups: [],
    };
    this.fragments.push(fragment);
    return fragment;
  }

  private reserveFragment(position: Position): ReserveFragment {
    const last = this.fragments.at(-1);
    if (last?.kind === "reserve") return last;
    const chain = this.fragments;
    const fragment: ReserveFragment = {
      kind: "reserve",
      chain,
      index: this.fragments.length,
      address: 0,
      position,
      size: 0,
    };
    this.fragments.push(fragment);
    return fragment;
  }
}

/**
 * The distance from `from` to `to` if no later decision can change it, else undefined. Both must be in one section.
 * Only fragments of a size that is known already may stand between.
 */
export function fixedDistance(from: Location, to: Location): number | undefined {
  if (from.fragment === to.fragment) return to.offset - from.offset;
  if (from.fragment.chain !== to.fragment.chain) return undefined;
  if (from.fragment.index > to.fragment.index) {
    const distance = fixedDistance(to, from);
    return distance === undefined ? undefined : -distance;
  }
  let distance = to.offset - from.offset;
  for (let i = from.fragment.index; i < to.fragment.index; i++) {
    const fragment = from.fragment.chain[i];
    if (fragment.kind === "data") distance += fragment.bytes.length;
    else if (fragment.kind === "reserve") distance += fragment.size;
    else return undefined;
  }
  return distance;
}

/** A location's offset in its section, after layout. */
export function offsetOf(location: Location): number {
  return location.fragment.address + location.offset;
}
