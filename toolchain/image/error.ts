// What is said when a part of an image is not what it must be.

export type ImagePart =
  | "boot sector"
  | "master boot record"
  | "setup"
  | "boot loader"
  | "kernel"
  | "command line"
  | "image"
  | "CD boot block"
  | "boot image";

/** One part of an image is not what it must be. */
export class ImageError extends Error {
  override readonly name = "ImageError";

  constructor(
    readonly part: ImagePart,
    readonly offset: number,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${part}, offset ${offset}: expected ${expected}, found ${found}`);
  }
}

export function hex(bytes: Uint8Array, offset: number, count: number): string {
  const shown = [...bytes.subarray(offset, offset + count)].map((byte) => byte.toString(16).padStart(2, "0"));
  return shown.join(" ") || "nothing";
}
