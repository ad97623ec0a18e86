// Memory that does not change while a block lives: its header and its records. What the interpreter patches is not among it, but
// for a link once it is set; a compiled program looks at the first record of the block a link leads to before it goes there.

import {
  ARENA,
  ARENA_END,
  BLOCK_COUNT,
  BLOCK_END,
  BLOCK_HEADER,
  BLOCK_HOST,
  BLOCK_LENGTH,
  BLOCK_MODE,
  BLOCK_SECOND,
  INDEX,
  LINK,
  LINK_AFTER,
  MODE_IN_LIMIT,
  MODE_SINGLE,
  OP,
  RECORD,
} from "../core/layout.ts";
import { Op } from "../core/ops.ts";

const FIXED_HEADER = new Set([BLOCK_COUNT, BLOCK_END, BLOCK_HOST, BLOCK_LENGTH, BLOCK_MODE, BLOCK_SECOND]);

export class Records {
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;
  /** Blocks that the program may know: those it runs through and those they lead to. */
  private readonly blocks = new Set<number>();

  constructor(buffer: ArrayBuffer) {
    this.words = new Int32Array(buffer);
    this.bytes = new Uint8Array(buffer);
  }

  forget(): void {
    this.blocks.clear();
  }

  op(record: number): number {
    return this.bytes[record + OP] | (this.bytes[record + OP + 1] << 8);
  }

  index(record: number): number {
    return this.bytes[record + INDEX];
  }

  /** Whether a block starts at `address` that counts its entries or is compiled: neither thrown away nor anything else. */
  learn(address: number): boolean {
    if (address < ARENA || address >= ARENA_END || (address & 3) !== 0) return false;
    const op = this.op(address);
    if (op !== Op.COUNT && op !== Op.COMPILED) return false;
    this.blocks.add(address);
    return true;
  }

  /** Bytes at a constant address as an unsigned number, if they are fixed. `current` is the record being run. */
  fixed(address: number, size: number, current: number): number | undefined {
    if (address < ARENA || address >= ARENA_END || size > 4) return undefined;
    const block = this.owner(address);
    if (block === undefined) return undefined;
    const offset = address - block;
    if (offset < 0) return size === 4 && FIXED_HEADER.has(offset) ? this.read(address, size) : undefined;
    const record = block + offset - (offset % RECORD);
    const field = offset % RECORD;
    if (field < INDEX) return record === current ? this.read(address, size) : undefined;
    const last = record + RECORD === this.end(block);
    if (last && (field === LINK || field === LINK_AFTER)) {
      const link = this.read(address, size);
      return link !== 0 && this.learn(link) ? link : undefined;
    }
    return this.read(address, size);
  }

  /** Whether a record of a block that is known is its last. */
  isLast(record: number): boolean {
    const block = this.owner(record);
    return block !== undefined && record + RECORD === this.end(block);
  }

  /** MODE while the record's block runs: before an instruction that changes it, which is a block's last. */
  mode(record: number): number {
    return this.words[((this.owner(record) ?? 0) + BLOCK_MODE) >> 2] & ~(MODE_SINGLE | MODE_IN_LIMIT);
  }

  private owner(address: number): number | undefined {
    for (const block of this.blocks) {
      if (address >= block - BLOCK_HEADER && address < this.end(block)) return block;
    }
    return undefined;
  }

  private end(block: number): number {
    return this.words[(block + BLOCK_END) >> 2];
  }

  private read(address: number, size: number): number {
    const { bytes } = this;
    if (size === 1) return bytes[address];
    if (size === 2) return bytes[address] | (bytes[address + 1] << 8);
    return this.words[address >> 2] >>> 0;
  }
}
