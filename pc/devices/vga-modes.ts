// Register values and palette of mode 3, as the video BIOS sets them for 80 × 25 text of 9 × 16 dots.
// Source: IBM PS/2 and PC BIOS Interface Technical Reference, video parameter table.

export const MODE_3 = {
  miscOutput: 0x67,
  sequencer: [0x03, 0x00, 0x03, 0x00, 0x02],
  crtc: [
    0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f,
    0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
  ],
  graphics: [0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff],
  attribute: [
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0x00, 0x0f,
    0x08, 0x00,
  ],
} as const;

/**
 * The DAC's first 64 entries in text modes: the EGA's 64 colours, whose number has two bits for each of red, green and blue
 * (bits 2, 1, 0 two thirds of the intensity, bits 5, 4, 3 one third). Six bits a component.
 */
export function textPalette(): Uint8Array {
  const palette = new Uint8Array(64 * 3);
  for (let color = 0; color < 64; color++) {
    for (let component = 0; component < 3; component++) {
      const strong = (color >> (2 - component)) & 1;
      const weak = (color >> (5 - component)) & 1;
      palette[3 * color + component] = 0x2a * strong + 0x15 * weak;
    }
  }
  return palette;
}
