// Text that grows: what a file of /proc shows, written when it is opened.

import { calloc, free, realloc } from "../../memory/heap.ts";
import { digitsOf, formatNumber } from "../../print.ts";
import { textLength } from "../../text.ts";
import { enterCritical, leaveCritical } from "../../thread/scheduler.ts";

const GROWTH: u32 = 512;

@unmanaged
export class ProcText {
  address: usize;
  length: u32;
  capacity: u32;
  /** There was no memory for a part of it. */
  hasFailed: bool;

  byte(byte: u8): void {
    if (this.length == this.capacity && !this.grow()) return;
    store<u8>(this.address + this.length++, byte);
  }

  /** A string constant of ASCII. */
  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i) as u8);
  }

  /** NUL-terminated bytes, and blanks up to `width` columns. */
  column(address: usize, width: u32 = 0): void {
    const length = textLength(address) as u32;
    this.bytes(address, length);
    this.blanks(length, width);
  }

  /** A string constant and blanks up to `width` columns. */
  textColumn(text: string, width: u32): void {
    this.text(text);
    this.blanks(text.length, width);
  }

  bytes(address: usize, count: u32): void {
    for (let i: u32 = 0; i < count; i++) this.byte(load<u8>(address + i));
  }

  /** A decimal number, right-aligned in `width` columns. */
  number(value: u32, width: u32 = 0): void {
    this.digits(value, 10, 1, width);
  }

  /** A number with at least `count` digits of `base`, right-aligned in `width` columns. */
  digits(value: u32, base: u32, count: i32, width: u32 = 0): void {
    const wereEnabled = enterCritical(); // the digits' buffer is shared
    const length = formatNumber(value, base, count);
    this.blanks(length, width);
    this.bytes(digitsOf(length), length);
    leaveCritical(wereEnabled);
  }

  /** A line of a name, a number and what follows. */
  line(name: string, value: u32, unit: string): void {
    this.textColumn(name, 16);
    this.number(value, 10);
    this.text(unit);
    this.byte(0x0a);
  }

  private blanks(from: u32, to: u32): void {
    for (; from < to; from++) this.byte(0x20);
  }

  private grow(): bool {
    const address = this.hasFailed ? 0 : realloc(this.address, this.capacity + GROWTH);
    if (address == 0) {
      this.hasFailed = true;
      return false;
    }
    this.address = address;
    this.capacity += GROWTH;
    return true;
  }
}

/** An empty text; null if there is no memory. */
export function newProcText(): ProcText | null {
  const address = calloc(offsetof<ProcText>());
  return address == 0 ? null : changetype<ProcText>(address);
}

export function freeProcText(text: ProcText): void {
  if (text.address != 0) free(text.address);
  free(changetype<usize>(text));
}
