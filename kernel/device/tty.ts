// The terminal: a character device over the console's output and the input queue's keys. In canonical mode a read gives a line,
// which is edited and shown while it is typed; without it, bytes as they come, as a terminal would send them.
//
//   Backspace ^H  the last character     ^U  the whole line      ^D  the line without an end; alone, the end of the input
//   ^W            the last word          ^L  clears the screen   ^C  ends the foreground process, or gives the line up
//
// Keys are taken by whoever reads, in his own time; only ^C and the keys of the scrollback act in the keyboard's interrupt, so
// that they work while nobody reads. Waiting is only the reader's.

import { EINTR, ENOTTY } from "../abi/errno.ts";
import {
  TTY_CANONICAL,
  TTY_ECHO,
  TTY_FLUSH_INPUT,
  TTY_GET_COLOR,
  TTY_GET_CURSOR,
  TTY_GET_MODE,
  TTY_GET_SIZE,
  TTY_SET_COLOR,
  TTY_SET_CURSOR,
  TTY_SET_MODE,
  TTY_SIGNALS,
  TTY_TAKE_INTERRUPT,
} from "../abi/ioctl.ts";
import { KEY_ALT, KEY_CTRL, KEY_MASK, KEY_PAGE_DOWN, KEY_PAGE_UP, KEY_RELEASE, KEY_SHIFT } from "../abi/keyCodes.ts";
import { flushKeys, hasKey, setKeyFilter, waitForKey } from "../drivers/input.ts";
import {
  clearConsole,
  consoleColors,
  consoleColumn,
  consoleIsBusy,
  consoleRow,
  consoleSize,
  scrollConsole,
} from "../platform/console.ts";
import { digitsOf, formatNumber, print, printBytes } from "../print.ts";
import { enterCritical, leaveCritical, sleepTicks } from "../thread/scheduler.ts";
import { WaitQueue, WakeReason } from "../thread/waitQueue.ts";
import {
  DEVICE_OPERATIONS_BYTES,
  Device,
  DeviceKind,
  DeviceOperations,
  newDevice,
  POLL_IN,
  POLL_OUT,
  registerDevice,
} from "./device.ts";
import { characterOfKey, MAX_KEY_TEXT, textOfKey } from "./keyText.ts";

const LINE_BYTES: u32 = 256;
/** Output goes out in pieces of this size, so that interrupts wait for one of them only. */
const CHUNK_BYTES: u32 = 128;
/** Rows that a key of the scrollback moves. */
const SCROLL_ROWS: i32 = 12;

const CONTROL_C: u8 = 0x03;
const CONTROL_D: u8 = 0x04;
const CONTROL_L: u8 = 0x0c;
const CONTROL_U: u8 = 0x15;
const CONTROL_W: u8 = 0x17;
const DELETE: u8 = 0x7f;

const operations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
let mode: u32 = TTY_CANONICAL | TTY_ECHO | TTY_SIGNALS;

/** What was typed: first what a read may take, then, in canonical mode, the line that is being typed. */
const line = memory.data(256);
let readyLength: u32 = 0;
let length: u32 = 0;
/** The ready bytes have an end behind them: a line by ^D, or the end of the input. */
let isEnded: bool = false;
/** ^C came since the last look. */
let isCancelled: bool = false;
/** Among the keys that nobody has read is a ^C for which there was no foreground process. */
let isInterruptTyped: bool = false;

let isReading: bool = false;
const readers = changetype<WaitQueue>(memory.data(8, 4));

/** Ends the process that ^C is for; false if there is none. Index in the function table; 0: nobody does. */
let interruptHook: u32 = 0;

export type InterruptForeground = () => bool;

/** Says who ends the foreground process at ^C. The function runs in an interrupt; it returns whether there was one. */
export function onInterruptKey(hook: InterruptForeground): void {
  interruptHook = hook.index;
}

/** Registers the devices `tty0` and `console`, which are the same terminal. */
export function registerTerminal(): void {
  operations.read = read;
  operations.write = write;
  operations.ioctl = ioctl;
  operations.poll = poll;
  setKeyFilter(filterKey);
  for (let i = 0; i < 2; i++) {
    const device = newDevice(i == 0 ? "tty" : "console", i == 0 ? 0 : -1, DeviceKind.Character, operations);
    if (device !== null) registerDevice(device);
  }
}

