// Paging: rights and presence at both levels, large pages, accessed and dirty bits, and instructions that fault in the middle.
// Source: Intel SDM vol. 3, 4.3 (32-bit paging), 4.6 to 4.8.

import type { Random } from "../hardware/random.ts";
import { CaseBuilder } from "./builder.ts";
import type { SystemCase } from "./record.ts";
import {
  ALIAS,
  ALIAS_TABLE,
  ARENA,
  DATA,
  DATA_B,
  DATAS,
  DIRECTORY,
  DIRECTORY_B,
  END_VECTOR,
  PAE_POINTERS,
  STACK_TOPS,
} from "./world.ts";

const PG = 0x8000_0000;
const WP = 0x1_0000;
const PSE = 0x10;
const PGE = 0x80;
const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;
const ACCESSED = 0x20;
const DIRTY = 0x40;
const LARGE = 0x80;
const GLOBAL = 0x100;
const ENTRY = ARENA + DIRECTORY + (ALIAS >>> 22) * 4;

/** Present, writable and for users, each most of the time. */
function rights(random: Random): number {
  let bits = 0;
  if (random.chance(88)) bits |= PRESENT;
  if (random.chance(70)) bits |= WRITABLE;
  if (random.chance(75)) bits |= USER;
  if (random.chance(50)) bits |= ACCESSED;
  if (random.chance(50)) bits |= DIRTY;
  if (random.chance(20)) bits |= GLOBAL;
  // Caching and the bits that are software's.
  return bits | (random.bits() & 0xe18);
}

function startPaged(random: Random, subject: string): CaseBuilder {
  const builder = new CaseBuilder(random, subject).start(random.pick([0, 0, 3, 3, 1] as const));
  const { state } = builder;
  state.cr0 |= PG | (random.chance(50) ? WP : 0);
  state.cr4 = (random.chance(60) ? PSE : 0) | (random.chance(40) ? PGE : 0);
  return builder;
}

/** Sets the entries for the two alias pages from `place` on. */
function mapPages(builder: CaseBuilder, place: number): void {
  const { random } = builder;
  for (const page of [place, place + 0x1000]) {
    const entry = (ARENA + page) | rights(random);
    builder.words(ARENA + ALIAS_TABLE + (page >>> 12) * 4, entry);
    builder.note(`${page.toString(16)} ${(entry & 0xfff).toString(16)}`);
  }
  const directory =
    (ARENA + ALIAS_TABLE) | (random.chance(60) ? 0x67 : rights(random) | (LARGE * Number(random.chance(10))));
  builder.words(ENTRY, directory);
  builder.note(`directory ${(directory & 0xfff).toString(16)}`);
}

const OPERATIONS = [
  "movb (%esi), %al",
  "movl (%esi), %eax",
  "movl %eax, (%esi)",
  "movw %ax, (%esi)",
  "addl %eax, (%esi)",
  "cmpl %eax, (%esi)",
  "xchgl %eax, (%esi)",
  "cmpxchgl %ecx, (%esi)",
  "cmpxchg8b (%esi)",
  "btsl $3, (%esi)",
  "btl $3, (%esi)",
  "shldl $1, %eax, (%esi)",
  "incb (%esi)",
  "notl (%esi)",
  "xaddl %eax, (%esi)",
  "setc (%esi)",
  "roll $1, (%esi)",
  "pushl (%esi)",
  "popl (%esi)",
  "sgdt (%esi)",
  "sidt (%esi)",
  "fnstenv (%esi)",
  "fnsave (%esi)",
  "fstpt (%esi)",
  "fldt (%esi)",
  "bound %eax, (%esi)",
  "lds (%esi), %edx",
  "call *(%esi)",
  "jmp *%esi",
  "boundl %eax, (%esi)",
  "movw %ds, (%esi)",
  "smsw (%esi)",
  "testb $1, (%esi)",
  "andl $0, (%esi)",
  "sbbl %edx, (%esi)",
];

/** One access, inside a page or across two. */
export function pageAccess(random: Random): SystemCase {
  const builder = startPaged(random, "page");
  mapPages(builder, DATA);
  const { state } = builder;
  state.esi = ALIAS + DATA + random.pick([0, 0x10, 0xffc, 0xffd, 0xffe, 0xfff, 0x1000, 0xff8, 0xff0]);
  state.eax = random.bits();
  return builder
    .note(`esi ${state.esi.toString(16)}`)
    .code(random.pick(OPERATIONS))
    .build();
}

