// The order of the optimisations: numbering and cleaning until control flow settles, then once more for what that opened.

import type { SsaFunction } from "../ssa/ir.ts";
import { removeDead, simplifyControl } from "./clean.ts";
import { numberValues } from "./number.ts";
import { orderBlocks } from "./order.ts";
import { threadJumps } from "./thread.ts";

const MAX_ROUNDS = 6;

export function optimise(f: SsaFunction): void {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    orderBlocks(f);
    const folded = numberValues(f);
    if (folded) orderBlocks(f);
    removeDead(f);
    const simplified = simplifyControl(f);
    if (simplified) orderBlocks(f);
    const threaded = threadJumps(f);
    if (!folded && !simplified && !threaded && round > 0) break;
  }
  orderBlocks(f);
}
