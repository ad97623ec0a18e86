// String instructions: one micro-op each, repeat prefix and address size in MISC.

import { Op } from "../core/ops.ts";
import type { Lift } from "./context.ts";

const DS = 3;

function string(op: Op, comparing: boolean, port: boolean): Lift {
  return (context, { addressSize, repeat, segmentOverride }) => {
    // REPNE on an instruction that does not compare means REP.
    const kind = repeat === "" ? 0 : repeat === "repne" && comparing ? 2 : 1;
    const misc = (addressSize === 16 ? 1 : 0) | (kind << 1);
    context.emit(op, 0, undefined, undefined, 0, misc, segmentOverride >= 0 ? segmentOverride : DS);
    context.leave = port;
  };
}

function family(stem: string, op: Op, comparing = false, port = false): [string, Lift][] {
  return [
    [`${stem}b`, string(op, comparing, port)],
    [`${stem}w`, string(op + 1, comparing, port)],
    [`${stem}d`, string(op + 2, comparing, port)],
  ];
}

export const STRINGS: Record<string, Lift> = Object.fromEntries([
  ...family("movs", Op.MOVS8),
  ...family("stos", Op.STOS8),
  ...family("lods", Op.LODS8),
  ...family("cmps", Op.CMPS8, true),
  ...family("scas", Op.SCAS8, true),
  ...family("ins", Op.INS8, false, true),
  ...family("outs", Op.OUTS8, false, true),
]);
