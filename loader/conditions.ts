// Which commands of grub.cfg are carried out: `if … then … elif … else … fi`, and the end of a text that another one has called.
// Loops are passed over. Source: GNU GRUB Manual 2.06, section 6.1.3, "Shell commands".

import { textEquals } from "../kernel/text.ts";
import { dropWord, nextCommand, opensBlock, popScript, SCRIPT_END, skipBlock, word } from "./script.ts";

const MAX_DEPTH: u32 = 24;
/** A byte for each `if` that has no `fi` yet. */
const states = memory.data(24);
// What is being read: the commands of the condition; the branch that is taken; one before it; one after it.
const CONDITION: u8 = 0;
const TAKEN: u8 = 1;
const BEFORE: u8 = 2;
const AFTER: u8 = 3;

let depth: u32 = 0;
/** Deeper ones than that, which are passed over. */
let tooDeep: u32 = 0;
let outcome: bool = true;

export function forgetConditions(): void {
  depth = 0;
  tooDeep = 0;
  outcome = true;
}

/** How the last command ended. */
export function setOutcome(isDone: bool): void {
  outcome = isDone;
}

/** The command that was read last is part of a condition: that it fails is no mistake. */
export function isInCondition(): bool {
  return depth > 0 && load<u8>(states + depth - 1) == CONDITION;
}

/** As nextCommand, but only commands that are to be carried out. */
export function nextRunnable(): i32 {
  while (true) {
    let count = nextCommand();
    if (count == SCRIPT_END && popScript()) continue;
    if (count <= 0) return count;
    while (count > 0 && takeKeyword()) {
      dropWord();
      count--;
    }
    if (isPassedOver()) {
      if (opensBlock()) skipBlock();
    } else if (isLoop()) skipLoop();
    else if (count > 0) return count;
  }
}

function isPassedOver(): bool {
  return tooDeep > 0 || (depth > 0 && load<u8>(states + depth - 1) >= BEFORE);
}

/** Acts on the first word if it is a keyword of conditions. */
function takeKeyword(): bool {
  const name = word(0);
  if (textEquals(name, "if")) {
    if (depth == MAX_DEPTH) tooDeep++;
    else {
      const state = isPassedOver() ? AFTER : CONDITION;
      store<u8>(states + depth++, state);
    }
    return true;
  }
  if (tooDeep > 0) {
    if (textEquals(name, "fi")) tooDeep--;
    return false;
  }
  if (depth == 0) return false;
  const top = states + depth - 1;
  const state = load<u8>(top);
  if (textEquals(name, "then")) {
    if (state == CONDITION) store<u8>(top, outcome ? TAKEN : BEFORE);
    return true;
  }
  if (textEquals(name, "else") || textEquals(name, "elif")) {
    const isElse = load<u8>(name, 2) == 0x73;
    store<u8>(top, state == BEFORE ? (isElse ? TAKEN : CONDITION) : AFTER);
    return true;
  }
  if (!textEquals(name, "fi")) return false;
  depth--;
  return true;
}

function isLoop(): bool {
  const name = word(0);
  return textEquals(name, "for") || textEquals(name, "while") || textEquals(name, "until");
}

/** Up to the `done` that belongs to it. */
function skipLoop(): void {
  let open: u32 = 1;
  while (open > 0) {
    const count = nextCommand();
    if (count == SCRIPT_END) return;
    if (count <= 0) continue;
    if (textEquals(word(0), "do")) dropWord();
    if (isLoop()) open++;
    else if (textEquals(word(0), "done")) open--;
  }
}
