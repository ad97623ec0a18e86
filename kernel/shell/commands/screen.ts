// Commands about the screen: help, echo, clear, color, version.

import { clearConsole, consoleColors, setConsoleColors } from "../../platform/console.ts";
import { print, printColumn, printLine, printText } from "../../print.ts";
import { textEquals } from "../../text.ts";
import { VERSION } from "../../version.ts";
import { wordAt } from "../../words.ts";
import { addCommand, firstCommand } from "../table.ts";

const HELP_COLUMN: i32 = 10;

// The sixteen colours of a VGA attribute; a background is one of the first eight.
const COLOR_NAMES: StaticArray<string> = [
  "black",
  "blue",
  "green",
  "cyan",
  "red",
  "magenta",
  "brown",
  "grey",
  "darkgrey",
  "brightblue",
  "brightgreen",
  "brightcyan",
  "brightred",
  "brightmagenta",
  "yellow",
  "white",
];
const BACKGROUNDS: i32 = 8;

export function addScreenCommands(): void {
  addCommand("help", "list the commands", help);
  addCommand("echo", "print the words that follow", echo);
  addCommand("clear", "clear the screen", clear);
  addCommand("color", "set the colours: color white on blue", color);
  addCommand("version", "print the system's version", version);
}

function help(_count: u32): void {
  let command = firstCommand();
  while (command !== null) {
    printColumn(command.name, HELP_COLUMN);
    printLine(command.help);
    command = command.next;
  }
}

function echo(count: u32): void {
  for (let i: u32 = 1; i < count; i++) {
    if (i > 1) print(" ");
    printText(wordAt(i));
  }
  print("\n");
}

function clear(_count: u32): void {
  clearConsole();
}

function color(count: u32): void {
  const foreground = count == 2 || count == 4 ? findColor(wordAt(1)) : -1;
  let background = (consoleColors() >> 4) as i32;
  if (count == 4) background = textEquals(wordAt(2), "on") ? findColor(wordAt(3)) : -1;
  if (foreground >= 0 && background >= 0 && background < BACKGROUNDS) {
    setConsoleColors(((background << 4) | foreground) as u8);
    return;
  }
  printLine("usage: color FOREGROUND [on BACKGROUND]; a background is one of the first eight of");
  for (let i = 0; i < COLOR_NAMES.length; i++) {
    print(COLOR_NAMES[i]);
    print(i == BACKGROUNDS - 1 || i == COLOR_NAMES.length - 1 ? "\n" : " ");
  }
}

function findColor(name: usize): i32 {
  for (let i = 0; i < COLOR_NAMES.length; i++) {
    if (textEquals(name, COLOR_NAMES[i])) return i;
  }
  return -1;
}

function version(_count: u32): void {
  print("MiniOS ");
  print(VERSION);
  printLine(", written in TypeScript, for the i386");
}
