// Floats that meet other elements of their register, or an integer: SSE3's horizontal arithmetic, SSE4.1's dot products and rounding.
// Records as in floats.ts. Source: Intel SDM vol. 2, ADDSUBPS, HADDPS, DPPS, ROUNDPS.

import { A, B, DST, EXTRA, IMMEDIATE, MISC, VECTOR_RESULT } from "../layout";
import { Ieee } from "./ieee";
import { Across, Float } from "./operations";

const SUPPRESS_INEXACT: u32 = 8;

export class AcrossOperations {
  @inline private static run<T extends number>(record: u32): void {
    const a = load<u32>(record, A);
    const b = load<u32>(record, B);
    const operation = load<u32>(record, EXTRA);
    Ieee.begin();
    if (operation == Across.DOT_PRODUCT) AcrossOperations.dot<T>(record, a, b, load<u32>(record, IMMEDIATE));
    else if (operation == Across.ADD_SUBTRACT) {
      for (let i: u32 = 0; i < 16; i += sizeof<T>()) {
        const each: u32 = i & sizeof<T>() ? Float.ADD : Float.SUBTRACT;
        store<T>(VECTOR_RESULT + i, Ieee.binary<T>(each, load<T>(a + i), load<T>(b + i)));
      }
    } else {
      const each: u32 = operation == Across.ADD ? Float.ADD : Float.SUBTRACT;
      for (let i: u32 = 0; i < 16; i += sizeof<T>()) {
        const from = i < 8 ? a + i * 2 : b + i * 2 - 16;
        store<T>(VECTOR_RESULT + i, Ieee.binary<T>(each, load<T>(from), load<T>(from + sizeof<T>())));
      }
    }
    Ieee.finish(record);
    memory.copy(load<u32>(record, DST), VECTOR_RESULT, 16);
  }

  /** An instruction of several steps: an exception of one is raised before the next. */
  private static nextStep(record: u32): void {
    Ieee.finish(record);
    Ieee.begin();
  }

  /** Products that the upper half of `selector` chooses, added in pairs, to the places that its lower half chooses. */
  @inline private static dot<T extends number>(record: u32, a: u32, b: u32, selector: u32): void {
    const products = VECTOR_RESULT + 16;
    for (let i: u32 = 0; i < 16 / sizeof<T>(); i++) {
      const at = i * sizeof<T>();
      const chosen = (selector >>> (4 + i)) & 1;
      store<T>(products + at, chosen ? Ieee.binary<T>(Float.MULTIPLY, load<T>(a + at), load<T>(b + at)) : <T>0);
    }
    AcrossOperations.nextStep(record);
    let sum = Ieee.binary<T>(Float.ADD, load<T>(products), load<T>(products + sizeof<T>()));
    if (sizeof<T>() == 4) {
      const other = Ieee.binary<T>(Float.ADD, load<T>(products + 8), load<T>(products + 12));
      AcrossOperations.nextStep(record);
      sum = Ieee.binary<T>(Float.ADD, sum, other);
    }
    for (let i: u32 = 0; i < 16 / sizeof<T>(); i++) {
      store<T>(VECTOR_RESULT + i * sizeof<T>(), (selector >>> i) & 1 ? sum : <T>0);
    }
  }

  static single(record: u32): void {
    AcrossOperations.run<u32>(record);
  }

  static double(record: u32): void {
    AcrossOperations.run<u64>(record);
  }

  /** ROUNDPS and its like: IMMEDIATE has a rounding mode of its own, or bit 2 for MXCSR's. */
  @inline private static round<T extends number>(record: u32): void {
    const from = load<u32>(record, B);
    const count = <u32>load<u8>(record, MISC) * sizeof<T>();
    const how = load<u32>(record, IMMEDIATE);
    Ieee.begin();
    if ((how & 4) == 0) Ieee.setRounding(how & 3);
    for (let i: u32 = 0; i < count; i += sizeof<T>()) {
      store<T>(VECTOR_RESULT + i, Ieee.toWhole<T>(load<T>(from + i), (how & SUPPRESS_INEXACT) != 0));
    }
    Ieee.finish(record);
    memory.copy(load<u32>(record, DST), VECTOR_RESULT, count);
  }

  static roundSingle(record: u32): void {
    AcrossOperations.round<u32>(record);
  }

  static roundDouble(record: u32): void {
    AcrossOperations.round<u64>(record);
  }
}
