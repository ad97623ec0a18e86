// IDE disks behind the two channels of a PC: programmed I/O, one command at a time on a channel, an interrupt for each group of
// sectors. Disks are addressed by LBA with 28 bits (128 GiB); a drive without LBA, or one with packets (a CD-ROM), is left alone.
// Source: ATA/ATAPI-5 (T13/1321D), sections 7 (registers), 8 (commands) and 9 (protocols), whose names are used.

import { EIO } from "../abi/errno.ts";
import { startTimer, stopTimer, TIMER_BYTES, Timer } from "../clock/timers.ts";
import { BlockRequest, completeRequest, firstRequest, initializeBlocks } from "../device/block.ts";
import {
  DEVICE_OPERATIONS_BYTES,
  Device,
  DeviceKind,
  DeviceOperations,
  newDevice,
  registerDevice,
} from "../device/device.ts";
import { free, malloc } from "../memory/heap.ts";
import { readPortWords, writePortWords } from "../platform/pc/assembly.external.ts";
import { in8, out8 } from "../platform/pc/instructions.external.ts";
import { IRQ_IDE_PRIMARY, IRQ_IDE_SECONDARY, setIrqHandler } from "../platform/pc/interrupts.ts";

// Registers of the command block, as offsets.
const DATA: u32 = 0;
const SECTOR_COUNT: u32 = 2;
const LBA_LOW: u32 = 3;
const LBA_MID: u32 = 4;
const LBA_HIGH: u32 = 5;
const DEVICE: u32 = 6;
const STATUS_COMMAND: u32 = 7;

const STATUS_BSY: u32 = 0x80;
const STATUS_DF: u32 = 0x20;
const STATUS_DRQ: u32 = 0x08;
const STATUS_ERR: u32 = 0x01;
/** What a channel without drives reads as. */
const STATUS_FLOATING: u32 = 0xff;

const DEVICE_LBA: u32 = 0xe0; // with the bits that older drives want set
const DEVICE_1: u32 = 0x10;
const CONTROL_NIEN: u32 = 0x02;
const CONTROL_SRST: u32 = 0x04;

const READ_SECTORS: u32 = 0x20;
const WRITE_SECTORS: u32 = 0x30;
const READ_MULTIPLE: u32 = 0xc4;
const WRITE_MULTIPLE: u32 = 0xc5;
const SET_MULTIPLE_MODE: u32 = 0xc6;
const IDENTIFY_DEVICE: u32 = 0xec;

// Words of IDENTIFY DEVICE.
const WORD_MAX_MULTIPLE: u32 = 47;
const WORD_CAPABILITIES: u32 = 49;
const CAPABILITY_LBA: u32 = 1 << 9;
const WORD_SECTORS: u32 = 60;

const SECTOR_BYTES: u32 = 512;
const SECTOR_WORDS: u32 = 256;
const MAX_SECTORS: u32 = 256;
const MAX_MULTIPLE: u32 = 16;

/** How often the status is read before a drive counts as stuck; some 100 ms. */
const PATIENCE: u32 = 100000;
/** How long a command may take: a disk that sleeps must spin up first. */
const TIMEOUT_TICKS: u32 = 1000;
const MAX_TRIES: u32 = 3;
/** Reads of the alternate status that take the 400 ns which a drive needs to answer. */
const SETTLE_READS: u32 = 4;

@unmanaged
class Channel {
  base: u32;
  control: u32;
  drive0: Device | null;
  drive1: Device | null;
  /** The drive whose first request is being done. */
  active: Device | null;
  /** What is left of it: sectors whose data have not gone through the port, and where they are in memory. */
  sectorsLeft: u32;
  address: usize;
  tries: u32;
  /** Sectors for each interrupt: 1, or what SET MULTIPLE MODE was told. */
  multiple0: u32;
  multiple1: u32;
}

const CHANNEL_BYTES: i32 = 40;
const primary = changetype<Channel>(memory.data(CHANNEL_BYTES, 4));
const secondary = changetype<Channel>(memory.data(CHANNEL_BYTES, 4));
const primaryTimer = changetype<Timer>(memory.data(TIMER_BYTES, 4));
const secondaryTimer = changetype<Timer>(memory.data(TIMER_BYTES, 4));
const operations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));

/** Looks for disks and registers them: hda and hdb on the first channel, hdc and hdd on the second. */
export function startIde(): void {
  operations.start = start;
  if (!initializeBlocks()) return;
  primary.base = 0x1f0;
  primary.control = 0x3f6;
  secondary.base = 0x170;
  secondary.control = 0x376;
  primary.drive0 = findDisk(primary, 0, "hda");
  primary.drive1 = findDisk(primary, 1, "hdb");
  secondary.drive0 = findDisk(secondary, 0, "hdc");
  secondary.drive1 = findDisk(secondary, 1, "hdd");
  if (primary.drive0 !== null || primary.drive1 !== null) setIrqHandler(IRQ_IDE_PRIMARY, onPrimary);
  if (secondary.drive0 !== null || secondary.drive1 !== null) setIrqHandler(IRQ_IDE_SECONDARY, onSecondary);
}

