// Processes: a program that runs, with an address space, handles and a current directory of its own. One kernel thread runs
// each, in ring 3 but for system calls and interrupts.
//
//   spawn ──▶ loading ──▶ running ──▶ ended ──the parent waits, or nobody will──▶ gone
//
// A process that has ended keeps only this structure, with its status, until its parent asks. The processes that the kernel starts
// are children of process 0, which is the kernel itself: it has no address space and never ends.

import { EAGAIN, ECHILD, EINTR, ENOMEM, ESRCH } from "../abi/errno.ts";
import {
  ENDED_BY_INTERRUPT,
  ENDED_BY_KILL,
  HANDLE_COUNT,
  SPAWN_DETACHED,
  SPAWN_FOREGROUND,
  WAIT_NO_HANG,
} from "../abi/processes.ts";
import { closeFile, File, retainFile } from "../fs/file.ts";
import { AddressSpace, createAddressSpace, destroyAddressSpace } from "../memory/addressSpace.ts";
import { allocateFrames, releaseFrames } from "../memory/frames.ts";
import { calloc, free } from "../memory/heap.ts";
import { FLOAT_BYTES, FloatState } from "../platform/programs.ts";
import { textLength } from "../text.ts";
import { currentThread, enterCritical, interruptThread, leaveCritical } from "../thread/scheduler.ts";
import { SEMAPHORE_BYTES, Semaphore } from "../thread/semaphore.ts";
import { exitThread, KernelThread, nameThread, PRIORITY_NORMAL, startKernelThread } from "../thread/thread.ts";
import { WaitQueue, WakeReason } from "../thread/waitQueue.ts";
import { leaveAddressSpace } from "./activate.ts";
import { runProgram } from "./load.ts";
import { releaseSemaphores } from "./semaphores.ts";

/** The buffer through which system calls move data: what lies in the kernel can't vanish, and any thread reaches it. */
export const TRANSFER_BYTES: u32 = 4096;
const NAME_LENGTH: i32 = 15;
const CWD_BYTES: usize = 256;
const STRING_HEADER_BYTES: usize = 20;
/** More at a time than this are refused. */
const MAX_PROCESSES: u32 = 1024;

/** Whoever starts a process waits here until its program is loaded. */
@unmanaged
export class LoadReport {
  /** 0 or a negated error number. */
  result: i32;

  get done(): Semaphore {
    return changetype<Semaphore>(changetype<usize>(this) + offsetof<LoadReport>());
  }
}

@unmanaged
export class Process {
  id: u32;
  parent: Process | null;
  /** Those that run, and those that have ended and were not waited for. */
  childCount: u32;
  /** The list of all processes, in order of creation. */
  nextOfAll: Process | null;
  previousOfAll: Process | null;
  thread: KernelThread | null;
  /** null once the process has ended. */
  space: AddressSpace | null;
  /** The program's file, for its symbols. */
  executable: File | null;
  transfer: usize;

  hasEnded: bool;
  /** Nobody waits for the end. */
  isDetached: bool;
  /** ^C at the terminal ends it. */
  isForeground: bool;
  /** Somebody wants the process to end, with `endStatus`, as soon as it is not in the kernel. */
  isEnding: bool;
  endStatus: u32;
  /** What wait returns. */
  status: u32;

  /** Where to tell that the program is loaded; not there any more afterwards. */
  loadReport: LoadReport | null;
  /** The arguments, NUL-terminated one after the other, in the transfer buffer until they are on the program's stack. */
  argumentCount: u32;
  argumentBytes: u32;
  /** The semaphores that the process has open, a bit each. */
  openSemaphores: u64;
  childEnded: WaitQueue;
  floats: FloatState;
  /** HANDLE_COUNT addresses of Files; 0: not open. */
  handles: usize;
  /** The current directory: an absolute, normalised path. */
  cwd: usize;
  /** A string as asc keeps it, with its length before it: so that it can name the thread. */
  nameAddress: usize;

  get name(): string {
    return changetype<string>(this.nameAddress);
  }

