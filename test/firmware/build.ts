// Builds the assembly of these tests, and the firmware itself, from their sources.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { font8x16 } from "../../pc/devices/font.ts";
import { font8x8 } from "../../pc/devices/font-small.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { buildFirmware } from "../../toolchain/build/firmware.ts";
import { buildFlat } from "../../toolchain/build/flat.ts";
import { needText, type SourceTree } from "../../toolchain/build/source-tree.ts";
import { link } from "../../toolchain/link/index.ts";
import { ROOT } from "../support.ts";

const FIRMWARE = "pc/firmware";
const TESTS = "test/firmware";

/** The project's files, by path from its root. */
export const PROJECT: SourceTree = {
  readText: (path) => (existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), "utf8") : undefined),
  readBytes: (path) => (existsSync(join(ROOT, path)) ? new Uint8Array(readFileSync(join(ROOT, path))) : undefined),
};

/** The ROM's sources, by path from the project's root. */
export const BIOS_SOURCES = readdirSync(join(ROOT, FIRMWARE))
  .filter((name) => name.endsWith(".s"))
  .sort()
  .map((name) => `${FIRMWARE}/${name}`);

export const buildBios = (): Uint8Array =>
  buildFirmware(PROJECT, FIRMWARE, BIOS_SOURCES, { large: font8x16(), small: font8x8() });
export const buildBootSector = (): Uint8Array => buildFlat(PROJECT, ["kernel/boot/boot.s"], "kernel/boot/boot.ld");
export const buildSetup = (): Uint8Array => buildFlat(PROJECT, ["kernel/boot/setup.s"], "kernel/boot/setup.ld");

export const buildMasterBootRecord = (): Uint8Array => buildFlat(PROJECT, ["kernel/boot/mbr.s"], "kernel/boot/mbr.ld");

export const buildCdBlock = (): Uint8Array => buildFlat(PROJECT, ["kernel/boot/cd.s"], "kernel/boot/cd.ld");

/** services.s as a diskette: a boot sector and what it loads. */
export function buildServices(): Uint8Array {
  const floppy = new Uint8Array(1474560);
  floppy.set(buildFlat(PROJECT, [`${TESTS}/services.s`], `${TESTS}/flat.ld`));
  return floppy;
}

/** information.s as an ELF executable with so many bytes of filling in the middle. */
export function buildInformation(filling: number): Uint8Array {
  const file = `${TESTS}/information.s`;
  const { object } = assemble(needText(PROJECT, file), { file, defines: { FILL: filling } });
  return link([{ name: file, object }], { script: needText(PROJECT, `${TESTS}/kernel.ld`), strip: true }).elf;
}