/** Sees each key in its interrupt; whether it goes no further. */
function filterKey(key: u16): bool {
  const plain = key & KEY_MASK;
  if ((mode & TTY_CANONICAL) != 0 && (key & KEY_SHIFT) != 0 && (plain == KEY_PAGE_UP || plain == KEY_PAGE_DOWN)) {
    if ((key & KEY_RELEASE) == 0) scrollConsole(plain == KEY_PAGE_UP ? SCROLL_ROWS : -SCROLL_ROWS);
    return true;
  }
  if ((mode & TTY_SIGNALS) == 0 || (key & (KEY_CTRL | KEY_ALT)) != KEY_CTRL) return false;
  if (characterOfKey(key) != CONTROL_C) return false;
  if (interruptHook == 0 || !call_indirect<bool>(interruptHook)) {
    isInterruptTyped = true;
    return false;
  }
  dropTyped();
  if ((mode & TTY_ECHO) != 0) print("^C"); // the shell begins a new row
  return true;
}

/** Drops all that was typed and not read. */
function dropTyped(): void {
  flushKeys();
  isInterruptTyped = false;
  isCancelled = true;
}

/** Drops what was typed before a ^C: the interrupt leaves that to whoever reads, since he may be just about to change it. */
function dropCancelled(): void {
  if (!isCancelled) return;
  isCancelled = false;
  readyLength = length = 0;
  isEnded = false;
}

/** Reads what is ready, at most `count` bytes, waiting for some. 0 is the end of the input (^D). */
function read(_device: Device, buffer: usize, count: u32): i32 {
  if (count == 0) return 0;
  const wereEnabled = enterCritical();
  let reason = WakeReason.Woken;
  while (isReading && reason === WakeReason.Woken) reason = readers.waitFor(0);
  if (isReading) {
    leaveCritical(wereEnabled);
    return -EINTR;
  }
  isReading = true;
  leaveCritical(wereEnabled);

  let result: i32 = 0;
  dropCancelled();
  while (readyLength == 0 && !isEnded && result >= 0) {
    const key = waitForKey();
    result = key < 0 ? key : takeKey(key as u16);
  }
  if (result >= 0) result = takeBytes(buffer, count);

  const wereOn = enterCritical();
  isReading = false;
  readers.wakeFirst();
  leaveCritical(wereOn);
  return result;
}

/** Moves ready bytes to the reader. */
function takeBytes(buffer: usize, count: u32): i32 {
  const taken = min<u32>(count, readyLength);
  memory.copy(buffer, line, taken);
  memory.copy(line, line + taken, length - taken);
  readyLength -= taken;
  length -= taken;
  if (readyLength == 0) isEnded = false;
  return taken;
}

/** Adds a key to what is typed; -EINTR if it gives the line up. */
function takeKey(key: u16): i32 {
  dropCancelled();
  if (characterOfKey(key) == CONTROL_C) isInterruptTyped = false;
  if ((mode & TTY_CANONICAL) != 0) return editLine(characterOfKey(key), key);
  if (length + MAX_KEY_TEXT > LINE_BYTES) return 0;
  const bytes = textOfKey(key, line + length);
  if ((mode & TTY_ECHO) != 0) printBytes(line + length, bytes);
  length += bytes;
  readyLength = length;
  return 0;
}

/** Does what a character means to the line that is being typed, which begins behind the ready bytes. */
function editLine(character: u8, key: u16): i32 {
  if (character == 0 || (key & KEY_ALT) != 0) return 0;
  switch (character) {
    case 0x0d:
      append(0x0a);
      readyLength = length;
      return 0;
    case CONTROL_C:
      if ((mode & TTY_SIGNALS) == 0) break;
      length = readyLength;
      if ((mode & TTY_ECHO) != 0) print("^C\n");
      return -EINTR;
    case CONTROL_D:
      readyLength = length;
      isEnded = true;
      return 0;
    case CONTROL_L:
      clearConsole();
      if ((mode & TTY_ECHO) != 0) printBytes(line + readyLength, length - readyLength);
      return 0;
    case CONTROL_U:
      while (length > readyLength) erase();
      return 0;
    case CONTROL_W:
      while (length > readyLength && lastCharacter() == 0x20) erase();
      while (length > readyLength && lastCharacter() != 0x20) erase();
      return 0;
    case 0x08:
    case DELETE:
      if (length > readyLength) erase();
      return 0;
  }
  // A place stays free for the end of the line.
  if (length < LINE_BYTES - 1 && (character >= 0x20 || character == 0x09)) append(character);
  return 0;
}

