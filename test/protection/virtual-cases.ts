// Virtual-8086 mode: entering it by IRET and by task switch, what is sensitive to IOPL in it, leaving it through gates.
// Source: Intel SDM vol. 3, 20.2 and 20.3.

import type { Random } from "../hardware/random.ts";
import { CaseBuilder } from "./builder.ts";
import { codeDescriptor, describe, offsetTo } from "./random-descriptors.ts";
import type { SystemCase } from "./record.ts";
import {
  ARENA,
  CODE_B,
  CODES,
  END_VECTOR,
  LOW_ARENA,
  SELECT_TSS_A,
  STACK_TOPS,
  TSS_A,
  TSS_BYTES,
  TSS_MAIN,
  writeTask,
} from "./world.ts";

const VECTOR = 0x40;
const LANDING = CODE_B + 0x10;
const PG = 0x8000_0000;
const VM = 0x2_0000;

const INSTRUCTIONS = [
  "cli",
  "sti",
  "pushfw",
  "pushfl",
  "popfw",
  "popfl",
  "iretw",
  "iretl",
  "int3",
  "into",
  "int $0x40",
  "int $0x20",
  "int $0x81",
  "hlt",
  "inb $0x2e, %al",
  "inb $0x80, %al",
  "outb %al, $0x3f",
  "outw %ax, $0x3f",
  "inl $0x3e, %eax",
  "movl %cr0, %eax",
  "movl %eax, %cr0",
  "movl %dr0, %eax",
  "lgdt (%bx)",
  "lmsw %ax",
  "smsw %ax",
  "sldt %ax",
  "str %ax",
  "lar %ax, %ax",
  "verr %ax",
  "arpl %ax, %bx",
  "lldt %ax",
  "clts",
  "invlpg (%bx)",
  "lock incw (%bx)",
  "movw %ax, %ds",
  "popw %es",
  "ljmp $0x5000, $0x100",
  "lcall $0x5000, $0x100",
  "ljmpl $0x5000, $0x12345",
  "lretw",
  "lretl",
  "movl 0x1ffe, %eax",
  "movw 0xffff, %ax",
  "movl %eax, 0xfffd",
  "movl $0x10000, %esi; movb (%esi), %al",
  "movw $0xffff, %sp; popw %ax",
  "movw $1, %sp; pushw %ax",
  "movw $2, %sp; pushl %eax",
  "ud2",
  "xorw %cx, %cx; divw %cx",
  "rdtsc; xorl %eax, %eax; xorl %edx, %edx",
  "lds 0x1100, %si",
  "lss 0x1100, %si",
];

export function virtualInstruction(random: Random): SystemCase {
  const flags =
    (random.below(4) << 12) |
    (random.chance(50) ? 0x200 : 0) |
    (random.chance(20) ? 0x4000 : 0) |
    (random.bits() & 0x8d5);
  const builder = new CaseBuilder(random, "virtual-8086").startVirtual(flags);
  const { state } = builder;
  if (random.chance(25)) state.cr0 |= PG;
  state.eax = random.bits();
  state.ebx = 0x1000 + random.below(0x100);
  state.virtual = [0x5000, 0x5000 + random.below(2), 0x5010, random.below(0x1_0000)];
  // A frame for what pops.
  const frame = [0x100, 0x5000, random.bits() & 0x7cd5, 0x20, 0x30, 0x40];
  builder.poke(LOW_ARENA + 0x1f00, new Uint8Array(Uint16Array.from(frame).buffer));
  const gated = random.chance(50) ? gateForVirtual(builder) : "";
  return builder
    .note(`flags ${flags.toString(16)} ${gated}`)
    .code(...random.pick(INSTRUCTIONS).split("; "))
    .build();
}

/** A gate for the interrupts that instructions above raise, good or bad for leaving virtual-8086 mode. */
function gateForVirtual(builder: CaseBuilder): string {
  const { random } = builder;
  const fields = codeDescriptor(random);
  let target = { selector: 0x08, offset: ARENA + LANDING };
  if (random.chance(60)) {
    if (random.chance(60)) fields.access &= ~0x64;
    target = { selector: builder.define(fields) | random.below(4), offset: offsetTo(fields, LANDING) };
  }
  if (random.chance(10)) target = { ...target, selector: CODES[random.pick([1, 2, 3])] };
  const iret = random.pick<number[]>([[], [0xcf], [0x66, 0xcf]]);
  builder.poke(ARENA + LANDING, Uint8Array.of(...iret, 0xcd, END_VECTOR));
  const access = random.pick([0xee, 0xee, 0xef, 0x8e, 0xe6, 0xe7, 0xe5]);
  for (const vector of [VECTOR, random.pick([0, 6, 13])]) {
    // Who returns from a fault meets it again for ever.
    if (vector !== VECTOR && iret.length > 0) continue;
    builder.vector(vector, { ...(access === 0xe5 ? { selector: SELECT_TSS_A, offset: 0 } : target), access });
  }
  if (random.chance(15)) builder.words(ARENA + TSS_MAIN + 4, ARENA + STACK_TOPS[0], random.pick([0, 0x11, 0x39]));
  return `gate ${access.toString(16)} ${target.selector.toString(16)} ${describe(fields)}`;
}

/** IRET with VM in the image, in every ring, and a task whose EFLAGS have it. */
export function enteringVirtual(random: Random): SystemCase {
  const ring = random.pick([0, 0, 0, 1, 3] as const);
  const builder = new CaseBuilder(random, "to virtual-8086").start(ring);
  const flags = VM | 2 | (random.below(4) << 12) | (random.bits() & 0x48d5);
  builder.poke(LOW_ARENA + 0x40, Uint8Array.of(...random.pick([[], [0xfa], [0x9c]]), 0xcd, END_VECTOR));
  const offset = random.pick([0x40, 0x40, 0x1_0040, 0xffff_0040]);
  if (random.chance(30)) {
    const bytes = new Uint8Array(TSS_BYTES);
    writeTask(new DataView(bytes.buffer), 0, {
      eip: offset,
      eflags: flags,
      general: [1, 2, 3, 4, 0x1f00, 6, 7, 8],
      segments: [0x1234, 0x5000, 0x5000, 0x5001, 0xffff, 0],
      ldt: 0,
    });
    builder.poke(ARENA + TSS_A, bytes);
    return builder
      .note(`flags ${flags.toString(16)}`)
      .code(`lcall $${SELECT_TSS_A}, $0`)
      .build();
  }
  const frame = [0xaaaa_0001, 0x1111_0002, 0x3, 0x5000, 0x5000, 0x1f00, flags, 0x5000, offset];
  const lines = frame.map((value) => `pushl $0x${value.toString(16)}`);
  return builder.code(...lines, random.pick(["iretl", "iretl", "iretw"])).build();
}
