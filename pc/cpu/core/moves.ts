// Moves between registers, temporaries and memory. An address is [A] + ([B] << MISC) + IMMEDIATE, already linear: where a segment is
// not flat, a LINEAR micro-op before it has formed and checked the linear address. Source: Intel SDM vol. 2.

import { A, B, BASE, DST, EXTRA, HIGH, IMMEDIATE, LOW, MISC, RIGHTS, SEGMENT_BYTES, SEGMENTS, SS } from "./layout";
import { Memory } from "./memory";
import { Raise, Record } from "./state";

export class Moves {
  @inline static address(record: u32): u32 {
    return (
      load<u32>(load<u32>(record, A)) +
      (load<u32>(load<u32>(record, B)) << load<u8>(record, MISC)) +
      load<u32>(record, IMMEDIATE)
    );
  }

  @inline static mov<T extends number>(record: u32): void {
    Record.setDestination<T>(record, Record.a<T>(record));
  }

  /** MOVZX and MOVSX: From is a signed type for the latter. */
  @inline static extend<From extends number, To extends number>(record: u32): void {
    Record.setDestination<To>(record, <To>(<i32>Record.a<From>(record)));
  }

  /** CWD, CDQ: destination <- all bits the sign of A. */
  @inline static sign<T extends number>(record: u32): void {
    if (sizeof<T>() == 2) store<i16>(load<u32>(record, DST), Record.a<i16>(record) >> 15);
    else store<i32>(load<u32>(record, DST), Record.a<i32>(record) >> 31);
  }

  @inline static load<T extends number>(record: u32): void {
    Record.setDestination<T>(record, Memory.load<T>(record, Moves.address(record)));
  }

  @inline static loadModify<T extends number>(record: u32): void {
    Record.setDestination<T>(record, Memory.loadModify<T>(record, Moves.address(record)));
  }

  /** Memory <- the value at DST. */
  @inline static store<T extends number>(record: u32): void {
    Memory.store<T>(record, Moves.address(record), load<T>(load<u32>(record, DST)));
  }

  @inline static lea(record: u32): void {
    store<u32>(load<u32>(record, DST), Moves.address(record));
  }

  @inline static lea16(record: u32): void {
    store<u32>(load<u32>(record, DST), Moves.address(record) & 0xffff);
  }

  /** EXTRA: segment in bits 0-2, 12: for writing, 13: 16-bit address, bytes accessed in 16-31. Destination <- linear address. */
  static linear(record: u32): void {
    const extra = load<u32>(record, EXTRA);
    let offset = Moves.address(record);
    if (extra & 0x2000) offset &= 0xffff;
    Raise.at(record);
    const right = ((extra >>> 12) & 1) + 1;
    store<u32>(load<u32>(record, DST), Moves.checked(extra & 7, offset, extra >>> 16, right));
  }

  /**
   * The linear address of `size` bytes at segment:offset. #SS or #GP if they are outside the limit or `right` is missing.
   * @param right RIGHT_READ or RIGHT_WRITE
   */
  static checked(segment: u32, offset: u32, size: u32, right: u32): u32 {
    const cache = SEGMENTS + segment * SEGMENT_BYTES;
    const last = offset + size - 1;
    const high = load<u32>(cache, HIGH);
    if (
      (load<u32>(cache, RIGHTS) & right) == 0 ||
      offset < load<u32>(cache, LOW) ||
      last > high ||
      (last < offset && high != 0xffffffff)
    ) {
      Raise.withError(segment == SS ? 12 : 13, 0);
    }
    return load<u32>(cache, BASE) + offset;
  }

  static bswap(record: u32): void {
    store<u32>(load<u32>(record, DST), bswap<u32>(Record.a<u32>(record)));
  }
}
