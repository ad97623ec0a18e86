import { expect, test } from "vitest";
import { Bench, flat } from "../program.testing.ts";

// The instruction is left and entered again, and what stands before it in its block must not run again. The code behind that is shared
// by several micro-ops, and stands outside the dispatch loop.
test.each(["interpreter", "compiler"] as const)("a long string instruction inside a block: %s", (engine) => {
  const bench = new Bench(4 << 20, undefined, "max", engine);
  const { registers } = flat(
    `
        movl    $100, %edx
1:      incl    %ebx
        movl    $0x200000, %edi
        movl    $0x5000, %ecx
        rep stosb
        decl    %edx
        jnz     1b
        hlt
  `,
    bench,
  ).finish().cpu;
  expect([registers.general("ebx"), bench.cpu.instructions]).toEqual([100, 1 + 100 * 7 + 1]);
});
