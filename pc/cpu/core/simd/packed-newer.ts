// What SSE3, SSSE3 and SSE4 added to the packed integers and moves. Records as in packed.ts. Source: Intel SDM vol. 2.

import { Flags } from "../flags";
import { A, B, EXTRA, IMMEDIATE, MISC, VECTOR_RESULT, XMM_REGISTERS } from "../layout";
import { PackedNewer } from "./operations";
import { Vector } from "./registers";

const CF: u32 = 1;
const ZF: u32 = 0x40;
const ARITHMETIC_FLAGS: u32 = 0x8d5;

export class NewerOperations {
  static run(record: u32): void {
    const a = v128.load(load<u32>(record, A));
    const b = v128.load(load<u32>(record, B));
    const wide = load<u8>(record, MISC) != 0;
    Vector.write(record, NewerOperations.compute(load<u32>(record, EXTRA), a, b, load<u32>(record, IMMEDIATE), wide));
  }

  /** PTEST: ZF if A and B have no one in common, CF if A has all of B's. */
  static test(record: u32): void {
    const a = v128.load(load<u32>(record, A));
    const b = v128.load(load<u32>(record, B));
    const none = !v128.any_true(v128.and(a, b));
    const all = !v128.any_true(v128.andnot(b, a));
    Flags.change((none ? ZF : 0) | (all ? CF : 0), ARITHMETIC_FLAGS);
  }

