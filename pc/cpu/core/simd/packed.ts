// Packed integers, and whatever else moves bits in MMX and XMM registers: one micro-op, whose operation is in EXTRA.
// Records: DST <- A op B (addresses of 16 bytes; of an MMX register the lower 8 count), IMMEDIATE the selector or the count of a shift;
// MISC 1: XMM, 0: MMX. Source: Intel SDM vol. 2.

import { FpuMoves } from "../fpu/moves";
import { A, B, DST, EXTRA, IMMEDIATE, MISC } from "../layout";
import { Memory } from "../memory";
import { Record } from "../state";
import { Packed } from "./operations";
import { Vector } from "./registers";

export class PackedOperations {
  static run(record: u32): void {
    const a = v128.load(load<u32>(record, A));
    const b = v128.load(load<u32>(record, B));
    Vector.write(record, PackedOperations.compute(load<u32>(record, EXTRA), a, b, load<u32>(record, IMMEDIATE)));
  }

  /** PMOVMSKB, MOVMSKPS, MOVMSKPD: a general register <- the signs of A's lanes, IMMEDIATE bytes wide. */
  static signs(record: u32): void {
    const a = v128.load(load<u32>(record, A));
    const width = load<u32>(record, IMMEDIATE);
    let signs = width == 1 ? i8x16.bitmask(a) : width == 4 ? i32x4.bitmask(a) : i64x2.bitmask(a);
    if (load<u8>(record, MISC) == 0) signs &= 0xff;
    Record.setDestination<u32>(record, signs);
  }

  /** MASKMOVQ, MASKMOVDQU: the bytes of A to the linear address in DST, those whose byte in B has its sign set. */
  static maskedMove(record: u32): void {
    const linear = load<u32>(load<u32>(record, DST));
    const wide = load<u8>(record, MISC) != 0;
    const from = load<u32>(record, A);
    const mask = i8x16.bitmask(v128.load(load<u32>(record, B))) & (wide ? 0xffff : 0xff);
    if (mask == 0) return;
    Memory.aligned(record, linear, 8);
    FpuMoves.checkWrite(record, linear, wide ? 16 : 8);
    for (let i: u32 = 0; i < 16; i++) {
      if ((mask >>> i) & 1) Memory.store<u8>(record, linear + i, load<u8>(from + i));
    }
  }

