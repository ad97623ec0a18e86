// The commands of grub.cfg and of the command line.

import { copyText, textEquals, textLength, textStartsWith } from "../kernel/text.ts";
import { take } from "./arena.ts";
import { loadSector, startLoadedSector } from "./chain.ts";
import { forgetDrive } from "./disk.ts";
import { andBytes, andNumber, fail } from "./failure.ts";
import { HEADER, HEADER_BYTES } from "./layout.ts";
import { loadInitrd, loadLinux, startLinux } from "./linux.ts";
import { place } from "./memory.ts";
import { loadMultiboot, startMultiboot } from "./multiboot.ts";
import { loadMultiboot2, startMultiboot2 } from "./multiboot2.ts";
import { addModule, clearPlan, keepText, LINUX, MULTIBOOT, MULTIBOOT2, NOTHING, plan, SECTOR } from "./plan.ts";
import { flushOutput, powerOff } from "./power.ts";
import { restart } from "./restart.ts";
import { clearScreen, print, printByte, printText } from "./screen.ts";
import { word } from "./script.ts";
import { setVariable } from "./variables.ts";
import { setGraphics } from "./vbe.ts";
import { fileSize, listDirectory, openFile, readFile, setRoot } from "./volume.ts";

const EQUALS: u8 = 0x3d;
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
  if (isIgnored(name)) return DONE;
  if (textEquals(name, "echo")) return echo(count);
  if (textEquals(name, "multiboot")) return result(count, kernelCommand(count, MULTIBOOT));
  if (textEquals(name, "multiboot2")) return result(count, kernelCommand(count, MULTIBOOT2));
  if (textEquals(name, "module") || textEquals(name, "module2")) return result(count, moduleCommand(count));
  if (textEquals(name, "linux") || textEquals(name, "linux16")) return result(count, kernelCommand(count, LINUX));
  if (textEquals(name, "initrd") || textEquals(name, "initrd16"))
    return result(count, count == 2 ? loadInitrd(word(1)) : fail("initrd takes one file"));
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
    textEquals(name, "loadfont") ||
    textEquals(name, "search") ||
    textStartsWith(name, "terminal_") ||
    textEquals(name, "serial") ||
    textEquals(name, "export") ||
    textEquals(name, "true")
  );
}

function setCommand(count: u32): bool {
  for (let i: u32 = 1; i < count; i++) {
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

function echo(count: u32): i32 {
  for (let i: u32 = 1; i < count; i++) {
    if (i > 1) print(" ");
    printText(word(i));
  }
  print("\n");
  return DONE;
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
  forgetDrive();
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
