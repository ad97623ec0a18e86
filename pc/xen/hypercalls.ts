// Hypercalls: number in EAX, up to six arguments in EBX ECX EDX ESI EDI EBP, the result in EAX. One that takes long does a part
// and is called again by the guest's own INT, as on Xen: so no guest can hold the machine up.
// Source: Xen public header xen.h; the multicall's structure is there, too.

import { EFAULT, EINVAL, ENOSYS, Hypercall } from "./abi.ts";
import { eventChannelOp, eventChannelOpCompat, schedOp, schedOpCompat, setTimerOp, vcpuOp } from "./calls-events.ts";
import { memoryOp, mmuextOp, mmuUpdate, setGdt, updateDescriptor, updateVaMapping } from "./calls-memory.ts";
import {
  consoleIo,
  fpuTaskswitch,
  interruptReturn,
  setCallbacks,
  setTrapTable,
  stackSwitch,
  vmAssist,
  xenVersion,
} from "./calls-system.ts";
import type { Domain } from "./domain.ts";

/** A call in progress. */
export interface Call {
  args: number[];
  /** Set by a handler that has more to do: the guest makes the call again, with `args` as they now are. */
  again?: boolean;
  /** Set by a handler that has put all registers in place itself. */
  keepsRegisters?: boolean;
}

/** @returns the result; below zero an error */
export type Handler = (domain: Domain, call: Call) => number;

const ARGUMENTS = ["ebx", "ecx", "edx", "esi", "edi", "ebp"] as const;
const INT_BYTES = 2;
/** struct multicall_entry: op, result, args[6]. */
const ENTRY_WORDS = 8;
const ENTRY_BYTES = 32;
const CALLS_AT_ONCE = 64;

const HANDLERS = new Map<number, Handler>([
  [Hypercall.setTrapTable, setTrapTable],
  [Hypercall.mmuUpdate, mmuUpdate],
  [Hypercall.setGdt, setGdt],
  [Hypercall.stackSwitch, stackSwitch],
  [Hypercall.setCallbacks, setCallbacks],
  [Hypercall.fpuTaskswitch, fpuTaskswitch],
  [Hypercall.schedOpCompat, schedOpCompat],
  [Hypercall.updateDescriptor, updateDescriptor],
  [Hypercall.memoryOp, memoryOp],
  [Hypercall.updateVaMapping, updateVaMapping],
  [Hypercall.setTimerOp, setTimerOp],
  [Hypercall.eventChannelOpCompat, eventChannelOpCompat],
  [Hypercall.xenVersion, xenVersion],
  [Hypercall.consoleIo, consoleIo],
  [Hypercall.vmAssist, vmAssist],
  [Hypercall.vcpuOp, vcpuOp],
  [Hypercall.mmuextOp, mmuextOp],
  [Hypercall.schedOp, schedOp],
  [Hypercall.eventChannelOp, eventChannelOp],
]);

/** The guest's INT 82h. */
export function hypercall(domain: Domain): void {
  const { registers } = domain.cpu;
  const number = registers.general("eax");
  const call: Call = { args: ARGUMENTS.map((name) => registers.general(name)) };
  const result = dispatch(domain, number, call);
  if (call.keepsRegisters) return;
  if (!call.again) {
    registers.setGeneral("eax", result >>> 0);
    return;
  }
  ARGUMENTS.forEach((name, i) => {
    registers.setGeneral(name, call.args[i] >>> 0);
  });
  registers.eip = (registers.eip - INT_BYTES) >>> 0;
}

function dispatch(domain: Domain, number: number, call: Call): number {
  if (number === Hypercall.iret) return interruptReturn(domain, call);
  if (number === Hypercall.multicall) return multicall(domain, call);
  return HANDLERS.get(number)?.(domain, call) ?? ENOSYS;
}

/** (calls, count): a list of calls, each with its result. */
function multicall(domain: Domain, call: Call): number {
  const [list, count] = call.args;
  const batch = Math.min(count, CALLS_AT_ONCE);
  for (let i = 0; i < batch; i++) {
    const at = list + i * ENTRY_BYTES;
    const entry = domain.guest.words(at, ENTRY_WORDS);
    if (!entry) return EFAULT;
    const [number, , ...args] = entry;
    const inner: Call = { args };
    const nested = number === Hypercall.multicall;
    const result = nested ? EINVAL : (HANDLERS.get(number)?.(domain, inner) ?? ENOSYS);
    if (inner.again) {
      // The rest of this one first, when the guest comes back.
      if (!domain.guest.writeWords(at + 8, ...inner.args.map((word) => word >>> 0))) return EFAULT;
      return repeat(call, at, count - i);
    }
    if (!domain.guest.writeWords(at + 4, result >>> 0)) return EFAULT;
  }
  return batch < count ? repeat(call, list + batch * ENTRY_BYTES, count - batch) : 0;
}

function repeat(call: Call, list: number, count: number): number {
  call.args = [list, count, ...call.args.slice(2)];
  call.again = true;
  return 0;
}
