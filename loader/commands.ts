// The commands of grub.cfg and of the command line.

import { copyText, parseNumber, textEquals, textLength, textStartsWith } from "../kernel/text.ts";
import { take } from "./arena.ts";
import { waitForInterrupt } from "./assembly.external.ts";
import { readTicks } from "./bios.ts";
import { loadSector, startLoadedSector } from "./chain.ts";
import { andBytes, andNumber, fail } from "./failure.ts";
import { callFunction } from "./functions.ts";
import { isInputWaiting } from "./keys.ts";
import { HEADER, HEADER_BYTES } from "./layout.ts";
import { loadInitrd, loadLinux, startLinux } from "./linux.ts";
import { place } from "./memory.ts";
import { loadMultiboot, startMultiboot } from "./multiboot.ts";
import { loadMultiboot2, startMultiboot2 } from "./multiboot2.ts";
import { addModule, clearPlan, keepText, LINUX, MULTIBOOT, MULTIBOOT2, NOTHING, plan, SECTOR } from "./plan.ts";
import { flushOutput, powerOff } from "./power.ts";
import { restart } from "./restart.ts";
import { clearScreen, print, printByte, printText } from "./screen.ts";
import { endScripts, pushScript, word } from "./script.ts";
import { search } from "./search.ts";
import { isSerialOpen, openSerial, useSerialInput, useSerialOutput } from "./serial.ts";
import { isSo } from "./tests.ts";
import { isAssignment, setVariable, variableValue } from "./variables.ts";
import { setGraphics } from "./vbe.ts";
import { fileSize, forgetVolume, listDirectory, openFile, readFile, setRoot } from "./volume.ts";

const EQUALS: u8 = 0x3d;
const DASH: u8 = 0x2d;
const MODULE_ALIGNMENT: u32 = 4096;
const LINE_BYTES: usize = 2048;
const CAT_BYTES: u32 = 512;
const line = take(2048);
const piece = take(512);
const rootPath = memory.data(4);

/** What execute returns besides failure and success. */
export const FAILED: i32 = 0;
export const DONE: i32 = 1;
export const UNKNOWN: i32 = 2;

/** Carries out the script's last command, of `count` words. */
export function execute(count: u32): i32 {
  const name = word(0);
  if (textEquals(name, "set")) return setCommand(count) ? DONE : FAILED;
  if (isAssignment(name)) return assign(0, count) ? DONE : FAILED;
  if (isIgnored(name)) return DONE;
  if (textEquals(name, "[") || textEquals(name, "test")) return condition(count);
  if (textEquals(name, "true")) return DONE;
  // There are no fonts, and no processor features that matter here.
  if (textEquals(name, "false") || textEquals(name, "loadfont") || textEquals(name, "cpuid")) return quietly();
  if (textEquals(name, "search") || textStartsWith(name, "search.")) return search(count) ? DONE : FAILED;
  if (textEquals(name, "serial")) return serialCommand(count) ? DONE : FAILED;
  if (textEquals(name, "terminal") || textStartsWith(name, "terminal_")) return terminal(count) ? DONE : FAILED;
  if (textEquals(name, "unset")) return unset(count);
  if (textEquals(name, "configfile") || textEquals(name, "source") || textEquals(name, "."))
    return readMore(count, textEquals(name, "configfile")) ? DONE : FAILED;
  if (textEquals(name, "sleep")) {
    if (count > 1) waitSeconds(word(count - 1));
    return DONE;
  }
  if (textEquals(name, "echo")) return echo(count);
  if (textEquals(name, "multiboot")) return result(count, kernelCommand(count, MULTIBOOT));
  if (textEquals(name, "multiboot2")) return result(count, kernelCommand(count, MULTIBOOT2));
  if (textEquals(name, "module") || textEquals(name, "module2")) return result(count, moduleCommand(count));
  if (textEquals(name, "linux") || textEquals(name, "linux16")) return result(count, kernelCommand(count, LINUX));
  if (textEquals(name, "initrd") || textEquals(name, "initrd16"))
    return result(count, count > 1 ? loadInitrd(count) : fail("initrd takes a file"));
  if (textEquals(name, "chainloader")) return result(count, chainCommand(count));
  if (textEquals(name, "boot")) return boot() ? DONE : FAILED;
  if (textEquals(name, "root"))
    return (count < 2 ? fail("root takes a device such as (hd0,1)") : setRoot(word(1))) ? DONE : FAILED;
  if (textEquals(name, "ls")) return list(count);
  if (textEquals(name, "cat")) return cat(count);
  if (textEquals(name, "help")) return help();
  if (textEquals(name, "clear")) {
    clearScreen();
    return DONE;
  }
  if (textEquals(name, "reboot")) {
    restart();
    return DONE;
  }
  if (textEquals(name, "halt")) {
    powerOff();
    return DONE;
  }
  if (callFunction(name)) return DONE;
  fail("unknown command '");
  andBytes(name);
  printQuoteEnd();
  return UNKNOWN;
}

