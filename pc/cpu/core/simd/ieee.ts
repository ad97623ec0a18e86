// Single- and double-precision arithmetic as SSE does it, one element at a time: NaNs, denormals, flags and rounding by MXCSR. The
// finite cases are the x87's exact arithmetic (../fpu/arithmetic.ts), rounded once to the narrower format. A number is its bits, u32 or
// u64; what it raised is in Real.raised as the masked response has it. Source: Intel SDM vol. 1, 4.8, 11.5; table 4-7, tables E-1 to E-18.

import { Arithmetic } from "../fpu/arithmetic";
import { Convert } from "../fpu/convert";
import { DENORMAL, DOWN, INEXACT, INVALID, NEAREST, OVERFLOW, Real, UNDERFLOW, UP, ZERO_DIVIDE } from "../fpu/number";
import { MXCSR } from "../layout";
import { Raise, Register } from "../state";
import { Float } from "./operations";

const DAZ: u32 = 0x40;
const FZ: u32 = 0x8000;
/** The flags' masks stand seven bits above the flags. */
const MASKS: u32 = 7;
const ALL_MASKS: u32 = 0x3f;
/** Invalid operation, denormal, division by zero: found before anything is computed. */
const BEFORE: u32 = INVALID | DENORMAL | ZERO_DIVIDE;
const CR4_OSXMMEXCPT: u32 = 0x400;

export class Ieee {
  private static daz: bool = false;
  private static flush: bool = false;

  /** Starts an instruction. The masked response is computed; `finish` sees to the rest. */
  @inline static begin(): void {
    const mxcsr = load<u32>(MXCSR);
    Real.begin();
    Real.control = ALL_MASKS | ((mxcsr >>> 3) & 0xc00);
    Ieee.daz = (mxcsr & DAZ) != 0;
    Ieee.flush = (mxcsr & FZ) != 0 && (mxcsr & (UNDERFLOW << MASKS)) != 0;
  }

  /** Truncation whatever MXCSR says. */
  @inline static truncate(): void {
    Ieee.setRounding(3);
  }

  /** A rounding mode in place of MXCSR's. */
  @inline static setRounding(mode: u32): void {
    Real.control = (Real.control & ~0xc00) | (mode << 10);
  }

  /** Whether an inexact result leaves no trace but itself: rounding to nearest, the flag already set, and masked. */
  @inline static get settled(): bool {
    return (load<u32>(MXCSR) & 0x7020) == 0x1020;
  }

  /** A normal number or 0, which raises nothing as an operand. */
  @inline static isPlain<T extends number>(bits: T): bool {
    const magnitude = Ieee.magnitude<T>(bits);
    return (
      <T>(magnitude - Ieee.smallestNormal<T>()) < <T>(Ieee.infinity<T>() - Ieee.smallestNormal<T>()) || magnitude == 0
    );
  }

  /** A result that is neither an overflow nor tiny; 0 may be an underflow, and the smallest normal number may have been rounded up to. */
  @inline static isOrdinary<T extends number>(bits: T): bool {
    const least = <T>(Ieee.smallestNormal<T>() + 1);
    return <T>(Ieee.magnitude<T>(bits) - least) < <T>(Ieee.infinity<T>() - least);
  }

  /** An operation as WebAssembly does it: to nearest, without flags. */
  @inline static native<T extends number>(operation: u32, a: T, b: T): T {
    if (sizeof<T>() == 4) {
      const x = reinterpret<f32>(<u32>a);
      const y = reinterpret<f32>(<u32>b);
      if (operation == Float.ADD) return <T>reinterpret<u32>(x + y);
      if (operation == Float.SUBTRACT) return <T>reinterpret<u32>(x - y);
      if (operation == Float.MULTIPLY) return <T>reinterpret<u32>(x * y);
      if (operation == Float.DIVIDE) return <T>reinterpret<u32>(x / y);
      return <T>reinterpret<u32>(sqrt<f32>(y));
    }
    const x = reinterpret<f64>(<u64>a);
    const y = reinterpret<f64>(<u64>b);
    if (operation == Float.ADD) return <T>reinterpret<u64>(x + y);
    if (operation == Float.SUBTRACT) return <T>reinterpret<u64>(x - y);
    if (operation == Float.MULTIPLY) return <T>reinterpret<u64>(x * y);
    if (operation == Float.DIVIDE) return <T>reinterpret<u64>(x / y);
    return <T>reinterpret<u64>(sqrt<f64>(y));
  }

