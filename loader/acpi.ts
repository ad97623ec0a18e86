// Where the ACPI tables begin. Source: ACPI specification, "Finding the RSDP on IA-PC Systems".

const EBDA_SEGMENT: usize = 0x40e;
const EBDA_BYTES: usize = 1024;
const ROM: usize = 0xe0000;
const ROM_END: usize = 0x100000;
/** "RSD PTR " */
const SIGNATURE: u64 = 0x2052545020445352;
const OLD_BYTES: u32 = 20;
const REVISION: usize = 15;
const LENGTH: usize = 20;
const MOST_BYTES: u32 = 64;

/** The root pointer's address, or 0. */
export function findRootPointer(): usize {
  const data = (load<u16>(EBDA_SEGMENT) as usize) << 4;
  const found = data == 0 ? 0 : find(data, data + EBDA_BYTES);
  return found != 0 ? found : find(ROM, ROM_END);
}

export function rootPointerBytes(pointer: usize): u32 {
  return load<u8>(pointer, REVISION) >= 2 ? min<u32>(load<u32>(pointer, LENGTH), MOST_BYTES) : OLD_BYTES;
}

function find(start: usize, end: usize): usize {
  for (let at = start; at < end; at += 16) {
    if (load<u64>(at) == SIGNATURE && sum(at) == 0) return at;
  }
  return 0;
}

function sum(at: usize): u8 {
  let total: u8 = 0;
  for (let i: u32 = 0; i < OLD_BYTES; i++) total += load<u8>(at + i);
  return total;
}
