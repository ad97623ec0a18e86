// Builds the assembly of these tests, and the firmware itself, with our own assembler and linker.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { font8x16 } from "../../pc/devices/font.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { type LinkInput, link } from "../../toolchain/link/index.ts";
import { ROOT } from "../support.ts";

/** The ROM's sources, in the order in which they are linked. */
export const BIOS_SOURCES = [
  ...["post.s", "apic.s", "time.s", "vga.s", "video.s", "keyboard.s", "keymap.s"],
  ...["floppy.s", "fdc.s", "boot.s", "serial.s", "system.s", "entries.s"],
];

/** Folders are named from the root of the project. */
export const FIRMWARE = "pc/firmware";
export const KERNEL_BOOT = "kernel/boot";
export const TESTS = "test/firmware";

/** What the sources of a folder include that is no file there. */
const MADE: Record<string, () => Uint8Array> = { "font.bin": font8x16 };

/** Assembles a folder's sources and links them by a script. */
export function build(
  folder: string,
  sources: readonly string[],
  script: string,
  defines: Readonly<Record<string, number>> = {},
): ReturnType<typeof link> {
  const read = (path: string): Uint8Array | undefined => {
    const file = join(ROOT, folder, path);
    return existsSync(file) ? new Uint8Array(readFileSync(file)) : MADE[path]?.();
  };
  const inputs = sources.map((name): LinkInput => {
    const { object } = assemble(readFileSync(join(ROOT, folder, name), "utf8"), {
      file: join(folder, name),
      include: (path) => {
        const bytes = read(path);
        return bytes && new TextDecoder().decode(bytes);
      },
      incbin: read,
      defines,
    });
    return { name, object };
  });
  return link(inputs, { script: readFileSync(join(ROOT, script), "utf8"), scriptName: script, strip: true });
}

export const buildBios = (): Uint8Array => build(FIRMWARE, BIOS_SOURCES, `${FIRMWARE}/bios.ld`).flat();
export const buildBootSector = (): Uint8Array => build(KERNEL_BOOT, ["boot.s"], `${KERNEL_BOOT}/boot.ld`).flat();
export const buildSetup = (): Uint8Array => build(KERNEL_BOOT, ["setup.s"], `${KERNEL_BOOT}/setup.ld`).flat();
