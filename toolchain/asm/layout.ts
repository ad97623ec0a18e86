// Layout: addresses for all fragments of a section, jumps no longer than they must be, and the section's bytes.

import { SHF_EXECINSTR, STB_WEAK } from "../../formats/elf32.ts";
import { AssemblerError } from "./error.ts";
import { aliasIn, constantOf, type Expression, evaluate, tryEvaluate } from "./expression.ts";
import { leb128 } from "./leb128.ts";
import {
  type AlignFragment,
  type Fragment,
  type JumpFragment,
  type Leb128Fragment,
  MAX_SECTION_SIZE,
  offsetOf,
  type Section,
} from "./section.ts";

/** Gives every fragment of all sections its address. @throws AssemblerError for an `.org` backwards or a bad fill count */
export function layOutSections(sections: readonly Section[]): void {
  for (const section of sections) for (const fragment of section.fragments) fragment.address = 0;
  // Jumps grow, other sizes follow. Every round but the last lets a jump grow, so there are at most as many as jumps.
  for (;;) {
    // Distances in an `.org` or a fill may look forward: addresses settle first.
    for (let round = 0; assignAddresses(sections, false) && round < 100; round++);
    if (!growJumps(sections)) break;
  }
  if (assignAddresses(sections, true)) {
    const fragment = sections.flatMap((section) => section.fragments).find((candidate) => candidate.kind === "org");
    if (fragment) throw new AssemblerError(fragment.position, "the addresses depend on themselves and never settle");
  }
}

/** One pass; returns whether an address changed. Errors of size are only final in the last pass. */
function assignAddresses(sections: readonly Section[], final: boolean): boolean {
  let changed = false;
  for (const section of sections) {
    let address = 0;
    for (const fragment of section.fragments) {
      if (fragment.address !== address) {
        fragment.address = address;
        changed = true;
      }
      address += fragmentSize(section, fragment, final);
      if (address > MAX_SECTION_SIZE)
        throw new AssemblerError(fragment.position, `section ${section.name} grows beyond ${MAX_SECTION_SIZE} bytes`);
    }
    section.size = address;
  }
  return changed;
}

function fragmentSize(section: Section, fragment: Fragment, final: boolean): number {
  switch (fragment.kind) {
    case "data":
      return fragment.bytes.length;
    case "reserve":
      return fragment.size;
    case "jump":
      return fragment[fragment.form].bytes.length;
    case "align": {
      const gap = -fragment.address & (fragment.alignment - 1);
      return fragment.maximum !== 0 && gap > fragment.maximum ? 0 : gap;
    }
    case "leb128":
      return leb128(lebValue(fragment), fragment.signed).length;
    case "fill": {
      const count = constantOf(fragment.count, "laid out");
      if (count === undefined) throw new AssemblerError(fragment.position, "count is not a constant");
      if (count < 0n && final) throw new AssemblerError(fragment.position, `count is negative: ${count}`);
      if (count > BigInt(MAX_SECTION_SIZE)) throw new AssemblerError(fragment.position, `count is too large: ${count}`);
      return count > 0n ? Number(count) * fragment.pattern.length : 0;
    }
    case "org": {
      const target = orgTarget(section, fragment.target, fragment.position);
      const gap = target - BigInt(fragment.address);
      if (gap < 0n && final)
        throw new AssemblerError(fragment.position, `.org goes backwards, from ${fragment.address} to ${target}`);
      if (gap > BigInt(MAX_SECTION_SIZE)) throw new AssemblerError(fragment.position, `.org too far: ${target}`);
      return gap > 0n ? Number(gap) : 0;
    }
  }
}

function lebValue({ value, signed, position }: Leb128Fragment): bigint {
  const constant = constantOf(value, "laid out");
  if (constant === undefined) throw new AssemblerError(position, "value is not a constant");
  return signed ? constant : BigInt.asUintN(64, constant);
}

/** The offset in the section that an `.org` asks for: a constant, or an address in the same section. */
function orgTarget(section: Section, expression: Expression, position: AssemblerError["position"]): bigint {
  const value = evaluate(expression, "laid out");
  const definition = value.plus?.definition;
  if (value.minus || (value.plus && definition?.kind !== "label"))
    throw new AssemblerError(position, ".org takes a constant or an address in its own section");
  if (definition?.kind !== "label") return value.constant;
  if (definition.location.section !== section)
    throw new AssemblerError(position, `.org to section ${definition.location.section.name} out of ${section.name}`);
  return value.constant + BigInt(offsetOf(definition.location));
}

