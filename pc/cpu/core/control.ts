// Jumps, calls and returns inside the code segment, and the step from one block to the next.
// Each returns the first record of the block to go on with, or 0 to leave the dispatch loop.
// Records: IMMEDIATE is the target's distance from the start of the block; MISC bit 0 says that the target is truncated to 16 bits.
// Source: Intel SDM vol. 2, JMP, Jcc, CALL, RET, LOOP, JCXZ.

import { Blocks } from "./blocks";
import { Flags } from "./flags";
import { compile } from "./host.external";
import {
  A,
  AFTER,
  BASE,
  BLOCK,
  BLOCK_COUNT,
  BLOCK_HOST,
  BLOCK_MODE,
  BLOCK_SECOND,
  CS,
  CURRENT,
  DST,
  EIP,
  HIGH,
  IMMEDIATE,
  INDEX,
  LINK,
  LINK_AFTER,
  MISC,
  MODE_CODE32,
  MODE_IN_LIMIT,
  MODE_SINGLE,
  REGISTERS,
  REMAINING,
  SEGMENT_BYTES,
  SEGMENTS,
  START,
  UNFINISHED,
} from "./layout";
import { Stack } from "./stack";
import { Raise, Record } from "./state";

const CODE_SEGMENT: u32 = SEGMENTS + CS * SEGMENT_BYTES;
const TRUNCATE: u32 = 1;
/** LOOP: MISC bits 1-2 the kind, bit 3 whether CX counts rather than ECX. */
const LOOP_KIND: u32 = 6;
const LOOP_CX: u32 = 8;
/** Beyond the processor's state. */
const FAR_OFFSET: u32 = 0x1000;

export class Control {
  /** Starts `block` if the slice has room for all of it. EIP must be the block's. */
  @inline static enter(block: u32): u32 {
    const left = load<i32>(REMAINING) - load<i32>(block + BLOCK_COUNT);
    if (left < 0) return 0;
    store<i32>(REMAINING, left);
    store<u32>(BLOCK, block);
    return block;
  }

  /** Counts an entry of the block (IMMEDIATE: how many are left). Returns whether the record is another one now. */
  static count(record: u32): bool {
    const left = load<i32>(record, IMMEDIATE) - 1;
    store<i32>(record, left, IMMEDIATE);
    if (left != 0) return false;
    compile(record);
    return true;
  }

  /** Runs the block's compiled form (DST: its place in the table), which returns as the functions here do. */
  @inline static compiled(record: u32): u32 {
    return call_indirect<u32>(load<u32>(record, DST));
  }

  /** Instructions of a block. The constant is the access's own, so that the compiler sees that it does not touch the state. */
  @inline private static countOf(block: u32): i32 {
    return load<i32>(block + BLOCK_COUNT - FAR_OFFSET, FAR_OFFSET);
  }

  /** Goes on with the block that `link` of the record leads to, if it is known and there is room for it; else 0. */
  @inline private static follow(link: u32, distance: u32): u32 {
    if (link != 0) {
      const left = load<i32>(REMAINING) - Control.countOf(link);
      if (left >= 0) {
        store<i32>(REMAINING, left);
        store<u32>(EIP, load<u32>(EIP) + distance);
        store<u32>(BLOCK, link);
        return link;
      }
    }
    return 0;
  }

  @inline static jump(record: u32): u32 {
    const block = Control.follow(load<u32>(record, LINK), load<u32>(record, IMMEDIATE));
    return block ? block : Control.branchSlow(record, 1);
  }

  @inline static branch(record: u32, taken: u32): u32 {
    let block: u32;
    if (taken) block = Control.follow(load<u32>(record, LINK), load<u32>(record, IMMEDIATE));
    else block = Control.follow(load<u32>(record, LINK_AFTER), <u32>load<u16>(record, AFTER));
    return block ? block : Control.branchSlow(record, taken);
  }

  static branchSlow(record: u32, taken: u32): u32 {
    if (taken) return Control.go(record, load<u32>(EIP) + load<u32>(record, IMMEDIATE), LINK);
    return Control.next(record);
  }

  /** Falls through to the block after `record`'s instruction. */
  static next(record: u32): u32 {
    return Control.proceed(record, Record.after(record), LINK_AFTER);
  }

  /** Jumps to `target`; `link` is where in the record a direct jump remembers its block, or 0. */
  static go(record: u32, target: u32, link: u32): u32 {
    return Control.proceed(record, Control.checked(record, target), link);
  }

  /** The target, truncated if the operand size says so; #GP(0) beyond the limit. */
  private static checked(record: u32, target: u32): u32 {
    if (load<u8>(record, MISC) & TRUNCATE) target &= 0xffff;
    if (target > load<u32>(CODE_SEGMENT, HIGH)) {
      Raise.at(record);
      Raise.generalProtection(0);
    }
    return target;
  }

