// Draws stills on a canvas: once a picture of the guest's own size, then enlarged without blur. The enlarged one is a whole multiple of
// the guest's pixels, at least as large as the place it is shown in; the browser makes it smaller if need be. Where the place has fewer
// pixels than the guest, the picture is made smaller here, smoothly, so that text stays legible.

import { cellsOf, linesOf, pictureOf, type ScreenStill, type TextScreen } from "../../pc/still.ts";
import { type Selection, selectedColumns } from "./selection.ts";

/** Text mode's attribute bit that blinks. */
const BLINKING = 0x8000;
const LARGEST_FACTOR = 8;

export class Painter {
  private readonly small = document.createElement("canvas");
  private still: ScreenStill | undefined;
  private cells: TextScreen | undefined;
  private size = { width: 720, height: 400 };

  constructor(private readonly canvas: HTMLCanvasElement) {}

  /** The guest's pixels. */
  get pictureSize(): { width: number; height: number } {
    return this.size;
  }

  /** The text screen; undefined in a graphics mode. */
  get text(): { lines: string[]; columns: number; rows: number } | undefined {
    const { cells } = this;
    if (!cells || cells.graphics) return undefined;
    return { lines: linesOf(cells), columns: cells.columns, rows: cells.rows };
  }

  /** Something on the screen blinks. */
  get blinks(): boolean {
    const { cells } = this;
    if (!cells || cells.graphics) return false;
    return cells.cursor.visible || (cells.blink && cells.cells.some((cell) => (cell & BLINKING) !== 0));
  }

  /** @returns whether the picture has another size than the one before */
  show(still: ScreenStill): boolean {
    this.still = still;
    this.cells = cellsOf(still);
    const { width, height } = this.size;
    this.draw({});
    return width !== this.size.width || height !== this.size.height;
  }

  /** Device pixels of the place that the picture is shown in. */
  fit(room: { width: number; height: number }): void {
    const { width, height } = this.size;
    const isSmaller = room.width < width;
    const factor = Math.min(LARGEST_FACTOR, Math.ceil(room.width / width - 0.01));
    const wide = isSmaller ? Math.max(1, Math.round(room.width)) : width * factor;
    const high = isSmaller ? Math.max(1, Math.round(room.height)) : height * factor;
    if (this.canvas.width === wide && this.canvas.height === high) return;
    this.canvas.width = wide;
    this.canvas.height = high;
    this.resize();
  }

  draw({ blinkOff = false, selection }: { blinkOff?: boolean; selection?: Selection }): void {
    if (!this.still) return;
    const { width, height, rgba } = pictureOf(this.still, blinkOff);
    if (selection && this.cells) invert(new Uint32Array(rgba.buffer), width, height, this.cells, selection);
    this.size = { width, height };
    if (this.small.width !== width || this.small.height !== height) {
      this.small.width = width;
      this.small.height = height;
    }
    // The picture was made for this call alone: its bytes are in a buffer of their own.
    this.small
      .getContext("2d")
      ?.putImageData(new ImageData(rgba as Uint8ClampedArray<ArrayBuffer>, width, height), 0, 0);
    this.resize();
  }

  private resize(): void {
    const context = this.canvas.getContext("2d", { alpha: false });
    if (!context) return;
    context.imageSmoothingEnabled = this.canvas.width < this.small.width;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.small, 0, 0, this.canvas.width, this.canvas.height);
  }
}

/** Selected cells in their complementary colours. */
function invert(pixels: Uint32Array, width: number, height: number, text: TextScreen, selection: Selection): void {
  const cellWidth = Math.floor(width / text.columns);
  const cellHeight = Math.floor(height / text.rows);
  for (let row = selection.first.row; row <= selection.last.row; row++) {
    const [from, to] = selectedColumns(selection, row, text.columns);
    for (let y = row * cellHeight; y < (row + 1) * cellHeight; y++) {
      for (let x = y * width + from * cellWidth; x < y * width + to * cellWidth; x++) pixels[x] ^= 0x00ffffff;
    }
  }
}
