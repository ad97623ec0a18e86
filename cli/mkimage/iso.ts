// `minios mkimage iso`

import { relative, resolve, sep } from "node:path";
import type { FatFile } from "../../formats/fat/index.ts";
import { type CdBoot, makeCd, makeCdBoot } from "../../toolchain/image/cd.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { sourceDate } from "../source-date.ts";
import { bootLoader, bootProgram, hasBootMenu, naming, readBytes, readFolder, readStripped } from "./input.ts";
import type { IsoCommandOptions } from "./options.ts";
import { writeImage } from "./output.ts";

/** Where the boot image is on the CD when it is not one of the folder's files. */
const BOOT_IMAGE = "/boot/cd.img";

/** @throws UsageError, InputError */
export function makeIsoImage(io: Io, folder: string, options: IsoCommandOptions): void {
  const { output, label, kernel, append, bootImage, bootLoadSize, bootInfoTable } = options;
  if (kernel !== undefined && bootImage !== undefined)
    throw new UsageError("--kernel and --boot-image both want to be booted");
  if (append !== undefined && kernel === undefined) throw new UsageError("--append is for a --kernel");
  if (bootImage === undefined && (bootLoadSize !== undefined || bootInfoTable))
    throw new UsageError("--boot-load-size and --boot-info-table are for a --boot-image");
  const names = { kernel, "command line": "--append", "boot image": bootImage, CD: output };
  naming(names, () => {
    const files = readFolder(folder);
    const { size, pieces } = makeCd({
      files,
      label,
      time: sourceDate(io.env),
      boot: bootOf(folder, files, options),
      masterBootRecord: options.hybrid ? bootProgram("mbr") : undefined,
    });
    writeImage(io, options, pieces, size);
  });
}

function bootOf(folder: string, files: readonly FatFile[], options: IsoCommandOptions): CdBoot | undefined {
  const { kernel, append, bootImage, bootLoadSize, bootInfoTable } = options;
  if (kernel !== undefined) {
    const parts = { setup: bootProgram("setup"), kernel: readStripped(kernel), commandLine: append };
    return makeCdBoot(bootProgram("cd"), parts, BOOT_IMAGE);
  }
  if (bootImage === undefined)
    return hasBootMenu(files) ? makeCdBoot(bootProgram("cd"), { loader: bootLoader() }, BOOT_IMAGE) : undefined;
  const inside = relative(resolve(folder), resolve(bootImage));
  const isInside = inside !== "" && !inside.startsWith("..") && resolve(folder, inside) === resolve(bootImage);
  return {
    image: readBytes(bootImage),
    path: isInside ? `/${inside.split(sep).join("/")}` : BOOT_IMAGE,
    loadSectors: bootLoadSize,
    informationTable: bootInfoTable,
  };
}
