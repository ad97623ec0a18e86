// A terminal whose keys a program takes as they come: the raw mode of the tty, the size of the screen, and keys beyond the
// bytes, which come as escape sequences. Source: ECMA-48; DEC VT220 manual (Home to PageDown as CSI number ~).

import { TTY_GET_MODE, TTY_GET_SIZE, TTY_SET_MODE, TTY_TAKE_INTERRUPT } from "../../kernel/abi/ioctl.ts";
import { ioctl, POLL_IN, poll, read, STDIN } from "./files.ts";
import { sleep } from "./process.ts";

/** What readKey returns for keys that are no byte. */
export const enum Key {
  Up = 0x100,
  Down,
  Right,
  Left,
  Home,
  End,
  PageUp,
  PageDown,
  Insert,
  Delete,
  /** A key that has no name here. */
  None,
}

const ESCAPE: i32 = 0x1b;
const DEFAULT_COLUMNS: i32 = 80;
const DEFAULT_ROWS: i32 = 25;
/** Shorter than a person needs to strike the next key. */
const POLL_MS: u32 = 10;

const byte = memory.data(1);
let savedMode: i32 = -1;

/** Takes keys as they come, without echo, from here to restoreTerminal: 0, or a negated error number if the input is no terminal. */
export function openTerminal(): i32 {
  const mode = ioctl(STDIN, TTY_GET_MODE, 0);
  if (mode < 0) return mode;
  savedMode = mode;
  return ioctl(STDIN, TTY_SET_MODE, 0);
}

/** Sets the mode that was before openTerminal. */
export function restoreTerminal(): void {
  if (savedMode >= 0) ioctl(STDIN, TTY_SET_MODE, savedMode);
  savedMode = -1;
}

/** Whether ^C was typed while nobody read the terminal and no program was in the foreground; what was typed is thrown away then. */
export function takeInterrupt(): bool {
  return ioctl(STDIN, TTY_TAKE_INTERRUPT, 0) > 0;
}

export function terminalColumns(): i32 {
  const size = ioctl(STDIN, TTY_GET_SIZE, 0);
  return size > 0 && size >> 16 > 0 ? size >> 16 : DEFAULT_COLUMNS;
}

export function terminalRows(): i32 {
  const size = ioctl(STDIN, TTY_GET_SIZE, 0);
  return size > 0 && (size & 0xffff) > 0 ? size & 0xffff : DEFAULT_ROWS;
}

/** Waits until a key is there, at most so many milliseconds (to the next 10); whether one is. */
export function waitForKey(milliseconds: u32): bool {
  let waited: u32 = 0;
  while (poll(STDIN, POLL_IN) <= 0) {
    if (waited >= milliseconds) return false;
    sleep(POLL_MS);
    waited += POLL_MS;
  }
  return true;
}

/** Waits for a key: its byte, one of Key, or below 0 at the end of the input. */
export function readKey(): i32 {
  const first = nextByte();
  if (first != ESCAPE) return first;
  const second = nextByte();
  if (second != 0x5b && second != 0x4f) return second < 0 ? second : Key.None; // CSI is ESC [, SS3 is ESC O
  let parameter = 0;
  let code = nextByte();
  while (code >= 0x30 && code <= 0x3f) {
    if (code <= 0x39) parameter = parameter * 10 + code - 0x30;
    code = nextByte();
  }
  if (code < 0) return code;
  return code == 0x7e ? numberedKey(parameter) : letteredKey(code);
}

function letteredKey(code: i32): i32 {
  switch (code) {
    case 0x41:
      return Key.Up;
    case 0x42:
      return Key.Down;
    case 0x43:
      return Key.Right;
    case 0x44:
      return Key.Left;
    case 0x48:
      return Key.Home;
    case 0x46:
      return Key.End;
  }
  return Key.None;
}

function numberedKey(parameter: i32): i32 {
  switch (parameter) {
    case 1:
    case 7:
      return Key.Home;
    case 2:
      return Key.Insert;
    case 3:
      return Key.Delete;
    case 4:
    case 8:
      return Key.End;
    case 5:
      return Key.PageUp;
    case 6:
      return Key.PageDown;
  }
  return Key.None;
}

function nextByte(): i32 {
  return read(STDIN, byte, 1) == 1 ? (load<u8>(byte) as i32) : -1;
}
