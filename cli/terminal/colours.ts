// VGA text attributes as ANSI SGR sequences, in as many colours as the terminal has.
// The attribute byte: bits 0–3 foreground, 4–6 background, 7 blink (IBM VGA, attribute controller in its default mode).

export type ColourDepth = "truecolor" | "256" | "16";

/** The colours of the VGA's default palette as RGB. */
export const VGA_PALETTE: readonly number[] = [
  0x000000, 0x0000aa, 0x00aa00, 0x00aaaa, 0xaa0000, 0xaa00aa, 0xaa5500, 0xaaaaaa, 0x555555, 0x5555ff, 0x55ff55,
  0x55ffff, 0xff5555, 0xff55ff, 0xffff55, 0xffffff,
];

/** Which colours the terminal says it has. */
export function colourDepth(env: { COLORTERM?: string; TERM?: string }): ColourDepth {
  if (/^(truecolor|24bit)$/i.test(env.COLORTERM ?? "")) return "truecolor";
  if (/-direct$/.test(env.TERM ?? "")) return "truecolor";
  return /256color|kitty|alacritty|foot|ghostty|wezterm/.test(env.TERM ?? "") ? "256" : "16";
}

/** The SGR sequence for each of the 256 attributes. Each starts from a reset, so the order of use does not matter. */
export function attributeSequences(depth: ColourDepth): string[] {
  const foreground = VGA_PALETTE.map((_, colour) => colourParameter(colour, depth, false));
  const background = VGA_PALETTE.map((_, colour) => colourParameter(colour, depth, true));
  return Array.from({ length: 256 }, (_, attribute) => {
    const blink = attribute & 0x80 ? ";5" : "";
    return `\x1b[0;${foreground[attribute & 15]};${background[(attribute >> 4) & 7]}${blink}m`;
  });
}

function colourParameter(colour: number, depth: ColourDepth, background: boolean): string {
  const rgb = VGA_PALETTE[colour];
  const [red, green, blue] = [rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff];
  switch (depth) {
    case "truecolor":
      return `${background ? 48 : 38};2;${red};${green};${blue}`;
    case "256":
      return `${background ? 48 : 38};5;${cubeIndex(red, green, blue)}`;
    case "16": {
      // ANSI counts red as 1 and blue as 4, the VGA the other way round.
      const ansi = ((colour & 1) << 2) | (colour & 2) | ((colour & 4) >> 2);
      const bright = colour & 8 ? 60 : 0;
      return String((background ? 40 : 30) + bright + ansi);
    }
  }
}

/** The nearest of xterm's 6×6×6 cube; its 24 greys hit the VGA's two greys better. */
function cubeIndex(red: number, green: number, blue: number): number {
  if (red === green && green === blue) {
    if (red === 0xaa) return 248;
    if (red === 0x55) return 240;
  }
  const level = (value: number) => [0, 0x5f, 0x87, 0xaf, 0xd7, 0xff].findIndex((step) => value <= step);
  return 16 + 36 * level(red) + 6 * level(green) + level(blue);
}
