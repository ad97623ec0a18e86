// Code page 437 as Unicode. The codes 01h..1Fh and 7Fh are the pictures that a PC's screen shows for them, not control characters.
// Source: Unicode Consortium, mapping table CP437, and "IBMGRAPH" for the pictures.

const LOW = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼";
const HIGH =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀" +
  "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

const CHARACTERS: readonly string[] = [
  ...LOW,
  ...Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i)),
  "⌂",
  ...HIGH,
];

/** The character that the screen shows for a code 0..255; NUL shows as a blank. */
export function cp437ToUnicode(code: number): string {
  return CHARACTERS[code & 0xff];
}

/** The text of screen codes. */
export function cp437Text(codes: Iterable<number>): string {
  let text = "";
  for (const code of codes) text += CHARACTERS[code & 0xff];
  return text;
}
