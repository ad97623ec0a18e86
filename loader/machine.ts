// What every kernel is told about the machine and the loader.

import { copyText } from "../kernel/text.ts";
import { NO_PARTITION, rootVolumeDrive, rootVolumePartition } from "./volume.ts";

const name = memory.data(32);

export function loaderName(): usize {
  return copyText("MiniOS boot loader", name);
}

/** BIOS drive in the top byte, then the partition from 0, or FFh for none; deeper levels there are none. */
export function bootDevice(): u32 {
  return (rootVolumeDrive() << 24) | (rootVolumePartition() << 16) | 0xffff;
}

/** The partition as Multiboot2 has it: FFFFFFFFh for none. */
export function bootPartition2(): u32 {
  return rootVolumePartition() == NO_PARTITION ? 0xffffffff : rootVolumePartition();
}
