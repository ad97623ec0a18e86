// A command's words taken apart: options ("-l", "-n 5", "-n5", "-lt"), then the other words. "--" ends the options; "-" alone is
// no option. Source: POSIX.1-2017, base definitions, section 12.2 (utility syntax guidelines).

import { STDERR } from "./files.ts";
import { fprintf } from "./stdio.ts";

export class Options {
  /** The words that are no options. */
  names: string[] = [];
  private given: string = "";
  private letters: string[] = [];
  private values: string[] = [];

  /** Whether option `letter` was given. */
  has(letter: string): bool {
    return this.given.includes(letter);
  }

  /** The value of option `letter`; `otherwise` when it was not given. */
  value(letter: string, otherwise: string): string {
    const at = this.letters.lastIndexOf(letter);
    return at < 0 ? otherwise : this.values[at];
  }

  note(letter: string): void {
    this.given += letter;
  }

  noteValue(letter: string, value: string): void {
    this.given += letter;
    this.letters.push(letter);
    this.values.push(value);
  }
}

/**
 * Takes the words of main apart. `known` are the letters of the options, one with a value followed by ":", as getopt has
 * them. Prints `usage` on the error output and returns null when a word is wrong.
 */
export function parseOptions(words: string[], known: string, usage: string): Options | null {
  const options = new Options();
  let i = 1;
  while (i < words.length) {
    const word = words[i];
    if (word.length < 2 || word.charAt(0) != "-") break;
    i++;
    if (word == "--") break;
    for (let at = 1; at < word.length; at++) {
      const letter = word.charAt(at);
      const place = letter == ":" ? -1 : known.indexOf(letter);
      if (place < 0) return wrong(usage);
      if (place + 1 >= known.length || known.charAt(place + 1) != ":") {
        options.note(letter);
        continue;
      }
      let value = word.substring(at + 1);
      if (value.length == 0) {
        if (i >= words.length) return wrong(usage);
        value = words[i++];
      }
      options.noteValue(letter, value);
      break;
    }
  }
  options.names = words.slice(i);
  return options;
}

function wrong(usage: string): Options | null {
  usageError(usage);
  return null;
}

/** Says on the error output how a program wants to be called; returns the exit status for that, 2. */
export function usageError(usage: string): i32 {
  fprintf(STDERR, "usage: %s\n", usage);
  return 2;
}

/** The number that all of `text` is in decimal, or -1. */
export function numberOf(text: string): i32 {
  if (text.length == 0 || text.length > 9) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
