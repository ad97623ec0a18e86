// What a machine is made of, as the page says it to the machine's worker: plain data that structured cloning carries.

import type { DiskGeometry } from "../../pc/blocks.ts";

/** Where bytes come from: at hand, in a file of the person's that is read piece by piece, or a file of this page's. */
export type Source = Uint8Array | Blob | { url: string };

export interface KernelPlan {
  image: Source;
  commandLine: string;
  modules: { data: Source; commandLine: string }[];
}

/** A PC. The fields are those of `MachineOptions`. */
export interface PcPlan {
  kind: "pc";
  /** What the person calls it. */
  name: string;
  memoryBytes?: number;
  floppyA?: Source;
  floppyB?: Source;
  /** Hard disks at places 0 to 3. */
  disks?: (Source | undefined)[];
  /** Of each disk, in place of the one that is guessed or that the image has. */
  geometries?: (DiskGeometry | undefined)[];
  cdrom?: Source;
  cdromPlace?: number;
  bootOrder?: string;
  kernel?: KernelPlan;
}

/** A Xen domain. */
export interface DomainPlan {
  kind: "domain";
  name: string;
  memoryBytes?: number;
  kernel: Source;
  ramdisk?: Source;
  commandLine: string;
  onPoweroff?: "destroy" | "restart" | "preserve";
  onReboot?: "destroy" | "restart" | "preserve";
  onCrash?: "destroy" | "restart" | "preserve";
}

export type BootPlan = PcPlan | DomainPlan;
