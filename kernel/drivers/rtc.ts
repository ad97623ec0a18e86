// The real-time clock, which knows the date while the machine is off. The kernel reads it once and counts on with its own
// ticks; the device `rtc` reads it again. Source: Motorola MC146818A data sheet; its century byte is the IBM PC AT's.

import { ENOTTY } from "../abi/errno.ts";
import { RTC_GET_TIME } from "../abi/ioctl.ts";
import { uptimeMs } from "../clock/clock.ts";
import { CALENDAR_DATE_BYTES, CalendarDate, dateOfSeconds, secondsOfDate } from "../clock/date.ts";
import {
  DEVICE_OPERATIONS_BYTES,
  Device,
  DeviceKind,
  DeviceOperations,
  newDevice,
  registerDevice,
} from "../device/device.ts";
import { appendNumber, appendText, startText, textDevice } from "../device/textDevice.ts";
import { CMOS_CENTURY, readCmos } from "./cmos.ts";

const SECONDS: u32 = 0x00;
const MINUTES: u32 = 0x02;
const HOURS: u32 = 0x04;
const DAY: u32 = 0x07;
const MONTH: u32 = 0x08;
const YEAR: u32 = 0x09;
const REGISTER_A: u32 = 0x0a;
const REGISTER_B: u32 = 0x0b;
const UPDATE_IN_PROGRESS: u32 = 0x80;
const BINARY: u32 = 0x04;
const HOURS_24: u32 = 0x02;
const PM: u32 = 0x80;

/** An update takes 2 ms at most; this is many times that. */
const PATIENCE: u32 = 100000;
const MAX_TRIES: u32 = 10;

const operations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
const date = changetype<CalendarDate>(memory.data(CALENDAR_DATE_BYTES, 4));
const again = changetype<CalendarDate>(memory.data(CALENDAR_DATE_BYTES, 4));
/** When the kernel started, as seconds since 1970. */
let bootSeconds: u32 = 0;

/** Reads the clock, and registers the device `rtc`. */
export function startRtc(): void {
  bootSeconds = readRtc() - ((uptimeMs() / 1000) as u32);
  operations.ioctl = ioctl;
  textDevice(operations, describe);
  const device = newDevice("rtc", -1, DeviceKind.Character, operations);
  if (device !== null) registerDevice(device);
}

/** The seconds since 1970-01-01 00:00 UTC, by the kernel's clock. */
export function currentSeconds(): u32 {
  return bootSeconds + ((uptimeMs() / 1000) as u32);
}

/** Asks the hardware: reads until two readings agree, since the clock may tick in between. */
export function readRtc(): u32 {
  readRegisters(again);
  for (let i: u32 = 0; i < MAX_TRIES; i++) {
    readRegisters(date);
    if (memory.compare(changetype<usize>(date), changetype<usize>(again), 6 * 4) == 0) break;
    memory.copy(changetype<usize>(again), changetype<usize>(date), 6 * 4);
  }
  return secondsOfDate(date);
}

function readRegisters(to: CalendarDate): void {
  for (let i: u32 = 0; i < PATIENCE && (readCmos(REGISTER_A) & UPDATE_IN_PROGRESS) != 0; i++) {}
  const format = readCmos(REGISTER_B);
  const hours = readCmos(HOURS);
  to.second = number(readCmos(SECONDS), format);
  to.minute = number(readCmos(MINUTES), format);
  to.hour = number(hours & ~PM, format);
  if ((format & HOURS_24) == 0) to.hour = (to.hour % 12) + ((hours & PM) != 0 ? 12 : 0);
  to.day = max<u32>(number(readCmos(DAY), format), 1);
  to.month = max<u32>(number(readCmos(MONTH), format), 1);
  const year = number(readCmos(YEAR), format);
  const century = number(readCmos(CMOS_CENTURY), format);
  // A clock without a century byte: 1970 to 2069.
  to.year = century >= 19 && century <= 21 ? century * 100 + year : year < 70 ? 2000 + year : 1900 + year;
}

/** A register's value, which is binary or two decimal digits. */
function number(value: u32, format: u32): u32 {
  return (format & BINARY) != 0 ? value : (value >> 4) * 10 + (value & 15);
}

function ioctl(_device: Device, request: u32, _argument: usize): i32 {
  return request == RTC_GET_TIME ? (readRtc() as i32) : -ENOTTY;
}

/** What a read gives: 2026-11-21 05:45:00 */
function describe(_device: Device): i32 {
  dateOfSeconds(readRtc(), date);
  startText();
  appendNumber(date.year, 4);
  appendText("-");
  appendNumber(date.month, 2);
  appendText("-");
  appendNumber(date.day, 2);
  appendText(" ");
  appendNumber(date.hour, 2);
  appendText(":");
  appendNumber(date.minute, 2);
  appendText(":");
  appendNumber(date.second, 2);
  appendText("\n");
  return 0;
}
