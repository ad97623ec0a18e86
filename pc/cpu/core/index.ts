// The core's face to the wrapper (pc/cpu/cpu.ts).

import { Blocks } from "./blocks";
import { CodeMap } from "./codemap";
import { Control } from "./control";
import { BY_STEP, Debug } from "./debug";
import { Execute } from "./execute";
import { Flags, IF, RF, TF, VIF } from "./flags";
import { acknowledgeInterrupt } from "./host.external";
import { Interrupts } from "./interrupts";
import {
  ARENA,
  ARENA_NEXT,
  BLOCK,
  CURRENT,
  DEBUG_ARMED,
  DEBUG_TRAPS,
  DEFERRED,
  DELIVERING,
  EIP,
  FLAGS,
  HALTED,
  INHIBIT,
  INHIBIT_ALL,
  MODE_SINGLE,
  NMI_MASKED,
  PENDING,
  PENDING_INTERRUPT,
  PENDING_NMI,
  REMAINING,
  RETIRED,
  SHUTDOWN,
  SLICE,
  SOURCE_EXTERNAL,
  STOP,
  TRAP_CANCELLED,
  UNFINISHED,
} from "./layout";
import { Pae } from "./pae";
import { Paging } from "./paging";
import { Segments } from "./segments";
import { Vectors } from "./simd/vectors";
import { System } from "./system";
import { VirtualInterrupts } from "./virtual";

/** Gives the core `count` instructions to run; `resume` runs them. */
export function grant(count: i32): void {
  store<i32>(REMAINING, count);
  store<i32>(DEFERRED, 0);
  store<i32>(SLICE, count);
  store<u32>(STOP, 0);
  store<u32>(CURRENT, 0);
}

/** Ends a slice: what it ran is added to the total. */
export function settle(): void {
  store<u32>(CURRENT, 0);
  store<u64>(RETIRED, System.executed());
  store<i32>(REMAINING, 0);
  store<i32>(DEFERRED, 0);
  store<i32>(SLICE, 0);
}

/** Runs until the grant is used up, the processor halts or shuts down, or `stop` was asked for. */
export function resume(): void {
  while (true) {
    store<u32>(CURRENT, 0);
    const remaining = load<i32>(REMAINING) + load<i32>(DEFERRED);
    store<i32>(REMAINING, remaining);
    store<i32>(DEFERRED, 0);
    if (load<u32>(STOP) | load<u32>(SHUTDOWN)) return;
    if (remaining <= 0) return;
    const inhibited = load<u32>(INHIBIT);
    if (load<u32>(DEBUG_TRAPS) != 0 && inhibited != INHIBIT_ALL) {
      Debug.deliverLateTraps();
      continue;
    }
    if (load<u32>(PENDING) != 0 && inhibited == 0 && takePending()) continue;
    if (load<u32>(HALTED)) return;
    const flags = load<u32>(FLAGS);
    if ((flags & (TF | RF)) | ((flags >>> 1) & flags & VIF) | load<u32>(DEBUG_ARMED)) {
      watchInstruction(inhibited);
      continue;
    }
    let block = Blocks.find(inhibited != 0 ? MODE_SINGLE : 0);
    if (Control.enter(block) == 0) {
      block = Blocks.find(MODE_SINGLE);
      Control.enter(block);
    }
    store<u32>(INHIBIT, 0);
    Execute.from(block);
    if (inhibited == INHIBIT_ALL) endInhibition();
  }
}

/** Of several loads of SS one after the other only the first holds anything up. */
function endInhibition(): void {
  if (load<u32>(INHIBIT) == INHIBIT_ALL) store<u32>(INHIBIT, 0);
}