  fileOf(handle: u32): File | null {
    if (handle >= HANDLE_COUNT) return null;
    return changetype<File | null>(load<u32>(this.handles + (handle << 2)) as usize);
  }

  setFile(handle: u32, file: File | null): void {
    assert(handle < HANDLE_COUNT, "no such handle");
    store<u32>(this.handles + (handle << 2), changetype<usize>(file) as u32);
  }

  /** The lowest handle that is free, or HANDLE_COUNT. */
  freeHandle(): u32 {
    let handle: u32 = 0;
    while (handle < HANDLE_COUNT && this.fileOf(handle) !== null) handle++;
    return handle;
  }
}

const PROCESS_BYTES: usize = offsetof<Process>();
const WAIT_QUEUE_BYTES: usize = 8;
const HANDLES_BYTES: usize = (HANDLE_COUNT as usize) * 4;
const NAME_BYTES: usize = STRING_HEADER_BYTES + (NAME_LENGTH as usize) * 2;
const ALL_BYTES: usize = PROCESS_BYTES + WAIT_QUEUE_BYTES + FLOAT_BYTES + HANDLES_BYTES + CWD_BYTES + NAME_BYTES;

let firstOfAll: Process | null = null;
let lastOfAll: Process | null = null;
let count: u32 = 0;
let lastId: u32 = 0;
let kernel: Process | null = null;

/** The first of all processes in order of creation; follow `nextOfAll`, with interrupts off. */
export function firstProcess(): Process | null {
  return firstOfAll;
}

/** Processes that there are, with those that have ended and nobody has waited for. */
export function processCount(): u32 {
  return count;
}

/** Process 0: the parent of what the kernel starts. */
export function kernelProcess(): Process {
  if (kernel === null) {
    kernel = newProcess();
    assert(kernel !== null, "no memory for the kernel's process");
    const process = kernel as Process;
    process.id = 0;
    lastId = 0;
    store<u8>(process.cwd, 0x2f);
    setName(process, "kernel");
  }
  return kernel as Process;
}

/** The process whose program the current thread runs. */
export function currentProcess(): Process {
  const context = currentThread().userContext;
  assert(context != 0, "the thread runs no program");
  return changetype<Process>(context);
}

/** The process of that number, running or ended; null if there is none. Interrupts are off. */
export function findProcess(id: u32): Process | null {
  let process = firstOfAll;
  while (process !== null && process.id != id) process = process.nextOfAll;
  return process;
}

/**
 * Starts a program and waits until it is loaded.
 * @param file the program, open for reading; the process has it from now on, also if this fails
 * @param path its name is the process's
 * @param argumentTexts NUL-terminated one after the other, `argumentBytes` in all
 * @param input, output, error the handles 0, 1 and 2; they are copied; null: not open
 * @param flags SPAWN_…
 * @returns the number of the process, or a negated error number
 */
export function spawnProcess(
  parent: Process,
  file: File,
  path: usize,
  argumentTexts: usize,
  argumentBytes: u32,
  argumentCount: u32,
  input: File | null,
  output: File | null,
  error: File | null,
  flags: u32,
): i32 {
  assert(argumentBytes <= TRANSFER_BYTES, "more arguments than the transfer buffer holds");
  const report = calloc(offsetof<LoadReport>() + (SEMAPHORE_BYTES as usize));
  let process: Process | null = null;
  if (report != 0) process = createProcess(parent);
  if (process === null) {
    if (report != 0) free(report);
    closeFile(file);
    return count >= MAX_PROCESSES ? -EAGAIN : -ENOMEM;
  }
  process.loadReport = changetype<LoadReport>(report);
  process.executable = file;
  process.isDetached = (flags & SPAWN_DETACHED) != 0;
  process.isForeground = (flags & SPAWN_FOREGROUND) != 0;
  nameAfterPath(process, path);
  memory.copy(process.cwd, parent.cwd, CWD_BYTES);
  memory.copy(process.transfer, argumentTexts, argumentBytes);
  process.argumentBytes = argumentBytes;
  process.argumentCount = argumentCount;
  openHandle(process, 0, input);
  openHandle(process, 1, output);
  openHandle(process, 2, error);

  // It may run, and end, as soon as it is there.
  const id = process.id;
  const wereEnabled = enterCritical();
  const thread = startKernelThread(runProgram, changetype<usize>(process), PRIORITY_NORMAL, true, process.name);
  if (thread !== null) {
    thread.userContext = changetype<usize>(process);
    process.thread = thread;
  }
  leaveCritical(wereEnabled);
  if (thread === null) {
    // It never ran: what it has goes as when it ends.
    closeHandles(process);
    releaseMemory(process);
    forget(process);
    free(report);
    return -ENOMEM;
  }
  changetype<LoadReport>(report).done.p();
  const result = changetype<LoadReport>(report).result;
  free(report);
  return result < 0 ? result : (id as i32);
}