function printQuoteEnd(): void {
  andBytes(copyText("'", piece));
}

/** A command that takes a file has one. */
function result(count: u32, isDone: bool): i32 {
  return isDone && count > 1 ? DONE : FAILED;
}

/** Of these a loader that reads everything by the BIOS and shows text has no need. */
function isIgnored(name: usize): bool {
  return (
    textEquals(name, "insmod") ||
    textEquals(name, "load_video") ||
    textEquals(name, "load_env") ||
    textEquals(name, "save_env") ||
    textEquals(name, "background_image") ||
    textEquals(name, "background_color") ||
    textEquals(name, "keymap") ||
    textEquals(name, "play") ||
    textEquals(name, "export") ||
    textEquals(name, "return")
  );
}

function setCommand(count: u32): bool {
  return assign(1, count);
}

/** NAME=VALUE, in the words from `from` on. */
function assign(from: u32, count: u32): bool {
  for (let i = from; i < count; i++) {
    const text = word(i);
    let length: usize = 0;
    while (load<u8>(text + length) != 0 && load<u8>(text + length) != EQUALS) length++;
    if (load<u8>(text + length) == 0) return fail("set takes NAME=VALUE");
    const value = text + length + 1;
    const isRoot = length == 4 && textStartsWith(text, "root");
    if (isRoot && !setRoot(value)) return false;
    if (!setVariable(text, length, value)) return false;
  }
  return true;
}

function unset(count: u32): i32 {
  for (let i: u32 = 1; i < count; i++) {
    store<u8>(piece, 0);
    if (variableValue(word(i), textLength(word(i))) != 0) setVariable(word(i), textLength(word(i)), piece);
  }
  return DONE;
}

/** A command that says no. */
function quietly(): i32 {
  fail("false");
  return FAILED;
}

/** [ … ] and test … */
function condition(count: u32): i32 {
  const isBracket = textEquals(word(0), "[");
  if (isBracket && !textEquals(word(count - 1), "]")) {
    fail("'[' without ']'");
    return FAILED;
  }
  return isSo(1, isBracket ? count - 1 : count) ? DONE : quietly();
}

/** echo [-n] [-e] TEXT … */
function echo(count: u32): i32 {
  let first: u32 = 1;
  let endsLine = true;
  for (; first < count && load<u8>(word(first)) == DASH; first++) if (textEquals(word(first), "-n")) endsLine = false;
  for (let i = first; i < count; i++) {
    if (i > first) print(" ");
    printText(word(i));
  }
  if (endsLine) print("\n");
  return DONE;
}

