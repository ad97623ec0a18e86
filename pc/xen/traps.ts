// Exceptions and software interrupts of the guest: a hypercall, an instruction that the hypervisor does for the guest, or a bounce to
// the handler that the guest named; without one the domain crashes.
// Source: Xen public header arch-x86/xen.h (trap_info); the frame that a handler finds is that of Xen 3 (saved upcall mask
// beside CS, the interrupt flag as its complement).

import type { DeviceState } from "../bus.ts";
import type { CpuTrap } from "../cpu/cpu.ts";
import type { SegmentCache } from "../cpu/registers.ts";
import { booleanField, numbersField } from "../devices/state.ts";
import { HYPERCALL_VECTOR } from "./abi.ts";
import type { Domain } from "./domain.ts";
import { emulate, emulateForcedPrefix } from "./emulate.ts";
import { hypercall } from "./hypercalls.ts";
import { kernelSelector } from "./segments.ts";

export const VECTORS = 256;
const INVALID_OPCODE = 6;
const DEVICE_NOT_AVAILABLE = 7;
const GENERAL_PROTECTION = 13;
const PAGE_FAULT = 14;
const BREAKPOINT = 3;
const OVERFLOW = 4;

const CR0_TS = 8;
const FLAG_TF = 0x100;
const FLAG_IF = 0x200;
const FLAG_IOPL = 0x3000;
const FLAG_NT = 0x4000;
const FLAG_RF = 0x1_0000;
/** What Xen takes out of the flags on the way to a handler. */
const CLEARED = FLAG_TF | FLAG_NT | FLAG_RF | FLAG_IOPL;
/** trap_info.flags. */
const RING = 3;
const DISABLES_EVENTS = 4;

/** Where the guest wants to be entered. */
export interface Handler {
  cs: number;
  eip: number;
  flags: number;
}

export class Traps {
  private readonly table = new Map<number, Handler>();
  eventCallback: Handler = { cs: 0, eip: 0, flags: DISABLES_EVENTS };
  failsafeCallback: Handler = { cs: 0, eip: 0, flags: 0 };
  /** The guest asked to be told of its next floating-point instruction. */
  taskSwitched = false;

  constructor(private readonly domain: Domain) {}

  reset(): void {
    this.table.clear();
    this.eventCallback = { cs: 0, eip: 0, flags: DISABLES_EVENTS };
    this.failsafeCallback = { cs: 0, eip: 0, flags: 0 };
    this.taskSwitched = false;
  }

  set(vector: number, handler: Handler): void {
    if (handler.eip === 0) this.table.delete(vector);
    else this.table.set(vector, handler);
  }

  clear(): void {
    this.table.clear();
  }

  handle({ vector, source, errorCode }: CpuTrap): void {
    if (source === "software") this.software(vector);
    else if (source === "exception") this.exception(vector, errorCode);
  }

  private software(vector: number): void {
    const { cpl } = this.domain.cpu.registers;
    if (vector === HYPERCALL_VECTOR && cpl === 1) {
      hypercall(this.domain);
      return;
    }
    const handler = this.table.get(vector);
    const open = vector === BREAKPOINT || vector === OVERFLOW;
    if (open || (handler && (handler.flags & RING) >= cpl)) {
      this.bounce(vector);
      return;
    }
    // No gate for this ring. The processor would have said so before the instruction had passed.
    const { registers } = this.domain.cpu;
    registers.eip = (registers.eip - 2) >>> 0;
    this.bounce(GENERAL_PROTECTION, vector * 8 + 2);
  }

  private exception(vector: number, errorCode: number | undefined): void {
    const { registers } = this.domain.cpu;
    switch (vector) {
      case PAGE_FAULT:
        this.domain.shared.cr2 = registers.control(2);
        break;
      case GENERAL_PROTECTION:
        if (errorCode === 0 && emulate(this.domain)) return;
        break;
      case INVALID_OPCODE:
        if (emulateForcedPrefix(this.domain)) return;
        break;
      case DEVICE_NOT_AVAILABLE:
        registers.setControl(0, registers.control(0) & ~CR0_TS);
        if (!this.taskSwitched) return;
        this.taskSwitched = false;
        break;
    }
    this.bounce(vector, errorCode);
  }