function append(character: u8): void {
  store<u8>(line + length, character);
  if ((mode & TTY_ECHO) != 0) printBytes(line + length, 1);
  length++;
}

function lastCharacter(): u8 {
  return load<u8>(line + length - 1);
}

/** Takes the last character off the line and the screen. */
function erase(): void {
  length--;
  if ((mode & TTY_ECHO) != 0) print("\b \b");
}

/** Writes all bytes; a slow serial line makes the writer wait. */
function write(_device: Device, buffer: usize, count: u32): i32 {
  let written: u32 = 0;
  while (written < count) {
    while (consoleIsBusy()) {
      if (!sleepTicks(1)) return written > 0 ? (written as i32) : -EINTR;
    }
    const bytes = min<u32>(count - written, CHUNK_BYTES);
    printBytes(buffer + written, bytes);
    written += bytes;
  }
  return count;
}

/** Ready if a read would not wait. Keys that were typed are taken now, to see whether they end a line. */
function poll(_device: Device, events: u32): u32 {
  dropCancelled();
  while (!isReading && readyLength == 0 && !isEnded && hasKey()) {
    const key = waitForKey();
    if (key < 0 || takeKey(key as u16) < 0) break;
  }
  const isReady = readyLength > 0 || isEnded;
  return events & (isReady ? POLL_IN | POLL_OUT : POLL_OUT);
}

function ioctl(_device: Device, request: u32, argument: usize): i32 {
  switch (request) {
    case TTY_GET_MODE:
      return mode;
    case TTY_SET_MODE:
      setMode(argument as u32);
      return 0;
    case TTY_GET_SIZE:
      return consoleSize();
    case TTY_GET_CURSOR:
      return (consoleColumn() << 16) | consoleRow();
    case TTY_SET_CURSOR:
      print("\x1b[");
      printParameter((argument & 0xffff) as u32, 1);
      print(";");
      printParameter((argument >> 16) as u32, 1);
      print("H");
      return 0;
    case TTY_GET_COLOR:
      return consoleColors();
    case TTY_SET_COLOR:
      setColors(argument as u32);
      return 0;
    case TTY_FLUSH_INPUT:
      dropTyped();
      return 0;
    case TTY_TAKE_INTERRUPT:
      if (!isInterruptTyped) return 0;
      dropTyped();
      if ((mode & TTY_ECHO) != 0) print("^C");
      return 1;
    default:
      return -ENOTTY;
  }
}

/** Sets the mode. What is typed of a line is ready for who reads without lines. */
function setMode(wanted: u32): void {
  mode = wanted & (TTY_CANONICAL | TTY_ECHO | TTY_SIGNALS);
  if ((mode & TTY_CANONICAL) == 0) readyLength = length;
}

/** Sets colours by an escape sequence, which a serial terminal understands too: ESC [ 0 ; 1 ; 3x ; 4x m. */
function setColors(attribute: u32): void {
  print((attribute & 8) != 0 ? "\x1b[0;1;3" : "\x1b[0;3");
  printParameter(ansiColor(attribute & 7), 0);
  print(";4");
  printParameter(ansiColor((attribute >> 4) & 7), 0);
  print("m");
}

/** Of a VGA colour: the two have red and blue exchanged. */
function ansiColor(color: u32): u32 {
  return (color & 2) | ((color & 1) << 2) | ((color & 4) >> 2);
}

function printParameter(value: u32, plus: u32): void {
  const digits = formatNumber(value + plus, 10, 1);
  printBytes(digitsOf(digits), digits);
}