/** serial [--unit=N] [--port=N] [--speed=N] … */
function serialCommand(count: u32): bool {
  let unit: u32 = 0;
  let port: u32 = 0;
  let speed: u32 = 9600;
  for (let i: u32 = 1; i < count; i++) {
    const text = word(i);
    if (textStartsWith(text, "--unit=")) unit = parseNumber(text + 7) as u32;
    else if (textStartsWith(text, "--speed=")) speed = max(0, parseNumber(text + 8)) as u32;
    else if (textStartsWith(text, "--port=0x")) port = parseHex(text + 9);
  }
  return openSerial(unit, port, speed) || fail("serial: there is no such port");
}

function parseHex(text: usize): u32 {
  let value: u32 = 0;
  for (let at = text; load<u8>(at) != 0; at++) {
    const byte: u32 = load<u8>(at);
    const digit = byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57;
    if (digit > 15) return 0;
    value = ((value << 4) | digit) & 0xffff;
  }
  return value;
}

/** terminal_input, terminal_output, or both: with or without the serial line; the screen and the keyboard are always there. */
function terminal(count: u32): bool {
  let hasSerial = false;
  let isAdding = false;
  for (let i: u32 = 1; i < count; i++) {
    if (textStartsWith(word(i), "serial")) hasSerial = true;
    if (textEquals(word(i), "--append")) isAdding = true;
  }
  if (isAdding && !hasSerial) return true;
  if (hasSerial && !isSerialOpen() && !openSerial(0, 0, 9600)) return fail("terminal: there is no serial port");
  const name = word(0);
  if (!textEquals(name, "terminal_output")) useSerialInput(hasSerial);
  if (!textEquals(name, "terminal_input")) useSerialOutput(hasSerial);
  return true;
}

let nextText: usize = 0;
let nextBytes: u32 = 0;
let isReadingMenu: bool = false;

/** While the menu is read, a further file is read in its place; later it becomes the menu. */
export function setReadingMenu(isReading: bool): void {
  isReadingMenu = isReading;
  nextText = 0;
}

/** The text of what `configfile` in an entry names, or 0; its length is nextMenuBytes. */
export function nextMenu(): usize {
  return nextText;
}

export function nextMenuBytes(): u32 {
  return nextBytes;
}

/** configfile FILE, source FILE */
function readMore(count: u32, isMenu: bool): bool {
  if (count < 2) return fail("configfile takes a file");
  if (!openFile(word(1))) return false;
  const bytes = fileSize();
  const text = take(bytes + 1);
  if (text == 0) return fail("The configuration is too long");
  if (!readFile(0, bytes, text)) return false;
  if (isMenu && !isReadingMenu) {
    nextText = text;
    nextBytes = bytes;
  }
  if (isMenu) endScripts();
  if (isMenu && !isReadingMenu) return true;
  return pushScript(text, bytes, 1) || fail("Too many files in each other");
}

function waitSeconds(text: usize): void {
  let left: i32 = min(parseNumber(text), 3600) * 18;
  for (let ticks = readTicks(); left > 0 && !isInputWaiting(); waitForInterrupt()) {
    const now = readTicks();
    if (now != ticks) left--;
    ticks = now;
  }
}

/** The words from `first` on, with blanks between them and quotes around those that have blanks; 0 if there is no room. */
function joinWords(first: u32, count: u32): usize {
  let length: usize = 0;
  for (let i = first; i < count; i++) {
    const text = word(i);
    const size = textLength(text);
    if (length + size + 4 > LINE_BYTES) {
      fail("The command line is too long");
      return 0;
    }
    if (i > first) store<u8>(line + length++, 0x20);
    let hasBlank = false;
    for (let at = text; load<u8>(at) != 0; at++) if (load<u8>(at) == 0x20) hasBlank = true;
    if (hasBlank) store<u8>(line + length++, 0x22);
    memory.copy(line + length, text, size);
    length += size;
    if (hasBlank) store<u8>(line + length++, 0x22);
  }
  return keepText(line, length);
}

