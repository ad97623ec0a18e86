// What a kernel's memory.size and memory.grow mean when it doesn't say so itself: memory is the address space, which is as large
// as it is. Programs with a heap define __memory_size and __memory_grow as their system gives memory.

import { assemble } from "../asm/index.ts";
import type { LinkInput } from "../link/index.ts";

/** 65535 pages, one less than 2³² bytes, which has no number. It can't grow. */
const SOURCE = `
        .text
        .weak   __memory_size, __memory_grow
__memory_size:
        movl    $0xffff, %eax
        ret
__memory_grow:
        movl    $-1, %eax
        ret
`;

/** The inputs, and what they use of the above and don't have. */
export function withAddressSpace(inputs: readonly LinkInput[]): LinkInput[] {
  const isUsed = inputs.some(({ object }) =>
    object.symbols.some(({ name, section }) => section === "undefined" && /^__memory_(size|grow)$/.test(name)),
  );
  if (!isUsed) return [...inputs];
  return [...inputs, { name: "address-space", object: assemble(SOURCE, { file: "address-space.s" }).object }];
}