  /** Puts the flags into MXCSR; an unmasked one is #XM, or #UD if the system does not know of it, and nothing else changes. */
  static finish(record: u32): void {
    const mxcsr = load<u32>(MXCSR);
    let raised = Real.raised;
    const unmasked = raised & ~(mxcsr >>> MASKS);
    if ((unmasked & BEFORE) != 0) raised &= BEFORE;
    store<u32>(MXCSR, mxcsr | raised);
    if (unmasked == 0) return;
    Raise.at(record);
    if (Register.cr4 & CR4_OSXMMEXCPT) Raise.fault(19);
    Raise.invalidOpcode();
  }

  @inline private static signBit<T extends number>(): T {
    return sizeof<T>() == 4 ? <T>0x80000000 : <T>0x8000000000000000;
  }

  @inline private static infinity<T extends number>(): T {
    return sizeof<T>() == 4 ? <T>0x7f800000 : <T>0x7ff0000000000000;
  }

  @inline private static quietBit<T extends number>(): T {
    return sizeof<T>() == 4 ? <T>0x400000 : <T>0x8000000000000;
  }

  @inline private static smallestNormal<T extends number>(): T {
    return sizeof<T>() == 4 ? <T>0x800000 : <T>0x10000000000000;
  }

  @inline private static magnitude<T extends number>(bits: T): T {
    return <T>(bits & ~Ieee.signBit<T>());
  }

  @inline private static isNan<T extends number>(bits: T): bool {
    return Ieee.magnitude<T>(bits) > Ieee.infinity<T>();
  }

  @inline private static isSignalling<T extends number>(bits: T): bool {
    return Ieee.isNan<T>(bits) && (bits & Ieee.quietBit<T>()) == 0;
  }

  @inline private static isInfinite<T extends number>(bits: T): bool {
    return Ieee.magnitude<T>(bits) == Ieee.infinity<T>();
  }

  @inline private static isDenormal<T extends number>(bits: T): bool {
    return <T>(Ieee.magnitude<T>(bits) - 1) < <T>(Ieee.smallestNormal<T>() - 1);
  }

  /** An operand as DAZ has it. */
  @inline private static operand<T extends number>(bits: T): T {
    return Ieee.daz && Ieee.isDenormal<T>(bits) ? <T>(bits & Ieee.signBit<T>()) : bits;
  }

  /** The masked response to an invalid operation. */
  @inline private static invalid<T extends number>(): T {
    Real.raised |= INVALID;
    return <T>(Ieee.signBit<T>() | Ieee.infinity<T>() | Ieee.quietBit<T>());
  }

  @inline private static noteDenormal<T extends number>(bits: T): void {
    if (Ieee.isDenormal<T>(bits)) Real.raised |= DENORMAL;
  }

  /** Finite and not zero: into Real.head and Real.significand. */
  @inline private static unpack<T extends number>(bits: T): void {
    if (sizeof<T>() == 4) Convert.fromSingle(<u32>bits);
    else Convert.fromDouble(<u64>bits);
  }

