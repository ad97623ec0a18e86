// The speaker: counter 2 of the 8254 makes the tone, two bits of port 61h let it through. A beep ends by a timer.
// Sources: Intel 8254 data sheet, order no. 231164; IBM PC AT technical reference, port B.

import { EINVAL, ENOTTY } from "../abi/errno.ts";
import { SPEAKER_BEEP, SPEAKER_SET_TONE } from "../abi/ioctl.ts";
import { startTimer, stopTimer, TIMER_BYTES, Timer } from "../clock/timers.ts";
import {
  DEVICE_OPERATIONS_BYTES,
  Device,
  DeviceKind,
  DeviceOperations,
  newDevice,
  registerDevice,
} from "../device/device.ts";
import { TICKS_PER_SECOND } from "../platform/clock.ts";
import { disableInterrupts, restoreInterrupts } from "../platform/interrupts.ts";
import { in8, out8 } from "../platform/pc/instructions.external.ts";
import { setBell } from "./ansi.ts";

const COUNTER_2: u32 = 0x42;
const CONTROL: u32 = 0x43;
/** Counter 2, low byte then high byte, mode 3 (square wave), binary. */
const COUNTER_2_SQUARE_WAVE: u32 = 0xb6;
const PORT_B: u32 = 0x61;
const PORT_B_SPEAKER: u32 = 0x03;
const INPUT_HZ: u32 = 1193182;
/** Below, the counter doesn't reach; above, nobody hears it. */
const LOWEST_HZ: u32 = 19;
const HIGHEST_HZ: u32 = 20000;

const BELL_HZ: u32 = 750;
const BELL_MS: u32 = 100;

const operations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
const timer = changetype<Timer>(memory.data(TIMER_BYTES, 4));

/** Registers the device `speaker`; from here on BEL sounds. */
export function registerSpeaker(): void {
  setBell(ring);
  operations.ioctl = ioctl;
  operations.close = silence;
  const device = newDevice("speaker", -1, DeviceKind.Character, operations);
  if (device !== null) registerDevice(device);
}

/** Sounds for `ms` milliseconds; returns at once. */
export function beep(hz: u32, ms: u32): void {
  setTone(hz);
  startTimer(timer, (ms * TICKS_PER_SECOND + 999) / 1000, 0, onBeepEnd, 0);
}

/** Sounds at `hz` from now on; 0: is silent. */
export function setTone(hz: u32): void {
  const wereEnabled = disableInterrupts();
  stopTimer(timer);
  if (hz == 0) {
    out8(PORT_B, in8(PORT_B) & ~PORT_B_SPEAKER);
  } else {
    const divisor = INPUT_HZ / hz;
    out8(CONTROL, COUNTER_2_SQUARE_WAVE);
    out8(COUNTER_2, divisor & 0xff);
    out8(COUNTER_2, divisor >> 8);
    out8(PORT_B, in8(PORT_B) | PORT_B_SPEAKER);
  }
  restoreInterrupts(wereEnabled);
}

function ring(): void {
  beep(BELL_HZ, BELL_MS);
}

function onBeepEnd(_argument: usize): void {
  setTone(0);
}

function silence(_device: Device): i32 {
  setTone(0);
  return 0;
}

function ioctl(_device: Device, request: u32, argument: usize): i32 {
  const hz = (request == SPEAKER_BEEP ? argument >> 16 : argument) as u32;
  if (request != SPEAKER_BEEP && request != SPEAKER_SET_TONE) return -ENOTTY;
  if (hz != 0 && (hz < LOWEST_HZ || hz > HIGHEST_HZ)) return -EINVAL;
  if (request == SPEAKER_BEEP) beep(hz, (argument & 0xffff) as u32);
  else setTone(hz);
  return 0;
}
