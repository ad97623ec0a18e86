// Loads, stores and moves of the floating-point unit. Records: the address as in ../moves.ts; DST: 1 for a store that pops; register
// forms have the stack index in A. EXTRA: see registers.ts. Source: Intel SDM vol. 2.

import { Flags } from "../flags";
import {
  A,
  DST,
  FPU_STATUS,
  FPU_TOP,
  FPU_VALID,
  HOST_BASE,
  IMMEDIATE,
  MISC,
  READ_MASK,
  TLB,
  WRITE_MASK,
} from "../layout";
import { Memory } from "../memory";
import { Moves } from "../moves";
import { Raise, Register } from "../state";
import { Convert } from "./convert";
import {
  CLASS_DENORMAL,
  CLASS_INFINITY,
  CLASS_NORMAL,
  CLASS_UNSUPPORTED,
  CLASS_ZERO,
  NEAREST,
  Real,
  UP,
} from "./number";
import { Fpu } from "./registers";

const C1: u32 = 0x200;

/** What the processor knows of log2(10), log2(e), pi, log10(2) and ln(2): rounded down, and whether the nearest is one more. */
class Constant {
  @inline static push(record: u32, head: u32, significand: u64, nearestIsUp: bool): void {
    Fpu.begin(record);
    const mode = Real.rounding;
    Real.set(head, significand + u64(mode == UP || (mode == NEAREST && nearestIsUp)));
    Fpu.push();
  }
}

export class FpuMoves {
  static load64(record: u32, linear: u32): u64 {
    const word = load<u32>((linear >>> 12) << 2, TLB);
    if ((word & load<u32>(READ_MASK)) != 0 && (linear & 0xfff) <= 0xff8)
      return load<u64>(linear + (word & 0xfffff000) - HOST_BASE, HOST_BASE);
    Memory.aligned(record, linear, 8);
    const low = Memory.load<u32>(record, linear);
    return <u64>low | ((<u64>Memory.load<u32>(record, linear + 4)) << 32);
  }

  static store64(record: u32, linear: u32, value: u64): void {
    const word = load<u32>((linear >>> 12) << 2, TLB);
    if ((word & load<u32>(WRITE_MASK)) != 0 && (linear & 0xfff) <= 0xff8) {
      store<u64>(linear + (word & 0xfffff000) - HOST_BASE, value, HOST_BASE);
      return;
    }
    FpuMoves.checkWrite(record, linear, 8);
    Memory.store<u32>(record, linear, <u32>value);
    Memory.store<u32>(record, linear + 4, <u32>(value >> 32));
  }

  static store80(record: u32, linear: u32, head: u32, significand: u64): void {
    FpuMoves.checkWrite(record, linear, 10);
    FpuMoves.store64(record, linear, significand);
    Memory.store<u16>(record, linear + 8, <u16>head);
  }

  /** Faults unless all of the operand may be written. */
  @inline static checkWrite(record: u32, linear: u32, size: u32): void {
    const word = load<u32>((linear >>> 12) << 2, TLB);
    if ((word & load<u32>(WRITE_MASK)) == 0 || (linear & 0xfff) > 0x1000 - size) {
      FpuMoves.checkWriteSlow(record, linear, size);
    }
  }

  private static checkWriteSlow(record: u32, linear: u32, size: u32): void {
    Raise.at(record);
    if (size == 8 || size == 10) Memory.aligned(record, linear, 8);
    Memory.checkWrite(linear, size, u32(Register.cpl == 3));
  }

  /** Pushes what was converted from single or double precision, a signalling NaN as a quiet one. */
  @inline private static pushNarrow(): void {
    Real.propagate(Real.head, Real.significand);
    Real.raised |= Real.narrowDenormal;
    Fpu.push();
  }

  static loadSingle(record: u32): void {
    const linear = Moves.address(record);
    const bits = Memory.load<u32>(record, linear);
    Fpu.beginMemory(record, linear);
    Convert.fromSingle(bits);
    FpuMoves.pushNarrow();
  }

  static loadDouble(record: u32): void {
    const linear = Moves.address(record);
    const bits = FpuMoves.load64(record, linear);
    Fpu.beginMemory(record, linear);
    Convert.fromDouble(bits);
    FpuMoves.pushNarrow();
  }

  static loadExtended(record: u32): void {
    const linear = Moves.address(record);
    const significand = FpuMoves.load64(record, linear);
    const head: u32 = Memory.load<u16>(record, linear + 8);
    Fpu.beginMemory(record, linear);
    Real.set(head, significand);
    Fpu.push();
  }

  static loadDecimal(record: u32): void {
    const linear = Moves.address(record);
    const digits = FpuMoves.load64(record, linear);
    const top: u32 = Memory.load<u16>(record, linear + 8);
    Fpu.beginMemory(record, linear);
    Convert.fromDecimal(digits, top);
    Fpu.push();
  }

