// Partitions of a disk: its master boot record divides it into at most four, and each becomes a block device named after the
// disk and a number. A disk without a table, one big file system, has a boot sector of another kind there.
// Source: IBM PC DOS's master boot record, as the UEFI specification 2.10 describes it in section 5.2 (legacy MBR).

import { free, malloc } from "../memory/heap.ts";
import { transferBlocks } from "./block.ts";
import { Device, DeviceKind, newPartition, registerDevice } from "./device.ts";

const TABLE: usize = 446;
const ENTRY_BYTES: usize = 16;
const ENTRY_STATUS: usize = 0;
const ENTRY_TYPE: usize = 4;
const ENTRY_FIRST: usize = 8;
const ENTRY_COUNT: usize = 12;
const ENTRIES: u32 = 4;
const SIGNATURE: usize = 510;
const SIGNATURE_VALUE: u16 = 0xaa55;
const STATUS_BOOT: u8 = 0x80;

/** Reads the disk's first block and registers a device for each partition of its table; returns how many. May block. */
export function findPartitions(disk: Device): u32 {
  assert(disk.kind === DeviceKind.Block && disk.parent === null, "partitions of a disk");
  const buffer = malloc(disk.blockBytes);
  if (buffer == 0) return 0;
  let count: u32 = 0;
  if (transferBlocks(disk, false, 0, 1, buffer) == 0 && isTable(buffer)) {
    for (let i: u32 = 0; i < ENTRIES; i++) {
      const entry = buffer + TABLE + i * ENTRY_BYTES;
      if (load<u8>(entry + ENTRY_TYPE) == 0) continue;
      const first = load<u32>(entry + ENTRY_FIRST);
      const blocks = load<u32>(entry + ENTRY_COUNT);
      // One that leaves the disk, or holds the table itself, is a mistake.
      if (first == 0 || blocks == 0 || first >= disk.blockCount || blocks > disk.blockCount - first) continue;
      const device = newPartition(disk, i + 1, first, blocks);
      if (device !== null && registerDevice(device)) count++;
    }
  }
  free(buffer);
  return count;
}

/** Whether the block is a master boot record: a signature, and four entries with a status that exists. */
function isTable(block: usize): bool {
  if (load<u16>(block + SIGNATURE) != SIGNATURE_VALUE) return false;
  for (let i: u32 = 0; i < ENTRIES; i++) {
    const status = load<u8>(block + TABLE + i * ENTRY_BYTES + ENTRY_STATUS);
    if (status != 0 && status != STATUS_BOOT) return false;
  }
  return true;
}