  @inline private static compute(operation: u32, a: v128, b: v128, immediate: u32, wide: bool): v128 {
    switch (operation) {
      case PackedNewer.MOVDDUP:
        return v128.shuffle<u64>(b, b, 0, 0);
      case PackedNewer.MOVSLDUP:
        return v128.shuffle<u32>(b, b, 0, 0, 2, 2);
      case PackedNewer.MOVSHDUP:
        return v128.shuffle<u32>(b, b, 1, 1, 3, 3);
      case PackedNewer.PSHUFB:
        // A set sign leaves an index that no byte has.
        return i8x16.swizzle(a, v128.and(b, i8x16.splat(wide ? <i8>0x8f : <i8>0x87)));
      case PackedNewer.PALIGNR:
        return NewerOperations.align(a, b, min<u32>(immediate & 0xff, 32), wide);
      case PackedNewer.PHADDW:
        return i16x8.add(NewerOperations.evenWords(a, b, wide), NewerOperations.oddWords(a, b, wide));
      case PackedNewer.PHADDD:
        return i32x4.add(NewerOperations.evenDoubles(a, b, wide), NewerOperations.oddDoubles(a, b, wide));
      case PackedNewer.PHADDSW:
        return i16x8.add_sat_s(NewerOperations.evenWords(a, b, wide), NewerOperations.oddWords(a, b, wide));
      case PackedNewer.PHSUBW:
        return i16x8.sub(NewerOperations.evenWords(a, b, wide), NewerOperations.oddWords(a, b, wide));
      case PackedNewer.PHSUBD:
        return i32x4.sub(NewerOperations.evenDoubles(a, b, wide), NewerOperations.oddDoubles(a, b, wide));
      case PackedNewer.PHSUBSW:
        return i16x8.sub_sat_s(NewerOperations.evenWords(a, b, wide), NewerOperations.oddWords(a, b, wide));
      case PackedNewer.PMADDUBSW: {
        const even = i16x8.mul(v128.and(a, i16x8.splat(0xff)), i16x8.shr_s(i16x8.shl(b, 8), 8));
        return i16x8.add_sat_s(even, i16x8.mul(i16x8.shr_u(a, 8), i16x8.shr_s(b, 8)));
      }
      case PackedNewer.PMULHRSW: {
        // WebAssembly saturates the one product that overflows.
        const least = i16x8.splat(<i16>0x8000);
        return v128.xor(i16x8.q15mulr_sat_s(a, b), v128.and(i16x8.eq(a, least), i16x8.eq(b, least)));
      }
      case PackedNewer.PSIGNB: {
        const signs = i8x16.shr_s(b, 7);
        return v128.and(i8x16.sub(v128.xor(a, signs), signs), i8x16.ne(b, i64x2.splat(0)));
      }
      case PackedNewer.PSIGNW: {
        const signs = i16x8.shr_s(b, 15);
        return v128.and(i16x8.sub(v128.xor(a, signs), signs), i16x8.ne(b, i64x2.splat(0)));
      }
      case PackedNewer.PSIGND: {
        const signs = i32x4.shr_s(b, 31);
        return v128.and(i32x4.sub(v128.xor(a, signs), signs), i32x4.ne(b, i64x2.splat(0)));
      }
      case PackedNewer.PABSB:
        return i8x16.abs(b);
      case PackedNewer.PABSW:
        return i16x8.abs(b);
      case PackedNewer.PABSD:
        return i32x4.abs(b);
      case PackedNewer.PMOVSXBW:
        return i16x8.extend_low_i8x16_s(b);
      case PackedNewer.PMOVSXBD:
        return i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(b));
      case PackedNewer.PMOVSXBQ:
        return i64x2.extend_low_i32x4_s(i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(b)));
      case PackedNewer.PMOVSXWD:
        return i32x4.extend_low_i16x8_s(b);
      case PackedNewer.PMOVSXWQ:
        return i64x2.extend_low_i32x4_s(i32x4.extend_low_i16x8_s(b));
      case PackedNewer.PMOVSXDQ:
        return i64x2.extend_low_i32x4_s(b);
      case PackedNewer.PMOVZXBW:
        return i16x8.extend_low_i8x16_u(b);
      case PackedNewer.PMOVZXBD:
        return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(b));
      case PackedNewer.PMOVZXBQ:
        return i64x2.extend_low_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(b)));
      case PackedNewer.PMOVZXWD:
        return i32x4.extend_low_i16x8_u(b);
      case PackedNewer.PMOVZXWQ:
        return i64x2.extend_low_i32x4_u(i32x4.extend_low_i16x8_u(b));
      case PackedNewer.PMOVZXDQ:
        return i64x2.extend_low_i32x4_u(b);
      case PackedNewer.PMULDQ:
        return i64x2.extmul_low_i32x4_s(v128.shuffle<u32>(a, a, 0, 2, 0, 2), v128.shuffle<u32>(b, b, 0, 2, 0, 2));
      case PackedNewer.PMULLD:
        return i32x4.mul(a, b);
      case PackedNewer.PCMPEQQ:
        return i64x2.eq(a, b);
      case PackedNewer.PCMPGTQ:
        return i64x2.gt_s(a, b);
      case PackedNewer.PACKUSDW:
        return i16x8.narrow_i32x4_u(a, b);
      case PackedNewer.PMINSB:
        return i8x16.min_s(a, b);
      case PackedNewer.PMINSD:
        return i32x4.min_s(a, b);
      case PackedNewer.PMINUW:
        return i16x8.min_u(a, b);
      case PackedNewer.PMINUD:
        return i32x4.min_u(a, b);
      case PackedNewer.PMAXSB:
        return i8x16.max_s(a, b);
      case PackedNewer.PMAXSD:
        return i32x4.max_s(a, b);
      case PackedNewer.PMAXUW:
        return i16x8.max_u(a, b);
      case PackedNewer.PMAXUD:
        return i32x4.max_u(a, b);
      case PackedNewer.PHMINPOSUW:
        v128.store(VECTOR_RESULT, b);
        return NewerOperations.minimum();
      case PackedNewer.PBLENDVB:
        return v128.bitselect(b, a, i8x16.shr_s(v128.load(XMM_REGISTERS), 7));
      case PackedNewer.BLENDVPS:
        return v128.bitselect(b, a, i32x4.shr_s(v128.load(XMM_REGISTERS), 31));
      case PackedNewer.BLENDVPD:
        return v128.bitselect(b, a, i64x2.shr_s(v128.load(XMM_REGISTERS), 63));
      case PackedNewer.BLENDPS: {
        const bits = i32x4(1, 2, 4, 8);
        return v128.bitselect(b, a, i32x4.eq(v128.and(i32x4.splat(immediate), bits), bits));
      }
      case PackedNewer.BLENDPD: {
        const bits = i64x2(1, 2);
        return v128.bitselect(b, a, i64x2.eq(v128.and(i64x2.splat(immediate), bits), bits));
      }
      case PackedNewer.PBLENDW: {
        const bits = i16x8(1, 2, 4, 8, 16, 32, 64, 128);
        return v128.bitselect(b, a, i16x8.eq(v128.and(i16x8.splat(<i16>immediate), bits), bits));
      }
      case PackedNewer.PINSRB: {
        const bytes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        const picked = i8x16.eq(bytes, i8x16.splat(<i8>(immediate & 15)));
        return v128.bitselect(i8x16.splat(i8x16.extract_lane_u(b, 0)), a, picked);
      }
      case PackedNewer.PINSRD: {
        const picked = i32x4.eq(i32x4(0, 1, 2, 3), i32x4.splat(immediate & 3));
        return v128.bitselect(i32x4.splat(i32x4.extract_lane(b, 0)), a, picked);
      }
      case PackedNewer.INSERTPS: {
        v128.store(VECTOR_RESULT, b);
        const value = load<i32>(VECTOR_RESULT + ((immediate >>> 6) & 3) * 4);
        const picked = i32x4.eq(i32x4(0, 1, 2, 3), i32x4.splat((immediate >>> 4) & 3));
        const bits = i32x4(1, 2, 4, 8);
        const cleared = i32x4.eq(v128.and(i32x4.splat(immediate), bits), bits);
        return v128.andnot(v128.bitselect(i32x4.splat(value), a, picked), cleared);
      }
      case PackedNewer.MPSADBW:
        return NewerOperations.sums(a, b, immediate);
      default:
        return unreachable();
    }
  }

  @inline private static joined(a: v128, b: v128): v128 {
    return v128.shuffle<u64>(a, b, 0, 2);
  }

  // The even and odd elements of A, then those of B; of MMX registers all are in the lower half.

  @inline private static evenWords(a: v128, b: v128, wide: bool): v128 {
    return v128.shuffle<u16>(wide ? a : NewerOperations.joined(a, b), b, 0, 2, 4, 6, 8, 10, 12, 14);
  }

  @inline private static oddWords(a: v128, b: v128, wide: bool): v128 {
    return v128.shuffle<u16>(wide ? a : NewerOperations.joined(a, b), b, 1, 3, 5, 7, 9, 11, 13, 15);
  }

  @inline private static evenDoubles(a: v128, b: v128, wide: bool): v128 {
    return v128.shuffle<u32>(wide ? a : NewerOperations.joined(a, b), b, 0, 2, 4, 6);
  }

  @inline private static oddDoubles(a: v128, b: v128, wide: bool): v128 {
    return v128.shuffle<u32>(wide ? a : NewerOperations.joined(a, b), b, 1, 3, 5, 7);
  }

  /** B, then A above it, shifted down by so many bytes. The swizzle gives 0 for what no index has. */
  @inline private static align(a: v128, b: v128, places: u32, wide: bool): v128 {
    const from = i8x16.add(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>places));
    if (!wide) return i8x16.swizzle(NewerOperations.joined(b, a), from);
    return v128.or(i8x16.swizzle(b, from), i8x16.swizzle(a, i8x16.sub(from, i8x16.splat(16))));
  }

  /** The smallest of eight words at VECTOR_RESULT, and where it is. */
  @inline private static minimum(): v128 {
    let smallest: u32 = 0xffff;
    let index: u32 = 0;
    for (let i: u32 = 0; i < 8; i++) {
      const word: u32 = load<u16>(VECTOR_RESULT + i * 2);
      if (word >= smallest) continue;
      smallest = word;
      index = i;
    }
    return i64x2.replace_lane(i64x2.splat(0), 0, <i64>(smallest | (index << 16)));
  }

  /** MPSADBW: eight sums of four distances, of A from eight places on against four bytes of B. */
  @inline private static sums(a: v128, b: v128, immediate: u32): v128 {
    v128.store(VECTOR_RESULT, a);
    v128.store(VECTOR_RESULT + 16, b);
    const first = VECTOR_RESULT + (immediate & 4);
    const second = VECTOR_RESULT + 16 + ((immediate & 3) << 2);
    for (let i: u32 = 0; i < 8; i++) {
      let sum: u32 = 0;
      for (let j: u32 = 0; j < 4; j++) {
        const distance = <i32>load<u8>(first + i + j) - <i32>load<u8>(second + j);
        sum += distance < 0 ? -distance : distance;
      }
      store<u16>(VECTOR_RESULT + 32 + i * 2, <u16>sum);
    }
    return v128.load(VECTOR_RESULT, 32);
  }
}
