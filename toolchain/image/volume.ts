// A bootable FAT volume: boot sector, setup and kernel in its reserved sectors, files behind the FATs. The same for a diskette and
// for a partition.

import { type FatFile, type FatImageOptions, firstFreeReservedSector, writeFat } from "../../formats/fat/index.ts";
import { type BootParts, bootPayload, fillBootSector, SECTOR_BYTES } from "./boot-area.ts";

/**
 * @param options of the volume; the reserved sectors are what the boot code needs
 * @throws ImageError when a part is not what it must be, MediaError when the whole does not fit
 */
export function makeBootVolume(
  parts: BootParts,
  files: readonly FatFile[],
  options: Omit<FatImageOptions, "reservedSectors" | "bootSector">,
): Uint8Array {
  const payload = bootPayload(parts, SECTOR_BYTES);
  const first = firstFreeReservedSector(options.type ?? 12);
  const bootSector = fillBootSector(parts.bootSector, first, payload);
  const reservedSectors = first + payload.bytes.length / SECTOR_BYTES;
  const volume = writeFat(files, { ...options, reservedSectors, bootSector });
  volume.set(payload.bytes, first * SECTOR_BYTES);
  return volume;
}