/** Ends the process that the current thread runs; does not return. `status`: what wait tells the parent. */
export function exitProcess(status: u32): void {
  const process = currentProcess();
  const thread = currentThread();
  closeHandles(process);
  releaseSemaphores(process);
  const wereEnabled = enterCritical();
  thread.isInterrupted = false;
  leaveAddressSpace(process);
  leaveCritical(wereEnabled);
  releaseMemory(process);

  enterCritical();
  nameThread(thread, "ended"); // the name is the process's, which may go before the thread
  orphanChildren(process);
  process.hasEnded = true;
  process.status = status;
  process.thread = null;
  const parent = process.parent;
  if (parent === null || process.isDetached) forget(process);
  else parent.childEnded.wakeAll();
  leaveCritical(true);
  exitThread(0);
}

/**
 * Waits until a child ends, and lets go of it.
 * @param id which child; 0: any
 * @param status where its status goes
 * @returns the child's number; 0 if none has ended and the flags say not to wait; -ECHILD if there is no such child, -EINTR
 */
export function waitForChild(parent: Process, id: u32, flags: u32, status: usize): i32 {
  const wereEnabled = enterCritical();
  let result: i32 = 0;
  while (true) {
    const child = findChild(parent, id);
    if (child === null) {
      result = -ECHILD;
      break;
    }
    if (child.hasEnded) {
      result = child.id as i32;
      store<u32>(status, child.status);
      forget(child);
      break;
    }
    if ((flags & WAIT_NO_HANG) != 0) break;
    if (parent.childEnded.waitFor(0) === WakeReason.Interrupted) {
      result = -EINTR;
      break;
    }
  }
  leaveCritical(wereEnabled);
  return result;
}

/** Makes the process end as if it had called exit, as soon as it leaves the kernel: 0, or -ESRCH. */
export function killProcess(id: u32): i32 {
  const wereEnabled = enterCritical();
  const process = findProcess(id);
  const isRunning = process !== null && !process.hasEnded && process !== kernel;
  if (isRunning) requestEnd(process as Process, ENDED_BY_KILL);
  leaveCritical(wereEnabled);
  return isRunning ? 0 : -ESRCH;
}

/** ^C at the terminal: ends what runs in the foreground; false if nothing does. Interrupt handlers may call it. */
export function interruptForeground(): bool {
  const wereEnabled = enterCritical();
  let isAny = false;
  let process = firstOfAll;
  while (process !== null) {
    if (process.isForeground && !process.hasEnded) {
      requestEnd(process, ENDED_BY_INTERRUPT);
      isAny = true;
    }
    process = process.nextOfAll;
  }
  leaveCritical(wereEnabled);
  return isAny;
}

function requestEnd(process: Process, status: u32): void {
  if (process.isEnding) return;
  process.isEnding = true;
  process.endStatus = status;
  const thread = process.thread;
  if (thread !== null) interruptThread(thread);
}

/** A child of that number, ended or not; with 0 any, rather one that has ended. */
function findChild(parent: Process, id: u32): Process | null {
  let found: Process | null = null;
  let process = firstOfAll;
  while (process !== null) {
    if (process.parent === parent && !process.isDetached && (id == 0 || process.id == id)) {
      found = process;
      if (process.hasEnded) break;
    }
    process = process.nextOfAll;
  }
  return found;
}

