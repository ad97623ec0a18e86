// Commands about the screen: help, clear.

import { clearConsole } from "../../platform/console.ts";
import { printColumn, printLine } from "../../print.ts";
import { addCommand, firstCommand } from "../table.ts";

const HELP_COLUMN: i32 = 10;

export function addScreenCommands(): void {
  addCommand("help", "list the commands", help);
  addCommand("clear", "clear the screen", clear);
}

function help(_count: u32): void {
  let command = firstCommand();
  while (command !== null) {
    printColumn(command.name, HELP_COLUMN);
    printLine(command.help);
    command = command.next;
  }
}

function clear(_count: u32): void {
  clearConsole();
}
