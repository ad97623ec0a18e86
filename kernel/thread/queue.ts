// A queue of threads, linked through the threads themselves: so queueing never allocates. A thread is on at most one
// queue, and knows which. Every function expects interrupts to be off.

import { interruptsEnabled } from "../platform/interrupts.ts";
import { KernelThread } from "./thread.ts";

@unmanaged
export class ThreadQueue {
  head: KernelThread | null;
  tail: KernelThread | null;

  get isEmpty(): bool {
    return this.head === null;
  }

  /** Adds `thread` at the end. */
  append(thread: KernelThread): void {
    this.insertBefore(null, thread);
  }

  /** Adds `thread` at the front. */
  prepend(thread: KernelThread): void {
    this.insertBefore(this.head, thread);
  }

  /** Adds `thread` before `next`, which is on this queue; null: at the end. */
  insertBefore(next: KernelThread | null, thread: KernelThread): void {
    assert(!interruptsEnabled(), "thread queues are changed with interrupts off");
    assert(thread.queue === null, "the thread is on a queue already");
    const previous = next === null ? this.tail : next.previous;
    if (next !== null) assert(next.queue === this, "the next thread is not on this queue");
    thread.next = next;
    thread.previous = previous;
    if (previous === null) this.head = thread;
    else previous.next = thread;
    if (next === null) this.tail = thread;
    else next.previous = thread;
    thread.queue = this;
  }

  /** Takes the first thread off the queue; the queue must not be empty. */
  takeFirst(): KernelThread {
    const first = this.head;
    assert(first !== null, "an empty queue has no first thread");
    this.remove(first as KernelThread);
    return first as KernelThread;
  }

  remove(thread: KernelThread): void {
    assert(!interruptsEnabled(), "thread queues are changed with interrupts off");
    assert(thread.queue === this, "the thread is not on this queue");
    const next = thread.next;
    const previous = thread.previous;
    if (previous === null) this.head = next;
    else previous.next = next;
    if (next === null) this.tail = previous;
    else next.previous = previous;
    thread.next = null;
    thread.previous = null;
    thread.queue = null;
  }
}