  /**
   * The exact result in `Real`, rounded to the format. An unmasked overflow or underflow has no result, so whether it is inexact
   * too is asked of the significand alone.
   */
  private static pack<T extends number>(): T {
    const head = Real.head;
    const before = Real.raised;
    Real.raised = 0;
    let bits: T;
    if (sizeof<T>() == 4) bits = <T>Convert.exactToSingle();
    else bits = <T>Convert.exactToDouble();
    let raised = Real.raised;
    const unmasked = ~load<u32>(MXCSR) >>> MASKS;
    if ((raised & unmasked & OVERFLOW) != 0) raised = OVERFLOW | (Real.lost ? INEXACT : 0);
    if (Real.tiny) {
      if (unmasked & UNDERFLOW) raised = UNDERFLOW | (Real.lost ? INEXACT : 0);
      else if (Ieee.flush) {
        raised = UNDERFLOW | INEXACT;
        bits = head & 0x8000 ? Ieee.signBit<T>() : <T>0;
      }
    }
    Real.raised = before | raised;
    return bits;
  }

  static binary<T extends number>(operation: u32, a: T, b: T): T {
    a = Ieee.operand<T>(a);
    b = Ieee.operand<T>(b);
    if (operation >= <u32>Float.MINIMUM) return Ieee.select<T>(operation, a, b);
    if (Ieee.isNan<T>(a) || Ieee.isNan<T>(b)) {
      if (Ieee.isSignalling<T>(a) || Ieee.isSignalling<T>(b)) Real.raised |= INVALID;
      return <T>((Ieee.isNan<T>(a) ? a : b) | Ieee.quietBit<T>());
    }
    if (operation == Float.SUBTRACT) b = <T>(b ^ Ieee.signBit<T>());
    if (operation <= <u32>Float.SUBTRACT) return Ieee.add<T>(a, b);
    return operation == Float.MULTIPLY ? Ieee.multiply<T>(a, b) : Ieee.divide<T>(a, b);
  }

  private static add<T extends number>(a: T, b: T): T {
    const aInfinite = Ieee.isInfinite<T>(a);
    const bInfinite = Ieee.isInfinite<T>(b);
    if (aInfinite && bInfinite && a != b) return Ieee.invalid<T>();
    Ieee.noteDenormal<T>(a);
    Ieee.noteDenormal<T>(b);
    if (aInfinite) return a;
    if (bInfinite) return b;
    if (Ieee.magnitude<T>(a) == 0) {
      if (Ieee.magnitude<T>(b) == 0) return a == b ? a : Real.rounding == DOWN ? Ieee.signBit<T>() : <T>0;
      return Ieee.again<T>(b);
    }
    if (Ieee.magnitude<T>(b) == 0) return Ieee.again<T>(a);
    Ieee.unpack<T>(a);
    const aHead = Real.head;
    const aSignificand = Real.significand;
    Ieee.unpack<T>(b);
    Real.exact = true;
    Arithmetic.addFinite(aHead, aSignificand, Real.head, Real.significand);
    return Ieee.pack<T>();
  }

  /** A finite number as a result: it may be tiny. */
  private static again<T extends number>(bits: T): T {
    Ieee.unpack<T>(bits);
    Real.exact = true;
    Arithmetic.roundAgain(Real.head, Real.significand);
    return Ieee.pack<T>();
  }

  private static multiply<T extends number>(a: T, b: T): T {
    const sign = <T>((a ^ b) & Ieee.signBit<T>());
    const infinite = Ieee.isInfinite<T>(a) || Ieee.isInfinite<T>(b);
    const zero = Ieee.magnitude<T>(a) == 0 || Ieee.magnitude<T>(b) == 0;
    if (infinite && zero) return Ieee.invalid<T>();
    Ieee.noteDenormal<T>(a);
    Ieee.noteDenormal<T>(b);
    if (infinite) return <T>(sign | Ieee.infinity<T>());
    if (zero) return sign;
    Ieee.unpack<T>(a);
    const aHead = Real.head;
    const aSignificand = Real.significand;
    Ieee.unpack<T>(b);
    Real.exact = true;
    Arithmetic.multiplyFinite(aHead, aSignificand, Real.head, Real.significand);
    return Ieee.pack<T>();
  }

