// Pipes: what one program writes into one end, another reads from the other. A pipe holds up to a page; a reader waits while it is
// empty, a writer while it is full. When all writers have closed their end, readers find the end of the file; when all
// readers have, writers get -EPIPE.

import { EINTR, ENOMEM, EPIPE } from "../abi/errno.ts";
import { O_RDONLY, O_WRONLY, POLL_HANGUP, POLL_IN, POLL_OUT, S_IFIFO, Stat } from "../abi/files.ts";
import { discardFile, FILE_OPERATIONS_BYTES, File, FileOperations, newFile } from "../fs/file.ts";
import { allocateFrames, FRAME_BYTES, releaseFrames } from "../memory/frames.ts";
import { calloc, free } from "../memory/heap.ts";
import { enterCritical, leaveCritical } from "../thread/scheduler.ts";
import { WaitQueue, WakeReason } from "../thread/waitQueue.ts";

const PIPE_BYTES: u32 = FRAME_BYTES as u32;
const WAIT_QUEUE_BYTES: usize = 8;

@unmanaged
class Pipe {
  buffer: usize;
  /** Where the first byte is, and how many there are: a ring. */
  first: u32;
  count: u32;
  /** Ends that are open: 0 or 1, however many handles there are. */
  readerCount: u32;
  writerCount: u32;

  /** Who waits for bytes, and who for room. */
  get readers(): WaitQueue {
    return changetype<WaitQueue>(changetype<usize>(this) + offsetof<Pipe>());
  }

  get writers(): WaitQueue {
    return changetype<WaitQueue>(changetype<usize>(this) + offsetof<Pipe>() + WAIT_QUEUE_BYTES);
  }
}

const readEnd = changetype<FileOperations>(memory.data(FILE_OPERATIONS_BYTES, 4));
const writeEnd = changetype<FileOperations>(memory.data(FILE_OPERATIONS_BYTES, 4));

/** Connects the operations; once. */
export function initializePipes(): void {
  readEnd.read = readPipe;
  readEnd.poll = pollReader;
  readEnd.stat = statPipe;
  readEnd.close = closeReader;
  writeEnd.write = writePipe;
  writeEnd.poll = pollWriter;
  writeEnd.stat = statPipe;
  writeEnd.close = closeWriter;
}

/** Makes a pipe: the Files' addresses go to `out`, the end to read from first. 0 or -ENOMEM. */
export function makePipe(out: usize): i32 {
  const address = calloc(offsetof<Pipe>() + 2 * WAIT_QUEUE_BYTES);
  if (address == 0) return -ENOMEM;
  const pipe = changetype<Pipe>(address);
  pipe.buffer = allocateFrames(1);
  const reader = newFile(readEnd, O_RDONLY);
  const writer = newFile(writeEnd, O_WRONLY);
  if (pipe.buffer == 0 || reader === null || writer === null) {
    if (reader !== null) discardFile(reader);
    if (writer !== null) discardFile(writer);
    freePipe(pipe);
    return -ENOMEM;
  }
  pipe.readerCount = pipe.writerCount = 1;
  reader.node = writer.node = address;
  store<u32>(out, changetype<usize>(reader) as u32);
  store<u32>(out, changetype<usize>(writer) as u32, 4);
  return 0;
}

function readPipe(file: File, buffer: usize, count: u32): i32 {
  const pipe = changetype<Pipe>(file.node);
  const wereEnabled = enterCritical();
  let result: i32 = 0;
  while (pipe.count == 0 && pipe.writerCount > 0 && result == 0) {
    if (pipe.readers.waitFor(0) === WakeReason.Interrupted) result = -EINTR;
  }
  if (result == 0) {
    const taken = min<u32>(count, pipe.count);
    const straight = min<u32>(taken, PIPE_BYTES - pipe.first);
    memory.copy(buffer, pipe.buffer + pipe.first, straight);
    memory.copy(buffer + straight, pipe.buffer, taken - straight);
    pipe.first = (pipe.first + taken) % PIPE_BYTES;
    pipe.count -= taken;
    result = taken as i32;
    pipe.writers.wakeAll();
    if (pipe.count > 0) pipe.readers.wakeFirst();
  }
  leaveCritical(wereEnabled);
  return result;
}

function writePipe(file: File, buffer: usize, count: u32): i32 {
  const pipe = changetype<Pipe>(file.node);
  const wereEnabled = enterCritical();
  let done: u32 = 0;
  let error: i32 = 0;
  while (done < count && error == 0) {
    if (pipe.readerCount == 0) {
      error = -EPIPE;
    } else if (pipe.count == PIPE_BYTES) {
      if (pipe.writers.waitFor(0) === WakeReason.Interrupted) error = -EINTR;
    } else {
      const last = (pipe.first + pipe.count) % PIPE_BYTES;
      const room = min<u32>(PIPE_BYTES - pipe.count, PIPE_BYTES - last);
      const put = min<u32>(count - done, room);
      memory.copy(pipe.buffer + last, buffer + done, put);
      pipe.count += put;
      done += put;
      pipe.readers.wakeFirst();
    }
  }
  leaveCritical(wereEnabled);
  return done > 0 ? (done as i32) : error;
}

function pollReader(file: File, events: u32): u32 {
  const pipe = changetype<Pipe>(file.node);
  let now: u32 = 0;
  if (pipe.count > 0) now |= POLL_IN;
  if (pipe.writerCount == 0) now |= POLL_IN | POLL_HANGUP;
  return now & events;
}

function pollWriter(file: File, events: u32): u32 {
  const pipe = changetype<Pipe>(file.node);
  let now: u32 = 0;
  if (pipe.count < PIPE_BYTES) now |= POLL_OUT;
  if (pipe.readerCount == 0) now |= POLL_OUT | POLL_HANGUP;
  return now & events;
}

function statPipe(file: File, stat: Stat): i32 {
  const pipe = changetype<Pipe>(file.node);
  stat.mode = S_IFIFO | 0o600;
  stat.links = 1;
  stat.size = pipe.count;
  stat.blockBytes = PIPE_BYTES;
  return 0;
}

function closeReader(file: File): i32 {
  const pipe = changetype<Pipe>(file.node);
  const wereEnabled = enterCritical();
  pipe.readerCount--;
  pipe.writers.wakeAll();
  freeIfUnused(pipe);
  leaveCritical(wereEnabled);
  return 0;
}

function closeWriter(file: File): i32 {
  const pipe = changetype<Pipe>(file.node);
  const wereEnabled = enterCritical();
  pipe.writerCount--;
  pipe.readers.wakeAll();
  freeIfUnused(pipe);
  leaveCritical(wereEnabled);
  return 0;
}

/** Who waits at an end has a handle for it, so nobody waits at a pipe whose ends are closed. */
function freeIfUnused(pipe: Pipe): void {
  if (pipe.readerCount == 0 && pipe.writerCount == 0) freePipe(pipe);
}

function freePipe(pipe: Pipe): void {
  if (pipe.buffer != 0) releaseFrames(pipe.buffer, 1);
  free(changetype<usize>(pipe));
}