  /** An upcall to the guest's event callback. */
  upcall(): void {
    const { eventCallback } = this;
    if (eventCallback.eip === 0) {
      this.domain.crash({ what: "an event, and no callback for it" });
      return;
    }
    this.enter(eventCallback, undefined);
  }

  /** To the guest's handler, or the end of the domain. */
  bounce(vector: number, errorCode?: number): void {
    const handler = this.table.get(vector);
    if (handler) this.enter(handler, errorCode);
    else this.domain.crash({ vector, ...(errorCode !== undefined && { errorCode }) });
  }

  private enter(handler: Handler, errorCode: number | undefined): void {
    const { cpu, gdt, guest, shared, kernelStack } = this.domain;
    const { registers } = cpu;
    const code = gdt.code(handler.cs);
    if (!code) {
      this.domain.crash({
        what: `a handler in segment ${handler.cs.toString(16)}, which is no code segment of the guest`,
      });
      return;
    }
    const outer = registers.cpl === 3;
    const stack: SegmentCache | undefined = outer ? gdt.stack(kernelStack.ss, 1) : registers.segment("ss");
    if (!stack) {
      this.domain.crash({
        what: `a kernel stack in segment ${kernelStack.ss.toString(16)}, which is no stack of ring 1`,
      });
      return;
    }
    const esp = registers.general("esp");
    const mask = shared.upcallMask;
    const flags = registers.eflags;
    const saved = (flags & ~FLAG_IF) | (mask === 0 ? FLAG_IF : 0);
    const frame = [
      ...(errorCode === undefined ? [] : [errorCode]),
      registers.eip,
      (mask << 16) | registers.segment("cs").selector,
      saved >>> 0,
      ...(outer ? [esp, registers.segment("ss").selector] : []),
    ];
    const top = ((outer ? kernelStack.esp : esp) - frame.length * 4) >>> 0;
    if (!guest.writeWords((stack.base + top) >>> 0, ...frame)) {
      this.domain.crash({ what: `a handler, and no stack to call it on: ${hex(stack.base + top)} is not writable` });
      return;
    }
    if ((handler.flags & DISABLES_EVENTS) !== 0) shared.setUpcallMask(true);
    registers.setSegment("cs", code);
    if (outer) registers.setSegment("ss", stack);
    registers.setGeneral("esp", top);
    registers.eip = handler.eip;
    registers.eflags = (flags & ~CLEARED) | FLAG_IF;
  }

  save(): DeviceState {
    return {
      vectors: [...this.table.keys()],
      handlers: [...this.table.values(), this.eventCallback, this.failsafeCallback].flatMap(({ cs, eip, flags }) => [
        cs,
        eip,
        flags,
      ]),
      taskSwitched: this.taskSwitched,
    };
  }

  load(state: DeviceState): void {
    const vectors = numbersField(state, "vectors");
    const numbers = numbersField(state, "handlers", (vectors.length + 2) * 3);
    const handlerAt = (index: number): Handler => {
      const [cs, eip, flags] = numbers.slice(index * 3, index * 3 + 3);
      return { cs, eip, flags };
    };
    this.table.clear();
    vectors.forEach((vector, index) => {
      this.table.set(vector, handlerAt(index));
    });
    this.eventCallback = handlerAt(vectors.length);
    this.failsafeCallback = handlerAt(vectors.length + 1);
    this.taskSwitched = booleanField(state, "taskSwitched");
  }
}

/** A handler as a guest describes it. Whether its selector is any good is found out when it is entered. */
export function handlerFrom(selector: number, eip: number, flags: number): Handler {
  return { cs: kernelSelector(selector), eip, flags };
}

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
