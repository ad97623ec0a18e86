// Blocks of decoded code: found by host address and mode, made by the lifter (TypeScript) when missing.

import { CodeMap } from "./codemap";
import { lift, readMemory } from "./host.external";
import {
  ARENA,
  ARENA_END,
  ARENA_NEXT,
  BASE,
  BLOCK_END,
  BLOCK_HEADER,
  BLOCK_HOST,
  BLOCK_LENGTH,
  BLOCK_MODE,
  BLOCK_NEXT,
  BLOCK_PAGE_NEXT,
  BLOCK_SECOND,
  CODE_MAP,
  CS,
  EIP,
  EXECUTE_SHIFT,
  HASH,
  HASH_ENTRIES,
  HIGH,
  HOST_BYTES,
  LIFTED_BLOCKS,
  MODE,
  MODE_CODE32,
  MODE_IN_LIMIT,
  MODE_SINGLE,
  PAGE_HEADS,
  READ_MASK,
  SCRATCH,
  SEGMENT_BYTES,
  SEGMENTS,
} from "./layout";
import { Paging } from "./paging";
import { Raise, Register } from "./state";

const CODE_SEGMENT: u32 = SEGMENTS + CS * SEGMENT_BYTES;
/** No block needs more than this (the lifter keeps to it). */
const LARGEST_BLOCK: u32 = 0x8000;
const LONGEST_INSTRUCTION: u32 = 15;

export class Blocks {
  /** Changes whenever all blocks are thrown away, so that a stale record is not patched. */
  static generation: u32 = 0;

  /**
   * The block at CS:EIP for the present mode; faults as an instruction fetch does.
   * @param single MODE_SINGLE for a block of one instruction, else 0
   */
  static find(single: u32): u32 {
    const eip = load<u32>(EIP);
    const linear = load<u32>(CODE_SEGMENT + BASE) + eip;
    const limit = load<u32>(CODE_SEGMENT + HIGH);
    let word = Paging.word(linear);
    if ((word & (load<u32>(READ_MASK) << EXECUTE_SHIFT)) == 0) {
      if (eip > limit) Raise.generalProtection(0);
      word = Paging.fillCode(linear, u32(Register.cpl == 3));
      if (word == 0) return Blocks.fromBus(linear);
    }
    const host = Paging.host(linear, word);
    let mode = load<u32>(MODE) | single;
    const first = eip - (linear & 0xfff);
    const last = first + 0xfff;
    if (first <= eip && last >= first && last <= limit && (last <= 0xffff || (mode & MODE_CODE32) != 0))
      mode |= MODE_IN_LIMIT;
    let block = load<u32>(CodeMap.hash(host, mode), HASH);
    while (block) {
      if (load<u32>(block + BLOCK_HOST) == host && load<u32>(block + BLOCK_MODE) == mode) {
        if ((mode & MODE_IN_LIMIT) == 0 && !Blocks.inLimit(block, eip, limit)) {
          if (single) Raise.generalProtection(0);
          return Blocks.find(MODE_SINGLE);
        }
        if (load<u32>(block + BLOCK_SECOND) == 0 || Blocks.sameSecond(block, linear)) return block;
      }
      block = load<u32>(block + BLOCK_NEXT);
    }
    return Blocks.make(eip, linear, limit, host, mode);
  }

  private static inLimit(block: u32, eip: u32, limit: u32): bool {
    const last = eip + load<u32>(block + BLOCK_LENGTH) - 1;
    return eip <= limit && last >= eip && last <= limit;
  }

  private static fetchPage(linear: u32): u32 {
    let word = Paging.word(linear);
    if ((word & (load<u32>(READ_MASK) << EXECUTE_SHIFT)) == 0) {
      word = Paging.fillCode(linear, u32(Register.cpl == 3));
    }
    return word;
  }

  /** Whether the second page of a crossing block is the page it was decoded from, with the bytes it had. */
  private static sameSecond(block: u32, linear: u32): bool {
    const next = (linear & 0xfffff000) + 0x1000;
    const word = Blocks.fetchPage(next);
    if (word == 0 || Paging.host(next, word) != load<u32>(block + BLOCK_SECOND)) return false;
    const crossing = linear + load<u32>(block + BLOCK_LENGTH) - next;
    return memory.compare(Paging.host(next, word), load<u32>(block + BLOCK_END), crossing) == 0;
  }

  private static reserve(): void {
    if (load<u32>(ARENA_NEXT) + LARGEST_BLOCK > <u32>ARENA_END) Blocks.flush();
  }

