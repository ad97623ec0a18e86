// keys: shows the codes of keys as the keyboard gives them, presses and releases; Escape ends it. A reader that printed
// every code as a character would print each letter twice: once when the key goes down, and once when it goes up.

import {
  KEY_ALT,
  KEY_CTRL,
  KEY_ESCAPE,
  KEY_KEYPAD,
  KEY_RELEASE,
  KEY_SHIFT,
  KEY_SPECIAL,
} from "../../kernel/abi/keyCodes.ts";
import { close, open, read } from "../library/files.ts";
import { complain, printf } from "../library/stdio.ts";

const KEYBOARD = "/dev/keyboard";
const code = memory.data(2, 2);

export function main(_argc: i32, _argv: usize): i32 {
  const handle = open(KEYBOARD);
  if (handle < 0) {
    complain("keys", KEYBOARD, handle);
    return 1;
  }
  printf("code   what\n");
  let result = read(handle, code, 2);
  while (result == 2) {
    const key = load<u16>(code);
    show(key);
    if ((key & ~KEY_RELEASE) == KEY_ESCAPE && (key & KEY_RELEASE) != 0) break;
    result = read(handle, code, 2);
  }
  close(handle);
  if (result < 0) complain("keys", KEYBOARD, result);
  return result < 0 ? 1 : 0;
}

function show(key: u16): void {
  let words = (key & KEY_RELEASE) != 0 ? "up  " : "down";
  if ((key & KEY_SHIFT) != 0) words += " Shift";
  if ((key & KEY_CTRL) != 0) words += " Ctrl";
  if ((key & KEY_ALT) != 0) words += " Alt";
  if ((key & KEY_KEYPAD) != 0) words += " keypad";
  const low = key & 0xff;
  if ((key & KEY_SPECIAL) != 0) words += ` special ${low}`;
  else if (low > 0x20 && low < 0x7f) words += ` '${String.fromCharCode(low)}'`;
  else words += ` character ${low}`;
  printf("%04x   %s\n", key, words);
}
