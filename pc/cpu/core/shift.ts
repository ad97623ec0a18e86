// Shifts and rotates. Records: destination <- A shifted by the byte at B. A count of 0 (after masking to 5 bits) changes nothing.
// OF of a count above 1 is undefined; here it follows the rule for 1 applied to the result. Source: Intel SDM vol. 2.

import { Flags } from "./flags";
import { B, DST } from "./layout";
import { Record } from "./state";

export class Shift {
  @inline private static bits<T extends number>(): u32 {
    return (<u32>sizeof<T>()) << 3;
  }

  @inline private static count(record: u32): u32 {
    return load<u8>(load<u32>(record, B)) & 31;
  }

  @inline private static top<T extends number>(value: T): u32 {
    return (<u32>value >>> (Shift.bits<T>() - 1)) & 1;
  }

  /** Bit 1 below the top one. */
  @inline private static second<T extends number>(value: T): u32 {
    return (<u32>value >>> (Shift.bits<T>() - 2)) & 1;
  }

  static rol<T extends number>(record: u32): void {
    const count = Shift.count(record);
    const value = Record.a<T>(record);
    if (count == 0) {
      Record.setDestination<T>(record, value);
      return;
    }
    const result = rotl<T>(value, <T>(count & (Shift.bits<T>() - 1)));
    Record.setDestination<T>(record, result);
    const carry = <u32>result & 1;
    Flags.keepAuxiliary(carry, carry ^ Shift.top<T>(result));
  }

  static ror<T extends number>(record: u32): void {
    const count = Shift.count(record);
    const value = Record.a<T>(record);
    if (count == 0) {
      Record.setDestination<T>(record, value);
      return;
    }
    const result = rotr<T>(value, <T>(count & (Shift.bits<T>() - 1)));
    Record.setDestination<T>(record, result);
    const carry = Shift.top<T>(result);
    Flags.keepAuxiliary(carry, carry ^ Shift.second<T>(result));
  }

  static rcl<T extends number>(record: u32): void {
    const width = Shift.bits<T>() + 1;
    const count = Shift.count(record) % width;
    const value = Record.a<T>(record);
    if (count == 0) {
      Record.setDestination<T>(record, value);
      return;
    }
    // The value with CF above it, rotated in `width` bits.
    const wide = ((<u64>Flags.carry) << Shift.bits<T>()) | <u64>value;
    const turned = (wide << count) | (wide >> (width - count));
    const result = <T>turned;
    Record.setDestination<T>(record, result);
    const carry = <u32>(turned >> Shift.bits<T>()) & 1;
    Flags.keepAuxiliary(carry, carry ^ Shift.top<T>(result));
  }

  static rcr<T extends number>(record: u32): void {
    const width = Shift.bits<T>() + 1;
    const count = Shift.count(record) % width;
    const value = Record.a<T>(record);
    if (count == 0) {
      Record.setDestination<T>(record, value);
      return;
    }
    const wide = ((<u64>Flags.carry) << Shift.bits<T>()) | <u64>value;
    const turned = (wide >> count) | (wide << (width - count));
    const result = <T>turned;
    Record.setDestination<T>(record, result);
    const carry = <u32>(turned >> Shift.bits<T>()) & 1;
    Flags.keepAuxiliary(carry, Shift.top<T>(result) ^ Shift.second<T>(result));
  }

  @inline static shl<T extends number>(record: u32): void {
    const count = Shift.count(record);
    const value = Record.a<T>(record);
    if (count == 0) {
      Record.setDestination<T>(record, value);
      return;
    }
    const wide = (<u64>value) << count;
    const result = <T>wide;
    Record.setDestination<T>(record, result);
    Flags.result<T>(result);
    const carry = <u32>(wide >> Shift.bits<T>()) & 1;
    Flags.carryOverflow(carry, carry ^ Shift.top<T>(result));
  }

  @inline static shr<T extends number>(record: u32): void {
    const count = Shift.count(record);
    const value = Record.a<T>(record);
    if (count == 0) {
      Record.setDestination<T>(record, value);
      return;
    }
    const last = <u32>value >>> (count - 1);
    const result = <T>(last >>> 1);
    Record.setDestination<T>(record, result);
    Flags.result<T>(result);
    Flags.carryOverflow(last & 1, Shift.top<T>(result) ^ Shift.second<T>(result));
  }

  @inline static sar<T extends number>(record: u32): void {
    const count = Shift.count(record);
    const value = Record.a<T>(record);
    if (count == 0) {
      Record.setDestination<T>(record, value);
      return;
    }
    let wide: i32;
    if (sizeof<T>() == 1) wide = <i32>(<i8>value);
    else if (sizeof<T>() == 2) wide = <i32>(<i16>value);
    else wide = <i32>value;
    const last = wide >> (count - 1);
    const result = <T>(last >> 1);
    Record.setDestination<T>(record, result);
    Flags.result<T>(result);
    Flags.carryOverflow(last & 1, 0);
  }

  /**
   * SHLD: destination (also first source) shifted left, bits of A entering. 16-bit operands shift in destination:A:destination,
   * which is what processors do with the undefined counts above 16.
   */
  static shld<T extends number>(record: u32): void {
    const count = Shift.count(record);
    if (count == 0) return;
    const value = load<T>(load<u32>(record, DST));
    const entering = Record.a<T>(record);
    let result: T;
    let carry: u32;
    if (sizeof<T>() == 2) {
      const wide = ((<u64>value) << 32) | ((<u64>entering) << 16) | <u64>value;
      result = <T>((wide << count) >> 32);
      carry = <u32>(wide >> (48 - count)) & 1;
    } else {
      const wide = ((<u64>value) << 32) | <u64>entering;
      result = <T>((wide << count) >> 32);
      carry = <u32>(wide >> (64 - count)) & 1;
    }
    Record.setDestination<T>(record, result);
    Flags.result<T>(result);
    Flags.carryOverflow(carry, Shift.top<T>(result) ^ Shift.top<T>(value));
  }

  static shrd<T extends number>(record: u32): void {
    const count = Shift.count(record);
    if (count == 0) return;
    const value = load<T>(load<u32>(record, DST));
    const entering = Record.a<T>(record);
    let wide: u64;
    if (sizeof<T>() == 2) wide = ((<u64>value) << 32) | ((<u64>entering) << 16) | <u64>value;
    else wide = ((<u64>entering) << 32) | <u64>value;
    const result = <T>(wide >> count);
    Record.setDestination<T>(record, result);
    Flags.result<T>(result);
    Flags.carryOverflow(<u32>(wide >> (count - 1)) & 1, Shift.top<T>(result) ^ Shift.top<T>(value));
  }
}
