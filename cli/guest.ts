// What the command line needs of a machine. `pc/machine.ts` gives it; tests may give less than a whole PC.

import type { BlockSource } from "../pc/blocks.ts";
import type { Engine } from "../pc/cpu/cpu.ts";
import type { KeyStroke } from "../pc/devices/us-layout.ts";

export interface GuestScreen {
  readonly columns: number;
  readonly rows: number;
  /** Rows of text with trailing blanks trimmed. */
  text(): string[];
  /** One word per cell: CP437 code in the low byte, VGA attribute in the high byte. */
  cells(): Uint16Array;
  readonly cursor: { column: number; row: number; visible: boolean };
  /** Changes when the screen may have changed. */
  readonly generation: number;
  pixels(): { width: number; height: number; rgba: Uint8ClampedArray };
}

export interface GuestKeyboard {
  /** @param code W3C `KeyboardEvent.code` */
  press(code: string): void;
  release(code: string): void;
  /** Types as a careful person would: when the guest waits for input, and no faster than it takes the keys. */
  type(strokes: readonly KeyStroke[]): void;
  /** All keys so far have been pressed and taken by the guest. */
  readonly idle: boolean;
}

export interface GuestSerial {
  /** All bytes the guest has sent, Latin-1. */
  readonly output: string;
  onByte?: (byte: number) => void;
  send(bytes: Uint8Array): void;
}

/** A hard disk with what the guest has written to it. */
export interface GuestDisk {
  readonly modified: boolean;
  /** What differs from the image, in ascending order. */
  changes(): Iterable<{ first: number; bytes: Uint8Array }>;
}

export type StopReason = "breakpoint" | "until" | "instructions" | "time" | "halted" | "powerOff" | "dead";

export interface Guest {
  /** Runs until a limit: `timeNs` is absolute guest time, `instructions` counts from here. */
  run(limits?: { instructions?: number; until?: () => boolean; timeNs?: number }): StopReason;
  readonly screen: GuestScreen;
  readonly keyboard: GuestKeyboard;
  /** COM1, COM2. */
  readonly serial: readonly GuestSerial[];
  /** What was written to port E9h. */
  readonly debugLog: string;
  readonly instructions: number;
  readonly timeNs: number;
  /** When the guest will next have something to do if no input comes; not after `timeNs` when it is busy. */
  readonly idleUntilNs: number;
  registers(): Record<string, number>;
  /** Hard disk 0 to 3 (hda to hdd); undefined when there is none. */
  disk(place: number): GuestDisk | undefined;
  /** Of a Xen domain: what its hypervisor said, by line. */
  readonly log?: readonly string[];
  /** Of a Xen domain that ended: how, in one line. */
  readonly end?: { text: string } | undefined;
}

/** A Xen domain in place of a PC. */
export interface GuestDomain {
  name: string;
  memoryBytes: number;
  image: { kernel: Uint8Array; ramdisk?: Uint8Array; commandLine: string };
  /** What becomes of it when it ends: see `pc/domain-machine.ts`. */
  engine?: Engine | undefined;
  cpu?: string | undefined;
  onPoweroff?: "destroy" | "restart" | "preserve";
  onReboot?: "destroy" | "restart" | "preserve";
  onCrash?: "destroy" | "restart" | "preserve";
}

/** What the command line decides about a machine. */
export interface GuestOptions {
  memoryBytes?: number;
  /** A model of pc/cpu/models.ts. */
  cpu?: string;
  /** How the processor runs decoded code. */
  engine?: Engine | undefined;
  /** The drive writes into these. */
  floppyA?: Uint8Array;
  floppyB?: Uint8Array;
  hda?: BlockSource;
  hdb?: BlockSource;
  hdc?: BlockSource;
  hdd?: BlockSource;
  cdrom?: BlockSource;
  /** Where the CD drive is: 0 to 3; 2 when not given. */
  cdromPlace?: number;
  /** Drives in the order in which the BIOS tries them, as letters: a floppy, c hard disk, d CD. */
  bootOrder?: string;
  bootOnce?: string;
  bootMenu?: boolean;
  /** Firmware of another make. */
  bios?: Uint8Array;
  videoBios?: Uint8Array;
  /** How many instructions make a second of guest time. */
  instructionsPerSecond?: number;
  /** What the real-time clock shows at the start. */
  startTime?: Date;
  kernel?: { image: Uint8Array; commandLine?: string; modules?: { data: Uint8Array; commandLine: string }[] };
  /** Then there is no PC, and the rest is not looked at. */
  domain?: GuestDomain;
}
