// The VGA: registers of the sequencer, CRT controller, graphics and attribute controllers and the DAC; port and memory decoding.
// Memory access is in vga-memory.ts, pictures are made in vga-picture.ts; modes with a linear frame buffer are in vbe.ts. After a reset it stands in mode 3 (80 × 25 text) with
// our own font, as a video BIOS would leave it.
// Source: IBM PS/2 Hardware Interface Technical Reference, "Video subsystem".

import type { Bus, Device, DeviceState } from "../bus.ts";
import type { Clock } from "../clock.ts";
import { font8x16 } from "./font.ts";
import { bytesField, loadFields, numberField, saveFields, stateField } from "./state.ts";
import { Vbe } from "./vbe.ts";
import { copyFrameBuffer, drawFrameBuffer, type FrameBuffer } from "./vbe-picture.ts";
import { VgaMemory } from "./vga-memory.ts";
import { MODE_3, textPalette } from "./vga-modes.ts";
import { drawPicture, readText, type TextScreen, type VgaPicture, type VgaState } from "./vga-picture.ts";

const PORTS_FIRST = 0x3b0;
const PORTS_COUNT = 0x30;
const WINDOW = 0xa0000;
const WINDOW_BYTES = 0x20000;
/** Of the window, while there is a linear frame buffer. */
const BANK_WINDOW_BYTES = 0x10000;

const ATTRIBUTE = 0x3c0;
const ATTRIBUTE_READ = 0x3c1;
const MISC_OUTPUT_WRITE = 0x3c2;
const VIDEO_ENABLE = 0x3c3;
const SEQUENCER_INDEX = 0x3c4;
const SEQUENCER_DATA = 0x3c5;
const DAC_MASK = 0x3c6;
const DAC_READ_INDEX = 0x3c7;
const DAC_WRITE_INDEX = 0x3c8;
const DAC_DATA = 0x3c9;
const FEATURE_READ = 0x3ca;
const MISC_OUTPUT_READ = 0x3cc;
const GRAPHICS_INDEX = 0x3ce;
const GRAPHICS_DATA = 0x3cf;
// Offsets from 3B0h (monochrome addressing) or 3D0h.
const CRTC_INDEX = 4;
const CRTC_DATA = 5;
const STATUS_1 = 10;

const MISC_COLOR_ADDRESSES = 0x01;
const CRTC_PROTECT = 0x80;
const ATTRIBUTE_PALETTE_SOURCE = 0x20;

const STATUS_1_DISPLAY_OFF = 0x01;
const STATUS_1_RETRACE = 0x08;

const SEQUENCER_COUNT = 5;
const CRTC_COUNT = 25;
const GRAPHICS_COUNT = 9;
const ATTRIBUTE_COUNT = 21;

/** Writable bits of the sequencer and attribute registers; the rest read as zero. */
const SEQUENCER_BITS = [0x03, 0x3d, 0x0f, 0x3f, 0x0e];
const GRAPHICS_BITS = [0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff];
const attributeBits = (index: number): number => (index < 16 ? 0x3f : [0xef, 0xff, 0x3f, 0x0f, 0x0f][index - 16]);

const FIELDS = [
  "miscOutput",
  "featureControl",
  "videoEnable",
  "sequencerIndex",
  "crtcIndex",
  "graphicsIndex",
  "attributeIndex",
  "attributeDataNext",
  "dacMask",
  "dacReading",
  "dacIndex",
  "dacComponent",
] as const;

export interface VgaWiring {
  clock: Clock;
}

/** Registers and memory, and the frame buffer where the picture is made of that. */
export interface VgaStill extends VgaState {
  readonly frameBuffer?: FrameBuffer;
}

