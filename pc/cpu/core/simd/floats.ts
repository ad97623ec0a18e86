// Micro-ops of packed and scalar floats. Records: DST <- A op B, the operation in EXTRA, MISC the number of elements; what an
// instruction does not compute of its destination it leaves alone. All elements are computed before the destination changes, since an
// unmasked exception of any of them leaves it as it was. Source: Intel SDM vol. 1, 10.4, 11.4-11.5; vol. 2.

import { Flags } from "../flags";
import { A, B, DST, EXTRA, IMMEDIATE, MISC, VECTOR_RESULT } from "../layout";
import { Ieee } from "./ieee";
import { CONVERT_CLEAR, CONVERT_MMX, CONVERT_TRUNCATE, Conversion, Float } from "./operations";
import { Vector } from "./registers";

const ARITHMETIC_FLAGS: u32 = 0x8d5;
const CF_PF_ZF: u32 = 0x45;
const ZF: u32 = 0x40;
const CF: u32 = 1;

export class FloatOperations {
  /** Elements of T; those that are not computed do not count. */
  @inline private static elements<T extends number>(record: u32): void {
    const a = load<u32>(record, A);
    const b = load<u32>(record, B);
    const count = <u32>load<u8>(record, MISC) * sizeof<T>();
    const operation = load<u32>(record, EXTRA);
    if (Ieee.settled && FloatOperations.quick<T>(a, b, count, operation)) {
      FloatOperations.deliver(record, count);
      return;
    }
    Ieee.begin();
    for (let i: u32 = 0; i < count; i += sizeof<T>()) {
      const second = load<T>(b + i);
      store<T>(
        VECTOR_RESULT + i,
        operation == Float.SQUARE_ROOT ? Ieee.squareRoot<T>(second) : Ieee.binary<T>(operation, load<T>(a + i), second),
      );
    }
    FloatOperations.finish(record, count);
  }

  /** The usual numbers at the speed of WebAssembly's own arithmetic. False if any element needs a closer look. */
  @inline private static quick<T extends number>(a: u32, b: u32, count: u32, operation: u32): bool {
    if (operation == Float.MINIMUM || operation == Float.MAXIMUM) return false;
    for (let i: u32 = 0; i < count; i += sizeof<T>()) {
      const first = load<T>(a + i);
      const second = load<T>(b + i);
      if (!Ieee.isPlain<T>(second) || (!Ieee.isPlain<T>(first) && operation != Float.SQUARE_ROOT)) return false;
      const result = Ieee.native<T>(operation, first, second);
      if (!Ieee.isOrdinary<T>(result)) return false;
      store<T>(VECTOR_RESULT + i, result);
    }
    return true;
  }

  private static finish(record: u32, bytes: u32): void {
    Ieee.finish(record);
    FloatOperations.deliver(record, bytes);
  }

  /** DST <- the 4, 8 or 16 bytes of the result. */
  @inline private static deliver(record: u32, bytes: u32): void {
    const to = load<u32>(record, DST);
    if (bytes == 16) v128.store(to, v128.load(VECTOR_RESULT));
    else if (bytes == 8) store<u64>(to, load<u64>(VECTOR_RESULT));
    else store<u32>(to, load<u32>(VECTOR_RESULT));
  }

  static single(record: u32): void {
    if (load<u32>(record, EXTRA) >= <u32>Float.RECIPROCAL) FloatOperations.approximate(record);
    else FloatOperations.elements<u32>(record);
  }

  static double(record: u32): void {
    FloatOperations.elements<u64>(record);
  }

  /** CMPPS and its like: IMMEDIATE is the predicate. */
  @inline private static compareElements<T extends number>(record: u32): void {
    const a = load<u32>(record, A);
    const b = load<u32>(record, B);
    const count = <u32>load<u8>(record, MISC) * sizeof<T>();
    const predicate = load<u32>(record, IMMEDIATE) & 7;
    Ieee.begin();
    for (let i: u32 = 0; i < count; i += sizeof<T>()) {
      store<T>(VECTOR_RESULT + i, Ieee.compare<T>(predicate, load<T>(a + i), load<T>(b + i)));
    }
    FloatOperations.finish(record, count);
  }

  static compareSingle(record: u32): void {
    FloatOperations.compareElements<u32>(record);
  }

