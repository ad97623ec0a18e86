// The picture of a linear frame buffer: 8 bits a pixel by the DAC's colours, more by the pixels' own red, green and blue.
// Source: VESA BIOS Extension Core Functions Standard 3.0, "Direct Color" memory model.

import type { VgaPicture } from "./vga-picture.ts";

/** What such a picture is made of. */
export interface FrameBuffer {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** 8, 15, 16, 24 or 32. */
  readonly bitsPerPixel: number;
  /** Bytes from one line to the next. */
  readonly pitch: number;
  /** Where the first pixel is in `bytes`. */
  readonly start: number;
  readonly bytes: Uint8Array;
  /** The DAC's components have eight bits, not six. */
  readonly hasWideDac: boolean;
}

/** A copy that holds no more than the picture's own lines. */
export function copyFrameBuffer(buffer: FrameBuffer): FrameBuffer {
  const { width, height, bitsPerPixel, pitch, start, bytes, hasWideDac } = buffer;
  return {
    width,
    height,
    bitsPerPixel,
    pitch,
    start: 0,
    bytes: bytes.slice(start, start + height * pitch),
    hasWideDac,
  };
}

/** @param dac 256 × red, green, blue */
export function drawFrameBuffer(buffer: FrameBuffer, dac: Uint8Array): VgaPicture {
  const { width, height, bitsPerPixel, pitch, start, bytes } = buffer;
  const rgba = new Uint8ClampedArray(width * height * 4).fill(0xff);
  // Six bits of a colour become eight.
  const wide = (component: number): number => (buffer.hasWideDac ? component : (component << 2) | (component >> 4));
  const five = (value: number): number => (value << 3) | (value >> 2);
  const six = (value: number): number => (value << 2) | (value >> 4);
  const step = (bitsPerPixel + 7) >> 3;
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 4) {
      const at = start + y * pitch + x * step;
      const word = bytes[at] | (bytes[at + 1] << 8);
      switch (bitsPerPixel) {
        case 8:
          for (let i = 0; i < 3; i++) rgba[to + i] = wide(dac[3 * bytes[at] + i]);
          break;
        case 15:
          rgba[to] = five((word >> 10) & 31);
          rgba[to + 1] = five((word >> 5) & 31);
          rgba[to + 2] = five(word & 31);
          break;
        case 16:
          rgba[to] = five(word >> 11);
          rgba[to + 1] = six((word >> 5) & 63);
          rgba[to + 2] = five(word & 31);
          break;
        default:
          rgba[to] = bytes[at + 2];
          rgba[to + 1] = bytes[at + 1];
          rgba[to + 2] = bytes[at];
      }
    }
  }
  return { width, height, rgba };
}