export class Vga implements Device {
  readonly name = "vga";
  /** Counts up whenever what is seen may have changed. */
  generation = 0;
  // Public for save and load, and for the picture.
  miscOutput = 0;
  featureControl = 0;
  videoEnable = 1;
  sequencerIndex = 0;
  crtcIndex = 0;
  graphicsIndex = 0;
  /** With bit 5, which connects the palette. */
  attributeIndex = 0;
  /** The flip-flop of port 3C0h. */
  attributeDataNext = false;
  dacMask = 0xff;
  dacReading = false;
  dacIndex = 0;
  dacComponent = 0;
  readonly sequencer = new Uint8Array(SEQUENCER_COUNT);
  readonly crtc = new Uint8Array(CRTC_COUNT);
  readonly graphics = new Uint8Array(GRAPHICS_COUNT);
  readonly attribute = new Uint8Array(ATTRIBUTE_COUNT);
  /** 256 × red, green, blue, six bits each. */
  readonly dac = new Uint8Array(768);
  readonly memory: VgaMemory;
  readonly vbe: Vbe;

  constructor(private readonly wiring: VgaWiring) {
    const onChange = () => {
      this.generation++;
    };
    this.memory = new VgaMemory(this, onChange);
    this.vbe = new Vbe(onChange);
  }

  attach(ports: Bus, memory: Bus): void {
    ports.map(PORTS_FIRST, PORTS_COUNT, {
      read8: (port) => this.read(port),
      write8: (port, value) => this.write(port, value),
    });
    memory.map(WINDOW, WINDOW_BYTES, {
      read8: (address) => this.readWindow(address),
      read16: (address) => this.readWindow(address) | (this.readWindow(address + 1) << 8),
      write8: (address, value) => this.writeWindow(address, value),
      write16: (address, value) => {
        this.writeWindow(address, value & 0xff);
        this.writeWindow(address + 1, value >> 8);
      },
    });
    this.vbe.attach(ports, memory);
  }

  reset(): void {
    this.miscOutput = MODE_3.miscOutput;
    this.featureControl = 0;
    this.videoEnable = 1;
    this.sequencerIndex = 0;
    this.crtcIndex = 0;
    this.graphicsIndex = 0;
    this.attributeIndex = ATTRIBUTE_PALETTE_SOURCE;
    this.attributeDataNext = false;
    this.dacMask = 0xff;
    this.dacReading = false;
    this.dacIndex = 0;
    this.dacComponent = 0;
    this.sequencer.set(MODE_3.sequencer);
    this.crtc.set(MODE_3.crtc);
    this.graphics.set(MODE_3.graphics);
    this.attribute.set(MODE_3.attribute);
    this.dac.fill(0);
    this.dac.set(textPalette());
    this.memory.clear();
    this.loadFont();
    this.blankText();
    this.vbe.reset();
    this.generation++;
  }

  /** The text screen, as character codes and attributes. In a graphics mode all cells are zero. */
  text(): TextScreen {
    return readText(this, this.vbe.enabled);
  }

  /** The picture. Blinking things are drawn in their visible phase unless `blinkOff` says otherwise. */
  pixels(options: { blinkOff?: boolean } = {}): VgaPicture {
    if (this.vbe.enabled) return drawFrameBuffer(this.vbe, this.dac);
    return drawPicture(this, options.blinkOff ?? false);
  }

  /** What the picture is made of, copied. */
  still(): VgaStill {
    const { attributeIndex, dacMask } = this;
    return {
      ...(this.vbe.enabled && { frameBuffer: copyFrameBuffer(this.vbe) }),
      sequencer: this.sequencer.slice(),
      crtc: this.crtc.slice(),
      graphics: this.graphics.slice(),
      attribute: this.attribute.slice(),
      dac: this.dac.slice(),
      memory: { bytes: this.memory.bytes.slice() },
      attributeIndex,
      dacMask,
    };
  }

  look(): DeviceState {
    return {
      ...saveFields<Vga>(this, FIELDS),
      sequencer: this.sequencer.slice(),
      crtc: this.crtc.slice(),
      graphics: this.graphics.slice(),
      attribute: this.attribute.slice(),
      dac: this.dac.slice(),
      vbe: this.vbe.look(),
    };
  }

  save(): DeviceState {
    return {
      ...this.look(),
      memory: this.memory.bytes.slice(),
      latches: this.memory.latches,
      vbe: this.vbe.save(),
    };
  }

