// String instructions. MISC: bit 0 16-bit addresses, bits 1-2 the repeat prefix (0 none, 1 REP or REPE, 2 REPNE); EXTRA: the
// source's segment. Registers change with every element, so a fault leaves the instruction where it can go on. A function returns
// true when the instruction has to be entered again: after CHUNK elements, so that interrupts get their turn.
// Source: Intel SDM vol. 2, MOVS, STOS, LODS, CMPS, SCAS, INS, OUTS, REP.

import { Alu } from "./alu";
import { Debug } from "./debug";
import { DF, Flags, TF } from "./flags";
import { readPort, writePort } from "./host.external";
import {
  DEBUG_ARMED,
  ES,
  EXTRA,
  MISC,
  MODE,
  MODE_DS_FLAT,
  MODE_ES_FLAT,
  READ_MASK,
  REGISTERS,
  RIGHT_READ,
  RIGHT_WRITE,
  WRITE_MASK,
} from "./layout";
import { Memory } from "./memory";
import { Moves } from "./moves";
import { Paging } from "./paging";
import { Raise, Register } from "./state";
import { System } from "./system";

const ESI: u32 = REGISTERS + 24;
const EDI: u32 = REGISTERS + 28;
const ECX: u32 = REGISTERS + 4;
const CHUNK: u32 = 0x4000;
const ADDRESS16: u32 = 1;
const REPEAT: u32 = 6;
const REPNE: u32 = 4;

export class Strings {
  @inline private static index(record: u32, register: u32): u32 {
    return load<u8>(record, MISC) & ADDRESS16 ? <u32>load<u16>(register) : load<u32>(register);
  }

  @inline private static advance(record: u32, register: u32, distance: i32): void {
    if (load<u8>(record, MISC) & ADDRESS16) store<u16>(register, <u16>(load<u16>(register) + distance));
    else store<u32>(register, load<u32>(register) + distance);
  }

  @inline private static step<T extends number>(): i32 {
    return Register.flags & DF ? -(<i32>sizeof<T>()) : <i32>sizeof<T>();
  }

  private static source(record: u32, size: u32): u32 {
    return Moves.checked(load<u32>(record, EXTRA), Strings.index(record, ESI), size, RIGHT_READ);
  }

  private static destination(record: u32, size: u32, right: u32): u32 {
    return Moves.checked(ES, Strings.index(record, EDI), size, right);
  }

  /** Iterations to do now: all that are left, but at most CHUNK; one without a prefix, and one when each may trap. */
  private static count(record: u32): u32 {
    if ((load<u8>(record, MISC) & REPEAT) == 0) return 1;
    return min<u32>(Strings.index(record, ECX), (Register.flags & TF) | load<u32>(DEBUG_ARMED) ? 1 : CHUNK);
  }

  /** One iteration is done. */
  @inline private static counted(record: u32): void {
    if (load<u8>(record, MISC) & REPEAT) Strings.advance(record, ECX, -1);
  }

  private static unfinished(record: u32): bool {
    return (load<u8>(record, MISC) & REPEAT) != 0 && Strings.index(record, ECX) != 0;
  }

  /** After a compare: whether the repeat prefix wants to go on. */
  @inline private static matches(record: u32): bool {
    const repne = u32((load<u8>(record, MISC) & REPNE) != 0);
    return (Flags.zero ^ repne) != 0;
  }

  static movs<T extends number>(record: u32): bool {
    Raise.at(record);
    const size: u32 = sizeof<T>();
    const step = Strings.step<T>();
    let left = Strings.count(record);
    while (left > 0) {
      if (left > 1) {
        const done = Strings.moveRun(record, left, size);
        if (done > 0) {
          left -= done;
          continue;
        }
      }
      const from = Strings.source(record, size);
      const to = Strings.destination(record, size, RIGHT_WRITE);
      const value = Memory.load<T>(record, from);
      Memory.store<T>(record, to, value);
      Strings.advance(record, ESI, step);
      Strings.advance(record, EDI, step);
      Strings.counted(record);
      left--;
    }
    return Strings.unfinished(record);
  }

  /** Elements from here to the nearer page end, if flat segments, direction, TLB and overlap allow one copy; else 0. */
  private static moveRun(record: u32, left: u32, size: u32): u32 {
    if ((load<u32>(MODE) & (MODE_DS_FLAT | MODE_ES_FLAT)) != (MODE_DS_FLAT | MODE_ES_FLAT)) return 0;
    if (load<u32>(record, EXTRA) != 3 || (load<u8>(record, MISC) & ADDRESS16) != 0 || (Register.flags & DF) != 0)
      return 0;
    const from = Register.esi;
    const to = Register.edi;
    const fromWord = Paging.word(from);
    const toWord = Paging.word(to);
    if ((fromWord & load<u32>(READ_MASK)) == 0 || (toWord & load<u32>(WRITE_MASK)) == 0) return 0;
    const room = min<u32>(0x1000 - (from & 0xfff), 0x1000 - (to & 0xfff)) / size;
    const count = min<u32>(room, left);
    const bytes = count * size;
    const source = Paging.host(from, fromWord);
    const target = Paging.host(to, toWord);
    if (count == 0 || target - source < bytes) return 0;
    memory.copy(target, source, bytes);
    store<u32>(ESI, from + bytes);
    store<u32>(EDI, to + bytes);
    store<u32>(ECX, Register.ecx - count);
    return count;
  }

