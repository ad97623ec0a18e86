// Three opinions on each case: ours, Bochs' and QEMU's. Where ours stands alone one of the rules here must say why it may.

import type { SystemCase, SystemOutcome } from "./record.ts";
import { describeOutcome } from "./record.ts";
import type { Lost } from "./run.ts";
import { ARENA, CODE, DIRECTORY, PAE_POINTERS } from "./world.ts";

export type Result = SystemOutcome | Lost;

/** Pushed flags of a fault have RF in them; QEMU leaves it out, everywhere. */
const RF = 0x1_0000;
const PGE = 0x80;

/**
 * - `same`: all agree.
 * - `qemu`, `bochs`: that one differs, the other one agrees with us.
 * - `explained`: we stand alone, and the manual is with us, or leaves the choice.
 * - `wrong`: we stand alone, and nothing says that we may.
 */
export type Kind = "same" | "qemu" | "bochs" | "explained" | "wrong";

export interface Opinion {
  test: SystemCase;
  kind: Kind;
  rule?: Rule;
  ours: Result;
  bochs: Result;
  qemu: Result;
}

export interface Rule {
  title: string;
  /** What the manual says. */
  verdict: string;
  applies(test: SystemCase, ours: SystemOutcome, bochs: SystemOutcome): boolean;
}

interface Difference {
  registers: string[];
  /** Changed words that only one has, or that have two values: theirs is undefined when they left the word alone. */
  words: { address: number; ours: number | undefined; theirs: number | undefined }[];
}

function differenceOf(ours: SystemOutcome, theirs: SystemOutcome): Difference {
  const names = Object.keys(ours.registers) as (keyof SystemOutcome["registers"])[];
  const addresses = new Set([...ours.changes.keys(), ...theirs.changes.keys()]);
  return {
    registers: names.filter((name) => ours.registers[name] !== theirs.registers[name]),
    words: [...addresses]
      .map((address) => ({ address, ours: ours.changes.get(address), theirs: theirs.changes.get(address) }))
      .filter((word) => word.ours !== word.theirs),
  };
}

const only = (registers: readonly string[], ...allowed: string[]): boolean =>
  registers.every((name) => allowed.includes(name));

