// Boots the tests' diskettes on our PC, with the firmware as it is in the sources.

import { Machine, type MachineOptions } from "../../pc/machine.ts";
import type { BootOptions } from "../judges/guest.ts";
import { diskOf } from "../judges/ours.ts";
import { artefact } from "../support.ts";
import { buildBios } from "./build.ts";

/** No diskette of these tests needs more. */
const MOST_INSTRUCTIONS = 400_000_000;
const MOST_GUEST_NS = 60e9;

export function createMachine(
  options: Pick<BootOptions, "floppy" | "disk" | "diskBytes" | "cdrom" | "bootOrder" | "memoryMiB"> &
    Pick<MachineOptions, "bootOnce" | "bootMenu">,
): Machine {
  const core = new WebAssembly.Module(new Uint8Array(artefact("core")));
  return Machine.create({
    parts: { core, bios: buildBios() },
    memoryBytes: (options.memoryMiB ?? 32) << 20,
    ...(options.floppy && { floppyA: options.floppy.slice() }),
    ...(options.disk && { hda: diskOf(options.disk, options.diskBytes) }),
    ...(options.cdrom && { cdrom: options.cdrom }),
    ...(options.bootOrder !== undefined && { bootOrder: options.bootOrder }),
    bootOnce: options.bootOnce,
    bootMenu: options.bootMenu,
  });
}

/** Runs until the pattern is on the screen; returns the screen's rows. */
export function runUntil(machine: Machine, pattern: RegExp): string[] {
  const reason = machine.run({
    instructions: MOST_INSTRUCTIONS,
    timeNs: machine.timeNs + MOST_GUEST_NS,
    until: () => pattern.test(machine.screen.text().join("\n")),
  });
  if (reason !== "until")
    throw new Error(`${pattern} is not on the screen (${reason}):\n${machine.screen.text().join("\n")}`);
  return machine.screen.text();
}

export const bootOnOurPc = async (options: BootOptions): Promise<string[]> =>
  runUntil(createMachine(options), options.until);
