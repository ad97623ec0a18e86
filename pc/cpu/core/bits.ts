// Bit tests and scans. Records of BT…: destination <- A with bit B changed; the bit number wraps at the operand size, because
// a bit string in memory has its address moved by BIT_OFFSET first. Source: Intel SDM vol. 2, BT, BTS, BTR, BTC, BSF, BSR.

import { Flags } from "./flags";
import { DST } from "./layout";
import { Record } from "./state";

export class Bits {
  @inline private static number<T extends number>(record: u32): u32 {
    return <u32>Record.b<T>(record) & (((<u32>sizeof<T>()) << 3) - 1);
  }

  @inline private static bit<T extends number>(record: u32): u32 {
    return (<u32>Record.a<T>(record) >>> Bits.number<T>(record)) & 1;
  }

  static bt<T extends number>(record: u32): void {
    Flags.setCarry(Bits.bit<T>(record));
  }

  static bts<T extends number>(record: u32): void {
    const carry = Bits.bit<T>(record);
    Record.setDestination<T>(record, <T>(<u32>Record.a<T>(record) | (1 << Bits.number<T>(record))));
    Flags.setCarry(carry);
  }

  static btr<T extends number>(record: u32): void {
    const carry = Bits.bit<T>(record);
    Record.setDestination<T>(record, <T>(<u32>Record.a<T>(record) & ~(1 << Bits.number<T>(record))));
    Flags.setCarry(carry);
  }

  static btc<T extends number>(record: u32): void {
    const carry = Bits.bit<T>(record);
    Record.setDestination<T>(record, <T>(<u32>Record.a<T>(record) ^ (1 << Bits.number<T>(record))));
    Flags.setCarry(carry);
  }

  /** Destination <- byte distance of the word that holds bit A of a bit string: (A >> 4) * 2 or (A >> 5) * 4, signed. */
  static bitOffset<T extends number>(record: u32): void {
    if (sizeof<T>() == 2) store<i32>(load<u32>(record, DST), (<i32>Record.a<i16>(record) >> 4) << 1);
    else store<i32>(load<u32>(record, DST), (Record.a<i32>(record) >> 5) << 2);
  }

  /** A source of 0 sets ZF and leaves the destination, as processors do. */
  static bsf<T extends number>(record: u32): void {
    const value = <u32>Record.a<T>(record);
    if (value != 0) Record.setDestination<T>(record, <T>ctz<u32>(value));
    Flags.result<u32>(value);
    Flags.carries<u32>(0);
  }

  static bsr<T extends number>(record: u32): void {
    const value = <u32>Record.a<T>(record);
    if (value != 0) Record.setDestination<T>(record, <T>(31 - clz<u32>(value)));
    Flags.result<u32>(value);
    Flags.carries<u32>(0);
  }
}
