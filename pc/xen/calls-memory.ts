// Hypercalls about memory: page tables, descriptor tables, and frames given back and taken again.
// Source: Xen public headers xen.h (mmu_update, mmuext_op, update_va_mapping), memory.h.

import {
  DOMID_SELF,
  EFAULT,
  EINVAL,
  ENOMEM,
  ENOSYS,
  EPERM,
  ESRCH,
  FIRST_RESERVED_GDT_PAGE,
  HYPERVISOR_VIRT_START,
  INVALID_M2P_ENTRY,
  PAGE,
} from "./abi.ts";
import type { Domain } from "./domain.ts";
import { L1_TABLE, L2_TABLE, UNTYPED, WRITABLE } from "./frames.ts";
import type { Call } from "./hypercalls.ts";
import { DESCRIPTORS_A_PAGE } from "./segments.ts";

/** Requests of one call before the guest is asked to call again. */
const REQUESTS_AT_ONCE = 256;
/** Set in a count by the hypervisor: the call goes on, and the count done so far is in the guest's memory. */
const GOES_ON = 0x8000_0000;

const NORMAL_PT_UPDATE = 0;
const MACHPHYS_UPDATE = 1;
const PT_UPDATE_PRESERVE_AD = 2;
const PT_UPDATE_NO_TRANSLATE = 3;
const REQUEST_BYTES = 16;

/** (requests, count, done, domain): each {u64 address of an entry | command, u64 value}. */
export function mmuUpdate(domain: Domain, call: Call): number {
  return eachRequest(domain, call, REQUEST_BYTES, ([low, high, value, valueHigh]) => {
    if (high !== 0 || valueHigh !== 0) return EINVAL;
    const mfn = low >>> 12;
    const index = (low % PAGE) >>> 2;
    switch (low & 3) {
      case NORMAL_PT_UPDATE:
      case PT_UPDATE_NO_TRANSLATE:
        return writeEntry(domain, mfn, index, value, false);
      case PT_UPDATE_PRESERVE_AD:
        return writeEntry(domain, mfn, index, value, true);
      case MACHPHYS_UPDATE:
        if (!domain.frames.isOwned(mfn)) return EINVAL;
        domain.setPhysical(mfn, value);
        return 0;
      default:
        throw new RangeError("two bits have four values");
    }
  });
}

/** An entry of a page table is checked; any other page of the guest's is only memory. */
function writeEntry(domain: Domain, mfn: number, index: number, value: number, keepAccessed: boolean): number {
  const { frames, tables, cpu } = domain;
  const type = frames.typeOf(mfn);
  if (type === L1_TABLE || type === L2_TABLE) return tables.update(mfn, index, value, keepAccessed);
  if (!frames.isOwned(mfn) || (type !== UNTYPED && type !== WRITABLE)) return EINVAL;
  cpu.memory.setWord(mfn * PAGE + index * 4, value);
  return 0;
}

const MMUEXT_OP_BYTES = 12;
const PIN_L1_TABLE = 0;
const PIN_L2_TABLE = 1;
const UNPIN_TABLE = 4;
const NEW_BASEPTR = 5;
const TLB_FLUSHES = [6, 7, 8, 9, 10, 11];
const FLUSH_CACHE = 12;
const SET_LDT = 13;

/** (ops, count, done, domain): each {command, frame or address, entries}. */
export function mmuextOp(domain: Domain, call: Call): number {
  const { frames, tables, cpu } = domain;
  return eachRequest(domain, call, MMUEXT_OP_BYTES, ([command, argument, entries]) => {
    if (TLB_FLUSHES.includes(command)) {
      cpu.flushTlb();
      return 0;
    }
    switch (command) {
      case PIN_L1_TABLE:
      case PIN_L2_TABLE: {
        if (frames.isPinned(argument)) return EINVAL;
        const error = tables.take(argument, command === PIN_L1_TABLE ? L1_TABLE : L2_TABLE);
        if (error === 0) frames.setPinned(argument, true);
        return error;
      }
      case UNPIN_TABLE:
        if (!frames.isOwned(argument) || !frames.isPinned(argument)) return EINVAL;
        frames.setPinned(argument, false);
        tables.drop(argument);
        return 0;
      case NEW_BASEPTR:
        return domain.setDirectory(argument);
      case FLUSH_CACHE:
        return 0;
      case SET_LDT:
        return entries === 0 ? 0 : ENOSYS;
      default:
        return ENOSYS;
    }
  });
}

/**
 * Does the requests of a list one after the other until one fails, and counts those done. Arguments of the call: list, count, where to
 * put how many were done (or 0), domain.
 */
function eachRequest(domain: Domain, call: Call, bytes: number, request: (words: readonly number[]) => number): number {
  const { guest } = domain;
  const [list, rawCount, doneAt, domid] = call.args;
  if (domid !== DOMID_SELF) return domid > DOMID_SELF ? EPERM : ESRCH;
  const goesOn = (rawCount & GOES_ON) !== 0;
  const count = rawCount % GOES_ON;
  const before = goesOn && doneAt !== 0 ? guest.word(doneAt) : 0;
  if (before === undefined) return EFAULT;
  const batch = Math.min(count, REQUESTS_AT_ONCE);
  let done = 0;
  let error = 0;
  for (; done < batch && error === 0; done++) {
    const words = guest.words(list + done * bytes, bytes / 4);
    error = words ? request(words) : EFAULT;
    if (error !== 0) break;
  }
  domain.addWork(done + 1);
  if (doneAt !== 0 && !guest.writeWords(doneAt, (before + done) >>> 0)) return EFAULT;
  if (error !== 0) return error;
  if (done < count) {
    call.args = [list + done * bytes, ((count - done) | GOES_ON) >>> 0, doneAt, domid, ...call.args.slice(4)];
    call.again = true;
  }
  return 0;
}

