// Processes, semaphores and time, by the names of POSIX where it has one. Results below 0 are negated error numbers.

import {
  ENDED_BY_FAULT,
  ENDED_BY_INTERRUPT,
  ENDED_BY_KILL,
  MAX_ARGUMENTS,
  POWER_OFF,
  POWER_REBOOT,
  SCHED_MLFQ,
  SCHED_PRIORITY,
  SPAWN_DETACHED,
  SPAWN_FOREGROUND,
  WAIT_NO_HANG,
} from "../../kernel/abi/processes.ts";
import {
  SYS_BRK,
  SYS_EXIT,
  SYS_GETPID,
  SYS_KILL,
  SYS_POWER,
  SYS_SCHED_POLICY,
  SYS_SEM_CREATE,
  SYS_SEM_DESTROY,
  SYS_SEM_P,
  SYS_SEM_V,
  SYS_SET_PRIORITY,
  SYS_SLEEP,
  SYS_SPAWN,
  SYS_TIME,
  SYS_UPTIME,
  SYS_WAIT,
  SYS_YIELD,
} from "../../kernel/abi/systemCalls.ts";
import { systemCall } from "./system.external.ts";
import { addressOf, toBytes } from "./text.ts";

export {
  ENDED_BY_FAULT,
  ENDED_BY_INTERRUPT,
  ENDED_BY_KILL,
  POWER_OFF,
  POWER_REBOOT,
  SCHED_MLFQ,
  SCHED_PRIORITY,
  SPAWN_DETACHED,
  SPAWN_FOREGROUND,
  WAIT_NO_HANG,
};

/** A handle for spawn that is none. */
export const NO_HANDLE: i32 = -1;

/** Ends the program; does not return. */
export function exit(status: i32): void {
  systemCall(SYS_EXIT, status, 0, 0, 0, 0);
}

/** The addresses of the arguments' bytes and a 0; what wait stores; three handles. */
const pointers = memory.data(260, 4);
const handles = memory.data(12, 4);
const word = memory.data(4, 4);

/**
 * Starts the program at `path` with `arguments` (the first is by custom its name) and these handles as its input, output and
 * error output (NO_HANDLE: none). Flags: SPAWN_…. Returns the child's number.
 */
export function spawn(
  path: string,
  words: string[],
  input: i32 = 0,
  output: i32 = 1,
  error: i32 = 2,
  flags: u32 = SPAWN_FOREGROUND,
): i32 {
  const count = min<i32>(words.length, MAX_ARGUMENTS);
  // The objects must live until the call has copied their bytes.
  const kept = new Array<ArrayBuffer>(count);
  for (let i = 0; i < count; i++) {
    kept[i] = toBytes(words[i]);
    store<u32>(pointers + ((i as usize) << 2), addressOf(kept[i]) as u32);
  }
  store<u32>(pointers + ((count as usize) << 2), 0);
  store<i32>(handles, input);
  store<i32>(handles, output, 4);
  store<i32>(handles, error, 8);
  const pathBytes = toBytes(path);
  const id = systemCall(SYS_SPAWN, addressOf(pathBytes), pointers, handles, flags, 0);
  return kept.length >= 0 ? id : 0;
}

/** How the child that wait returned ended: an exit status of 0 to 255, or ENDED_BY_… */
export let waitStatus: u32 = 0;

/** Waits until a child (0: any) ends; returns its number and sets waitStatus. With WAIT_NO_HANG 0 if none has. */
export function wait(child: i32 = 0, flags: u32 = 0): i32 {
  const id = systemCall(SYS_WAIT, child, word, flags, 0, 0);
  if (id > 0) waitStatus = load<u32>(word);
  return id;
}

export function getpid(): i32 {
  return systemCall(SYS_GETPID, 0, 0, 0, 0, 0);
}

/** Ends another program (or this one). */
export function kill(process: i32): i32 {
  return systemCall(SYS_KILL, process, 0, 0, 0, 0);
}

/** Waits for at least so many milliseconds. */
export function sleep(milliseconds: u32): i32 {
  return systemCall(SYS_SLEEP, milliseconds, 0, 0, 0, 0);
}

/** Lets others run first. */
export function yieldNow(): void {
  systemCall(SYS_YIELD, 0, 0, 0, 0, 0);
}

/** Chooses how threads are scheduled (SCHED_…), and how long a time slice is in ticks of 10 ms (0: as it is). Returns the policy that was. */
export function schedPolicy(policy: u32, ticks: u32): i32 {
  return systemCall(SYS_SCHED_POLICY, policy, ticks, 0, 0, 0);
}

/** Gives a process (0: this one) a priority from 1 to 5; 4 is usual. */
export function setPriority(process: i32, priority: u32): i32 {
  return systemCall(SYS_SET_PRIORITY, process, priority, 0, 0, 0);
}

/** Opens the semaphore of that name, which all programs share; a new one has `permits`. */
export function semCreate(name: string, permits: u32): i32 {
  return systemCall(SYS_SEM_CREATE, addressOf(toBytes(name)), permits, 0, 0, 0);
}

/** Takes a permit, waiting for one. */
export function semP(semaphore: i32): i32 {
  return systemCall(SYS_SEM_P, semaphore, 0, 0, 0, 0);
}

/** Gives a permit back. */
export function semV(semaphore: i32): i32 {
  return systemCall(SYS_SEM_V, semaphore, 0, 0, 0, 0);
}

/** Lets go of the semaphore; it is gone when nobody has it. */
export function semDestroy(semaphore: i32): i32 {
  return systemCall(SYS_SEM_DESTROY, semaphore, 0, 0, 0, 0);
}

/** Seconds since 1970-01-01 00:00. */
export function time(): u32 {
  return systemCall(SYS_TIME, 0, 0, 0, 0, 0);
}

/** Milliseconds since the system's start. */
export function uptime(): u32 {
  return systemCall(SYS_UPTIME, 0, 0, 0, 0, 0);
}

/** Moves the heap's end (0: tells it). malloc does this for you. */
export function brk(address: usize): i32 {
  return systemCall(SYS_BRK, address, 0, 0, 0, 0);
}

/** Turns the machine off, or starts it again (POWER_…), with all files written. */
export function power(request: u32): i32 {
  return systemCall(SYS_POWER, request, 0, 0, 0, 0);
}