/** The children of a process that ends have nobody who waits for them. */
function orphanChildren(parent: Process): void {
  let process = firstOfAll;
  while (process !== null) {
    const next = process.nextOfAll;
    if (process.parent === parent) {
      if (process.hasEnded) forget(process);
      else process.parent = null;
    }
    process = next;
  }
}

/** A process with an address space and a transfer buffer; null if there is no memory or no room. */
function createProcess(parent: Process): Process | null {
  if (count >= MAX_PROCESSES) return null;
  const process = newProcess();
  if (process === null) return null;
  process.parent = parent;
  parent.childCount++;
  process.space = createAddressSpace();
  process.transfer = allocateFrames(1);
  if (process.space !== null && process.transfer != 0) return process;
  releaseMemory(process);
  forget(process);
  return null;
}

/** The memory of a Process, with its parts in it, on the list of all. */
function newProcess(): Process | null {
  const address = calloc(ALL_BYTES);
  if (address == 0) return null;
  const process = changetype<Process>(address);
  let part = address + PROCESS_BYTES;
  process.childEnded = changetype<WaitQueue>(part);
  part += WAIT_QUEUE_BYTES;
  process.floats = changetype<FloatState>(part);
  part += FLOAT_BYTES;
  process.handles = part;
  part += HANDLES_BYTES;
  process.cwd = part;
  part += CWD_BYTES;
  process.nameAddress = part + STRING_HEADER_BYTES;

  const wereEnabled = enterCritical();
  process.id = ++lastId;
  process.previousOfAll = lastOfAll;
  if (lastOfAll === null) firstOfAll = process;
  else (lastOfAll as Process).nextOfAll = process;
  lastOfAll = process;
  count++;
  leaveCritical(wereEnabled);
  return process;
}

/** Frees what a process has of memory, but for its structure. */
function releaseMemory(process: Process): void {
  const executable = process.executable;
  if (executable !== null) closeFile(executable);
  process.executable = null;
  const space = process.space;
  if (space !== null) destroyAddressSpace(space);
  process.space = null;
  if (process.transfer != 0) releaseFrames(process.transfer, 1);
  process.transfer = 0;
}

function forget(process: Process): void {
  const wereEnabled = enterCritical();
  const next = process.nextOfAll;
  const previous = process.previousOfAll;
  if (previous === null) firstOfAll = next;
  else previous.nextOfAll = next;
  if (next === null) lastOfAll = previous;
  else next.previousOfAll = previous;
  const parent = process.parent;
  if (parent !== null) parent.childCount--;
  count--;
  free(changetype<usize>(process));
  leaveCritical(wereEnabled);
}

function openHandle(process: Process, handle: u32, file: File | null): void {
  if (file !== null) retainFile(file);
  process.setFile(handle, file);
}

function closeHandles(process: Process): void {
  for (let handle: u32 = 0; handle < HANDLE_COUNT; handle++) {
    const file = process.fileOf(handle);
    if (file === null) continue;
    process.setFile(handle, null);
    closeFile(file);
  }
}

/** Names the process after the last part of `path`. */
function nameAfterPath(process: Process, path: usize): void {
  let part = path;
  for (let at = path; load<u8>(at) != 0; at++) {
    if (load<u8>(at) == 0x2f && load<u8>(at + 1) != 0) part = at + 1;
  }
  const length = min<i32>(textLength(part) as i32, NAME_LENGTH);
  for (let i = 0; i < length; i++) store<u16>(process.nameAddress + (i << 1), load<u8>(part + i));
  store<u32>(process.nameAddress - 4, length << 1);
}

function setName(process: Process, name: string): void {
  for (let i = 0; i < name.length; i++) store<u16>(process.nameAddress + (i << 1), name.charCodeAt(i) as u16);
  store<u32>(process.nameAddress - 4, name.length << 1);
}