  @inline private static compute(operation: u32, a: v128, b: v128, immediate: u32): v128 {
    switch (operation) {
      case Packed.PADDB:
        return i8x16.add(a, b);
      case Packed.PADDW:
        return i16x8.add(a, b);
      case Packed.PADDD:
        return i32x4.add(a, b);
      case Packed.PADDQ:
        return i64x2.add(a, b);
      case Packed.PADDSB:
        return i8x16.add_sat_s(a, b);
      case Packed.PADDSW:
        return i16x8.add_sat_s(a, b);
      case Packed.PADDUSB:
        return i8x16.add_sat_u(a, b);
      case Packed.PADDUSW:
        return i16x8.add_sat_u(a, b);
      case Packed.PSUBB:
        return i8x16.sub(a, b);
      case Packed.PSUBW:
        return i16x8.sub(a, b);
      case Packed.PSUBD:
        return i32x4.sub(a, b);
      case Packed.PSUBQ:
        return i64x2.sub(a, b);
      case Packed.PSUBSB:
        return i8x16.sub_sat_s(a, b);
      case Packed.PSUBSW:
        return i16x8.sub_sat_s(a, b);
      case Packed.PSUBUSB:
        return i8x16.sub_sat_u(a, b);
      case Packed.PSUBUSW:
        return i16x8.sub_sat_u(a, b);
      case Packed.PMULLW:
        return i16x8.mul(a, b);
      case Packed.PMULHW:
        return PackedOperations.upperWords(i32x4.extmul_low_i16x8_s(a, b), i32x4.extmul_high_i16x8_s(a, b));
      case Packed.PMULHUW:
        return PackedOperations.upperWords(i32x4.extmul_low_i16x8_u(a, b), i32x4.extmul_high_i16x8_u(a, b));
      case Packed.PMULUDQ:
        return i64x2.extmul_low_i32x4_u(v128.shuffle<u32>(a, a, 0, 2, 0, 2), v128.shuffle<u32>(b, b, 0, 2, 0, 2));
      case Packed.PMADDWD:
        return i32x4.dot_i16x8_s(a, b);
      case Packed.PAND:
        return v128.and(a, b);
      case Packed.PANDN:
        return v128.andnot(b, a);
      case Packed.POR:
        return v128.or(a, b);
      case Packed.PXOR:
        return v128.xor(a, b);
      case Packed.PCMPEQB:
        return i8x16.eq(a, b);
      case Packed.PCMPEQW:
        return i16x8.eq(a, b);
      case Packed.PCMPEQD:
        return i32x4.eq(a, b);
      case Packed.PCMPGTB:
        return i8x16.gt_s(a, b);
      case Packed.PCMPGTW:
        return i16x8.gt_s(a, b);
      case Packed.PCMPGTD:
        return i32x4.gt_s(a, b);
      case Packed.PAVGB:
        return i8x16.avgr_u(a, b);
      case Packed.PAVGW:
        return i16x8.avgr_u(a, b);
      case Packed.PMAXSW:
        return i16x8.max_s(a, b);
      case Packed.PMAXUB:
        return i8x16.max_u(a, b);
      case Packed.PMINSW:
        return i16x8.min_s(a, b);
      case Packed.PMINUB:
        return i8x16.min_u(a, b);
      case Packed.PSADBW:
        return PackedOperations.sumOfDifferences(a, b);
      case Packed.PACKSSWB:
        return i8x16.narrow_i16x8_s(a, b);
      case Packed.PACKSSDW:
        return i16x8.narrow_i32x4_s(a, b);
      case Packed.PACKUSWB:
        return i8x16.narrow_i16x8_u(a, b);
      case Packed.PACKSSWB_64:
        return i8x16.narrow_i16x8_s(PackedOperations.lowerHalves(a, b), b);
      case Packed.PACKSSDW_64:
        return i16x8.narrow_i32x4_s(PackedOperations.lowerHalves(a, b), b);
      case Packed.PACKUSWB_64:
        return i8x16.narrow_i16x8_u(PackedOperations.lowerHalves(a, b), b);
      case Packed.PUNPCKLBW:
        return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      case Packed.PUNPCKLWD:
        return v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
      case Packed.PUNPCKLDQ:
        return v128.shuffle<u32>(a, b, 0, 4, 1, 5);
      case Packed.PUNPCKLQDQ:
        return PackedOperations.lowerHalves(a, b);
      case Packed.PUNPCKHBW:
        return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      case Packed.PUNPCKHWD:
        return v128.shuffle<u16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
      case Packed.PUNPCKHDQ:
        return v128.shuffle<u32>(a, b, 2, 6, 3, 7);
      case Packed.PUNPCKHQDQ:
        return v128.shuffle<u64>(a, b, 1, 3);
      case Packed.PUNPCKHBW_64:
        return v128.shuffle<u8>(a, b, 4, 20, 5, 21, 6, 22, 7, 23, 4, 20, 5, 21, 6, 22, 7, 23);
      case Packed.PUNPCKHWD_64:
        return v128.shuffle<u16>(a, b, 2, 10, 3, 11, 2, 10, 3, 11);
      case Packed.PUNPCKHDQ_64:
        return v128.shuffle<u32>(a, b, 1, 5, 1, 5);
      case Packed.PSHUFD:
        return i8x16.swizzle(b, PackedOperations.doubles(immediate));
      case Packed.PSHUFLW:
        return v128.shuffle<u64>(i8x16.swizzle(b, PackedOperations.words(immediate)), b, 0, 3);
      case Packed.PSHUFHW:
        // The upper words stand where the lower ones do in the swizzle's index.
        return v128.shuffle<u64>(
          b,
          i8x16.swizzle(v128.shuffle<u64>(b, b, 1, 1), PackedOperations.words(immediate)),
          0,
          2,
        );
      case Packed.SHUFPS: {
        const picked = PackedOperations.doubles(immediate);
        return v128.shuffle<u64>(i8x16.swizzle(a, picked), i8x16.swizzle(b, picked), 0, 3);
      }
      case Packed.SHUFPD: {
        const low = immediate & 1 ? i64x2.extract_lane(a, 1) : i64x2.extract_lane(a, 0);
        const high = immediate & 2 ? i64x2.extract_lane(b, 1) : i64x2.extract_lane(b, 0);
        return i64x2.replace_lane(i64x2.splat(low), 1, high);
      }
      case Packed.PINSRW: {
        const picked = i16x8.eq(i16x8(0, 1, 2, 3, 4, 5, 6, 7), i16x8.splat(<i16>(immediate & 7)));
        return v128.bitselect(i16x8.splat(i16x8.extract_lane_u(b, 0)), a, picked);
      }
      default:
        return PackedOperations.shift(operation, a, i64x2.extract_lane(b, 0));
    }
  }

