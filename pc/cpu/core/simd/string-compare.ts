// PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM: two strings of bytes or words compared element by element.
// Records: A, B the registers or operands, IMMEDIATE the control byte, MISC bit 0: lengths in EAX and EDX (else up to the first 0),
// bit 1: a mask in XMM0 is wanted, not an index in ECX. Source: Intel SDM vol. 2, 4.1.

import { Flags } from "../flags";
import { A, B, IMMEDIATE, MISC, REGISTERS, XMM_REGISTERS } from "../layout";
import { Register } from "../state";

const WORDS: u32 = 1;
const SIGNED: u32 = 2;
const ANY: u32 = 0;
const RANGES: u32 = 1;
const EACH: u32 = 2;
const NEGATIVE: u32 = 0x10;
const MASKED: u32 = 0x20;
const LAST: u32 = 0x40;
const CF: u32 = 1;
const ZF: u32 = 0x40;
const SF: u32 = 0x80;
const OF: u32 = 0x800;
const ARITHMETIC_FLAGS: u32 = 0x8d5;
const EXPLICIT: u32 = 1;
const WANTS_MASK: u32 = 2;

export class StringCompare {
  private static control: u32 = 0;

  private static element(at: u32, index: u32): i32 {
    const control = StringCompare.control;
    if (control & WORDS) {
      return control & SIGNED ? load<i16>(at + (index << 1)) : <i32>load<u16>(at + (index << 1));
    }
    return control & SIGNED ? load<i8>(at + index) : <i32>load<u8>(at + index);
  }

  private static implicitLength(at: u32, count: u32): u32 {
    let length: u32 = 0;
    while (length < count && StringCompare.element(at, length) != 0) length++;
    return length;
  }

  /** A register's value, its sign taken away, but no more than there are elements. */
  private static explicitLength(value: i32, count: u32): u32 {
    const magnitude: u32 = value < 0 ? -value : value;
    return min<u32>(magnitude, count);
  }

  /** One bit for each element of b. */
  private static result(a: u32, aLength: u32, b: u32, bLength: u32, count: u32): u32 {
    let bits: u32 = 0;
    for (let j: u32 = 0; j < count; j++) {
      if (StringCompare.holds(a, aLength, b, bLength, j, count)) bits |= 1 << j;
    }
    return bits;
  }

  private static holds(a: u32, aLength: u32, b: u32, bLength: u32, j: u32, count: u32): bool {
    const aggregation = (StringCompare.control >>> 2) & 3;
    if (aggregation == EACH) {
      if (j >= aLength || j >= bLength) return j >= aLength && j >= bLength;
      return StringCompare.element(a, j) == StringCompare.element(b, j);
    }
    if (aggregation == ANY || aggregation == RANGES) {
      if (j >= bLength) return false;
      const value = StringCompare.element(b, j);
      if (aggregation == ANY) {
        for (let i: u32 = 0; i < aLength; i++) if (StringCompare.element(a, i) == value) return true;
        return false;
      }
      for (let i: u32 = 0; i + 1 < aLength; i += 2) {
        if (value >= StringCompare.element(a, i) && value <= StringCompare.element(a, i + 1)) return true;
      }
      return false;
    }
    // Whether a begins at j, as far as the operand goes.
    for (let i: u32 = 0; i < aLength && j + i < count; i++) {
      if (j + i >= bLength || StringCompare.element(a, i) != StringCompare.element(b, j + i)) return false;
    }
    return true;
  }

  static run(record: u32): void {
    const a = load<u32>(record, A);
    const b = load<u32>(record, B);
    const control = load<u32>(record, IMMEDIATE);
    const misc: u32 = load<u8>(record, MISC);
    StringCompare.control = control;
    const count: u32 = control & WORDS ? 8 : 16;
    let aLength: u32;
    let bLength: u32;
    if (misc & EXPLICIT) {
      aLength = StringCompare.explicitLength(Register.eax, count);
      bLength = StringCompare.explicitLength(Register.edx, count);
    } else {
      aLength = StringCompare.implicitLength(a, count);
      bLength = StringCompare.implicitLength(b, count);
    }
    let bits = StringCompare.result(a, aLength, b, bLength, count);
    const all: u32 = (1 << count) - 1;
    if (control & NEGATIVE) bits ^= control & MASKED ? (1 << bLength) - 1 : all;
    if (misc & WANTS_MASK) StringCompare.setMask(bits, count);
    else {
      const found = control & LAST ? 31 - clz<u32>(bits) : ctz<u32>(bits);
      store<u32>(REGISTERS + 4, bits == 0 ? count : found);
    }
    const flags = (bits != 0 ? CF : 0) | (bLength < count ? ZF : 0) | (aLength < count ? SF : 0) | (bits & 1 ? OF : 0);
    Flags.change(flags, ARITHMETIC_FLAGS);
  }

  /** XMM0 <- the bits, or with bit 6 of the control byte all ones for each. */
  private static setMask(bits: u32, count: u32): void {
    store<u64>(XMM_REGISTERS + 8, 0);
    store<u64>(XMM_REGISTERS, bits);
    if ((StringCompare.control & LAST) == 0) return;
    for (let i: u32 = 0; i < count; i++) {
      const ones: u32 = (bits >>> i) & 1 ? 0xffff : 0;
      if (count == 8) store<u16>(XMM_REGISTERS + (i << 1), <u16>ones);
      else store<u8>(XMM_REGISTERS + i, <u8>ones);
    }
  }
}
