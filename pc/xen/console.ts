// The domain's console: what it writes goes to a terminal and is kept as text; what a person types waits until the domain takes it,
// by the console_io hypercall or from the ring that it shares with its console.
// Source: Xen public header io/console.h (xencons_interface).

import type { DeviceState } from "../bus.ts";
import type { PhysicalMemory } from "../cpu/physical.ts";
import { type KeyStroke, keysForCharacter } from "../devices/index.ts";
import { booleanField, numberField, numbersField, stateField, textField } from "../devices/state.ts";
import { PAGE } from "./abi.ts";
import { Terminal } from "./terminal.ts";

const IN_BYTES = 1024;
const OUT_BYTES = 2048;
const IN_RING = 0;
const OUT_RING = IN_BYTES;
const IN_CONSUMER = IN_BYTES + OUT_BYTES;
const IN_PRODUCER = IN_CONSUMER + 4;
const OUT_CONSUMER = IN_CONSUMER + 8;
const OUT_PRODUCER = IN_CONSUMER + 12;

/** The byte that each key sends, by its name and the modifiers held. */
const KEY_BYTES = new Map<string, number>();
for (let code = 127; code >= 1; code--) {
  const keys = keysForCharacter(String.fromCharCode(code));
  // Enter is a carriage return, as on every terminal.
  if (keys && code !== 0x0a) KEY_BYTES.set(keyName(keys.code, keys.shift, keys.control), code);
}
KEY_BYTES.set(keyName("Backspace", false, false), 0x7f);

function keyName(code: string, shift: boolean, control: boolean): string {
  return `${control ? "^" : ""}${shift ? "+" : ""}${code}`;
}

export class DomainConsole {
  readonly terminal = new Terminal();
  /** Called with every byte that the domain writes. */
  onByte: ((byte: number) => void) | undefined;
  private written = "";
  private input: number[] = [];
  private readonly held = new Set<string>();
  /** The frame of the ring, when the domain has one. */
  private ring = 0;
  /** The domain has used its ring: input goes there, and no longer waits for console_io. */
  private usesRing = false;

  constructor(private readonly memory: PhysicalMemory) {}

  /** A new domain: its ring's frame. What was shown stays on the screen. */
  attach(ringFrame: number): void {
    this.ring = ringFrame;
    this.usesRing = false;
  }

  /** All that was written, one character a byte. */
  get output(): string {
    return this.written;
  }

  write(bytes: Uint8Array): void {
    for (const byte of bytes) {
      this.written += String.fromCharCode(byte);
      this.terminal.put(byte);
      this.onByte?.(byte);
    }
  }

  /** Bytes that a person sends. */
  send(bytes: Iterable<number>): void {
    this.input.push(...bytes);
  }

  get hasInput(): boolean {
    return this.input.length > 0;
  }

  /** Up to `count` bytes of input. */
  take(count: number): Uint8Array {
    return Uint8Array.from(this.input.splice(0, count));
  }

  putBack(bytes: Uint8Array): void {
    this.input = [...bytes, ...this.input];
  }

  /** @param code W3C `KeyboardEvent.code` */
  press(code: string): void {
    this.held.add(code);
    const shift = this.held.has("ShiftLeft") || this.held.has("ShiftRight");
    const control = this.held.has("ControlLeft") || this.held.has("ControlRight");
    const byte = KEY_BYTES.get(keyName(code, shift, control)) ?? KEY_BYTES.get(keyName(code, false, control));
    if (byte !== undefined) this.input.push(byte);
  }

  release(code: string): void {
    this.held.delete(code);
  }

  type(strokes: readonly KeyStroke[]): void {
    for (const { code, modifiers } of strokes) {
      for (const modifier of modifiers) this.press(modifier);
      this.press(code);
      this.release(code);
      for (const modifier of modifiers) this.release(modifier);
    }
  }

  /**
   * Moves bytes between the ring and the console, as far as there is room.
   * @returns whether the domain should be told
   */
  serveRing(): boolean {
    const read = this.drain();
    this.usesRing ||= read;
    return (this.usesRing && this.fill()) || read;
  }

  private drain(): boolean {
    const base = this.ring * PAGE;
    const producer = this.memory.word(base + OUT_PRODUCER);
    const consumer = this.memory.word(base + OUT_CONSUMER);
    const count = (producer - consumer) >>> 0;
    // More than the ring holds: the guest's indexes are nonsense, and there is nothing to read.
    if (count === 0 || count > OUT_BYTES) return false;
    const ring = this.memory.read(base + OUT_RING, OUT_BYTES);
    this.write(Uint8Array.from({ length: count }, (_, i) => ring[(consumer + i) % OUT_BYTES]));
    this.memory.setWord(base + OUT_CONSUMER, producer);
    return true;
  }

  private fill(): boolean {
    if (this.input.length === 0) return false;
    const base = this.ring * PAGE;
    const producer = this.memory.word(base + IN_PRODUCER);
    const used = (producer - this.memory.word(base + IN_CONSUMER)) >>> 0;
    if (used >= IN_BYTES) return false;
    const bytes = this.take(IN_BYTES - used);
    bytes.forEach((byte, i) => {
      this.memory.write(base + IN_RING + ((producer + i) % IN_BYTES), Uint8Array.of(byte));
    });
    this.memory.setWord(base + IN_PRODUCER, (producer + bytes.length) >>> 0);
    return true;
  }

  save(): DeviceState {
    return {
      terminal: this.terminal.save(),
      written: this.written,
      input: [...this.input],
      held: [...this.held].join(" "),
      ring: this.ring,
      usesRing: this.usesRing,
    };
  }

  load(state: DeviceState): void {
    this.terminal.load(stateField(state, "terminal"));
    this.written = textField(state, "written");
    this.input = numbersField(state, "input");
    this.held.clear();
    for (const code of textField(state, "held").split(" ")) if (code !== "") this.held.add(code);
    this.ring = numberField(state, "ring");
    this.usesRing = booleanField(state, "usesRing");
  }
}
