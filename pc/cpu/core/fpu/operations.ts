// Arithmetic instructions. Records: for an operand in memory the address as in ../moves.ts and the operation (the reg field of its
// opcode) in DST; for registers the operation in MISC, DST and A the stack indices of destination and source, IMMEDIATE the pops.
// Source: Intel SDM vol. 2; vol. 1, 8.3 and 8.5.

import { Flags } from "../flags";
import { A, DST, FPU_STATUS, IMMEDIATE, MISC } from "../layout";
import { Memory } from "../memory";
import { Moves } from "../moves";
import { Arithmetic, UNORDERED } from "./arithmetic";
import { Convert } from "./convert";
import { FpuMoves } from "./moves";
import { BIAS, INTEGER_BIT, Real, ZERO_DIVIDE } from "./number";
import { CONDITION, Fpu } from "./registers";

/** The reg field of D8 and its kin. */
const ADD: u32 = 0;
const MULTIPLY: u32 = 1;
const COMPARE_POP: u32 = 3;
const SUBTRACT: u32 = 4;
const SUBTRACT_REVERSED: u32 = 5;
const DIVIDE: u32 = 6;

const EFLAGS_ARITHMETIC: u32 = 0x8d5;
/** Larger than any difference of two exponents. */
const FAR_SCALE: i32 = 0x18000;
const C2: u32 = 0x400;

export class FpuOperations {
  /** Result <- a op b. */
  @inline private static compute(operation: u32, aHead: u32, a: u64, bHead: u32, b: u64): void {
    if (operation == ADD) Arithmetic.add(aHead, a, bHead, b);
    else if (operation == MULTIPLY) Arithmetic.multiply(aHead, a, bHead, b);
    else if (operation == SUBTRACT) Arithmetic.subtract(aHead, a, bHead, b);
    else if (operation == SUBTRACT_REVERSED) Arithmetic.subtract(bHead, b, aHead, a);
    else if (operation == DIVIDE) Arithmetic.divide(aHead, a, bHead, b);
    else Arithmetic.divide(bHead, b, aHead, a);
  }

  /** ST(0) <- ST(0) op the result of a conversion; or the comparison of the two. */
  @inline private static withMemory(operation: u32): void {
    if ((operation & ~1) == 2) {
      FpuOperations.compareWith(Real.head, Real.significand, false);
      if (operation == COMPARE_POP && !Fpu.stopped) Fpu.pop();
      return;
    }
    if (Fpu.valid(0)) {
      const at = Fpu.address(0);
      FpuOperations.compute(operation, load<u16>(at + 8), load<u64>(at), Real.head, Real.significand);
    } else Fpu.stackFault(0);
    if (Fpu.commit()) Fpu.write(0);
  }

  /** Compares ST(0) with a number and sets C0, C2, C3. */
  private static compareWith(head: u32, significand: u64, quiet: bool): void {
    let codes = UNORDERED;
    if (Fpu.valid(0)) codes = Arithmetic.compare(Fpu.head(0), Fpu.significand(0), head, significand, quiet);
    else Fpu.stackFault(0);
    // Also when an unmasked exception is to follow: the processors do so, though the manual says that the codes stay as they were.
    Fpu.commit();
    Fpu.setCondition(codes);
  }

  static withSingle(record: u32): void {
    const linear = Moves.address(record);
    const bits = Memory.load<u32>(record, linear);
    Fpu.beginMemory(record, linear);
    Convert.fromSingle(bits);
    FpuOperations.withMemory(load<u32>(record, DST));
  }

  static withDouble(record: u32): void {
    const linear = Moves.address(record);
    const bits = FpuMoves.load64(record, linear);
    Fpu.beginMemory(record, linear);
    Convert.fromDouble(bits);
    FpuOperations.withMemory(load<u32>(record, DST));
  }

  static withInteger16(record: u32): void {
    const linear = Moves.address(record);
    const value = <i16>Memory.load<u16>(record, linear);
    Fpu.beginMemory(record, linear);
    Convert.fromInteger(value);
    FpuOperations.withMemory(load<u32>(record, DST));
  }

  static withInteger32(record: u32): void {
    const linear = Moves.address(record);
    const value = <i32>Memory.load<u32>(record, linear);
    Fpu.beginMemory(record, linear);
    Convert.fromInteger(value);
    FpuOperations.withMemory(load<u32>(record, DST));
  }

  /** ST(DST) <- ST(DST) op ST(A). */
  static withRegister(record: u32): void {
    Fpu.begin(record);
    const to = load<u32>(record, DST);
    const from = load<u32>(record, A);
    if (Fpu.valid(to) && Fpu.valid(from)) {
      const a = Fpu.address(to);
      const b = Fpu.address(from);
      FpuOperations.compute(load<u8>(record, MISC), load<u16>(a + 8), load<u64>(a), load<u16>(b + 8), load<u64>(b));
    } else Fpu.stackFault(0);
    if (!Fpu.commit()) return;
    Fpu.write(to);
    if (load<u32>(record, IMMEDIATE)) Fpu.pop();
  }

  /** FCOM, FUCOM (MISC 1) of ST(0) with ST(A). */
  static compare(record: u32): void {
    Fpu.begin(record);
    const index = load<u32>(record, A);
    if (Fpu.valid(index)) {
      FpuOperations.compareWith(Fpu.head(index), Fpu.significand(index), load<u8>(record, MISC) != 0);
    } else {
      Fpu.stackFault(0);
      Fpu.commit();
      Fpu.setCondition(UNORDERED);
    }
    FpuOperations.popAfterCompare(record);
  }

