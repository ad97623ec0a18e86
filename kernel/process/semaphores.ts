// Semaphores of programs. Programs that name the same one share it; it exists as long as a process has it open. A process
// may use only those that it has opened, and what it has open it gives back when it ends.

import { EBADF, EINTR, EINVAL, ENFILE } from "../abi/errno.ts";
import { enterCritical, leaveCritical } from "../thread/scheduler.ts";
import { SEMAPHORE_BYTES, Semaphore } from "../thread/semaphore.ts";
import { WakeReason } from "../thread/waitQueue.ts";
import { Process } from "./process.ts";

/** As many as a process's set has bits. */
const SEMAPHORE_COUNT: u32 = 64;
/** Longest name with its NUL. */
export const SEMAPHORE_NAME_BYTES: u32 = 32;
export const SEMAPHORE_MAX: u32 = 0x7fffffff;

@unmanaged
class NamedSemaphore {
  /** Processes that have it open; 0: this place is free. */
  users: u32;

  get semaphore(): Semaphore {
    return changetype<Semaphore>(changetype<usize>(this) + offsetof<NamedSemaphore>());
  }

  get name(): usize {
    return changetype<usize>(this) + offsetof<NamedSemaphore>() + (SEMAPHORE_BYTES as usize);
  }
}
const NAMED_BYTES: usize = offsetof<NamedSemaphore>() + (SEMAPHORE_BYTES as usize) + SEMAPHORE_NAME_BYTES;
const table = memory.data(3072, 4); // SEMAPHORE_COUNT of them

/** Opens the semaphore of that name, and makes it with `initial` permits if there is none: its number, or an error. */
export function openSemaphore(process: Process, name: usize, initial: u32): i32 {
  if (load<u8>(name) == 0 || initial > SEMAPHORE_MAX) return -EINVAL;
  const wereEnabled = enterCritical();
  let free: i32 = -ENFILE;
  let found: i32 = -1;
  for (let i: u32 = 0; i < SEMAPHORE_COUNT; i++) {
    const entry = entryAt(i);
    if (entry.users == 0) {
      if (free < 0) free = i as i32;
    } else if (isSameText(entry.name, name)) {
      found = i as i32;
      break;
    }
  }
  if (found < 0 && free >= 0) {
    found = free;
    const entry = entryAt(found);
    memory.fill(changetype<usize>(entry), 0, NAMED_BYTES);
    entry.semaphore.initialize(initial);
    for (let i: u32 = 0; load<u8>(name + i) != 0; i++) store<u8>(entry.name + i, load<u8>(name + i));
  }
  if (found >= 0 && !hasOpen(process, found)) {
    entryAt(found).users++;
    process.openSemaphores |= (1 as u64) << (found as u64);
  }
  leaveCritical(wereEnabled);
  return found >= 0 ? found : free;
}

/** Takes a permit, waiting for one: 0 or a negated error number. */
export function takeSemaphore(process: Process, id: u32): i32 {
  if (!hasOpen(process, id)) return -EBADF;
  return entryAt(id).semaphore.pFor(0) === WakeReason.Interrupted ? -EINTR : 0;
}

/** Gives a permit back: 0 or a negated error number. */
export function giveSemaphore(process: Process, id: u32): i32 {
  if (!hasOpen(process, id)) return -EBADF;
  const semaphore = entryAt(id).semaphore;
  const wereEnabled = enterCritical();
  const isFull = semaphore.count >= SEMAPHORE_MAX;
  if (!isFull) semaphore.v();
  leaveCritical(wereEnabled);
  return isFull ? -EINVAL : 0;
}

/** The process has no more use for the semaphore: 0 or a negated error number. */
export function closeSemaphore(process: Process, id: u32): i32 {
  if (!hasOpen(process, id)) return -EBADF;
  const wereEnabled = enterCritical();
  process.openSemaphores &= ~((1 as u64) << (id as u64));
  // Who waits has it open, so at 0 nobody does.
  entryAt(id).users--;
  leaveCritical(wereEnabled);
  return 0;
}

/** Gives back all that the process has open. */
export function releaseSemaphores(process: Process): void {
  for (let i: u32 = 0; i < SEMAPHORE_COUNT && process.openSemaphores != 0; i++) closeSemaphore(process, i);
}

/** Semaphores that some process has open. */
export function semaphoreTotal(): u32 {
  let total: u32 = 0;
  for (let i: u32 = 0; i < SEMAPHORE_COUNT; i++) if (entryAt(i).users > 0) total++;
  return total;
}

function hasOpen(process: Process, id: u32): bool {
  return id < SEMAPHORE_COUNT && ((process.openSemaphores >> (id as u64)) & 1) != 0;
}

function entryAt(index: u32): NamedSemaphore {
  return changetype<NamedSemaphore>(table + (index as usize) * NAMED_BYTES);
}

function isSameText(a: usize, b: usize): bool {
  let i: usize = 0;
  while (load<u8>(a + i) == load<u8>(b + i)) if (load<u8>(a + i++) == 0) return true;
  return false;
}
