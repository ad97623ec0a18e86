// Disks in the formats of VMware, VirtualBox and QEMU, told by how they begin. Those that grow are refused, with the way to convert them.

import { VMDK_DESCRIPTOR } from "./configuration/vmware.ts";

export const HEAD_BYTES = 128;
const REFUSED = [
  { mark: "KDMV", name: "a VMware disk that grows (.vmdk)" },
  { mark: "COWD", name: "a VMware disk that grows (.vmdk)" },
  ...["Oracle VM ", "Sun xVM ", "Sun ", "innotek ", "Oracle "].map((maker) => ({
    mark: `<<< ${maker}VirtualBox Disk Image >>>`,
    name: "a VirtualBox disk (.vdi)",
  })),
  { mark: "QFI\xfb", name: "a QEMU disk (.qcow2)" },
];

/** What a file that begins so is, when it is a disk in a format that is refused. */
export function refusedKind(head: string): string | undefined {
  return REFUSED.find(({ mark }) => head.startsWith(mark))?.name;
}

/** Does a file that begins so hold a disk, or the way to one, in a format of VMware's, VirtualBox's or QEMU's? */
export function isForeignDisk(head: Uint8Array): boolean {
  const text = latin1(head.subarray(0, HEAD_BYTES));
  return text.startsWith(VMDK_DESCRIPTOR) || refusedKind(text) !== undefined;
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