  /** FCOMI, FUCOMI (MISC 1): the same into ZF, PF and CF. */
  static compareFlags(record: u32): void {
    Fpu.begin(record);
    Fpu.keepC1();
    const index = load<u32>(record, A);
    let codes = UNORDERED;
    if (Fpu.valid(0) && Fpu.valid(index)) {
      const quiet = load<u8>(record, MISC) != 0;
      codes = Arithmetic.compare(Fpu.head(0), Fpu.significand(0), Fpu.head(index), Fpu.significand(index), quiet);
    } else Fpu.stackFault(0);
    Fpu.commit();
    // C0, C2, C3 stand where CF, PF, ZF do, eight bits up.
    Flags.change(codes >>> 8, EFLAGS_ARITHMETIC);
    FpuOperations.popAfterCompare(record);
  }

  private static popAfterCompare(record: u32): void {
    if (Fpu.stopped) return;
    for (let pops = load<u32>(record, IMMEDIATE); pops > 0; pops--) Fpu.pop();
  }

  /** FTST. */
  static test(record: u32): void {
    Fpu.begin(record);
    FpuOperations.compareWith(0, 0, false);
  }

  /** ST(0) <- the result. */
  @inline private static finish(): void {
    if (Fpu.commit()) Fpu.write(0);
  }

  static squareRoot(record: u32): void {
    Fpu.begin(record);
    if (Fpu.valid(0)) Arithmetic.squareRoot(Fpu.head(0), Fpu.significand(0));
    else Fpu.stackFault(0);
    FpuOperations.finish();
  }

  static roundToInteger(record: u32): void {
    Fpu.begin(record);
    if (Fpu.valid(0)) Convert.roundToInteger(Fpu.head(0), Fpu.significand(0));
    else Fpu.stackFault(0);
    FpuOperations.finish();
  }

  /** FPREM, FPREM1 (MISC 1): the quotient's low bits go to C0 (bit 2), C3 (bit 1), C1 (bit 0); C2 if there is more to reduce. */
  static remainder(record: u32): void {
    Fpu.begin(record);
    Arithmetic.divided = false;
    const nearest = load<u8>(record, MISC) != 0;
    if (!Fpu.valid(0) || !Fpu.valid(1)) Fpu.stackFault(0);
    else Arithmetic.remainder(Fpu.head(0), Fpu.significand(0), Fpu.head(1), Fpu.significand(1), nearest);
    if (!Arithmetic.divided || Fpu.stopped) {
      Fpu.setCondition(load<u32>(FPU_STATUS) & CONDITION & ~C2);
      FpuOperations.finish();
      return;
    }
    const quotient = Arithmetic.partial ? 0 : <u32>Arithmetic.quotient;
    Real.roundedUp = quotient & 1;
    FpuOperations.finish();
    Fpu.setCondition(((quotient & 4) << 6) | ((quotient & 2) << 13) | (Arithmetic.partial ? C2 : 0));
  }

  /** FSCALE: ST(0) <- ST(0) * 2^(ST(1) truncated). */
  static scale(record: u32): void {
    Fpu.begin(record);
    if (Fpu.valid(0) && Fpu.valid(1)) {
      FpuOperations.scaleBy(Fpu.head(0), Fpu.significand(0), Fpu.head(1), Fpu.significand(1));
    } else Fpu.stackFault(0);
    FpuOperations.finish();
  }

  private static scaleBy(aHead: u32, a: u64, bHead: u32, b: u64): void {
    if (Real.propagateTwo(aHead, a, bHead, b)) return;
    const sign = aHead & 0x8000;
    const infinite = (aHead & 0x7fff) == 0x7fff;
    const down = (bHead & 0x8000) != 0;
    if ((bHead & 0x7fff) == 0x7fff && (down ? infinite : a == 0)) {
      Real.invalid();
      return;
    }
    Real.noteDenormals(aHead, a, bHead, b);
    if (infinite || a == 0) {
      Real.set(aHead, a);
      return;
    }
    if ((bHead & 0x7fff) == 0x7fff) {
      if (down) Real.set(sign, 0);
      else Real.setInfinity(sign);
      return;
    }
    const places = <i32>(bHead & 0x7fff) - BIAS;
    const distance = places < 0 || b == 0 ? 0 : places > 16 ? FAR_SCALE : <i32>(b >> (63 - places));
    const exponent = Real.exponentOf(aHead, a) + (down ? -distance : distance);
    Real.roundExtended(sign, exponent, Real.normalised(a), 0);
  }

  /** FXTRACT: ST(0) <- its exponent, then pushes its significand. */
  static extract(record: u32): void {
    Fpu.begin(record);
    if (!Fpu.valid(0) || Fpu.valid(7)) {
      Fpu.stackFault(u32(Fpu.valid(0)));
      Fpu.finishTwo(Real.head, Real.significand);
      return;
    }
    const head = Fpu.head(0);
    const significand = Fpu.significand(0);
    if (Real.propagate(head, significand)) {
      Fpu.finishTwo(Real.head, Real.significand);
      return;
    }
    if (significand == 0) {
      Real.raised |= ZERO_DIVIDE;
      Real.set(head, 0);
      Fpu.finishTwo(0xffff, INTEGER_BIT);
      return;
    }
    if ((head & 0x7fff) == 0x7fff) {
      Real.set(head, significand);
      Fpu.finishTwo(0x7fff, INTEGER_BIT);
      return;
    }
    Real.noteDenormals(head, significand, 0, 0);
    Convert.fromInteger(Convert.exponent(head, significand));
    const exponentHead = Real.head;
    const exponent = Real.significand;
    Real.set((head & 0x8000) | BIAS, Real.normalised(significand));
    Fpu.finishTwo(exponentHead, exponent);
  }
}
