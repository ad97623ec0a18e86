// A disk's partitions: four of the master boot record's table, those inside an extended one (numbers 5 and up), and those of a GUID
// partition table, which has a record in front of it with one entry for everything.
// Sources: PC DOS 3.3 Technical Reference; UEFI Specification 2.10, sections 5.2 and 5.3.

import { readBytes, SECTOR_BYTES } from "./disk.ts";
import { andNumber, fail } from "./failure.ts";

const TABLE_AT: u32 = 446;
const ENTRY_BYTES: u32 = 16;
const ENTRIES: u32 = 4;
const ENTRY_FIRST: usize = 8;
const ENTRY_TYPE: usize = 4;
const TYPE_GPT: u8 = 0xee;

/** "EFI PART" */
const GPT_SIGNATURE: u64 = 0x5452415020494645;
const GPT_HEADER_BYTES: u32 = 92;
const GPT_TABLE: usize = 72;
const GPT_COUNT: usize = 80;
const GPT_ENTRY_BYTES: usize = 84;
const GPT_ENTRY_FIRST: usize = 32;
/** Of an entry, as much as is looked at. */
const GPT_ENTRY_READ: u32 = 48;
const LEAST_GPT_ENTRY: u32 = 128;

const header = memory.data(96, 8);

/** The first sector of partition `index` (from 0) of the selected drive, and its entry in `entry`, 16 bytes; 0 if there is none. */
export function findPartitionOnDisk(index: u32, entry: usize): u32 {
  if (!readBytes(0, TABLE_AT, ENTRY_BYTES, entry)) return 0;
  if (load<u8>(entry, ENTRY_TYPE) == TYPE_GPT) return findByGuid(index, entry);
  if (index >= ENTRIES) return findInExtended(index, entry);
  if (!readBytes(0, TABLE_AT + index * ENTRY_BYTES, ENTRY_BYTES, entry)) return 0;
  if (load<u8>(entry, ENTRY_TYPE) != 0 && load<u32>(entry, ENTRY_FIRST) != 0) return load<u32>(entry, ENTRY_FIRST);
  return none(index);
}

function none(index: u32): u32 {
  fail("The disk has no partition ");
  andNumber(index + 1);
  return 0;
}

function isExtended(entry: usize): bool {
  const type = load<u8>(entry, ENTRY_TYPE);
  return type == 0x05 || type == 0x0f || type == 0x85;
}

/** Each of them has a record of its own, whose second entry leads to the next one's. */
function findInExtended(index: u32, entry: usize): u32 {
  let base: u32 = 0;
  for (let i: u32 = 0; i < ENTRIES && base == 0; i++) {
    if (!readBytes(0, TABLE_AT + i * ENTRY_BYTES, ENTRY_BYTES, entry)) return 0;
    if (isExtended(entry)) base = load<u32>(entry, ENTRY_FIRST);
  }
  let record = base;
  // A chain that loops ends where the number asked for is reached.
  for (let i = ENTRIES; record != 0; i++) {
    if (!readBytes(record, TABLE_AT, ENTRY_BYTES, entry)) return 0;
    if (i == index) {
      if (load<u8>(entry, ENTRY_TYPE) == 0) break;
      // The entry is for who is started with it: there it counts from the disk's start.
      store<u32>(entry, record + load<u32>(entry, ENTRY_FIRST), ENTRY_FIRST);
      return load<u32>(entry, ENTRY_FIRST);
    }
    if (!readBytes(record, TABLE_AT + ENTRY_BYTES, ENTRY_BYTES, entry)) return 0;
    if (!isExtended(entry)) break;
    record = base + load<u32>(entry, ENTRY_FIRST);
  }
  return none(index);
}

function findByGuid(index: u32, entry: usize): u32 {
  if (!readBytes(1, 0, GPT_HEADER_BYTES, header)) return 0;
  const size = load<u32>(header, GPT_ENTRY_BYTES);
  const table = load<u64>(header, GPT_TABLE);
  if (load<u64>(header) != GPT_SIGNATURE || size < LEAST_GPT_ENTRY || size > 4096 || table > 0xffffff) {
    fail("The disk's GUID partition table is damaged");
    return 0;
  }
  if (index >= load<u32>(header, GPT_COUNT)) return none(index);
  const offset = index * size;
  if (!readBytes((table as u32) + offset / SECTOR_BYTES, offset % SECTOR_BYTES, GPT_ENTRY_READ, header)) return 0;
  const first = load<u64>(header, GPT_ENTRY_FIRST);
  if ((load<u64>(header) | load<u64>(header, 8)) == 0 || first == 0 || first > 0xffffffff) return none(index);
  store<u32>(entry, first as u32, ENTRY_FIRST);
  return first as u32;
}
