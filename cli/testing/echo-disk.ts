// The boot sectors in this folder, assembled.

import { readFileSync } from "node:fs";
import { assemble } from "../../toolchain/asm/index.ts";

/** Echoes keys; some of them end the machine. */
export const echoDisk = () => bootSector("echo-disk.s");

/** Reports what machine it finds itself on. */
export const reportDisk = () => bootSector("report-disk.s");

function bootSector(name: string): Uint8Array {
  const { object } = assemble(readFileSync(new URL(name, import.meta.url), "utf8"), { file: name });
  const text = object.sections.find((section) => section.name === ".text");
  if (!(text?.data instanceof Uint8Array)) throw new Error(`${name} has no .text`);
  return text.data;
}
