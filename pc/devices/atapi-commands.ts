// What a CD-ROM drive does for each packet: a reply of bytes, a run of sectors, or sense data that say why not.
// Sources: SFF-8020i (ATA Packet Interface for CD-ROMs); MMC-3 (T10/1363D) for GET CONFIGURATION and GET EVENT STATUS NOTIFICATION.

import type { AtapiDrive } from "./atapi-drive.ts";

/** Why a command failed: sense key, additional sense code and its qualifier. */
export interface Sense {
  key: number;
  code: number;
  qualifier?: number;
}

/** What the host gets: bytes, or `count` sectors of the disc. */
export type Reply = { bytes: Uint8Array } | { sector: number; count: number };

const NOT_READY = 0x02;
const ILLEGAL_REQUEST = 0x05;
const UNIT_ATTENTION = 0x06;

const NO_DISC: Sense = { key: NOT_READY, code: 0x3a };
const UNKNOWN_COMMAND: Sense = { key: ILLEGAL_REQUEST, code: 0x20 };
const BEYOND_END: Sense = { key: ILLEGAL_REQUEST, code: 0x21 };
const INVALID_FIELD: Sense = { key: ILLEGAL_REQUEST, code: 0x24 };
const REMOVAL_PREVENTED: Sense = { key: ILLEGAL_REQUEST, code: 0x53, qualifier: 0x02 };
const DISC_CHANGED: Sense = { key: UNIT_ATTENTION, code: 0x28 };

/** Sectors before the first one that minutes, seconds and frames count. */
const PREGAP = 150;
const FRAMES_PER_SECOND = 75;
const LEAD_OUT = 0xaa;
const DATA_TRACK = 0x14;
/** A CD holds 80 minutes; what is larger must be a DVD. */
const LARGEST_CD = 80 * 60 * FRAMES_PER_SECOND;
const PROFILE_CD = 0x0008;
const PROFILE_DVD = 0x0010;

type Execute = (drive: AtapiDrive, packet: DataView) => Reply | Sense;

interface Command {
  execute: Execute;
  /** Only with a disc, and not before the host has been told of a new one. */
  needsDisc?: boolean;
}

const NOTHING: Reply = { bytes: new Uint8Array(0) };

const COMMANDS: ReadonlyMap<number, Command> = new Map<number, Command>([
  [0x00, { execute: () => NOTHING, needsDisc: true }], // TEST UNIT READY
  [0x03, { execute: requestSense }],
  [0x12, { execute: inquiry }],
  [0x1b, { execute: startStop }],
  [0x1e, { execute: preventRemoval }],
  [0x25, { execute: readCapacity, needsDisc: true }],
  [0x28, { execute: (drive, packet) => readSectors(drive, packet.getUint32(2), packet.getUint16(7)), needsDisc: true }],
  [0x2b, { execute: (drive, packet) => seek(drive, packet.getUint32(2)), needsDisc: true }],
  [0x43, { execute: readToc, needsDisc: true }],
  [0x46, { execute: getConfiguration }],
  [0x4a, { execute: getEventStatus }],
  [0x51, { execute: readDiscInformation, needsDisc: true }],
  [0x5a, { execute: modeSense }],
  [0xa8, { execute: (drive, packet) => readSectors(drive, packet.getUint32(2), packet.getUint32(6)), needsDisc: true }],
  [0xbb, { execute: () => NOTHING }], // SET CD SPEED
  [0xbd, { execute: mechanismStatus }],
  [0xbe, { execute: readCd, needsDisc: true }],
]);

/** Executes a packet of twelve bytes. */
export function executePacket(drive: AtapiDrive, bytes: Uint8Array): Reply | Sense {
  const packet = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const command = COMMANDS.get(bytes[0]);
  if (command === undefined) return UNKNOWN_COMMAND;
  if (command.needsDisc) {
    if (drive.sectorCount === 0) return NO_DISC;
    if (drive.discChanged) {
      drive.discChanged = false;
      return DISC_CHANGED;
    }
  }
  return command.execute(drive, packet);
}

/** A reply that is cut to the length that the host has room for. */
function cut(bytes: ArrayLike<number>, allocationLength: number): Reply {
  return { bytes: Uint8Array.from(bytes).subarray(0, allocationLength) };
}

