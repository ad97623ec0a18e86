// The ROM of a PCI function, seen where its expansion ROM register says, while that is enabled.
// Source: PCI Local Bus Specification 2.1, section 6.2.5.2.

import type { Bus } from "../bus.ts";
import { EXPANSION_ROM, MEMORY_SPACE, type PciFunction } from "./pci-function.ts";

const ENABLE = 0x01;

/** @param rom at most 64 KiB, as much as the function's register decodes */
export function connectExpansionRom(pci: PciFunction, rom: Uint8Array, memory: Bus): void {
  let first = 0;
  const range = memory.map(0, rom.length, { read8: (address) => rom[address - first] });
  const before = pci.onChange;
  pci.onChange = () => {
    before();
    first = pci.word(EXPANSION_ROM + 2) * 0x1_0000;
    const isEnabled = (pci.read8(EXPANSION_ROM) & ENABLE) !== 0 && (pci.command & MEMORY_SPACE) !== 0;
    range.moveTo(isEnabled && first !== 0 ? first : undefined);
  };
  pci.onChange();
}
