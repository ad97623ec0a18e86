// What the reader says about a WebAssembly module that is malformed, or has what its user does not know.

export class WasmError extends Error {
  override readonly name = "WasmError";

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
