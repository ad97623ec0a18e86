// The keyboard behind its i8042 controller: reads scan codes at IRQ 1, queues key codes, sets the lights of the locks.
// Sources: IBM PS/2 hardware interface technical reference, keyboard and auxiliary device controller; keyboard command EDh.

import { EINVAL, ENOTTY } from "../abi/errno.ts";
import {
  KEYBOARD_GET_LAYOUT,
  KEYBOARD_GET_LOCKS,
  KEYBOARD_GET_LOST,
  KEYBOARD_SET_LAYOUT,
  KEYBOARD_SET_LOCKS,
} from "../abi/ioctl.ts";
import {
  DEVICE_OPERATIONS_BYTES,
  Device,
  DeviceKind,
  DeviceOperations,
  newDevice,
  POLL_IN,
  registerDevice,
} from "../device/device.ts";
import { disableInterrupts, restoreInterrupts } from "../platform/interrupts.ts";
import { in8, out8 } from "../platform/pc/instructions.external.ts";
import { IRQ_KEYBOARD, setIrqHandler } from "../platform/pc/interrupts.ts";
import { hasKey, lostKeys, putKey, waitForKey } from "./input.ts";
import { decodeScanCode, keyboardLayout, keyboardLocks, setKeyboardLayout, setKeyboardLocks } from "./scanCodes.ts";

const DATA: u32 = 0x60;
const STATUS_COMMAND: u32 = 0x64;
const STATUS_OUTPUT_FULL: u32 = 0x01;
const STATUS_INPUT_FULL: u32 = 0x02;

const CONTROLLER_READ_CONFIGURATION: u32 = 0x20;
const CONTROLLER_WRITE_CONFIGURATION: u32 = 0x60;
const CONTROLLER_PRETEND_OUTPUT: u32 = 0xd2;
const CONFIGURATION_INTERRUPT: u32 = 0x01;
const CONFIGURATION_KEYBOARD_OFF: u32 = 0x10;
const CONFIGURATION_TRANSLATE: u32 = 0x40;

const KEYBOARD_SET_LIGHTS: u32 = 0xed;
const KEYBOARD_ACKNOWLEDGE: u32 = 0xfa;
const KEYBOARD_RESEND: u32 = 0xfe;

const UNKNOWN_LIGHTS: u32 = 0xff;

const PATIENCE: u32 = 10000;
/** So many bytes of keys while an acknowledgement is due mean that it was lost. */
const MAX_UNACKNOWLEDGED: u32 = 32;
const MAX_STALE_BYTES: u32 = 16;

/** The command that sets the lights has two bytes, and the keyboard acknowledges each. */
const enum LightState {
  Idle,
  CommandSent,
  ValueSent,
}

const operations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
let unacknowledged: u32 = 0;
let lightState: LightState = LightState.Idle;
/** What the lights show; at first nobody knows. */
let lights: u32 = UNKNOWN_LIGHTS;

/** Sets the controller up, drops what was typed before, and starts listening. */
export function startKeyboard(): void {
  dropStaleBytes();
  sendController(CONTROLLER_READ_CONFIGURATION);
  let configuration = CONFIGURATION_TRANSLATE;
  if (waitForOutput()) configuration = in8(DATA);
  configuration |= CONFIGURATION_INTERRUPT | CONFIGURATION_TRANSLATE;
  configuration &= ~CONFIGURATION_KEYBOARD_OFF;
  sendController(CONTROLLER_WRITE_CONFIGURATION);
  sendData(configuration);
  setIrqHandler(IRQ_KEYBOARD, onInterrupt);
  updateLights(); // the firmware may have left some on
}

/** Lets the controller behave as if the keyboard had sent `byte`: for measuring. */
export function pretendScanCode(byte: u32): void {
  sendController(CONTROLLER_PRETEND_OUTPUT);
  sendData(byte);
}