  load(state: DeviceState): void {
    loadFields<Vga>(this, FIELDS, state);
    this.sequencer.set(bytesField(state, "sequencer", SEQUENCER_COUNT));
    this.crtc.set(bytesField(state, "crtc", CRTC_COUNT));
    this.graphics.set(bytesField(state, "graphics", GRAPHICS_COUNT));
    this.attribute.set(bytesField(state, "attribute", ATTRIBUTE_COUNT));
    this.dac.set(bytesField(state, "dac", 768));
    this.memory.bytes.set(bytesField(state, "memory", this.memory.bytes.length));
    this.memory.latches = numberField(state, "latches");
    this.vbe.load(stateField(state, "vbe"));
    this.generation++;
  }

  /** Our font into plane 2: 32 bytes a character, of which mode 3 shows 16. */
  private loadFont(): void {
    const font = font8x16();
    for (let code = 0; code < 256; code++) {
      for (let row = 0; row < 16; row++) this.memory.bytes[4 * (32 * code + row) + 2] = font[16 * code + row];
    }
  }

  /** Light grey blanks in odd/even text memory. */
  private blankText(): void {
    for (let address = 0; address < 0x8000; address += 2) {
      this.memory.bytes[4 * address] = 0x20;
      this.memory.bytes[4 * address + 1] = 0x07;
    }
  }

  private readWindow(address: number): number {
    if (!this.vbe.enabled) return this.memory.read(address);
    const offset = address - WINDOW;
    return offset < BANK_WINDOW_BYTES ? this.vbe.readWindow(offset) : 0xff;
  }

  private writeWindow(address: number, value: number): void {
    if (!this.vbe.enabled) this.memory.write(address, value);
    else if (address - WINDOW < BANK_WINDOW_BYTES) this.vbe.writeWindow(address - WINDOW, value);
  }

  private read(port: number): number {
    switch (port) {
      case ATTRIBUTE:
        return this.attributeIndex;
      case ATTRIBUTE_READ:
        return this.attribute[this.attributeIndex & 0x1f] ?? 0;
      case MISC_OUTPUT_WRITE: // Input Status 0: a colour monitor is attached.
        return 0x10;
      case VIDEO_ENABLE:
        return this.videoEnable;
      case SEQUENCER_INDEX:
        return this.sequencerIndex;
      case SEQUENCER_DATA:
        return this.sequencer[this.sequencerIndex] ?? 0;
      case DAC_MASK:
        return this.dacMask;
      case DAC_READ_INDEX:
        return this.dacReading ? 3 : 0;
      case DAC_WRITE_INDEX:
        return this.dacIndex;
      case DAC_DATA: {
        const value = this.dac[3 * this.dacIndex + this.dacComponent];
        this.nextDacComponent();
        return value;
      }
      case FEATURE_READ:
        return this.featureControl;
      case MISC_OUTPUT_READ:
        return this.miscOutput;
      case GRAPHICS_INDEX:
        return this.graphicsIndex;
      case GRAPHICS_DATA:
        return this.graphics[this.graphicsIndex] ?? 0;
    }
    switch (this.crtcOffset(port)) {
      case CRTC_INDEX:
        return this.crtcIndex;
      case CRTC_DATA:
        return this.crtc[this.crtcIndex] ?? 0;
      case STATUS_1:
        this.attributeDataNext = false;
        return this.status1();
    }
    return 0xff;
  }

  private write(port: number, value: number): void {
    switch (port) {
      case ATTRIBUTE:
        this.writeAttribute(value);
        return;
      case MISC_OUTPUT_WRITE:
        this.miscOutput = value;
        return;
      case VIDEO_ENABLE:
        this.videoEnable = value & 1;
        return;
      case SEQUENCER_INDEX:
        this.sequencerIndex = value & 7;
        return;
      case SEQUENCER_DATA:
        this.set(this.sequencer, this.sequencerIndex, value & (SEQUENCER_BITS[this.sequencerIndex] ?? 0));
        return;
      case DAC_MASK:
        this.dacMask = value;
        this.generation++;
        return;
      case DAC_READ_INDEX:
      case DAC_WRITE_INDEX:
        this.dacIndex = value;
        this.dacComponent = 0;
        this.dacReading = port === DAC_READ_INDEX;
        return;
      case DAC_DATA:
        this.set(this.dac, 3 * this.dacIndex + this.dacComponent, value & (this.vbe.hasWideDac ? 0xff : 0x3f));
        this.nextDacComponent();
        return;
      case GRAPHICS_INDEX:
        this.graphicsIndex = value & 15;
        return;
      case GRAPHICS_DATA:
        this.set(this.graphics, this.graphicsIndex, value & (GRAPHICS_BITS[this.graphicsIndex] ?? 0));
        return;
    }
    switch (this.crtcOffset(port)) {
      case CRTC_INDEX:
        this.crtcIndex = value & 0x1f;
        break;
      case CRTC_DATA:
        this.writeCrtc(value);
        break;
      case STATUS_1:
        this.featureControl = value & 3;
        break;
    }
  }

