// The AT keyboard: 104 keys, scan code sets 1 to 3, typematic repeat, and the commands that a host may send to it.
// Source: IBM PS/2 Hardware Interface Technical Reference, "Keyboard (101- and 102-key)".

import type { DeviceState } from "../bus.ts";
import type { Clock, Timer } from "../clock.ts";
import { isKey, set2Codes, set3Code, translateSequence } from "./scan-codes.ts";
import { bytesField, DeviceStateError, loadFields, saveFields } from "./state.ts";

const FIFO_SIZE = 16;
const NO_COMMAND = 0;

const ACK = 0xfa;
const BAT_PASSED = 0xaa;
const RESEND = 0xfe;
const ID = [0xab, 0x83];

const SET_LEDS = 0xed;
const ECHO = 0xee;
const SELECT_SET = 0xf0;
const READ_ID = 0xf2;
const SET_TYPEMATIC = 0xf3;
const ENABLE = 0xf4;
const DEFAULT_DISABLE = 0xf5;
const SET_DEFAULT = 0xf6;
const ALL_KEYS_FIRST = 0xf7;
const ALL_KEYS_LAST = 0xfa;
const KEY_TYPE_FIRST = 0xfb;
const KEY_TYPE_LAST = 0xfd;
const RESEND_LAST = 0xfe;
const RESET = 0xff;

/** 500 ms before the first repeat, then 10.9 a second. */
const DEFAULT_TYPEMATIC = 0x2b;

const FIELDS = ["command", "scanSet", "enabled", "leds", "typematic", "lastSent", "repeating"] as const;

/** One key going down or up; `code` is a W3C `KeyboardEvent.code`. */
export interface KeyEvent {
  code: string;
  down: boolean;
}

export class Keyboard {
  // The fields are public for save and load; the controller uses only the methods.
  /** The command whose argument byte comes next. */
  command = NO_COMMAND;
  scanSet = 2;
  enabled = true;
  /** Bit 0 Scroll Lock, 1 Num Lock, 2 Caps Lock. */
  leds = 0;
  typematic = DEFAULT_TYPEMATIC;
  lastSent = 0;
  /** The key that repeats while held, or "". */
  repeating = "";
  private fifo: number[] = [];
  private hostQueue: KeyEvent[] = [];
  /** Keys that are down as the host has struck them, and as the keyboard has sent them: the queue lies in between. */
  private readonly held = new Set<string>();
  private readonly scanned = new Set<string>();
  private readonly repeatTimer: Timer;

  /**
   * @param onData called when bytes are there to be taken
   * @param allRead whether the guest has read every byte that was taken
   */
  constructor(
    private readonly clock: Clock,
    private readonly onData: () => void,
    private readonly allRead: () => boolean,
  ) {
    this.repeatTimer = clock.timer("keyboard repeat", () => this.repeat());
  }

  reset(): void {
    this.setDefaults();
    this.command = NO_COMMAND;
    this.enabled = true;
    this.leds = 0;
    this.scanSet = 2;
    this.lastSent = 0;
    this.fifo = [];
    this.hostQueue = [];
    this.held.clear();
    this.scanned.clear();
  }

  /** A key goes down. `code` is a W3C KeyboardEvent.code; a key that the keyboard has not, or that is down already, does nothing. */
  press(code: string): void {
    this.strike({ code, down: true });
  }

  release(code: string): void {
    this.strike({ code, down: false });
  }

  strike(stroke: KeyEvent): void {
    if (!isKey(stroke.code) || this.held.has(stroke.code) === stroke.down) return;
    if (stroke.down) this.held.add(stroke.code);
    else this.held.delete(stroke.code);
    this.hostQueue.push(stroke);
    this.fill();
  }

  /** The guest has read all that was struck. */
  get idle(): boolean {
    return this.fifo.length === 0 && this.hostQueue.length === 0 && this.allRead();
  }

  get hasData(): boolean {
    return this.fifo.length > 0;
  }

  /** Takes the next byte off; only when `hasData`. */
  take(): number {
    const byte = this.fifo.shift();
    if (byte === undefined) throw new RangeError("keyboard: a byte was taken that was not there");
    this.lastSent = byte;
    this.fill();
    return byte;
  }

  /** A byte from the host. */
  receive(byte: number): void {
    const command = this.command;
    this.command = NO_COMMAND;
    // Where an argument is due, a byte that can only be a command begins that command.
    if (command !== NO_COMMAND && (byte < 0x80 || (command >= KEY_TYPE_FIRST && byte < SET_LEDS))) {
      this.receiveArgument(command, byte);
    } else this.receiveCommand(byte);
  }

  save(): DeviceState {
    return {
      ...saveFields<Keyboard>(this, FIELDS),
      fifo: Uint8Array.from(this.fifo),
      hostQueue: this.hostQueue.map((stroke) => ({ code: stroke.code, down: stroke.down })),
      held: [...this.held].join(" "),
      scanned: [...this.scanned].join(" "),
    };
  }

  load(state: DeviceState): void {
    loadFields<Keyboard>(this, FIELDS, state);
    this.fifo = Array.from(bytesField(state, "fifo"));
    const queue = state["hostQueue"];
    if (!Array.isArray(queue)) throw new DeviceStateError("hostQueue", "a list", queue);
    this.hostQueue = queue.map((stroke) => {
      if (typeof stroke !== "object" || typeof stroke["code"] !== "string" || typeof stroke["down"] !== "boolean") {
        throw new DeviceStateError("hostQueue", "key strokes", stroke);
      }
      return { code: stroke["code"], down: stroke["down"] };
    });
    loadKeys(this.held, state, "held");
    loadKeys(this.scanned, state, "scanned");
  }

