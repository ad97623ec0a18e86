// The floppy disk controller (82077AA and what behaves like it): registers, command and result bytes, and the interrupt that ends
// a command. Everything here runs in the floppy driver's thread, except the interrupt handler and the time-out.
// Source: Intel 82077AA data sheet, order no. 290166: sections 2 (registers), 5 and 6 (commands).

import { EIO, EROFS } from "../abi/errno.ts";
import { in8, out8 } from "../platform/pc/instructions.external.ts";
import { IRQ_FLOPPY, setIrqHandler } from "../platform/pc/interrupts.ts";
import { enterCritical, leaveCritical } from "../thread/scheduler.ts";
import { WaitQueue, WakeReason } from "../thread/waitQueue.ts";
import { startDma2 } from "./dma.ts";

const DOR: u32 = 0x3f2;
const MSR: u32 = 0x3f4;
const FIFO: u32 = 0x3f5;
const DIR_CCR: u32 = 0x3f7;

const DOR_NOT_RESET: u32 = 0x04;
const DOR_DMA_GATE: u32 = 0x08;
const DOR_MOTOR_0: u32 = 0x10;
const MSR_RQM: u32 = 0x80;
const MSR_DIO: u32 = 0x40;
const MSR_NO_CONTROLLER: u32 = 0xff;
const DIR_CHANGE: u32 = 0x80;

const ST0_CODE: u32 = 0xc0;
const ST0_SEEK_END: u32 = 0x20;
const ST1_NOT_WRITABLE: u32 = 0x02;

const SPECIFY: u32 = 0x03;
const RECALIBRATE: u32 = 0x07;
const SENSE_INTERRUPT_STATUS: u32 = 0x08;
const SEEK: u32 = 0x0f;
/** MFM, and both sides of a cylinder in one command. */
const READ_DATA: u32 = 0xc6;
const WRITE_DATA: u32 = 0xc5;
const SECTOR_SIZE_512: u32 = 2;
const GAP: u32 = 0x1b;
const UNUSED: u32 = 0xff;
/** Steps of 3 ms, head unload 240 ms, head load 16 ms (at 500 kbit/s); DMA. */
const SPECIFY_TIMES: u32 = 0xdf;
const SPECIFY_LOAD: u32 = 0x02;

const RESULT_BYTES: u32 = 7;
const PATIENCE: u32 = 10000;
const TIMEOUT_TICKS: u32 = 200;
/** A reset ends with one interrupt for each of the four drives that the controller can have. */
const DRIVES: u32 = 4;

const interruptWaiter = changetype<WaitQueue>(memory.data(8, 4));
let isInterrupted: bool = false;
/** What the digital output register holds, which can't be read everywhere. */
let outputRegister: u32 = 0;
const results = memory.data(8);

/** Resets the controller and connects its interrupt; false if there is none. Blocks. */
export function startFloppyController(): bool {
  if (in8(MSR) == MSR_NO_CONTROLLER) return false;
  setIrqHandler(IRQ_FLOPPY, onInterrupt);
  return resetFloppyController(0);
}

/** Brings the controller, with all motors off, back to a known state; whether it answers. `rate` as in setFloppyRate. */
export function resetFloppyController(rate: u32): bool {
  isInterrupted = false;
  outputRegister = 0;
  out8(DOR, 0);
  outputRegister = DOR_NOT_RESET | DOR_DMA_GATE;
  out8(DOR, outputRegister);
  if (!waitForInterrupt()) return false;
  for (let i: u32 = 0; i < DRIVES; i++) senseInterrupt();
  setFloppyRate(rate);
  return send(SPECIFY) && send(SPECIFY_TIMES) && send(SPECIFY_LOAD);
}

/** Sets the data rate: 0 is 500 kbit/s, 1 300, 2 250, 3 1000. */
export function setFloppyRate(rate: u32): void {
  out8(DIR_CCR, rate);
}

/** Selects the drive and turns its motor on; whether it was off. */
export function selectFloppy(drive: u32): bool {
  const motor = DOR_MOTOR_0 << drive;
  const wasOff = (outputRegister & motor) == 0;
  outputRegister = (outputRegister & ~3) | motor | drive;
  out8(DOR, outputRegister);
  return wasOff;
}

export function stopFloppyMotors(): void {
  outputRegister &= ~(15 * DOR_MOTOR_0);
  out8(DOR, outputRegister);
}

