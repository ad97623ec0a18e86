// What the VGA shows, made from its registers and memory when somebody looks: the text screen as cells, and every mode as pixels.
// Source: IBM PS/2 Hardware Interface Technical Reference, "Video subsystem" (CRT and attribute controllers).

/** The registers that the picture is made by. */
export interface VgaRegisters {
  readonly sequencer: Uint8Array;
  readonly crtc: Uint8Array;
  readonly graphics: Uint8Array;
  readonly attribute: Uint8Array;
  readonly attributeIndex: number;
  readonly dac: Uint8Array;
  readonly dacMask: number;
}

/** The parts of the VGA that the picture is made of. */
export interface VgaState extends VgaRegisters {
  /** Byte `4 * address + plane` of the display memory. */
  readonly memory: { readonly bytes: Uint8Array };
}

export interface TextScreen {
  columns: number;
  rows: number;
  /** Row by row: character code in bits 0..7, attribute in bits 8..15. */
  cells: Uint16Array;
  cursor: { column: number; row: number; visible: boolean };
  /** Attribute bit 7 blinks (otherwise it makes the background bright). */
  blink: boolean;
  graphics: boolean;
}

export interface VgaPicture {
  width: number;
  height: number;
  rgba: Uint8ClampedArray;
}

// CRT controller registers.
const HORIZONTAL_DISPLAY_END = 0x01;
const OVERFLOW = 0x07;
const PRESET_ROW_SCAN = 0x08;
const MAXIMUM_SCAN_LINE = 0x09;
const CURSOR_START = 0x0a;
const CURSOR_END = 0x0b;
const START_ADDRESS_HIGH = 0x0c;
const CURSOR_LOCATION_HIGH = 0x0e;
const VERTICAL_DISPLAY_END = 0x12;
const OFFSET = 0x13;
const UNDERLINE_LOCATION = 0x14;
const MODE_CONTROL = 0x17;
const LINE_COMPARE = 0x18;

const CURSOR_OFF = 0x20;
const DOUBLE_SCAN = 0x80;
const DOUBLEWORD_MODE = 0x40;
const BYTE_MODE = 0x40;

// Attribute controller registers.
const ATTRIBUTE_MODE = 0x10;
const OVERSCAN = 0x11;
const PLANE_ENABLE = 0x12;
const PIXEL_PANNING = 0x13;
const COLOR_SELECT = 0x14;
const GRAPHICS = 0x01;
const LINE_GRAPHICS = 0x04;
const BLINK = 0x08;
const EIGHT_BIT_COLOR = 0x40;
const P5_P4_SELECT = 0x80;

const CLOCKING_8_DOTS = 0x01;
const CLOCKING_HALF_DOTS = 0x08;
const CLOCKING_SCREEN_OFF = 0x20;

// Graphics controller mode register.
const SHIFT_256 = 0x40;
const SHIFT_INTERLEAVED = 0x20;

/** Plane 2 address of each font that Character Map Select can name. */
const FONT_ADDRESSES = [0x0000, 0x4000, 0x8000, 0xc000, 0x2000, 0x6000, 0xa000, 0xe000];

function word(crtc: Uint8Array, high: number): number {
  return (crtc[high] << 8) | crtc[high + 1];
}

function scanLines(crtc: Uint8Array): number {
  return (crtc[VERTICAL_DISPLAY_END] | ((crtc[OVERFLOW] & 0x02) << 7) | ((crtc[OVERFLOW] & 0x40) << 3)) + 1;
}

function isGraphics(vga: VgaRegisters): boolean {
  return (vga.attribute[ATTRIBUTE_MODE] & GRAPHICS) !== 0;
}

/** A CRTC memory address as the address that the planes see. */
function planeAddress(vga: VgaState, counter: number, rowScan: number): number {
  const { crtc } = vga;
  const mode = crtc[MODE_CONTROL];
  let address = counter & 0xffff;
  if (crtc[UNDERLINE_LOCATION] & DOUBLEWORD_MODE) address = (address << 2) | ((address >> 14) & 3);
  else if ((mode & BYTE_MODE) === 0) {
    // Word mode: the top bit, 15 or 13 as bit 5 says, comes in below.
    address = (address << 1) | ((address >> (mode & 0x20 ? 15 : 13)) & 1);
  }
  // The CGA's and Hercules' interleaved rows: row scan bits stand in for address bits 13 and 14.
  if ((mode & 0x01) === 0) address = (address & ~0x2000) | ((rowScan & 1) << 13);
  if ((mode & 0x02) === 0) address = (address & ~0x4000) | ((rowScan & 2) << 13);
  return address & 0xffff;
}

