// The stack. The store comes before ESP changes, so that an instruction that faults can start again.
// Source: Intel SDM vol. 2, PUSH, POP, PUSHA, POPA, ENTER, LEAVE.

import {
  BASE,
  HIGH,
  LOW,
  MODE,
  MODE_STACK_FLAT,
  MODE_STACK32,
  REGISTERS,
  RIGHT_WRITE,
  RIGHTS,
  SEGMENT_BYTES,
  SEGMENTS,
  SS,
} from "./layout";
import { Memory } from "./memory";
import { Raise, Record, Register } from "./state";

const ESP: u32 = REGISTERS + 16;
const EBP: u32 = REGISTERS + 20;
const STACK_SEGMENT: u32 = SEGMENTS + SS * SEGMENT_BYTES;

export class Stack {
  @inline static get wide(): bool {
    return (load<u32>(MODE) & MODE_STACK32) != 0;
  }

  /** Offset `pointer + distance` in the stack segment, wrapped to its size. */
  @inline static move(pointer: u32, distance: i32): u32 {
    const moved = pointer + distance;
    return Stack.wide ? moved : moved & 0xffff;
  }

  @inline static get pointer(): u32 {
    return Stack.wide ? load<u32>(ESP) : load<u16>(ESP);
  }

  /** Writes SP or ESP, as the stack segment's size says. */
  static set pointer(value: u32) {
    if (Stack.wide) store<u32>(ESP, value);
    else store<u16>(ESP, <u16>value);
  }

  /** Linear address of `size` bytes at SS:offset; #SS(0) outside the limit. */
  static linear(record: u32, offset: u32, size: u32): u32 {
    if (load<u32>(MODE) & MODE_STACK_FLAT) return offset;
    const last = offset + size - 1;
    if (
      offset < load<u32>(STACK_SEGMENT, LOW) ||
      last > load<u32>(STACK_SEGMENT, HIGH) ||
      last < offset ||
      (load<u32>(STACK_SEGMENT, RIGHTS) & RIGHT_WRITE) == 0
    ) {
      Raise.at(record);
      Raise.withError(12, 0);
    }
    return load<u32>(STACK_SEGMENT, BASE) + offset;
  }

  /** Stores at `offset` without moving the pointer. */
  @inline static put<T extends number>(record: u32, offset: u32, value: T): void {
    Memory.store<T>(record, Stack.linear(record, offset, sizeof<T>()), value);
  }

  @inline static at<T extends number>(record: u32, offset: u32): T {
    return Memory.load<T>(record, Stack.linear(record, offset, sizeof<T>()));
  }

  static pushValue<T extends number>(record: u32, value: T): void {
    const offset = Stack.move(Stack.pointer, -(<i32>sizeof<T>()));
    Stack.put<T>(record, offset, value);
    Stack.pointer = offset;
  }

  static push<T extends number>(record: u32): void {
    Stack.pushValue<T>(record, Record.a<T>(record));
  }

  @inline static pushFlat(record: u32): void {
    const pointer = load<u32>(ESP) - 4;
    Memory.store<u32>(record, pointer, Record.a<u32>(record));
    store<u32>(ESP, pointer);
  }

  static pop<T extends number>(record: u32): void {
    const pointer = Stack.pointer;
    const value = Stack.at<T>(record, pointer);
    Stack.pointer = Stack.move(pointer, sizeof<T>());
    Record.setDestination<T>(record, value);
  }

  @inline static popFlat(record: u32): void {
    const pointer = load<u32>(ESP);
    const value = Memory.load<u32>(record, pointer);
    store<u32>(ESP, pointer + 4);
    Record.setDestination<u32>(record, value);
  }

  /** Destination <- top of the stack, which stays: for pops whose destination may fault. DROP ends them. */
  static peek<T extends number>(record: u32): void {
    Record.setDestination<T>(record, Stack.at<T>(record, Stack.pointer));
  }

  static drop(record: u32): void {
    Stack.pointer = Stack.move(Stack.pointer, Record.immediate(record));
  }

  static pushAll<T extends number>(record: u32): void {
    const start = Stack.pointer;
    const size: i32 = sizeof<T>();
    // All of them may be written before the first is; a fault names the first that may not.
    const user = u32(Register.cpl == 3);
    for (let i: i32 = 1; i <= 8; i++) {
      const at = Stack.linear(record, Stack.move(start, -i * size), size);
      Raise.at(record);
      Memory.checkWrite(at, size, user);
    }
    const lowest = Stack.move(start, -8 * size);
    Stack.put<T>(record, lowest, load<T>(REGISTERS + 28));
    for (let i: i32 = 0; i < 7; i++)
      Stack.put<T>(record, Stack.move(start, -(i + 1) * size), load<T>(REGISTERS + (i << 2)));
    Stack.pointer = lowest;
  }

  static popAll<T extends number>(record: u32): void {
    const start = Stack.pointer;
    const size: i32 = sizeof<T>();
    // A fault on any of them must come before the first register changes.
    for (let i: i32 = 0; i < 8; i++) Stack.at<T>(record, Stack.move(start, i * size));
    for (let i: i32 = 0; i < 8; i++) {
      if (i != 4) {
        const value = Stack.at<T>(record, Stack.move(start, (7 - i) * size));
        store<T>(REGISTERS + (i << 2), value);
      }
    }
    Stack.pointer = Stack.move(start, 8 * size);
  }

  /** IMMEDIATE: bytes of locals; EXTRA: nesting level. */
  static enter<T extends number>(record: u32): void {
    const size: i32 = sizeof<T>();
    const level = Record.extra(record) & 31;
    let pointer = Stack.move(Stack.pointer, -size);
    Stack.put<T>(record, pointer, load<T>(EBP));
    // EBP takes all of ESP, also where only SP counts.
    const frame = Stack.wide ? pointer : (Register.esp & 0xffff0000) | pointer;
    if (level > 0) {
      let display = Stack.wide ? Register.ebp : Register.ebp & 0xffff;
      for (let i: u32 = 1; i < level; i++) {
        display = Stack.move(display, -size);
        const value = Stack.at<T>(record, display);
        pointer = Stack.move(pointer, -size);
        Stack.put<T>(record, pointer, value);
      }
      pointer = Stack.move(pointer, -size);
      Stack.put<T>(record, pointer, <T>frame);
    }
    store<T>(EBP, <T>frame);
    Stack.pointer = Stack.move(pointer, -Record.immediate(record));
  }

  static leave<T extends number>(record: u32): void {
    const frame = Stack.wide ? Register.ebp : Register.ebp & 0xffff;
    const value = Stack.at<T>(record, frame);
    Stack.pointer = Stack.move(frame, sizeof<T>());
    store<T>(EBP, value);
  }
}
