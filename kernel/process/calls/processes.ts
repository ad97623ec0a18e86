// System calls about processes: exit, spawn, wait, kill, and how they are scheduled.

import { E2BIG, EBADF, EFAULT, EINVAL, ENAMETOOLONG, ENOMEM, ESRCH } from "../../abi/errno.ts";
import { O_RDONLY } from "../../abi/files.ts";
import {
  MAX_ARGUMENT_BYTES,
  MAX_ARGUMENTS,
  SCHED_MLFQ,
  SCHED_PRIORITY,
  SPAWN_DETACHED,
  SPAWN_FOREGROUND,
  WAIT_NO_HANG,
} from "../../abi/processes.ts";
import {
  SYS_BRK,
  SYS_EXIT,
  SYS_GETPID,
  SYS_KILL,
  SYS_NULL,
  SYS_SCHED_POLICY,
  SYS_SET_PRIORITY,
  SYS_SLEEP,
  SYS_SPAWN,
  SYS_WAIT,
  SYS_YIELD,
} from "../../abi/systemCalls.ts";
import { File } from "../../fs/file.ts";
import { openFile } from "../../fs/tree.ts";
import { AddressSpace } from "../../memory/addressSpace.ts";
import { allocateFrames, releaseFrames } from "../../memory/frames.ts";
import { TICKS_PER_SECOND } from "../../platform/clock.ts";
import { InterruptFrame } from "../../platform/pc/interruptFrame.ts";
import { SchedulingPolicy, schedulingPolicy } from "../../thread/policy.ts";
import {
  enterCritical,
  leaveCritical,
  MAX_TIME_SLICE,
  setSchedulingPolicy,
  setThreadPriority,
  sleepTicks,
  timeSlice,
  yieldProcessor,
} from "../../thread/scheduler.ts";
import { KernelThread, PRIORITY_HIGH, PRIORITY_IDLE } from "../../thread/thread.ts";
import {
  currentProcess,
  exitProcess,
  findProcess,
  killProcess,
  Process,
  spawnProcess,
  waitForChild,
} from "../process.ts";
import { setSystemCall } from "../systemCall.ts";
import { currentSpace, pathAt, takePath } from "./arguments.ts";

const MS_PER_TICK: u32 = 1000 / TICKS_PER_SECOND;
/** What spawn takes instead of a handle for "none". */
const NO_HANDLE: u32 = 0xffffffff;

export function addProcessCalls(): void {
  setSystemCall(SYS_NULL, nothing);
  setSystemCall(SYS_EXIT, exit);
  setSystemCall(SYS_SPAWN, spawn);
  setSystemCall(SYS_WAIT, wait);
  setSystemCall(SYS_GETPID, getPid);
  setSystemCall(SYS_KILL, kill);
  setSystemCall(SYS_SCHED_POLICY, schedPolicy);
  setSystemCall(SYS_SET_PRIORITY, setPriority);
  setSystemCall(SYS_SLEEP, sleep);
  setSystemCall(SYS_YIELD, yieldNow);
  setSystemCall(SYS_BRK, brk);
}

function nothing(_frame: InterruptFrame): i32 {
  return 0;
}

/** exit(status) */
function exit(frame: InterruptFrame): i32 {
  exitProcess(frame.ebx & 0xff);
  return 0;
}

/** What spawn gathers, in a frame of its own: the arguments' bytes, and this behind them. */
@unmanaged
class SpawnRequest {
  input: u32;
  output: u32;
  error: u32;
  argumentBytes: u32;
  argumentCount: u32;
  file: usize;

  get arguments(): usize {
    return changetype<usize>(this) - MAX_ARGUMENT_BYTES;
  }
}
const HANDLES_BYTES: usize = 12;

/** spawn(path, arguments, handles, flags) */
function spawn(frame: InterruptFrame): i32 {
  if ((frame.esi & ~(SPAWN_DETACHED | SPAWN_FOREGROUND)) != 0) return -EINVAL;
  const block = allocateFrames(1);
  if (block == 0) return -ENOMEM;
  const result = spawnWith(changetype<SpawnRequest>(block + MAX_ARGUMENT_BYTES), frame);
  releaseFrames(block, 1);
  return result;
}