/** @param hasFrameBuffer the picture is made of something else than the VGA's planes */
export function readText(vga: VgaState, hasFrameBuffer: boolean): TextScreen {
  const { crtc, memory } = vga;
  const graphics = hasFrameBuffer || isGraphics(vga);
  const columns = crtc[HORIZONTAL_DISPLAY_END] + 1;
  const rowHeight = (crtc[MAXIMUM_SCAN_LINE] & 0x1f) + 1;
  const lines = scanLines(crtc) >> (crtc[MAXIMUM_SCAN_LINE] & DOUBLE_SCAN ? 1 : 0);
  // A graphics mode has no character rows: whoever draws cells gets a screen of blanks of the usual height.
  const rows = graphics ? 25 : Math.max(1, Math.floor(lines / rowHeight));
  const start = word(crtc, START_ADDRESS_HIGH);
  const pitch = crtc[OFFSET] * 2;
  const cells = new Uint16Array(columns * rows);
  if (!graphics) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const at = 4 * planeAddress(vga, start + row * pitch + column, 0);
        cells[row * columns + column] = memory.bytes[at] | (memory.bytes[at + 1] << 8);
      }
    }
  }
  return {
    columns,
    rows,
    cells,
    cursor: cursorPlace(vga, columns, rows, start, pitch, graphics),
    blink: (vga.attribute[ATTRIBUTE_MODE] & BLINK) !== 0,
    graphics,
  };
}

function cursorPlace(
  vga: VgaState,
  columns: number,
  rows: number,
  start: number,
  pitch: number,
  graphics: boolean,
): TextScreen["cursor"] {
  const { crtc } = vga;
  const distance = (word(crtc, CURSOR_LOCATION_HIGH) - start) & 0xffff;
  const row = pitch > 0 ? Math.floor(distance / pitch) : 0;
  const column = distance - row * pitch;
  const inside = row < rows && column < columns;
  const first = crtc[CURSOR_START] & 0x1f;
  const shown = first <= (crtc[CURSOR_END] & 0x1f) && first <= (crtc[MAXIMUM_SCAN_LINE] & 0x1f);
  const visible = inside && shown && !graphics && (crtc[CURSOR_START] & CURSOR_OFF) === 0;
  return inside ? { column, row, visible } : { column: 0, row: 0, visible };
}

/** Draws the screen as a monitor would show it; `blinkOff` is the phase in which cursor and blinking text are dark. */
export function drawPicture(vga: VgaState, blinkOff: boolean): VgaPicture {
  return isGraphics(vga) ? drawGraphics(vga) : drawText(vga, blinkOff);
}

/** DAC entries as pixels: R, G, B, A bytes in memory order. */
function dacColors(vga: VgaRegisters): Uint32Array {
  const colors = new Uint32Array(256);
  const bytes = new Uint8Array(colors.buffer);
  for (let i = 0; i < 256; i++) {
    const entry = i & vga.dacMask;
    for (let component = 0; component < 3; component++) {
      const six = vga.dac[3 * entry + component];
      bytes[4 * i + component] = (six << 2) | (six >> 4);
    }
    bytes[4 * i + 3] = 0xff;
  }
  return colors;
}

/** The attribute controller: 4-bit colours to pixels. */
function paletteColors(vga: VgaRegisters, dac: Uint32Array): Uint32Array {
  const { attribute } = vga;
  const select = attribute[COLOR_SELECT];
  return Uint32Array.from({ length: 16 }, (_, color) => {
    const entry = attribute[color & attribute[PLANE_ENABLE]] & 0x3f;
    const low = attribute[ATTRIBUTE_MODE] & P5_P4_SELECT ? (entry & 0x0f) | ((select & 3) << 4) : entry;
    return dac[low | ((select & 0x0c) << 4)];
  });
}

/** The screen is dark: by the sequencer, or because the palette is being written. */
function isBlanked(vga: VgaRegisters): boolean {
  return (vga.sequencer[1] & CLOCKING_SCREEN_OFF) !== 0 || (vga.attributeIndex & 0x20) === 0;
}

function canvas(width: number, height: number, fill: number): { picture: VgaPicture; pixels: Uint32Array } {
  const pixels = new Uint32Array(width * height).fill(fill);
  return { picture: { width, height, rgba: new Uint8ClampedArray(pixels.buffer) }, pixels };
}