/** Asks drive `number` of the channel what it is; registers it if it is a disk that this driver can use. */
function findDisk(channel: Channel, number: u32, name: string): Device | null {
  const buffer = malloc(SECTOR_BYTES);
  if (buffer == 0) return null;
  let device: Device | null = null;
  out8(channel.control, CONTROL_NIEN);
  if (identify(channel, number, buffer)) {
    const sectors = load<u32>(buffer, WORD_SECTORS * 2);
    if ((load<u16>(buffer, WORD_CAPABILITIES * 2) & CAPABILITY_LBA) != 0 && sectors > 0) {
      device = newDevice(name, -1, DeviceKind.Block, operations);
      if (device !== null) {
        const multiple = setMultiple(channel, load<u8>(buffer, WORD_MAX_MULTIPLE * 2));
        if (number == 0) channel.multiple0 = multiple;
        else channel.multiple1 = multiple;
        device.unit = changetype<usize>(channel);
        device.blockBytes = SECTOR_BYTES;
        device.blockCount = sectors;
        device.maxBlocks = MAX_SECTORS;
        if (!registerDevice(device)) device = null;
      }
    }
  }
  in8(channel.base + STATUS_COMMAND); // takes back an interrupt that is due
  out8(channel.control, 0);
  free(buffer);
  return device;
}

function identify(channel: Channel, number: u32, buffer: usize): bool {
  const base = channel.base;
  if (in8(base + STATUS_COMMAND) == STATUS_FLOATING) return false;
  out8(base + DEVICE, DEVICE_LBA | (number == 0 ? 0 : DEVICE_1));
  settle(channel);
  // A channel without this drive has no register that keeps a value.
  out8(base + SECTOR_COUNT, 0x55);
  out8(base + LBA_LOW, 0xaa);
  if (in8(base + SECTOR_COUNT) != 0x55 || in8(base + LBA_LOW) != 0xaa) return false;
  // The signature's registers still hold the address of the last read, if the system came from this disk.
  out8(base + LBA_MID, 0);
  out8(base + LBA_HIGH, 0);
  out8(base + STATUS_COMMAND, IDENTIFY_DEVICE);
  settle(channel);
  if (in8(base + STATUS_COMMAND) == 0 || !waitWhileBusy(channel)) return false;
  // A drive with packets refuses, and shows a signature here.
  if (in8(base + LBA_MID) != 0 || in8(base + LBA_HIGH) != 0) return false;
  if ((in8(base + STATUS_COMMAND) & (STATUS_ERR | STATUS_DF | STATUS_DRQ)) != STATUS_DRQ) return false;
  readPortWords(base + DATA, buffer, SECTOR_WORDS);
  return true;
}

/** Sets how many sectors the selected drive moves for each interrupt, and returns it. */
function setMultiple(channel: Channel, most: u32): u32 {
  let multiple = MAX_MULTIPLE;
  while (multiple > most) multiple >>= 1;
  if (multiple <= 1) return 1;
  out8(channel.base + SECTOR_COUNT, multiple);
  out8(channel.base + STATUS_COMMAND, SET_MULTIPLE_MODE);
  settle(channel);
  if (!waitWhileBusy(channel)) return 1;
  return (in8(channel.base + STATUS_COMMAND) & (STATUS_ERR | STATUS_DF)) == 0 ? multiple : 1;
}

/** The queue of a drive stopped being empty. */
function start(device: Device): i32 {
  const channel = changetype<Channel>(device.unit);
  if (channel.active === null) beginNext(channel);
  return 0;
}

/** Begins the next request of the channel: of the other drive than before if both have one. */
function beginNext(channel: Channel): void {
  for (let device = nextDrive(channel); device !== null; device = nextDrive(channel)) {
    channel.active = device;
    channel.tries = 0;
    if (attempt(channel)) return;
    stopTimer(timerOf(channel));
    completeRequest(device, -EIO);
  }
  channel.active = null;
}

function nextDrive(channel: Channel): Device | null {
  const wasFirst = channel.active === channel.drive0;
  const next = wasFirst ? channel.drive1 : channel.drive0;
  if (next !== null && next.requests !== null) return next;
  const other = wasFirst ? channel.drive0 : channel.drive1;
  return other !== null && other.requests !== null ? other : null;
}

