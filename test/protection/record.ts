// A case as harness.s reads it, and what it writes down about it. All fields are little-endian 32-bit words.

import { GDT_ENTRIES, SELECT_LDT, SELECT_TSS } from "./world.ts";

/** Bytes that a case puts into memory before it starts. */
export interface Poke {
  address: number;
  bytes: Uint8Array;
}

export interface SystemCase {
  /** The subject and the instructions, for who reads a difference. */
  name: string;
  cr0: number;
  cr3: number;
  cr4: number;
  /** IA32_EFER, which only a case that wants one has. */
  efer: number;
  gdtLimit: number;
  idtLimit: number;
  ldtr: number;
  tr: number;
  /** ES DS FS GS, loaded in ring 0. */
  es: number;
  ds: number;
  fs: number;
  gs: number;
  /** EAX ECX EDX EBX EBP ESI EDI; ESP is below. */
  eax: number;
  ecx: number;
  edx: number;
  ebx: number;
  ebp: number;
  esi: number;
  edi: number;
  eip: number;
  cs: number;
  eflags: number;
  esp: number;
  ss: number;
  /** ES DS FS GS of virtual-8086 mode. */
  virtual: readonly [number, number, number, number];
  pokes: Poke[];
}

/** A case without code or stack, with everything else as the world has it. */
export const PLAIN: Omit<SystemCase, "name" | "cr3" | "pokes"> = {
  cr0: 0x31,
  cr4: 0,
  efer: 0,
  gdtLimit: GDT_ENTRIES * 8 - 1,
  idtLimit: 0x7ff,
  ldtr: SELECT_LDT,
  tr: SELECT_TSS,
  es: 0,
  ds: 0,
  fs: 0,
  gs: 0,
  eax: 0,
  ecx: 0,
  edx: 0,
  ebx: 0,
  ebp: 0,
  esi: 0,
  edi: 0,
  eip: 0,
  cs: 0,
  eflags: 2,
  esp: 0,
  ss: 0,
  virtual: [0, 0, 0, 0],
};

/** Where harness.s finds the fields. */
export const OFFSETS = {
  CASE_CR0: 4,
  CASE_CR3: 8,
  CASE_CR4: 12,
  GDT_LIMIT: 16,
  IDT_LIMIT: 20,
  CASE_LDTR: 24,
  CASE_TR: 28,
  CASE_INNER: 32,
  CASE_FRAME: 36,
  CASE_EFER: 120,
  POKES: 124,
} as const;

const VM = 0x2_0000;

/** The table that harness.s works through: the number of cases, then the cases. */
export function writeTable(cases: readonly SystemCase[]): Uint8Array {
  const words: number[] = [cases.length];
  for (const test of cases) writeCase(words, test);
  return new Uint8Array(Uint32Array.from(words).buffer);
}

function writeCase(words: number[], test: SystemCase): void {
  const start = words.length;
  const inner = (test.cs & 3) === 0 && (test.eflags & VM) === 0;
  words.push(0, test.cr0, test.cr3, test.cr4, test.gdtLimit, test.idtLimit, test.ldtr, test.tr, inner ? 1 : 0);
  words.push(test.gs, test.fs, test.es, test.ds);
  words.push(test.edi, test.esi, test.ebp, 0, test.ebx, test.edx, test.ecx, test.eax);
  words.push(test.eip, test.cs, test.eflags, test.esp, test.ss, ...test.virtual, test.efer);
  words.push(test.pokes.length);
  for (const { address, bytes } of test.pokes) {
    words.push(address, bytes.length);
    const padded = new Uint8Array((bytes.length + 3) & ~3);
    padded.set(bytes);
    words.push(...new Uint32Array(padded.buffer));
  }
  words[start] = (words.length - start) * 4;
}

const GENERAL = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"] as const;
const SAVED = [
  "vector",
  ...GENERAL,
  "es",
  "ss",
  "ds",
  "fs",
  "gs",
  "tr",
  "eflags",
  "ldtr",
  "cr0",
  "cr2",
  "cr3",
  "cr4",
  "dr6",
] as const;
export const SAVED_WORDS = SAVED.length;
type SavedName = (typeof SAVED)[number];

/** What the handler found: registers, and every word of the arena that the case changed. */
export interface SystemOutcome {
  registers: Record<SavedName, number>;
  changes: Map<number, number>;
}

/** @param results the bytes from RESULTS on */
export function readOutcomes(results: Uint8Array): SystemOutcome[] {
  const view = new DataView(results.buffer, results.byteOffset, results.length);
  const outcomes: SystemOutcome[] = [];
  let at = 4;
  const next = (): number => {
    at += 4;
    return view.getUint32(at - 4, true);
  };
  for (let left = view.getUint32(0, true); left > 0; left--) {
    const entries = SAVED.map((name): [SavedName, number] => [name, next()]);
    const changes = new Map<number, number>();
    for (let count = next(); count > 0; count--) changes.set(next(), next());
    outcomes.push({ registers: Object.fromEntries(entries) as Record<SavedName, number>, changes });
  }
  return outcomes;
}

/** The outcome as lines of text, one for the registers and one for each word of memory. */
export function describeOutcome({ registers, changes }: SystemOutcome): string[] {
  const all = SAVED.map((name) => `${name}=${registers[name].toString(16)}`).join(" ");
  return [all, ...[...changes].map(([address, value]) => `[${address.toString(16)}]=${value.toString(16)}`)];
}
