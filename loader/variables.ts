// Variables of grub.cfg: names and values, each in a cell of its own.

import { textLength } from "../kernel/text.ts";
import { take } from "./arena.ts";
import { fail } from "./failure.ts";
import { isNamePart } from "./script.ts";

const MAX_VARIABLES: u32 = 48;
const NAME_BYTES: usize = 32;
const CELL_BYTES: usize = 128;
const cells = take(6144);
let count: u32 = 0;

/** Whether a variable could be called so: letters, digits and underlines in front of the `=`, no digit first. */
export function isAssignment(text: usize): bool {
  const first = load<u8>(text);
  if (!isNamePart(first) || (first >= 0x30 && first <= 0x39)) return false;
  let at = text;
  while (isNamePart(load<u8>(at))) at++;
  return load<u8>(at) == 0x3d;
}

/** Gives the variable whose name has `length` bytes a value. */
export function setVariable(name: usize, length: usize, value: usize): bool {
  if (length == 0 || length >= NAME_BYTES || textLength(value) >= CELL_BYTES - NAME_BYTES)
    return fail("A name or value is too long");
  let cell = find(name, length);
  if (cell == 0) {
    if (count == MAX_VARIABLES) return fail("Too many variables");
    cell = cells + count++ * CELL_BYTES;
    memory.copy(cell, name, length);
    store<u8>(cell + length, 0);
  }
  memory.copy(cell + NAME_BYTES, value, textLength(value) + 1);
  return true;
}

/** The value, NUL-terminated, or 0 if there is no such variable. */
export function variableValue(name: usize, length: usize): usize {
  const cell = find(name, length);
  return cell == 0 ? 0 : cell + NAME_BYTES;
}

function find(name: usize, length: usize): usize {
  if (length >= NAME_BYTES) return 0;
  for (let i: u32 = 0; i < count; i++) {
    const cell = cells + i * CELL_BYTES;
    if (memory.compare(cell, name, length) == 0 && load<u8>(cell + length) == 0) return cell;
  }
  return 0;
}