  static stos<T extends number>(record: u32): bool {
    Raise.at(record);
    const size: u32 = sizeof<T>();
    const step = Strings.step<T>();
    const value = load<T>(REGISTERS);
    let left = Strings.count(record);
    while (left > 0) {
      if (left > 1) {
        const done = Strings.fillRun<T>(record, left, value);
        if (done > 0) {
          left -= done;
          continue;
        }
      }
      Memory.store<T>(record, Strings.destination(record, size, RIGHT_WRITE), value);
      Strings.advance(record, EDI, step);
      Strings.counted(record);
      left--;
    }
    return Strings.unfinished(record);
  }

  private static fillRun<T extends number>(record: u32, left: u32, value: T): u32 {
    if (
      (load<u32>(MODE) & MODE_ES_FLAT) == 0 ||
      (load<u8>(record, MISC) & ADDRESS16) != 0 ||
      (Register.flags & DF) != 0
    )
      return 0;
    const size: u32 = sizeof<T>();
    const to = Register.edi;
    const word = Paging.word(to);
    if ((word & load<u32>(WRITE_MASK)) == 0) return 0;
    const count = min<u32>((0x1000 - (to & 0xfff)) / size, left);
    if (count == 0) return 0;
    let target = Paging.host(to, word);
    for (const end = target + count * size; target < end; target += size) store<T>(target, value);
    store<u32>(EDI, to + count * size);
    store<u32>(ECX, Register.ecx - count);
    return count;
  }

  static lods<T extends number>(record: u32): bool {
    Raise.at(record);
    const step = Strings.step<T>();
    for (let left = Strings.count(record); left > 0; left--) {
      store<T>(REGISTERS, Memory.load<T>(record, Strings.source(record, sizeof<T>())));
      Strings.advance(record, ESI, step);
      Strings.counted(record);
    }
    return Strings.unfinished(record);
  }

  static cmps<T extends number>(record: u32): bool {
    Raise.at(record);
    const step = Strings.step<T>();
    for (let left = Strings.count(record); left > 0; left--) {
      const a = Memory.load<T>(record, Strings.source(record, sizeof<T>()));
      const b = Memory.load<T>(record, Strings.destination(record, sizeof<T>(), RIGHT_READ));
      Alu.compareValues<T>(a, b);
      Strings.advance(record, ESI, step);
      Strings.advance(record, EDI, step);
      Strings.counted(record);
      if (!Strings.matches(record)) return false;
    }
    return Strings.unfinished(record);
  }

  static scas<T extends number>(record: u32): bool {
    Raise.at(record);
    const step = Strings.step<T>();
    for (let left = Strings.count(record); left > 0; left--) {
      const b = Memory.load<T>(record, Strings.destination(record, sizeof<T>(), RIGHT_READ));
      Alu.compareValues<T>(load<T>(REGISTERS), b);
      Strings.advance(record, EDI, step);
      Strings.counted(record);
      if (!Strings.matches(record)) return false;
    }
    return Strings.unfinished(record);
  }

  static ins<T extends number>(record: u32): bool {
    Raise.at(record);
    const step = Strings.step<T>();
    const port = Register.edx & 0xffff;
    System.checkPort(port, sizeof<T>());
    for (let left = Strings.count(record); left > 0; left--) {
      const to = Strings.destination(record, sizeof<T>(), RIGHT_WRITE);
      // The port is read only when the memory takes the byte: a fault must not lose it.
      Memory.checkWrite(to, sizeof<T>(), u32(Register.cpl == 3));
      Debug.port(port, sizeof<T>());
      Memory.store<T>(record, to, <T>readPort(port, sizeof<T>()));
      Strings.advance(record, EDI, step);
      Strings.counted(record);
    }
    return Strings.unfinished(record);
  }

  static outs<T extends number>(record: u32): bool {
    Raise.at(record);
    const step = Strings.step<T>();
    const port = Register.edx & 0xffff;
    System.checkPort(port, sizeof<T>());
    for (let left = Strings.count(record); left > 0; left--) {
      Debug.port(port, sizeof<T>());
      writePort(port, <u32>Memory.load<T>(record, Strings.source(record, sizeof<T>())), sizeof<T>());
      Strings.advance(record, ESI, step);
      Strings.counted(record);
    }
    return Strings.unfinished(record);
  }
}
