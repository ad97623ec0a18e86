// Ports that only listen: E9h, to which guests of Bochs and QEMU write their log, and 80h, where a BIOS leaves its progress code.
// Source: Bochs user manual, "port E9 hack"; IBM PC AT Technical Reference for 80h.

import type { Bus, Device, DeviceState } from "../bus.ts";
import { bytesField, loadFields, saveFields } from "./state.ts";

const DEBUG = 0xe9;
const POST_CODE = 0x80;

export class DebugPort implements Device {
  readonly name = "debug port";
  /** Called with each byte written to E9h. */
  onByte: ((byte: number) => void) | undefined;
  /** Called with each byte written to port 80h. */
  onPostCode: ((code: number) => void) | undefined;
  /** The byte last written to port 80h. */
  postCode = 0;
  private bytes: Uint8Array = new Uint8Array(256);
  private length = 0;

  constructor(options: { onByte?: (byte: number) => void; onPostCode?: (code: number) => void } = {}) {
    this.onByte = options.onByte;
    this.onPostCode = options.onPostCode;
  }

  /** All that was written to E9h, one character a byte. */
  get log(): string {
    let text = "";
    for (let i = 0; i < this.length; i += 4096) {
      text += String.fromCharCode(...this.bytes.subarray(i, Math.min(this.length, i + 4096)));
    }
    return text;
  }

  attach(ports: Bus): void {
    // Reading E9h gives its own number: that is how a guest finds out that someone listens.
    ports.map(DEBUG, 1, { read8: () => DEBUG, write8: (_port, value) => this.append(value) });
    ports.map(POST_CODE, 1, {
      read8: () => this.postCode,
      write8: (_port, value) => {
        this.postCode = value;
        this.onPostCode?.(value);
      },
    });
  }

  /** The log goes on through a reset. */
  reset(): void {
    this.postCode = 0;
  }

  look(): DeviceState {
    return saveFields<DebugPort>(this, ["postCode"]);
  }

  save(): DeviceState {
    return { ...this.look(), log: this.bytes.slice(0, this.length) };
  }

  load(state: DeviceState): void {
    loadFields<DebugPort>(this, ["postCode"], state);
    this.bytes = bytesField(state, "log");
    this.length = this.bytes.length;
  }

  private append(byte: number): void {
    if (this.length === this.bytes.length) {
      const larger = new Uint8Array(Math.max(256, 2 * this.length));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.length++] = byte;
    this.onByte?.(byte);
  }
}
