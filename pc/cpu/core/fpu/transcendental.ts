// The transcendental instructions: special operands, then a function of functions.ts. Source: Intel SDM vol. 2, F2XM1, FCOS, FPATAN,
// FPTAN, FSIN, FSINCOS, FYL2X, FYL2XP1 for the special operands; vol. 1, 8.3.10 for the accuracy asked for (one unit in the last place).

import { FPU_STATUS } from "../layout";
import { Functions } from "./functions";
import { BIAS, DENORMAL, INEXACT, INTEGER_BIT, Real, UNDERFLOW, ZERO_DIVIDE } from "./number";
import { Precise } from "./precise";
import { CONDITION, Fpu } from "./registers";

const C2: u32 = 0x400;
/** Arguments from 2^63 on are left to the program to reduce. */
const FIRST_FAR: u32 = BIAS + 63;

/** x and x + x³ agree to 128 bits. */
const TINY: i32 = -64;

/** Scratch numbers of this file. */
const RESULT: u32 = 8;
const ARGUMENT: u32 = 9;
const OTHER: u32 = 10;
const THIRD: u32 = 11;

export class Transcendental {
  @inline private static setFar(far: bool): void {
    const codes = load<u32>(FPU_STATUS) & CONDITION & ~C2;
    Fpu.setCondition(codes | (far ? C2 : 0));
  }

  /** ST(0) <- the result. */
  @inline private static finish(): void {
    if (Fpu.commit()) Fpu.write(0);
  }

  /** ST(1) <- the result, and pop. */
  @inline private static finishAndPop(): void {
    if (!Fpu.commit()) return;
    Fpu.write(1);
    Fpu.pop();
  }

  @inline private static infinite(head: u32): bool {
    return (head & 0x7fff) == 0x7fff;
  }

  /** F2XM1. */
  static exponential(record: u32): void {
    Fpu.begin(record);
    if (Fpu.valid(0)) Transcendental.exponentialOf(Fpu.head(0), Fpu.significand(0));
    else Fpu.stackFault(0);
    Transcendental.finish();
  }

  private static exponentialOf(head: u32, significand: u64): void {
    if (Real.propagate(head, significand)) return;
    Real.noteDenormals(head, significand, 0, 0);
    if (significand == 0) {
      Real.set(head, 0);
      return;
    }
    if (Transcendental.infinite(head)) {
      if (head & 0x8000) Real.set(0x8000 | BIAS, INTEGER_BIT);
      else Real.set(head, significand);
      return;
    }
    const exponent = <i32>(head & 0x7fff) - BIAS;
    if (exponent >= 0) {
      // 2^1 - 1 and 2^-1 - 1 are exact, though the processors say otherwise; beyond, the result is undefined, and the operand serves.
      Real.raised |= INEXACT;
      const isOne = exponent == 0 && significand == INTEGER_BIT;
      Real.set(isOne && (head & 0x8000) != 0 ? 0xbffe : head, significand);
      return;
    }
    Functions.exponential(Precise.slot(RESULT), head, significand);
    Precise.toResult(Precise.slot(RESULT));
  }

  /** FYL2X: ST(1) <- ST(1) * log2(ST(0)). */
  static logarithm(record: u32): void {
    Fpu.begin(record);
    if (Fpu.valid(0) && Fpu.valid(1)) {
      Transcendental.logarithmOf(Fpu.head(0), Fpu.significand(0), Fpu.head(1), Fpu.significand(1));
    } else Fpu.stackFault(0);
    Transcendental.finishAndPop();
  }

  private static logarithmOf(xHead: u32, x: u64, yHead: u32, y: u64): void {
    if (Real.propagateTwo(xHead, x, yHead, y)) return;
    const negative = (xHead & 0x8000) != 0 && x != 0;
    const yInfinite = Transcendental.infinite(yHead);
    const isOne = Functions.isOne(xHead, x);
    const invalid =
      negative || (x == 0 && y == 0) || (Transcendental.infinite(xHead) && y == 0) || (yInfinite && isOne);
    if (invalid) {
      Real.invalid();
      return;
    }
    // The sign of the result is y's, and turned round for an x below 1.
    const sign = (yHead & 0x8000) ^ ((xHead & 0x7fff) < <u32>BIAS ? 0x8000 : 0);
    if (x == 0 && !yInfinite) {
      Real.raised |= ZERO_DIVIDE;
      Real.setInfinity(sign);
      return;
    }
    Real.noteDenormals(xHead, x, yHead, y);
    if (yInfinite || Transcendental.infinite(xHead)) {
      Real.setInfinity(sign);
      return;
    }
    if (y == 0 || isOne) {
      Real.set(sign, 0);
      return;
    }
    const result = Precise.slot(RESULT);
    const factor = Precise.slot(OTHER);
    Precise.from(factor, yHead, y);
    Precise.from(result, xHead, x);
    Functions.logarithm(result);
    const exact = Real.normalised(x) == INTEGER_BIT;
    Precise.multiply(result, result, factor);
    if (exact) {
      Real.roundExtended(
        Precise.sign(result),
        Precise.exponent(result) + BIAS,
        load<u64>(result),
        load<u64>(result + 8),
      );
      // So the processors say, although it is not.
      Real.raised |= INEXACT | ((Real.head & 0x7fff) == 0 && Real.masked(UNDERFLOW) ? UNDERFLOW : 0);
    } else Precise.toResult(result);
  }

