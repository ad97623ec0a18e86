// 3DNow!: two floats in an MMX register. No exceptions, no NaNs, no infinities and no denormals: a denormal operand or result is 0, what
// is too large is the largest normal number. Records as in packed.ts. PFRCP and PFRSQRT give what their iterations would end with, to the
// last place (the manual asks for 14 and 15 bits), so that the iterations have nothing left to do but to hand on their source.
// Source: AMD, 3DNow! Technology Manual, no. 21928; extensions, no. 22466.

import { DST, EXTRA } from "../layout";
import { Record } from "../state";
import { Now } from "./operations";
import { Vector } from "./registers";

const SIGN: u32 = 0x80000000;
const EXPONENT: u32 = 0x7f800000;
const LARGEST: u32 = 0x7f7fffff;

export class NowOperations {
  /** An operand: a denormal counts as 0. */
  @inline private static operand(bits: u32): f32 {
    return reinterpret<f32>(bits & EXPONENT ? bits : bits & SIGN);
  }

  private static result(value: f32): u32 {
    const bits = reinterpret<u32>(value);
    const exponent = bits & EXPONENT;
    if (exponent == 0) return bits & SIGN;
    return exponent == EXPONENT ? (bits & SIGN) | LARGEST : bits;
  }

  static run(record: u32): void {
    const a = Record.a<u64>(record);
    const b = Record.b<u64>(record);
    const operation = load<u32>(record, EXTRA);
    const a0 = <u32>a;
    const a1 = <u32>(a >> 32);
    const b0 = <u32>b;
    const b1 = <u32>(b >> 32);
    let low: u32;
    let high: u32;
    switch (operation) {
      case Now.PFACC:
        low = NowOperations.binary(Now.PFADD, a0, a1);
        high = NowOperations.binary(Now.PFADD, b0, b1);
        break;
      case Now.PFNACC:
        low = NowOperations.binary(Now.PFSUB, a0, a1);
        high = NowOperations.binary(Now.PFSUB, b0, b1);
        break;
      case Now.PFPNACC:
        low = NowOperations.binary(Now.PFSUB, a0, a1);
        high = NowOperations.binary(Now.PFADD, b0, b1);
        break;
      case Now.PFRCP:
      case Now.PFRSQRT:
        low = NowOperations.reciprocal(b0, operation == Now.PFRSQRT);
        high = low;
        break;
      case Now.PSWAPD:
        low = b1;
        high = b0;
        break;
      case Now.PMULHRW:
        low = NowOperations.roundedProducts(a0, b0);
        high = NowOperations.roundedProducts(a1, b1);
        break;
      default:
        low = NowOperations.binary(operation, a0, b0);
        high = NowOperations.binary(operation, a1, b1);
    }
    Vector.setMmx(load<u32>(record, DST), <u64>low | ((<u64>high) << 32));
  }

  /** One element; conversions and iterations look at b alone. */
  private static binary(operation: u32, aBits: u32, bBits: u32): u32 {
    const a = NowOperations.operand(aBits);
    const b = NowOperations.operand(bBits);
    switch (operation) {
      case Now.PFADD:
        return NowOperations.result(a + b);
      case Now.PFSUB:
        return NowOperations.result(a - b);
      case Now.PFSUBR:
        return NowOperations.result(b - a);
      case Now.PFMUL:
        return NowOperations.result(a * b);
      // Of two zeros the result is +0.
      case Now.PFMIN:
        return NowOperations.positiveZero(min<f32>(a, b));
      case Now.PFMAX:
        return NowOperations.positiveZero(max<f32>(a, b));
      case Now.PFCMPEQ:
        return a == b ? ~(<u32>0) : 0;
      case Now.PFCMPGT:
        return a > b ? ~(<u32>0) : 0;
      case Now.PFCMPGE:
        return a >= b ? ~(<u32>0) : 0;
      case Now.PI2FD:
        return NowOperations.truncated(<i32>bBits);
      case Now.PI2FW:
        return reinterpret<u32>(<f32>(<i32>(<i16>bBits)));
      case Now.PF2ID:
        return NowOperations.integer(b, i32.MIN_VALUE, i32.MAX_VALUE);
      case Now.PF2IW:
        return NowOperations.integer(b, i16.MIN_VALUE, i16.MAX_VALUE);
      default:
        return bBits;
    }
  }

  @inline private static positiveZero(value: f32): u32 {
    return value == 0 ? 0 : reinterpret<u32>(value);
  }

  /** An integer as a float, cut off after 24 bits. */
  private static truncated(value: i32): u32 {
    const magnitude: u32 = value < 0 ? -value : value;
    const excess = 8 - <i32>clz<u32>(magnitude);
    const kept = excess > 0 ? (magnitude >>> excess) << excess : magnitude;
    const bits = reinterpret<u32>(<f32>kept);
    return value < 0 ? bits | SIGN : bits;
  }

  /** A float cut off to an integer in range. */
  private static integer(value: f32, least: i32, largest: i32): u32 {
    const exact = <f64>value;
    if (exact >= <f64>largest) return largest;
    if (exact <= <f64>least) return least;
    return <i32>value;
  }

  /** 1 / b, or 1 / sqrt(|b|) with the sign of b; the reciprocal of 0 is the largest number. */
  private static reciprocal(bits: u32, root: bool): u32 {
    const sign = bits & SIGN;
    const magnitude = <f64>NowOperations.operand(bits & ~SIGN);
    if (magnitude == 0) return sign | LARGEST;
    return sign | NowOperations.result(<f32>(1 / (root ? sqrt<f64>(magnitude) : magnitude)));
  }

  /** PMULHRW: the upper words of two products, rounded. */
  private static roundedProducts(a: u32, b: u32): u32 {
    const low = <i32>(<i16>a) * <i32>(<i16>b) + 0x8000;
    const high = (<i32>a >> 16) * (<i32>b >> 16) + 0x8000;
    return (<u32>low >>> 16) | (high & 0xffff0000);
  }
}