  static proceed(record: u32, target: u32, link: u32): u32 {
    const source = load<u32>(BLOCK);
    const old = load<u32>(EIP);
    store<u32>(EIP, target);
    store<u32>(CURRENT, 0);
    if (load<i32>(REMAINING) <= 0 || (load<u32>(source + BLOCK_MODE) & MODE_SINGLE) != 0) return 0;
    const generation = Blocks.generation;
    const block = Blocks.find(0);
    if (link != 0 && generation == Blocks.generation && Control.mayChain(record, source, block, old, target)) {
      store<u32>(record + link, block);
    }
    return Control.enter(block);
  }

  /** Blocks of one linear page, every offset of which is in the segment: nothing but a change of the code can part them. */
  private static mayChain(record: u32, source: u32, block: u32, old: u32, target: u32): bool {
    const mode = load<u32>(source + BLOCK_MODE);
    if ((mode & (MODE_IN_LIMIT | MODE_SINGLE)) != MODE_IN_LIMIT || load<u32>(block + BLOCK_MODE) != mode) return false;
    if ((load<u8>(record, MISC) & TRUNCATE) != 0 && (mode & MODE_CODE32) != 0) return false;
    if (load<u32>(block + BLOCK_SECOND) != 0 || load<u32>(source + BLOCK_SECOND) != 0) return false;
    const base = load<u32>(CODE_SEGMENT, BASE);
    if (((base + old) ^ (base + target)) & 0xfffff000) return false;
    return ((load<u32>(block + BLOCK_HOST) ^ load<u32>(source + BLOCK_HOST)) & 0xfffff000) == 0;
  }

  static jumpIndirect(record: u32): u32 {
    return Control.go(record, load<u32>(load<u32>(record, A)), 0);
  }

  @inline private static pushReturn(record: u32): void {
    const after = Record.after(record);
    if (load<u8>(record, MISC) & TRUNCATE) Stack.pushValue<u16>(record, <u16>after);
    else Stack.pushValue<u32>(record, after);
  }

  static call(record: u32): u32 {
    const link = load<u32>(record, LINK);
    if (link == 0) Control.checked(record, load<u32>(EIP) + load<u32>(record, IMMEDIATE));
    Control.pushReturn(record);
    return Control.jump(record);
  }

  static callIndirect(record: u32): u32 {
    const target = Control.checked(record, load<u32>(load<u32>(record, A)));
    Control.pushReturn(record);
    return Control.proceed(record, target, 0);
  }

  /** RET: IMMEDIATE is what it releases of the caller's arguments. */
  static ret(record: u32): u32 {
    const pointer = Stack.pointer;
    let target: u32;
    let size: i32;
    if (load<u8>(record, MISC) & TRUNCATE) {
      target = Stack.at<u16>(record, pointer);
      size = 2;
    } else {
      target = Stack.at<u32>(record, pointer);
      size = 4;
    }
    Control.checked(record, target);
    Stack.pointer = Stack.move(pointer, size + Record.immediate(record));
    return Control.proceed(record, target, 0);
  }

  /** LOOP, LOOPE, LOOPNE and JCXZ (kinds 0, 1, 2, 3). */
  static loop(record: u32): u32 {
    const misc = load<u8>(record, MISC);
    const kind = (misc & LOOP_KIND) >>> 1;
    const count: u32 = misc & LOOP_CX ? load<u16>(REGISTERS + 4) : load<u32>(REGISTERS + 4);
    if (kind == 3) return Control.branch(record, u32(count == 0));
    const left = count - 1;
    const more = misc & LOOP_CX ? left & 0xffff : left;
    let taken = u32(more != 0);
    if (kind == 1) taken &= Flags.zero;
    else if (kind == 2) taken &= Flags.zero ^ 1;
    if (taken) Control.checked(record, load<u32>(EIP) + load<u32>(record, IMMEDIATE));
    if (misc & LOOP_CX) store<u16>(REGISTERS + 4, <u16>left);
    else store<u32>(REGISTERS + 4, left);
    return Control.branch(record, taken);
  }

  /** Leaves at the start of `record`'s instruction. */
  static exit(record: u32): void {
    const block = load<u32>(BLOCK);
    store<i32>(REMAINING, load<i32>(REMAINING) + load<i32>(block + BLOCK_COUNT) - <i32>load<u8>(record, INDEX));
    store<u32>(EIP, load<u32>(EIP) + load<u16>(record, START));
  }

  /** Leaves at `record`'s instruction, which has run once and will run again (a long string instruction). */
  static again(record: u32): void {
    Control.exit(record);
    store<i32>(REMAINING, load<i32>(REMAINING) - 1);
    store<u32>(UNFINISHED, 1);
  }
}
