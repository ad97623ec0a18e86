// What the kernel says about a program: why it was refused, or what it did that ended it, with registers and the place in its
// source. It goes to the program's error output, or to the console if it has none.

import { SEEK_SET } from "../abi/files.ts";
import { STDERR } from "../abi/processes.ts";
import { exceptionName } from "../exceptions.ts";
import { File, readFile, seekFile, writeFile } from "../fs/file.ts";
import { findSymbol, symbolFile, symbolLine, symbolName, useSymbols } from "../ksyms.ts";
import { free, malloc } from "../memory/heap.ts";
import { disableInterrupts, enableInterrupts, interruptsEnabled, restoreInterrupts } from "../platform/interrupts.ts";
import { InterruptFrame } from "../platform/pc/interruptFrame.ts";
import { FAULT_PRESENT, FAULT_WRITE } from "../platform/pc/paging.ts";
import { digitsOf, formatNumber, printBytes } from "../print.ts";
import { textEquals } from "../text.ts";
import { executableProblem, executableProblemOffset, executableProblemValue } from "./executable.ts";
import { Process, TRANSFER_BYTES } from "./process.ts";

const VECTOR_PAGE_FAULT: u32 = 14;
/** Callers that a report names. */
const MAX_CALLERS: u32 = 8;
/** A larger table of symbols is not looked at. */
const MAX_SYMBOLS_BYTES: u32 = 0x10000;
const SECTION_HEADER_BYTES: u32 = 40;
/** ".ksyms" and a NUL. */
const KSYMS_NAME_BYTES: u32 = 7;

/** Where the next byte of the report goes: into the process's transfer buffer, of which only the first half is used. */
let end: usize = 0;
let limit: usize = 0;

/** Says why the program's file is none: what parseExecutable found last, so interrupts have been off since. */
export function reportRefusal(process: Process): void {
  assert(!interruptsEnabled(), "another thread may have parsed a file meanwhile");
  begin(process);
  add(": not a program: expected ");
  add(executableProblem());
  add(" ");
  addNumber(executableProblemValue());
  add(" at offset ");
  addNumber(executableProblemOffset());
  add("\n");
  const bytes = end - process.transfer;
  enableInterrupts();
  write(process, bytes);
}

/** Says what exception the program made. `address`: what a page fault was about. */
export function reportFault(process: Process, frame: InterruptFrame, address: u32): void {
  const symbols = loadSymbols(process);
  // The symbol table's state is shared; nothing from here to the write may let another thread run.
  const wereEnabled = disableInterrupts();
  begin(process);
  add(": ");
  add(exceptionName(frame.vector));
  if (frame.vector == VECTOR_PAGE_FAULT) {
    add((frame.errorCode & FAULT_WRITE) != 0 ? ": write to " : ": read of ");
    addHex(address);
    add((frame.errorCode & FAULT_PRESENT) != 0 ? ", which is protected" : ", which is not mapped");
  }
  add("\n");
  if (symbols != 0) useSymbols(symbols + 4, symbols + 4 + load<u32>(symbols));
  else useSymbols(0, 0);
  addPlace(frame.eip, frame.eip);
  addCallers(process, frame.ebp);
  addRegister("  eax ", frame.eax);
  addRegister("  ebx ", frame.ebx);
  addRegister("  ecx ", frame.ecx);
  addRegister("  edx ", frame.edx);
  addRegister("\n  esi ", frame.esi);
  addRegister("  edi ", frame.edi);
  addRegister("  ebp ", frame.ebp);
  addRegister("  esp ", frame.esp);
  addRegister("\n  eip ", frame.eip);
  addRegister("  eflags ", frame.eflags);
  add("\n");
  useSymbols(0, 0);
  const bytes = end - process.transfer;
  restoreInterrupts(wereEnabled);
  if (symbols != 0) free(symbols);
  write(process, bytes);
}

