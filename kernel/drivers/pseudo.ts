// Devices without hardware: null (nothing to read, takes everything), zero (zeros for ever) and random. The random numbers are
// the same after every start, so that a run can be repeated: xorshift by Marsaglia, Journal of Statistical Software 8/14, 2003.

import {
  DEVICE_OPERATIONS_BYTES,
  Device,
  DeviceKind,
  DeviceOperations,
  newDevice,
  registerDevice,
} from "../device/device.ts";

const nullOperations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
const zeroOperations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
const randomOperations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
let state: u32 = 2463534242;

/** Registers `null`, `zero` and `random`. */
export function registerPseudoDevices(): void {
  nullOperations.read = readNothing;
  zeroOperations.read = readZeros;
  randomOperations.read = readRandom;
  nullOperations.write = zeroOperations.write = writeAnything;
  randomOperations.write = writeSeed;
  add("null", nullOperations);
  add("zero", zeroOperations);
  add("random", randomOperations);
}

function add(name: string, operations: DeviceOperations): void {
  const device = newDevice(name, -1, DeviceKind.Character, operations);
  if (device !== null) registerDevice(device);
}

function readNothing(_device: Device, _buffer: usize, _count: u32): i32 {
  return 0;
}

function readZeros(_device: Device, buffer: usize, count: u32): i32 {
  memory.fill(buffer, 0, count);
  return count;
}

function writeAnything(_device: Device, _buffer: usize, count: u32): i32 {
  return count;
}

function readRandom(_device: Device, buffer: usize, count: u32): i32 {
  for (let i: u32 = 0; i < count; i++) store<u8>(buffer + i, next() as u8);
  return count;
}

/** What is written changes the numbers that come. */
function writeSeed(_device: Device, buffer: usize, count: u32): i32 {
  for (let i: u32 = 0; i < count; i++) {
    state ^= load<u8>(buffer + i);
    if (state == 0) state = 1;
    next();
  }
  return count;
}

function next(): u32 {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state >> 8;
}
