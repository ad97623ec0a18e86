// Bytes for the screen: characters, control characters and escape sequences, as a terminal that follows ECMA-48 and the DEC
// VT102 takes them. What it doesn't know it swallows.
//
//   ESC [ … A B C D E F G H f d   move the cursor      ESC [ … J K X            erase
//   ESC [ … L M @ P S T           insert, delete       ESC [ … m                colours
//   ESC [ … r                     scroll region        ESC [ s u, ESC 7 8       save and restore the cursor
//   ESC [ ? 25 h l                show, hide cursor    ESC D M E c              line feeds, reset

import {
  backspace,
  COLORS_DEFAULT,
  carriageReturn,
  deleteCharacters,
  deleteLines,
  eraseCharacters,
  eraseLine,
  eraseScreen,
  initializeScreen,
  insertCharacters,
  insertLines,
  lineFeed,
  moveCursor,
  putCharacter,
  restoreCursor,
  reverseLineFeed,
  saveCursor,
  screenColors,
  screenColumn,
  screenRow,
  scrollRegionDown,
  scrollRegionUp,
  setScreenColors,
  setScrollRegion,
  tab,
} from "./screen.ts";
import { endScrollback } from "./scrollback.ts";
import { ROWS, showVgaCursor } from "./vga.ts";

const enum State {
  Ground,
  /** After ESC. */
  Escape,
  /** After ESC [. */
  Sequence,
  /** After ESC and an intermediate character: one more belongs to it. */
  Skip,
}

const MAX_PARAMETERS: u32 = 8;
const MAX_VALUE: u32 = 9999;
/** The colours of ECMA-48 (black red green yellow blue magenta cyan white) as the VGA numbers them, a digit each. */
const VGA_COLORS = "04261537";
const BRIGHT: u8 = 0x08;

let state: State = State.Ground;
const parameters = memory.data(32, 4);
let parameterCount: u32 = 0;
/** The sequence has a character before its parameters ("?"): it is a private one. */
let isPrivate: bool = false;
let isReversed: bool = false;

/** Index in the function table of what BEL does; 0: nothing. */
let bell: u32 = 0;

export type Bell = () => void;

export function setBell(wanted: Bell): void {
  bell = wanted.index;
}

/** Writes one byte to the screen. The hardware cursor follows with updateScreenCursor. */
export function writeScreen(byte: u8): void {
  endScrollback();
  if (state === State.Ground && byte >= 0x20) {
    if (byte != 0x7f) putCharacter(byte);
    return;
  }
  if (byte < 0x20) {
    control(byte);
    return;
  }
  switch (state) {
    case State.Escape:
      escape(byte);
      break;
    case State.Sequence:
      sequence(byte);
      break;
    default:
      state = State.Ground;
  }
}

/** Control characters work inside sequences too. */
function control(byte: u8): void {
  switch (byte) {
    case 0x07:
      if (bell != 0) call_indirect<void>(bell);
      break;
    case 0x08:
      backspace();
      break;
    case 0x09:
      tab();
      break;
    case 0x0a:
      carriageReturn(); // "\n" is a new line
      lineFeed();
      break;
    case 0x0d:
      carriageReturn();
      break;
    case 0x18: // CAN and SUB end a sequence
    case 0x1a:
      state = State.Ground;
      break;
    case 0x1b:
      state = State.Escape;
      break;
  }
}

function escape(byte: u8): void {
  state = State.Ground;
  switch (byte) {
    case 0x5b: // [
      state = State.Sequence;
      parameterCount = 0;
      isPrivate = false;
      store<u32>(parameters, 0);
      break;
    case 0x37: // 7
      saveCursor();
      break;
    case 0x38: // 8
      restoreCursor();
      break;
    case 0x44: // D
      lineFeed();
      break;
    case 0x45: // E
      carriageReturn();
      lineFeed();
      break;
    case 0x4d: // M
      reverseLineFeed();
      break;
    case 0x63: // c
      initializeScreen();
      break;
    default:
      if (byte < 0x30) state = State.Skip;
  }
}

