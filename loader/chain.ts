// `chainloader +1`: another boot sector, a partition's or a drive's, or one that a file holds, started as the BIOS would.
// Source: BIOS Boot Specification 1.01; the PC AT's master boot record.

import { textEquals } from "../kernel/text.ts";
import { startSector } from "./assembly.external.ts";
import { setTextMode } from "./bios.ts";
import { readSectors } from "./disk.ts";
import { fail } from "./failure.ts";
import { BOOT_SECTOR, HEADER, PARTITION_TABLE } from "./layout.ts";
import { plan, SECTOR } from "./plan.ts";
import {
  fileSize,
  findPlace,
  NO_PARTITION,
  openFile,
  parsePlace,
  partitionEntry,
  placedDrive,
  placedPartition,
  placeSector,
  readFile,
} from "./volume.ts";

const SECTOR_SIZE: u32 = 512;
const SIGNATURE: u16 = 0xaa55;

let drive: u32 = 0;
let hasEntry = false;

/** Loads the boot sector that a path or "(place)+1" names. */
export function loadSector(path: usize): bool {
  const rest = parsePlace(path);
  if (rest == 0) return false;
  if (textEquals(rest, "+1")) {
    if (!findPlace() || !readSectors(placeSector(), 1, HEADER)) return false;
  } else {
    if (!openFile(path)) return false;
    if (fileSize() != SECTOR_SIZE) return fail("A boot sector has 512 bytes");
    if (!readFile(0, SECTOR_SIZE, HEADER) || !findPlace()) return false;
  }
  if (load<u16>(HEADER, 510) != SIGNATURE) return fail("There is no boot sector: 55 AA is missing at its end");
  drive = placedDrive();
  hasEntry = placedPartition() != NO_PARTITION;
  plan.kind = SECTOR;
  return true;
}

export function startLoadedSector(): bool {
  setTextMode();
  memory.copy(BOOT_SECTOR, HEADER, SECTOR_SIZE);
  if (hasEntry) memory.copy(PARTITION_TABLE, partitionEntry(), 16);
  startSector(drive, hasEntry ? PARTITION_TABLE : 0);
  return false;
}
