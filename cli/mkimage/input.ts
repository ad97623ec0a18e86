// What images are made of: folders with files, boot code, kernels.

import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import type { FatFile } from "../../formats/fat/index.ts";
import { MediaError } from "../../formats/media-error.ts";
import { isElf } from "../../media/elf.ts";
import { buildFlat } from "../../toolchain/build/flat.ts";
import type { BootParts } from "../../toolchain/image/boot-area.ts";
import { ImageError } from "../../toolchain/image/error.ts";
import { strip } from "../../toolchain/inspect/strip.ts";
import { diskTree } from "../build/disk-tree.ts";
import { asInputError, InputError, systemErrorText } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { readKernel } from "../run/kernel.ts";

/** More than fits onto any image that is made here. */
const MOST_BYTES = 2 ** 31;
const BOOT_FOLDER = "kernel/boot";

/**
 * All files of a folder and of those in it, sorted by name; an empty folder has a path that ends with a slash.
 * @throws InputError when something cannot be read, is neither file nor folder, or a link leads back to where it stands
 */
export function readFolder(folder: string): FatFile[] {
  const files: FatFile[] = [];
  let total = 0;
  const walk = (path: string, place: string, above: readonly string[]) => {
    const real = attempt(path, () => realpathSync(path));
    if (above.includes(real))
      throw new InputError({ file: path, expected: "a folder", found: "a link to a folder that it is in" });
    const names = attempt(path, () => readdirSync(path)).sort();
    if (names.length === 0 && place !== "/") files.push({ path: place, data: new Uint8Array(0) });
    for (const name of names) {
      const file = join(path, name);
      const stats = attempt(file, () => statSync(file));
      if (stats.isDirectory()) {
        walk(file, `${place}${name}/`, [...above, real]);
        continue;
      }
      if (!stats.isFile()) throw new InputError({ file, expected: "a file or a folder", found: "neither" });
      total += stats.size;
      if (total > MOST_BYTES) throw new InputError({ file: folder, expected: "files of at most 2 GiB", found: "more" });
      files.push({ path: place + name, data: attempt(file, () => new Uint8Array(readFileSync(file))) });
    }
  };
  walk(folder, "/", []);
  return files;
}

export function readBytes(file: string): Uint8Array {
  return attempt(file, () => new Uint8Array(readFileSync(file)));
}

/** One of the programs in kernel/boot, assembled. */
export function bootProgram(name: "boot" | "setup" | "mbr" | "cd"): Uint8Array {
  const root = packageRoot(join(BOOT_FOLDER, "boot.s"));
  return buildFlat(diskTree(root), [`${BOOT_FOLDER}/${name}.s`], `${BOOT_FOLDER}/${name}.ld`);
}

/** The boot loader, which `npm run build` makes and the package ships. */
export function bootLoader(): Uint8Array {
  const file = "dist/loader.bin";
  return readBytes(join(packageRoot(file), file));
}

/** Whether a folder's files are such as the boot loader starts from. */
export function hasBootMenu(files: readonly FatFile[]): boolean {
  return files.some(({ path }) => path.toLowerCase() === "/boot/grub/grub.cfg");
}

/** MiniOS's boot sector and its boot loader, which shows the menu of /boot/grub/grub.cfg. */
export function loaderParts(): BootParts {
  return { bootSector: bootProgram("boot"), loader: bootLoader() };
}

/** MiniOS's way to boot a kernel; symbols and debug information stay behind. */
export function bootParts(kernel: string, commandLine: string | undefined): BootParts {
  return { bootSector: bootProgram("boot"), setup: bootProgram("setup"), kernel: readStripped(kernel), commandLine };
}

export function readStripped(file: string): Uint8Array {
  const { bytes } = readKernel(file);
  if (!isElf(bytes)) throw new InputError({ file, offset: 0, expected: "an ELF kernel", found: "another file" });
  return naming({ kernel: file }, () =>
    strip({ name: file, bytes }, { what: "all", sections: [], keep: [], drop: [] }),
  );
}

/**
 * Does something, and puts the person's files and options in the place of an image's parts in its errors.
 * @param names of parts as ImageError and MediaError call them
 */
export function naming<T>(names: Readonly<Record<string, string | undefined>>, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const part = error instanceof ImageError ? error.part : error instanceof MediaError ? error.file : "kernel";
    throw asInputError(error, names[part] ?? part) ?? error;
  }
}

function attempt<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({ file, expected: "a file or a folder that can be read", found: systemErrorText(error) });
  }
}