/** multiboot, multiboot2, linux: FILE and the kernel's command line, which is what follows the file, as GRUB 2 has it. */
function kernelCommand(count: u32, kind: u32): bool {
  let at: u32 = 1;
  while (at < count && textStartsWith(word(at), "--")) at++;
  if (at >= count) return fail("A kernel is missing: the command takes a file");
  clearPlan();
  // A diskette may be another one by now.
  forgetVolume();
  if (!openFile(word(at))) return false;
  const length = min<u32>(fileSize(), HEADER_BYTES);
  if (!readFile(0, length, HEADER)) return false;
  const text = joinWords(at + 1, count);
  if (text == 0) return false;
  const isLoaded =
    kind == MULTIBOOT ? loadMultiboot(length) : kind == MULTIBOOT2 ? loadMultiboot2(length) : loadLinux(length);
  if (!isLoaded) {
    andBytes(copyText(": ", piece));
    andBytes(word(at));
    return false;
  }
  plan.commandLine = text;
  plan.kind = kind;
  return true;
}

function moduleCommand(count: u32): bool {
  if (plan.kind != MULTIBOOT && plan.kind != MULTIBOOT2) return fail("module comes after multiboot");
  let at: u32 = 1;
  while (at < count && textStartsWith(word(at), "--")) at++;
  if (at >= count) return fail("A module is missing: the command takes a file");
  if (!openFile(word(at))) return false;
  const bytes = fileSize();
  // Pages of its own cost nothing where they are not asked for.
  const address = place(max<u32>(bytes, 1), MODULE_ALIGNMENT);
  if (address == 0 || !readFile(0, bytes, address)) return false;
  const text = joinWords(at + 1, count);
  return text != 0 && addModule(address, address + bytes, text);
}

function chainCommand(count: u32): bool {
  if (count < 2) return fail("chainloader takes +1, or a file");
  clearPlan();
  return loadSector(word(count - 1));
}

/** Starts what is loaded. Returns only if that cannot be. */
export function boot(): bool {
  const kind = plan.kind;
  if (kind == NOTHING) return fail("Load a kernel first");
  flushOutput();
  if (plan.wantsGraphics != 0) setGraphics(plan.width, plan.height, plan.depth);
  if (kind == MULTIBOOT) return startMultiboot();
  if (kind == MULTIBOOT2) return startMultiboot2();
  if (kind == LINUX) return startLinux();
  assert(kind == SECTOR, "nothing else can be started");
  return startLoadedSector();
}

export function isSomethingLoaded(): bool {
  return plan.kind != NOTHING;
}

function list(count: u32): i32 {
  copyText("/", rootPath);
  return listDirectory(count > 1 ? word(1) : rootPath) ? DONE : FAILED;
}

function cat(count: u32): i32 {
  if (count < 2) {
    fail("cat takes a file");
    return FAILED;
  }
  if (!openFile(word(1))) return FAILED;
  const total = fileSize();
  for (let at: u32 = 0; at < total; at += CAT_BYTES) {
    const size = min<u32>(CAT_BYTES, total - at);
    if (!readFile(at, size, piece)) return FAILED;
    for (let i: u32 = 0; i < size; i++) printByte(load<u8>(piece + i));
  }
  print("\n");
  return DONE;
}

function help(): i32 {
  print("multiboot FILE [TEXT]    loads a Multiboot kernel; multiboot2 a Multiboot2 kernel\n");
  print("module FILE [TEXT]       loads a file for it; module2 the same\n");
  print("linux FILE [TEXT]        loads a Linux kernel; initrd FILE its initial RAM disk\n");
  print("chainloader (hd0,1)+1    loads a boot sector\n");
  print("boot                     starts what is loaded\n");
  print("ls [FOLDER]   cat FILE   echo TEXT   set NAME=VALUE   root (hd0,1)\n");
  print("clear   reboot   halt   Esc: back to the menu\n");
  return DONE;
}

/** For messages: where in the configuration something stands. */
export function andLine(lineNumber: u32): void {
  andBytes(copyText(", line ", piece));
  andNumber(lineNumber);
}
