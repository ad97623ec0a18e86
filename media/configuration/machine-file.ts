// What a machine's configuration file says, whichever program it was written for, in the terms of our PC; and how a parser puts
// it together: where a drive goes, what becomes of memory that is too large, what is said about the rest.

import type { DiskGeometry } from "../../pc/blocks.ts";
import { type NamedFile, type Offset, quoted, type SourceText } from "./source.ts";

export interface Drive {
  kind: "disk" | "CD";
  image: NamedFile;
  /** As the file says; that of the image otherwise. */
  geometry?: DiskGeometry;
}

/** Where a serial line ends, as the options of `minios run` have it. */
export type SerialEnd = { kind: "none" } | { kind: "stdio" } | { kind: "file"; path: string };

export interface MachineFile {
  file: string;
  memoryBytes?: number;
  /** A model of pc/cpu/models.ts. */
  cpu?: string;
  floppyA?: NamedFile;
  floppyB?: NamedFile;
  /** Primary master and slave, secondary master and slave; at most one CD. */
  drives: (Drive | undefined)[];
  /** Letters as of `-boot`. */
  bootOrder?: string;
  /** COM1, COM2. */
  serial: SerialEnd[];
  instructionsPerSecond?: number;
  /** What the real-time clock shows at the start; "local" and "utc" are the time on the host. */
  startTime?: Date | "local" | "utc";
  /** What the guest writes to port E9h is wanted. */
  debugLog?: boolean;
  /** Lines about what was passed over or taken for something else. */
  notes: string[];
}

const MIB = 2 ** 20;
const MOST_MEMORY_MIB = 2048;
const PLACES = 4;
const MOST_NOTES = 20;
const MOST_SERIAL_LINES = 2;
/** What ATA's registers can say. */
const MOST_CYLINDERS = 65535;
const MOST_HEADS = 16;
const MOST_SECTORS = 63;

/** A `MachineFile` on its way. */
export class MachineDraft {
  readonly machine: MachineFile;
  private readonly passedOver = new Set<string>();
  private unsaid = 0;

  constructor(readonly file: string) {
    this.machine = { file, drives: new Array(PLACES).fill(undefined), serial: [], notes: [] };
  }

  /** The machine, when all of the file has been read. */
  finish(): MachineFile {
    if (this.unsaid > 0) this.machine.notes.push(`${this.file}: note: ${this.unsaid} more of such notes`);
    if (this.passedOver.size > 0) {
      const names = [...this.passedOver].join(", ");
      this.machine.notes.push(`${this.file}: note: passed over, as this PC has nothing for it: ${names}`);
    }
    return this.machine;
  }

  note(source: SourceText, offset: Offset, text: string): void {
    // A file with more of them is none that anybody reads to its end.
    if (this.machine.notes.length < MOST_NOTES) this.machine.notes.push(source.note(offset, text));
    else this.unsaid++;
  }

  /** Something known that means nothing here: all of it is said in one line. */
  passOver(name: string): void {
    this.passedOver.add(name);
  }

  /** @throws ConfigurationError when that is no number of MiB */
  memory(source: SourceText, offset: Offset, label: string, text: string): void {
    const mib = wholeNumber(source, offset, label, text, 1, Number.MAX_SAFE_INTEGER);
    if (mib > MOST_MEMORY_MIB)
      this.note(source, offset, `${mib} MiB of memory: this PC has ${MOST_MEMORY_MIB} at most`);
    this.machine.memoryBytes = Math.min(mib, MOST_MEMORY_MIB) * MIB;
  }

  floppy(letter: "A" | "B", image: NamedFile): void {
    if (letter === "A") this.machine.floppyA = image;
    else this.machine.floppyB = image;
  }

  /** @param place 0 to 3; undefined for a drive that a PC of ours has elsewhere: then the next free one */
  drive(source: SourceText, offset: Offset, place: number | undefined, drive: Drive): void {
    const { drives } = this.machine;
    const at = place ?? drives.indexOf(undefined);
    if (at < 0 || at >= PLACES) {
      this.note(source, offset, `passed over: this PC has ${PLACES} drives`);
    } else if (drive.kind === "CD" && drives.some((other, index) => other?.kind === "CD" && index !== at)) {
      this.note(source, offset, "passed over: this PC has one CD drive");
    } else {
      drives[at] = drive;
      if (place === undefined) this.note(source, offset, `this drive is IDE drive ${at} here (of 0 to 3)`);
    }
  }

  /** The geometry, if an IDE disk of ours can have it. */
  geometry(source: SourceText, offset: Offset, geometry: DiskGeometry): DiskGeometry | undefined {
    const { cylinders, heads, sectorsPerTrack } = geometry;
    if (cylinders === 0 || heads === 0 || sectorsPerTrack === 0) return undefined;
    if (cylinders <= MOST_CYLINDERS && heads <= MOST_HEADS && sectorsPerTrack <= MOST_SECTORS) return geometry;
    const most = `${MOST_CYLINDERS} x ${MOST_HEADS} x ${MOST_SECTORS}`;
    this.note(
      source,
      offset,
      `${cylinders} x ${heads} x ${sectorsPerTrack}: an IDE disk has ${most} at most; the image's own is used`,
    );
    return undefined;
  }

  /** @param port 1 for COM1 */
  serial(source: SourceText, offset: Offset, port: number, end: SerialEnd): void {
    const { serial } = this.machine;
    if (port > MOST_SERIAL_LINES) {
      if (end.kind !== "none") this.note(source, offset, `COM${port} is passed over: this PC has COM1 and COM2`);
      return;
    }
    while (serial.length < port) serial.push({ kind: "none" });
    serial[port - 1] = end;
  }
}

/**
 * A whole number, in decimal or as C has hexadecimal ones.
 * @throws ConfigurationError when it is none, or out of the range
 */
export function wholeNumber(
  source: SourceText,
  offset: Offset,
  label: string,
  text: string,
  least: number,
  most: number,
): number {
  const number = /^(\d{1,15}|0[xX][0-9a-fA-F]{1,12})$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
  throw source.error(offset, `${label}: expected a number ${range}, found ${quoted(text)}`);
}
