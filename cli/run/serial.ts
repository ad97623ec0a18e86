// Where a COM port's wire ends on the host: this terminal, a file, or nowhere.

import { closeSync, openSync, writeSync } from "node:fs";
import { InputError, systemErrorText, UsageError } from "../errors.ts";
import type { GuestSerial } from "../guest.ts";
import type { Io } from "../io.ts";
import type { Observer } from "./runner.ts";

export type SerialTarget = { kind: "none" } | { kind: "stdio" } | { kind: "file"; path: string };

/** Ctrl+] */
export const QUIT_BYTE = 0x1d;

/** @throws UsageError for a target that does not exist */
export function parseSerialTarget(text: string): SerialTarget {
  if (text === "none") return { kind: "none" };
  if (text === "stdio") return { kind: "stdio" };
  if (text.startsWith("file:") && text.length > "file:".length) return { kind: "file", path: text.slice(5) };
  throw new UsageError(`-serial: expected stdio, none or file:PATH, found ${text}`);
}

/** Collects what the guest sends and passes it on between slices. */
abstract class SerialSink implements Observer {
  private bytes: number[] = [];

  constructor(port: GuestSerial) {
    port.onByte = (byte) => this.bytes.push(byte);
  }

  afterSlice(): number {
    if (this.bytes.length > 0) {
      this.write(Uint8Array.from(this.bytes));
      this.bytes = [];
    }
    return Number.POSITIVE_INFINITY;
  }

  protected abstract write(bytes: Uint8Array): void;
}

/** The guest's output goes to a file that is written anew. */
export class SerialFile extends SerialSink {
  private readonly descriptor: number;

  /** @throws InputError when the file cannot be written */
  constructor(
    port: GuestSerial,
    private readonly path: string,
  ) {
    super(port);
    this.descriptor = this.attempt(() => openSync(path, "w"));
  }

  close(): void {
    this.afterSlice();
    closeSync(this.descriptor);
  }

  protected override write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const from = done;
      done += this.attempt(() => writeSync(this.descriptor, bytes, from));
    }
  }

  private attempt(act: () => number): number {
    try {
      return act();
    } catch (error) {
      throw new InputError({ file: this.path, expected: "a file for -serial to write", found: systemErrorText(error) });
    }
  }
}

/** Standard input and output are the terminal at the other end of the wire. */
export class SerialConsole extends SerialSink {
  private readonly onData = (chunk: Uint8Array) => this.receive(chunk);

  /**
   * @param onQuit called for Ctrl+] when a person sits there (bytes of a pipe are data, whatever they are), and when
   * nobody reads the output any more
   */
  constructor(
    private readonly port: GuestSerial,
    private readonly io: Io,
    private readonly onInput: () => void,
    private readonly onQuit: () => void,
  ) {
    super(port);
    if (io.stdin.isTTY) {
      io.stdin.setRawMode?.(true);
      io.on("exit", this.restore);
      io.stderr.write("minios: COM1 is this terminal; Ctrl+] quits\r\n");
    }
    io.stdin.on("data", this.onData);
    io.stdout.on("error", this.onQuit);
    io.stdin.resume();
  }

  close(): void {
    this.afterSlice();
    this.io.stdin.off("data", this.onData);
    this.io.stdin.pause();
    this.io.off("exit", this.restore);
    this.restore();
  }

  protected override write(bytes: Uint8Array): void {
    this.io.stdout.write(bytes);
  }

  private readonly restore = () => {
    if (this.io.stdin.isTTY) this.io.stdin.setRawMode?.(false);
  };

  private receive(chunk: Uint8Array): void {
    const quit = this.io.stdin.isTTY ? chunk.indexOf(QUIT_BYTE) : -1;
    this.port.send(quit < 0 ? chunk : chunk.subarray(0, quit));
    this.onInput();
    if (quit >= 0) this.onQuit();
  }
}
