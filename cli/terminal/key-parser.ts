// What a terminal sends for a key, back into the key: xterm's, the VT220's, rxvt's, the Linux console's and kitty's forms.
// Sources: xterm "Control Sequences" (Thomas Dickey), DEC VT220 manual EK-VT220-RM, kitty "Keyboard protocol".

import { StringDecoder } from "node:string_decoder";
import { type Chord, chordOf } from "../keys/us-layout.ts";

export type KeyListener = (chord: Chord, pasted: boolean) => void;

/** CSI <number> ~ */
const TILDE: Record<number, string> = {
  1: "Home",
  2: "Insert",
  3: "Delete",
  4: "End",
  5: "PageUp",
  6: "PageDown",
  7: "Home",
  8: "End",
  11: "F1",
  12: "F2",
  13: "F3",
  14: "F4",
  15: "F5",
  17: "F6",
  18: "F7",
  19: "F8",
  20: "F9",
  21: "F10",
  23: "F11",
  24: "F12",
  29: "ContextMenu",
};

/** CSI 1 ; modifiers <letter>, CSI <letter>, SS3 <letter> */
const LETTER: Record<string, string> = {
  A: "ArrowUp",
  B: "ArrowDown",
  C: "ArrowRight",
  D: "ArrowLeft",
  E: "Numpad5",
  F: "End",
  H: "Home",
  P: "F1",
  Q: "F2",
  R: "F3",
  S: "F4",
};

/** SS3 <letter> of the keypad in application mode. */
const KEYPAD: Record<string, string> = {
  M: "NumpadEnter",
  j: "NumpadMultiply",
  k: "NumpadAdd",
  m: "NumpadSubtract",
  n: "NumpadDecimal",
  o: "NumpadDivide",
};
for (let digit = 0; digit <= 9; digit++) KEYPAD["pqrstuvwxy"[digit]] = `Numpad${digit}`;

const PASTE_START = 200;
const PASTE_END = "\x1b[201~";

export class KeyParser {
  private readonly decoder = new StringDecoder("utf8");
  /** What has come and is not yet a whole key. */
  private rest = "";
  private pasting = false;

  /** @param listener gets each key; pasted text comes key by key with `pasted` set */
  constructor(private readonly listener: KeyListener) {}

  /** True while what has come could be the start of a longer sequence: call `flush` if nothing follows soon. */
  get pending(): boolean {
    return this.rest !== "" && !this.pasting;
  }

  feed(bytes: Uint8Array): void {
    this.rest += this.decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    while (this.rest !== "") {
      const used = this.pasting ? this.readPaste() : this.readKey();
      if (used === 0) return;
      this.rest = this.rest.slice(used);
    }
  }

  /** Nothing followed: the Escape key was pressed alone, or Alt with a character that could also start a sequence. */
  flush(): void {
    const rest = this.rest;
    this.rest = "";
    if (rest === "\x1b") this.emit({ code: "Escape" });
    else if (rest === "\x1b\x1b") this.emit({ code: "Escape", alt: true });
    else if (rest === "\x1b[" || rest === "\x1bO") this.emitCharacter(rest[1], { alt: true });
    // Anything longer is a sequence that was cut off: no key.
  }

  /** @returns the number of characters taken, 0 when more must come */
  private readKey(): number {
    if (this.rest[0] !== "\x1b") {
      const character = String.fromCodePoint(this.rest.codePointAt(0) ?? 0);
      this.emitCharacter(character);
      return character.length;
    }
    if (this.rest.length === 1) return 0;
    // ESC before a sequence is Alt with that key, as rxvt and Terminal.app send it.
    const alt = this.rest[1] === "\x1b" ? 1 : 0;
    if (alt === 1 && this.rest.length === 2) return 0;
    const introducer = this.rest[1 + alt];
    if (introducer === "[") return this.readControlSequence(alt);
    if (introducer === "O") return this.readSingleShift(alt);
    if (alt === 1) {
      // Escape alone, then Alt with a character.
      this.emit({ code: "Escape" });
      return 1;
    }
    const character = String.fromCodePoint(this.rest.codePointAt(1) ?? 0);
    this.emitCharacter(character, { alt: true });
    return 1 + character.length;
  }

  private readControlSequence(alt: number): number {
    const start = 2 + alt;
    // The Linux console's F1 to F5: CSI [ A to CSI [ E.
    if (this.rest[start] === "[") {
      if (this.rest.length === start + 1) return 0;
      const number = "ABCDE".indexOf(this.rest[start + 1]) + 1;
      if (number > 0) this.emitWith(`F${number}`, 1, alt);
      return start + 2;
    }
    let end = start;
    // "$" is an intermediate byte by ECMA-48, yet rxvt ends sequences with it; nothing that keys send has other ones.
    while (end < this.rest.length && /[0-9;:<=>?]/.test(this.rest[end])) end++;
    if (end === this.rest.length) return 0;
    this.emitControlSequence(this.rest.slice(start, end), this.rest[end], alt);
    return end + 1;
  }

