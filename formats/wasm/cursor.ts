// Reads the primitive encodings of the binary format from a byte array, and never beyond a limit.
// Source: WebAssembly Core Specification 2.0, section 5.2.

import { WasmError } from "./error.ts";

export class Cursor {
  private readonly view: DataView;

  constructor(
    readonly file: string,
    readonly bytes: Uint8Array,
    /** Next byte. */
    public at: number,
    /** One past the last byte. */
    readonly end: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  fail(expected: string, found: string, at = this.at): never {
    throw new WasmError(this.file, at, expected, found);
  }

  u8(): number {
    if (this.at >= this.end) this.fail("a byte", "the end");
    return this.bytes[this.at++];
  }

  /** Four bytes, little-endian. */
  word(): number {
    if (this.at + 4 > this.end) this.fail("four bytes", "the end");
    const value = this.view.getUint32(this.at, true);
    this.at += 4;
    return value;
  }

  u32(): number {
    const start = this.at;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      if (shift === 28 && byte > 0x0f) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return this.fail("an unsigned LEB128 number of 32 bits", "a longer one", start);
  }

  s32(): number {
    return Number(BigInt.asIntN(32, this.signed(5)));
  }

  s64(): bigint {
    return BigInt.asIntN(64, this.signed(10));
  }

  /** A block type: a signed number of 33 bits. */
  s33(): number {
    return Number(this.signed(5));
  }

  name(): string {
    const size = this.u32();
    return new TextDecoder().decode(this.take(size));
  }

  take(size: number): Uint8Array {
    if (size > this.end - this.at) this.fail(`${size} bytes`, `${this.end - this.at} until the end`);
    const bytes = this.bytes.subarray(this.at, this.at + size);
    this.at += size;
    return bytes;
  }

  private signed(maxBytes: number): bigint {
    const start = this.at;
    let value = 0n;
    for (let i = 0; i < maxBytes; i++) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asIntN(7 * (i + 1), value);
    }
    return this.fail(`a signed LEB128 number of at most ${maxBytes} bytes`, "a longer one", start);
  }
}
