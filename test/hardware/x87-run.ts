// Runs floating-point cases with x87.s.

import { type BlockHarness, runBlocksNatively, runBlocksOnOurCpu } from "./block-run.ts";
import { BLOCK_SIZE, type FloatCase } from "./x87-record.ts";

const HARNESS: BlockHarness = { source: "x87.s", blockSize: BLOCK_SIZE, instructionsPerCase: 20 };

/** The blocks after each case, by this machine's processor. */
export const runFloatNatively = (cases: readonly FloatCase[]): Uint8Array[] => runBlocksNatively(HARNESS, cases);

/** The blocks after each case, by our CPU. */
export const runFloatOnOurCpu = (module: WebAssembly.Module, cases: readonly FloatCase[]): Uint8Array[] =>
  runBlocksOnOurCpu(module, HARNESS, cases);
