// Which keys of a US keyboard type which character.

/** One key press with the modifiers held around it: W3C `KeyboardEvent.code` names, in the order in which they are pressed. */
export interface KeyStroke {
  code: string;
  modifiers: readonly string[];
}

const UNSHIFTED: Record<string, string> = {
  " ": "Space",
  "\n": "Enter",
  "\r": "Enter",
  "\t": "Tab",
  "\b": "Backspace",
  "\x7f": "Backspace",
  "\x1b": "Escape",
  "`": "Backquote",
  "-": "Minus",
  "=": "Equal",
  "[": "BracketLeft",
  "]": "BracketRight",
  "\\": "Backslash",
  ";": "Semicolon",
  "'": "Quote",
  ",": "Comma",
  ".": "Period",
  "/": "Slash",
};

const SHIFTED: Record<string, string> = {
  "~": "Backquote",
  "!": "Digit1",
  "@": "Digit2",
  "#": "Digit3",
  $: "Digit4",
  "%": "Digit5",
  "^": "Digit6",
  "&": "Digit7",
  "*": "Digit8",
  "(": "Digit9",
  ")": "Digit0",
  _: "Minus",
  "+": "Equal",
  "{": "BracketLeft",
  "}": "BracketRight",
  "|": "Backslash",
  ":": "Semicolon",
  '"': "Quote",
  "<": "Comma",
  ">": "Period",
  "?": "Slash",
};

// Control characters beside the letters: ^\ ^] ^^ ^_ and ^@.
const WITH_CONTROL: Record<string, { code: string; shift: boolean }> = {
  "\x00": { code: "Digit2", shift: true },
  "\x1c": { code: "Backslash", shift: false },
  "\x1d": { code: "BracketRight", shift: false },
  "\x1e": { code: "Digit6", shift: true },
  "\x1f": { code: "Minus", shift: true },
};

export interface KeyCombination {
  code: string;
  shift: boolean;
  control: boolean;
}

/** How a US keyboard types `character`, or undefined when it has no such key. */
export function keysForCharacter(character: string): KeyCombination | undefined {
  const plain = UNSHIFTED[character];
  if (plain !== undefined) return { code: plain, shift: false, control: false };
  const shifted = SHIFTED[character];
  if (shifted !== undefined) return { code: shifted, shift: true, control: false };
  const withControl = WITH_CONTROL[character];
  if (withControl !== undefined) return { ...withControl, control: true };
  if (/^[a-z]$/.test(character)) return { code: `Key${character.toUpperCase()}`, shift: false, control: false };
  if (/^[A-Z]$/.test(character)) return { code: `Key${character}`, shift: true, control: false };
  if (/^[0-9]$/.test(character)) return { code: `Digit${character}`, shift: false, control: false };
  const control = character.charCodeAt(0);
  if (character.length === 1 && control >= 1 && control <= 26) {
    return { code: `Key${String.fromCharCode(control + 0x40)}`, shift: false, control: true };
  }
  return undefined;
}

/**
 * Key strokes that type `text`. "\n" and "\r" are Enter, "\t" Tab, "\b" Backspace, "\x1b" Escape, other control characters Ctrl with
 * their letter. A character that a US keyboard does not have is left out.
 */
export function strokesOf(text: string): KeyStroke[] {
  const strokes: KeyStroke[] = [];
  for (const character of text) {
    const keys = keysForCharacter(character);
    if (keys === undefined) continue;
    const modifiers = [...(keys.control ? ["ControlLeft"] : []), ...(keys.shift ? ["ShiftLeft"] : [])];
    strokes.push({ code: keys.code, modifiers });
  }
  return strokes;
}
