// Standard streams and signals for tests: what is written is kept, what is read is what the test sends.

import { EventEmitter } from "node:events";
import { PassThrough, Writable } from "node:stream";
import type { InputStream, Io, OutputStream } from "../io.ts";

class Kept extends Writable {
  text = "";

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.text += Buffer.from(chunk).toString("utf8");
    done();
  }
}

export class FakeIo extends EventEmitter implements Io {
  readonly stdin: PassThrough & InputStream & { raw?: boolean };
  readonly stdout: Kept & OutputStream = new Kept();
  readonly stderr: Kept & OutputStream = new Kept();
  env: Record<string, string | undefined> = { TERM: "xterm-256color" };

  /** @param terminal whether standard input and output are a terminal, of which size */
  constructor(terminal?: { columns: number; rows: number }) {
    super();
    const stdin: PassThrough & InputStream & { raw?: boolean } = new PassThrough();
    this.stdin = stdin;
    if (!terminal) return;
    stdin.isTTY = true;
    stdin.setRawMode = (raw) => {
      stdin.raw = raw;
    };
    Object.assign(this.stdout, { isTTY: true, ...terminal });
    Object.assign(this.stderr, { isTTY: true });
  }
}
