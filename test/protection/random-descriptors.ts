// Descriptors, selectors and offsets at random: mostly good ones, and every kind of bad one.

import type { Random } from "../hardware/random.ts";
import type { CaseBuilder } from "./builder.ts";
import { ARENA, CODE, CODE_B, DATA, DATA_B, DATAS, type DescriptorFields, GDT_ENTRIES, LDT_ENTRIES } from "./world.ts";

const PRESENT = 0x80;
const NOT_SYSTEM = 0x10;
const LIMITS = [0, 1, 3, 0xf, 0xff, 0xffe, 0xfff, 0x1fff, 0xffff, 0xf_ffff];
/** Where a wild access may land without hurting the harness. */
const SAFE = { from: ARENA, to: ARENA + 0x11_0000 };
const BIG = 8;
const GRANULAR = 8;
const DEFAULT = 4;

function presence(random: Random): number {
  return random.chance(92) ? PRESENT : 0;
}

export function anyDescriptor(random: Random): DescriptorFields {
  const type = random.below(16);
  const segment = random.chance(75);
  return {
    base: random.pick([ARENA + DATA, ARENA + DATA, ARENA + DATA_B, ARENA + CODE, 0, 0xffff_f000]),
    limit: random.pick(LIMITS),
    access: presence(random) | (random.below(4) << 5) | (segment ? NOT_SYSTEM : 0) | type,
    flags: random.pick([0, DEFAULT, GRANULAR, GRANULAR | DEFAULT]),
  };
}

export function dataDescriptor(random: Random, dpl: number): DescriptorFields {
  const fields = anyDescriptor(random);
  return { ...fields, access: presence(random) | (dpl << 5) | NOT_SYSTEM | random.below(8) };
}

/** A code segment in which CODE_B can be reached, most of the time. */
export function codeDescriptor(random: Random): DescriptorFields {
  const base = random.pick([0, ARENA + CODE_B]);
  const granular = base === 0 || random.chance(30);
  return {
    base,
    limit: granular ? (random.chance(90) ? 0xf_ffff : 0x200) : random.pick([0xffff, 0xfff, 0x7f, 0x1f]),
    access: presence(random) | (random.below(4) << 5) | NOT_SYSTEM | BIG | random.below(8),
    flags: (granular ? GRANULAR : 0) | random.pick([0, DEFAULT, DEFAULT]),
  };
}

/** An offset that leads to `place` in the arena from the segment's base. */
export function offsetTo({ base }: DescriptorFields, place: number): number {
  return (ARENA + place - base) >>> 0;
}

export function limitInBytes({ limit, flags }: DescriptorFields): number {
  return flags & GRANULAR ? ((limit << 12) | 0xfff) >>> 0 : limit;
}

/** An offset at an edge of the segment, or inside; undefined when none of those lands where it may. */
export function edgeOffset(random: Random, fields: DescriptorFields): number | undefined {
  const limit = limitInBytes(fields);
  const choices = [-4, -3, -2, -1, 0, 1, 2].map((distance) => limit + distance);
  choices.push(0, 1, 0xfffc, 0xfffd, 0xffff, 0x1_0000, 0xffff_fffc, 0xffff_fffe, 0xffff_ffff);
  choices.push(offsetTo(fields, DATA), offsetTo(fields, DATA + 0xffe));
  const safe = choices
    .map((offset) => offset >>> 0)
    .filter((offset) => {
      const linear = (fields.base + offset) >>> 0;
      return linear >= SAFE.from && linear < SAFE.to;
    });
  return safe.length > 0 ? random.pick(safe) : undefined;
}

/** A selector for a load: that of a new descriptor, or one that is bad in its own right. */
export function anySelector(builder: CaseBuilder, fields: DescriptorFields): number {
  const { random, ring } = builder;
  const rpl = random.chance(60) ? ring : random.below(4);
  switch (random.below(16)) {
    case 0:
      return random.below(4);
    case 1:
      return (GDT_ENTRIES * 8) | rpl;
    case 2:
      return (LDT_ENTRIES * 8) | 4 | rpl;
    case 3:
      return random.pick(DATAS);
    default:
      return builder.define(fields, random.chance(25)) | rpl;
  }
}

export function describe({ base, limit, access, flags }: DescriptorFields): string {
  return `base ${base.toString(16)} limit ${limit.toString(16)} access ${access.toString(16)} flags ${flags.toString(16)}`;
}
