// The device `clock`: how long the kernel runs.

import { ENOTTY } from "../abi/errno.ts";
import { CLOCK_GET_HZ, CLOCK_GET_MS } from "../abi/ioctl.ts";
import { uptimeMs } from "../clock/clock.ts";
import {
  DEVICE_OPERATIONS_BYTES,
  Device,
  DeviceKind,
  DeviceOperations,
  newDevice,
  registerDevice,
} from "../device/device.ts";
import { appendNumber, appendText, startText, textDevice } from "../device/textDevice.ts";
import { TICKS_PER_SECOND } from "../platform/clock.ts";

const operations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));

export function registerClock(): void {
  operations.ioctl = ioctl;
  textDevice(operations, describe);
  const device = newDevice("clock", -1, DeviceKind.Character, operations);
  if (device !== null) registerDevice(device);
}

function ioctl(_device: Device, request: u32, _argument: usize): i32 {
  if (request == CLOCK_GET_MS) return (uptimeMs() & 0x7fffffff) as i32;
  return request == CLOCK_GET_HZ ? (TICKS_PER_SECOND as i32) : -ENOTTY;
}

/** What a read gives: the uptime in seconds, with milliseconds. */
function describe(_device: Device): i32 {
  const ms = uptimeMs();
  startText();
  appendNumber((ms / 1000) as u32, 1);
  appendText(".");
  appendNumber((ms % 1000) as u32, 3);
  appendText("\n");
  return 0;
}
