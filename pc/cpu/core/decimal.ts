// Decimal adjustments of AL and AX. Source: Intel SDM vol. 2, DAA, DAS, AAA, AAS, AAM, AAD.

import { AF, CF, Flags } from "./flags";
import { REGISTERS } from "./layout";
import { Raise, Record } from "./state";

const AL: u32 = REGISTERS;

export class Decimal {
  @inline private static setFlags(result: u8, carry: u32, auxiliary: u32): void {
    Flags.result<u8>(result);
    Flags.change((carry ? CF : 0) | (auxiliary ? AF : 0), CF | AF | 0x800);
  }

  static daa(): void {
    const old = load<u8>(AL);
    let al: u32 = old;
    let carry = Flags.carry;
    const auxiliary = u32((old & 15) > 9) | Flags.auxiliary;
    if (auxiliary) al += 6;
    if (old > 0x99 || carry) {
      al += 0x60;
      carry = 1;
    }
    store<u8>(AL, <u8>al);
    Decimal.setFlags(<u8>al, carry, auxiliary);
  }

  static das(): void {
    const old = load<u8>(AL);
    let al: u32 = old;
    const before = Flags.carry;
    let carry: u32 = 0;
    const auxiliary = u32((old & 15) > 9) | Flags.auxiliary;
    if (auxiliary) {
      carry = before | u32(old < 6);
      al -= 6;
    }
    if (old > 0x99 || before) {
      al -= 0x60;
      carry = 1;
    }
    store<u8>(AL, <u8>al);
    Decimal.setFlags(<u8>al, carry, auxiliary);
  }

  static aaa(): void {
    let ax = <u32>load<u16>(AL);
    const adjust = u32((ax & 15) > 9) | Flags.auxiliary;
    if (adjust) ax += 0x106;
    ax &= 0xff0f;
    store<u16>(AL, <u16>ax);
    Decimal.setFlags(<u8>ax, adjust, adjust);
  }

  static aas(): void {
    let ax = <u32>load<u16>(AL);
    const adjust = u32((ax & 15) > 9) | Flags.auxiliary;
    if (adjust) ax -= 0x106;
    ax &= 0xff0f;
    store<u16>(AL, <u16>ax);
    Decimal.setFlags(<u8>ax, adjust, adjust);
  }

  static aam(record: u32): void {
    const base = <u32>Record.immediate(record) & 0xff;
    if (base == 0) Raise.divide(record);
    const al = <u32>load<u8>(AL);
    store<u16>(AL, <u16>(((al / base) << 8) | (al % base)));
    Decimal.setFlags(<u8>(al % base), 0, 0);
  }

  static aad(record: u32): void {
    const base = <u32>Record.immediate(record) & 0xff;
    const ax = <u32>load<u16>(AL);
    const al = ((ax >>> 8) * base + ax) & 0xff;
    store<u16>(AL, <u16>al);
    Decimal.setFlags(<u8>al, 0, 0);
  }
}
