// Devices that read as a short text: what there is to know about them. The text is made when a reading begins, and lies in a
// buffer that all these devices share; after its end comes the end of the file, and then a new text.

import { ENOMEM } from "../abi/errno.ts";
import { malloc } from "../memory/heap.ts";
import { digitsOf, formatNumber } from "../print.ts";
import { enterCritical, leaveCritical } from "../thread/scheduler.ts";
import { Device, DeviceFunction, DeviceOperations } from "./device.ts";

const TEXT_BYTES: u32 = 2048;

/** 0 until someone reads. */
let text: usize = 0;
let length: u32 = 0;
/** The device whose text it is, and how far it was read. */
let owner: Device | null = null;
let position: u32 = 0;

/** Lets devices with these operations read as the text that `describe` makes with the functions below. */
export function textDevice(operations: DeviceOperations, describe: DeviceFunction): void {
  operations.read = readText;
  operations.start = describe;
}

export function startText(): void {
  length = position = 0;
}

/** Adds a constant; what doesn't fit is left out. */
export function appendText(constant: string): void {
  for (let i = 0; i < constant.length; i++) appendByte(constant.charCodeAt(i) as u8);
}

export function appendNumber(value: u32, digits: i32): void {
  appendDigits(value, 10, digits);
}

export function appendHex(value: u32, digits: i32): void {
  appendDigits(value, 16, digits);
}

function appendDigits(value: u32, base: u32, digits: i32): void {
  const count = formatNumber(value, base, digits);
  for (let i: i32 = 0; i < count; i++) appendByte(load<u8>(digitsOf(count) + i));
}

function appendByte(byte: u8): void {
  if (length < TEXT_BYTES) store<u8>(text + length++, byte);
}

function readText(device: Device, buffer: usize, count: u32): i32 {
  if (text == 0) text = malloc(TEXT_BYTES);
  if (text == 0) return -ENOMEM;
  const wereEnabled = enterCritical();
  if (owner !== device) {
    owner = device;
    call_indirect<i32>(device.operations.startIndex, device);
  }
  const taken = min<u32>(count, length - position);
  memory.copy(buffer, text + position, taken);
  position += taken;
  if (taken == 0) owner = null;
  leaveCritical(wereEnabled);
  return taken;
}
