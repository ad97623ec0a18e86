// Where everything stands in machine memory: the hypervisor's own frames below, the domain's above. As on a real Xen, a domain's
// machine frames are not numbered as its pseudo-physical ones, so a guest that mixes them up is found out.

import { PAGE } from "./abi.ts";

const MIB = 0x10_0000;
const FRAMES_PER_MIB = MIB / PAGE;

/** Hypervisor frames below 1 MiB. */
export const MFN_WINDOW_TABLE = 1;
export const MFN_MACH2PHYS_TABLE = 2;
/** The page of the GDT with Xen's flat segments. */
export const MFN_RESERVED_GDT = 3;
/** What stands where the guest has given no page of its own for the GDT. */
export const MFN_EMPTY_GDT = 4;
export const MFN_SHARED_INFO = 5;
/** The first frame of the machine-to-physical table. */
const MFN_MACH2PHYS = FRAMES_PER_MIB;

/** Linear address of the GDT: sixteen pages behind the machine-to-physical table, above every guest segment's limit. */
export const GDT_WINDOW = 0xfc40_0000;

/** No more than the CPU has, less what the hypervisor takes. */
export const MOST_DOMAIN_MIB = 2040;

export interface MachineLayout {
  /** All of the machine's memory in bytes. */
  memoryBytes: number;
  mach2phys: number;
  mach2physFrames: number;
  /** The domain's first frame; it has `pages` of them. */
  firstMfn: number;
  pages: number;
}

/** @param domainBytes a multiple of 1 MiB */
export function layoutFor(domainBytes: number): MachineLayout {
  const domainMib = domainBytes / MIB;
  // One table entry of four bytes for each frame of the whole machine: 1 KiB for each MiB.
  const tableMib = Math.ceil((domainMib + 4) / 1024);
  const totalMib = 1 + tableMib + domainMib;
  return {
    memoryBytes: totalMib * MIB,
    mach2phys: MFN_MACH2PHYS,
    mach2physFrames: Math.ceil((totalMib * FRAMES_PER_MIB * 4) / PAGE),
    firstMfn: (1 + tableMib) * FRAMES_PER_MIB,
    pages: domainMib * FRAMES_PER_MIB,
  };
}
