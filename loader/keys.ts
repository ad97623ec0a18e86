// Keys as int 16h gives them: the scan code above the character.

import { waitForInterrupt } from "./assembly.external.ts";
import { isKeyPressed, readKey } from "./bios.ts";
import { hasSerialInput, readSerialKey } from "./serial.ts";

export const KEY_UP: u32 = 0x4800;
export const KEY_DOWN: u32 = 0x5000;
export const KEY_LEFT: u32 = 0x4b00;
export const KEY_RIGHT: u32 = 0x4d00;
export const KEY_HOME: u32 = 0x4700;
export const KEY_END: u32 = 0x4f00;
export const KEY_DELETE: u32 = 0x5300;
export const KEY_F10: u32 = 0x4400;
export const CHARACTER_ENTER: u8 = 0x0d;
export const CHARACTER_ESCAPE: u8 = 0x1b;
export const CHARACTER_BACKSPACE: u8 = 0x08;
export const CHARACTER_CONTROL_X: u8 = 0x18;

/** Whether a key waits, of the keyboard or of the terminal at the serial line. */
export function isInputWaiting(): bool {
  return isKeyPressed() || hasSerialInput();
}

/** The next key; a key of the arrows has one of the codes above, from whichever block of the keyboard it is. */
export function waitForKey(): u32 {
  while (!isKeyPressed()) {
    if (hasSerialInput()) {
      const key = readSerialKey();
      if (key != 0) return key;
    } else waitForInterrupt();
  }
  const key = readKey();
  return (key & 0xff) == 0xe0 ? key & 0xff00 : key;
}