  /** Throws away every block. */
  static flush(): void {
    // Nothing made yet, nothing to clear: the tables are large and their pages not yet touched.
    if (load<u32>(ARENA_NEXT) == ARENA) return;
    memory.fill(HASH, 0, HASH_ENTRIES << 2);
    const bytes = load<u32>(HOST_BYTES);
    memory.fill(load<u32>(PAGE_HEADS), 0, bytes >>> 10);
    memory.fill(load<u32>(CODE_MAP), 0, bytes >>> 3);
    store<u32>(ARENA_NEXT, ARENA);
    Blocks.generation++;
  }

  private static make(eip: u32, linear: u32, limit: u32, host: u32, mode: u32): u32 {
    if (eip > limit) Raise.generalProtection(0);
    Blocks.reserve();
    const room = limit - eip; // bytes after the first one
    const inPage: u32 = 0x1000 - (linear & 0xfff);
    const available = room < inPage ? room + 1 : inPage;
    const block = lift(host, available, mode);
    if (block == 0) return Blocks.makeCrossing(linear, room, inPage, host, mode);
    Blocks.enter(block, host, mode, 0, load<u32>(block + BLOCK_LENGTH));
    store<u32>(ARENA_NEXT, load<u32>(block + BLOCK_END));
    return block;
  }

  /**
   * Makes a block known: to `find` by its address and mode, to its page for when its code is written.
   * @param second host address of the second page, or 0
   * @param length bytes of code in the first page
   */
  private static enter(block: u32, host: u32, mode: u32, second: u32, length: u32): void {
    store<u32>(block + BLOCK_HOST, host);
    store<u32>(block + BLOCK_MODE, mode);
    store<u32>(block + BLOCK_SECOND, second);
    const slot = HASH + CodeMap.hash(host, mode);
    store<u32>(block + BLOCK_NEXT, load<u32>(slot));
    store<u32>(slot, block);
    const head = CodeMap.pageHead(host);
    const sibling = load<u32>(head);
    store<u32>(block + BLOCK_PAGE_NEXT, sibling);
    store<u32>(head, block);
    if (sibling == 0) Paging.guardPage(host & 0xfffff000);
    CodeMap.mark(host, length);
    store<u32>(LIFTED_BLOCKS, load<u32>(LIFTED_BLOCKS) + 1);
  }

  /** A block of one instruction that crosses into the next page. A copy of its bytes there follows the records. */
  private static makeCrossing(linear: u32, room: u32, inPage: u32, host: u32, mode: u32): u32 {
    if (room < inPage) Raise.generalProtection(0);
    const next = (linear & 0xfffff000) + 0x1000;
    const word = Blocks.fetchPage(next);
    const second = word ? Paging.host(next, word) : 0;
    memory.copy(SCRATCH, host, inPage);
    if (second) memory.copy(SCRATCH + inPage, second, LONGEST_INSTRUCTION);
    else Blocks.readBus(SCRATCH + inPage, Paging.physical, LONGEST_INSTRUCTION);
    const available = min<u32>(inPage + LONGEST_INSTRUCTION, room >= LONGEST_INSTRUCTION ? 32 : room + 1);
    const block = lift(SCRATCH, available, mode | MODE_SINGLE);
    if (block == 0) Raise.generalProtection(0);
    if (second == 0) return block;
    Blocks.enter(block, host, mode, second, inPage);
    const end = load<u32>(block + BLOCK_END);
    memory.copy(end, second, LONGEST_INSTRUCTION);
    store<u32>(ARENA_NEXT, end + BLOCK_HEADER);
    return block;
  }

  private static readBus(to: u32, physical: u32, length: u32): void {
    for (let i: u32 = 0; i < length; i++) store<u8>(to + i, <u8>readMemory(physical + i, 1));
  }

  /** An instruction that lies in neither RAM nor ROM: decoded each time. */
  private static fromBus(linear: u32): u32 {
    Blocks.reserve();
    Blocks.readBus(SCRATCH, Paging.physical, LONGEST_INSTRUCTION);
    const block = lift(SCRATCH, LONGEST_INSTRUCTION, load<u32>(MODE) | MODE_SINGLE);
    if (block == 0) Raise.generalProtection(0);
    store<u32>(block + BLOCK_HOST, linear);
    store<u32>(block + BLOCK_MODE, MODE_SINGLE);
    return block;
  }
}
