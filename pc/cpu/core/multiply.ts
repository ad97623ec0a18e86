// Multiplication and division. One-operand forms: A is the operand, the accumulator is AL, AX, EAX (with AH, DX, EDX above it).
// Source: Intel SDM vol. 2, MUL, IMUL, DIV, IDIV.

import { Flags } from "./flags";
import { REGISTERS } from "./layout";
import { Raise, Record } from "./state";

const DX: u32 = REGISTERS + 8;

export class Multiply {
  static mul<T extends number>(record: u32): void {
    const a = load<T>(REGISTERS);
    const b = Record.a<T>(record);
    let high: u32;
    if (sizeof<T>() == 4) {
      const product = <u64>a * <u64>b;
      store<u32>(REGISTERS, <u32>product);
      high = <u32>(product >> 32);
      store<u32>(DX, high);
      Flags.result<u32>(<u32>product);
    } else {
      const product = <u32>a * <u32>b;
      store<u16>(REGISTERS, <u16>product);
      if (sizeof<T>() == 2) {
        high = product >>> 16;
        store<u16>(DX, <u16>high);
      } else high = product >>> 8;
      Flags.result<T>(<T>product);
    }
    const wide = u32(high != 0);
    Flags.carryOverflow(wide, wide);
  }

  static imul<T extends number>(record: u32): void {
    let wide: u32;
    if (sizeof<T>() == 4) {
      const product = <i64>load<i32>(REGISTERS) * <i64>Record.a<i32>(record);
      store<u32>(REGISTERS, <u32>product);
      store<u32>(DX, <u32>(product >> 32));
      wide = u32(product != <i64>(<i32>product));
      Flags.result<u32>(<u32>product);
    } else if (sizeof<T>() == 2) {
      const product = <i32>load<i16>(REGISTERS) * <i32>Record.a<i16>(record);
      store<u16>(REGISTERS, <u16>product);
      store<u16>(DX, <u16>(product >> 16));
      wide = u32(product != <i32>(<i16>product));
      Flags.result<u16>(<u16>product);
    } else {
      const product = <i32>load<i8>(REGISTERS) * <i32>Record.a<i8>(record);
      store<u16>(REGISTERS, <u16>product);
      wide = u32(product != <i32>(<i8>product));
      Flags.result<u8>(<u8>product);
    }
    Flags.carryOverflow(wide, wide);
  }

  /** Two- and three-operand IMUL: destination <- A * B, truncated. */
  static imulTwo<T extends number>(record: u32): void {
    let wide: u32;
    if (sizeof<T>() == 4) {
      const product = <i64>Record.a<i32>(record) * <i64>Record.b<i32>(record);
      Record.setDestination<u32>(record, <u32>product);
      wide = u32(product != <i64>(<i32>product));
      Flags.result<u32>(<u32>product);
    } else {
      const product = <i32>Record.a<i16>(record) * <i32>Record.b<i16>(record);
      Record.setDestination<u16>(record, <u16>product);
      wide = u32(product != <i32>(<i16>product));
      Flags.result<u16>(<u16>product);
    }
    Flags.carryOverflow(wide, wide);
  }

  static div<T extends number>(record: u32): void {
    const divisor = Record.a<T>(record);
    if (divisor == 0) Raise.divide(record);
    if (sizeof<T>() == 4) {
      const dividend = ((<u64>load<u32>(DX)) << 32) | <u64>load<u32>(REGISTERS);
      const quotient = dividend / <u64>divisor;
      if (quotient > 0xffff_ffff) Raise.divide(record);
      store<u32>(DX, <u32>(dividend % <u64>divisor));
      store<u32>(REGISTERS, <u32>quotient);
    } else if (sizeof<T>() == 2) {
      const dividend = ((<u32>load<u16>(DX)) << 16) | <u32>load<u16>(REGISTERS);
      const quotient = dividend / <u32>divisor;
      if (quotient > 0xffff) Raise.divide(record);
      store<u16>(DX, <u16>(dividend % <u32>divisor));
      store<u16>(REGISTERS, <u16>quotient);
    } else {
      const dividend = <u32>load<u16>(REGISTERS);
      const quotient = dividend / <u32>divisor;
      if (quotient > 0xff) Raise.divide(record);
      store<u16>(REGISTERS, <u16>(quotient | ((dividend % <u32>divisor) << 8)));
    }
  }

  static idiv<T extends number>(record: u32): void {
    if (sizeof<T>() == 4) {
      const divisor = <i64>Record.a<i32>(record);
      const dividend = <i64>(((<u64>load<u32>(DX)) << 32) | <u64>load<u32>(REGISTERS));
      // The smallest dividend by -1 would trap in WebAssembly; its quotient does not fit either.
      if (divisor == 0 || dividend == i64.MIN_VALUE) Raise.divide(record);
      const quotient = dividend / divisor;
      if (quotient != <i64>(<i32>quotient)) Raise.divide(record);
      store<u32>(DX, <u32>(dividend % divisor));
      store<u32>(REGISTERS, <u32>quotient);
    } else if (sizeof<T>() == 2) {
      const divisor = <i32>Record.a<i16>(record);
      const dividend = <i32>(((<u32>load<u16>(DX)) << 16) | <u32>load<u16>(REGISTERS));
      if (divisor == 0 || dividend == i32.MIN_VALUE) Raise.divide(record);
      const quotient = dividend / divisor;
      if (quotient != <i32>(<i16>quotient)) Raise.divide(record);
      store<u16>(DX, <u16>(dividend % divisor));
      store<u16>(REGISTERS, <u16>quotient);
    } else {
      const divisor = <i32>Record.a<i8>(record);
      if (divisor == 0) Raise.divide(record);
      const dividend = <i32>load<i16>(REGISTERS);
      const quotient = dividend / divisor;
      if (quotient != <i32>(<i8>quotient)) Raise.divide(record);
      store<u16>(REGISTERS, <u16>((quotient & 0xff) | ((dividend % divisor) << 8)));
    }
  }
}