/** Whether the selected drive's disk was taken out since its head last moved. */
export function isFloppyChanged(): bool {
  return (in8(DIR_CCR) & DIR_CHANGE) != 0;
}

/** Moves the head to cylinder 0; whether it got there. */
export function recalibrateFloppy(drive: u32): bool {
  isInterrupted = false;
  if (!send(RECALIBRATE) || !send(drive)) return false;
  return waitForInterrupt() && isSeekEnd(senseInterrupt(), 0);
}

/** Moves the head; whether it got there. */
export function seekFloppy(drive: u32, cylinder: u32): bool {
  isInterrupted = false;
  if (!send(SEEK) || !send(drive) || !send(cylinder)) return false;
  return waitForInterrupt() && isSeekEnd(senseInterrupt(), cylinder);
}

/**
 * Reads or writes `count` sectors of a cylinder, from its sector `first` (of both sides together) on. `address` is memory that DMA
 * reaches. Returns 0, -EROFS for a protected disk, or -EIO.
 */
export function transferFloppy(
  drive: u32,
  isWrite: bool,
  cylinder: u32,
  first: u32,
  count: u32,
  sectorsPerTrack: u32,
  address: usize,
): i32 {
  const head: u32 = first < sectorsPerTrack ? 0 : 1;
  const sector = first - head * sectorsPerTrack + 1;
  isInterrupted = false;
  startDma2(address, count * 512, !isWrite);
  const sent =
    send(isWrite ? WRITE_DATA : READ_DATA) &&
    send((head << 2) | drive) &&
    send(cylinder) &&
    send(head) &&
    send(sector) &&
    send(SECTOR_SIZE_512) &&
    send(sectorsPerTrack) &&
    send(GAP) &&
    send(UNUSED);
  if (!sent || !waitForInterrupt()) return -EIO;
  for (let i: u32 = 0; i < RESULT_BYTES; i++) {
    const byte = receive();
    if (byte < 0) return -EIO;
    store<u8>(results + i, byte as u8);
  }
  if ((load<u8>(results, 1) & ST1_NOT_WRITABLE) != 0) return -EROFS;
  return (load<u8>(results) & ST0_CODE) == 0 ? 0 : -EIO;
}

/** The result of Sense Interrupt Status: ST0, and the cylinder in bits 8 to 15; −1 if there is none. */
function senseInterrupt(): i32 {
  if (!send(SENSE_INTERRUPT_STATUS)) return -1;
  const status = receive();
  if (status < 0 || (status & ST0_CODE) == 0x80) return -1; // an invalid command has no second byte
  const cylinder = receive();
  return cylinder < 0 ? -1 : status | (cylinder << 8);
}

function isSeekEnd(sense: i32, cylinder: u32): bool {
  if (sense < 0) return false;
  return (sense & (ST0_CODE | ST0_SEEK_END)) == ST0_SEEK_END && ((sense >> 8) as u32) == cylinder;
}

function send(byte: u32): bool {
  for (let i: u32 = 0; i < PATIENCE; i++) {
    const status = in8(MSR) & (MSR_RQM | MSR_DIO);
    if (status == (MSR_RQM | MSR_DIO)) return false; // it wants to be read: the command was cut short
    if (status == MSR_RQM) {
      out8(FIFO, byte);
      return true;
    }
  }
  return false;
}

/** The next result byte; −1 if there is none. */
function receive(): i32 {
  for (let i: u32 = 0; i < PATIENCE; i++) {
    const status = in8(MSR) & (MSR_RQM | MSR_DIO);
    if (status == MSR_RQM) return -1;
    if (status == (MSR_RQM | MSR_DIO)) return in8(FIFO);
  }
  return -1;
}

/** Sleeps until the controller interrupts; false if it doesn't. */
function waitForInterrupt(): bool {
  const wereEnabled = enterCritical();
  let reason = WakeReason.Woken;
  while (!isInterrupted && reason === WakeReason.Woken) reason = interruptWaiter.waitFor(TIMEOUT_TICKS);
  const cameInTime = isInterrupted;
  isInterrupted = false;
  leaveCritical(wereEnabled);
  return cameInTime;
}

function onInterrupt(): void {
  isInterrupted = true;
  interruptWaiter.wakeFirst();
}