/** Registers the device `keyboard`: key codes to read, layout and locks to set. */
export function registerKeyboard(): void {
  operations.read = read;
  operations.ioctl = ioctl;
  operations.poll = poll;
  const device = newDevice("keyboard", -1, DeviceKind.Character, operations);
  if (device !== null) registerDevice(device);
}

/** Reads key codes, two bytes each, presses and releases: waits for the first, and takes what else is there. */
function read(_device: Device, buffer: usize, count: u32): i32 {
  const most = count >> 1;
  let taken: u32 = 0;
  while (taken < most && (taken == 0 || hasKey())) {
    const key = waitForKey();
    if (key < 0) return taken > 0 ? ((taken << 1) as i32) : key;
    store<u16>(buffer + (taken << 1), key as u16);
    taken++;
  }
  return taken << 1;
}

function ioctl(_device: Device, request: u32, argument: usize): i32 {
  switch (request) {
    case KEYBOARD_GET_LAYOUT:
      return keyboardLayout();
    case KEYBOARD_SET_LAYOUT:
      return setKeyboardLayout(argument as u32) ? 0 : -EINVAL;
    case KEYBOARD_GET_LOCKS:
      return keyboardLocks();
    case KEYBOARD_SET_LOCKS: {
      const wereEnabled = disableInterrupts();
      setKeyboardLocks(argument as u8);
      updateLights();
      restoreInterrupts(wereEnabled);
      return 0;
    }
    case KEYBOARD_GET_LOST:
      return lostKeys();
    default:
      return -ENOTTY;
  }
}

function poll(_device: Device, events: u32): u32 {
  return hasKey() ? events & POLL_IN : 0;
}

function onInterrupt(): void {
  if ((in8(STATUS_COMMAND) & STATUS_OUTPUT_FULL) == 0) return;
  const byte = in8(DATA);
  if (lightState !== LightState.Idle && (byte == KEYBOARD_ACKNOWLEDGE || byte == KEYBOARD_RESEND)) {
    onAcknowledge(byte);
    return;
  }
  // A keyboard that never acknowledges must not keep the lights from being set again.
  if (lightState !== LightState.Idle && ++unacknowledged > MAX_UNACKNOWLEDGED) lightState = LightState.Idle;
  const key = decodeScanCode(byte as u8);
  if (key != 0) putKey(key);
  updateLights();
}

/** Lets the lights show the locks. Interrupts are off. */
function updateLights(): void {
  if (keyboardLocks() == lights || lightState !== LightState.Idle) return;
  lightState = LightState.CommandSent;
  unacknowledged = 0;
  sendData(KEYBOARD_SET_LIGHTS);
}

/** The next step of setting the lights. A keyboard that refuses (FEh) keeps the lights it has. */
function onAcknowledge(byte: u32): void {
  if (byte == KEYBOARD_ACKNOWLEDGE && lightState === LightState.CommandSent) {
    lightState = LightState.ValueSent;
    lights = keyboardLocks();
    sendData(lights);
    return;
  }
  if (byte == KEYBOARD_RESEND) lights = keyboardLocks();
  lightState = LightState.Idle;
  updateLights(); // a lock may have changed meanwhile
}

function dropStaleBytes(): void {
  for (let i: u32 = 0; i < MAX_STALE_BYTES && (in8(STATUS_COMMAND) & STATUS_OUTPUT_FULL) != 0; i++) in8(DATA);
}

function waitForOutput(): bool {
  for (let i: u32 = 0; i < PATIENCE; i++) {
    if ((in8(STATUS_COMMAND) & STATUS_OUTPUT_FULL) != 0) return true;
  }
  return false;
}

function waitForInput(): void {
  for (let i: u32 = 0; i < PATIENCE && (in8(STATUS_COMMAND) & STATUS_INPUT_FULL) != 0; i++) {}
}

function sendController(command: u32): void {
  waitForInput();
  out8(STATUS_COMMAND, command);
}

function sendData(value: u32): void {
  waitForInput();
  out8(DATA, value);
}
