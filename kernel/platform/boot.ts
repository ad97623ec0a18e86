// What the boot loader tells, and the processor's own tables. Of this kernel's platforms, the PC's.

import {
  BootModule,
  bootDriveNumber,
  bootModule,
  bootModuleCount,
  bootPartitionNumber,
  commandLine,
  readMultiboot as readBootInformation,
} from "./pc/multiboot.ts";
import { initializeSegments } from "./pc/segments.ts";

export {
  BootModule,
  bootDriveNumber,
  bootModule,
  bootModuleCount,
  bootPartitionNumber,
  commandLine,
  initializeSegments,
  readBootInformation,
};
