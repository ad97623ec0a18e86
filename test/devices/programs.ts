// Runs a program of this folder in QEMU and on our PC, both with our BIOS: what each has sent to COM1.

import { buildFlat } from "../../toolchain/build/flat.ts";
import { buildBios, PROJECT } from "../firmware/build.ts";
import type { BootOptions } from "../judges/guest.ts";
import { waitForSerial } from "../judges/guest.ts";
import { startOurPc } from "../judges/ours.ts";
import { startQemu } from "../judges/qemu.ts";

export interface Outputs {
  ours: string[];
  theirs: string[];
}

/** A diskette with the program in `name`.s. */
function diskette(name: string): Uint8Array {
  const image = new Uint8Array(1440 * 1024);
  image.set(buildFlat(PROJECT, [`test/devices/${name}.s`], "test/firmware/flat.ld"));
  return image;
}

async function outputOf(
  start: typeof startQemu | typeof startOurPc,
  options: Omit<BootOptions, "until">,
): Promise<string[]> {
  const guest = await start(options);
  try {
    return (await waitForSerial(guest, /^end\n/m)).split("\n");
  } finally {
    await guest.stop();
  }
}

/** @param options drives beside the diskette that the program is on */
export async function runOnBoth(name: string, options: Omit<BootOptions, "until"> = {}): Promise<Outputs> {
  const all = { ...options, floppy: diskette(name), bios: buildBios(), bootOrder: "a" };
  const [ours, theirs] = await Promise.all([outputOf(startOurPc, all), outputOf(startQemu, all)]);
  return { ours, theirs };
}