/** (virtual address, value, value's upper half, flags) */
export function updateVaMapping(domain: Domain, { args: [linear, value, high, flags] }: Call): number {
  if (linear >= HYPERVISOR_VIRT_START || high !== 0) return EINVAL;
  const leaf = domain.tables.leafOf(domain.directory, linear);
  if (!leaf || domain.frames.typeOf(leaf.mfn) !== L1_TABLE) return EINVAL;
  const error = domain.tables.update(leaf.mfn, leaf.index, value, false);
  if (error === 0 && (flags & 3) !== 0) domain.cpu.flushTlb();
  return error;
}

/** (list of frames, entries) */
export function setGdt(domain: Domain, { args: [list, entries] }: Call): number {
  if (entries > FIRST_RESERVED_GDT_PAGE * DESCRIPTORS_A_PAGE) return EINVAL;
  const mfns = domain.guest.words(list, Math.ceil(entries / DESCRIPTORS_A_PAGE));
  if (!mfns) return EFAULT;
  domain.addWork(mfns.length * DESCRIPTORS_A_PAGE);
  return domain.gdt.set(mfns);
}

/** (u64 machine address, u64 descriptor) */
export function updateDescriptor(domain: Domain, { args: [at, atHigh, low, high] }: Call): number {
  if (atHigh !== 0 || at % 8 !== 0) return EINVAL;
  return domain.gdt.update(at >>> 12, (at % PAGE) / 8, low, high);
}

const INCREASE_RESERVATION = 0;
const DECREASE_RESERVATION = 1;
const MAXIMUM_RAM_PAGE = 2;
const CURRENT_RESERVATION = 3;
const MAXIMUM_RESERVATION = 4;
const POPULATE_PHYSMAP = 6;
/** The command's bits; above them is the extent to go on with. */
const COMMAND_BITS = 6;
const MOST_ORDER = 9;
const RESERVATION_WORDS = 5;

/** (command, argument) */
export function memoryOp(domain: Domain, call: Call): number {
  const [whole, argument] = call.args;
  const command = whole % (1 << COMMAND_BITS);
  const { frames, layout } = domain;
  switch (command) {
    case INCREASE_RESERVATION:
    case DECREASE_RESERVATION:
    case POPULATE_PHYSMAP:
      return changeReservation(domain, call, command, whole >>> COMMAND_BITS, argument);
    case MAXIMUM_RAM_PAGE:
      return layout.firstMfn + layout.pages;
    case CURRENT_RESERVATION:
      return frames.ownedCount;
    case MAXIMUM_RESERVATION:
      return layout.pages;
    default:
      return ENOSYS;
  }
}

/** {list of frames, count, order, address bits, domain}; the result is how many extents were done. */
function changeReservation(domain: Domain, call: Call, command: number, start: number, argument: number): number {
  const reservation = domain.guest.words(argument, RESERVATION_WORDS);
  if (!reservation) return EFAULT;
  const [list, count, order, , domid] = reservation;
  if ((domid & 0xffff) !== DOMID_SELF) return EPERM;
  // Only single frames are at hand once the memory is in pieces.
  if (order > MOST_ORDER || (order > 0 && command !== DECREASE_RESERVATION))
    return order > MOST_ORDER ? EINVAL : ENOMEM;
  const end = Math.min(count, start + REQUESTS_AT_ONCE);
  for (let extent = start; extent < end; extent++) {
    const done = changeExtent(domain, command, list + extent * 4, order);
    if (done < 0) return extent > 0 ? extent : done;
    if (done === 0) return extent;
  }
  domain.addWork((end - start) << order);
  if (end < count) {
    // The extents done fit into the command's upper bits, or the guest is told how far it got.
    if (end >= 2 ** (32 - COMMAND_BITS)) return end;
    call.args = [((end << COMMAND_BITS) | command) >>> 0, argument, ...call.args.slice(2)];
    call.again = true;
  }
  return Math.max(count, 0) | 0;
}

/** 1 done, 0 not possible, below zero an error. */
function changeExtent(domain: Domain, command: number, at: number, order: number): number {
  const { guest, frames } = domain;
  if (command === INCREASE_RESERVATION) return giveFrame(domain, at, INVALID_M2P_ENTRY);
  const number = guest.word(at);
  if (number === undefined) return EFAULT;
  if (command === POPULATE_PHYSMAP) return giveFrame(domain, at, number);
  for (let mfn = number; mfn < number + (1 << order); mfn++) {
    if (!frames.free(mfn)) return 0;
    domain.setPhysical(mfn, INVALID_M2P_ENTRY);
  }
  return 1;
}

function giveFrame(domain: Domain, at: number, pfn: number): number {
  const mfn = domain.frames.allocate();
  if (mfn === undefined) return 0;
  // Whoever had it before, the guest finds it empty.
  domain.cpu.memory.write(mfn * PAGE, new Uint8Array(PAGE));
  domain.setPhysical(mfn, pfn);
  if (domain.guest.writeWords(at, mfn)) return 1;
  domain.frames.free(mfn);
  return EFAULT;
}