function sequence(byte: u8): void {
  if (byte >= 0x30 && byte <= 0x39) {
    const at = parameters + (parameterCount << 2);
    store<u32>(at, min<u32>(load<u32>(at) * 10 + (byte - 0x30), MAX_VALUE));
  } else if (byte == 0x3b) {
    if (parameterCount < MAX_PARAMETERS - 1) parameterCount++;
    store<u32>(parameters + (parameterCount << 2), 0);
  } else if (byte >= 0x3c && byte <= 0x3f) {
    isPrivate = true;
  } else if (byte >= 0x40) {
    state = State.Ground;
    parameterCount++;
    if (isPrivate) privateSequence(byte);
    else run(byte);
  }
}

function privateSequence(final: u8): void {
  if (parameterAt(0) != 25) return;
  if (final == 0x68) showVgaCursor(true);
  else if (final == 0x6c) showVgaCursor(false);
}

/** Does the sequence that ends with `final`. */
function run(final: u8): void {
  const row = screenRow() as i32;
  const column = screenColumn() as i32;
  const count = max<u32>(parameterAt(0), 1);
  const last = max<u32>(parameterAt(1), 1);
  switch (final) {
    case 0x41: // A
      moveCursor(row - count, column);
      break;
    case 0x42: // B
      moveCursor(row + count, column);
      break;
    case 0x43: // C
      moveCursor(row, column + count);
      break;
    case 0x44: // D
      moveCursor(row, column - count);
      break;
    case 0x45: // E
      moveCursor(row + count, 0);
      break;
    case 0x46: // F
      moveCursor(row - count, 0);
      break;
    case 0x47: // G
      moveCursor(row, count - 1);
      break;
    case 0x48: // H
    case 0x66: // f
      moveCursor(count - 1, last - 1);
      break;
    case 0x4a: // J
      eraseScreen(parameterAt(0));
      break;
    case 0x4b: // K
      eraseLine(parameterAt(0));
      break;
    case 0x4c: // L
      insertLines(count);
      break;
    case 0x4d: // M
      deleteLines(count);
      break;
    case 0x40: // @
      insertCharacters(count);
      break;
    case 0x50: // P
      deleteCharacters(count);
      break;
    case 0x53: // S
      scrollRegionUp(count);
      break;
    case 0x54: // T
      scrollRegionDown(count);
      break;
    case 0x58: // X
      eraseCharacters(count);
      break;
    case 0x64: // d
      moveCursor(count - 1, column);
      break;
    case 0x6d: // m
      for (let i: u32 = 0; i < parameterCount; i++) setRendition(parameterAt(i));
      break;
    case 0x72: // r
      setScrollRegion(count - 1, parameterAt(1) == 0 ? ROWS : last);
      break;
    case 0x73: // s
      saveCursor();
      break;
    case 0x75: // u
      restoreCursor();
      break;
  }
}

/** One parameter of SGR: a colour, bright, reversed, or back to normal. */
function setRendition(value: u32): void {
  const colors = screenColors();
  if (value == 0) {
    isReversed = false;
    setScreenColors(COLORS_DEFAULT);
  } else if (value == 1) setScreenColors(colors | BRIGHT);
  else if (value == 22) setScreenColors(colors & ~BRIGHT);
  else if (value == 7 || value == 27) reverse(value == 7);
  else if (value == 39) setScreenColors((colors & 0xf0) | (COLORS_DEFAULT & 0x0f));
  else if (value == 49) setScreenColors((colors & 0x0f) | (COLORS_DEFAULT & 0xf0));
  else if (value >= 30 && value <= 37) setScreenColors((colors & 0xf8) | vgaColor(value - 30));
  else if (value >= 40 && value <= 47) setScreenColors((colors & 0x0f) | (vgaColor(value - 40) << 4));
  else if (value >= 90 && value <= 97) setScreenColors((colors & 0xf0) | BRIGHT | vgaColor(value - 90));
  else if (value >= 100 && value <= 107) setScreenColors((colors & 0x0f) | (vgaColor(value - 100) << 4));
}

/** Exchanges foreground and background, unless they are as wanted already. */
function reverse(isWanted: bool): void {
  const colors = screenColors();
  if (isReversed != isWanted) setScreenColors((colors & 0x88) | ((colors & 7) << 4) | ((colors >> 4) & 7));
  isReversed = isWanted;
}

function vgaColor(index: u32): u8 {
  return (VGA_COLORS.charCodeAt(index) - 0x30) as u8;
}

function parameterAt(index: u32): u32 {
  return index < parameterCount ? load<u32>(parameters + (index << 2)) : 0;
}
