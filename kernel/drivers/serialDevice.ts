// The device `serial0`: the bytes of the first serial port. What comes in is the console's, as key codes, until somebody takes
// it by ioctl; what is written goes out between the console's own output.

import { EAGAIN, EINTR, ENOTTY } from "../abi/errno.ts";
import { SERIAL_TAKE_INPUT } from "../abi/ioctl.ts";
import {
  DEVICE_OPERATIONS_BYTES,
  Device,
  DeviceKind,
  DeviceOperations,
  newDevice,
  POLL_IN,
  POLL_OUT,
  registerDevice,
} from "../device/device.ts";
import { disableInterrupts, restoreInterrupts } from "../platform/interrupts.ts";
import { RING_BYTES, Ring } from "../ring.ts";
import { enterCritical, leaveCritical, sleepTicks } from "../thread/scheduler.ts";
import { WaitQueue, WakeReason } from "../thread/waitQueue.ts";
import { flushSerial, hasSerial, serialIsBusy, setSerialReceiver, writeSerial } from "./serial.ts";

const CAPACITY: u32 = 256;
const input = changetype<Ring>(memory.data(RING_BYTES, 4));
const inputValues = memory.data(512, 2);
const readers = changetype<WaitQueue>(memory.data(8, 4));
const operations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
let isTaken: bool = false;

/** Registers the device, if there is a port. */
export function registerSerial(): void {
  if (!hasSerial()) return;
  input.initialize(inputValues, CAPACITY);
  setSerialReceiver(receive);
  operations.read = read;
  operations.write = write;
  operations.ioctl = ioctl;
  operations.poll = poll;
  operations.close = close;
  const device = newDevice("serial", 0, DeviceKind.Character, operations);
  if (device !== null) registerDevice(device);
}

/** Sees each byte in its interrupt; whether it is not for the console. */
function receive(byte: u8): bool {
  if (!isTaken) return false;
  input.put(byte); // a full ring loses it, as the port would
  readers.wakeFirst();
  return true;
}

function read(_device: Device, buffer: usize, count: u32): i32 {
  if (!isTaken) return -EAGAIN;
  const wereEnabled = enterCritical();
  let reason = WakeReason.Woken;
  while (input.isEmpty && reason === WakeReason.Woken) reason = readers.waitFor(0);
  let taken: u32 = 0;
  while (taken < count && !input.isEmpty) store<u8>(buffer + taken++, input.take() as u8);
  leaveCritical(wereEnabled);
  return taken > 0 || count == 0 ? (taken as i32) : -EINTR;
}

function write(_device: Device, buffer: usize, count: u32): i32 {
  for (let i: u32 = 0; i < count; i++) {
    while (serialIsBusy()) {
      if (!sleepTicks(1)) return i > 0 ? (i as i32) : -EINTR;
    }
    const wereEnabled = disableInterrupts();
    writeSerial(load<u8>(buffer + i));
    flushSerial();
    restoreInterrupts(wereEnabled);
  }
  return count;
}

function ioctl(_device: Device, request: u32, argument: usize): i32 {
  if (request != SERIAL_TAKE_INPUT) return -ENOTTY;
  isTaken = argument != 0;
  return 0;
}

function poll(_device: Device, events: u32): u32 {
  return events & (input.isEmpty ? POLL_OUT : POLL_IN | POLL_OUT);
}

/** Nobody has it open: what comes in is the console's again. */
function close(_device: Device): i32 {
  isTaken = false;
  return 0;
}
