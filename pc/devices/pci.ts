// The PCI bus: configuration mechanism #1 at CF8h and CFCh, and the functions of bus 0.
// Sources: PCI Local Bus Specification 2.1, section 3.7.4.1; Intel 82441FX (440FX PCIset) data sheet, order no. 290549.

import type { Bus, Device, DeviceState } from "../bus.ts";
import type { PciFunction } from "./pci-function.ts";
import { numberField, stateField } from "./state.ts";

const CONFIG_ADDRESS = 0xcf8;
const CONFIG_DATA = 0xcfc;

const ENABLE = 0x8000_0000;
/** Bits 24 to 30 and the lowest two do not exist. */
const ADDRESS_BITS = 0x80ff_fffc;
const FUNCTIONS = 8;

export class Pci implements Device {
  readonly name = "pci";
  private address = 0;
  /** By device * 8 + function. */
  private readonly functions = new Map<number, PciFunction>();

  /** Connects a function to bus 0. */
  connect(device: number, number: number, pciFunction: PciFunction): void {
    this.functions.set(device * FUNCTIONS + number, pciFunction);
  }

  attach(ports: Bus): void {
    // The address register is there for 32-bit accesses only; CF9h is another chip's.
    ports.map(CONFIG_ADDRESS, 1, {
      read32: () => this.address,
      write16: () => {},
      write32: (_port, value) => {
        this.address = (value & ADDRESS_BITS) >>> 0;
      },
    });
    ports.map(CONFIG_DATA, 4, {
      read8: (port) => this.read(port - CONFIG_DATA),
      write8: (port, value) => this.write(port - CONFIG_DATA, value),
    });
  }

  reset(): void {
    this.address = 0;
    for (const pciFunction of this.functions.values()) pciFunction.reset();
  }

  save(): DeviceState {
    const state: DeviceState = { address: this.address };
    for (const [number, pciFunction] of this.functions) state[`function${number}`] = pciFunction.save();
    return state;
  }

  load(state: DeviceState): void {
    this.address = numberField(state, "address");
    for (const [number, pciFunction] of this.functions) pciFunction.load(stateField(state, `function${number}`));
  }

  /** The function that the address register names; nobody answers on other buses. */
  private get addressed(): PciFunction | undefined {
    const bus = (this.address >>> 16) & 0xff;
    if ((this.address & ENABLE) === 0 || bus !== 0) return undefined;
    return this.functions.get((this.address >>> 8) & 0xff);
  }

  private read(byte: number): number {
    if ((this.address & ENABLE) === 0) return 0xff;
    return this.addressed?.read8((this.address & 0xfc) + byte) ?? 0xff;
  }

  private write(byte: number, value: number): void {
    this.addressed?.write8((this.address & 0xfc) + byte, value);
  }
}
