// SSE4.2's instructions on general registers: CRC32 and POPCNT. Source: Intel SDM vol. 2.

import { Flags, ZF } from "../flags";
import { MISC } from "../layout";
import { Record } from "../state";

/** The Castagnoli polynomial, lowest power first. */
const POLYNOMIAL: u32 = 0x82f63b78;
const ARITHMETIC_FLAGS: u32 = 0x8d5;

export class Checksum {
  /** B <- the checksum of B and the MISC bytes at A, lowest bit first. */
  static crc32(record: u32): void {
    const bytes: u32 = load<u8>(record, MISC);
    let value = Record.a<u32>(record);
    if (bytes < 4) value &= (1 << (bytes << 3)) - 1;
    let sum = Record.b<u32>(record) ^ value;
    // What is left of the old sum beyond the bytes that came in is shifted down.
    for (let i = bytes << 3; i > 0; i--) sum = (sum >>> 1) ^ (sum & 1 ? POLYNOMIAL : 0);
    Record.setDestination<u32>(record, sum);
  }

  /** DST <- the ones in the MISC bytes at A. */
  static count(record: u32): void {
    let ones: u32;
    if (load<u8>(record, MISC) == 2) {
      ones = popcnt<u32>(Record.a<u16>(record));
      Record.setDestination<u16>(record, <u16>ones);
    } else {
      ones = popcnt<u32>(Record.a<u32>(record));
      Record.setDestination<u32>(record, ones);
    }
    Flags.change(ones == 0 ? ZF : 0, ARITHMETIC_FLAGS);
  }
}