/** One instruction in single step, after a return that set RF, with breakpoints, or with a virtual interrupt that is due. */
function watchInstruction(inhibited: u32): void {
  if (inhibited != INHIBIT_ALL && Debug.atInstruction()) return;
  VirtualInterrupts.deliver();
  const flags = load<u32>(FLAGS);
  const block = Blocks.find(MODE_SINGLE);
  Control.enter(block);
  store<u32>(INHIBIT, 0);
  store<u32>(TRAP_CANCELLED, 0);
  store<u32>(UNFINISHED, 0);
  // RF is for this instruction: what it pushes or loads is of the next. If it faults, RF is set again.
  store<u32>(FLAGS, flags & ~RF);
  Execute.from(block);
  if (load<u32>(UNFINISHED)) store<u32>(FLAGS, load<u32>(FLAGS) | (flags & RF));
  if ((flags & TF) != 0 && load<u32>(TRAP_CANCELLED) == 0) Debug.trap(BY_STEP);
  if (inhibited == INHIBIT_ALL) endInhibition();
  store<u32>(CURRENT, 0);
  if (load<u32>(DEBUG_TRAPS) != 0 && load<u32>(INHIBIT) != INHIBIT_ALL) Debug.deliverTraps();
}

/** Delivers an NMI or an interrupt that is due; false if none is. */
function takePending(): bool {
  const pending = load<u32>(PENDING);
  if ((pending & PENDING_NMI) != 0 && load<u32>(NMI_MASKED) == 0) {
    store<u32>(PENDING, pending & ~PENDING_NMI);
    store<u32>(NMI_MASKED, 1);
    Interrupts.deliver(2, SOURCE_EXTERNAL, 0, 0, load<u32>(EIP));
    return true;
  }
  if ((pending & PENDING_INTERRUPT) != 0 && (load<u32>(FLAGS) & IF) != 0) {
    Interrupts.deliver(acknowledgeInterrupt() & 0xff, SOURCE_EXTERNAL, 0, 0, load<u32>(EIP));
    return true;
  }
  return false;
}

/** Delivers the exception that unwound the core. May unwind again: the wrapper calls it again then. */
export function fault(): void {
  Interrupts.fault();
}

/** After an unwinding that was not an exception of the guest (a bus handler threw): to the start of the instruction. */
export function abandon(): void {
  Interrupts.restart();
  store<i32>(DELIVERING, -1);
}

/** Makes the running block the last one before `resume` looks around. */
export function interruptBlock(): void {
  store<i32>(DEFERRED, load<i32>(DEFERRED) + load<i32>(REMAINING));
  store<i32>(REMAINING, 0);
}

export function executed(): f64 {
  return <f64>System.executed();
}

export function readFlags(): u32 {
  return Flags.all;
}

export function writeFlags(value: u32): void {
  Flags.change(value, 0x3f7fd7);
  Segments.updateMode();
}

/** After the wrapper changed segment caches. */
export function deriveSegments(): void {
  for (let segment: u32 = 0; segment < 8; segment++) Segments.derive(segment);
  Segments.updateMode();
}

/** After the wrapper changed debug registers or CR4. */
export function deriveDebug(): void {
  Debug.derive();
}

export function setCpl(cpl: u32): void {
  Segments.setCpl(cpl);
}

export function flushTlb(): void {
  Pae.reload();
  Paging.flush();
}

export function flushBlocks(): void {
  Blocks.flush();
}

/** Bytes of host memory inside one page were changed from outside. */
export function written(host: u32, length: u32): void {
  CodeMap.writtenRange(host, length);
}

/** The dispatch loop, for the compiler to find. */
export function dispatch(record: u32): void {
  Execute.from(record);
}

/** The step to a block that no link leads to, which is rare; then functions that every second block ends with: for the compiler. */
export function branchSlow(record: u32, taken: u32): u32 {
  return Control.branchSlow(record, taken);
}

export function findBlock(single: u32): u32 {
  return Blocks.find(single);
}

export function proceed(record: u32, target: u32, link: u32): u32 {
  return Control.proceed(record, target, link);
}

/** Power-on state of what is not guest-visible. */
export function initialise(): void {
  store<u32>(ARENA_NEXT, ARENA);
  store<u32>(BLOCK, 0);
  store<i32>(DELIVERING, -1);
  Segments.setCpl(0);
}

/** Loads a segment register as an instruction would, for tests and tools. */
export function loadSegment(segment: u32, selector: u32): void {
  Segments.loadSelector(segment, selector);
}

/** A micro-op of MMX or SSE. */
export function runVector(record: u32): void {
  Vectors.run(record);
}
