// What the built system looks like from outside: its prompt, and the part of its screen that depends on the PC.

import type { Machine } from "../../pc/machine.ts";
import { rowsOfScreen } from "../judges/ours.ts";
import { artefact } from "../support.ts";

/** The prompt with nothing typed. Rows are trimmed, so no blank follows it. */
export const PROMPT = /^minios>$/m;
const INSTRUCTION_LIMIT = 100_000_000;

export const floppyImage = (): Uint8Array => artefact("floppy");
export const diskImage = (): Uint8Array => artefact("disk");
export const kernelImage = (): Uint8Array => artefact("kernel");

// Where the floppy says what comes after its boot sector, and setup keeps the kernel's command line (kernel/boot).
const BOOT_NEXT = 0x1f6;
const SETUP_COMMAND_LINE = 0x10;

/** The floppy with another command line for its kernel: "shell=monitor" starts the kernel's own shell. */
export function floppyWithCommandLine(commandLine: string): Uint8Array {
  const image = floppyImage().slice();
  const setup = new DataView(image.buffer, image.byteOffset).getUint32(BOOT_NEXT, true) * 512;
  image.set(new TextEncoder().encode(`${commandLine}\0`), setup + SETUP_COMMAND_LINE);
  return image;
}

/** The screen without the amount of memory, which differs from one PC to the next by what its firmware keeps. */
export function withoutMemorySize(rows: readonly string[]): string[] {
  return rows.map((row) => row.replace(/^(Memory: ).*$/, "$1…"));
}

/** Runs our PC until the screen matches; throws with the screen when it does not in time. */
export function runUntil(machine: Machine, pattern: RegExp, instructions = INSTRUCTION_LIMIT): string[] {
  const reason = machine.run({ instructions, until: () => pattern.test(rowsOfScreen(machine).join("\n")) });
  const rows = rowsOfScreen(machine);
  if (reason !== "until") throw new Error(`${reason} before ${pattern}; the screen was:\n${rows.join("\n")}`);
  return rows;
}

/** Types a command line at the prompt and runs until the prompt is back; returns the rows between the two. */
export function command(machine: Machine, line: string, instructions = INSTRUCTION_LIMIT): string[] {
  machine.keyboard.type(`clear\n`);
  runUntil(machine, /^minios>\n{24}$/);
  machine.keyboard.type(`${line}\n`);
  const pattern = new RegExp(`^minios> ${line.replace(/[^\w ]/g, "\\$&")}\\n(.*\\n)*minios>\\n*$`);
  const rows = runUntil(machine, pattern, instructions);
  return rows.slice(1, rows.lastIndexOf("minios>"));
}