/** Along the chain of frame pointers, as far as it is one. */
function addCallers(process: Process, ebp: usize): void {
  const space = process.space;
  if (space === null) return;
  let at = ebp;
  for (let i: u32 = 0; i < MAX_CALLERS; i++) {
    if ((at & 3) != 0 || !space.allows(at, 8, false)) return;
    const caller: usize = load<u32>(at);
    const returnAddress: usize = load<u32>(at, 4);
    if (returnAddress == 0) return;
    // The call lies before the address that it returns to.
    addPlace(returnAddress, returnAddress - 1);
    if (caller <= at) return; // a stack grows down, so callers lie above
    at = caller;
  }
}

function addPlace(address: usize, lookUp: usize): void {
  add("  at ");
  addHex(address as u32);
  if (findSymbol(lookUp)) {
    add(" ");
    addText(symbolName());
    if (symbolLine() != 0) {
      add(" ");
      addText(symbolFile());
      add(":");
      addNumber(symbolLine());
    }
  }
  add("\n");
}

/** Reads the section .ksyms of the program's file into the heap, its length before it; 0 if there is none. */
function loadSymbols(process: Process): usize {
  const file = process.executable;
  const buffer = process.transfer;
  if (file === null || !readAt(file, 0, buffer, 52)) return 0;
  const table = load<u32>(buffer, 32);
  const count = load<u16>(buffer, 48) as u32;
  const names = load<u16>(buffer, 50) as u32;
  if (!readAt(file, table + names * SECTION_HEADER_BYTES, buffer, SECTION_HEADER_BYTES)) return 0;
  const namesOffset = load<u32>(buffer, 16);
  for (let i: u32 = 0; i < count; i++) {
    if (!readAt(file, table + i * SECTION_HEADER_BYTES, buffer, SECTION_HEADER_BYTES)) return 0;
    const name = load<u32>(buffer);
    const offset = load<u32>(buffer, 16);
    const bytes = load<u32>(buffer, 20);
    if (!readAt(file, namesOffset + name, buffer, KSYMS_NAME_BYTES) || !textEquals(buffer, ".ksyms")) continue;
    if (bytes == 0 || bytes > MAX_SYMBOLS_BYTES) return 0;
    const symbols = malloc(bytes + 4);
    if (symbols == 0) return 0;
    store<u32>(symbols, bytes);
    if (readAt(file, offset, symbols + 4, bytes)) return symbols;
    free(symbols);
    return 0;
  }
  return 0;
}

/** Whether `count` bytes could be read at `offset`. */
function readAt(file: File, offset: u32, buffer: usize, count: u32): bool {
  if (seekFile(file, offset as i64, SEEK_SET) < 0) return false;
  let done: u32 = 0;
  while (done < count) {
    const got = readFile(file, buffer + done, count - done);
    if (got <= 0) return false;
    done += got;
  }
  return true;
}

function begin(process: Process): void {
  end = process.transfer;
  limit = end + TRANSFER_BYTES / 2;
  add(process.name);
}

/** Writes the report. */
function write(process: Process, bytes: usize): void {
  const file = process.fileOf(STDERR);
  if (file === null || writeFile(file, process.transfer, bytes as u32) < 0) printBytes(process.transfer, bytes);
}

function add(text: string): void {
  for (let i = 0; i < text.length; i++) addByte(text.charCodeAt(i) as u8);
}

function addText(text: usize): void {
  for (let at = text; load<u8>(at) != 0; at++) addByte(load<u8>(at));
}

function addNumber(value: u32): void {
  addDigits(formatNumber(value, 10, 1));
}

function addHex(value: u32): void {
  addDigits(formatNumber(value, 16, 8));
}

function addRegister(label: string, value: u32): void {
  add(label);
  addHex(value);
}

function addDigits(length: i32): void {
  const from = digitsOf(length);
  for (let i = 0; i < length; i++) addByte(load<u8>(from + i));
}

function addByte(byte: u8): void {
  if (end < limit) store<u8>(end++, byte);
}