  private static divide<T extends number>(a: T, b: T): T {
    const sign = <T>((a ^ b) & Ieee.signBit<T>());
    const aInfinite = Ieee.isInfinite<T>(a);
    const bInfinite = Ieee.isInfinite<T>(b);
    const aZero = Ieee.magnitude<T>(a) == 0;
    const bZero = Ieee.magnitude<T>(b) == 0;
    if ((aInfinite && bInfinite) || (aZero && bZero)) return Ieee.invalid<T>();
    if (bZero && !aInfinite) {
      Real.raised |= ZERO_DIVIDE;
      return <T>(sign | Ieee.infinity<T>());
    }
    Ieee.noteDenormal<T>(a);
    Ieee.noteDenormal<T>(b);
    if (aInfinite) return <T>(sign | Ieee.infinity<T>());
    if (bInfinite || aZero) return sign;
    Ieee.unpack<T>(a);
    const aHead = Real.head;
    const aSignificand = Real.significand;
    Ieee.unpack<T>(b);
    Real.exact = true;
    Arithmetic.divideFinite(aHead, aSignificand, Real.head, Real.significand);
    return Ieee.pack<T>();
  }

  static squareRoot<T extends number>(a: T): T {
    a = Ieee.operand<T>(a);
    if (Ieee.isNan<T>(a)) {
      if (Ieee.isSignalling<T>(a)) Real.raised |= INVALID;
      return <T>(a | Ieee.quietBit<T>());
    }
    if (Ieee.magnitude<T>(a) == 0) return a;
    if ((a & Ieee.signBit<T>()) != 0) return Ieee.invalid<T>();
    if (Ieee.isInfinite<T>(a)) return a;
    Ieee.noteDenormal<T>(a);
    Ieee.unpack<T>(a);
    Real.exact = true;
    Arithmetic.squareRootFinite(Real.head, Real.significand);
    return Ieee.pack<T>();
  }

  /** MIN and MAX: the second operand if they are equal, or if one is a NaN. */
  private static select<T extends number>(operation: u32, a: T, b: T): T {
    if (Ieee.isNan<T>(a) || Ieee.isNan<T>(b)) {
      Real.raised |= INVALID;
      return b;
    }
    Ieee.noteDenormal<T>(a);
    Ieee.noteDenormal<T>(b);
    const first = operation == Float.MINIMUM ? Ieee.less<T>(a, b) : Ieee.less<T>(b, a);
    return first ? a : b;
  }

  /** a < b, neither a NaN. */
  @inline private static less<T extends number>(a: T, b: T): bool {
    if (sizeof<T>() == 4) return reinterpret<f32>(<u32>a) < reinterpret<f32>(<u32>b);
    return reinterpret<f64>(<u64>a) < reinterpret<f64>(<u64>b);
  }

  /**
   * Compares: 0 greater, 1 less, 2 equal, 3 unordered.
   * @param quiet a quiet NaN is not invalid
   */
  static relation<T extends number>(a: T, b: T, quiet: bool): u32 {
    a = Ieee.operand<T>(a);
    b = Ieee.operand<T>(b);
    if (Ieee.isNan<T>(a) || Ieee.isNan<T>(b)) {
      if (!quiet || Ieee.isSignalling<T>(a) || Ieee.isSignalling<T>(b)) Real.raised |= INVALID;
      return 3;
    }
    Ieee.noteDenormal<T>(a);
    Ieee.noteDenormal<T>(b);
    if (Ieee.less<T>(a, b)) return 1;
    return Ieee.less<T>(b, a) ? 0 : 2;
  }

  /** CMPPS and its like: all ones where the predicate holds. EQ LT LE UNORD and, from 4 on, their opposites. */
  static compare<T extends number>(predicate: u32, a: T, b: T): T {
    // LT, LE and their opposites signal.
    const kind = predicate & 3;
    const relation = Ieee.relation<T>(a, b, kind == 0 || kind == 3);
    let holds: bool;
    if (kind == 0) holds = relation == 2;
    else if (kind == 1) holds = relation == 1;
    else if (kind == 2) holds = relation == 1 || relation == 2;
    else holds = relation == 3;
    return holds != ((predicate & 4) != 0) ? <T>~(<T>0) : <T>0;
  }

