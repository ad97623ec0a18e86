// The screen that a kernel is handed over: 80 by 25 characters, or a graphics mode with a linear frame buffer if the kernel asks for
// one and the video BIOS has it. Source: VESA BIOS Extension Core Functions Standard 3.0, functions 4F00h to 4F02h.

import { take } from "./arena.ts";
import { biosCall } from "./assembly.external.ts";
import { registersFor } from "./bios.ts";

const SUCCESS: u32 = 0x004f;
const CONTROL_BYTES: usize = 512;
const MODE_BYTES: usize = 256;
const VESA: u32 = 0x41534556;
const VBE2: u32 = 0x32454256;
const LIST_END: u16 = 0xffff;
const MAX_MODES: u32 = 512;
/** Supported, colour, graphics, linear frame buffer. */
const NEEDED_ATTRIBUTES: u16 = 0x0099;
const DIRECT_COLOUR: u8 = 6;
const LINEAR: u32 = 0x4000;
const DEFAULT_WIDTH: u32 = 800;
const DEFAULT_HEIGHT: u32 = 600;
const DEFAULT_DEPTH: u32 = 32;

export const TYPE_RGB: u32 = 1;
export const TYPE_TEXT: u32 = 2;

@unmanaged
export class Framebuffer {
  address: u64;
  pitch: u32;
  width: u32;
  height: u32;
  depth: u32;
  type: u32;
  /** Red's place, its bits, green's place, its bits, a byte each; then blue's. */
  redGreen: u32;
  blue: u32;
}

const current = changetype<Framebuffer>(memory.data(40, 8));
let control: usize = 0;
let information: usize = 0;
let chosenMode: u32 = 0;

/** What is on the screen now. */
export function framebuffer(): Framebuffer {
  if (current.type == 0) {
    current.address = 0xb8000;
    current.pitch = 160;
    current.width = 80;
    current.height = 25;
    current.depth = 16;
    current.type = TYPE_TEXT;
  }
  return current;
}

/** Where the BIOS's answers are, for the kernel; 0 in text mode. */
export function vbeControl(): usize {
  return control;
}

export function vbeInformation(): usize {
  return information;
}

export function vbeMode(): u32 {
  return chosenMode;
}

/** Switches to the mode that is nearest to the wish (0: no preference), if there is one; whether it did. */
export function setGraphics(width: u32, height: u32, depth: u32): bool {
  const answer = take(CONTROL_BYTES);
  const candidate = take(MODE_BYTES);
  const best = take(MODE_BYTES);
  if (best == 0) return false;
  store<u32>(answer, VBE2);
  if (!call(0x4f00, 0, 0, answer) || load<u32>(answer) != VESA) return false;
  let list: usize = ((load<u16>(answer, 16) as usize) << 4) + load<u16>(answer, 14);
  let bestDistance: u32 = 0xffffffff;
  for (let left = MAX_MODES; left > 0 && load<u16>(list) != LIST_END; left--, list += 2) {
    const mode: u32 = load<u16>(list);
    if (!call(0x4f01, 0, mode, candidate)) continue;
    if ((load<u16>(candidate) & NEEDED_ATTRIBUTES) != NEEDED_ATTRIBUTES || load<u8>(candidate, 27) != DIRECT_COLOUR)
      continue;
    const distance =
      apart(load<u16>(candidate, 18), width == 0 ? DEFAULT_WIDTH : width) +
      apart(load<u16>(candidate, 20), height == 0 ? DEFAULT_HEIGHT : height) +
      apart(load<u8>(candidate, 25), depth == 0 ? DEFAULT_DEPTH : depth);
    if (distance >= bestDistance) continue;
    bestDistance = distance;
    chosenMode = mode;
    memory.copy(best, candidate, MODE_BYTES);
  }
  if (bestDistance == 0xffffffff || !call(0x4f02, chosenMode | LINEAR, 0, answer)) return false;
  control = answer;
  information = best;
  current.address = load<u32>(best, 40);
  current.pitch = load<u16>(best, 16);
  current.width = load<u16>(best, 18);
  current.height = load<u16>(best, 20);
  current.depth = load<u8>(best, 25);
  current.type = TYPE_RGB;
  // VBE has each colour's size before its place.
  current.redGreen = swapPairs(load<u32>(best, 31));
  current.blue = ((load<u8>(best, 35) as u32) << 8) | load<u8>(best, 36);
  return true;
}

function call(number: u32, ebx: u32, ecx: u32, buffer: usize): bool {
  const registers = registersFor(number);
  registers.ebx = ebx;
  registers.ecx = ecx;
  registers.es = (buffer >> 4) as u16;
  biosCall(0x10);
  return (registers.eax & 0xffff) == SUCCESS;
}

function swapPairs(value: u32): u32 {
  return ((value & 0x00ff00ff) << 8) | ((value >> 8) & 0x00ff00ff);
}

function apart(a: u32, b: u32): u32 {
  return a > b ? a - b : b - a;
}
