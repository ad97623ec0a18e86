// Characters as keys of the US keyboard (ANSI INCITS 154), named by W3C UI Events `KeyboardEvent.code`.

import type { KeyStroke } from "../guest.ts";

/** One key with the modifiers held around it. */
export interface Chord {
  code: string;
  shift?: boolean;
  ctrl?: boolean;
  alt?: boolean;
  meta?: boolean;
}

const UNSHIFTED = "`1234567890-=[]\\;',./";
const SHIFTED = '~!@#$%^&*()_+{}|:"<>?';
const CODES = [
  "Backquote",
  ...Array.from("1234567890", (digit) => `Digit${digit}`),
  "Minus",
  "Equal",
  "BracketLeft",
  "BracketRight",
  "Backslash",
  "Semicolon",
  "Quote",
  "Comma",
  "Period",
  "Slash",
];

const CHORDS = new Map<string, Chord>();
CODES.forEach((code, index) => {
  CHORDS.set(UNSHIFTED[index], { code });
  CHORDS.set(SHIFTED[index], { code, shift: true });
});
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  CHORDS.set(letter, { code: `Key${letter}`, shift: true });
  CHORDS.set(letter.toLowerCase(), { code: `Key${letter}` });
}
CHORDS.set(" ", { code: "Space" });
CHORDS.set("\n", { code: "Enter" });
CHORDS.set("\r", { code: "Enter" });
CHORDS.set("\t", { code: "Tab" });
CHORDS.set("\b", { code: "Backspace" });
CHORDS.set("\x7f", { code: "Backspace" });
CHORDS.set("\x1b", { code: "Escape" });

/** The chord that types `character`, or undefined when the US layout has none. Control characters are Ctrl chords. */
export function chordOf(character: string): Chord | undefined {
  const chord = CHORDS.get(character);
  if (chord) return { ...chord };
  const value = character.charCodeAt(0);
  if (character.length !== 1 || value >= 0x20) return undefined;
  // Ctrl+@ to Ctrl+_ are the characters 40h–5Fh less 40h; the key is the one that types them, on letters without Shift.
  const key = value === 0 ? CHORDS.get(" ") : CHORDS.get(String.fromCharCode(value + 0x40).toLowerCase());
  return key && { ...key, ctrl: true };
}

/** A chord as the machine's keyboard takes it: modifiers are codes in the order in which they are pressed. */
export function strokeOf(chord: Chord): KeyStroke {
  return { code: chord.code, modifiers: modifiersOf(chord) };
}

/** The key codes of a chord's modifiers, in the order in which they are pressed. */
export function modifiersOf(chord: Chord): string[] {
  const codes: string[] = [];
  if (chord.ctrl) codes.push("ControlLeft");
  if (chord.alt) codes.push("AltLeft");
  if (chord.meta) codes.push("MetaLeft");
  if (chord.shift) codes.push("ShiftLeft");
  return codes;
}
