// The console: bytes out, colours, clear. Of this kernel's platforms, the PC's.

import {
  clearConsole,
  consoleColors,
  consoleColumn,
  consoleIsBusy,
  consoleRow,
  consoleSize,
  drainConsole,
  flushConsole,
  initializeConsole,
  scrollConsole,
  selectConsole,
  setConsoleColors,
  writeConsole,
} from "./pc/console.ts";

export {
  clearConsole,
  consoleColors,
  consoleColumn,
  consoleIsBusy,
  consoleRow,
  consoleSize,
  drainConsole,
  flushConsole,
  initializeConsole,
  scrollConsole,
  selectConsole,
  setConsoleColors,
  writeConsole,
};
