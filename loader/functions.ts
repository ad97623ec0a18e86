// `function NAME { … }`: names for texts of commands.

import { textLength } from "../kernel/text.ts";
import { take } from "./arena.ts";
import { keepText } from "./plan.ts";
import { hasBlockEnd, pushScript, scriptLine, scriptPosition, skipBlock } from "./script.ts";

const MAX_FUNCTIONS: u32 = 24;
const ENTRY_BYTES: usize = 16;
const functions = take(384);
let count: u32 = 0;

export function forgetFunctions(): void {
  count = 0;
}

/** Keeps the block that was just opened under a name, and passes over it. */
export function defineFunction(name: usize): void {
  const kept = keepText(name, textLength(name));
  const line = scriptLine();
  const body = scriptPosition();
  const end = skipBlock();
  if (kept == 0 || !hasBlockEnd || count == MAX_FUNCTIONS) return;
  const entry = functions + count++ * ENTRY_BYTES;
  store<u32>(entry, kept as u32);
  store<u32>(entry, body as u32, 4);
  store<u32>(entry, (end - body) as u32, 8);
  store<u32>(entry, line, 12);
}

/** Goes on with the function's commands, and then behind the call; false if there is no such function, or too many in each other. */
export function callFunction(name: usize): bool {
  const length = textLength(name);
  for (let i = count; i > 0; i--) {
    const entry = functions + (i - 1) * ENTRY_BYTES;
    const other: usize = load<u32>(entry);
    if (textLength(other) == length && memory.compare(other, name, length) == 0)
      return pushScript(load<u32>(entry, 4), load<u32>(entry, 8), load<u32>(entry, 12));
  }
  return false;
}
