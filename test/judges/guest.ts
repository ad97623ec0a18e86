// A guest that runs on some PC (QEMU, Bochs, ours): what a test can do with it, whichever PC it is.

import { sleep } from "../support.ts";

export const ROWS = 25;
export const COLUMNS = 80;
export const TEXT_MEMORY = 0xb8000;
export const TEXT_MEMORY_SIZE = ROWS * COLUMNS * 2;

export interface BootOptions {
  /** A floppy image in drive A, from which the PC boots. */
  floppy?: Uint8Array;
  /** A hard disk: the primary master. */
  disk?: Uint8Array;
  /** What the disk's file is: raw sectors (when not given), or a virtual disk, dynamic or fixed. */
  diskFormat?: "raw" | "vhd";
  /** The disk is a USB stick (QEMU only). */
  isStick?: boolean;
  /** The disk's size when it is larger than `disk`; zeros follow. */
  diskBytes?: number;
  /** A CD in the secondary master. */
  cdrom?: Uint8Array;
  /** Drives to boot from, as QEMU's -boot has them (a floppy, c disk, d CD); the first that is given when this is not. */
  bootOrder?: string;
  /** A Multiboot kernel that is loaded directly (QEMU and our PC; Bochs cannot). */
  kernel?: Uint8Array;
  commandLine?: string;
  /** Firmware to use in place of the PC's own: a 64 KiB image that ends at F000:FFFF. */
  bios?: Uint8Array;
  memoryMiB?: number;
  /** COM1 can be written to, by `send`. */
  serialLine?: boolean;
  /** What to type, each once its pattern is on the screen. "\n" is the Enter key; see keyOf for the other keys. */
  keys?: { after: RegExp; type: string }[];
  /** The pattern that ends the run. Patterns see the 25 rows joined by "\n", trailing blanks trimmed. */
  until: RegExp;
  /** How long one pattern may take to appear, in seconds of real time. */
  timeoutSeconds?: number;
}

/** The boot order of a guest: what the options say, or the medium that they have. */
export function bootOrderOf(options: BootOptions | Omit<BootOptions, "until" | "keys">): string {
  return options.bootOrder ?? (options.floppy ? "a" : options.disk ? "c" : options.cdrom ? "d" : "a");
}

/** A running guest. Whoever starts it must call `stop`. */
export interface Guest {
  readonly name: string;
  /** The text screen: 25 rows, trailing blanks trimmed. */
  screen(): Promise<string[]>;
  type(text: string): Promise<void>;
  /** All that the guest has written to COM1, as Latin-1. */
  serial(): Promise<string>;
  /** Sends bytes to COM1; only for a guest that was started with `serialLine`. */
  send(text: string): void;
  /** Why the guest can't go on, or undefined while it runs. */
  ended(): string | undefined;
  stop(): Promise<void>;
}

export class GuestError extends Error {
  constructor(
    readonly guest: string,
    readonly expected: string,
    readonly rows: string[],
  ) {
    super(`${guest}: ${expected}; the screen was:\n${rows.map((row) => `  |${row}`).join("\n")}`);
    this.name = "GuestError";
  }
}

/** Waits until the screen matches, and returns it. Throws GuestError with the last screen on time-out or when the guest ends first. */
export async function waitForScreen(guest: Guest, pattern: RegExp, timeoutSeconds = 60): Promise<string[]> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const ended = guest.ended();
    const rows = await guest.screen();
    if (pattern.test(rows.join("\n"))) return rows;
    if (ended !== undefined)
      throw new GuestError(guest.name, `ended (${ended}) before ${pattern} was on the screen`, rows);
    if (Date.now() > deadline) throw new GuestError(guest.name, `no ${pattern} within ${timeoutSeconds} s`, rows);
    await sleep(40);
  }
}

/** Waits until COM1's output matches, and returns it. */
export async function waitForSerial(guest: Guest, pattern: RegExp, timeoutSeconds = 60): Promise<string> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const ended = guest.ended();
    const output = await guest.serial();
    if (pattern.test(output)) return output;
    if (ended !== undefined || Date.now() > deadline) {
      const why = ended === undefined ? `no ${pattern} on COM1 within ${timeoutSeconds} s` : `ended: ${ended}`;
      throw new GuestError(guest.name, `${why}, COM1 said ${JSON.stringify(output)}`, await guest.screen());
    }
    await sleep(40);
  }
}

/** Waits until COM1's output from character `start` on matches; looks often, for those who talk with the guest. */
export async function waitForAnswer(
  guest: Guest,
  start: number,
  pattern: RegExp,
  timeoutSeconds = 60,
): Promise<string> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const output = (await guest.serial()).slice(start);
    if (pattern.test(output)) return output;
    if (guest.ended() !== undefined || Date.now() > deadline) {
      const why = guest.ended() ?? `no ${pattern} on COM1 within ${timeoutSeconds} s`;
      throw new GuestError(guest.name, `${why}, COM1 said ${JSON.stringify(output)}`, await guest.screen());
    }
    await sleep(2);
  }
}

/** Starts a guest, types what the options say, waits for `until`, stops the guest and returns the screen. */
export async function bootWith(
  start: (options: BootOptions) => Promise<Guest>,
  options: BootOptions,
): Promise<string[]> {
  const guest = await start(options);
  try {
    for (const { after, type } of options.keys ?? []) {
      await waitForScreen(guest, after, options.timeoutSeconds);
      await guest.type(type);
    }
    return await waitForScreen(guest, options.until, options.timeoutSeconds);
  } finally {
    await guest.stop();
  }
}

/** Text memory (character, attribute, …) as rows; bytes outside ASCII become "?", so that every PC gives the same text for them. */
export function rowsOfTextMemory(memory: Uint8Array): string[] {
  const rows: string[] = [];
  for (let row = 0; row < ROWS; row++) {
    let text = "";
    for (let column = 0; column < COLUMNS; column++) {
      const character = memory[(row * COLUMNS + column) * 2] ?? 0;
      text += character === 0 ? " " : character < 0x20 || character > 0x7e ? "?" : String.fromCharCode(character);
    }
    rows.push(text.trimEnd());
  }
  return rows;
}
