// What running programs takes of the processor: rings, page directories, the floating-point unit. Of this kernel's platforms, the PC's.

import { dropFloats, FLOAT_BYTES, FloatState, initializeFloatingPoint, switchFloats, takeFloats } from "./pc/floats.ts";
import { faultAddress } from "./pc/paging.ts";
import { enterProgram } from "./pc/programs.external.ts";
import { setKernelStack } from "./pc/segments.ts";
import { leaveDirectory, useDirectory } from "./pc/userPaging.ts";

export {
  dropFloats,
  enterProgram,
  FLOAT_BYTES,
  FloatState,
  faultAddress,
  initializeFloatingPoint,
  leaveDirectory,
  setKernelStack,
  switchFloats,
  takeFloats,
  useDirectory,
};