  /** FYL2XP1: ST(1) <- ST(1) * log2(ST(0) + 1). */
  static logarithmNearOne(record: u32): void {
    Fpu.begin(record);
    if (Fpu.valid(0) && Fpu.valid(1)) {
      Transcendental.logarithmNearOneOf(Fpu.head(0), Fpu.significand(0), Fpu.head(1), Fpu.significand(1));
    } else Fpu.stackFault(0);
    Transcendental.finishAndPop();
  }

  private static logarithmNearOneOf(xHead: u32, x: u64, yHead: u32, y: u64): void {
    if (Real.propagateTwo(xHead, x, yHead, y)) return;
    const xInfinite = Transcendental.infinite(xHead);
    const yInfinite = Transcendental.infinite(yHead);
    const sign = (xHead ^ yHead) & 0x8000;
    if ((x == 0 && yInfinite) || (xInfinite && (y == 0 || (xHead & 0x8000) != 0))) {
      Real.invalid();
      return;
    }
    Real.noteDenormals(xHead, x, yHead, y);
    if (xInfinite || yInfinite) {
      Real.setInfinity(sign);
      return;
    }
    if (x == 0 || y == 0) {
      Real.set(sign, 0);
      return;
    }
    // Only |x| < 1 - sqrt(1/2) is defined; the processor goes on as far as there is a logarithm.
    if ((xHead & 0x8000) != 0 && (xHead & 0x7fff) >= <u32>BIAS) {
      Real.raised |= INEXACT;
      Real.set(xHead, x);
      return;
    }
    const result = Precise.slot(RESULT);
    const factor = Precise.slot(OTHER);
    Precise.from(factor, yHead, y);
    Precise.from(result, xHead, x);
    Functions.logarithmNearOne(result);
    Precise.multiply(result, result, factor);
    Precise.toResult(result);
  }

  /** FPATAN: ST(1) <- the angle of the point (ST(0), ST(1)). */
  static arcTangent(record: u32): void {
    Fpu.begin(record);
    if (Fpu.valid(0) && Fpu.valid(1)) {
      Transcendental.angleOf(Fpu.head(0), Fpu.significand(0), Fpu.head(1), Fpu.significand(1));
    } else Fpu.stackFault(0);
    Transcendental.finishAndPop();
  }

  private static angleOf(xHead: u32, x: u64, yHead: u32, y: u64): void {
    if (Real.propagateTwo(xHead, x, yHead, y)) return;
    Real.noteDenormals(xHead, x, yHead, y);
    const sign = yHead & 0x8000;
    const left = (xHead & 0x8000) != 0;
    const xInfinite = Transcendental.infinite(xHead);
    const yInfinite = Transcendental.infinite(yHead);
    const result = Precise.slot(RESULT);
    if (xInfinite && yInfinite) {
      // pi / 4 or 3 pi / 4.
      Functions.pi(result, -2);
      Precise.integer(Precise.slot(OTHER), left ? 3 : 1);
      Precise.multiply(result, result, Precise.slot(OTHER));
    } else if (y == 0 || xInfinite) {
      if (!left) {
        Real.set(sign, 0);
        return;
      }
      Functions.pi(result, 0);
    } else if (x == 0 || yInfinite) Functions.pi(result, -1);
    else Transcendental.angle(result, xHead & 0x7fff, x, yHead & 0x7fff, y, left);
    Precise.setSign(result, sign);
    Precise.toResult(result);
  }

  private static angle(result: u32, xHead: u32, x: u64, yHead: u32, y: u64, left: bool): void {
    const across = Precise.slot(ARGUMENT);
    const up = Precise.slot(OTHER);
    const turn = Precise.slot(THIRD);
    Precise.from(across, xHead, x);
    Precise.from(up, yHead, y);
    if (!Precise.below(across, up)) Functions.arcTangent(result, up, across);
    else {
      Functions.arcTangent(result, across, up);
      Functions.pi(turn, -1);
      Precise.subtract(result, turn, result);
    }
    if (!left) return;
    Functions.pi(turn, 0);
    Precise.subtract(result, turn, result);
  }

