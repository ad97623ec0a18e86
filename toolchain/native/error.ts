// What the native compiler says about a module that it cannot compile.

export class NativeError extends Error {
  override readonly name = "NativeError";

  constructor(
    /** The module, as the caller named it. */
    readonly file: string,
    /** Byte offset in the module. */
    readonly offset: number,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${file}: offset 0x${offset.toString(16)}: expected ${expected}, found ${found}`);
  }
}
