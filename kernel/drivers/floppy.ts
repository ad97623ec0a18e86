// Floppy disks: fd0 and fd1. A thread of the driver takes the requests, since a disk needs much waiting: for the motor, for the
// head, for the sector. Reads take a whole cylinder, which stays in the buffer, so that its other sectors cost nothing.
//
// A disk may be changed at any time. The drive remembers that until its head moves; then what is in the buffer counts no more,
// and `mediaChanges` tells the file systems.
// Source: Intel 82077AA data sheet, order no. 290166; formats of the IBM PC's disks.

import { EIO, EROFS } from "../abi/errno.ts";
import { startTimer, stopTimer, TIMER_BYTES, Timer } from "../clock/timers.ts";
import { BlockRequest, completeRequest, initializeBlocks } from "../device/block.ts";
import {
  DEVICE_OPERATIONS_BYTES,
  Device,
  DeviceKind,
  DeviceOperations,
  newDevice,
  registerDevice,
} from "../device/device.ts";
import { allocateDmaFrames, FRAME_BYTES } from "../memory/frames.ts";
import { enterCritical, leaveCritical, sleepTicks } from "../thread/scheduler.ts";
import { PRIORITY_HIGH, startKernelThread } from "../thread/thread.ts";
import { WaitQueue } from "../thread/waitQueue.ts";
import { CMOS_FLOPPY_TYPES, readCmos } from "./cmos.ts";
import {
  isFloppyChanged,
  recalibrateFloppy,
  resetFloppyController,
  seekFloppy,
  selectFloppy,
  setFloppyRate,
  startFloppyController,
  stopFloppyMotors,
  transferFloppy,
} from "./floppyController.ts";

const SECTOR_BYTES: u32 = 512;
const HEADS: u32 = 2;
const DRIVES: u32 = 2;

// By the type of drive that the CMOS memory names: none, 360 KB, 1.2 MB, 720 KB, 1.44 MB, 2.88 MB (by either of two numbers).
const TYPES: u32 = 7;
const SECTORS_PER_TRACK: StaticArray<u8> = [0, 9, 15, 9, 18, 36, 36];
const CYLINDERS: StaticArray<u8> = [0, 40, 80, 80, 80, 80, 80];
const DATA_RATES: StaticArray<u8> = [0, 2, 0, 2, 0, 3, 3];

const SPIN_UP_TICKS: u32 = 30;
const SETTLE_TICKS: u32 = 2;
/** How long a motor runs on after the last request. */
const MOTOR_TICKS: u32 = 200;
const MAX_TRIES: u32 = 5;
const NO_CYLINDER: i32 = -1;

@unmanaged
class Drive {
  device: Device | null;
  number: u32;
  sectorsPerTrack: u32;
  rate: u32;
  /** Where the head is; NO_CYLINDER: not known. */
  cylinder: i32;
  /** What the buffer holds. */
  bufferedCylinder: i32;
  /** Memory for one cylinder, which DMA reaches. */
  buffer: usize;
  /** Nothing was read yet, so no change of disk can matter. */
  isFresh: bool;
}

const DRIVE_BYTES: i32 = 32;
const drives = memory.data(64, 4);
const operations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
const motorTimer = changetype<Timer>(memory.data(TIMER_BYTES, 4));
const work = changetype<WaitQueue>(memory.data(8, 4));

/** Registers the drives that the CMOS memory names, and starts the driver's thread, if there is a controller. Blocks. */
export function startFloppy(): void {
  const types = readCmos(CMOS_FLOPPY_TYPES);
  if (types == 0 || !startFloppyController() || !initializeBlocks()) return;
  operations.start = start;
  let count: u32 = 0;
  for (let i: u32 = 0; i < DRIVES; i++) {
    if (addDrive(i, (i == 0 ? types >> 4 : types) & 15)) count++;
  }
  if (count > 0) {
    assert(startKernelThread(serve, 0, PRIORITY_HIGH, true, "floppy") !== null, "no memory for the floppy thread");
  }
}

function addDrive(number: u32, type: u32): bool {
  if (type == 0 || type >= TYPES) return false;
  const drive = driveAt(number);
  const perCylinder = HEADS * SECTORS_PER_TRACK[type];
  const device = newDevice("fd", number, DeviceKind.Block, operations);
  drive.buffer = allocateDmaFrames((perCylinder * SECTOR_BYTES + (FRAME_BYTES as u32) - 1) / (FRAME_BYTES as u32));
  if (device === null || drive.buffer == 0) return false;
  drive.device = device;
  drive.number = number;
  drive.sectorsPerTrack = SECTORS_PER_TRACK[type];
  drive.rate = DATA_RATES[type];
  drive.cylinder = drive.bufferedCylinder = NO_CYLINDER;
  drive.isFresh = true;
  device.unit = changetype<usize>(drive);
  device.blockBytes = SECTOR_BYTES;
  device.blockCount = perCylinder * CYLINDERS[type];
  device.maxBlocks = perCylinder;
  return registerDevice(device);
}

/** The queue of a drive stopped being empty: wakes the thread. */
function start(_device: Device): i32 {
  work.wakeFirst();
  return 0;
}

