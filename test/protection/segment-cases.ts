// Segment loads, and accesses through what was loaded; instructions that look at descriptors. Source: Intel SDM vol. 3, 5.3 to 5.6.

import type { Random } from "../hardware/random.ts";
import { CaseBuilder, type Ring } from "./builder.ts";
import { anyDescriptor, anySelector, dataDescriptor, describe, edgeOffset } from "./random-descriptors.ts";
import type { SystemCase } from "./record.ts";
import { ARENA, DATA, DATAS, type DescriptorFields, GDT_ENTRIES } from "./world.ts";

const POINTER = ARENA + DATA + 0x80;
type Loadable = "es" | "ss" | "ds" | "fs" | "gs";

function isFlat(selector: number): boolean {
  return DATAS.some((flat) => flat === selector);
}

function rings(random: Random): Ring {
  return random.pick([0, 0, 1, 2, 3, 3] as const);
}

/** Lines that load `segment` with `selector`, in one of the ways there are. */
function load(builder: CaseBuilder, segment: Loadable, selector: number, offset: number): string[] {
  const { random } = builder;
  switch (random.below(4)) {
    case 0:
      return [`pushl $${selector}`, `popl %${segment}`];
    case 1:
      return [`pushw $${selector}`, `popw %${segment}`];
    case 2:
      builder.words(POINTER, offset, selector);
      return [`l${segment} ${POINTER}, %e${segment === "ss" ? "sp" : "si"}`];
    default:
      return [`movl $${selector}, %eax`, `movw %ax, %${segment}`];
  }
}

function access(random: Random, segment: Loadable, offset: number): string {
  const place = `%${segment}:0x${offset.toString(16)}`;
  const [suffix, register] = random.pick([
    ["b", "%al"],
    ["w", "%ax"],
    ["l", "%eax"],
  ] as const);
  return random.pick([
    `mov${suffix} ${place}, ${register}`,
    `mov${suffix} ${register}, ${place}`,
    `or${suffix} ${register}, ${place}`,
    `cmp${suffix} ${register}, ${place}`,
  ]);
}

export function dataSegment(random: Random): SystemCase {
  const builder = new CaseBuilder(random, "data segment").start(rings(random));
  const fields = anyDescriptor(random);
  const segment = random.pick(["es", "ds", "fs", "gs"] as const);
  const selector = anySelector(builder, fields);
  // Where a flat segment of the world's own would lead with that offset is nobody's business.
  const offset = isFlat(selector) ? undefined : edgeOffset(random, fields);
  const lines = load(builder, segment, selector, offset ?? 0);
  if (offset !== undefined) lines.push(access(random, segment, offset));
  return builder
    .note(describe(fields))
    .code(...lines)
    .build();
}

export function stackSegment(random: Random): SystemCase {
  const ring = rings(random);
  const builder = new CaseBuilder(random, "stack segment").start(ring);
  const fields = random.chance(75) ? dataDescriptor(random, ring) : anyDescriptor(random);
  const selector = anySelector(builder, fields);
  const pointer = edgeOffset(random, fields) ?? 0;
  builder.state.ebp = pointer;
  const lines = load(builder, "ss", selector, pointer);
  if (!isFlat(selector) && random.chance(70)) {
    lines.push(`movl $0x${pointer.toString(16)}, %esp`);
    lines.push(
      random.pick([
        "pushl %eax",
        "pushw %ax",
        "popl %eax",
        "popw %ax",
        "pushal",
        "popal",
        "enter $8, $0",
        "leave",
        "pushfl",
        "movl (%esp), %eax",
        "call 1f; 1:",
        "enter $4, $3",
      ]),
    );
  }
  return builder
    .note(describe(fields))
    .code(...lines.flatMap((line) => line.split("; ")))
    .build();
}

/** LAR, LSL, VERR, VERW, ARPL, LLDT, LTR, SLDT, STR. */
export function looking(random: Random): SystemCase {
  const builder = new CaseBuilder(random, "descriptor").start(rings(random));
  const fields = anyDescriptor(random);
  const selector = anySelector(builder, fields);
  const instruction = random.pick([
    "lar %ax, %ecx",
    "larw %ax, %cx",
    "lsl %ax, %ecx",
    "lslw %ax, %cx",
    "verr %ax",
    "verw %ax",
    "arpl %cx, %ax",
    "sldt %ecx",
    "str %ecx",
  ]);
  builder.state.ecx = random.bits();
  return builder.note(describe(fields)).code(`movl $${selector}, %eax`, instruction, "setz %dl").build();
}

export function tableRegisters(random: Random): SystemCase {
  const ring = random.chance(85) ? 0 : 3;
  const builder = new CaseBuilder(random, "table register").start(ring);
  const local = random.chance(50);
  const good = { base: ARENA + DATA, limit: 0xfff, access: local ? 0x82 : random.pick([0x89, 0x81]), flags: 0 };
  const fields: DescriptorFields = random.chance(50)
    ? good
    : { ...anyDescriptor(random), access: random.pick([0x02, 0x82, 0x09, 0x89, 0x8b, 0x83, 0x81, 0x92]) };
  const selector = anySelector(builder, fields);
  const instruction = local ? "lldt %ax" : "ltr %ax";
  const after = random.pick(["sldt %ecx", "str %ecx"]);
  return builder.note(describe(fields)).code(`movl $${selector}, %eax`, instruction, after).build();
}

/** A selector at the end of a table that is short, or through an LDT that is missing. */
export function shortTables(random: Random): SystemCase {
  const ring = rings(random);
  const builder = new CaseBuilder(random, "short table").start(ring);
  const { state } = builder;
  if (random.chance(50)) {
    // Never so short that the harness' own descriptors are outside.
    state.gdtLimit = 0x100 + random.below(17);
    const selector = (0x100 + random.pick([0, 8])) | ring;
    const entry = { base: ARENA + DATA, limit: 0xfff, access: 0x93 | (ring << 5), flags: 4 };
    builder.define(entry);
    state.pokes[0].address = ARENA + 0x100;
    builder.note(`gdt limit ${state.gdtLimit.toString(16)}`);
    return builder.code(`movl $${selector}, %eax`, "movw %ax, %es").build();
  }
  state.ldtr = random.pick([0, 0, state.ldtr]);
  const selector = random.below(GDT_ENTRIES) * 8 + 4 + ring;
  return builder.note(`ldtr ${state.ldtr}`).code(`movl $${selector}, %eax`, "movw %ax, %es").build();
}
