// Interrupts and exceptions that the host takes in place of the IDT: what it is told, what it finds, how the CPU goes on.

import { expect, test } from "vitest";
import type { CpuTrap } from "./cpu.ts";
import { Bench, flat } from "./program.testing.ts";

/** A bench whose traps end up in a list, with EIP; `handle` may do more. */
function trapped(handle: (bench: Bench, trap: CpuTrap) => void = () => {}) {
  const traps: (CpuTrap & { eip: number; instructions: number })[] = [];
  const bench: Bench = new Bench(4 << 20, (trap) => {
    traps.push({ ...trap, eip: bench.cpu.registers.eip, instructions: bench.cpu.instructions });
    handle(bench, trap);
  });
  return { bench, traps };
}

test("INT n comes with EIP behind it, a fault with EIP at it and its error code", () => {
  const { bench, traps } = trapped((each, { vector }) => {
    if (vector === 13) each.cpu.registers.eip = each.symbol("after");
  });
  flat("nop; int $0x82; here: movw %ax, %ds; nop; after: int3; there: hlt", bench);
  bench.cpu.registers.setGeneral("eax", 0x1234);
  bench.finish();
  expect(traps).toEqual([
    { vector: 0x82, source: "software", eip: bench.symbol("here"), instructions: 2 },
    { vector: 13, source: "exception", errorCode: 0x1234, eip: bench.symbol("here"), instructions: 3 },
    { vector: 3, source: "software", eip: bench.symbol("there"), instructions: 4 },
  ]);
});

test("what the host changes is what the guest finds: registers, memory, also its code", () => {
  const { bench } = trapped((each) => {
    each.cpu.registers.setGeneral("ebx", 7);
    each.cpu.memory.write(each.symbol("patched"), Uint8Array.of(0x43)); // incl %ebx
  });
  flat("int $0x20; patched: nop; hlt", bench).finish();
  expect(bench.cpu.registers.general("ebx")).toBe(8);
});

test("the host can stop the run, and it goes on where it was", () => {
  const { bench, traps } = trapped((each) => each.cpu.stop());
  flat("incl %ebx; int $0x20; incl %ebx; int $0x20; hlt", bench);
  bench.cpu.run(1000);
  expect([traps.length, bench.cpu.instructions, bench.cpu.registers.general("ebx")]).toEqual([1, 2, 1]);
  bench.cpu.run(1000);
  expect([traps.length, bench.cpu.instructions, bench.cpu.registers.general("ebx")]).toEqual([2, 4, 2]);
  expect(bench.cpu.halted).toBe(false);
});

test("a fault that comes back for ever costs instructions, so that a run ends", () => {
  const { bench, traps } = trapped();
  flat("ud2", bench);
  bench.cpu.run(1000);
  expect([traps.length, bench.cpu.instructions]).toEqual([1000, 1000]);
});

test("an error of the host's own leaves the run", () => {
  const { bench } = trapped(() => {
    throw new RangeError("the host's");
  });
  flat("nop; int $0x20; hlt", bench);
  expect(() => bench.cpu.run(1000)).toThrow("the host's");
});
