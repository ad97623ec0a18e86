// The kernel's options on its boot command line:
//
//   console=vga|serial|both   where output goes (both)
//   keyboard=us|uk|de         the keyboard's layout (us)
//   shell=sh|monitor          who reads commands: the program /bin/sh where there is one, or the kernel (sh)
//
// Boot loaders put the kernel's file name first; a first word without "=" is taken for that.

import { KEYBOARD_GERMAN, KEYBOARD_UK, KEYBOARD_US } from "./abi/ioctl.ts";
import { setKeyboardLayout } from "./drivers/scanCodes.ts";
import { commandLine } from "./platform/boot.ts";
import { selectConsole } from "./platform/console.ts";
import { print, printLine, printText } from "./print.ts";
import { textContains, textEquals, textLength } from "./text.ts";
import { splitWords, wordAt } from "./words.ts";

const EQUALS: u8 = 0x3d;
const line = memory.data(256);
let wordCount: i32 = 0;
let isMonitorWanted: bool = false;

/** Reads the command line and does what its options say. */
export function applyOptions(): void {
  // Splitting writes into the line, and /proc/cmdline shows it as it came.
  const length = textLength(commandLine());
  memory.copy(line, commandLine(), length + 1);
  wordCount = splitWords(line);
  for (let i = firstOption(); i < wordCount; i++) applyOption(wordAt(i));
}

/** Prints a line for each option that applyOptions didn't know; for the time when there is a banner above it. */
export function reportUnknownOptions(): void {
  if (wordCount < 0) printLine("Boot options: a quote has no end, so all are ignored");
  for (let i = firstOption(); i < wordCount; i++) {
    if (applyOption(wordAt(i))) continue;
    print("Unknown boot option: ");
    printText(wordAt(i));
    print("\n");
  }
}

/** Whether the kernel's own shell reads commands even where there is another one. */
export function wantsMonitor(): bool {
  return isMonitorWanted;
}

function firstOption(): i32 {
  return wordCount > 0 && !textContains(wordAt(0), EQUALS) ? 1 : 0;
}

/** Whether the option is one; if so it has been done. */
function applyOption(word: usize): bool {
  if (textEquals(word, "console=vga")) selectConsole(true, false);
  else if (textEquals(word, "console=serial")) selectConsole(false, true);
  else if (textEquals(word, "console=both")) selectConsole(true, true);
  else if (textEquals(word, "keyboard=us")) setKeyboardLayout(KEYBOARD_US);
  else if (textEquals(word, "keyboard=uk")) setKeyboardLayout(KEYBOARD_UK);
  else if (textEquals(word, "keyboard=de")) setKeyboardLayout(KEYBOARD_GERMAN);
  else if (textEquals(word, "shell=sh")) isMonitorWanted = false;
  else if (textEquals(word, "shell=monitor")) isMonitorWanted = true;
  else return false;
  return true;
}