  /** Offset of a port in the CRTC's block when it answers there: bit 0 of Miscellaneous Output chooses 3B0h or 3D0h. */
  private crtcOffset(port: number): number {
    return port - (this.miscOutput & MISC_COLOR_ADDRESSES ? 0x3d0 : 0x3b0);
  }

  private set(registers: Uint8Array, index: number, value: number): void {
    if (index >= registers.length || registers[index] === value) return;
    registers[index] = value;
    this.generation++;
  }

  private writeCrtc(value: number): void {
    let next = value;
    if (this.crtcIndex <= 7 && this.crtc[0x11] & CRTC_PROTECT) {
      // Of the protected timing registers only bit 8 of line compare may be written.
      if (this.crtcIndex !== 7) return;
      next = (this.crtc[7] & ~0x10) | (value & 0x10);
    }
    this.set(this.crtc, this.crtcIndex, next);
  }

  private writeAttribute(value: number): void {
    if (this.attributeDataNext) {
      const index = this.attributeIndex & 0x1f;
      // While the palette drives the screen it cannot be written.
      if (index >= 16 || (this.attributeIndex & ATTRIBUTE_PALETTE_SOURCE) === 0) {
        if (index < ATTRIBUTE_COUNT) this.set(this.attribute, index, value & attributeBits(index));
      }
    } else {
      if ((this.attributeIndex ^ value) & ATTRIBUTE_PALETTE_SOURCE) this.generation++;
      this.attributeIndex = value & 0x3f;
    }
    this.attributeDataNext = !this.attributeDataNext;
  }

  private nextDacComponent(): void {
    this.dacComponent = (this.dacComponent + 1) % 3;
    if (this.dacComponent === 0) this.dacIndex = (this.dacIndex + 1) & 0xff;
  }

  /** Where the beam is now follows from the clock and the CRTC's timing registers. */
  private status1(): number {
    const { crtc } = this;
    const dotHz = ((this.miscOutput >> 2) & 3) === 1 ? 28_322_000 : 25_175_000;
    const dotsPerCharacter = this.sequencer[1] & 1 ? 8 : 9;
    const halved = this.sequencer[1] & 8 ? 2 : 1;
    const characterNs = (1e9 * dotsPerCharacter * halved) / dotHz;
    const charactersPerLine = crtc[0] + 5;
    const lines = (crtc[6] | ((crtc[7] & 0x01) << 8) | ((crtc[7] & 0x20) << 4)) + 2;
    const displayed = (crtc[0x12] | ((crtc[7] & 0x02) << 7) | ((crtc[7] & 0x40) << 3)) + 1;
    const retraceStart = crtc[0x10] | ((crtc[7] & 0x04) << 6) | ((crtc[7] & 0x80) << 2);
    const retraceLines = (crtc[0x11] - retraceStart) & 15 || 16;
    const beam = Math.floor(this.wiring.clock.nowNs() / characterNs) % (charactersPerLine * lines);
    const line = Math.floor(beam / charactersPerLine);
    const character = beam % charactersPerLine;
    let status = 0;
    if (line >= displayed || character > crtc[1]) status |= STATUS_1_DISPLAY_OFF;
    if (line >= retraceStart && line < retraceStart + retraceLines) status |= STATUS_1_RETRACE;
    return status;
  }
}