  static compareDouble(record: u32): void {
    FloatOperations.compareElements<u64>(record);
  }

  /** COMISS and its like: IMMEDIATE 1: a quiet NaN is not invalid. */
  @inline private static flags<T extends number>(record: u32): void {
    Ieee.begin();
    const a = load<T>(load<u32>(record, A));
    const b = load<T>(load<u32>(record, B));
    const relation = Ieee.relation<T>(a, b, load<u32>(record, IMMEDIATE) != 0);
    Ieee.finish(record);
    const flags: u32 = relation == 3 ? CF_PF_ZF : relation == 2 ? ZF : relation == 1 ? CF : 0;
    Flags.change(flags, ARITHMETIC_FLAGS);
  }

  static flagsSingle(record: u32): void {
    FloatOperations.flags<u32>(record);
  }

  static flagsDouble(record: u32): void {
    FloatOperations.flags<u64>(record);
  }

  static convert(record: u32): void {
    const from = load<u32>(record, B);
    const count: u32 = load<u8>(record, MISC);
    const operation = load<u32>(record, EXTRA);
    const how = load<u32>(record, IMMEDIATE);
    Ieee.begin();
    if (how & CONVERT_TRUNCATE) Ieee.truncate();
    v128.store(VECTOR_RESULT, i64x2.splat(0));
    for (let i: u32 = 0; i < count; i++) FloatOperations.convertElement(operation, from, i);
    const wide = operation == Conversion.SINGLE_TO_DOUBLE || operation == Conversion.INTEGER_TO_DOUBLE;
    if (how & (CONVERT_CLEAR | CONVERT_MMX)) Ieee.finish(record);
    else FloatOperations.finish(record, wide ? count << 3 : count << 2);
    const to = load<u32>(record, DST);
    if (how & CONVERT_CLEAR) v128.store(to, v128.load(VECTOR_RESULT));
    else if (how & CONVERT_MMX) Vector.setMmx(to, load<u64>(VECTOR_RESULT));
  }

  @inline private static convertElement(operation: u32, from: u32, index: u32): void {
    const single = from + (index << 2);
    const double = from + (index << 3);
    const to32 = VECTOR_RESULT + (index << 2);
    const to64 = VECTOR_RESULT + (index << 3);
    switch (operation) {
      case Conversion.SINGLE_TO_DOUBLE:
        store<u64>(to64, Ieee.widen(load<u32>(single)));
        break;
      case Conversion.DOUBLE_TO_SINGLE:
        store<u32>(to32, Ieee.narrow(load<u64>(double)));
        break;
      case Conversion.INTEGER_TO_SINGLE:
        store<u32>(to32, Ieee.fromInteger<u32>(load<i32>(single)));
        break;
      case Conversion.INTEGER_TO_DOUBLE:
        store<u64>(to64, Ieee.fromInteger<u64>(load<i32>(single)));
        break;
      case Conversion.SINGLE_TO_INTEGER:
        store<u32>(to32, Ieee.toInteger<u32>(load<u32>(single)));
        break;
      default:
        store<u32>(to32, Ieee.toInteger<u64>(load<u64>(double)));
    }
  }

  /** RCPPS, RSQRTPS: 13 bits of the result and no exceptions; processors differ in them, and are within 1.5 * 2^-12. */
  private static approximate(record: u32): void {
    const from = load<u32>(record, B);
    const to = load<u32>(record, DST);
    const count = (<u32>load<u8>(record, MISC)) << 2;
    const root = load<u32>(record, EXTRA) == Float.RECIPROCAL_ROOT;
    for (let i: u32 = 0; i < count; i += 4) store<u32>(to + i, FloatOperations.reciprocal(load<u32>(from + i), root));
  }

  private static reciprocal(bits: u32, root: bool): u32 {
    const sign = bits & 0x80000000;
    const magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return bits | 0x400000;
    if (magnitude < 0x800000) return sign | 0x7f800000;
    if (root && sign != 0) return 0xffc00000;
    // From 2^126 on the reciprocal would be tiny, and is 0.
    if (magnitude == 0x7f800000 || (!root && magnitude >= 0x7e800000)) return sign;
    const number = <f64>reinterpret<f32>(bits);
    const result = reinterpret<u32>(<f32>(1 / (root ? sqrt<f64>(number) : number)));
    return (result + 0x400) & 0xfffff800;
  }
}
