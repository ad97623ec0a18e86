// The two policies of the scheduler: which rank a thread has. The scheduler always runs the first thread of the highest
// rank; a policy says how a thread comes to its rank.
//
// - Priority: a thread's rank is its priority, whatever it does. Threads of one priority take turns.
// - Feedback: a multilevel feedback queue. A new thread starts at the top level; one that uses a whole time slice goes a level
//   down, one that blocks a level up: who waits for people and devices runs soon, who computes runs long. So that nobody
//   starves, all threads go back to the top every FEEDBACK_RESET_TICKS.
//
// The idle thread has the lowest rank in both.

import { KernelThread, PRIORITY_IDLE } from "./thread.ts";

export const enum SchedulingPolicy {
  Priority,
  Feedback,
}

export const FEEDBACK_LEVELS: u32 = 4;
export const FEEDBACK_RESET_TICKS: u32 = 100;
/** Ranks go from 0 to RANK_COUNT − 1, for both policies. */
export const RANK_COUNT: u32 = 8;

let policy: SchedulingPolicy = SchedulingPolicy.Priority;

export function schedulingPolicy(): SchedulingPolicy {
  return policy;
}

/** Only the scheduler calls this: it must put the ready threads into their new queues. */
export function selectPolicy(selected: SchedulingPolicy): void {
  policy = selected;
}

/** Computes the thread's place among the ready queues anew: 0 is the highest rank's. */
export function updatePlace(thread: KernelThread): void {
  const isByPriority = policy === SchedulingPolicy.Priority || thread.priority == PRIORITY_IDLE;
  const rank = isByPriority ? thread.priority : FEEDBACK_LEVELS - thread.feedbackLevel;
  thread.place = RANK_COUNT - 1 - rank;
}

/** The thread has used its whole time slice. */
export function onSliceUsed(thread: KernelThread): void {
  setLevel(thread, min<u32>(thread.feedbackLevel + 1, FEEDBACK_LEVELS - 1));
}

/** The thread has given the processor up to wait for something. */
export function onBlocked(thread: KernelThread): void {
  if (thread.feedbackLevel > 0) setLevel(thread, thread.feedbackLevel - 1);
}

export function setLevel(thread: KernelThread, level: u32): void {
  thread.feedbackLevel = level;
  updatePlace(thread);
}
