// Deadlock among mutexes: a circle of threads in which each waits for a mutex that the next one holds. Nobody in it can ever
// go on, so the wait that would close a circle is a panic, and the panic names the threads.

import { Mutex } from "./mutex.ts";
import { KernelThread } from "./thread.ts";

/** The thread that `thread` waits for: the owner of the mutex it wants; null if it wants none. */
export function blockerOf(thread: KernelThread): KernelThread | null {
  const mutex = thread.wantedMutex;
  return mutex === null ? null : mutex.owner;
}

/** Whether the owner of `mutex` waits, through whatever number of others, for `thread`. */
export function wouldDeadlock(thread: KernelThread, mutex: Mutex): bool {
  let owner = mutex.owner;
  while (owner !== null) {
    if (owner === thread) return true;
    owner = blockerOf(owner);
  }
  return false;
}
