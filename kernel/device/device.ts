// The driver model: one interface for all devices. A driver makes a Device with a table of operations and registers it;
// everybody else finds it by name and calls the functions below. A character device is a stream of bytes; a block device
// has numbered blocks, which block.ts moves.
//
// Operations are indexes of the function table, 0 for one that the device doesn't have. Results follow POSIX: at least 0,
// or a negated error number.

import { EBUSY, EINVAL, ENOTTY } from "../abi/errno.ts";
import { calloc, free } from "../memory/heap.ts";
import { disableInterrupts, restoreInterrupts } from "../platform/interrupts.ts";
import { digitsOf, formatNumber } from "../print.ts";
import { textLength } from "../text.ts";
import { BlockRequest } from "./block.ts";

export const enum DeviceKind {
  Character,
  Block,
}

/** What `poll` asks for and answers: there is something to read; a write would not wait. */
export const POLL_IN: u32 = 1;
export const POLL_OUT: u32 = 4;

export type DeviceFunction = (device: Device) => i32;
export type DeviceTransfer = (device: Device, buffer: usize, count: u32) => i32;
export type DeviceControl = (device: Device, request: u32, argument: usize) => i32;
export type DevicePoll = (device: Device, events: u32) => u32;

/** Bytes of DeviceOperations, for the static memory of a driver; all zero is a table without operations. */
export const DEVICE_OPERATIONS_BYTES: i32 = 28;

/** The operations that the devices of one driver share. */
@unmanaged
export class DeviceOperations {
  openIndex: u32;
  closeIndex: u32;
  readIndex: u32;
  writeIndex: u32;
  ioctlIndex: u32;
  pollIndex: u32;
  startIndex: u32;

  /** Called at every open; an error keeps the device closed. */
  set open(operation: DeviceFunction) {
    this.openIndex = operation.index;
  }

  /** Called when the last of those who opened the device has closed it. */
  set close(operation: DeviceFunction) {
    this.closeIndex = operation.index;
  }

  /** Reads up to `count` bytes, waiting for the first; returns how many, 0 at the end of input. */
  set read(operation: DeviceTransfer) {
    this.readIndex = operation.index;
  }

  /** Writes up to `count` bytes; returns how many. */
  set write(operation: DeviceTransfer) {
    this.writeIndex = operation.index;
  }

  set ioctl(operation: DeviceControl) {
    this.ioctlIndex = operation.index;
  }

  /** Returns those of `events` that hold now. Must not block. */
  set poll(operation: DevicePoll) {
    this.pollIndex = operation.index;
  }

  /** Block devices: called with interrupts off when the queue of requests stops being empty. Must not block. */
  set start(operation: DeviceFunction) {
    this.startIndex = operation.index;
  }
}

@unmanaged
export class Device {
  /** NUL-terminated, in the device's own memory. */
  nameAddress: usize;
  kind: DeviceKind;
  operations: DeviceOperations;
  /** The driver's own: a port, a unit number, the address of its data. */
  unit: usize;
  /** Who has it open. */
  openCount: u32;
  nextDevice: Device | null;

  // Block devices only.
  blockBytes: u32;
  blockCount: u32;
  /** A longer transfer is cut into requests of at most so many blocks. */
  maxBlocks: u32;
  isReadOnly: bool;
  /** Counts the changes of a removable medium: who cached blocks compares it. */
  mediaChanges: u32;
  /** A partition: the device that it lies on, and its first block there. */
  parent: Device | null;
  firstBlock: u32;
  /** The queue: the first request is the one that the driver works on. */
  requests: BlockRequest | null;
  /** Requests that ended, and blocks that they moved, since the start. */
  requestsDone: u32;
  blocksRead: u32;
  blocksWritten: u32;
}

const MAX_NAME: i32 = 15;

let first: Device | null = null;
let last: Device | null = null;

/**
 * Makes a device that nobody knows yet: the driver fills in the rest and calls registerDevice. Its name is `name`, a
 * constant, and the decimal `number` unless that is negative. null if there is no memory.
 */
export function newDevice(name: string, number: i32, kind: DeviceKind, operations: DeviceOperations): Device | null {
  assert(name.length > 0 && name.length <= MAX_NAME - 4 && number < 10000, "a device name has 1 to 15 characters");
  const bytes = offsetof<Device>();
  const address = calloc(bytes + MAX_NAME + 1);
  if (address == 0) return null;
  let to = address + bytes;
  const device = changetype<Device>(address);
  device.nameAddress = to;
  for (let i = 0; i < name.length; i++) store<u8>(to++, name.charCodeAt(i) as u8);
  if (number >= 0) appendNumber(to, number);
  device.kind = kind;
  device.operations = operations;
  return device;
}

