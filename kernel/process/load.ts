// The first steps of a process, on its own thread and in its own address space: the program's segments come from its file, the
// arguments onto its stack, and then the processor goes to ring 3.
//
// The stack as a program finds it (System V ABI, i386 supplement, figure 3-31, with no environment):
//
//   ESP      number of arguments
//   ESP + 4  their addresses, then 0
//   then     0 (the environment's end), 0 0 (the auxiliary vector's), and the arguments' bytes up to the top

import { EIO, ENOEXEC, ENOMEM } from "../abi/errno.ts";
import { SEEK_END, SEEK_SET } from "../abi/files.ts";
import { File, readFile, seekFile } from "../fs/file.ts";
import { AddressSpace, SEGMENTS_END, SEGMENTS_START, STACK_TOP } from "../memory/addressSpace.ts";
import { allocateFrames, FRAME_BYTES, releaseFrames, spareFrameCount } from "../memory/frames.ts";
import { free, malloc } from "../memory/heap.ts";
import { disableInterrupts, enableInterrupts } from "../platform/interrupts.ts";
import { enterProgram } from "../platform/programs.ts";
import {
  EXECUTABLE_FORMAT_BYTES,
  ExecutableFormat,
  ExecutableSegment,
  parseExecutable,
  SEGMENT_WRITABLE,
} from "./executable.ts";
import { exitProcess, LoadReport, Process } from "./process.ts";
import { reportRefusal } from "./report.ts";

/** Frames of the buffer between the file and the program's pages. */
const BUFFER_FRAMES: u32 = 4;
const BUFFER_BYTES: u32 = BUFFER_FRAMES * (FRAME_BYTES as u32);
/** Words on the stack besides the arguments' addresses: their number, and four that end lists. */
const EXTRA_WORDS: usize = 5;

/** The function of a process's thread. */
export function runProgram(argument: usize): u32 {
  const process = changetype<Process>(argument);
  const report = process.loadReport as LoadReport;
  process.loadReport = null;
  const format = changetype<ExecutableFormat>(malloc(EXECUTABLE_FORMAT_BYTES));
  let result = changetype<usize>(format) == 0 ? -ENOMEM : loadProgram(process, format);
  let entry: usize = 0;
  let stack: usize = 0;
  if (result == 0) {
    entry = format.entryAddress;
    stack = makeStack(process);
    if (stack == 0) result = -ENOMEM;
  }
  if (changetype<usize>(format) != 0) free(changetype<usize>(format));
  if (result < 0) process.isDetached = true; // whoever started it learns that it never ran
  report.result = result;
  report.done.v();
  if (result < 0) exitProcess(0);
  if (process.isEnding) exitProcess(process.endStatus);
  disableInterrupts();
  enterProgram(entry, stack);
  return 0;
}

/** Reads the program's file into the address space, which is in use: 0 or a negated error number. */
function loadProgram(process: Process, format: ExecutableFormat): i32 {
  const buffer = allocateFrames(BUFFER_FRAMES);
  if (buffer == 0) return -ENOMEM;
  const result = loadThrough(buffer, process, format);
  releaseFrames(buffer, BUFFER_FRAMES);
  return result;
}

function loadThrough(buffer: usize, process: Process, format: ExecutableFormat): i32 {
  const file = process.executable as File;
  const space = process.space as AddressSpace;
  const fileBytes = seekFile(file, 0, SEEK_END);
  if (fileBytes < 0) return -ENOEXEC; // a device, for one
  const available = readAt(file, 0, buffer, min<u32>(fileBytes as u32, BUFFER_BYTES));
  if (available < 0) return available;
  disableInterrupts();
  const result = parseExecutable(buffer, available, fileBytes as u32, SEGMENTS_START, SEGMENTS_END, format);
  if (result < 0) {
    reportRefusal(process);
    return result;
  }
  enableInterrupts();
  if (pagesOf(format) > spareFrameCount()) return -ENOMEM;
  for (let i: u32 = 0; i < format.segmentCount; i++) {
    const loaded = loadSegment(file, buffer, space, format.segment(i));
    if (loaded < 0) return loaded;
  }
  space.setHeapStart(format.segment(format.segmentCount - 1).endAddress);
  return 0;
}

function loadSegment(file: File, buffer: usize, space: AddressSpace, segment: ExecutableSegment): i32 {
  const added = space.addPages(segment.startAddress, segment.endAddress);
  if (added < 0) return added;
  for (let done: u32 = 0; done < segment.lengthInFile; ) {
    const wanted = min<u32>(segment.lengthInFile - done, BUFFER_BYTES);
    const got = readAt(file, segment.offsetInFile + done, buffer, wanted);
    if (got < 0) return got;
    if ((got as u32) < wanted) return -EIO; // the file has become shorter
    memory.copy(segment.startAddress + done, buffer, got);
    done += got;
  }
  if ((segment.protection & SEGMENT_WRITABLE) == 0) space.protect(segment.startAddress, segment.endAddress);
  return 0;
}

/** Reads `count` bytes from `offset` on, or up to the end of the file: how many, or a negated error number. */
function readAt(file: File, offset: u32, buffer: usize, count: u32): i32 {
  const position = seekFile(file, offset as i64, SEEK_SET);
  if (position < 0) return position as i32;
  let done: u32 = 0;
  while (done < count) {
    const got = readFile(file, buffer + done, count - done);
    if (got < 0) return got;
    if (got == 0) break;
    done += got;
  }
  return done as i32;
}

function pagesOf(format: ExecutableFormat): u32 {
  let pages: u32 = 0;
  for (let i: u32 = 0; i < format.segmentCount; i++) {
    const segment = format.segment(i);
    // Segments share no page, so each counts for itself.
    pages += ((segment.endAddress - (segment.startAddress & ~(FRAME_BYTES - 1)) + FRAME_BYTES - 1) /
      FRAME_BYTES) as u32;
  }
  return pages;
}

/** Puts the arguments onto the program's stack; ESP, or 0 if there is no memory. */
function makeStack(process: Process): usize {
  const count = process.argumentCount as usize;
  const bytes = process.argumentBytes as usize;
  const texts = STACK_TOP - bytes;
  const stack = (texts - ((count + EXTRA_WORDS) << 2)) & ~15;
  if (!(process.space as AddressSpace).allows(stack, STACK_TOP - stack, true)) return 0;
  memory.copy(texts, process.transfer, bytes);
  memory.fill(stack, 0, texts - stack);
  store<u32>(stack, count as u32);
  let text = texts;
  for (let i: usize = 0; i < count; i++) {
    store<u32>(stack + 4 + (i << 2), text as u32);
    while (load<u8>(text++) != 0) {}
  }
  return stack;
}
