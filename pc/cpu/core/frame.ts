// A stack frame being built by a far call or an interrupt: nothing of the processor changes until `commit`.

import { ATTRIBUTES, BASE, HIGH, LIMIT, LOW, SEGMENT_BYTES, SEGMENTS, SELECTOR, SS, TR } from "./layout";
import { Memory } from "./memory";
import { DEFAULT32, Descriptor, FAULT_SS, FAULT_TS, Segments } from "./segments";
import { Register } from "./state";

export class Frame {
  static selector: u32 = 0;
  static base: u32 = 0;
  static limit: u32 = 0;
  static attributes: u32 = 0;
  static low: u32 = 0;
  static high: u32 = 0;
  static pointer: u32 = 0;
  /** 1 if the stack belongs to CPL 3. */
  static user: u32 = 0;
  /** Where the stack's descriptor is, and that one's second word. */
  private static address: u32 = 0;
  private static descriptor: u32 = 0;
  /** Whether the frame is on another stack than the present one. */
  static switched: bool = false;

  private static get wide(): bool {
    return (Frame.attributes & DEFAULT32) != 0;
  }

  /** On the present stack. */
  static here(): void {
    const cache = SEGMENTS + SS * SEGMENT_BYTES;
    Frame.switched = false;
    Frame.base = load<u32>(cache, BASE);
    Frame.low = load<u32>(cache, LOW);
    Frame.high = load<u32>(cache, HIGH);
    Frame.attributes = load<u32>(cache, ATTRIBUTES);
    Frame.selector = 0;
    Frame.user = u32(Register.cpl == 3);
    Frame.pointer = Register.esp;
  }

  /** On the stack that the TSS names for privilege level `level`. Source: SDM vol. 3, 5.8.5 and 6.12.1. */
  static inner(level: u32): void {
    const task = SEGMENTS + TR * SEGMENT_BYTES;
    const task32 = (load<u32>(task, ATTRIBUTES) & 8) != 0;
    const at: u32 = task32 ? 4 + level * 8 : 2 + level * 4;
    const size: u32 = task32 ? 6 : 4;
    if (at + size - 1 > load<u32>(task, LIMIT)) Descriptor.raise(FAULT_TS, load<u32>(task, SELECTOR));
    const base = load<u32>(task, BASE) + at;
    let pointer: u32;
    let selector: u32;
    if (task32) {
      pointer = Memory.loadAs<u32>(base, 0);
      selector = Memory.loadAs<u16>(base + 4, 0);
    } else {
      pointer = Memory.loadAs<u16>(base, 0);
      selector = Memory.loadAs<u16>(base + 2, 0);
    }
    Frame.on(selector, pointer, level, FAULT_TS);
  }

  /** On stack selector:pointer for `level`, which must be a writable data segment of that level. */
  static on(selector: u32, pointer: u32, level: u32, vector: u32): void {
    if ((selector & 0xfffc) == 0) Descriptor.raise(vector, 0);
    Descriptor.read(selector, vector);
    if ((selector & 3) != level || Descriptor.dpl != level || !Descriptor.writableData)
      Descriptor.raise(vector, selector);
    if (!Descriptor.present) Descriptor.raise(FAULT_SS, selector);
    Frame.address = Descriptor.address;
    Frame.descriptor = Descriptor.high;
    Frame.switched = true;
    Frame.selector = selector;
    Frame.base = Descriptor.base;
    Frame.limit = Descriptor.limit;
    Frame.attributes = Descriptor.attributes;
    Frame.low = 0;
    Frame.high = Frame.limit;
    if (Frame.attributes & 4) {
      Frame.low = Frame.limit + 1;
      Frame.high = Frame.wide ? 0xffffffff : 0xffff;
      // No offset is valid.
      if (Frame.limit >= Frame.high) Frame.high = 0;
      if (Frame.high == 0) Frame.low = 1;
    }
    Frame.user = u32(level == 3);
    // A stack that counts in SP leaves the upper half of ESP alone.
    Frame.pointer = Frame.wide ? pointer : (Register.esp & 0xffff0000) | (pointer & 0xffff);
  }

  static push(value: u32, size: u32): void {
    let offset = Frame.pointer - size;
    if (!Frame.wide) offset &= 0xffff;
    const last = offset + size - 1;
    if (offset < Frame.low || last > Frame.high || (last < offset && Frame.high != 0xffffffff)) {
      Descriptor.raise(FAULT_SS, Frame.switched ? Frame.selector : 0);
    }
    if (size == 4) Memory.storeAs<u32>(Frame.base + offset, value, Frame.user);
    else Memory.storeAs<u16>(Frame.base + offset, <u16>value, Frame.user);
    Frame.pointer = Frame.wide ? offset : (Frame.pointer & 0xffff0000) | offset;
  }

  /** Marks the stack segment as accessed: before `commit`, for it may fault. */
  static touch(): void {
    if (Frame.switched) Descriptor.touch(Frame.address, Frame.descriptor);
  }

  /** Makes the frame's stack the present one. */
  static commit(): void {
    if (Frame.switched) Segments.set(SS, Frame.selector, Frame.base, Frame.limit, Frame.attributes | 1);
    Register.set(4, Frame.pointer);
  }
}