const STRINGS = ["movs", "stos", "lods", "cmps", "scas"];

/** String instructions that come to a page where they must not go on. */
export function pagedString(random: Random): SystemCase {
  const builder = startPaged(random, "string across pages");
  const { state } = builder;
  mapPages(builder, random.pick([DATA, DATA_B]));
  const size = random.pick(["b", "w", "l"]);
  const down = random.chance(30);
  state.esi = ALIAS + DATA_B + (down ? random.below(16) : 0xff0 + random.below(16));
  state.edi = ALIAS + random.pick([DATA, DATA_B]) + (down ? random.below(16) : 0xff0 + random.below(16));
  state.ecx = random.below(24);
  state.eflags = 2 | (down ? 0x400 : 0);
  const prefix = random.pick(["rep", "rep", "repne", ""]);
  const operation = random.pick(STRINGS);
  const repeat = prefix === "repne" && !/cmps|scas/.test(operation) ? "rep" : prefix;
  return builder
    .note(`esi ${state.esi.toString(16)} edi ${state.edi.toString(16)} ecx ${state.ecx}`)
    .code(`${repeat} ${operation}${size}`.trim())
    .build();
}

/** Pushes, calls and frames whose stack crosses into a page that may be missing. */
export function pagedStack(random: Random): SystemCase {
  const builder = startPaged(random, "stack across pages");
  const { state } = builder;
  mapPages(builder, DATA);
  const selector = DATAS[builder.ring];
  const lines = random.pick([
    ["pushal"],
    ["popal"],
    ["pushl %eax", "pushl %eax", "pushl %eax"],
    ["pushl %ds"],
    ["enter $16, $0"],
    ["enter $16, $4"],
    ["call 1f", "1:"],
    ["pushfl"],
    ["popl %ds"],
    ["leave"],
    ["lret"],
    ["iretl"],
    ["popfl"],
    ["pushl %esp"],
    ["popl %esp"],
  ]);
  state.esp = ALIAS + DATA + 0x1000 + random.pick([0, 2, 4, 8, 16, 0xffc, -4, -2, -8, -16, 30]);
  state.ebp = ALIAS + DATA + 0x1000 + random.pick([0, 4, -4, -8]);
  return builder
    .note(`ss ${selector.toString(16)} esp ${state.esp.toString(16)}`)
    .code(...lines)
    .build();
}

/** The stack that an interrupt or a call gate changes to crosses into a page that may be missing. */
export function pagedInnerStack(random: Random): SystemCase {
  const builder = new CaseBuilder(random, "inner stack across pages").start(random.pick([1, 2, 3] as const));
  const { state } = builder;
  state.cr0 |= PG | (random.chance(50) ? WP : 0);
  mapPages(builder, DATA);
  const pointer = ALIAS + DATA + 0x1000 + random.pick([0, 4, 8, 12, 16, 2]);
  builder.words(ARENA + 0x1200 + 4, pointer);
  builder.note(`esp0 ${pointer.toString(16)}`);
  // A stack that works for what comes of it.
  const target = { selector: 0x08, offset: ARENA + 0x6000 };
  const selector = builder.defineGate({ ...target, access: 0xec, parameters: random.below(4) }) | 3;
  return builder.code(random.pick(["int $0x80", `lcall $${selector}, $0`, "ud2"])).build();
}

/** Large pages: 4 MiB that hold the arena. */
export function largePage(random: Random): SystemCase {
  const builder = startPaged(random, "large page");
  const { state } = builder;
  if (random.chance(80)) state.cr4 |= PSE;
  // The alias' 4 MiB are the first physical ones, so the arena is 2 MiB further on.
  const entry = LARGE | rights(random) | (random.chance(10) ? 0x20_0000 : 0);
  builder.words(ENTRY, entry);
  builder.note(`entry ${entry.toString(16)}`);
  state.esi = ALIAS + ARENA + DATA + random.pick([0, 0xffe, 0x1000]);
  state.eax = random.bits();
  return builder.code(random.pick(OPERATIONS)).build();
}