  private receiveCommand(byte: number): void {
    switch (byte) {
      case SET_LEDS:
      case SELECT_SET:
      case SET_TYPEMATIC:
        this.command = byte;
        this.reply(ACK);
        break;
      case ECHO:
        this.reply(ECHO);
        break;
      case READ_ID:
        this.reply(ACK, ...ID);
        break;
      case ENABLE:
        this.fifo = [];
        this.enabled = true;
        this.reply(ACK);
        break;
      case DEFAULT_DISABLE:
      case SET_DEFAULT:
        this.setDefaults();
        this.enabled = byte === SET_DEFAULT;
        this.fifo = [];
        this.reply(ACK);
        break;
      case RESEND_LAST:
        this.reply(this.lastSent);
        break;
      case RESET:
        this.setDefaults();
        this.enabled = true;
        this.leds = 0;
        this.scanSet = 2;
        this.fifo = [];
        this.reply(ACK, BAT_PASSED);
        break;
      default:
        if (byte >= ALL_KEYS_FIRST && byte <= ALL_KEYS_LAST) this.reply(ACK);
        else if (byte >= KEY_TYPE_FIRST && byte <= KEY_TYPE_LAST) {
          this.command = byte;
          this.reply(ACK);
        } else this.reply(RESEND);
    }
  }

  private receiveArgument(command: number, byte: number): void {
    switch (command) {
      case SET_LEDS:
        this.leds = byte & 7;
        this.reply(ACK);
        break;
      case SET_TYPEMATIC:
        this.typematic = byte;
        this.reply(ACK);
        break;
      case SELECT_SET:
        if (byte === 0) this.reply(ACK, this.scanSet);
        else if (byte <= 3) {
          this.scanSet = byte;
          this.fifo = [];
          this.reply(ACK);
        } else this.reply(RESEND);
        break;
      default:
        // Key types of set 3 go on until a command comes.
        this.command = command;
        this.reply(ACK);
    }
  }

  private setDefaults(): void {
    this.typematic = DEFAULT_TYPEMATIC;
    this.stopRepeat();
  }

  private reply(...bytes: number[]): void {
    // A host that sends and never reads loses answers, as with the real FIFO.
    if (this.fifo.length + bytes.length <= 2 * FIFO_SIZE) this.fifo.push(...bytes);
    this.onData();
  }

  /** Moves key strokes into the FIFO while they fit whole. */
  private fill(): void {
    if (!this.enabled) {
      // A disabled keyboard does not scan: what is struck meanwhile is lost.
      for (const stroke of this.hostQueue) this.scan(stroke);
      this.hostQueue = [];
      return;
    }
    let moved = false;
    for (let stroke = this.hostQueue[0]; stroke !== undefined; stroke = this.hostQueue[0]) {
      const codes = this.codes(stroke.code, stroke.down);
      if (this.fifo.length + codes.length > FIFO_SIZE) break;
      this.hostQueue.shift();
      this.scan(stroke);
      this.fifo.push(...codes);
      moved = true;
      this.followRepeat(stroke);
    }
    if (moved) this.onData();
  }

  private scan(stroke: KeyEvent): void {
    if (stroke.down) this.scanned.add(stroke.code);
    else this.scanned.delete(stroke.code);
  }

  private codes(code: string, down: boolean): number[] {
    if (this.scanSet === 3) {
      const make = set3Code(code);
      if (make === undefined) return [];
      return down ? [make] : [0xf0, make];
    }
    const codes = set2Codes(code, down, {
      shift: this.scanned.has("ShiftLeft") || this.scanned.has("ShiftRight"),
      control: this.scanned.has("ControlLeft") || this.scanned.has("ControlRight"),
      alt: this.scanned.has("AltLeft") || this.scanned.has("AltRight"),
    });
    return this.scanSet === 1 ? translateSequence(codes) : codes;
  }

  /** The last key pressed repeats until it is released; Pause does not repeat. */
  private followRepeat(stroke: KeyEvent): void {
    if (stroke.down && stroke.code !== "Pause" && this.held.has(stroke.code)) {
      this.repeating = stroke.code;
      this.repeatTimer.arm(this.clock.nowNs() + (((this.typematic >> 5) & 3) + 1) * 250e6);
    } else if (!stroke.down && stroke.code === this.repeating) this.stopRepeat();
  }

  private stopRepeat(): void {
    this.repeating = "";
    this.repeatTimer.cancel();
  }

  private repeat(): void {
    // A key whose release waits in the host queue is up.
    if (this.repeating === "" || !this.held.has(this.repeating)) return;
    const codes = this.codes(this.repeating, true);
    if (this.fifo.length + codes.length <= FIFO_SIZE) {
      this.fifo.push(...codes);
      this.onData();
    }
    // Period = (8 + A) · 2^B · 4.17 ms, A in bits 2..0, B in bits 4..3.
    const periodNs = (8 + (this.typematic & 7)) * 2 ** ((this.typematic >> 3) & 3) * 4_170_000;
    this.repeatTimer.arm(this.clock.nowNs() + periodNs);
  }
}

function loadKeys(target: Set<string>, state: DeviceState, field: string): void {
  const keys = state[field];
  if (typeof keys !== "string") throw new DeviceStateError(field, "a string", keys);
  target.clear();
  for (const code of keys.split(" ")) if (code !== "") target.add(code);
}
