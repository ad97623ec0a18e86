// The second engine against the first: the same state at the same instruction count, wherever a run is stopped; and what becomes of
// compiled code that is written over.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Cpu, type CpuBus, type Engine } from "../cpu.ts";
import { Bench } from "../program.testing.ts";

const MODULE = new WebAssembly.Module(readFileSync(new URL("../../../dist/core.wasm", import.meta.url)));
const START = 0x7c00;

/** A loop with memory, calls, flags, a conditional way and an instruction that it changes itself. */
const PROGRAM = `
        xorl    %eax, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movw    $0x7000, %sp
        # Longer than one entry of a string instruction, in the middle of a block.
        movw    $0x8000, %di
        movw    $0x6000, %cx
        rep     stosb
        movw    $0x1000, %cx
        rep     movsw
        movw    $0x5000, %di
        movw    $600, %cx
        cld
again:  addw    %cx, %ax
        adcb    $7, %ah
        rclw    $1, %bx
        testb   $4, %al
        jz      even
        incb    patched + 2
        notw    %dx
even:
patched:
        addw    $1, %si
        call    leaf
        stosw
        andw    $0x5fff, %di
        orw     $0x5000, %di
        decw    %cx
        jnz     again
        cli
        hlt
leaf:   pushw   %ax
        imulw   $77, %ax, %ax
        xorw    %ax, %bx
        popw    %ax
        ret
`;

const BUS: CpuBus = {
  readPort: () => 0xff,
  writePort: () => {},
  readMemory: () => 0xff,
  writeMemory: () => {},
  acknowledgeInterrupt: () => 0,
};

function machine(engine: Engine, compileAfter = 1): Cpu {
  const cpu = Cpu.create({ module: MODULE, memoryBytes: 1 << 20, bus: BUS, engine, compileAfter });
  cpu.memory.write(START, program());
  cpu.registers.setSegment("cs", { selector: 0, base: 0, limit: 0xffff, attributes: 0x93 });
  cpu.registers.eip = START;
  return cpu;
}

let assembled: Uint8Array | undefined;
function program(): Uint8Array {
  if (assembled === undefined) {
    const bench = new Bench();
    bench.load(PROGRAM, START, 16);
    assembled = bench.cpu.memory.read(START, 256);
  }
  return assembled;
}

const stateOf = (cpu: Cpu): unknown => [
  cpu.instructions,
  cpu.registers.all(),
  Buffer.from(cpu.memory.read(0, 0x8000)).toString("base64"),
];

test("both engines are in the same state wherever they stop", () => {
  const pieces = [9, 1, 2, 3, 5, 8, 13, 21, 500, 1, 1, 1000, 7, 20_000, 3, 4, 1_000_000];
  const first = machine("interpreter");
  const second = machine("compiler");
  const third = machine("compiler", 20);
  for (const piece of pieces) {
    for (const cpu of [first, second, third]) cpu.run(piece);
    expect(stateOf(second)).toEqual(stateOf(first));
    expect(stateOf(third)).toEqual(stateOf(first));
  }
  expect(first.halted).toBe(true);
  expect(second.compilation?.compiled).toBeGreaterThan(10);
});

test("a state saved by one engine goes on in the other", () => {
  const straight = machine("interpreter");
  straight.run(9_000);
  const first = machine("compiler");
  first.run(2_345);
  const second = machine("interpreter");
  second.load(first.save());
  second.run(3_000);
  const third = machine("compiler");
  third.load(second.save());
  third.run(9_000 - 5_345);
  expect(third.registers.all()).toEqual(straight.registers.all());
  expect(third.memory.read(0, 0x8000)).toEqual(straight.memory.read(0, 0x8000));
});

test("compiled code that is written over is let go", () => {
  const cpu = machine("compiler");
  // jmp . - 2 + n: another block each time, in the same place.
  for (let round = 0; round < 2000; round++) {
    cpu.memory.write(0x9000, Uint8Array.of(0xb8, round & 0xff, round >> 8, 0xf4));
    cpu.reset();
    cpu.registers.setSegment("cs", { selector: 0, base: 0, limit: 0xffff, attributes: 0x93 });
    cpu.registers.eip = 0x9000;
    cpu.run(10);
    expect(cpu.registers.general("eax") & 0xffff).toBe(round);
  }
  expect(cpu.compilation?.compiled).toBeGreaterThanOrEqual(2000);
  expect(cpu.compilation?.kept).toBeLessThan(1000);
});

test("a block is compiled when it has been entered often enough, and not before", () => {
  const cpu = machine("compiler", 100);
  cpu.run(500);
  expect(cpu.compilation?.compiled).toBe(0);
  cpu.run(5000);
  expect(cpu.compilation?.compiled).toBeGreaterThan(0);
});
