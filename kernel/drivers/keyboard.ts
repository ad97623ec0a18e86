// The keyboard behind its i8042 controller: reads scan codes at IRQ 1, queues key codes, sets the lights of the locks.
// Sources: IBM PS/2 hardware interface technical reference, keyboard and auxiliary device controller; keyboard command EDh.

import { in8, out8 } from "../platform/pc/instructions.external.ts";
import { IRQ_KEYBOARD, setIrqHandler } from "../platform/pc/interrupts.ts";
import { putKey } from "./input.ts";
import { decodeScanCode, keyboardLocks } from "./scanCodes.ts";

const DATA: u32 = 0x60;
const STATUS_COMMAND: u32 = 0x64;
const STATUS_OUTPUT_FULL: u32 = 0x01;
const STATUS_INPUT_FULL: u32 = 0x02;

const CONTROLLER_READ_CONFIGURATION: u32 = 0x20;
const CONTROLLER_WRITE_CONFIGURATION: u32 = 0x60;
const CONFIGURATION_INTERRUPT: u32 = 0x01;
const CONFIGURATION_KEYBOARD_OFF: u32 = 0x10;
const CONFIGURATION_TRANSLATE: u32 = 0x40;

const KEYBOARD_SET_LIGHTS: u32 = 0xed;
const KEYBOARD_ACKNOWLEDGE: u32 = 0xfa;
const KEYBOARD_RESEND: u32 = 0xfe;

const PATIENCE: u32 = 10000;
const MAX_STALE_BYTES: u32 = 16;

/** The command that sets the lights has two bytes, and the keyboard acknowledges each. */
const enum LightState {
  Idle,
  CommandSent,
  ValueSent,
}

let lightState: LightState = LightState.Idle;
/** What the lights show. */
let lights: u32 = 0;

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
}

function onInterrupt(): void {
  if ((in8(STATUS_COMMAND) & STATUS_OUTPUT_FULL) == 0) return;
  const byte = in8(DATA);
  if (lightState !== LightState.Idle && (byte == KEYBOARD_ACKNOWLEDGE || byte == KEYBOARD_RESEND)) {
    onAcknowledge(byte);
    return;
  }
  const key = decodeScanCode(byte as u8);
  if (key != 0) putKey(key);
  if (keyboardLocks() != lights && lightState === LightState.Idle) {
    lightState = LightState.CommandSent;
    sendData(KEYBOARD_SET_LIGHTS);
  }
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
