// All subjects, and a list of cases from a seed.

import { Random } from "../hardware/random.ts";
import * as paging from "./paging-cases.ts";
import type { SystemCase } from "./record.ts";
import * as segments from "./segment-cases.ts";
import * as tasks from "./task-cases.ts";
import * as transfers from "./transfer-cases.ts";
import * as virtual from "./virtual-cases.ts";

export const SUBJECTS: Readonly<Record<string, readonly ((random: Random) => SystemCase)[]>> = {
  segments: [
    segments.dataSegment,
    segments.stackSegment,
    segments.looking,
    segments.tableRegisters,
    segments.shortTables,
  ],
  transfers: [transfers.jumpOrCall, transfers.returning, transfers.interrupt],
  tasks: [tasks.taskSwitch, tasks.taskSwitch, tasks.taskOnBadPage],
  paging: [
    paging.pageAccess,
    paging.pagedString,
    paging.pagedStack,
    paging.pagedInnerStack,
    paging.largePage,
    paging.staleTranslation,
    paging.extendedPage,
    paging.extendedPage,
  ],
  virtual: [virtual.virtualInstruction, virtual.enteringVirtual],
};

/** The same cases for the same seed. */
export function casesOf(subject: string, count: number, seed: number): SystemCase[] {
  const random = new Random(seed);
  const generators = SUBJECTS[subject];
  return Array.from({ length: count }, () => random.pick(generators)(random));
}
