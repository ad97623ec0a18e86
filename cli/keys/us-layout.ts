// Chords: keys of the US keyboard with the modifiers held around them, named by W3C UI Events `KeyboardEvent.code`.

import { type KeyStroke, keysForCharacter } from "../../pc/devices/us-layout.ts";

/** One key with the modifiers held around it. */
export interface Chord {
  code: string;
  shift?: boolean;
  ctrl?: boolean;
  alt?: boolean;
  meta?: boolean;
}

/** The chord that types `character`, or undefined when the US keyboard has none. Control characters are Ctrl chords. */
export function chordOf(character: string): Chord | undefined {
  const keys = keysForCharacter(character);
  if (!keys) return undefined;
  const chord: Chord = { code: keys.code };
  if (keys.shift) chord.shift = true;
  if (keys.control) chord.ctrl = true;
  return chord;
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
