// Which bytes of host memory are decoded code, and what happens when they are written.

import {
  BLOCK,
  BLOCK_END,
  BLOCK_HOST,
  BLOCK_LENGTH,
  BLOCK_MODE,
  BLOCK_NEXT,
  BLOCK_PAGE_NEXT,
  CODE_MAP,
  CURRENT,
  HASH,
  HASH_ENTRIES,
  HOST_BASE,
  INDEX,
  INVALIDATIONS,
  OP,
  PAGE_HEADS,
  RECORD,
} from "./layout";
import { Op } from "./ops";

export class CodeMap {
  @inline static hash(host: u32, mode: u32): u32 {
    return ((host ^ (host >>> 15) ^ (mode << 8)) & (HASH_ENTRIES - 1)) << 2;
  }

  @inline static pageHead(host: u32): u32 {
    return load<u32>(PAGE_HEADS) + (((host - HOST_BASE) >>> 12) << 2);
  }

  /** Marks [host, host + length), inside one page, as code. */
  static mark(host: u32, length: u32): void {
    const map = load<u32>(CODE_MAP);
    for (let offset = host - HOST_BASE, end = offset + length; offset < end; offset++) {
      const byte = map + (offset >>> 3);
      const bit: u32 = 1 << (offset & 7);
      store<u8>(byte, <u8>(<u32>load<u8>(byte) | bit));
    }
  }

  private static clear(host: u32, length: u32): void {
    const map = load<u32>(CODE_MAP);
    for (let offset = host - HOST_BASE, end = offset + length; offset < end; offset++) {
      const byte = map + (offset >>> 3);
      const bit: u32 = 1 << (offset & 7);
      store<u8>(byte, <u8>(<u32>load<u8>(byte) & ~bit));
    }
  }

  /** Up to 4 bytes inside one page were written: throws away the blocks that one of them belongs to. */
  static written(host: u32, size: u32): void {
    const offset = host - HOST_BASE;
    const bits = <u32>load<u16>(load<u32>(CODE_MAP) + (offset >>> 3)) >>> (offset & 7);
    if (bits & ((1 << size) - 1)) CodeMap.invalidate(host, size);
  }

  /** Any number of bytes inside one page were written (DMA, tools, string instructions). */
  static writtenRange(host: u32, length: u32): void {
    if (load<u32>(CodeMap.pageHead(host)) == 0) return;
    const map = load<u32>(CODE_MAP);
    for (let offset = host - HOST_BASE, end = offset + length; offset < end; offset++) {
      if ((load<u8>(map + (offset >>> 3)) >>> (offset & 7)) & 1) {
        CodeMap.invalidate(host, length);
        return;
      }
    }
  }

  @inline private static end(block: u32): u32 {
    const start = load<u32>(block + BLOCK_HOST);
    return start + min<u32>(load<u32>(block + BLOCK_LENGTH), 0x1000 - (start & 0xfff));
  }

  /** Throws away the page's blocks that overlap [host, host + length); the others and the links between them stay. */
  private static invalidate(host: u32, length: u32): void {
    const head = CodeMap.pageHead(host);
    let low = host;
    let high = host + length;
    let slot = head;
    for (let block = load<u32>(slot); block; block = load<u32>(slot)) {
      const start = load<u32>(block + BLOCK_HOST);
      const end = CodeMap.end(block);
      if (start < host + length && host < end) {
        low = min<u32>(low, start);
        high = max<u32>(high, end);
        store<u32>(slot, load<u32>(block + BLOCK_PAGE_NEXT));
        CodeMap.kill(block);
      } else slot = block + BLOCK_PAGE_NEXT;
    }
    CodeMap.clear(low, high - low);
    // What was marked there for blocks that stay.
    for (let block = load<u32>(head); block; block = load<u32>(block + BLOCK_PAGE_NEXT)) {
      const from = max<u32>(low, load<u32>(block + BLOCK_HOST));
      const to = min<u32>(high, CodeMap.end(block));
      if (from < to) CodeMap.mark(from, to - from);
    }
    store<u32>(INVALIDATIONS, load<u32>(INVALIDATIONS) + 1);
  }

  /** Nobody finds the block any more, and who is linked to it leaves at its first record and looks for a new one. */
  private static kill(block: u32): void {
    CodeMap.unhash(block);
    store<u16>(block, <u16>Op.EXIT, OP);
    if (block == load<u32>(BLOCK)) CodeMap.cutShort(block);
  }

  private static unhash(block: u32): void {
    let slot = HASH + CodeMap.hash(load<u32>(block + BLOCK_HOST), load<u32>(block + BLOCK_MODE));
    for (let other = load<u32>(slot); other; other = load<u32>(slot)) {
      const next = other + BLOCK_NEXT;
      if (other == block) {
        store<u32>(slot, load<u32>(next));
        return;
      }
      slot = next;
    }
  }

  /** The running block's instructions after the present one become exits, so that the next one is decoded anew. */
  private static cutShort(block: u32): void {
    const current = load<u32>(CURRENT);
    const end = load<u32>(block + BLOCK_END);
    if (current < block || current >= end) return;
    const index = load<u8>(current, INDEX);
    for (let record = current + RECORD; record < end; record += RECORD) {
      if (load<u8>(record, INDEX) != index) store<u16>(record, <u16>Op.EXIT, OP);
    }
  }
}
