// MMX and XMM registers: when they may be used, what the use of an MMX register does to the x87 unit, operands in memory.
// Source: Intel SDM vol. 1, 9.2 and 9.5; vol. 3, 2.5, 12.1-12.3 and 13.1.

import { FpuMoves } from "../fpu/moves";
import { Fpu } from "../fpu/registers";
import { A, DST, FPU_TOP, FPU_VALID, HOST_BASE, MISC, READ_MASK, TLB, WRITE_MASK } from "../layout";
import { Memory } from "../memory";
import { Moves } from "../moves";
import { Raise, Record, Register } from "../state";

const CR0_EM: u32 = 4;
const CR0_TS: u32 = 8;
const CR4_OSFXSR: u32 = 0x200;
/** The exponent and sign of a register that MMX wrote. */
const MMX_HEAD: u16 = 0xffff;

export class Vector {
  /** Before every MMX instruction: #UD, #NM, #MF. False if the processor waits for an interrupt instead of #MF. */
  @inline static mmxReady(record: u32): bool {
    if (Register.cr0 & CR0_EM) Vector.undefined(record);
    return Fpu.ready(record);
  }

  /** Before every SSE instruction that uses XMM registers or MXCSR: #UD, #NM. */
  @inline static sseReady(record: u32): void {
    if ((Register.cr0 & (CR0_EM | CR0_TS)) != 0 || (Register.cr4 & CR4_OSFXSR) == 0) Vector.notReady(record);
  }

  private static notReady(record: u32): void {
    if ((Register.cr0 & CR0_EM) != 0 || (Register.cr4 & CR4_OSFXSR) == 0) Vector.undefined(record);
    Fpu.available(record);
  }

  private static undefined(record: u32): void {
    Raise.at(record);
    Raise.invalidOpcode();
  }

  /** What every MMX instruction but EMMS does to the x87 unit: TOP is 0, no register is empty. */
  @inline static enterMmx(): void {
    store<u32>(FPU_TOP, 0);
    store<u32>(FPU_VALID, 0xff);
  }

  static emptyMmx(): void {
    store<u32>(FPU_TOP, 0);
    store<u32>(FPU_VALID, 0);
  }

  /** The MMX register at `to` <- value. */
  @inline static setMmx(to: u32, value: u64): void {
    store<u64>(to, value);
    store<u16>(to + 8, MMX_HEAD);
    Vector.enterMmx();
  }

  /** A result to the register at DST: XMM, or with MISC 0 MMX. */
  @inline static write(record: u32, value: v128): void {
    const to = load<u32>(record, DST);
    if (load<u8>(record, MISC)) v128.store(to, value);
    else Vector.setMmx(to, i64x2.extract_lane(value, 0));
  }

  /** The 16 bytes at a linear address, whatever its alignment, to the place `to`. */
  static load128(record: u32, linear: u32, to: u32): void {
    const word = load<u32>((linear >>> 12) << 2, TLB);
    if ((word & load<u32>(READ_MASK)) != 0 && (linear & 0xfff) <= 0xff0) {
      v128.store(to, v128.load(linear + (word & 0xfffff000) - HOST_BASE, HOST_BASE));
      return;
    }
    Memory.aligned(record, linear, 16);
    Raise.at(record);
    Memory.checkRead(linear, 16, u32(Register.cpl == 3));
    const low = FpuMoves.load64(record, linear);
    store<u64>(to + 8, FpuMoves.load64(record, linear + 8));
    store<u64>(to, low);
  }

  static store128(record: u32, linear: u32, from: u32): void {
    const word = load<u32>((linear >>> 12) << 2, TLB);
    if ((word & load<u32>(WRITE_MASK)) != 0 && (linear & 0xfff) <= 0xff0) {
      v128.store(linear + (word & 0xfffff000) - HOST_BASE, v128.load(from), HOST_BASE);
      return;
    }
    Memory.aligned(record, linear, 16);
    FpuMoves.checkWrite(record, linear, 16);
    FpuMoves.store64(record, linear, load<u64>(from));
    FpuMoves.store64(record, linear + 8, load<u64>(from + 8));
  }

  /** #GP(0) unless a 16-byte operand lies on a boundary of 16 bytes. */
  @inline private static aligned(record: u32): u32 {
    const linear = Moves.address(record);
    if (linear & 15) Vector.misaligned(record);
    return linear;
  }

  private static misaligned(record: u32): void {
    Raise.at(record);
    Raise.generalProtection(0);
  }

  // Micro-ops. The address is that of ../moves.ts; DST is the register or temporary.

  static loadQuad(record: u32): void {
    store<u64>(load<u32>(record, DST), FpuMoves.load64(record, Moves.address(record)));
  }

  static loadUnaligned(record: u32): void {
    Vector.load128(record, Moves.address(record), load<u32>(record, DST));
  }

  static loadAligned(record: u32): void {
    Vector.load128(record, Vector.aligned(record), load<u32>(record, DST));
  }

  static storeQuad(record: u32): void {
    FpuMoves.store64(record, Moves.address(record), load<u64>(load<u32>(record, DST)));
  }

  static storeUnaligned(record: u32): void {
    Vector.store128(record, Moves.address(record), load<u32>(record, DST));
  }

  static storeAligned(record: u32): void {
    Vector.store128(record, Vector.aligned(record), load<u32>(record, DST));
  }

  /** The MMX register at DST <- 8 bytes at A, or the zero-extended 4. */
  static moveToMmx(record: u32): void {
    Vector.setMmx(load<u32>(record, DST), Record.a<u64>(record));
  }

  static moveDoubleToMmx(record: u32): void {
    Vector.setMmx(load<u32>(record, DST), <u64>Record.a<u32>(record));
  }

  /** The 4, 8 or 16 bytes at A to those at DST; of the narrower, `Zero` clears the rest of the register. */
  static moveQuad(record: u32): void {
    store<u64>(load<u32>(record, DST), Record.a<u64>(record));
  }

  static moveQuadZero(record: u32): void {
    v128.store(load<u32>(record, DST), v128.load64_zero(load<u32>(record, A)));
  }

  static moveDoubleZero(record: u32): void {
    v128.store(load<u32>(record, DST), v128.load32_zero(load<u32>(record, A)));
  }

  static moveWhole(record: u32): void {
    v128.store(load<u32>(record, DST), v128.load(load<u32>(record, A)));
  }
}