/** Whether a scan line lies below the split, where the display starts again at address 0. */
function lineCompare(crtc: Uint8Array): number {
  return crtc[LINE_COMPARE] | ((crtc[OVERFLOW] & 0x10) << 4) | ((crtc[MAXIMUM_SCAN_LINE] & 0x40) << 3);
}

function drawText(vga: VgaState, blinkOff: boolean): VgaPicture {
  const { attribute, crtc, memory, sequencer } = vga;
  const columns = crtc[HORIZONTAL_DISPLAY_END] + 1;
  const dots = sequencer[1] & CLOCKING_8_DOTS ? 8 : 9;
  const stretch = sequencer[1] & CLOCKING_HALF_DOTS ? 2 : 1;
  const width = columns * dots * stretch;
  const height = scanLines(crtc);
  const dac = dacColors(vga);
  const colors = paletteColors(vga, dac);
  const { picture, pixels } = canvas(width, height, dac[attribute[OVERSCAN]]);
  if (isBlanked(vga)) {
    pixels.fill(dac[0] & 0xff000000);
    return picture;
  }
  const rowHeight = (crtc[MAXIMUM_SCAN_LINE] & 0x1f) + 1;
  const doubled = crtc[MAXIMUM_SCAN_LINE] & DOUBLE_SCAN ? 1 : 0;
  const pitch = crtc[OFFSET] * 2;
  const split = lineCompare(crtc);
  const blinks = (attribute[ATTRIBUTE_MODE] & BLINK) !== 0;
  const extendLines = (attribute[ATTRIBUTE_MODE] & LINE_GRAPHICS) !== 0;
  const underline = crtc[UNDERLINE_LOCATION] & 0x1f;
  const select = sequencer[3];
  const fontB = FONT_ADDRESSES[(select & 3) | ((select >> 2) & 4)];
  const fontA = FONT_ADDRESSES[((select >> 2) & 3) | ((select >> 3) & 4)];
  const cursorOn = (crtc[CURSOR_START] & CURSOR_OFF) === 0 && !blinkOff;
  const cursorFirst = crtc[CURSOR_START] & 0x1f;
  const cursorLast = crtc[CURSOR_END] & 0x1f;
  const cursorAt = word(crtc, CURSOR_LOCATION_HIGH);
  for (let y = 0; y < height; y++) {
    const below = y > split;
    const line = ((below ? y - split - 1 : y) >> doubled) + (below ? 0 : crtc[PRESET_ROW_SCAN] & 0x1f);
    const scan = line % rowHeight;
    const rowStart = (below ? 0 : word(crtc, START_ADDRESS_HIGH)) + Math.floor(line / rowHeight) * pitch;
    const onCursorLine = cursorOn && scan >= cursorFirst && scan <= cursorLast;
    let x = y * width;
    for (let column = 0; column < columns; column++) {
      const counter = (rowStart + column) & 0xffff;
      const cell = 4 * planeAddress(vga, counter, scan);
      const code = memory.bytes[cell];
      const look = memory.bytes[cell + 1];
      let foreground = colors[look & 15];
      const background = colors[(look >> 4) & (blinks ? 7 : 15)];
      if (blinks && look & 0x80 && blinkOff) foreground = background;
      const bits = memory.bytes[4 * ((look & 8 ? fontA : fontB) + 32 * code + scan) + 2];
      // The ninth dot repeats the eighth in the line-drawing characters.
      let row = (bits << 1) | (extendLines && code >= 0xc0 && code <= 0xdf ? bits & 1 : 0);
      // On a monochrome display attribute colour 1 underlines.
      if (scan === underline && (look & 0x77) === 0x01) row = 0x1ff;
      if (onCursorLine && counter === cursorAt) row = 0x1ff;
      for (let dot = 8; dot > 8 - dots; dot--) {
        const color = (row >> dot) & 1 ? foreground : background;
        for (let i = 0; i < stretch; i++) pixels[x++] = color;
      }
    }
  }
  return picture;
}

/** What the registers alone say of a graphics mode. */
function graphicsMode({ attribute, crtc, graphics }: VgaRegisters) {
  const scan = (crtc[MAXIMUM_SCAN_LINE] & 0x1f) + 1;
  const interleaved = (crtc[MODE_CONTROL] & 0x01) === 0;
  // Each row of memory is shown on `repeat` scan lines; we draw it once. Interleaved rows each have lines of their own.
  const repeat = (crtc[MAXIMUM_SCAN_LINE] & DOUBLE_SCAN ? 2 : 1) * (interleaved ? 1 : scan);
  const bytes256 = (graphics[5] & SHIFT_256) !== 0;
  const width =
    ((crtc[HORIZONTAL_DISPLAY_END] + 1) * 8) >> (bytes256 && attribute[ATTRIBUTE_MODE] & EIGHT_BIT_COLOR ? 1 : 0);
  const height = Math.max(1, Math.floor(scanLines(crtc) / repeat));
  return { scan, interleaved, repeat, bytes256, width, height };
}

