// A kernel that is no ELF file, or that says beside it where its bytes belong: the address fields of a Multiboot header, which a.out
// files and flat binaries use. Source: Multiboot Specification 0.6.96, section 3.1.3; Multiboot2 2.0, section 3.1.5.

import { fail } from "./failure.ts";
import { claim } from "./memory.ts";
import { fileSize, readFile } from "./volume.ts";

/**
 * Loads by the address fields.
 * @param offset of the header in the file
 * @param headerAddress where the header belongs in memory
 * @param loadAddress where the loaded part begins; FFFFFFFFh for the file's start
 * @param loadEnd where it ends; 0 for the end of the file
 * @param bssEnd where what is to be cleared ends; 0 for nothing
 */
export function loadRaw(offset: u32, headerAddress: u32, loadAddress: u32, loadEnd: u32, bssEnd: u32): bool {
  const first = loadAddress == 0xffffffff ? headerAddress - offset : loadAddress;
  if (first > headerAddress || headerAddress - first > offset)
    return fail("The Multiboot header's addresses are damaged: it lies before what is loaded");
  const start = offset - (headerAddress - first);
  let bytes = fileSize() - start;
  if (loadEnd != 0) {
    if (loadEnd < first) return fail("The Multiboot header's addresses are damaged: the end lies before the beginning");
    if (loadEnd - first > bytes) return fail("The kernel is truncated: its header promises more");
    bytes = loadEnd - first;
  }
  let size = bytes;
  if (bssEnd != 0) {
    if (bssEnd < first || bssEnd - first < bytes)
      return fail("The Multiboot header's addresses are damaged: the end lies before the beginning");
    size = bssEnd - first;
  }
  if (!claim(first, size) || !readFile(start, bytes, first)) return false;
  memory.fill(first + bytes, 0, size - bytes);
  return true;
}
