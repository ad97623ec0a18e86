// Ways to switch a PC off or to reset it: system control port A (92h), the reset control register (CF9h), and the power-off ports
// of QEMU (604h), of old QEMU and Bochs (B004h), and of Bochs (8900h).
// Sources: IBM PS/2 Hardware Interface Technical Reference (port 92h); Intel 82371SB data sheet (CF9h); Bochs user manual.

import type { Bus, Device, DeviceState, Line } from "../bus.ts";
import { loadFields, saveFields } from "./state.ts";

const PORT_A = 0x92;
const RESET_CONTROL = 0xcf9;
const ACPI_CONTROL = 0x604;
const ACPI_CONTROL_OLD = 0xb004;
const SHUTDOWN = 0x8900;

const FAST_RESET = 0x01;
const FAST_A20 = 0x02;
const RESET_CPU = 0x04;
/** SLP_EN with sleep type 0, which stands for "soft off" there. */
const SLEEP_ENABLE = 0x2000;
const SHUTDOWN_TEXT = "Shutdown";

export interface PowerWiring {
  /** The A20 gate's second input: the gate is open when this or the keyboard controller opens it. */
  a20: Line;
  resetCpu: () => void;
  powerOff: () => void;
}

export class Power implements Device {
  readonly name = "power";
  // Public only for save and load.
  portA = 0;
  resetControl = 0;
  acpiControl = 0;
  /** How many characters of "Shutdown" have come. */
  shutdownMatched = 0;

  constructor(private readonly wiring: PowerWiring) {}

  attach(ports: Bus): void {
    ports.map(PORT_A, 1, { read8: () => this.portA, write8: (_port, value) => this.writePortA(value) });
    ports.map(RESET_CONTROL, 1, {
      read8: () => this.resetControl,
      write8: (_port, value) => {
        // The rising edge of bit 2 resets; bit 1 says how hard.
        const rises = (value & ~this.resetControl & RESET_CPU) !== 0;
        this.resetControl = value & 0x0e;
        if (rises) this.wiring.resetCpu();
      },
    });
    for (const port of [ACPI_CONTROL, ACPI_CONTROL_OLD]) {
      ports.map(port, 2, {
        read16: () => this.acpiControl,
        read8: (at) => (at === port ? this.acpiControl & 0xff : this.acpiControl >> 8),
        write16: (_port, value) => {
          this.acpiControl = value & ~SLEEP_ENABLE;
          if ((value & 0x3c00) === SLEEP_ENABLE) this.wiring.powerOff();
        },
      });
    }
    ports.map(SHUTDOWN, 1, { write8: (_port, value) => this.writeShutdown(value) });
  }

  reset(): void {
    this.portA = 0;
    this.resetControl = 0;
    this.acpiControl = 0;
    this.shutdownMatched = 0;
    this.wiring.a20.set(false);
  }

  save(): DeviceState {
    return saveFields<Power>(this, ["portA", "resetControl", "acpiControl", "shutdownMatched"]);
  }

  load(state: DeviceState): void {
    loadFields<Power>(this, ["portA", "resetControl", "acpiControl", "shutdownMatched"], state);
    this.wiring.a20.set((this.portA & FAST_A20) !== 0);
  }

  private writePortA(value: number): void {
    const reset = (value & ~this.portA & FAST_RESET) !== 0;
    this.portA = value & (FAST_A20 | FAST_RESET);
    this.wiring.a20.set((value & FAST_A20) !== 0);
    if (reset) this.wiring.resetCpu();
  }

  private writeShutdown(value: number): void {
    if (value === SHUTDOWN_TEXT.charCodeAt(this.shutdownMatched)) this.shutdownMatched++;
    else this.shutdownMatched = value === SHUTDOWN_TEXT.charCodeAt(0) ? 1 : 0;
    if (this.shutdownMatched === SHUTDOWN_TEXT.length) {
      this.shutdownMatched = 0;
      this.wiring.powerOff();
    }
  }
}
