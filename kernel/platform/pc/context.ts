// A thread's processor state on the PC: everything lies on its stack, and context.s switches stacks.

import { bootStackBottom, switchContext, threadStartAddress } from "./assembly.external.ts";

export { bootStackBottom, switchContext };

/** Prepares an empty stack so that the first `switchContext` to it enters `threadMain`; returns its stack pointer. */
export function prepareStack(top: usize): usize {
  assert((top & 15) == 0, "a stack's top is aligned to 16 bytes");
  // From the top: a frame pointer and return address of 0 for the stack trace, then what switchContext pops.
  store<u32>(top - 4, 0);
  store<u32>(top - 8, threadStartAddress());
  for (let at = top - 24; at < top - 8; at += 4) store<u32>(at, 0); // EDI, ESI, EBX, EBP
  return top - 24;
}
