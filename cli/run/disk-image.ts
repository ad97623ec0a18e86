// A hard disk image of whatever kind: raw sectors and Virtual PC's disks as they are, VMware's when a descriptor points at a flat file.
// Disks that grow in VMware's or VirtualBox's own formats are told apart and refused, with the way to convert them.

import { closeSync, openSync, readSync } from "node:fs";
import { parseVmdk, VMDK_DESCRIPTOR } from "../../media/configuration/vmware.ts";
import { HEAD_BYTES, refusedKind } from "../../media/foreign-disk.ts";
import type { DiskGeometry } from "../../pc/blocks.ts";
import { InputError } from "../errors.ts";
import { DiskFile } from "./disk.ts";
import { readInput } from "./files.ts";

const LARGEST_DESCRIPTOR = 64 * 1024;
/**
 * @param geometry in place of the image's own
 * @throws InputError, ConfigurationError when it cannot be opened or is no disk
 */
export function openDisk(file: string, geometry?: DiskGeometry): DiskFile {
  const head = headOf(file);
  const refused = refusedKind(head);
  if (refused !== undefined) {
    const expected = "a disk image (raw sectors or .vhd)";
    throw new InputError({ file, offset: 0, expected, found: `${refused}; convert it: qemu-img convert -O raw` });
  }
  if (!head.startsWith(VMDK_DESCRIPTOR)) return new DiskFile(file, undefined, undefined, geometry);
  const { bytes } = readInput(file, "the descriptor of a disk");
  const text = new TextDecoder().decode(bytes.subarray(0, LARGEST_DESCRIPTOR));
  const descriptor = parseVmdk(file, text);
  try {
    return new DiskFile(descriptor.extent.path, undefined, undefined, geometry ?? descriptor.geometry);
  } catch (error) {
    throw error instanceof InputError ? descriptor.extent.error(error.message) : error;
  }
}

/** The first bytes, as Latin-1; "" of a file that cannot be read: who opens it in earnest says why. */
function headOf(file: string): string {
  let descriptor = -1;
  try {
    descriptor = openSync(file, "r");
    const bytes = Buffer.alloc(HEAD_BYTES);
    return bytes.toString("latin1", 0, readSync(descriptor, bytes, 0, HEAD_BYTES, 0));
  } catch {
    return "";
  } finally {
    if (descriptor >= 0) closeSync(descriptor);
  }
}