/** The mode as the registers say it, without a picture of it. */
export interface VideoMode {
  graphics: boolean;
  /** Columns and rows of text, or pixels. */
  width: number;
  height: number;
  /** CRTC address of the first character or byte that is shown. */
  startAddress: number;
  /** Of text; a graphics mode has none. */
  cursor: TextScreen["cursor"] | undefined;
  /** The 16 or 256 colours that the mode can show, as pixels. */
  colors: Uint32Array;
  isBlanked: boolean;
}

const NO_MEMORY = { bytes: new Uint8Array(0) };

export function videoMode(vga: VgaRegisters): VideoMode {
  const dac = dacColors(vga);
  const startAddress = word(vga.crtc, START_ADDRESS_HIGH);
  if (isGraphics(vga)) {
    const { width, height, bytes256 } = graphicsMode(vga);
    const colors = bytes256 ? dac : paletteColors(vga, dac);
    return { graphics: true, width, height, startAddress, cursor: undefined, colors, isBlanked: isBlanked(vga) };
  }
  const { columns, rows, cursor } = readText({ ...vga, memory: NO_MEMORY }, false);
  const colors = paletteColors(vga, dac);
  return { graphics: false, width: columns, height: rows, startAddress, cursor, colors, isBlanked: isBlanked(vga) };
}

function drawGraphics(vga: VgaState): VgaPicture {
  const { attribute, crtc, sequencer } = vga;
  const { scan, interleaved, repeat, bytes256, width, height } = graphicsMode(vga);
  const dac = dacColors(vga);
  const colors = paletteColors(vga, dac);
  const { picture, pixels } = canvas(width, height, dac[attribute[OVERSCAN]]);
  if (isBlanked(vga) || sequencer[0] !== 3) {
    pixels.fill(dac[0] & 0xff000000);
    return picture;
  }
  const split = lineCompare(crtc);
  const pitch = crtc[OFFSET] * 2;
  const panning = bytes256 ? (attribute[PIXEL_PANNING] & 7) >> 1 : attribute[PIXEL_PANNING] & 7;
  const line = new Uint8Array(width + 8);
  for (let y = 0; y < height; y++) {
    const below = y * repeat > split;
    const row = below ? y - Math.floor(split / repeat) - 1 : y;
    const rowScan = interleaved ? row % scan : 0;
    const counter = (below ? 0 : word(crtc, START_ADDRESS_HIGH)) + (interleaved ? Math.floor(row / scan) : row) * pitch;
    readPixels(vga, line, counter, rowScan);
    for (let x = 0; x < width; x++) {
      const value = line[x + panning];
      pixels[y * width + x] = bytes256 ? dac[value] : colors[value];
    }
  }
  return picture;
}

/** One line's colour numbers as the graphics controller shifts them out. */
function readPixels(vga: VgaState, line: Uint8Array, counter: number, rowScan: number): void {
  const { memory, graphics } = vga;
  const mode = graphics[5];
  const perCell = mode & SHIFT_256 ? 4 : 8;
  for (let x = 0, cell = 0; x < line.length; x += perCell, cell++) {
    const at = 4 * planeAddress(vga, counter + cell, rowScan);
    const planes = memory.bytes.subarray(at, at + 4);
    for (let i = 0; i < perCell && x + i < line.length; i++) line[x + i] = pixelOf(planes, i, mode);
  }
}

/** Pixel `i` of the four bytes of one memory address. */
function pixelOf(planes: Uint8Array, i: number, mode: number): number {
  if (mode & SHIFT_256) return planes[i];
  if (mode & SHIFT_INTERLEAVED) {
    // Two bits a pixel: planes 0 and 2 hold the first four pixels of a pair of bytes, 1 and 3 the others.
    const pair = i >> 2;
    const shift = 6 - 2 * (i & 3);
    return ((planes[pair] >> shift) & 3) | (((planes[pair + 2] >> shift) & 3) << 2);
  }
  const shift = 7 - i;
  return (
    ((planes[0] >> shift) & 1) |
    (((planes[1] >> shift) & 1) << 1) |
    (((planes[2] >> shift) & 1) << 2) |
    (((planes[3] >> shift) & 1) << 3)
  );
}
