// Bytes that are read when somebody asks for them, so that a reader of images needs neither a file system nor all of the image.

export interface ByteSource {
  readonly size: number;
  /** Exactly so many bytes; the range lies within the size. */
  read(offset: number, count: number): Uint8Array;
}

export const sourceOf = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: (offset, count) => bytes.subarray(offset, offset + count),
});
