// What the page brings along to boot.

import floppyUrl from "../../dist/page/minios.img.gz?url";
import type { PcPlan } from "../machine/plan.ts";

/** MiniOS from its floppy. */
export function miniosPlan(): PcPlan {
  return { kind: "pc", name: "MiniOS", floppyA: { url: floppyUrl } };
}
