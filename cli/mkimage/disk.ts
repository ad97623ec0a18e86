// `minios mkimage disk`

import { type DiskPartition, makeDisk, usualGeometry } from "../../toolchain/image/disk.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { sourceDate } from "../source-date.ts";
import { bootParts, bootProgram, loaderParts, naming, readBytes, readFolder } from "./input.ts";
import type { DiskOptions } from "./options.ts";
import { writeImage } from "./output.ts";

const SECTOR_BYTES = 512;

/** @throws UsageError, InputError */
export function makeDiskImage(io: Io, folder: string | undefined, options: DiskOptions): void {
  const { size, geometry, fat, label, partition, mbr, loader, kernel, append, output } = options;
  if (size === undefined && geometry === undefined)
    throw new UsageError("how large is the disk? --size 16M, or --geometry 615,6,17");
  if (size !== undefined && geometry !== undefined)
    throw new UsageError("--size and --geometry both say how large the disk is");
  if (partition.length > 0 && (folder !== undefined || fat !== undefined))
    throw new UsageError("--partition says what is in each partition; no folder and no --fat beside it");
  if (loader && kernel !== undefined) throw new UsageError("--loader and --kernel both want to be booted");
  if (append !== undefined && kernel === undefined) throw new UsageError("--append is for a --kernel");
  const image = naming(
    { kernel, "master boot record": mbr, "FAT volume": output, "command line": "--append", image: output },
    () => {
      const wanted = partition.length > 0 ? partition : [{ fat, folder, bytes: undefined }];
      const partitions = wanted.map((each, index): DiskPartition => {
        const isFirst = index === 0;
        return {
          sectors: each.bytes === undefined ? undefined : Math.ceil(each.bytes / SECTOR_BYTES),
          fat: each.fat,
          files: each.folder === undefined ? [] : readFolder(each.folder),
          ...(isFirst && { label }),
          ...(isFirst && kernel !== undefined && { boot: bootParts(kernel, append) }),
          ...(isFirst && loader && { boot: loaderParts() }),
        };
      });
      return makeDisk({
        geometry: geometry ?? usualGeometry(size ?? 0),
        partitions,
        masterBootRecord: mbr === undefined ? bootProgram("mbr") : readBytes(mbr),
        time: sourceDate(io.env),
      });
    },
  );
  writeImage(io, options, [image], image.length);
}