function growJumps(sections: readonly Section[]): boolean {
  let grown = false;
  for (const section of sections) {
    for (const fragment of section.fragments) {
      if (fragment.kind !== "jump" || fragment.form === "near") continue;
      const distance = jumpDistance(section, fragment);
      if (distance === undefined || distance < -128 || distance > 127) {
        fragment.form = "near";
        grown = true;
      }
    }
  }
  return grown;
}

/** From the end of the short form to the target; undefined when only the linker knows. */
function jumpDistance(section: Section, fragment: JumpFragment): number | undefined {
  const value = tryEvaluate(fragment.target, "laid out");
  const definition = value?.plus?.definition;
  if (!value || value.minus || definition?.kind !== "label") return undefined;
  // A weak symbol may turn out to be another one when linked.
  if (definition.location.section !== section || value.plus?.binding === STB_WEAK) return undefined;
  if (aliasIn(fragment.target)?.symbol.binding === STB_WEAK) return undefined;
  const end = fragment.address + fragment.short.bytes.length;
  return offsetOf(definition.location) + Number(value.constant) - end;
}

/** The section's bytes, with zero where fixups are to come. */
export function sectionBytes(section: Section): Uint8Array {
  const bytes = new Uint8Array(section.size);
  section.fragments.forEach((fragment, i) => {
    const end = section.fragments[i + 1]?.address ?? section.size;
    const space = bytes.subarray(fragment.address, end);
    switch (fragment.kind) {
      case "data":
        space.set(fragment.bytes.bytes);
        break;
      case "jump":
        space.set(fragment[fragment.form].bytes);
        break;
      case "org":
        space.fill(fragment.fill);
        break;
      case "leb128":
        space.set(leb128(lebValue(fragment), fragment.signed));
        break;
      case "fill":
        repeat(space, fragment.pattern);
        break;
      case "align":
        alignmentFill(space, fragment);
        break;
      case "reserve":
        break;
    }
  });
  return bytes;
}

function repeat(space: Uint8Array, pattern: Uint8Array): void {
  // Alignment may leave less than a whole pattern: that part comes first and is zero.
  for (let at = space.length % pattern.length; at < space.length; at += pattern.length) space.set(pattern, at);
}

function alignmentFill(space: Uint8Array, fragment: AlignFragment): void {
  if (fragment.fill instanceof Uint8Array) repeat(space, fragment.fill);
  else fillWithNops(space, fragment.fill.nopBits);
}

/** Instructions that do nothing, by their length; `lea` of a register to itself where `nop` is too short. */
const NOPS: Readonly<Record<16 | 32, readonly (readonly number[])[]>> = {
  16: [[0x90], [0x66, 0x90], [0x8d, 0x74, 0x00], [0x8d, 0xb4, 0x00, 0x00]],
  32: [
    [0x90],
    [0x66, 0x90],
    [0x8d, 0x76, 0x00],
    [0x8d, 0x74, 0x26, 0x00],
    [0x8d, 0x74, 0x26, 0x00, 0x90],
    [0x8d, 0xb6, 0x00, 0x00, 0x00, 0x00],
    [0x8d, 0xb4, 0x26, 0x00, 0x00, 0x00, 0x00],
  ],
};

/** Fills a gap in code as GNU as does: long no-operations, and a jump over the gap when it takes more than two. */
function fillWithNops(space: Uint8Array, bits: 16 | 32): void {
  const nops = NOPS[bits];
  const longest = nops.length;
  let at = 0;
  if (Math.floor(space.length / longest) > 2) {
    const near = bits === 16 ? [0x66, 0xe9] : [0xe9];
    if (space.length - 2 <= 127) {
      space.set([0xeb, space.length - 2]);
      at = 2;
    } else {
      const distance = space.length - near.length - 4;
      space.set([...near, distance & 0xff, (distance >> 8) & 0xff, (distance >> 16) & 0xff, distance >>> 24]);
      at = near.length + 4;
    }
  }
  while (at < space.length) {
    const nop = nops[Math.min(longest, space.length - at) - 1];
    space.set(nop, at);
    at += nop.length;
  }
}

/** What `.align` fills with when the source doesn't say: no-operations in code, zeros elsewhere. */
export function defaultFill(section: Section, bits: 16 | 32): AlignFragment["fill"] {
  return (section.flags & SHF_EXECINSTR) !== 0 ? { nopBits: bits } : Uint8Array.of(0);
}
