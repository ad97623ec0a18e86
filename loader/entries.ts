// Reading grub.cfg: the entries of the menu, each a title and the text of its commands; what else the file says is done at once.

import { parseNumber, textContains, textEquals, textLength, textStartsWith } from "../kernel/text.ts";
import { take } from "./arena.ts";
import { DONE, execute, setReadingMenu } from "./commands.ts";
import { forgetConditions, isInCondition, nextRunnable, setOutcome } from "./conditions.ts";
import { andText, fail } from "./failure.ts";
import { defineFunction, forgetFunctions } from "./functions.ts";
import { noteFailure } from "./notes.ts";
import { keepText } from "./plan.ts";
import {
  hasBlockEnd,
  NO_END_OF_QUOTE,
  opensBlock,
  SCRIPT_END,
  scriptLine,
  scriptPosition,
  skipBlock,
  startScript,
  TOO_LONG,
  word,
} from "./script.ts";
import { variableValue } from "./variables.ts";

const EQUALS: u8 = 0x3d;
const GREATER: u8 = 0x3e;
const MAX_ENTRIES: u32 = 64;
const ENTRY_BYTES: u32 = 20;
// An entry's fields.
const TITLE: usize = 0;
const BODY: usize = 4;
const BODY_BYTES: usize = 8;
const LINE: usize = 12;
const ID: usize = 16;
const entries = take(1280);
let count: u32 = 0;
const name = memory.data(16);

export function entryCount(): u32 {
  return count;
}

function field(index: u32, offset: usize): usize {
  assert(index < count, "no such entry");
  return load<u32>(entries + index * ENTRY_BYTES + offset);
}

export function entryTitle(index: u32): usize {
  return field(index, TITLE);
}

/** The text of the entry's commands, and its length. */
export function entryBody(index: u32): usize {
  return field(index, BODY);
}

export function entryBodyBytes(index: u32): usize {
  return field(index, BODY_BYTES);
}

/** The line of the file that the body begins on. */
export function entryLine(index: u32): u32 {
  return field(index, LINE) as u32;
}

/** Reads a configuration; what is wrong with it becomes notes. */
export function readConfiguration(text: usize, length: usize): void {
  count = 0;
  startScript(text, length, 1);
  forgetConditions();
  forgetFunctions();
  setReadingMenu(true);
  while (true) {
    const words = nextRunnable();
    if (words == SCRIPT_END) break;
    if (!checkCommand(words)) continue;
    if (words == 0) continue;
    if (textEquals(word(0), "menuentry")) readEntry(words as u32);
    else if (textEquals(word(0), "submenu"))
      continue; // its entries stand beside the others
    else if (textEquals(word(0), "function") && words == 2 && opensBlock()) defineFunction(word(1));
    else if (opensBlock()) {
      const line = scriptLine();
      skipBlock();
      fail("a block that is no menuentry is passed over");
      noteFailure(line);
    } else {
      const line = scriptLine();
      const isCondition = isInCondition();
      const status = execute(words as u32);
      setOutcome(status == DONE);
      if (status != DONE && !isCondition) noteFailure(line);
    }
  }
  setReadingMenu(false);
}

/** False, and a note, if the command could not be read. */
function checkCommand(words: i32): bool {
  if (words >= 0) return true;
  fail(words == TOO_LONG ? "the command is too long" : "a quote has no end");
  assert(words == TOO_LONG || words == NO_END_OF_QUOTE, "no other reason");
  noteFailure(scriptLine());
  return false;
}

/** menuentry TITLE [--id ID] [--option value …] { */
function readEntry(words: u32): void {
  const line = scriptLine();
  if (!opensBlock()) {
    fail("menuentry has no '{' on its line");
    noteFailure(line);
    return;
  }
  let title: usize = 0;
  let id: usize = 0;
  for (let i: u32 = 1; i < words; i++) {
    const text = word(i);
    if (textStartsWith(text, "--")) {
      if (textStartsWith(text, "--id=")) id = keepText(text + 5, textLength(text + 5));
      else if (textEquals(text, "--id") && i + 1 < words) id = keepText(word(i + 1), textLength(word(i + 1)));
      if (!textContains(text, EQUALS) && !textEquals(text, "--unrestricted")) i++;
    } else if (title == 0) title = keepText(text, textLength(text));
  }
  const body = scriptPosition();
  const end = skipBlock();
  if (!hasBlockEnd) fail("the entry has no '}'");
  else if (title == 0) fail("the entry has no title");
  else if (count == MAX_ENTRIES) fail("too many entries");
  else {
    const entry = entries + count++ * ENTRY_BYTES;
    store<u32>(entry, title as u32, TITLE);
    store<u32>(entry, body as u32, BODY);
    store<u32>(entry, (end - body) as u32, BODY_BYTES);
    store<u32>(entry, line, LINE);
    store<u32>(entry, id as u32, ID);
    return;
  }
  noteFailure(line);
}

/** What `set NAME=…` said, or 0. */
function setting(text: string): usize {
  for (let i = 0; i < text.length; i++) store<u8>(name + i, text.charCodeAt(i) as u8);
  return variableValue(name, text.length);
}

/** Seconds to wait before the default entry starts; −1: for ever. */
export function timeout(): i32 {
  const value = setting("timeout");
  return value == 0 ? -1 : parseNumber(value);
}

/** The entry that `default` names by its number, title or id, that of a submenu behind a ">"; the first one if there is none such. */
export function defaultEntry(): u32 {
  let value = setting("default");
  if (value == 0 || count == 0) return 0;
  for (let at = value; load<u8>(at) != 0; at++) if (load<u8>(at) == GREATER) value = at + 1;
  const number = parseNumber(value);
  if (number >= 0) return min<u32>(number as u32, count - 1);
  for (let i: u32 = 0; i < count; i++) {
    if (isSame(field(i, TITLE), value) || isSame(field(i, ID), value)) return i;
  }
  return 0;
}

function isSame(a: usize, b: usize): bool {
  const length = textLength(b);
  return a != 0 && textLength(a) == length && memory.compare(a, b, length) == 0;
}

/** Room for a file's text, or 0. */
export function takeText(bytes: usize): usize {
  const address = take(bytes + 1);
  if (address == 0) {
    fail("The configuration is too long");
    andText("");
  }
  return address;
}