/** Gives the command for the active request, up to MAX_TRIES times in all; false if the drive refuses it each time. */
function attempt(channel: Channel): bool {
  while (channel.tries < MAX_TRIES) {
    channel.tries++;
    if (command(channel)) return true;
  }
  return false;
}

/** Gives the drive the command for the active request; false if it refuses at once. */
function command(channel: Channel): bool {
  const device = channel.active as Device;
  const request = firstRequest(device) as BlockRequest;
  const base = channel.base;
  const isMultiple = multipleOf(channel) > 1;
  channel.sectorsLeft = request.count;
  channel.address = request.buffer;
  startTimer(timerOf(channel), TIMEOUT_TICKS, 0, onTimeout, changetype<usize>(channel));
  if (!waitWhileBusy(channel)) return true; // the time-out resets it
  out8(base + DEVICE, DEVICE_LBA | (device === channel.drive1 ? DEVICE_1 : 0) | ((request.block >> 24) & 15));
  settle(channel);
  if (!waitWhileBusy(channel)) return true;
  out8(base + SECTOR_COUNT, request.count & 0xff); // 0: 256
  out8(base + LBA_LOW, request.block & 0xff);
  out8(base + LBA_MID, (request.block >> 8) & 0xff);
  out8(base + LBA_HIGH, (request.block >> 16) & 0xff);
  if (!request.isWrite) {
    out8(base + STATUS_COMMAND, isMultiple ? READ_MULTIPLE : READ_SECTORS);
    return true;
  }
  out8(base + STATUS_COMMAND, isMultiple ? WRITE_MULTIPLE : WRITE_SECTORS);
  settle(channel);
  // The first sectors are wanted without an interrupt.
  if (!waitWhileBusy(channel)) return true;
  const status = in8(base + STATUS_COMMAND);
  if ((status & (STATUS_ERR | STATUS_DF)) != 0) return false;
  if ((status & STATUS_DRQ) != 0) moveSectors(channel, true);
  return true;
}

function onPrimary(): void {
  onInterrupt(primary);
}

function onSecondary(): void {
  onInterrupt(secondary);
}

function onInterrupt(channel: Channel): void {
  const status = in8(channel.base + STATUS_COMMAND); // which also takes the interrupt back
  const device = channel.active;
  if (device === null || (status & STATUS_BSY) != 0) return;
  const request = firstRequest(device) as BlockRequest;
  if ((status & (STATUS_ERR | STATUS_DF)) != 0) {
    retry(channel);
    return;
  }
  if (request.isWrite) {
    if (channel.sectorsLeft > 0) {
      if ((status & STATUS_DRQ) != 0) moveSectors(channel, true);
      return;
    }
  } else {
    if ((status & STATUS_DRQ) == 0) return;
    moveSectors(channel, false);
    if (channel.sectorsLeft > 0) return;
  }
  end(channel, 0);
}

/** Moves the data of one interrupt through the port. */
function moveSectors(channel: Channel, isWrite: bool): void {
  const sectors = min<u32>(channel.sectorsLeft, multipleOf(channel));
  if (isWrite) writePortWords(channel.base + DATA, channel.address, sectors * SECTOR_WORDS);
  else readPortWords(channel.base + DATA, channel.address, sectors * SECTOR_WORDS);
  channel.address += sectors * SECTOR_BYTES;
  channel.sectorsLeft -= sectors;
}

/** Tries the active request again, a few times. */
function retry(channel: Channel): void {
  if (!attempt(channel)) end(channel, -EIO);
}

function end(channel: Channel, status: i32): void {
  stopTimer(timerOf(channel));
  completeRequest(channel.active as Device, status);
  beginNext(channel);
}

/** No interrupt came: resets the channel, after which drives move single sectors. */
function onTimeout(argument: usize): void {
  const channel = changetype<Channel>(argument);
  out8(channel.control, CONTROL_SRST);
  settle(channel);
  out8(channel.control, 0);
  settle(channel);
  waitWhileBusy(channel);
  channel.multiple0 = channel.multiple1 = 1;
  retry(channel);
}

function multipleOf(channel: Channel): u32 {
  return channel.active === channel.drive1 ? channel.multiple1 : channel.multiple0;
}

function timerOf(channel: Channel): Timer {
  return channel === primary ? primaryTimer : secondaryTimer;
}

function settle(channel: Channel): void {
  for (let i: u32 = 0; i < SETTLE_READS; i++) in8(channel.control);
}

/** Whether the drive stopped being busy. */
function waitWhileBusy(channel: Channel): bool {
  for (let i: u32 = 0; i < PATIENCE; i++) {
    if ((in8(channel.control) & STATUS_BSY) == 0) return true;
  }
  return false;
}
