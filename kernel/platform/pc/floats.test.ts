import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, Random, type TestKernel } from "../../testing.ts";

// The floating-point unit among programs: each finds in it what it left there, however they take turns, and the state moves only when
// it must. The unit is a number here.
const SOURCE = `
import { dropFloats, FLOAT_BYTES, FloatState, initializeFloatingPoint, switchFloats, takeFloats } from "./platform/pc/floats.ts";
export { initializeFloatingPoint };
export function floatBytes(): usize { return FLOAT_BYTES; }
export function switchTo(state: usize): void { switchFloats(changetype<FloatState>(state)); }
export function take(state: usize): void { takeFloats(changetype<FloatState>(state)); }
export function drop(state: usize): void { dropFloats(changetype<FloatState>(state)); }
`;
const [MONITOR, EMULATE, TASK_SWITCHED, NUMERIC_ERROR] = [2, 4, 8, 32];
const STATES = 0x3000;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

class Machine {
  readonly kernel: TestKernel;
  cr0 = EMULATE;
  /** What the unit holds; NaN after a reset. */
  unit = Number.NaN;
  moves = 0;
  private readonly bytes: number;

  constructor() {
    this.kernel = instantiate(module, {
      cpu: {
        readCr0: () => this.cr0,
        writeCr0: (value = 0) => {
          this.cr0 = value;
        },
      },
      assembly: {
        saveFloats: (area = 0) => {
          this.move();
          this.kernel.view.setFloat64(area, this.unit, true);
          this.unit = Number.NaN;
          return 0;
        },
        loadFloats: (area = 0) => {
          this.move();
          this.unit = this.kernel.view.getFloat64(area, true);
          return 0;
        },
        initializeFloats: () => {
          this.unit = 0;
          return 0;
        },
        allowFloats: () => {
          this.cr0 &= ~TASK_SWITCHED;
          return 0;
        },
      },
    });
    this.kernel.call("initializeFloatingPoint");
    this.bytes = this.kernel.call("floatBytes");
  }

  private move(): void {
    this.moves++;
    if ((this.cr0 & TASK_SWITCHED) !== 0) throw new Error("the kernel used the unit while it was forbidden");
  }

  switchTo(program: number): void {
    this.kernel.call("switchTo", STATES + program * this.bytes);
  }

  /** The program that runs adds 1 to what it has in the unit; returns that. */
  add(program: number): number {
    if ((this.cr0 & TASK_SWITCHED) !== 0) this.kernel.call("take", STATES + program * this.bytes);
    return ++this.unit;
  }

  drop(program: number): void {
    this.kernel.call("drop", STATES + program * this.bytes);
  }
}

describe("the floating-point unit", () => {
  it("is on, with its errors as exceptions, and nobody's", () => {
    expect(new Machine().cr0).toBe(MONITOR | TASK_SWITCHED | NUMERIC_ERROR);
  });

  it.each([1, 2, 3])("holds for each program what it left there (seed %d)", (seed) => {
    const machine = new Machine();
    const random = new Random(seed);
    const counts = [0, 0, 0, 0];
    for (let step = 0; step < 2000; step++) {
      const program = random.below(4);
      machine.switchTo(program);
      for (let uses = random.below(3); uses > 0; uses--) {
        const count = (counts[program] ?? 0) + 1;
        expect(machine.add(program)).toBe(count);
        counts[program] = count;
      }
    }
  });

  it("moves no state while one program uses it", () => {
    const machine = new Machine();
    machine.switchTo(0);
    machine.add(0);
    for (let i = 0; i < 10; i++) {
      machine.switchTo(1);
      machine.switchTo(0);
      machine.add(0);
    }
    expect(machine.moves).toBe(0);
    machine.switchTo(1);
    machine.add(1);
    expect(machine.moves).toBe(1);
  });

  it("forgets a program that has ended", () => {
    const machine = new Machine();
    machine.switchTo(0);
    machine.add(0);
    machine.drop(1); // which never had it
    expect(machine.cr0 & TASK_SWITCHED).toBe(0);
    machine.drop(0);
    expect(machine.cr0 & TASK_SWITCHED).not.toBe(0);
    machine.switchTo(1);
    expect(machine.add(1)).toBe(1);
    expect(machine.moves).toBe(0);
  });
});
