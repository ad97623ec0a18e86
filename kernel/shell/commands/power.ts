// Commands that end the session: reboot, halt.

import { syncAll } from "../../fs/tree.ts";
import { drainConsole } from "../../platform/console.ts";
import { disableInterrupts } from "../../platform/interrupts.ts";
import { powerOff, reboot as rebootMachine, stop } from "../../platform/power.ts";
import { printLine } from "../../print.ts";
import { addCommand } from "../table.ts";

export function addPowerCommands(): void {
  addCommand("reboot", "start the machine again", reboot);
  addCommand("halt", "turn the machine off", halt);
}

function reboot(_count: u32): void {
  printLine("Rebooting.");
  syncAll();
  disableInterrupts();
  drainConsole();
  rebootMachine();
}

function halt(_count: u32): void {
  printLine("Powering off.");
  syncAll();
  disableInterrupts();
  drainConsole();
  powerOff();
  printLine("It is now safe to turn off the machine.");
  drainConsole();
  stop();
}
