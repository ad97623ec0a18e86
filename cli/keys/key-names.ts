// Names of keys as people write them between angle brackets: <up>, <f1>, <ctrl-c>, <alt-shift-f2>.

import { type Chord, chordOf } from "./us-layout.ts";

const NAMED: Record<string, string> = {
  up: "ArrowUp",
  down: "ArrowDown",
  left: "ArrowLeft",
  right: "ArrowRight",
  home: "Home",
  end: "End",
  pageup: "PageUp",
  pgup: "PageUp",
  pagedown: "PageDown",
  pgdn: "PageDown",
  insert: "Insert",
  ins: "Insert",
  delete: "Delete",
  del: "Delete",
  enter: "Enter",
  return: "Enter",
  esc: "Escape",
  escape: "Escape",
  tab: "Tab",
  space: "Space",
  backspace: "Backspace",
  bs: "Backspace",
  ctrl: "ControlLeft",
  alt: "AltLeft",
  shift: "ShiftLeft",
  meta: "MetaLeft",
  menu: "ContextMenu",
  capslock: "CapsLock",
  numlock: "NumLock",
  scrolllock: "ScrollLock",
  printscreen: "PrintScreen",
  pause: "Pause",
};
for (let number = 1; number <= 12; number++) NAMED[`f${number}`] = `F${number}`;

const MODIFIERS: Record<string, "ctrl" | "alt" | "shift" | "meta"> = {
  ctrl: "ctrl",
  c: "ctrl",
  alt: "alt",
  a: "alt",
  shift: "shift",
  s: "shift",
  meta: "meta",
  win: "meta",
};

/**
 * The chord that a name such as `up`, `ctrl-c`, `alt-f2` or `shift-tab` means.
 * @param name without the angle brackets, in any case
 * @returns undefined when no key has that name
 */
export function chordNamed(name: string): Chord | undefined {
  const parts = name.toLowerCase().split(/-(?=.)/);
  const last = parts.pop();
  if (last === undefined || last === "") return undefined;
  const code = NAMED[last];
  const single = last.length === 1 ? chordOf(last) : undefined;
  // A single character is a key only after a modifier: <c> alone would be a roundabout way to type "c".
  const chord: Chord | undefined = code ? { code } : parts.length > 0 ? single : undefined;
  if (!chord) return undefined;
  for (const part of parts) {
    const modifier = MODIFIERS[part];
    if (!modifier) return undefined;
    chord[modifier] = true;
  }
  return chord;
}
