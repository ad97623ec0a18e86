// What is loaded and how it is to be started: the commands of a menu entry fill this in, `boot` acts on it.

import { arenaMark, returnToMark, take } from "./arena.ts";
import { fail } from "./failure.ts";
import { forgetClaims } from "./memory.ts";

export const NOTHING: u32 = 0;
export const MULTIBOOT: u32 = 1;
export const MULTIBOOT2: u32 = 2;
export const LINUX: u32 = 3;
export const SECTOR: u32 = 4;

export const MAX_MODULES: u32 = 32;
const MODULE_BYTES: u32 = 12;
const modules = take(384);
/** Behind it are the information structures: they need no more. */
const MAX_TEXT: usize = 2048;

@unmanaged
export class Plan {
  kind: u32;
  entry: u32;
  /** NUL-terminated. */
  commandLine: usize;
  moduleCount: u32;
  areModulesAligned: u32;
  /** Where an ELF kernel's section headers were put, how many, their size and the index of their names'; 0: nowhere. */
  sections: u32;
  sectionCount: u32;
  sectionBytes: u32;
  sectionNames: u32;
  /** The kernel's wish for a graphics mode. */
  wantsGraphics: u32;
  width: u32;
  height: u32;
  depth: u32;
  /** The initial RAM disk of Linux. */
  initrd: u32;
  initrdBytes: u32;
}

export const plan = changetype<Plan>(memory.data(64, 4));
let mark: usize = 0;

/** Nothing is loaded any more. */
export function clearPlan(): void {
  if (mark != 0) returnToMark(mark);
  else mark = arenaMark();
  memory.fill(changetype<usize>(plan), 0, offsetof<Plan>());
  forgetClaims();
}

/** What clearPlan takes back begins here. */
export function keepArena(): void {
  mark = arenaMark();
}

/** Copies a text to where a kernel may find it; 0 if there is no room. */
export function keepText(text: usize, length: usize): usize {
  if (length > MAX_TEXT) {
    fail("The command line is too long");
    return 0;
  }
  const address = take(length + 1);
  if (address == 0) fail("Not enough memory below 1 MiB");
  else memory.copy(address, text, length);
  return address;
}

export function addModule(start: u32, end: u32, text: usize): bool {
  if (plan.moduleCount == MAX_MODULES) return fail("Too many modules");
  const module = modules + plan.moduleCount * MODULE_BYTES;
  store<u32>(module, start);
  store<u32>(module, end, 4);
  store<u32>(module, text as u32, 8);
  plan.moduleCount++;
  return true;
}

export function moduleStart(index: u32): u32 {
  return load<u32>(modules + index * MODULE_BYTES);
}

export function moduleEnd(index: u32): u32 {
  return load<u32>(modules + index * MODULE_BYTES, 4);
}

export function moduleText(index: u32): usize {
  return load<u32>(modules + index * MODULE_BYTES, 8);
}