/** Makes the device of a disk's partition `number`, named after both; null if there is no memory. */
export function newPartition(disk: Device, number: i32, firstBlock: u32, blockCount: u32): Device | null {
  const device = newDevice("part", number, disk.kind, disk.operations);
  if (device === null) return null;
  const length = textLength(disk.nameAddress) as i32;
  assert(length <= MAX_NAME - 4, "a disk's name leaves room for a number");
  memory.copy(device.nameAddress, disk.nameAddress, length);
  appendNumber(device.nameAddress + length, number);
  device.unit = disk.unit;
  device.blockBytes = disk.blockBytes;
  device.blockCount = blockCount;
  device.maxBlocks = disk.maxBlocks;
  device.isReadOnly = disk.isReadOnly;
  device.parent = disk;
  device.firstBlock = firstBlock;
  return device;
}

/** Lets others find the device; false, and the device is freed, if the name is taken. Devices stay for good. */
export function registerDevice(device: Device): bool {
  assert(device.nextDevice === null && device !== last, "the device is registered already");
  if (device.kind === DeviceKind.Block) {
    assert(device.blockBytes > 0 && device.maxBlocks > 0, "a block device has a block size and a limit of a request");
  }
  const wereEnabled = disableInterrupts();
  const isNew = findDevice(device.nameAddress) === null;
  if (!isNew) {
    free(changetype<usize>(device));
  } else {
    if (last === null) first = device;
    else (last as Device).nextDevice = device;
    last = device;
  }
  restoreInterrupts(wereEnabled);
  return isNew;
}

/** The first device in order of registration; follow `nextDevice` for the others. */
export function firstDevice(): Device | null {
  return first;
}

/** The device of that NUL-terminated name, or null. */
export function findDevice(name: usize): Device | null {
  let device = first;
  while (device !== null && !isSameText(device.nameAddress, name)) device = device.nextDevice;
  return device;
}

/** Opens the device: 0 or an error. */
export function openDevice(device: Device): i32 {
  const index = device.operations.openIndex;
  const result = index == 0 ? 0 : call_indirect<i32>(index, device);
  if (result >= 0) device.openCount++;
  return result;
}

/** Undoes one openDevice: 0 or an error, which the last close of a device can give. */
export function closeDevice(device: Device): i32 {
  assert(device.openCount > 0, "a device is closed more often than opened");
  device.openCount--;
  const index = device.operations.closeIndex;
  return index == 0 || device.openCount > 0 ? 0 : call_indirect<i32>(index, device);
}

/** Reads up to `count` bytes of a character device; returns how many, 0 at the end, or an error. May block. */
export function readDevice(device: Device, buffer: usize, count: u32): i32 {
  const index = device.operations.readIndex;
  return index == 0 ? -EINVAL : call_indirect<i32>(index, device, buffer, count);
}

/** Writes up to `count` bytes to a character device; returns how many or an error. May block. */
export function writeDevice(device: Device, buffer: usize, count: u32): i32 {
  const index = device.operations.writeIndex;
  return index == 0 ? -EINVAL : call_indirect<i32>(index, device, buffer, count);
}

/** Does `request` (kernel/abi/ioctl.ts) with its argument, often the address of a structure; a result or an error. */
export function ioctlDevice(device: Device, request: u32, argument: usize): i32 {
  const index = device.operations.ioctlIndex;
  return index == 0 ? -ENOTTY : call_indirect<i32>(index, device, request, argument);
}

/** Those of `events` (POLL_IN, POLL_OUT) that hold now. A device without this operation is always ready. */
export function pollDevice(device: Device, events: u32): u32 {
  const index = device.operations.pollIndex;
  return index == 0 ? events & (POLL_IN | POLL_OUT) : call_indirect<u32>(index, device, events);
}

/** Tells a block device that its queue is no longer empty. */
export function startDevice(device: Device): void {
  const index = device.operations.startIndex;
  assert(index != 0, "a block device without a start operation");
  call_indirect<i32>(index, device);
}

/** An `open` for devices that one at a time may have. */
export function openExclusively(device: Device): i32 {
  return device.openCount > 0 ? -EBUSY : 0;
}

function appendNumber(to: usize, number: u32): void {
  const length = formatNumber(number, 10, 1);
  memory.copy(to, digitsOf(length), length);
  store<u8>(to + length, 0);
}

function isSameText(a: usize, b: usize): bool {
  let i: usize = 0;
  while (load<u8>(a + i) == load<u8>(b + i)) {
    if (load<u8>(a + i) == 0) return true;
    i++;
  }
  return false;
}