  static loadInteger16(record: u32): void {
    const linear = Moves.address(record);
    const value = <i16>Memory.load<u16>(record, linear);
    Fpu.beginMemory(record, linear);
    Convert.fromInteger(value);
    Fpu.push();
  }

  static loadInteger32(record: u32): void {
    const linear = Moves.address(record);
    const value = <i32>Memory.load<u32>(record, linear);
    Fpu.beginMemory(record, linear);
    Convert.fromInteger(value);
    Fpu.push();
  }

  static loadInteger64(record: u32): void {
    const linear = Moves.address(record);
    const value = <i64>FpuMoves.load64(record, linear);
    Fpu.beginMemory(record, linear);
    Convert.fromInteger(value);
    Fpu.push();
  }

  /** FLD ST(A). */
  static loadRegister(record: u32): void {
    Fpu.begin(record);
    const index = load<u32>(record, A);
    if (Fpu.valid(index)) Real.set(Fpu.head(index), Fpu.significand(index));
    else Fpu.stackFault(0);
    // An empty source counts before a full stack.
    if (Real.raised != 0 && Fpu.valid(7)) {
      if (!Fpu.commit()) return;
      Fpu.makeRoom();
      Fpu.write(0);
      return;
    }
    Fpu.push();
  }

  /** After a store to memory: the exceptions, and the pop. */
  @inline private static finishStore(record: u32): void {
    const stored = !Fpu.withheld;
    Fpu.commit();
    if (stored && load<u32>(record, DST) != 0) Fpu.pop();
  }

  /** Begins a store: false, with the stack fault raised, if ST(0) is empty. */
  @inline private static source(): bool {
    Real.begin();
    return Fpu.valid(0);
  }

  static storeSingle(record: u32): void {
    const linear = Moves.address(record);
    FpuMoves.checkWrite(record, linear, 4);
    Fpu.beginMemory(record, linear);
    let bits: u32 = 0xffc00000;
    if (FpuMoves.source()) bits = Convert.toSingle(Fpu.head(0), Fpu.significand(0));
    else Fpu.stackFault(0);
    if (!Fpu.withheld) Memory.store<u32>(record, linear, bits);
    FpuMoves.finishStore(record);
  }

  static storeDouble(record: u32): void {
    const linear = Moves.address(record);
    FpuMoves.checkWrite(record, linear, 8);
    Fpu.beginMemory(record, linear);
    let bits: u64 = 0xfff8000000000000;
    if (FpuMoves.source()) bits = Convert.toDouble(Fpu.head(0), Fpu.significand(0));
    else Fpu.stackFault(0);
    if (!Fpu.withheld) FpuMoves.store64(record, linear, bits);
    FpuMoves.finishStore(record);
  }

  static storeExtended(record: u32): void {
    const linear = Moves.address(record);
    FpuMoves.checkWrite(record, linear, 10);
    Fpu.beginMemory(record, linear);
    if (FpuMoves.source()) Real.set(Fpu.head(0), Fpu.significand(0));
    else Fpu.stackFault(0);
    if (!Fpu.withheld) FpuMoves.store80(record, linear, Real.head, Real.significand);
    FpuMoves.finishStore(record);
  }

  static storeDecimal(record: u32): void {
    const linear = Moves.address(record);
    FpuMoves.checkWrite(record, linear, 10);
    Fpu.beginMemory(record, linear);
    let top: u32 = 0xffff;
    if (FpuMoves.source()) top = Convert.toDecimal(Fpu.head(0), Fpu.significand(0));
    else {
      Fpu.stackFault(0);
      Convert.decimal = 0xc000000000000000;
    }
    if (!Fpu.withheld) FpuMoves.store80(record, linear, top, Convert.decimal);
    FpuMoves.finishStore(record);
  }

  /** ST(0) as an integer of so many bits. DST 3: truncated, as FISTTP has it. */
  private static integer(record: u32, bits: u32): i64 {
    const there = FpuMoves.source();
    if (load<u32>(record, DST) & 2) Real.control |= 0xc00;
    if (there) return Convert.toInteger(Fpu.head(0), Fpu.significand(0), bits);
    Fpu.stackFault(0);
    return <i64>(~(<u64>0) << (bits - 1));
  }

  static storeInteger16(record: u32): void {
    const linear = Moves.address(record);
    FpuMoves.checkWrite(record, linear, 2);
    Fpu.beginMemory(record, linear);
    const value = FpuMoves.integer(record, 16);
    if (!Fpu.withheld) Memory.store<u16>(record, linear, <u16>value);
    FpuMoves.finishStore(record);
  }

  static storeInteger32(record: u32): void {
    const linear = Moves.address(record);
    FpuMoves.checkWrite(record, linear, 4);
    Fpu.beginMemory(record, linear);
    const value = FpuMoves.integer(record, 32);
    if (!Fpu.withheld) Memory.store<u32>(record, linear, <u32>value);
    FpuMoves.finishStore(record);
  }

