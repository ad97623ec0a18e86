// Debug registers: breakpoints on instructions, data and ports, and which exception they make when. While any is enabled, blocks are
// of one instruction, `resume` looks at each, and pages with watched data stay out of the TLB; otherwise nothing is looked at.
// Source: Intel SDM vol. 3, 17.2 (registers), 17.3 (exceptions), 6.8.3 (MOV SS).

import { RF } from "./flags";
import { Interrupts } from "./interrupts";
import {
  BASE,
  CONTROL,
  CS,
  DEBUG,
  DEBUG_ARMED,
  DEBUG_TRAPS,
  EIP,
  FLAGS,
  HALTED,
  REMAINING,
  SEGMENT_BYTES,
  SEGMENTS,
  SOURCE_EXCEPTION,
} from "./layout";
import { Paging } from "./paging";

const DR6: u32 = DEBUG + 24;
const DR7: u32 = DEBUG + 28;
const CR4_DE: u32 = 8;
/** DR7: accesses to debug registers are #DB. */
export const GENERAL_DETECT: u32 = 0x2000;
/** DR6 */
export const BY_DETECT: u32 = 0x2000; // BD
export const BY_STEP: u32 = 0x4000; // BS
export const BY_TASK: u32 = 0x8000; // BT
/** DR7: L0 to L3 and LE, which a task switch clears. */
const LOCAL_ENABLES: u32 = 0x155;

/** What a breakpoint is for (DR7's R/W fields). */
const EXECUTE: u32 = 0;
const WRITE: u32 = 1;
const PORT: u32 = 2;
const ACCESS: u32 = 3;

/** DEBUG_ARMED */
const ARMED_CODE: u32 = 1;
const ARMED_DATA: u32 = 2;
const ARMED_PORTS: u32 = 4;

export class Debug {
  @inline private static kind(index: u32): u32 {
    return (load<u32>(DR7) >>> (16 + index * 4)) & 3;
  }

  /** Bytes that the breakpoint covers, less one: 0, 1, 3, or 7 on processors that have 8. */
  private static span(index: u32): u32 {
    const length = (load<u32>(DR7) >>> (18 + index * 4)) & 3;
    return length == 2 ? 7 : length;
  }

  @inline private static enabled(index: u32): bool {
    return ((load<u32>(DR7) >>> (index * 2)) & 3) != 0;
  }

  /** After a change of DR0 to DR3, DR7 or CR4.DE. */
  static derive(): void {
    let armed: u32 = 0;
    for (let index: u32 = 0; index < 4; index++) {
      if (!Debug.enabled(index)) continue;
      const kind = Debug.kind(index);
      if (kind == EXECUTE) armed |= ARMED_CODE;
      else if (kind != PORT) armed |= ARMED_DATA;
      else if (load<u32>(CONTROL + 16) & CR4_DE) armed |= ARMED_PORTS;
    }
    // What was watched may be so no more, and what is in the TLB may be from now on.
    if ((armed | load<u32>(DEBUG_ARMED)) & ARMED_DATA) Paging.flush();
    store<u32>(DEBUG_ARMED, armed);
  }

  /**
   * DR6's bits for an access to [first, first + size) by a breakpoint of kind `a` or `b`. If an enabled one matches, the
   * others that match tell so, too.
   */
  private static matches(first: u32, size: u32, a: u32, b: u32): u32 {
    const last = first + size - 1;
    let bits: u32 = 0;
    let hit = false;
    for (let index: u32 = 0; index < 4; index++) {
      const kind = Debug.kind(index);
      if (kind != a && kind != b) continue;
      const span = Debug.span(index);
      const from = load<u32>(DEBUG + index * 4) & ~span;
      if (first > from + span || last < from) continue;
      bits |= 1 << index;
      if (Debug.enabled(index)) hit = true;
    }
    return hit ? bits : 0;
  }

  /** Whether an enabled breakpoint watches data in the page of `linear`: the page must not be in the TLB. */
  static watchesPage(linear: u32): bool {
    if ((load<u32>(DEBUG_ARMED) & ARMED_DATA) == 0) return false;
    for (let index: u32 = 0; index < 4; index++) {
      const kind = Debug.kind(index);
      if (!Debug.enabled(index) || (kind != WRITE && kind != ACCESS)) continue;
      if (((load<u32>(DEBUG + index * 4) ^ linear) & 0xfffff000) == 0) return true;
    }
    return false;
  }

  /** An access to memory: what it hits becomes a trap after the instruction. */
  @inline static access(linear: u32, size: u32, write: u32): void {
    if (load<u32>(DEBUG_ARMED) & ARMED_DATA) Debug.watched(linear, size, write);
  }

  private static watched(linear: u32, size: u32, write: u32): void {
    store<u32>(DEBUG_TRAPS, load<u32>(DEBUG_TRAPS) | Debug.matches(linear, size, ACCESS, write ? WRITE : ACCESS));
  }

  /** An access to a port. */
  @inline static port(port: u32, size: u32): void {
    if (load<u32>(DEBUG_ARMED) & ARMED_PORTS) {
      store<u32>(DEBUG_TRAPS, load<u32>(DEBUG_TRAPS) | Debug.matches(port, size, PORT, PORT));
    }
  }

  /** Delivers #DB as a fault if there is a breakpoint at CS:EIP and RF does not let it pass; true if so. */
  static atInstruction(): bool {
    if ((load<u32>(DEBUG_ARMED) & ARMED_CODE) == 0 || (load<u32>(FLAGS) & RF) != 0) return false;
    const linear = load<u32>(SEGMENTS + CS * SEGMENT_BYTES, BASE) + load<u32>(EIP);
    const bits = Debug.matches(linear, 1, EXECUTE, EXECUTE);
    if (bits == 0) return false;
    Debug.spend();
    Debug.deliver(bits);
    return true;
  }

  /** Notes for DR6 why there will be a trap at the next boundary. */
  static trap(bits: u32): void {
    store<u32>(DEBUG_TRAPS, load<u32>(DEBUG_TRAPS) | bits);
  }

  /** DR6 and DR7 as #DB leaves them. */
  static report(bits: u32): void {
    store<u32>(DR6, load<u32>(DR6) | bits);
    store<u32>(DR7, load<u32>(DR7) & ~GENERAL_DETECT);
  }

  /** A delivery with no instruction before it costs one, as a fault does: its handler may lead to the next at once, and for ever. */
  private static spend(): void {
    store<i32>(REMAINING, load<i32>(REMAINING) - 1);
  }

  private static deliver(bits: u32): void {
    Debug.report(bits);
    store<u32>(HALTED, 0);
    Interrupts.deliver(1, SOURCE_EXCEPTION, 0, 0, load<u32>(EIP));
  }

  /** Delivers the traps that an instruction made. */
  static deliverTraps(): void {
    Debug.deliver(load<u32>(DEBUG_TRAPS));
  }

  /** Delivers those that were held up, or that the delivery of another event made. */
  static deliverLateTraps(): void {
    Debug.spend();
    Debug.deliverTraps();
  }

  /** A task switch. */
  static clearLocal(): void {
    store<u32>(DR7, load<u32>(DR7) & ~LOCAL_ENABLES);
    Debug.derive();
  }
}
