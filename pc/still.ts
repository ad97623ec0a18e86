// A still of the screen: what the picture is made of, as plain data that can be sent to another thread. Who shows the picture draws it
// there, in both phases of blinking, and the machine loses no time over it.

import { cp437Text } from "./devices/cp437.ts";
import { drawFrameBuffer } from "./devices/vbe-picture.ts";
import type { VgaStill } from "./devices/vga.ts";
import { drawPicture, readText, type TextScreen, type VgaPicture } from "./devices/vga-picture.ts";

/** Registers and display memory, copied. */
export type ScreenStill = VgaStill;

export type { TextScreen, VgaPicture };

/** The picture as a monitor shows it, four bytes (red, green, blue, alpha) a pixel; `blinkOff`: cursor and blinking text are dark. */
export function pictureOf(still: ScreenStill, blinkOff = false): VgaPicture {
  const { frameBuffer, dac } = still;
  return frameBuffer ? drawFrameBuffer(frameBuffer, dac) : drawPicture(still, blinkOff);
}

/** The text screen as cells. */
export function cellsOf(still: ScreenStill): TextScreen {
  return readText(still, still.frameBuffer !== undefined);
}

/** The rows of a text screen in Unicode, trailing blanks trimmed. */
export function linesOf({ cells, columns, rows }: TextScreen): string[] {
  return Array.from({ length: rows }, (_, row) => {
    const codes = cells.subarray(row * columns, (row + 1) * columns);
    return cp437Text(Array.from(codes, (cell) => cell & 0xff)).trimEnd();
  });
}
