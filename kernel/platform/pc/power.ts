// Turning the PC off and starting it again. A PC has no one way for either, so these try the known ones in turn.
// Sources: PIIX4 data sheet (PMCNTRL: SLP_EN in bit 13), Bochs' documentation (port 8900h), Intel 8042 command FEh,
// PCI south bridges' reset control register (CF9h).

import { cli, hlt, in8, int3, lidt, out8, out16 } from "./instructions.external.ts";

const ACPI_CONTROL: u32 = 0x604;
const SLEEP_ENABLE: u32 = 0x2000;
const BOCHS_POWER: u32 = 0x8900;

const KEYBOARD_COMMAND: u32 = 0x64;
const INPUT_BUFFER_FULL: u32 = 0x02;
const PULSE_RESET: u32 = 0xfe;
const RESET_CONTROL: u32 = 0xcf9;
const HARD_RESET: u32 = 0x06;
const POLLS: u32 = 0x10000;

const emptyIdtPointer = memory.data(8, 4);

/** Cuts the power. Returns only on a PC that can't, which then has to be switched off by hand. */
export function powerOff(): void {
  cli();
  out16(ACPI_CONTROL, SLEEP_ENABLE);
  const word = "Shutdown";
  for (let i = 0; i < word.length; i++) out8(BOCHS_POWER, word.charCodeAt(i));
}

/** Resets the PC; does not return. */
export function reboot(): void {
  cli();
  for (let i: u32 = 0; i < POLLS && (in8(KEYBOARD_COMMAND) & INPUT_BUFFER_FULL) != 0; i++) {}
  out8(KEYBOARD_COMMAND, PULSE_RESET);
  for (let i: u32 = 0; i < POLLS; i++) in8(KEYBOARD_COMMAND); // the pulse takes a moment
  out8(RESET_CONTROL, HARD_RESET);
  lidt(emptyIdtPointer); // no vector is left: an exception is a triple fault, which resets too
  int3();
  stop();
}

/** Ends all work of this processor. */
export function stop(): void {
  while (true) {
    cli();
    hlt();
  }
}
