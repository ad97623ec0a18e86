// Damages source text for the assemblers' fuzz tests: one random change at a time, the same for the same seed.

/** A whole number from 0 up to, not including, the limit. */
export type Random = (limit: number) => number;

export function seeded(seed: number): Random {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** @param words,characters what is put into the text, besides numbers and other parts of it */
export function textMutator(random: Random, words: readonly string[], characters: string): (text: string) => string {
  return (text) => {
    const at = random(text.length);
    const length = random(6);
    switch (random(6)) {
      case 0:
        return text.slice(0, at) + characters[random(characters.length)] + text.slice(at + 1);
      case 1:
        return text.slice(0, at) + text.slice(at + length);
      case 2:
        return `${text.slice(0, at)} ${words[random(words.length)]} ${text.slice(at)}`;
      case 3:
        return text.slice(0, at) + words[random(words.length)] + text.slice(at + length);
      case 4:
        return text.slice(0, at) + String(random(2) === 0 ? random(2 ** 31) : random(300)) + text.slice(at + length);
      default: {
        const from = random(text.length);
        return text.slice(0, at) + text.slice(from, from + random(60)) + text.slice(at);
      }
    }
  };
}
