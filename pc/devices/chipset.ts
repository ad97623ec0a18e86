// The configuration spaces of the chips on the board: 440FX host bridge, PIIX3 ISA bridge and IDE controller, and the VGA adapter.
// Of the bridges' registers only what software looks for has an effect elsewhere (CF9h, the IDE function); memory timing and
// interrupt routing are kept for who reads them: no device on this board has a PCI interrupt. Shadow RAM (PAM): pc/shadow.ts.
// Sources: Intel 82441FX data sheet (290549), section 3; Intel 82371SB (PIIX3) data sheet (290550), sections 2.1 and 2.2.

import { BASE_ADDRESS_0, BUS_MASTER, COMMAND, EXPANSION_ROM, IO_SPACE, PciFunction } from "./pci-function.ts";

const INTEL = 0x8086;
const STATUS = 0x06;
const LATENCY_TIMER = 0x0d;
const INTERRUPT_PIN = 0x3d;

/** The base address register of the bus master. */
export const BMIBA = BASE_ADDRESS_0 + 4 * 4;

const all = (count: number, value: number): number[] => Array<number>(count).fill(value);

/** 82441FX: PCI and memory controller. */
export function hostBridge(): PciFunction {
  return new PciFunction({
    vendor: INTEL,
    device: 0x1237,
    revision: 2,
    classCode: 0x06_00_00,
    command: 0x0140, // parity and system errors
    registers: [
      { at: COMMAND, reset: [0x06, 0x00] }, // memory space and bus master, always
      { at: STATUS, reset: [0x80, 0x02] },
      { at: LATENCY_TIMER, reset: [0x00], writable: [0xf8] },
      { at: 0x50, reset: all(4, 0), writable: all(4, 0xff) }, // PMCCFG, DETURBO, DBC
      { at: 0x55, reset: [0, 0, 0x01, 0x10], writable: all(4, 0xff) }, // DRT, DRAMC, DRAMT
      { at: 0x59, reset: all(7, 0), writable: [0xf0, ...all(6, 0xff)] }, // PAM
      { at: 0x60, reset: all(8, 0x01), writable: all(8, 0xff) }, // DRB
      { at: 0x68, reset: [0], writable: [0xff] }, // FDHC
      { at: 0x70, reset: [0, 0x10, 0x02], writable: [0xff, 0xff, 0x7f] }, // MTT, CLT, SMRAM
      { at: 0x90, reset: [0, 0], writable: [0xff, 0] }, // ERRCMD, ERRSTS
    ],
  });
}

/** PIIX3 function 0: the bridge to ISA. */
export function isaBridge(): PciFunction {
  return new PciFunction({
    vendor: INTEL,
    device: 0x7000,
    revision: 0,
    classCode: 0x06_01_00,
    command: 0x0008, // special cycles
    multifunction: true,
    registers: [
      { at: COMMAND, reset: [0x07, 0x00] }, // I/O and memory space and bus master, always
      { at: STATUS, reset: [0x00, 0x02] },
      { at: 0x4c, reset: [0x4d, 0, 0x03, 0x00], writable: [0xff, 0, 0xff, 0x01] }, // IORT, XBCS
      { at: 0x60, reset: all(4, 0x80), writable: all(4, 0x8f) }, // PIRQRC A to D
      { at: 0x69, reset: [0x02], writable: [0xff] }, // TOM
      { at: 0x6a, reset: [0, 0], writable: [0xff, 0xff] }, // MSTAT
      { at: 0x70, reset: [0x80], writable: [0xef] }, // MBIRQ0
      { at: 0x76, reset: [0x0c, 0x0c, 0x02, 0], writable: [0x8f, 0x8f, 0xff, 0xff] }, // MBDMA, PCSC
      { at: 0x80, reset: [0], writable: [0x7f] }, // APICBASE
      { at: 0x82, reset: [0], writable: [0x0f] }, // DLC
      { at: 0xa0, reset: [0x08], writable: [0x1f] }, // SMICNTL
      { at: 0xa2, reset: [0, 0, 0, 0, 0, 0, 0x0f], writable: all(7, 0xff) }, // SMIEN, SEE, FTMR
      { at: 0xaa, reset: [0, 0, 0], writable: all(3, 0xff) }, // SMIREQ, CTLTMR
      { at: 0xae, reset: [0], writable: [0xff] }, // CTHTMR
    ],
  });
}

/** PIIX3 function 1: the IDE controller. Its channels stand at the AT's ports whatever the registers say. */
export function ideFunction(): PciFunction {
  return new PciFunction({
    vendor: INTEL,
    device: 0x7010,
    revision: 0,
    classCode: 0x01_01_80, // bus master, compatibility mode
    command: IO_SPACE | BUS_MASTER,
    registers: [
      { at: STATUS, reset: [0x80, 0x02] },
      { at: LATENCY_TIMER, reset: [0x00], writable: [0xf0] },
      // 16 ports. The upper half is reserved, but SeaBIOS takes ports that need not fill it for too many.
      { at: BMIBA, reset: [0x01, 0, 0, 0], writable: [0xf0, 0xff, 0xff, 0xff] },
      { at: 0x40, reset: all(5, 0), writable: all(5, 0xff) }, // IDETIM, SIDETIM
    ],
  });
}

/** The VGA adapter, which QEMU's guests know by this number. Its linear frame buffer has 16 MiB; a video BIOS takes 64 KiB. */
export function vgaFunction(videoBiosBytes = 0): PciFunction {
  return new PciFunction({
    vendor: 0x1234,
    device: 0x1111,
    revision: 2,
    classCode: 0x03_00_00,
    registers: [
      { at: BASE_ADDRESS_0, reset: [0x08, 0, 0, 0], writable: [0, 0, 0, 0xff] }, // prefetchable memory
      { at: INTERRUPT_PIN, reset: [0x00] },
      ...(videoBiosBytes > 0 ? [{ at: EXPANSION_ROM, reset: [0, 0, 0, 0], writable: [1, 0, 0xff, 0xff] }] : []),
    ],
  });
}
