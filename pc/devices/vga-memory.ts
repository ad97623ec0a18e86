// The VGA's 256 KiB of display memory: four planes behind a 128 KiB window, with the write and read modes of the graphics
// controller. The four bytes at one address, one of each plane, lie side by side, so a latch load is one 32-bit read.
// Source: IBM PS/2 Hardware Interface Technical Reference, "Video subsystem" (graphics controller and sequencer).

const PLANE_BYTES = 0x10000;

/** The register values that memory access depends on. */
export interface VgaMemoryRegisters {
  /** Sequencer registers 0..4. */
  readonly sequencer: Uint8Array;
  /** Graphics controller registers 0..8. */
  readonly graphics: Uint8Array;
}

// Sequencer.
const MAP_MASK = 2;
const MEMORY_MODE = 4;
const MEMORY_MODE_SEQUENTIAL = 0x04;
const MEMORY_MODE_CHAIN_4 = 0x08;

// Graphics controller.
const SET_RESET = 0;
const ENABLE_SET_RESET = 1;
const COLOR_COMPARE = 2;
const DATA_ROTATE = 3;
const READ_MAP_SELECT = 4;
const GRAPHICS_MODE = 5;
const MISCELLANEOUS = 6;
const COLOR_DONT_CARE = 7;
const BIT_MASK = 8;
const READ_MODE_COMPARE = 0x08;

/** The four planes' bytes for each plane mask: FFh in every plane whose bit is set. */
const EXPAND = Uint32Array.from({ length: 16 }, (_, mask) => {
  let word = 0;
  for (let plane = 0; plane < 4; plane++) if ((mask >> plane) & 1) word |= 0xff << (8 * plane);
  return word >>> 0;
});

export class VgaMemory {
  /** Byte `4 * address + plane`. */
  readonly bytes = new Uint8Array(4 * PLANE_BYTES);
  private readonly words = new Uint32Array(this.bytes.buffer);
  private latch = 0;

  /** @param onChange called after a write that changed a byte, with the plane address */
  constructor(
    private readonly registers: VgaMemoryRegisters,
    private readonly onChange: (address: number) => void,
  ) {}

  clear(): void {
    this.words.fill(0);
    this.latch = 0;
  }

  /** Offset in the selected window of a physical address, or -1 when the VGA does not answer there. */
  private offset(physicalAddress: number): number {
    const at = physicalAddress - 0xa0000;
    switch ((this.registers.graphics[MISCELLANEOUS] >> 2) & 3) {
      case 0:
        return at & 0x1ffff;
      case 1:
        return at < 0x10000 ? at : -1;
      case 2:
        return at >= 0x10000 && at < 0x18000 ? at - 0x10000 : -1;
      default:
        return at >= 0x18000 ? at - 0x18000 : -1;
    }
  }

  read(physicalAddress: number): number {
    const offset = this.offset(physicalAddress);
    if (offset < 0) return 0xff;
    const { sequencer, graphics } = this.registers;
    let address = offset & 0xffff;
    let plane = graphics[READ_MAP_SELECT] & 3;
    if (sequencer[MEMORY_MODE] & MEMORY_MODE_CHAIN_4) {
      plane = address & 3;
      address &= 0xfffc;
    } else if ((sequencer[MEMORY_MODE] & MEMORY_MODE_SEQUENTIAL) === 0) {
      plane = (plane & 2) | (address & 1);
      address &= 0xfffe;
    }
    this.latch = this.words[address];
    if ((graphics[GRAPHICS_MODE] & READ_MODE_COMPARE) === 0) return (this.latch >>> (8 * plane)) & 0xff;
    // A bit is set where the planes that are cared about hold the colour to compare with.
    const differs = (this.latch ^ EXPAND[graphics[COLOR_COMPARE] & 15]) & EXPAND[graphics[COLOR_DONT_CARE] & 15];
    return ~(differs | (differs >>> 8) | (differs >>> 16) | (differs >>> 24)) & 0xff;
  }

  write(physicalAddress: number, value: number): void {
    const offset = this.offset(physicalAddress);
    if (offset < 0) return;
    const { sequencer, graphics } = this.registers;
    let address = offset & 0xffff;
    let planes = sequencer[MAP_MASK] & 15;
    if (sequencer[MEMORY_MODE] & MEMORY_MODE_CHAIN_4) {
      planes &= 1 << (address & 3);
      address &= 0xfffc;
    } else if ((sequencer[MEMORY_MODE] & MEMORY_MODE_SEQUENTIAL) === 0) {
      planes &= address & 1 ? 0b1010 : 0b0101;
      address &= 0xfffe;
    }
    const word = this.dataFor(value, graphics);
    const old = this.words[address];
    const mask = EXPAND[planes];
    const next = ((old & ~mask) | (word & mask)) >>> 0;
    if (next === old) return;
    this.words[address] = next;
    this.onChange(address);
  }

  get latches(): number {
    return this.latch;
  }

  set latches(value: number) {
    this.latch = value >>> 0;
  }

  /** What the write mode makes of a processor byte, for all four planes. */
  private dataFor(value: number, graphics: Uint8Array): number {
    const setReset = EXPAND[graphics[SET_RESET] & 15];
    const bitMask = graphics[BIT_MASK] * 0x01010101;
    switch (graphics[GRAPHICS_MODE] & 3) {
      case 0: {
        const enable = EXPAND[graphics[ENABLE_SET_RESET] & 15];
        const data = rotate(value, graphics[DATA_ROTATE] & 7) * 0x01010101;
        return this.combine((data & ~enable) | (setReset & enable), bitMask, graphics[DATA_ROTATE]);
      }
      case 1:
        return this.latch;
      case 2:
        return this.combine(EXPAND[value & 15], bitMask, graphics[DATA_ROTATE]);
      default: {
        const mask = rotate(value, graphics[DATA_ROTATE] & 7) * 0x01010101;
        return (setReset & bitMask & mask) | (this.latch & ~(bitMask & mask));
      }
    }
  }

  /** The logic unit and the bit mask: where the mask has a 0, the latch goes through. */
  private combine(data: number, bitMask: number, dataRotate: number): number {
    let word = data;
    switch ((dataRotate >> 3) & 3) {
      case 1:
        word = data & this.latch;
        break;
      case 2:
        word = data | this.latch;
        break;
      case 3:
        word = data ^ this.latch;
        break;
    }
    return (word & bitMask) | (this.latch & ~bitMask);
  }
}

function rotate(byte: number, count: number): number {
  return ((byte >> count) | (byte << (8 - count))) & 0xff;
}
