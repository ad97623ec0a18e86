// Joining wires.

import type { Line } from "../bus.ts";

/** Inputs for one wire that is high while any of them is: the A20 gate has two, the keyboard controller and port 92h. */
export class WiredOr {
  private level = false;
  private readonly inputs: boolean[] = [];

  constructor(private readonly output: Line) {}

  input(): Line {
    const n = this.inputs.push(false) - 1;
    return {
      set: (level) => {
        this.inputs[n] = level;
        const any = this.inputs.includes(true);
        if (any === this.level) return;
        this.level = any;
        this.output.set(any);
      },
    };
  }
}
