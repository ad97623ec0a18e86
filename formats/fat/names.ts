// Names of files on FAT: the 8.3 name of every entry, the long name that VFAT keeps in front of it, and the short name that is made
// for a long one. Source: Microsoft FAT Specification (2005), sections 6.1 and 7.

/** The characters of code page 437 from 80h on; below, it is ASCII. */
const CP437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

const SHORT_CHARACTERS = /^[A-Z0-9!#$%&'()@^_`{}~-]+$/;
/** What no long name has; "/" and "\" separate folders. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const FORBIDDEN = /[\u0000-\u001f\u007f"*/:<>?\\|]/;
export const LONG_NAME_UNITS = 255;
const NAME_BYTES = 8;
const EXTENSION_BYTES = 3;

/** An E5h as a name's first byte means a deleted entry, so a name that begins with that character has 05h there. */
const KANJI_E5 = 0x05;
// Bits of the entry's reserved byte: this half of the name is shown in small letters (Windows NT).
export const LOWER_NAME = 0x08;
export const LOWER_EXTENSION = 0x10;

/** Why this cannot be the name of a file on FAT, or undefined when it can. */
export function nameProblem(name: string): string | undefined {
  if (name === "") return "an empty name";
  if (name === "." || name === "..") return `the name "${name}"`;
  const odd = FORBIDDEN.exec(name);
  if (odd) return `the character ${JSON.stringify(odd[0])}`;
  if (name.length > LONG_NAME_UNITS) return `${name.length} characters`;
  if (/[. ]$/.test(name)) return "a dot or a blank at the end";
  return undefined;
}

/** Names are the same when they differ only in the size of their letters. */
export function foldName(name: string): string {
  return name.toUpperCase();
}

/** The 11 bytes of a name that needs no long name beside it; undefined when it needs one. */
export function plainShortName(name: string): Uint8Array | undefined {
  const dot = name.indexOf(".");
  const base = dot < 0 ? name : name.slice(0, dot);
  const extension = dot < 0 ? "" : name.slice(dot + 1);
  if (base.length > NAME_BYTES || extension.length > EXTENSION_BYTES) return undefined;
  if (!SHORT_CHARACTERS.test(base)) return undefined;
  if (dot >= 0 && !SHORT_CHARACTERS.test(extension)) return undefined;
  return pack(base, extension);
}

/**
 * A short name for a long one, other than the short names in `taken` (each as `shortNameKey` gives it): the first characters that
 * a short name may have, and a number where one is needed.
 */
export function inventShortName(name: string, taken: ReadonlySet<string>): Uint8Array {
  const lastDot = name.lastIndexOf(".");
  const base = name.slice(0, lastDot > 0 ? lastDot : undefined);
  const extension = lastDot > 0 ? name.slice(lastDot + 1) : "";
  // A name that is only in small letters keeps its letters.
  const capital = plainShortName(name.toUpperCase());
  if (capital && !taken.has(shortNameKey(capital))) return capital;
  const shortBase = cleaned(base) || "_";
  const shortExtension = cleaned(extension).slice(0, EXTENSION_BYTES);
  for (let number = 1; ; number++) {
    const tail = `~${number}`;
    const candidate = pack(shortBase.slice(0, NAME_BYTES - tail.length) + tail, shortExtension);
    if (!taken.has(shortNameKey(candidate))) return candidate;
  }
}

/** Only what a short name may have: blanks and dots go, anything else becomes an underscore. */
function cleaned(text: string): string {
  return [...text.toUpperCase()]
    .filter((character) => character !== " " && character !== ".")
    .map((character) => (SHORT_CHARACTERS.test(character) ? character : "_"))
    .join("");
}

export function shortNameKey(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function pack(base: string, extension: string): Uint8Array {
  const bytes = new Uint8Array(NAME_BYTES + EXTENSION_BYTES).fill(0x20);
  for (let i = 0; i < base.length; i++) bytes[i] = base.charCodeAt(i);
  for (let i = 0; i < extension.length; i++) bytes[NAME_BYTES + i] = extension.charCodeAt(i);
  return bytes;
}

/** @param caseBits the entry's reserved byte */
export function showShortName(bytes: Uint8Array, caseBits: number): string {
  const characters = [...bytes].map((byte, index) => (index === 0 && byte === KANJI_E5 ? 0xe5 : byte));
  const half = (start: number, end: number, lower: number) => {
    const text = characters
      .slice(start, end)
      .map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : CP437[byte - 0x80]))
      .join("")
      .trimEnd();
    return (caseBits & lower) !== 0 ? text.toLowerCase() : text;
  };
  const base = half(0, NAME_BYTES, LOWER_NAME);
  const extension = half(NAME_BYTES, NAME_BYTES + EXTENSION_BYTES, LOWER_EXTENSION);
  return extension === "" ? base : `${base}.${extension}`;
}

/** What each part of a long name carries, so that it is not taken for another file's. */
export function shortNameChecksum(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0);
}