function requestSense(drive: AtapiDrive, packet: DataView): Reply {
  const bytes = new Uint8Array(18);
  bytes[0] = 0x70; // current error
  bytes[2] = drive.senseKey;
  bytes[7] = bytes.length - 8;
  bytes[12] = drive.senseCode;
  bytes[13] = drive.senseQualifier;
  return cut(bytes, packet.getUint8(4));
}

function inquiry(_drive: AtapiDrive, packet: DataView): Reply | Sense {
  // Vital product data pages are SCSI's.
  if (packet.getUint8(1) & 1 || packet.getUint8(2) !== 0) return INVALID_FIELD;
  const bytes = new Uint8Array(36);
  // CD-ROM, removable, no SCSI version, ATAPI response format
  bytes.set([0x05, 0x80, 0x00, 0x21, bytes.length - 5]);
  bytes.set(new TextEncoder().encode("MINIOS  CD-ROM          1.0 "), 8);
  return cut(bytes, packet.getUint8(4));
}

function startStop(drive: AtapiDrive, packet: DataView): Reply | Sense {
  const start = (packet.getUint8(4) & 1) !== 0;
  const loadEject = (packet.getUint8(4) & 2) !== 0;
  if (!loadEject) return NOTHING;
  if (!start && drive.locked) return REMOVAL_PREVENTED;
  if (start && drive.trayOpen && drive.disc) drive.discChanged = true;
  drive.trayOpen = !start;
  return NOTHING;
}

function preventRemoval(drive: AtapiDrive, packet: DataView): Reply {
  drive.locked = (packet.getUint8(4) & 1) !== 0;
  return NOTHING;
}

function readCapacity(drive: AtapiDrive): Reply {
  const reply = new DataView(new ArrayBuffer(8));
  reply.setUint32(0, drive.sectorCount - 1);
  reply.setUint32(4, 2048);
  return { bytes: new Uint8Array(reply.buffer) };
}

function readSectors(drive: AtapiDrive, sector: number, count: number): Reply | Sense {
  if (sector + count > drive.sectorCount) return BEYOND_END;
  return count === 0 ? NOTHING : { sector, count };
}

function seek(drive: AtapiDrive, sector: number): Reply | Sense {
  return sector < drive.sectorCount ? NOTHING : BEYOND_END;
}

/** READ CD: of a sector's parts only the user data are there. */
function readCd(drive: AtapiDrive, packet: DataView): Reply | Sense {
  const parts = packet.getUint8(9) & 0xf8;
  if (parts === 0) return NOTHING;
  if (parts !== 0x10) return INVALID_FIELD;
  return readSectors(drive, packet.getUint32(2), (packet.getUint8(6) << 16) | packet.getUint16(7));
}

function readToc(drive: AtapiDrive, packet: DataView): Reply | Sense {
  const msf = (packet.getUint8(1) & 2) !== 0;
  // The format stood in the last byte before MMC gave it a place of its own.
  const format = packet.getUint8(2) & 15 || packet.getUint8(9) >> 6;
  const startTrack = packet.getUint8(6);
  const allocationLength = packet.getUint16(7);
  if (format === 1) return cut([0, 10, 1, 1, 0, DATA_TRACK, 1, 0, ...tocAddress(0, msf)], allocationLength);
  if (format !== 0 || (startTrack > 1 && startTrack !== LEAD_OUT)) return INVALID_FIELD;
  const tracks = startTrack === LEAD_OUT ? [] : [0, DATA_TRACK, 1, 0, ...tocAddress(0, msf)];
  const leadOut = [0, DATA_TRACK | 0x02, LEAD_OUT, 0, ...tocAddress(drive.sectorCount, msf)];
  const entries = [...tracks, ...leadOut];
  return cut([0, entries.length + 2, 1, 1, ...entries], allocationLength);
}

/** An address in the table of contents: a sector's number, or minute, second and frame. */
function tocAddress(sector: number, msf: boolean): number[] {
  if (!msf) return bigEndian(sector, 4);
  const frames = sector + PREGAP;
  const seconds = Math.floor(frames / FRAMES_PER_SECOND);
  return [0, Math.floor(seconds / 60) & 0xff, seconds % 60, frames % FRAMES_PER_SECOND];
}

function bigEndian(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => (value >>> (8 * (bytes - 1 - i))) & 0xff);
}

