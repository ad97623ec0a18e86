// The language of grub.cfg, as much of it as menus need: commands of words, a command a line or several with ";" between them;
// quotes, backslashes, comments, variables; "{" and "}" around a menu entry's commands.
// Source: GNU GRUB Manual 2.06, section 6.1, "Shell-like scripting".

import { take } from "./arena.ts";
import { variableValue } from "./variables.ts";

const MAX_WORDS: u32 = 48;
/** Texts that wait until one that they have called is read. */
const MAX_CALLS: u32 = 8;
const CALL_BYTES: usize = 12;
const WORD_BYTES: usize = 2048;
const words = take(192);
const buffer = take(2048);
const calls = take(96);
let callCount: u32 = 0;
/** Words of the command that were dropped. */
let dropped: u32 = 0;

// How a command ends.
export const SCRIPT_END: i32 = -1;
export const TOO_LONG: i32 = -2;
export const NO_END_OF_QUOTE: i32 = -3;

const LINE_FEED: u8 = 0x0a;
const QUOTE: u8 = 0x22;
const HASH: u8 = 0x23;
const DOLLAR: u8 = 0x24;
const APOSTROPHE: u8 = 0x27;
const SEMICOLON: u8 = 0x3b;
const BACKSLASH: u8 = 0x5c;
const OPEN: u8 = 0x7b;
const CLOSE: u8 = 0x7d;

let at: usize = 0;
let end: usize = 0;
let line: u32 = 1;
let commandLine: u32 = 1;
let isOpening = false;
let isClosing = false;
let commandStart: usize = 0;
let used: usize = 0;
let isOverflowing = false;
let hasQuote = false;

/** Begins to read `length` bytes of text, whose first line has the number `firstLine`. */
export function startScript(text: usize, length: usize, firstLine: u32): void {
  at = text;
  end = text + length;
  line = firstLine;
  callCount = 0;
}

/** Reads another text first; false if too many wait already. */
export function pushScript(text: usize, length: usize, firstLine: u32): bool {
  if (callCount == MAX_CALLS) return false;
  const call = calls + callCount++ * CALL_BYTES;
  store<u32>(call, at as u32);
  store<u32>(call, end as u32, 4);
  store<u32>(call, line, 8);
  at = text;
  end = text + length;
  line = firstLine;
  return true;
}

/** Goes back to the text that waits; false if none does. */
export function popScript(): bool {
  if (callCount == 0) return false;
  const call = calls + --callCount * CALL_BYTES;
  at = load<u32>(call);
  end = load<u32>(call, 4);
  line = load<u32>(call, 8);
  return true;
}

/** Nothing behind the last command is read any more. */
export function endScripts(): void {
  callCount = 0;
  at = end;
}

/** Where reading has come to. */
export function scriptPosition(): usize {
  return at;
}

/** Where the last command began. */
export function commandPosition(): usize {
  return commandStart;
}

/** The number of the line that the last command began on. */
export function scriptLine(): u32 {
  return commandLine;
}

/** The last command ended with "{": what follows, up to the "}" that belongs to it, is its block. */
export function opensBlock(): bool {
  return isOpening;
}

/** The last command was "}". */
export function closesBlock(): bool {
  return isClosing;
}

/** A word of the last command, NUL-terminated; good until the next one is read. */
export function word(index: u32): usize {
  assert(dropped + index < MAX_WORDS, "no such word");
  return load<u32>(words + ((dropped + index) << 2));
}

/** The command's second word becomes its first. */
export function dropWord(): void {
  dropped++;
}

