// The console: bytes out, colours, clear. Of this kernel's platforms, the PC's.

import {
  clearConsole,
  consoleColors,
  drainConsole,
  flushConsole,
  initializeConsole,
  selectConsole,
  setConsoleColors,
  writeConsole,
} from "./pc/console.ts";

export {
  clearConsole,
  consoleColors,
  drainConsole,
  flushConsole,
  initializeConsole,
  selectConsole,
  setConsoleColors,
  writeConsole,
};
