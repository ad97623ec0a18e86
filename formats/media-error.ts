// What the readers and writers of disk images say when something is not what its layout demands, and a view of bytes whose
// every read is checked against their end.

/** A disk image, or what was to be put on one, is not what it must be. */
export class MediaError extends Error {
  override readonly name = "MediaError";

  constructor(
    readonly file: string,
    readonly offset: number,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${file}: at offset 0x${offset.toString(16)}: expected ${expected}, found ${found}`);
  }
}

/** Little-endian fields of an image. Every read beyond its end is a MediaError. */
export class MediaBytes {
  private readonly view: DataView;

  /** @param file names the image in errors */
  constructor(
    readonly bytes: Uint8Array,
    readonly file: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(offset: number): number {
    this.need(offset, 1);
    return this.view.getUint8(offset);
  }

  u16(offset: number): number {
    this.need(offset, 2);
    return this.view.getUint16(offset, true);
  }

  u32(offset: number): number {
    this.need(offset, 4);
    return this.view.getUint32(offset, true);
  }

  u32be(offset: number): number {
    this.need(offset, 4);
    return this.view.getUint32(offset, false);
  }

  /** A view of `count` bytes, not a copy. */
  slice(offset: number, count: number): Uint8Array {
    this.need(offset, count);
    return this.bytes.subarray(offset, offset + count);
  }

  text(offset: number, count: number): string {
    return latin1(this.slice(offset, count));
  }

  /** The error that the image is wrong at an offset. */
  wrong(offset: number, expected: string, found: string | number): MediaError {
    return new MediaError(this.file, offset, expected, `${found}`);
  }

  private need(offset: number, count: number): void {
    if (offset >= 0 && offset + count <= this.bytes.length) return;
    throw this.wrong(offset, `${count} byte${count === 1 ? "" : "s"}`, `the end of ${this.bytes.length} bytes`);
  }
}

/** Bytes as characters of the same codes. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Hexadecimal bytes for an error's `found`. */
export function hexBytes(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ") || "nothing";
}
