// The PC's floating-point error logic: FERR# of the processor raises IRQ 13; a write to port F0h lowers it and asserts IGNNE#, so that
// the handler can use floating-point instructions until it has cleared the exception. Port F1h once reset a 287; it lowers the line too.
// Sources: IBM PC AT Technical Reference, "Coprocessor"; Intel 82371SB data sheet, "Coprocessor error" (port F0h); SDM vol. 1, D.2.

import type { Bus, Device, DeviceState, Line } from "../bus.ts";
import { booleanField } from "./state.ts";

const CLEAR = 0xf0;
const RESET = 0xf1;

export interface NumericErrorWiring {
  /** IRQ 13. */
  irq: Line;
  /** Asserts IGNNE#. */
  ignore: () => void;
}

export class NumericError implements Device {
  readonly name = "numericError";
  private pending = false;

  constructor(private readonly wiring: NumericErrorWiring) {}

  attach(ports: Bus): void {
    ports.map(CLEAR, 1, {
      write8: () => {
        if (this.pending) this.wiring.ignore();
        this.lower();
      },
    });
    ports.map(RESET, 1, { write8: () => this.lower() });
  }

  /** FERR#: the processor waits because of an exception. */
  raise(): void {
    this.pending = true;
    this.wiring.irq.set(true);
  }

  private lower(): void {
    this.pending = false;
    this.wiring.irq.set(false);
  }

  reset(): void {
    this.lower();
  }

  save(): DeviceState {
    return { pending: this.pending };
  }

  load(state: DeviceState): void {
    this.pending = booleanField(state, "pending");
    this.wiring.irq.set(this.pending);
  }
}
