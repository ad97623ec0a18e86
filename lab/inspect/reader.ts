// Guest memory for views: what they read in one look is asked for in pieces of a page, each once.

import type { MachineClient } from "../machine/client.ts";

const PIECE = 4096;

/** Memory as it is at one moment, by linear address. */
export class GuestReader {
  private readonly pieces = new Map<number, Promise<Uint8Array>>();

  constructor(private readonly client: MachineClient) {}

  async bytes(address: number, length: number): Promise<Uint8Array> {
    const result = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = (address + done) >>> 0;
      const piece = await this.piece(Math.floor(at / PIECE) * PIECE);
      const part = piece.subarray(at % PIECE, (at % PIECE) + length - done);
      result.set(part, done);
      done += part.length;
    }
    return result;
  }

  async word(address: number): Promise<number> {
    const bytes = await this.bytes(address, 4);
    return new DataView(bytes.buffer).getUint32(0, true);
  }

  /** A string of AssemblyScript's: UTF-16, its length in bytes in the word before it. */
  async string(address: number): Promise<string> {
    if (address === 0) return "";
    const length = Math.min(await this.word(address - 4), 256);
    return new TextDecoder("utf-16le").decode(await this.bytes(address, length));
  }

  private piece(base: number): Promise<Uint8Array> {
    let piece = this.pieces.get(base);
    piece ??= this.client.call("readLinear", base, PIECE);
    this.pieces.set(base, piece);
    return piece;
  }
}
