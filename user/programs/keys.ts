// keys: shows the codes of keys as the keyboard gives them, presses and releases; Escape ends it. `keys naive` prints the character of
// every code, as a reader does that forgets releases: each letter comes twice, once when its key goes down and once when it goes up.

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
import { usageError } from "../library/options.ts";
import { complain, print, printf } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

const KEYBOARD = "/dev/keyboard";
const code = memory.data(2, 2);

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv);
  const isNaive = words.length == 2 && words[1] == "naive";
  if (words.length > (isNaive ? 2 : 1)) return usageError("keys [naive]");
  const handle = open(KEYBOARD);
  if (handle < 0) {
    complain("keys", KEYBOARD, handle);
    return 1;
  }
  printf(isNaive ? "Escape ends.\n" : "code   what\n");
  let result = read(handle, code, 2);
  while (result == 2) {
    const key = load<u16>(code);
    if (isNaive) showNaively(key);
    else show(key);
    if ((key & ~KEY_RELEASE) == KEY_ESCAPE && (key & KEY_RELEASE) != 0) break;
    result = read(handle, code, 2);
  }
  close(handle);
  if (isNaive) print("\n");
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

function showNaively(key: u16): void {
  const low = key & 0xff;
  if ((key & KEY_SPECIAL) == 0 && low >= 0x20 && low < 0x7f) print(String.fromCharCode(low));
}
