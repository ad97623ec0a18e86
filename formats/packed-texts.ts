// Short ASCII texts in fewer bytes, by byte-pair encoding: the pair of neighbours that comes most often gets a byte of its own,
// then the next, and so on, pairs of pairs too. Who reads them needs 256 bytes of pairs and a few words of stack.
// Source: P. Gage, "A New Algorithm for Data Compression", The C Users Journal, February 1994.

/** Bytes from here on stand for pairs. */
export const FIRST_PAIR = 0x80;
/** Two bytes for each byte from FIRST_PAIR on. */
export const PAIR_TABLE_BYTES = 2 * (0x100 - FIRST_PAIR);
/** How deep pairs hold pairs at most, so that a reader's stack may be small. */
export const MAX_NESTING = 16;
/** A pair that comes less often saves too little beside its place in the table. */
const FEWEST = 4;

export interface PackedTexts {
  /** PAIR_TABLE_BYTES: of byte FIRST_PAIR + i the pair stands at 2 × i; 0 and 0 for a byte that is not used. */
  pairs: Uint8Array;
  /** The texts in their order, without NULs. */
  texts: Uint8Array[];
}

/** @param texts what is not a character of printable ASCII in them becomes "?" */
export function packTexts(texts: readonly string[]): PackedTexts {
  const pairs = new Uint8Array(PAIR_TABLE_BYTES);
  const nesting = new Uint8Array(0x100);
  let packed: Uint8Array[] = texts.map((text) =>
    Uint8Array.from(text.replace(/[^ -~]/gu, "?"), (char) => char.charCodeAt(0)),
  );
  for (let code = FIRST_PAIR; code < 0x100; code++) {
    const pair = mostFrequentPair(packed, nesting);
    if (!pair) break;
    pairs.set(pair, 2 * (code - FIRST_PAIR));
    nesting[code] = 1 + Math.max(nesting[pair[0]], nesting[pair[1]]);
    packed = packed.map((text) => replacePair(text, pair, code));
  }
  return { pairs, texts: packed };
}

function mostFrequentPair(texts: readonly Uint8Array[], nesting: Uint8Array): [number, number] | undefined {
  const counts = new Uint32Array(0x10000);
  for (const text of texts) {
    for (let i = 0; i + 1 < text.length; i++) {
      if (nesting[text[i]] < MAX_NESTING && nesting[text[i + 1]] < MAX_NESTING) counts[(text[i] << 8) | text[i + 1]]++;
    }
  }
  let best = 0;
  for (let pair = 1; pair < counts.length; pair++) if (counts[pair] > counts[best]) best = pair;
  return counts[best] < FEWEST ? undefined : [best >> 8, best & 0xff];
}

function replacePair(text: Uint8Array, [first, second]: [number, number], code: number): Uint8Array {
  const out: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const isPair = text[i] === first && text[i + 1] === second;
    out.push(isPair ? code : text[i]);
    if (isPair) i++;
  }
  return Uint8Array.from(out);
}

/** The text that `packed` stands for. A table that was not made by `packTexts` may make it endless: it is cut at `limit` characters. */
export function unpackText(packed: Uint8Array, pairs: Uint8Array, limit: number): string {
  const rest = [...packed].reverse();
  let text = "";
  while (text.length < limit) {
    const code = rest.pop();
    if (code === undefined) break;
    if (code < FIRST_PAIR) text += String.fromCharCode(code);
    else rest.push(pairs[2 * (code - FIRST_PAIR) + 1], pairs[2 * (code - FIRST_PAIR)]);
  }
  return text;
}