/** Reads the next command: how many words it has (0 for a brace alone), or one of the constants above. */
export function nextCommand(): i32 {
  let count: u32 = 0;
  used = 0;
  dropped = 0;
  isOpening = false;
  isClosing = false;
  isOverflowing = false;
  while (true) {
    skipBlanks();
    if (at >= end) break;
    const byte = load<u8>(at);
    if (byte == LINE_FEED || byte == SEMICOLON) {
      at++;
      if (byte == LINE_FEED) line++;
      if (count > 0) break;
      continue;
    }
    if (byte == HASH) {
      while (at < end && load<u8>(at) != LINE_FEED) at++;
      continue;
    }
    if (count == 0) {
      commandLine = line;
      commandStart = at;
    }
    if (byte == CLOSE) {
      if (count > 0) break;
      at++;
      isClosing = true;
      return 0;
    }
    if (byte == OPEN) {
      at++;
      isOpening = true;
      return isOverflowing ? TOO_LONG : (count as i32);
    }
    const start = buffer + used;
    if (!readWord()) return NO_END_OF_QUOTE;
    // A variable without value, and without quotes around it, is no word.
    if (load<u8>(start) == 0 && !hasQuote) continue;
    if (count == MAX_WORDS) isOverflowing = true;
    else store<u32>(words + (count++ << 2), start as u32);
  }
  if (isOverflowing) return TOO_LONG;
  return count == 0 ? SCRIPT_END : (count as i32);
}

/** Passes over the block that the last command opened; where its text ends. The end of the script ends it, too: then false is left in hasBlockEnd. */
export function skipBlock(): usize {
  let depth = 1;
  hasBlockEnd = true;
  while (true) {
    const count = nextCommand();
    if (count == SCRIPT_END) break;
    if (isOpening) depth++;
    if (isClosing && --depth == 0) return commandStart;
  }
  hasBlockEnd = false;
  return end;
}

export let hasBlockEnd: bool = true;

function skipBlanks(): void {
  while (at < end) {
    const byte = load<u8>(at);
    // A backslash at a line's end joins it with the next.
    if (byte == BACKSLASH && at + 1 < end && load<u8>(at, 1) == LINE_FEED) {
      at += 2;
      line++;
      continue;
    }
    // Tabs, returns, and whatever control characters a damaged file has: as in readWord, which they end.
    if (byte > 0x20 || byte == LINE_FEED) return;
    at++;
  }
}

/** Copies a word without its quotes into the buffer; false if a quote has no end. */
function readWord(): bool {
  let quote: u8 = 0;
  hasQuote = false;
  while (at < end) {
    const byte = load<u8>(at);
    if (quote == 0) {
      if (byte <= 0x20 || byte == SEMICOLON) break;
      // A brace ends no word but stands alone: "a{" is a word.
      if (byte == QUOTE || byte == APOSTROPHE) {
        quote = byte;
        hasQuote = true;
        at++;
        continue;
      }
    } else if (byte == quote) {
      quote = 0;
      at++;
      continue;
    }
    if (byte == LINE_FEED) line++;
    at++;
    if (byte == BACKSLASH && quote != APOSTROPHE && at < end) {
      const escaped = load<u8>(at);
      const isSpecial = quote == 0 || escaped == QUOTE || escaped == BACKSLASH || escaped == DOLLAR;
      if (isSpecial) {
        if (escaped == LINE_FEED) line++;
        else add(escaped);
        at++;
        continue;
      }
    }
    if (byte == DOLLAR && quote != APOSTROPHE && addVariable()) continue;
    add(byte);
  }
  add(0);
  return quote == 0;
}

/** Adds the value of the variable whose name begins here; false if no name does. */
function addVariable(): bool {
  const hasBraces = at < end && load<u8>(at) == OPEN;
  const start = hasBraces ? at + 1 : at;
  let stop = start;
  while (stop < end && isNamePart(load<u8>(stop))) stop++;
  if (stop == start || (hasBraces && (stop >= end || load<u8>(stop) != CLOSE))) return false;
  for (let from = variableValue(start, stop - start); from != 0 && load<u8>(from) != 0; from++) add(load<u8>(from));
  at = hasBraces ? stop + 1 : stop;
  return true;
}

export function isNamePart(byte: u8): bool {
  const letter = byte | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte == 0x5f;
}

function add(byte: u8): void {
  if (used < WORD_BYTES - 1) store<u8>(buffer + used++, byte);
  else {
    isOverflowing = true;
    store<u8>(buffer + WORD_BYTES - 1, 0);
  }
}
