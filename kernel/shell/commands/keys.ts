// The command keys: shows key codes as they come, until Escape. `keys naive` prints the character of every code, as a reader
// does that forgets releases: everything appears twice.

import {
  KEY_ALT,
  KEY_CTRL,
  KEY_ESCAPE,
  KEY_KEYPAD,
  KEY_MASK,
  KEY_RELEASE,
  KEY_SHIFT,
  KEY_SPECIAL,
} from "../../abi/keyCodes.ts";
import { waitForKey } from "../../drivers/input.ts";
import { print, printBytes, printHex, printLine, printNumber } from "../../print.ts";
import { textEquals } from "../../text.ts";
import { wordAt } from "../../words.ts";
import { addCommand } from "../table.ts";

const character = memory.data(1);

export function addKeysCommand(): void {
  addCommand("keys", "show key codes as they come; keys naive: what not to do", keys);
}

function keys(count: u32): void {
  const isNaive = count == 2 && textEquals(wordAt(1), "naive");
  if (count > (isNaive ? 2 : 1)) {
    printLine("usage: keys [naive]");
    return;
  }
  printLine("Escape ends.");
  for (let key = waitForKey(); key >= 0; key = waitForKey()) {
    if (isNaive) printCharacter(key as u16);
    else printKey(key as u16);
    if ((key & (KEY_MASK | KEY_RELEASE)) == KEY_ESCAPE) break;
  }
  if (isNaive) print("\n");
}

function printKey(key: u16): void {
  printHex(key, 4);
  print((key & KEY_RELEASE) != 0 ? "  released " : "  pressed  ");
  if ((key & KEY_SHIFT) != 0) print("Shift ");
  if ((key & KEY_CTRL) != 0) print("Ctrl ");
  if ((key & KEY_ALT) != 0) print("Alt ");
  if ((key & KEY_KEYPAD) != 0) print("keypad ");
  if ((key & KEY_SPECIAL) != 0) {
    print("special ");
    printNumber(key & 0xff);
  }
  printCharacter(key);
  print("\n");
}

/** The character of the key, whether it was pressed or released. */
function printCharacter(key: u16): void {
  const byte = (key & 0xff) as u8;
  if ((key & KEY_SPECIAL) != 0 || byte < 0x20 || byte == 0x7f) return;
  store<u8>(character, byte);
  printBytes(character, 1);
}
