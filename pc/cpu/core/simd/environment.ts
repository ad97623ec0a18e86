// MXCSR, and the image of x87, MMX and SSE together that FXSAVE and FXRSTOR move. Records: A the address of the linear address.
// Source: Intel SDM vol. 1, 10.2.3 and 10.5; vol. 2, FXSAVE, table 3-43.

import { FpuEnvironment } from "../fpu/environment";
import { FpuMoves } from "../fpu/moves";
import { Fpu } from "../fpu/registers";
import {
  FPU_CONTROL,
  FPU_CS,
  FPU_DATA,
  FPU_DATA_SEGMENT,
  FPU_IP,
  FPU_OPCODE,
  FPU_STATUS,
  FPU_TOP,
  FPU_VALID,
  FX_IMAGE,
  MXCSR,
  XMM_REGISTERS,
} from "../layout";
import { Memory } from "../memory";
import { Raise, Record } from "../state";
import { Vector } from "./registers";

/** All of MXCSR but what no processor of Intel's has; DAZ among them. */
const MXCSR_MASK: u32 = 0xffff;
const IMAGE_BYTES: u32 = 512;
const IMAGE_USED: u32 = 288;
const IMAGE_STACK: u32 = 32;
const IMAGE_XMM: u32 = 160;

export class VectorEnvironment {
  private static checkMxcsr(record: u32, value: u32): void {
    if ((value & ~MXCSR_MASK) == 0) return;
    Raise.at(record);
    Raise.generalProtection(0);
  }

  static loadMxcsr(record: u32): void {
    const value = Memory.load<u32>(record, Record.a<u32>(record));
    VectorEnvironment.checkMxcsr(record, value);
    store<u32>(MXCSR, value);
  }

  static storeMxcsr(record: u32): void {
    Memory.store<u32>(record, Record.a<u32>(record), load<u32>(MXCSR));
  }

  /** #GP, but #AC where that is asked for and the address is not even that of a doubleword. */
  private static checkAlignment(record: u32, linear: u32): void {
    if ((linear & 15) == 0) return;
    Memory.aligned(record, linear, 4);
    Raise.at(record);
    Raise.generalProtection(0);
  }

  static save(record: u32): void {
    const at = Record.a<u32>(record);
    VectorEnvironment.checkAlignment(record, at);
    FpuMoves.checkWrite(record, at, IMAGE_BYTES);
    Memory.store<u32>(record, at, (load<u32>(FPU_CONTROL) & 0xffff) | (FpuEnvironment.status << 16));
    Memory.store<u32>(record, at + 4, load<u32>(FPU_VALID) | ((<u32>load<u16>(FPU_OPCODE)) << 16));
    Memory.store<u32>(record, at + 8, load<u32>(FPU_IP));
    Memory.store<u32>(record, at + 12, load<u16>(FPU_CS));
    Memory.store<u32>(record, at + 16, load<u32>(FPU_DATA));
    Memory.store<u32>(record, at + 20, load<u16>(FPU_DATA_SEGMENT));
    Memory.store<u32>(record, at + 24, load<u32>(MXCSR));
    Memory.store<u32>(record, at + 28, MXCSR_MASK);
    for (let i: u32 = 0; i < 8; i++) {
      const slot = at + IMAGE_STACK + i * 16;
      FpuMoves.store64(record, slot, Fpu.significand(i));
      FpuMoves.store64(record, slot + 8, Fpu.head(i));
      Vector.store128(record, at + IMAGE_XMM + i * 16, XMM_REGISTERS + i * 16);
    }
  }

  /** Everything is read and checked before anything changes. */
  static restore(record: u32): void {
    const at = Record.a<u32>(record);
    VectorEnvironment.checkAlignment(record, at);
    for (let i: u32 = 0; i < IMAGE_USED; i += 16) Vector.load128(record, at + i, FX_IMAGE + i);
    VectorEnvironment.checkMxcsr(record, load<u32>(FX_IMAGE + 24));
    store<u32>(MXCSR, load<u32>(FX_IMAGE + 24));
    const status: u32 = load<u16>(FX_IMAGE + 2);
    store<u32>(FPU_TOP, (status >>> 11) & 7);
    store<u32>(FPU_VALID, load<u8>(FX_IMAGE + 4));
    store<u32>(FPU_STATUS, status & 0xc7ff);
    FpuEnvironment.setControl(load<u16>(FX_IMAGE));
    store<u16>(FPU_OPCODE, load<u16>(FX_IMAGE + 6) & 0x7ff);
    store<u32>(FPU_IP, load<u32>(FX_IMAGE + 8));
    store<u16>(FPU_CS, load<u16>(FX_IMAGE + 12));
    store<u32>(FPU_DATA, load<u32>(FX_IMAGE + 16));
    store<u16>(FPU_DATA_SEGMENT, load<u16>(FX_IMAGE + 20));
    for (let i: u32 = 0; i < 8; i++) {
      const from = FX_IMAGE + IMAGE_STACK + i * 16;
      const to = Fpu.address(i);
      store<u64>(to, load<u64>(from));
      store<u16>(to + 8, load<u16>(from + 8));
      v128.store(XMM_REGISTERS + i * 16, v128.load(FX_IMAGE + IMAGE_XMM + i * 16));
    }
  }
}
