// Splits a line into words, in place: blanks separate them, double quotes keep blanks, and quotes go away.

const MAX_WORDS: u32 = 128;
const words = memory.data(512, 4);

/** Longest line that can be split: half as many words and the ends between them. */
export const MAX_LINE_BYTES: usize = 256;

const BLANK: u8 = 0x20;
const TAB: u8 = 0x09;
const QUOTE: u8 = 0x22;

/** Splits the NUL-terminated `line`; returns the number of words, or −1 if a quote has no end. wordAt gives the words. */
export function splitWords(line: usize): i32 {
  let count: u32 = 0;
  let from = line;
  // Words move left where quotes went away, so writing never overtakes reading.
  let to = line;
  while (true) {
    while (load<u8>(from) == BLANK || load<u8>(from) == TAB) from++;
    if (load<u8>(from) == 0) return count as i32;
    assert(count < MAX_WORDS, "a line of more words than the table holds");
    store<u32>(words + (count << 2), to as u32);
    count++;
    let isQuoted = false;
    let byte = load<u8>(from);
    while (byte != 0 && (isQuoted || (byte != BLANK && byte != TAB))) {
      if (byte == QUOTE) isQuoted = !isQuoted;
      else store<u8>(to++, byte);
      byte = load<u8>(++from);
    }
    if (isQuoted) return -1;
    if (byte != 0) from++;
    store<u8>(to++, 0);
    if (byte == 0) return count as i32;
  }
}

/** The address of word `index`, NUL-terminated; good until the next splitWords. */
export function wordAt(index: u32): usize {
  assert(index < MAX_WORDS, "no such word");
  return load<u32>(words + (index << 2));
}