function getConfiguration(drive: AtapiDrive, packet: DataView): Reply {
  const requested = packet.getUint8(1) & 3;
  const first = packet.getUint16(2);
  const dvd = drive.sectorCount > LARGEST_CD;
  const profile = drive.sectorCount === 0 ? 0 : dvd ? PROFILE_DVD : PROFILE_CD;
  const isCurrent = (each: number): number => (each === profile ? 1 : 0);
  const profiles = [PROFILE_DVD, PROFILE_CD].flatMap((each) => [...bigEndian(each, 2), isCurrent(each), 0]);
  const features = [
    { code: 0x0000, current: true, bytes: [0x00, 0x00, 0x03, profiles.length, ...profiles] },
    { code: 0x0001, current: true, bytes: [0x00, 0x01, 0x03, 4, 0, 0, 0, 2] }, // core: ATAPI
    { code: 0x0003, current: true, bytes: [0x00, 0x03, 0x03, 4, 0x29, 0, 0, 0] }, // removable: tray, eject, lock
    { code: 0x001e, current: isCurrent(PROFILE_CD) === 1, bytes: [0x00, 0x1e, isCurrent(PROFILE_CD), 4, 0, 0, 0, 0] }, // CD read
  ];
  // 0: all from the first one on; 1: those that are current; 2: this one.
  const wanted = features.filter(({ code, current }) =>
    requested === 2 ? code === first : code >= first && (requested === 0 || current),
  );
  const bytes = wanted.flatMap((feature) => feature.bytes);
  return cut([...bigEndian(bytes.length + 4, 4), 0, 0, ...bigEndian(profile, 2), ...bytes], packet.getUint16(7));
}

function getEventStatus(drive: AtapiDrive, packet: DataView): Reply | Sense {
  const MEDIA_CLASS = 4;
  // Only polling: nobody can be told later.
  if ((packet.getUint8(1) & 1) === 0) return INVALID_FIELD;
  const allocationLength = packet.getUint16(7);
  if ((packet.getUint8(4) & (1 << MEDIA_CLASS)) === 0) return cut([0, 2, 0x80, 1 << MEDIA_CLASS], allocationLength);
  const event = drive.discChanged ? 2 : 0;
  drive.discChanged = false;
  const present = drive.sectorCount > 0 ? 2 : 0;
  const status = present | (drive.trayOpen ? 1 : 0);
  return cut([0, 6, MEDIA_CLASS, 1 << MEDIA_CLASS, event, status, 0, 0], allocationLength);
}

function readDiscInformation(_drive: AtapiDrive, packet: DataView): Reply {
  const bytes = new Uint8Array(34);
  // A complete disc: the last session is closed; one session with one track.
  bytes.set([0, bytes.length - 2, 0x0e, 1, 1, 1, 1, 0x20]);
  return cut(bytes, packet.getUint16(7));
}

function mechanismStatus(_drive: AtapiDrive, packet: DataView): Reply {
  return cut([0, 0, 0, 0, 0, 1, 0, 0], packet.getUint16(8));
}

/** Mode pages: error recovery (01h) and capabilities (2Ah). */
function modeSense(drive: AtapiDrive, packet: DataView): Reply | Sense {
  const control = packet.getUint8(2) >> 6;
  const page = packet.getUint8(2) & 0x3f;
  const ALL = 0x3f;
  const recovery = [0x01, 6, 0, 5, 0, 0, 0, 0];
  const capabilities = [
    ...[0x2a, 0x12, 0x08, 0x00], // reads DVD-ROM, writes nothing
    ...[0x00, 0x00, 0x29 | (drive.locked ? 0x02 : 0), 0x00], // tray; may be ejected and locked
    ...bigEndian(706, 2), // kB/s
    ...[0, 2], // volume levels
    ...bigEndian(512, 2), // KiB of buffer
    ...bigEndian(706, 2),
    ...[0, 0, 0, 0],
  ];
  // Current, changeable, default values; saved ones there are none.
  if (control === 3) return { key: ILLEGAL_REQUEST, code: 0x39 };
  const pages = [recovery, capabilities].filter(([code]) => page === ALL || page === code);
  if (pages.length === 0) return INVALID_FIELD;
  const changeable = control === 1;
  const bytes = pages.flatMap((each) => each.map((value, i) => (changeable && i >= 2 ? 0 : value)));
  return cut([...bigEndian(bytes.length + 6, 2), 0, 0, 0, 0, 0, 0, ...bytes], packet.getUint16(7));
}
