// The names that a file has on a CD besides its own, which Rock Ridge keeps: one of capital letters for everybody, and Joliet's.
// Sources: ECMA-119, section 7.5 and 9.3 (interchange level 2); Joliet Specification, "Joliet Directory Names".

/** With the dot; the version ";1" follows. */
const ISO_CHARACTERS = 30;
const ISO_EXTENSION = 8;
const JOLIET_CHARACTERS = 64;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const JOLIET_FORBIDDEN = /[\u0000-\u001f*/:;?\\]/g;
export const VERSION = ";1";

/** The name's two parts: up to the last dot, and behind it. */
function partsOf(name: string): [base: string, extension: string] {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? [name.slice(0, dot), name.slice(dot + 1)] : [name, ""];
}

/** A name of at most 30 capital letters, digits and underscores; a file's has a dot and a version. */
export function isoName(name: string, isFolder: boolean, isTaken: (candidate: string) => boolean): string {
  const clean = (text: string) => text.toUpperCase().replace(/[^A-Z0-9_]/g, "_");
  const [base, rawExtension] = isFolder ? [name, ""] : partsOf(name);
  const extension = clean(rawExtension).slice(0, ISO_EXTENSION);
  const room = ISO_CHARACTERS - (isFolder ? 0 : extension.length + 1);
  return firstFree((tail) => {
    const short = clean(base).slice(0, room - tail.length) + tail;
    return isFolder ? short : `${short}.${extension}${VERSION}`;
  }, isTaken);
}

/** The name in at most 64 UTF-16 units. */
export function jolietName(name: string, isFolder: boolean, isTaken: (candidate: string) => boolean): string {
  const clean = name.replace(JOLIET_FORBIDDEN, "_");
  const [base, extension] = isFolder ? [clean, ""] : partsOf(clean);
  const end = extension === "" ? "" : `.${extension.slice(0, JOLIET_CHARACTERS / 2)}`;
  const room = JOLIET_CHARACTERS - end.length - (isFolder ? 0 : VERSION.length);
  return firstFree((tail) => base.slice(0, room - tail.length) + tail + end + (isFolder ? "" : VERSION), isTaken);
}

function firstFree(make: (tail: string) => string, isTaken: (candidate: string) => boolean): string {
  const plain = make("");
  for (let number = 1, candidate = plain; ; number++) {
    if (!isTaken(candidate)) return candidate;
    candidate = make(`_${number}`);
  }
}

/** The order of a directory's records: names, then extensions, as if blanks filled up the shorter. */
export function compareNames(a: string, b: string): number {
  const [aBase, aExtension] = splitRecordName(a);
  const [bBase, bExtension] = splitRecordName(b);
  return compareText(aBase, bBase) || compareText(aExtension, bExtension);
}

function splitRecordName(name: string): [base: string, extension: string] {
  const plain = name.endsWith(VERSION) ? name.slice(0, -VERSION.length) : name;
  const dot = plain.lastIndexOf(".");
  return dot < 0 ? [plain, ""] : [plain.slice(0, dot), plain.slice(dot + 1)];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