  /**
   * What the four trigonometric instructions have in common: true if ST(0) is an ordinary argument. Otherwise all is done but what
   * FPTAN and FSINCOS push.
   */
  private static ordinaryAngle(head: u32, significand: u64): bool {
    if (Real.propagate(head, significand)) return false;
    if (Transcendental.infinite(head)) {
      Real.invalid();
      return false;
    }
    if ((head & 0x7fff) == 0 && significand != 0) Real.raised |= DENORMAL;
    return true;
  }

  @inline private static far(head: u32): bool {
    const exponent = head & 0x7fff;
    return exponent >= FIRST_FAR && exponent != 0x7fff;
  }

  /** Out of range: C2, and nothing else happens. */
  private static leave(): void {
    Fpu.commit();
    Transcendental.setFar(true);
  }

  /** Result <- sin x (shift 0) or cos x (shift 1). */
  private static circular(head: u32, significand: u64, shift: u32): void {
    if (significand == 0) {
      if (shift) Real.set(BIAS, INTEGER_BIT);
      else Real.set(head, 0);
      return;
    }
    const result = Precise.slot(RESULT);
    const argument = Precise.slot(ARGUMENT);
    const quadrant = Functions.reduce(argument, head, significand);
    Functions.ofQuadrant(result, argument, (quadrant + shift) & 3);
    Precise.toResult(result);
  }

  static sine(record: u32): void {
    Transcendental.single(record, 0);
  }

  static cosine(record: u32): void {
    Transcendental.single(record, 1);
  }

  private static single(record: u32, shift: u32): void {
    Fpu.begin(record);
    const head = Fpu.head(0);
    if (!Fpu.valid(0)) Fpu.stackFault(0);
    else {
      const significand = Fpu.significand(0);
      if (significand >> 63 != 0 && Transcendental.far(head)) {
        Transcendental.leave();
        return;
      }
      if (Transcendental.ordinaryAngle(head, significand)) Transcendental.circular(head, significand, shift);
    }
    Transcendental.finish();
    Transcendental.setFar(false);
  }

  /** FSINCOS: ST(0) <- sine, and pushes the cosine. */
  static sineAndCosine(record: u32): void {
    if (!Transcendental.beginTwo(record)) return;
    const head = Fpu.head(0);
    const significand = Fpu.significand(0);
    Transcendental.circular(head, significand, 0);
    const sineHead = Real.head;
    const sine = Real.significand;
    // C1 is about the sine.
    const roundedUp = Real.roundedUp;
    Transcendental.circular(head, significand, 1);
    Real.roundedUp = roundedUp;
    Transcendental.setFar(false);
    Fpu.finishTwo(sineHead, sine);
  }

  /** FPTAN: ST(0) <- tangent, and pushes 1. */
  static tangent(record: u32): void {
    if (!Transcendental.beginTwo(record)) return;
    const head = Fpu.head(0);
    const significand = Fpu.significand(0);
    if (significand == 0) Real.set(head, 0);
    else {
      const argument = Precise.slot(ARGUMENT);
      const sine = Precise.slot(RESULT);
      const cosine = Precise.slot(OTHER);
      const quadrant = Functions.reduce(argument, head, significand);
      // Next to 0 the tangent is the next number up, which a quotient of two rounded numbers would miss.
      if (Precise.exponent(argument) < TINY && (quadrant & 1) == 0) Precise.copy(sine, argument);
      else {
        Functions.ofQuadrant(sine, argument, quadrant);
        Functions.ofQuadrant(cosine, argument, (quadrant + 1) & 3);
        Precise.divide(sine, sine, cosine);
      }
      Precise.toResult(sine);
    }
    const tangentHead = Real.head;
    const tangent = Real.significand;
    Real.set(BIAS, INTEGER_BIT);
    Transcendental.setFar(false);
    Fpu.finishTwo(tangentHead, tangent);
  }

  /** False if there is nothing left to compute. */
  private static beginTwo(record: u32): bool {
    Fpu.begin(record);
    const head = Fpu.head(0);
    const significand = Fpu.significand(0);
    if (!Fpu.valid(0) || Fpu.valid(7)) Fpu.stackFault(u32(Fpu.valid(0)));
    else if (significand >> 63 != 0 && Transcendental.far(head)) {
      Transcendental.leave();
      return false;
    } else if (Transcendental.ordinaryAngle(head, significand)) return true;
    Transcendental.setFar(false);
    Fpu.finishTwo(Real.head, Real.significand);
    return false;
  }
}