/** The driver's thread. */
function serve(_argument: usize): u32 {
  while (true) {
    const drive = waitForWork();
    const device = drive.device as Device;
    const status = run(drive, device, device.requests as BlockRequest);
    const wereOn = enterCritical();
    completeRequest(device, status);
    leaveCritical(wereOn);
    startTimer(motorTimer, MOTOR_TICKS, 0, onMotorTimeout, 0);
  }
}

/** Waits for a drive that has a request. */
function waitForWork(): Drive {
  const wereEnabled = enterCritical();
  while (nextDrive() === null) work.wait();
  const drive = nextDrive() as Drive;
  leaveCritical(wereEnabled);
  return drive;
}

function onMotorTimeout(_argument: usize): void {
  stopFloppyMotors();
}

/** A drive that has a request; the second one waits while the first has some. */
function nextDrive(): Drive | null {
  for (let i: u32 = 0; i < DRIVES; i++) {
    const drive = driveAt(i);
    const device = drive.device;
    if (device !== null && device.requests !== null) return drive;
  }
  return null;
}

/** Does a request, cylinder by cylinder. */
function run(drive: Drive, device: Device, request: BlockRequest): i32 {
  stopTimer(motorTimer);
  if (selectFloppy(drive.number)) sleepTicks(SPIN_UP_TICKS);
  setFloppyRate(drive.rate);
  if (isFloppyChanged() && !acceptDisk(drive, device)) return -EIO;
  const perCylinder = HEADS * drive.sectorsPerTrack;
  let block = request.block;
  let left = request.count;
  let address = request.buffer;
  while (left > 0) {
    const cylinder = block / perCylinder;
    const first = block % perCylinder;
    const count = min<u32>(left, perCylinder - first);
    const status = request.isWrite
      ? writeSectors(drive, cylinder, first, count, address)
      : readSectors(drive, cylinder, first, count, address);
    if (status < 0) return status;
    block += count;
    left -= count;
    address += count * SECTOR_BYTES;
  }
  return 0;
}

/** After a change: forgets the old disk, and moves the head, which shows whether there is a new one. */
function acceptDisk(drive: Drive, device: Device): bool {
  drive.bufferedCylinder = NO_CYLINDER;
  if (!drive.isFresh) device.mediaChanges++;
  drive.isFresh = false;
  recalibrateFloppy(drive.number);
  seekFloppy(drive.number, 1);
  drive.cylinder = NO_CYLINDER;
  return !isFloppyChanged();
}

function readSectors(drive: Drive, cylinder: u32, first: u32, count: u32, address: usize): i32 {
  drive.isFresh = false;
  const place = drive.buffer + first * SECTOR_BYTES;
  if (drive.bufferedCylinder != (cylinder as i32)) {
    drive.bufferedCylinder = NO_CYLINDER;
    const status = tryTransfer(drive, false, cylinder, 0, HEADS * drive.sectorsPerTrack);
    if (status == 0) {
      drive.bufferedCylinder = cylinder;
    } else {
      // Some sector of the cylinder is bad; maybe not one of these.
      const own = tryTransfer(drive, false, cylinder, first, count);
      if (own < 0) return own;
    }
  }
  memory.copy(address, place, count * SECTOR_BYTES);
  return 0;
}

function writeSectors(drive: Drive, cylinder: u32, first: u32, count: u32, address: usize): i32 {
  drive.isFresh = false;
  if (drive.bufferedCylinder != (cylinder as i32)) drive.bufferedCylinder = NO_CYLINDER;
  memory.copy(drive.buffer + first * SECTOR_BYTES, address, count * SECTOR_BYTES);
  const status = tryTransfer(drive, true, cylinder, first, count);
  if (status < 0) drive.bufferedCylinder = NO_CYLINDER;
  return status;
}

/** Moves sectors between the buffer and the disk, with a new start for the head or the controller after each failure. */
function tryTransfer(drive: Drive, isWrite: bool, cylinder: u32, first: u32, count: u32): i32 {
  const place = drive.buffer + first * SECTOR_BYTES;
  let status: i32 = -EIO;
  for (let i: u32 = 0; i < MAX_TRIES && status < 0 && status != -EROFS; i++) {
    if (i > 0) recover(drive, i);
    if (!moveHead(drive, cylinder)) continue;
    status = transferFloppy(drive.number, isWrite, cylinder, first, count, drive.sectorsPerTrack, place);
  }
  return status;
}

function moveHead(drive: Drive, cylinder: u32): bool {
  if (drive.cylinder == (cylinder as i32)) return true;
  if (drive.cylinder == NO_CYLINDER && !recalibrateFloppy(drive.number)) return false;
  drive.cylinder = NO_CYLINDER;
  if (!seekFloppy(drive.number, cylinder)) return false;
  sleepTicks(SETTLE_TICKS);
  drive.cylinder = cylinder;
  return true;
}

/** After the first failure the head finds its place anew; later ones reset the controller too. */
function recover(drive: Drive, failures: u32): void {
  drive.cylinder = NO_CYLINDER;
  if (failures == 1) return;
  resetFloppyController(drive.rate);
  driveAt(0).cylinder = driveAt(1).cylinder = NO_CYLINDER;
  if (selectFloppy(drive.number)) sleepTicks(SPIN_UP_TICKS);
}

function driveAt(index: u32): Drive {
  return changetype<Drive>(drives + index * DRIVE_BYTES);
}