/** Translations that stay until they are flushed, global ones until more than CR3 is written. */
export function staleTranslation(random: Random): SystemCase {
  const builder = new CaseBuilder(random, "stale translation").start(0);
  const { state } = builder;
  state.cr0 |= PG;
  state.cr4 = random.pick([0, PGE, PGE | PSE]);
  const entry = ARENA + ALIAS_TABLE + (DATA >>> 12) * 4;
  builder.words(entry, (ARENA + DATA) | 0x67 | (random.chance(60) ? GLOBAL : 0));
  state.esi = ALIAS + DATA;
  const flush = random.pick([
    ["invlpg (%esi)"],
    ["movl %cr3, %edx", "movl %edx, %cr3", ...(state.cr4 & PGE ? ["invlpg (%esi)"] : [])],
    ["movl %cr4, %edx", "xorl $0x80, %edx", "movl %edx, %cr4"],
  ]);
  const other = (ARENA + DATA_B) | random.pick([0x67, 0x65, 0x66]);
  return builder
    .note(`cr4 ${state.cr4.toString(16)} top ${STACK_TOPS[0].toString(16)}`)
    .code(
      "movl (%esi), %eax",
      `movl $0x${other.toString(16)}, ${entry}`,
      ...flush,
      "movl (%esi), %ecx",
      "movl %eax, (%esi)",
    )
    .build();
}

const PAE = 0x20;
const NXE = 0x800;
const NX = 0x8000_0000;

/** Upper half of a PAE entry: now and then NX, or a bit that must not be set. */
function upper(random: Random): number {
  if (random.chance(5)) return random.pick([0x100, 0x10_0000, 0x4000_0000]);
  return random.chance(25) ? NX : 0;
}

/** Physical address extension: three levels, 2 MiB pages, NX, reserved bits. */
export function extendedPage(random: Random): SystemCase {
  const builder = startPaged(random, "PAE");
  const { state } = builder;
  state.cr3 = ARENA + PAE_POINTERS;
  state.cr4 |= PAE;
  state.efer = random.chance(65) ? NXE : 0;
  const large = random.chance(25);
  const place = random.pick([DATA, DATA, DATA_B]) + random.pick([0, 0x10, 0xffc, 0xffe]);
  // The world itself in 2 MiB pages, accessed and dirty.
  const world = Array.from({ length: 8 }, (_, i) => [(i << 21) | 0xe7, 0]).flat();
  builder.words(ARENA + DIRECTORY, ...world);
  const table = random.chance(65) ? 0x67 : rights(random) & ~LARGE;
  const pde = large ? LARGE | ARENA | rights(random) | (random.chance(10) ? 0x4000 : 0) : (ARENA + ALIAS_TABLE) | table;
  builder.words(ARENA + DIRECTORY_B, pde, large || random.chance(20) ? upper(random) : 0, 0, 0);
  builder.note(
    `cr4 ${state.cr4.toString(16)} efer ${state.efer.toString(16)} directory ${(pde & 0xffff).toString(16)}`,
  );
  const entries: number[] = [];
  for (let page = 0; page < 0x10; page++) {
    const wild = page >= DATA >>> 12 && page < (DATA >>> 12) + 3;
    entries.push((ARENA + page * 0x1000) | (wild ? rights(random) : 0x67), wild ? upper(random) : 0);
  }
  builder.words(ARENA + ALIAS_TABLE, ...entries);
  builder.note(
    entries
      .slice(14, 20)
      .map((word) => (word & 0xc000_0fff) >>> 0)
      .map((word) => word.toString(16))
      .join(" "),
  );
  const pointer = random.chance(90) ? 1 : random.pick([0, 3, 5, 0x21]);
  builder.words(ARENA + PAE_POINTERS, (ARENA + DIRECTORY) | 1, 0, (ARENA + DIRECTORY_B) | (pointer & 1), 0, 0, 0, 0, 0);
  state.esi = ALIAS + place;
  state.eax = random.bits();
  builder.note(`esi ${state.esi.toString(16)}`);
  if (random.chance(25)) {
    builder.poke(ARENA + place, Uint8Array.of(0x40, 0x40, 0xcd, END_VECTOR));
    return builder.code("jmp *%esi").build();
  }
  if (random.chance(10) && builder.ring === 0) {
    const changed = (ARENA + DIRECTORY_B) | random.pick([1, 0, 3, 0x81, 0x201, 0x9]);
    const lines = [`movl $0x${changed.toString(16)}, ${ARENA + PAE_POINTERS + 8}`, "movl (%esi), %edx"];
    return builder.code(...lines, "movl %cr3, %ebx", "movl %ebx, %cr3", "movl (%esi), %ecx").build();
  }
  return builder.code(random.pick(OPERATIONS)).build();
}
