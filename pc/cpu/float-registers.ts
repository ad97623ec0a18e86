// The registers of the floating-point unit, MMX and SSE as a person, a test or a debugger reads and sets them.
// Source: Intel SDM vol. 1, 8.1 (x87), 9.2 (MMX), 10.2 (SSE).

import { FPU_CONTROL, FPU_REGISTERS, FPU_STATUS, FPU_TOP, FPU_VALID, MXCSR, XMM_REGISTERS } from "./core/layout.ts";

/** An 80-bit number: sign and exponent as in memory, and the significand with its integer bit. */
export interface ExtendedReal {
  signExponent: number;
  significand: bigint;
}

const TOP_SHIFT = 11;
const TOP_MASK = 7 << TOP_SHIFT;
const REGISTER_BYTES = 16;

export class FloatRegisters {
  private readonly view: DataView;

  constructor(memory: ArrayBuffer) {
    this.view = new DataView(memory);
  }

  get control(): number {
    return this.view.getUint16(FPU_CONTROL, true);
  }

  set control(value: number) {
    this.view.setUint32(FPU_CONTROL, value & 0xffff, true);
  }

  /** With TOP in bits 11 to 13. */
  get status(): number {
    return this.view.getUint16(FPU_STATUS, true) | (this.view.getUint32(FPU_TOP, true) << TOP_SHIFT);
  }

  set status(value: number) {
    this.view.setUint32(FPU_STATUS, value & 0xffff & ~TOP_MASK, true);
    this.view.setUint32(FPU_TOP, (value & TOP_MASK) >> TOP_SHIFT, true);
  }

  /** One bit for each physical register R0 to R7 that is not empty: FXSAVE's abridged tag word. */
  get tags(): number {
    return this.view.getUint8(FPU_VALID);
  }

  set tags(value: number) {
    this.view.setUint32(FPU_VALID, value & 0xff, true);
  }

  /** Physical register R0 to R7; ST(i) is R((TOP + i) mod 8). */
  register(index: number): ExtendedReal {
    const at = FPU_REGISTERS + (index & 7) * REGISTER_BYTES;
    return { significand: this.view.getBigUint64(at, true), signExponent: this.view.getUint16(at + 8, true) };
  }

  /** Sets its contents, not its tag. */
  setRegister(index: number, { signExponent, significand }: ExtendedReal): void {
    const at = FPU_REGISTERS + (index & 7) * REGISTER_BYTES;
    this.view.setBigUint64(at, significand, true);
    this.view.setUint16(at + 8, signExponent, true);
  }

  /** MM0 to MM7: the significands of R0 to R7. */
  mmx(index: number): bigint {
    return this.register(index).significand;
  }

  /** As an MMX instruction that writes a register does: the exponent becomes all ones. */
  setMmx(index: number, value: bigint): void {
    this.setRegister(index, { signExponent: 0xffff, significand: BigInt.asUintN(64, value) });
  }

  /** XMM0 to XMM7, as unsigned numbers of 128 bits. */
  xmm(index: number): bigint {
    const at = XMM_REGISTERS + (index & 7) * REGISTER_BYTES;
    return this.view.getBigUint64(at, true) | (this.view.getBigUint64(at + 8, true) << 64n);
  }

  setXmm(index: number, value: bigint): void {
    const at = XMM_REGISTERS + (index & 7) * REGISTER_BYTES;
    this.view.setBigUint64(at, BigInt.asUintN(64, value), true);
    this.view.setBigUint64(at + 8, BigInt.asUintN(64, value >> 64n), true);
  }

  get mxcsr(): number {
    return this.view.getUint32(MXCSR, true);
  }

  set mxcsr(value: number) {
    this.view.setUint32(MXCSR, value, true);
  }
}