  private emitControlSequence(text: string, final: string, alt: number): void {
    // Private parameters: a report of the terminal, not a key.
    if (/^[<=>?]/.test(text)) return;
    const parameters = text
      .split(";")
      .map((part) => part.split(":").map((digits) => Number.parseInt(digits || "0", 10)));
    const first = parameters[0]?.[0] ?? 0;
    const modifiers = parameters[1]?.[0] || 1;
    // kitty's event types: 1 press, 2 repeat, 3 release. A chord presses and releases, so a release says nothing new.
    if (parameters[1]?.[1] === 3) return;
    switch (final) {
      case "~":
        if (first === PASTE_START) this.pasting = true;
        else if (first === 27) this.emitCodePoint(parameters[2]?.[0] ?? 0, modifiers, alt);
        else this.emitTilde(first, modifiers, alt);
        return;
      case "^":
        this.emitTilde(first, 5, alt);
        return;
      case "$":
        this.emitTilde(first, 2, alt);
        return;
      case "@":
        this.emitTilde(first, 6, alt);
        return;
      case "Z":
        this.emit({ code: "Tab", shift: true, alt: alt === 1 });
        return;
      case "u":
        this.emitCodePoint(first, modifiers, alt);
        return;
    }
    if ("abcd".includes(final)) this.emitWith(LETTER[final.toUpperCase()], 2, alt);
    else if (LETTER[final]) this.emitWith(LETTER[final], modifiers, alt);
  }

  private readSingleShift(alt: number): number {
    let at = 2 + alt;
    // Some terminals put the modifiers here: SS3 5 P.
    let modifiers = 1;
    const digit = /^[1-9]/.exec(this.rest.slice(at));
    if (digit) {
      modifiers = Number(digit[0]);
      at++;
    }
    if (at === this.rest.length) return 0;
    const final = this.rest[at];
    const control = "abcd".includes(final);
    const code = control ? LETTER[final.toUpperCase()] : (LETTER[final] ?? KEYPAD[final]);
    if (code === undefined) {
      this.emitCharacter("O", { alt: true });
      return 2 + alt;
    }
    this.emitWith(code, control ? 5 : modifiers, alt);
    return at + 1;
  }

  private readPaste(): number {
    const end = this.rest.indexOf(PASTE_END);
    // The end mark may come in two pieces, so its length is held back; so is the first half of a line end.
    let length = end >= 0 ? end : Math.max(0, this.rest.length - PASTE_END.length + 1);
    if (end < 0 && this.rest[length - 1] === "\r") length--;
    const text = this.rest.slice(0, length).replaceAll("\r\n", "\r");
    for (const character of text) {
      const chord = chordOf(character);
      if (chord) this.listener(chord, true);
    }
    if (end < 0) return length;
    this.pasting = false;
    return end + PASTE_END.length;
  }

  private emitTilde(number: number, modifiers: number, alt: number): void {
    const code = TILDE[number];
    if (code) this.emitWith(code, modifiers, alt);
    // The VT220's F13 to F20 are Shift with F1 to F8 on a PC keyboard.
    else if (number >= 25 && number <= 34) {
      const shifted = [25, 26, 28, 29, 31, 32, 33, 34].indexOf(number) + 1;
      if (shifted > 0) this.emit({ code: `F${shifted}`, shift: true, alt: alt === 1 });
    }
  }

  private emitCodePoint(codePoint: number, modifiers: number, alt: number): void {
    if (codePoint <= 0 || codePoint > 0x10ffff) return;
    const chord = chordOf(String.fromCodePoint(codePoint));
    if (chord) this.emit(withModifiers(chord, modifiers, alt));
  }

  private emitCharacter(character: string, modifiers: { alt?: boolean } = {}): void {
    // A line feed from the keyboard is Ctrl+J; Enter sends a carriage return.
    const chord = character === "\n" ? { code: "KeyJ", ctrl: true } : chordOf(character);
    if (chord) this.emit({ ...chord, ...modifiers });
  }

  private emitWith(code: string, modifiers: number, alt: number): void {
    this.emit(withModifiers({ code }, modifiers, alt));
  }

  private emit(chord: Chord): void {
    this.listener(chord, false);
  }
}

/** @param modifiers 1 + (1 Shift, 2 Alt, 4 Ctrl, 8 Meta), as xterm sends them */
function withModifiers(chord: Chord, modifiers: number, alt: number): Chord {
  const bits = modifiers - 1;
  const result: Chord = { ...chord };
  if (bits & 1) result.shift = true;
  if (bits & 2 || alt === 1) result.alt = true;
  if (bits & 4) result.ctrl = true;
  if (bits & 8) result.meta = true;
  return result;
}
