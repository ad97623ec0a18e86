// GRUB on a diskette: its boot sector, its core with the modules asked for and the commands to run built in, and files in a memory disk.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { missing, scratchDirectory } from "../support.ts";

const GRUB = "/usr/lib/grub/i386-pc";
const FLOPPY_BYTES = 1474560;
const SECTOR = 512;

/** Why no such diskette can be made here, or undefined when it can. */
export function grubMissing(): string | undefined {
  return missing("grub-mkimage") ?? (existsSync(join(GRUB, "boot.img")) ? undefined : `not installed: ${GRUB}`);
}

export interface GrubOptions {
  /** Lines of GRUB's language, run when it has started. */
  commands: readonly string[];
  modules: readonly string[];
  /** What `(memdisk)/NAME` is. */
  files?: Readonly<Record<string, Uint8Array>>;
}

export function grubFloppy({ commands, modules, files }: GrubOptions): Uint8Array {
  const scratch = scratchDirectory("grub");
  const path = (name: string) => join(scratch.path, name);
  try {
    writeFileSync(path("commands"), `${commands.join("\n")}\n`);
    const disk: string[] = [];
    if (files) {
      mkdirSync(path("files"));
      for (const [name, bytes] of Object.entries(files)) writeFileSync(path(`files/${name}`), bytes);
      execFileSync("tar", ["-cf", path("disk.tar"), "--format=ustar", "-C", path("files"), ...Object.keys(files)]);
      disk.push("-m", path("disk.tar"), "memdisk", "tar");
    }
    const core = path("core.img");
    const options = ["-O", "i386-pc", "-o", core, "-p", "/boot", "-c", path("commands")];
    execFileSync("grub-mkimage", [...options, "biosdisk", ...modules, ...disk]);
    const floppy = new Uint8Array(FLOPPY_BYTES);
    floppy.set(readFileSync(join(GRUB, "boot.img")));
    floppy.set(readFileSync(core), SECTOR);
    return floppy;
  } finally {
    scratch.remove();
  }
}
