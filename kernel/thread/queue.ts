// A queue of threads, linked through the threads themselves: so queueing never allocates. A thread is on at most one
// queue, and knows which. Who changes a queue has turned interrupts off, and says so in an assertion of his own: queues are
// on the way of every thread switch.

import { KernelThread } from "./thread.ts";

@unmanaged
export class ThreadQueue {
  head: KernelThread | null;
  tail: KernelThread | null;

  get isEmpty(): bool {
    return this.head === null;
  }

  // Those that are on the way of every thread switch stand where they are called.

  /** Adds `thread` at the end. */
  @inline append(thread: KernelThread): void {
    assert(thread.queue === null, "the thread is on a queue already");
    const last = this.tail;
    thread.previous = last;
    if (last === null) this.head = thread;
    else last.next = thread;
    this.tail = thread;
    thread.queue = this;
  }

  /** Adds `thread` at the front. */
  prepend(thread: KernelThread): void {
    assert(thread.queue === null, "the thread is on a queue already");
    const first = this.head;
    thread.next = first;
    if (first === null) this.tail = thread;
    else first.previous = thread;
    this.head = thread;
    thread.queue = this;
  }

  /** Takes the first thread off the queue, which must not be empty, and adds `thread` at the end: one takes the other's turn. */
  @inline rotate(thread: KernelThread): KernelThread {
    assert(thread.queue === null, "the thread is on a queue already");
    const last = changetype<KernelThread>(this.tail);
    thread.previous = last;
    last.next = thread;
    this.tail = thread;
    thread.queue = this;
    const first = changetype<KernelThread>(this.head);
    const second = changetype<KernelThread>(first.next); // at least `thread`
    this.head = second;
    second.previous = null;
    first.next = null;
    first.queue = null;
    return first;
  }

  /** Takes the first thread off the queue; the queue must not be empty. */
  @inline takeFirst(): KernelThread {
    const first = this.head;
    assert(first !== null, "an empty queue has no first thread");
    const thread = first as KernelThread;
    const next = thread.next;
    this.head = next;
    if (next === null) this.tail = null;
    else next.previous = null;
    thread.next = null;
    thread.queue = null;
    return thread;
  }

  remove(thread: KernelThread): void {
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
