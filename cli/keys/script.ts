// The text of --type: characters, escapes (\n \t \e \\ \xNN) and key names (<up>, <ctrl-c>) become chords.

import { UsageError } from "../errors.ts";
import { chordNamed } from "./key-names.ts";
import { type Chord, chordOf } from "./us-layout.ts";

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", e: "\x1b", b: "\b", "\\": "\\", "<": "<" };

/**
 * The chords that type `text`.
 * @throws UsageError for an unknown escape or key name, or a character that the US keyboard lacks
 */
export function parseKeyScript(text: string): Chord[] {
  const chords: Chord[] = [];
  let at = 0;
  while (at < text.length) {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (character === "\\") {
      const [value, length] = readEscape(text, at);
      chords.push(chordFor(value, text, at));
      at += length;
      continue;
    }
    // "<" starts a name only when one could follow: "a < b" and "<<" type themselves.
    const name = character === "<" ? /^<([a-z0-9]+(?:-[a-z0-9]+)*(?:-[^\s>])?)>/i.exec(text.slice(at)) : null;
    if (name) {
      const chord = chordNamed(name[1]);
      if (!chord) throw new UsageError(`--type: no key is named ${name[0]} (position ${at}; write \\< for a plain <)`);
      chords.push(chord);
      at += name[0].length;
      continue;
    }
    chords.push(chordFor(character, text, at));
    at += character.length;
  }
  return chords;
}

function readEscape(text: string, at: number): [value: string, length: number] {
  const kind = text[at + 1];
  if (kind === "x") {
    const digits = /^[0-9a-f]{2}/i.exec(text.slice(at + 2));
    if (!digits) throw new UsageError(`--type: \\x needs two hexadecimal digits (position ${at})`);
    return [String.fromCharCode(Number.parseInt(digits[0], 16)), 4];
  }
  if (kind === undefined) throw new UsageError(`--type: a lone \\ ends the text (write \\\\ for a plain \\)`);
  const value = ESCAPES[kind];
  if (value === undefined) throw new UsageError(`--type: unknown escape \\${kind} (position ${at})`);
  return [value, 2];
}

function chordFor(character: string, text: string, at: number): Chord {
  const chord = chordOf(character);
  if (chord) return chord;
  const shown = JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0));
  throw new UsageError(`--type: the US keyboard has no key for ${shown} (position ${at})`);
}
