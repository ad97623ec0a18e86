// -f bin: the sections one after the other, without anything around them.
// Source: the NASM manual, section 8.1.

import { AssemblerError } from "../asm/error.ts";
import { MAX_SECTION_SIZE } from "../asm/section.ts";
import type { Assembler } from "./assembler.ts";
import { store } from "./data.ts";
import { isSegment } from "./expression.ts";
import type { Relocation, Section } from "./section.ts";

const DEFAULT_ALIGN = 4;

/** The section of that name; made with what -f bin takes for granted. */
export function binSection(assembler: { sections: Section[] }, name: string, make: (name: string) => Section): Section {
  const known = assembler.sections.find((section) => section.name === name);
  if (known) return known;
  const section = make(name);
  section.attributes.noBits = name === ".bss";
  section.attributes.align = assembler.sections.length === 0 ? 1 : DEFAULT_ALIGN;
  assembler.sections.push(section);
  return section;
}

interface Placed {
  /** In the file, counted from the origin. */
  start: number;
  /** As addresses in the code see it. */
  virtual: number;
}

export function binOutput(assembler: Assembler): Uint8Array {
  const places = placeSections(assembler);
  const origin = assembler.origin ?? 0;
  const withContents = assembler.sections.filter((section) => !section.attributes.noBits && section.offset > 0);
  const end = Math.max(origin, ...withContents.map((section) => (places.get(section)?.start ?? 0) + section.offset));
  const image = new Uint8Array(end - origin);
  for (const section of withContents) {
    const place = places.get(section) ?? { start: 0, virtual: 0 };
    const contents = image.subarray(place.start - origin, place.start - origin + section.offset);
    contents.set(section.bytes.bytes);
    for (const relocation of section.relocations)
      try {
        resolve(assembler, relocation, contents, place, places);
      } catch (error) {
        if (!(error instanceof AssemblerError)) throw error;
        assembler.report(error);
      }
  }
  return image;
}

function placeSections(assembler: Assembler): Map<Section, Placed> {
  const places = new Map<Section, Placed>();
  const nowhere = { file: assembler.options.file, line: 1, column: 1 };
  const named = (name: string) => assembler.sections.find((section) => section.name === name);
  const { sections } = assembler;
  const ordered = [
    ...sections.filter((section) => !section.attributes.noBits),
    ...sections.filter((section) => section.attributes.noBits),
  ];
  let at = assembler.origin ?? 0;
  let virtualAt = at;
  const waiting = [...ordered];
  while (waiting.length > 0) {
    // A section that follows another waits until that one is placed.
    const index = waiting.findIndex(({ attributes }) =>
      [attributes.follows, attributes.virtualFollows].every((name) => {
        const other = name === undefined ? undefined : named(name);
        return name === undefined || (other !== undefined && places.has(other));
      }),
    );
    const section = waiting[index];
    if (!section)
      throw new AssemblerError(nowhere, `section ${waiting[0].name} follows one that isn't there or follows it`);
    waiting.splice(index, 1);
    const { attributes } = section;
    const after = attributes.follows === undefined ? undefined : named(attributes.follows);
    const before = after && places.get(after);
    const start = attributes.start ?? alignUp(before && after ? before.start + after.offset : at, attributes.align);
    if (start < (assembler.origin ?? 0))
      throw new AssemblerError(nowhere, `section ${section.name} starts at ${start}, before the origin`);
    if (start - (assembler.origin ?? 0) > MAX_SECTION_SIZE)
      throw new AssemblerError(nowhere, `section ${section.name} starts too far out, at ${start}`);
    const virtualAfter = attributes.virtualFollows === undefined ? undefined : named(attributes.virtualFollows);
    const virtualBefore = virtualAfter && places.get(virtualAfter);
    const virtual =
      attributes.virtualStart ??
      (virtualBefore && virtualAfter
        ? alignUp(virtualBefore.virtual + virtualAfter.offset, attributes.align)
        : virtualAt === at
          ? start
          : alignUp(virtualAt, attributes.align));
    places.set(section, { start, virtual });
    at = start + section.offset;
    virtualAt = attributes.virtualStart === undefined ? virtual + section.offset : at;
  }
  return places;
}

function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}

function resolve(
  assembler: Assembler,
  relocation: Relocation,
  contents: Uint8Array,
  place: Placed,
  places: Map<Section, Placed>,
): void {
  let { constant } = relocation.value;
  for (const { what, factor } of relocation.value.terms) {
    const target = isSegment(what) ? places.get(what as Section) : undefined;
    if (!target) throw new AssemblerError(relocation.position, "this address can't be told in a flat binary");
    constant += BigInt(target.virtual) * BigInt(factor);
  }
  if (relocation.kind === "relative") constant -= BigInt(place.virtual + relocation.offset);
  const { size, offset, position } = relocation;
  if (size === 1 && (constant < -128n || constant > 255n))
    assembler.warn(position, `value ${constant} does not fit into a byte`);
  store(contents.subarray(offset, offset + size), constant);
}
