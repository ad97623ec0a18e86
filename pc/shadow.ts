// Shadow RAM: behind the ROMs from C0000h to FFFFFh lies RAM, and the host bridge's PAM registers say for each piece of it whether
// reads and writes go there. BIOSes copy themselves into it, and then write their variables and tables there.
// Source: Intel 82441FX data sheet (290549), section 3.2.17, "PAM[6:0]".

import type { PciFunction } from "./devices/pci-function.ts";

const PAM_0 = 0x59;
const READ = 1;
const WRITE = 2;

/** Two pieces a register, in its lower and its upper half; the first register's lower one does not exist. */
const PIECES: readonly { first: number; bytes: number; register: number; shift: number }[] = [
  { first: 0xf_0000, bytes: 0x1_0000, register: PAM_0, shift: 4 },
  ...Array.from({ length: 12 }, (_, i) => ({
    first: 0xc_0000 + i * 0x4000,
    bytes: 0x4000,
    register: PAM_0 + 1 + (i >> 1),
    shift: (i & 1) * 4,
  })),
];

/** What the processor's memory must be able to do. */
export interface ShadowMemory {
  mapRam(physicalAddress: number, length: number, isWritable?: boolean): void;
  pages(physicalAddress: number, length: number): Uint32Array;
  setPages(physicalAddress: number, pages: Uint32Array): void;
  read(physicalAddress: number, length: number): Uint8Array;
  write(physicalAddress: number, bytes: Uint8Array): void;
}

/**
 * Lets the registers of `bridge` act on the memory, once all ROMs are mapped. At power-on the RAM holds what the ROMs do: so a BIOS
 * that reads the ROM and writes to the RAM below, to copy the one to the other, finds in both what it expects.
 */
export function connectShadowRam(bridge: PciFunction, memory: ShadowMemory): void {
  const pieces = PIECES.map((piece) => {
    const { first, bytes } = piece;
    const rom = memory.pages(first, bytes);
    const contents = memory.read(first, bytes);
    memory.mapRam(first, bytes);
    memory.write(first, contents);
    memory.setPages(first, rom);
    return { ...piece, rom, mode: 0 };
  });
  bridge.onChange = () => {
    for (const piece of pieces) {
      const { first, bytes, rom } = piece;
      const mode = (bridge.read8(piece.register) >> piece.shift) & (READ | WRITE);
      if (mode === piece.mode) continue;
      piece.mode = mode;
      if (mode === 0) memory.setPages(first, rom);
      else memory.mapRam(first, bytes, (mode & WRITE) !== 0);
    }
  };
  bridge.onChange();
}
