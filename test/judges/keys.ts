// Text to keys of a US keyboard, by the names that each PC has for them: QEMU's are the QKeyCode list of its QMP reference manual.

const NAMED: Record<string, string> = {
  " ": "spc",
  "\n": "ret",
  "\t": "tab",
  "\b": "backspace",
  "\x1b": "esc",
  "-": "minus",
  "=": "equal",
  "[": "bracket_left",
  "]": "bracket_right",
  "\\": "backslash",
  ";": "semicolon",
  "'": "apostrophe",
  "`": "grave_accent",
  ",": "comma",
  ".": "dot",
  "/": "slash",
};

const PLAIN = "`1234567890-=[]\\;',./";
const SHIFTED = '~!@#$%^&*()_+{}|:"<>?';

/** The key presses that type the text; each is the keys held down together. Throws for a character that a US keyboard hasn't. */
export function qemuKeysOf(text: string): string[][] {
  return [...text].map((character) => {
    const shifted = SHIFTED.indexOf(character);
    if (shifted >= 0) return ["shift", keyName(PLAIN.charAt(shifted))];
    if (character >= "A" && character <= "Z") return ["shift", character.toLowerCase()];
    return [keyName(character)];
  });
}

function keyName(character: string): string {
  const name = NAMED[character];
  if (name !== undefined) return name;
  if (/^[a-z0-9]$/.test(character)) return character;
  throw new RangeError(`no key types ${JSON.stringify(character)} on a US keyboard`);
}