  static storeInteger64(record: u32): void {
    const linear = Moves.address(record);
    FpuMoves.checkWrite(record, linear, 8);
    Fpu.beginMemory(record, linear);
    const value = FpuMoves.integer(record, 64);
    if (!Fpu.withheld) FpuMoves.store64(record, linear, <u64>value);
    FpuMoves.finishStore(record);
  }

  /** FST, FSTP ST(A). */
  static storeRegister(record: u32): void {
    Fpu.begin(record);
    if (Fpu.valid(0)) Real.set(Fpu.head(0), Fpu.significand(0));
    else Fpu.stackFault(0);
    if (!Fpu.commit()) return;
    Fpu.write(load<u32>(record, A));
    if (load<u32>(record, DST)) Fpu.pop();
  }

  /** FXCH: an empty register counts as the default NaN. */
  static exchange(record: u32): void {
    Fpu.begin(record);
    const index = load<u32>(record, A);
    const zero = Fpu.valid(0);
    const other = Fpu.valid(index);
    let head = Fpu.head(0);
    let significand = Fpu.significand(0);
    Real.set(Fpu.head(index), Fpu.significand(index));
    if (!zero || !other) {
      const otherHead = Real.head;
      const otherSignificand = Real.significand;
      Fpu.stackFault(0);
      if (!zero) {
        head = Real.head;
        significand = Real.significand;
      }
      if (other) Real.set(otherHead, otherSignificand);
    }
    if (!Fpu.commit()) return;
    Fpu.write(0);
    Real.set(head, significand);
    Fpu.write(index);
  }

  /** FCMOVcc: MISC is the condition. */
  static conditional(record: u32): void {
    Fpu.begin(record);
    Fpu.keepC1();
    const index = load<u32>(record, A);
    if (!Fpu.valid(0) || !Fpu.valid(index)) Fpu.stackFault(0);
    else if (Flags.condition(load<u8>(record, MISC))) Real.set(Fpu.head(index), Fpu.significand(index));
    else Real.set(Fpu.head(0), Fpu.significand(0));
    if (Fpu.commit()) Fpu.write(0);
  }

  /** FCHS (IMMEDIATE 8000h) and FABS: sign <- (sign & DST) ^ IMMEDIATE. */
  static changeSign(record: u32): void {
    Fpu.begin(record);
    if (Fpu.valid(0))
      Real.set((Fpu.head(0) & load<u32>(record, DST)) ^ load<u32>(record, IMMEDIATE), Fpu.significand(0));
    else Fpu.stackFault(0);
    if (Fpu.commit()) Fpu.write(0);
  }

  /** FFREE ST(A); DST: and pop. */
  static free(record: u32): void {
    Fpu.begin(record);
    const physical = (load<u32>(FPU_TOP) + load<u32>(record, A)) & 7;
    store<u32>(FPU_VALID, load<u32>(FPU_VALID) & ~(1 << physical));
    store<u32>(FPU_STATUS, load<u32>(FPU_STATUS) & ~C1);
    if (load<u32>(record, DST)) Fpu.pop();
  }

  /** FINCSTP and FDECSTP: TOP <- TOP + IMMEDIATE. */
  static rotate(record: u32): void {
    Fpu.begin(record);
    store<u32>(FPU_TOP, (load<u32>(FPU_TOP) + load<u32>(record, IMMEDIATE)) & 7);
    store<u32>(FPU_STATUS, load<u32>(FPU_STATUS) & ~C1);
  }

  /** FXAM. */
  static examine(record: u32): void {
    Fpu.begin(record);
    const head = Fpu.head(0);
    let codes: u32 = 0x4100;
    if (Fpu.valid(0)) {
      const kind = Real.classify(head, Fpu.significand(0));
      if (kind == CLASS_ZERO) codes = 0x4000;
      else if (kind == CLASS_NORMAL) codes = 0x400;
      else if (kind == CLASS_DENORMAL) codes = 0x4400;
      else if (kind == CLASS_INFINITY) codes = 0x500;
      else codes = kind == CLASS_UNSUPPORTED ? 0 : 0x100;
    }
    Real.roundedUp = head >>> 15;
    Fpu.commit();
    Fpu.setCondition(codes);
  }

  static one(record: u32): void {
    Fpu.begin(record);
    Real.set(0x3fff, 0x8000000000000000);
    Fpu.push();
  }

  static zero(record: u32): void {
    Fpu.begin(record);
    Real.set(0, 0);
    Fpu.push();
  }

  static log2Of10(record: u32): void {
    Constant.push(record, 0x4000, 0xd49a784bcd1b8afe, false);
  }

  static log2OfE(record: u32): void {
    Constant.push(record, 0x3fff, 0xb8aa3b295c17f0bb, true);
  }

  static pi(record: u32): void {
    Constant.push(record, 0x4000, 0xc90fdaa22168c234, true);
  }

  static log10Of2(record: u32): void {
    Constant.push(record, 0x3ffd, 0x9a209a84fbcff798, true);
  }

  static lnOf2(record: u32): void {
    Constant.push(record, 0x3ffe, 0xb17217f7d1cf79ab, true);
  }
}