  /** The other format. */
  static narrow(bits: u64): u32 {
    bits = Ieee.operand<u64>(bits);
    Ieee.noteDenormal<u64>(bits);
    if (Ieee.isSignalling<u64>(bits)) Real.raised |= INVALID;
    if (Ieee.isNan<u64>(bits)) return (<u32>(bits >> 32) & 0x80000000) | 0x7fc00000 | (<u32>(bits >> 29) & 0x3fffff);
    if (Ieee.isInfinite<u64>(bits)) return (<u32>(bits >> 32) & 0x80000000) | 0x7f800000;
    if (Ieee.magnitude<u64>(bits) == 0) return <u32>(bits >> 32);
    Ieee.unpack<u64>(bits);
    Real.exact = true;
    Arithmetic.roundAgain(Real.head, Real.significand);
    return Ieee.pack<u32>();
  }

  static widen(bits: u32): u64 {
    bits = Ieee.operand<u32>(bits);
    Ieee.noteDenormal<u32>(bits);
    if (Ieee.isSignalling<u32>(bits)) Real.raised |= INVALID;
    if (Ieee.isNan<u32>(bits)) {
      return ((<u64>(bits & 0x80000000)) << 32) | 0x7ff8000000000000 | ((<u64>bits & 0x3fffff) << 29);
    }
    return reinterpret<u64>(<f64>reinterpret<f32>(bits));
  }

  /** An integer as a float, rounded. */
  static fromInteger<T extends number>(value: i32): T {
    if (value == 0) return <T>0;
    if (sizeof<T>() == 8) return <T>reinterpret<u64>(<f64>value);
    Convert.fromInteger(value);
    Real.exact = true;
    Arithmetic.roundAgain(Real.head, Real.significand);
    return Ieee.pack<T>();
  }

  /** A whole number by the present rounding mode; of 0 the sign stays. */
  private static whole(value: f64): f64 {
    const mode = Real.rounding;
    return mode == NEAREST
      ? nearest<f64>(value)
      : mode == DOWN
        ? floor<f64>(value)
        : mode == UP
          ? ceil<f64>(value)
          : trunc<f64>(value);
  }

  @inline private static value<T extends number>(bits: T): f64 {
    return sizeof<T>() == 4 ? <f64>reinterpret<f32>(<u32>bits) : reinterpret<f64>(<u64>bits);
  }

  /** A float as an integer; 80000000h if it has none. */
  static toInteger<T extends number>(bits: T): u32 {
    const value = Ieee.value<T>(Ieee.operand<T>(bits));
    const rounded = Ieee.whole(value);
    // No NaN is in the range.
    if (!(rounded >= <f64>i32.MIN_VALUE && rounded <= <f64>i32.MAX_VALUE)) {
      Real.raised |= INVALID;
      return 0x80000000;
    }
    if (rounded != value) Real.raised |= INEXACT;
    return <u32>(<i32>rounded);
  }

  /** A float rounded to a whole number. */
  static toWhole<T extends number>(bits: T, exactly: bool): T {
    bits = Ieee.operand<T>(bits);
    if (Ieee.isNan<T>(bits)) {
      if (Ieee.isSignalling<T>(bits)) Real.raised |= INVALID;
      return <T>(bits | Ieee.quietBit<T>());
    }
    const value = Ieee.value<T>(bits);
    const rounded = Ieee.whole(value);
    if (rounded != value && !exactly) Real.raised |= INEXACT;
    if (sizeof<T>() == 4) return <T>reinterpret<u32>(<f32>rounded);
    return <T>reinterpret<u64>(rounded);
  }
}