function spawnWith(request: SpawnRequest, frame: InterruptFrame): i32 {
  const process = currentProcess();
  const space = process.space as AddressSpace;
  const copied = copyArguments(space, frame.ecx, request);
  if (copied < 0) return copied;
  if (space.copyIn(changetype<usize>(request), frame.edx, HANDLES_BYTES) < 0) return -EFAULT;
  if (!isHandleOrNone(process, request.input)) return -EBADF;
  if (!isHandleOrNone(process, request.output)) return -EBADF;
  if (!isHandleOrNone(process, request.error)) return -EBADF;
  const taken = takePath(process, frame.ebx, 0);
  if (taken < 0) return taken;
  const path = pathAt(process, 0);
  const opened = openFile(path, O_RDONLY, changetype<usize>(request) + offsetof<SpawnRequest>("file"));
  if (opened < 0) return opened;
  return spawnProcess(
    process,
    changetype<File>(request.file),
    path,
    request.arguments,
    request.argumentBytes,
    request.argumentCount,
    process.fileOf(request.input),
    process.fileOf(request.output),
    process.fileOf(request.error),
    frame.esi,
  );
}

/** Copies the texts of the program's list of addresses, which 0 ends; 0 or a negated error number. */
function copyArguments(space: AddressSpace, list: usize, request: SpawnRequest): i32 {
  const word = changetype<usize>(request) + offsetof<SpawnRequest>("file");
  let to = request.arguments;
  request.argumentCount = 0;
  for (let at = list; ; at += 4) {
    if (space.copyIn(word, at, 4) < 0) return -EFAULT;
    const text = request.file;
    if (text == 0) break;
    if (request.argumentCount == MAX_ARGUMENTS) return -E2BIG;
    const length = space.copyText(to, text, changetype<usize>(request) - to);
    if (length < 0) return length == -ENAMETOOLONG ? -E2BIG : length;
    to += length + 1;
    request.argumentCount++;
  }
  request.argumentBytes = (to - request.arguments) as u32;
  return 0;
}

function isHandleOrNone(process: Process, handle: u32): bool {
  return handle == NO_HANDLE || process.fileOf(handle) !== null;
}

/** wait(process, status, flags) */
function wait(frame: InterruptFrame): i32 {
  if ((frame.edx & ~WAIT_NO_HANG) != 0) return -EINVAL;
  const space = currentSpace();
  if (frame.ecx != 0 && !space.allows(frame.ecx, 4, true)) return -EFAULT;
  const process = currentProcess();
  // The status goes through the kernel's buffer: with 0 for its address nobody wants it.
  const id = waitForChild(process, frame.ebx, frame.edx, process.transfer);
  if (id > 0 && frame.ecx != 0) store<u32>(frame.ecx, load<u32>(process.transfer));
  return id;
}

function getPid(_frame: InterruptFrame): i32 {
  return currentProcess().id as i32;
}

/** kill(process) */
function kill(frame: InterruptFrame): i32 {
  return killProcess(frame.ebx);
}

/** schedPolicy(policy, ticks of a time slice; 0: as it is): the policy that was */
function schedPolicy(frame: InterruptFrame): i32 {
  const before = schedulingPolicy() === SchedulingPolicy.Feedback ? SCHED_MLFQ : SCHED_PRIORITY;
  const slice = frame.ecx == 0 ? timeSlice() : frame.ecx;
  if (slice > MAX_TIME_SLICE) return -EINVAL;
  if (frame.ebx == SCHED_PRIORITY) setSchedulingPolicy(SchedulingPolicy.Priority, slice);
  else if (frame.ebx == SCHED_MLFQ) setSchedulingPolicy(SchedulingPolicy.Feedback, slice);
  else return -EINVAL;
  return before as i32;
}

/** setPriority(process; 0: this one, priority) */
function setPriority(frame: InterruptFrame): i32 {
  const priority = frame.ecx;
  if (priority <= PRIORITY_IDLE || priority >= PRIORITY_HIGH) return -EINVAL;
  const wereEnabled = enterCritical();
  const process = findProcess(frame.ebx == 0 ? currentProcess().id : frame.ebx);
  let result: i32 = -ESRCH;
  if (process !== null && process.thread !== null) {
    setThreadPriority(process.thread as KernelThread, priority);
    result = 0;
  }
  leaveCritical(wereEnabled);
  return result;
}

/** sleep(milliseconds): at least so long. Whom a kill wakes earlier never sees the result. */
function sleep(frame: InterruptFrame): i32 {
  const ms = frame.ebx;
  const ticks = ms / MS_PER_TICK + (ms % MS_PER_TICK == 0 ? 0 : 1);
  sleepTicks(ticks);
  return 0;
}

function yieldNow(_frame: InterruptFrame): i32 {
  yieldProcessor();
  return 0;
}

/** brk(address; 0: tell it): the heap's end, or -ENOMEM. Addresses of programs are positive numbers or far from errors'. */
function brk(frame: InterruptFrame): i32 {
  const space = currentSpace();
  if (frame.ebx != 0 && !space.setHeapEnd(frame.ebx)) return -ENOMEM;
  return space.heapEnd as i32;
}
