// The shared info page: what hypervisor and guest tell each other without a hypercall: events pending and masked, time, CR2.
// Source: Xen public header xen.h (shared_info, vcpu_info, vcpu_time_info).

import type { PhysicalMemory } from "../cpu/physical.ts";
import { PAGE, SHARED_INFO } from "./abi.ts";
import { MFN_SHARED_INFO } from "./layout.ts";

const BASE = MFN_SHARED_INFO * PAGE;
const WORD_BITS = 32;

export class SharedInfo {
  constructor(private readonly memory: PhysicalMemory) {}

  reset(startTime: Date): void {
    this.memory.write(BASE, new Uint8Array(PAGE));
    // A domain starts with event delivery off.
    this.setUpcallMask(true);
    const ms = startTime.getTime();
    this.put(SHARED_INFO.wcVersion, 2);
    this.put(SHARED_INFO.wcSec, Math.floor(ms / 1000));
    this.put(SHARED_INFO.wcNsec, (ms % 1000) * 1_000_000);
  }

  private get(offset: number): number {
    return this.memory.word(BASE + offset);
  }

  private put(offset: number, value: number): void {
    this.memory.setWord(BASE + offset, value);
  }

  get upcallPending(): boolean {
    return (this.get(SHARED_INFO.upcallPending) & 0xff) !== 0;
  }

  setUpcallPending(): void {
    this.put(SHARED_INFO.upcallPending, (this.get(SHARED_INFO.upcallPending) & ~0xff) | 1);
  }

  /** The byte as the guest left it: what a trap saves and an IRET brings back. */
  get upcallMask(): number {
    return (this.get(SHARED_INFO.upcallPending) >>> 8) & 0xff;
  }

  setUpcallMask(masked: boolean): void {
    this.put(SHARED_INFO.upcallPending, (this.get(SHARED_INFO.upcallPending) & ~0xff00) | (masked ? 0x100 : 0));
  }

  get cr2(): number {
    return this.get(SHARED_INFO.cr2);
  }

  set cr2(linear: number) {
    this.put(SHARED_INFO.cr2, linear);
  }

  private bit(array: number, port: number): boolean {
    return ((this.get(array + (port >>> 5) * 4) >>> (port % WORD_BITS)) & 1) !== 0;
  }

  isPending(port: number): boolean {
    return this.bit(SHARED_INFO.evtchnPending, port);
  }

  isMasked(port: number): boolean {
    return this.bit(SHARED_INFO.evtchnMask, port);
  }

  setPending(port: number): void {
    const at = SHARED_INFO.evtchnPending + (port >>> 5) * 4;
    this.put(at, this.get(at) | (1 << (port % WORD_BITS)));
  }

  clearMask(port: number): void {
    const at = SHARED_INFO.evtchnMask + (port >>> 5) * 4;
    this.put(at, this.get(at) & ~(1 << (port % WORD_BITS)));
  }

  /** Tells the guest which word of the pending bits to look at. */
  select(port: number): void {
    this.put(SHARED_INFO.pendingSel, this.get(SHARED_INFO.pendingSel) | (1 << (port >>> 5)));
    this.setUpcallPending();
  }

  /**
   * The time that the guest extrapolates from: system time `ns` at time stamp `instructions`.
   * @param nsPerInstruction at most 2^31
   */
  setTime(ns: number, instructions: number, nsPerInstruction: number): void {
    // ns = ((ticks << shift) * multiplier) >> 32, with a multiplier below 2^32.
    let shift = 0;
    let multiplier = nsPerInstruction;
    while (multiplier >= 1) {
      multiplier /= 2;
      shift++;
    }
    const version = this.get(SHARED_INFO.timeVersion);
    this.put(SHARED_INFO.timeVersion, version + 2); // even: nobody is writing
    this.put64(SHARED_INFO.tscTimestamp, instructions);
    this.put64(SHARED_INFO.systemTime, Math.floor(ns));
    this.put(SHARED_INFO.tscToSystemMul, Math.floor(multiplier * 2 ** 32));
    this.put(SHARED_INFO.tscShift, shift);
  }

  private put64(offset: number, value: number): void {
    this.put(offset, value % 2 ** 32);
    this.put(offset + 4, Math.floor(value / 2 ** 32));
  }
}
