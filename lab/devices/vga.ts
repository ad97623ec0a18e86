// The VGA's registers as a person reads them: what mode it is, where the picture begins, which colours there are.
// The meaning of the registers is pc/devices/vga-picture.ts's; of the linear modes, pc/devices/vbe.ts's.

import type { DeviceState } from "../../pc/bus.ts";
import { bytesField, numberField, numbersField, stateField } from "../../pc/devices/state.ts";
import { type VideoMode, videoMode } from "../../pc/devices/vga-picture.ts";

const ENABLED = 1;
const LINEAR = 0x40;

export interface VideoLook {
  /** `linear`: by the adapter's own registers, past the VGA. */
  kind: "text" | "graphics" | "linear";
  width: number;
  height: number;
  /** Of a pixel; 4 or 8 by the palette. */
  bits: number;
  startAddress: number;
  cursor: VideoMode["cursor"];
  isBlanked: boolean;
  /** As CSS colours; none where pixels are colours themselves. */
  palette: string[];
  registers: { name: string; bytes: Uint8Array }[];
}

export function decodeVideo(state: DeviceState): VideoLook {
  const blocks = Object.fromEntries(
    ["sequencer", "crtc", "graphics", "attribute", "dac"].map((name) => [name, bytesField(state, name)]),
  );
  const { sequencer, crtc, graphics, attribute, dac } = blocks;
  const attributeIndex = numberField(state, "attributeIndex");
  const dacMask = numberField(state, "dacMask");
  const mode = videoMode({ sequencer, crtc, graphics, attribute, attributeIndex, dac, dacMask });
  const [, xResolution, yResolution, bitsPerPixel, enable, , virtualWidth, , xOffset, yOffset] = numbersField(
    stateField(state, "vbe"),
    "registers",
  );
  const registers = [
    { name: "CRTC", bytes: crtc },
    { name: "Sequencer", bytes: sequencer },
    { name: "Graphics", bytes: graphics },
    { name: "Attribute", bytes: attribute },
  ];
  const palette = Array.from(mode.colors, cssColour);
  if ((enable & ENABLED) !== 0) {
    return {
      kind: "linear",
      width: xResolution,
      height: yResolution,
      bits: bitsPerPixel,
      startAddress: ((yOffset * virtualWidth + xOffset) * bitsPerPixel) >>> 3,
      cursor: undefined,
      isBlanked: false,
      palette: bitsPerPixel === 8 && (enable & LINEAR) !== 0 ? palette : [],
      registers,
    };
  }
  const { width, height, startAddress, cursor, isBlanked } = mode;
  const bits = palette.length === 256 ? 8 : 4;
  const kind = mode.graphics ? "graphics" : "text";
  return { kind, width, height, bits, startAddress, cursor, isBlanked, palette, registers };
}

/** A pixel (red in the lowest byte) as `#rrggbb`. */
function cssColour(pixel: number): string {
  const hex = (byte: number) => (byte & 0xff).toString(16).padStart(2, "0");
  return `#${hex(pixel)}${hex(pixel >>> 8)}${hex(pixel >>> 16)}`;
}