/** Where we follow the manual and Bochs does not, or where the manual leaves open what comes first. */
export const RULES: readonly Rule[] = [
  {
    title: "A call gate from a 16-bit stack: Bochs saves SP, we save ESP",
    verdict:
      "SDM vol. 2, CALL: the old ESP is pushed, whatever the size of the old stack segment. QEMU saves ESP, too.",
    applies: (_, ours, bochs) => {
      const { registers, words } = differenceOf(ours, bochs);
      return (
        registers.length === 0 &&
        words.every((word) => word.ours !== undefined && word.theirs === (word.ours & 0xffff)) &&
        words.length > 0
      );
    },
  },
  {
    title: "A far call to an offset beyond the limit: Bochs writes the return address before it looks",
    verdict:
      "SDM vol. 2, CALL: the target is checked before anything is pushed. What lies below the stack pointer is nobody's.",
    applies: (test, ours, bochs) => {
      const { registers, words } = differenceOf(ours, bochs);
      return (
        /lcall/.test(test.name) &&
        registers.length === 0 &&
        words.every((word) => word.ours === undefined && word.theirs !== undefined)
      );
    },
  },
  {
    title: "IRETD in virtual-8086 mode to an offset above FFFFh: for Bochs the fault is the target's",
    verdict:
      "SDM vol. 2, IRET: #GP(0) if the return instruction pointer is not within the limit, with CS:EIP of the IRET.",
    applies: (test) => /virtual-8086.*iretl/.test(test.name),
  },
  {
    title:
      "A store of several words (FNSAVE, FSTP m80, SGDT, PUSHA) that faults on its second page: Bochs has written the first page by then",
    verdict:
      "The instruction begins anew, so what was written is written again: the manual leaves it open. We check both pages first.",
    applies: (test, ours, bochs) => {
      const { registers, words } = differenceOf(ours, bochs);
      return (
        /fnsave|fnstenv|fstpt|sgdt|sidt|pushal/.test(test.name) &&
        registers.length === 0 &&
        words.every((word) => word.ours === undefined)
      );
    },
  },
  {
    title: "A far pointer (LDS) on bad pages: which half CR2 names",
    verdict: "The manual does not say which half is read first. We read the offset, Bochs the selector.",
    applies: (test, ours, bochs) => {
      const { registers, words } = differenceOf(ours, bochs);
      return /: l[defgs]s \(/.test(test.name) && only(registers, "cr2") && words.length === 0;
    },
  },
  {
    title: "A far return on bad pages: Bochs reads the selector before the offset",
    verdict: "The manual pops the offset first; what is read is not changed by it but for accessed bits and CR2.",
    applies: (test, ours, bochs) => {
      const { registers, words } = differenceOf(ours, bochs);
      const tables = words.every(({ address }) => address >= ARENA + DIRECTORY && address < ARENA + CODE);
      return /^stack across pages.*: (lret|iretl)/.test(test.name) && only(registers, "cr2") && tables;
    },
  },
  {
    title: "A global page after a load of CR3: Bochs keeps its translation, we do not",
    verdict:
      "SDM vol. 3, 4.10.2.4: a processor may keep it; it may also forget any translation at any time (4.10.2.2).",
    applies: (test) => /^PAE.*movl %ebx, %cr3/.test(test.name) && (test.cr4 & PGE) !== 0,
  },
  {
    title: "A TSS that lies on two pages: which of its addresses CR2 names",
    verdict:
      "SDM vol. 3, 7.3: both TSSs are checked to be paged in; in which order their words are touched is not said.",
    applies: (test, ours, bochs) => {
      const { registers, words } = differenceOf(ours, bochs);
      const samePage = ours.registers.cr2 >>> 12 === bochs.registers.cr2 >>> 12;
      return /^task on a bad page/.test(test.name) && only(registers, "cr2") && words.length === 0 && samePage;
    },
  },
  {
    title: "A jump to another task whose old TSS is not paged in: Bochs has made the old task free by then",
    verdict: "SDM vol. 3, 7.3: the TSSs are checked in step 4, the old task's busy flag is cleared in step 6.",
    applies: (test, ours, bochs) => {
      const { registers, words } = differenceOf(ours, bochs);
      const busyBits = words.every((word) => word.theirs === undefined && ((word.ours ?? 0) & 0x200) !== 0);
      return /^task on a bad page.*jmp/.test(test.name) && only(registers, "cr2") && busyBits;
    },
  },
];

function text(result: Result): string {
  return result === "lost" ? "lost" : describeOutcome(result).join("\n");
}

/** QEMU gives the first level of PAE paging an accessed bit, which it does not have. */
const isPointer = (address: number): boolean => address >= ARENA + PAE_POINTERS && address < ARENA + PAE_POINTERS + 32;

/** Whether QEMU has the same, RF in pushed flags and accessed bits where there are none aside. */
function agreesWithQemu(ours: Result, qemu: Result): boolean {
  if (ours === "lost" || qemu === "lost") return ours === qemu;
  const { registers, words } = differenceOf(ours, qemu);
  const counted = words.filter((word) => !isPointer(word.address));
  return registers.length === 0 && counted.every((word) => ((word.ours ?? 0) ^ (word.theirs ?? 0)) >>> 0 === RF);
}

export function judge(test: SystemCase, ours: Result, bochs: Result, qemu: Result): Opinion {
  const withBochs = text(ours) === text(bochs);
  const withQemu = agreesWithQemu(ours, qemu);
  const opinion = { test, ours, bochs, qemu };
  if (withBochs) return { ...opinion, kind: withQemu ? "same" : "qemu" };
  if (withQemu) return { ...opinion, kind: "bochs" };
  if (ours === "lost" || bochs === "lost") return { ...opinion, kind: "wrong" };
  const rule = RULES.find(({ applies }) => applies(test, ours, bochs));
  return rule ? { ...opinion, kind: "explained", rule } : { ...opinion, kind: "wrong" };
}

/** Where two outcomes differ, in one line. */
export function describeDifference(ours: Result, theirs: Result): string {
  if (ours === "lost" || theirs === "lost")
    return `${ours === "lost" ? "lost" : "ended"} / ${theirs === "lost" ? "lost" : "ended"}`;
  const { registers, words } = differenceOf(ours, theirs);
  const hex = (value: number | undefined): string => (value === undefined ? "unchanged" : value.toString(16));
  const parts = registers.map((name) => {
    const key = name as keyof SystemOutcome["registers"];
    return `${name} ${hex(ours.registers[key])} / ${hex(theirs.registers[key])}`;
  });
  parts.push(...words.map(({ address, ours: a, theirs: b }) => `[${hex(address)}] ${hex(a)} / ${hex(b)}`));
  return parts.join(", ");
}