  /** A count that leaves nothing of the lanes does so whatever its upper bits. */
  @inline private static shift(operation: u32, a: v128, count: u64): v128 {
    const places = count > 127 ? 127 : <i32>count;
    switch (operation) {
      case Packed.PSLLW:
        return places > 15 ? i64x2.splat(0) : i16x8.shl(a, places);
      case Packed.PSLLD:
        return places > 31 ? i64x2.splat(0) : i32x4.shl(a, places);
      case Packed.PSLLQ:
        return places > 63 ? i64x2.splat(0) : i64x2.shl(a, places);
      case Packed.PSRLW:
        return places > 15 ? i64x2.splat(0) : i16x8.shr_u(a, places);
      case Packed.PSRLD:
        return places > 31 ? i64x2.splat(0) : i32x4.shr_u(a, places);
      case Packed.PSRLQ:
        return places > 63 ? i64x2.splat(0) : i64x2.shr_u(a, places);
      case Packed.PSRAW:
        return i16x8.shr_s(a, min(places, 15));
      case Packed.PSRAD:
        return i32x4.shr_s(a, min(places, 31));
      // The swizzle gives 0 for an index that is not below 16.
      case Packed.PSLLDQ:
        return i8x16.swizzle(a, i8x16.sub(PackedOperations.ascending, i8x16.splat(<i8>min(places, 16))));
      case Packed.PSRLDQ:
        return i8x16.swizzle(a, i8x16.add(PackedOperations.ascending, i8x16.splat(<i8>min(places, 16))));
      default:
        return unreachable();
    }
  }

  @inline private static get ascending(): v128 {
    return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  }

  @inline private static lowerHalves(a: v128, b: v128): v128 {
    return v128.shuffle<u64>(a, b, 0, 2);
  }

  /** The upper words of eight products. */
  @inline private static upperWords(low: v128, high: v128): v128 {
    return v128.shuffle<u16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
  }

  /** In each half the sum of eight bytes' distances. */
  @inline private static sumOfDifferences(a: v128, b: v128): v128 {
    const distances = v128.or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a));
    const sums = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(distances));
    return i64x2.add(i64x2.shr_u(sums, 32), v128.and(sums, i64x2.splat(0xffffffff)));
  }

  /** A swizzle's indexes for four doublewords chosen by two bits each. */
  @inline private static doubles(selector: u32): v128 {
    const lanes = i32x4.shl(i32x4(selector & 3, (selector >>> 2) & 3, (selector >>> 4) & 3, (selector >>> 6) & 3), 2);
    return i8x16.add(
      i8x16.swizzle(lanes, i8x16(0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12)),
      i8x16(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3),
    );
  }

  /** The same for four words of the lower half. */
  @inline private static words(selector: u32): v128 {
    const lanes = i32x4.shl(i32x4(selector & 3, (selector >>> 2) & 3, (selector >>> 4) & 3, (selector >>> 6) & 3), 1);
    return i8x16.add(
      i8x16.swizzle(lanes, i8x16(0, 0, 4, 4, 8, 8, 12, 12, 0, 0, 4, 4, 8, 8, 12, 12)),
      i8x16(0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1),
    );
  }
}
