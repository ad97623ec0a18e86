// Starting the machine anew, by the keyboard controller's pulse on the reset line (Intel 8042 data sheet).

import { hlt, in8, out8 } from "../kernel/platform/pc/instructions.external.ts";

const CONTROLLER: u32 = 0x64;
const INPUT_FULL: u32 = 2;
const RESET: u32 = 0xfe;

export function restart(): void {
  for (let tries = 0; tries < 0x10000 && (in8(CONTROLLER) & INPUT_FULL) != 0; tries++) {}
  out8(CONTROLLER, RESET);
  while (true) hlt();
}
