// Partial linking (-r): many objects to one, which is linked again later. Sections of one name come together, addresses stay open.

import * as elf from "../../formats/elf32.ts";
import {
  ABSOLUTE_ZERO,
  type ElfObject,
  type ObjectSection,
  type ObjectSymbol,
  relocationFieldSize,
  sectionSize,
} from "../../formats/elf32-object.ts";
import { LinkError } from "./error.ts";
import type { OutputSection } from "./placement.ts";
import { fillWithNops } from "./relocate.ts";
import type { InputSection, LinkInput, Resolution } from "./resolve.ts";

interface Joined {
  section: ObjectSection;
  /** Stands for the section in relocations. */
  symbol: ObjectSymbol;
  inputs: { input: InputSection; offset: number }[];
  size: number;
}

/**
 * @param outputs what a script puts together; sections that are in none of them keep their names
 * @throws LinkError when names clash, or when the script asks for what only a final link can do
 */
export function makeRelocatable(
  resolution: Resolution,
  dropDebug: boolean,
  outputs: readonly OutputSection[] = [],
): ElfObject {
  const problems = [...resolution.problems, ...outputs.flatMap(impossible)];
  if (problems.length > 0) throw new LinkError(problems);
  return new Joiner(resolution, dropDebug).object(outputs);
}

/** Contents and symbols of the script's own belong to the final link. */
function impossible({ name, pieces, statement }: OutputSection): string[] {
  const other = pieces.find((piece) => piece.kind !== "input");
  return other
    ? [`${statement.where}: section ${name}: with -r it can hold input sections only, not a ${other.kind}`]
    : [];
}

class Joiner {
  private readonly joined = new Map<string, Joined>();
  private readonly places = new Map<ObjectSection, { to: Joined; offset: number }>();
  private readonly locals: ObjectSymbol[] = [];
  private readonly globals = new Map<string, ObjectSymbol>();
  private readonly mapped = new Map<ObjectSymbol, ObjectSymbol>();

  constructor(
    private readonly resolution: Resolution,
    private readonly dropDebug: boolean,
  ) {}

  object(outputs: readonly OutputSection[]): ElfObject {
    for (const { name, pieces } of outputs)
      for (const piece of pieces) if (piece.kind === "input") this.addSection(piece.input, name);
    for (const input of this.resolution.sections) if (!input.output) this.addSection(input, input.section.name);
    for (const input of this.resolution.inputs) this.addLocals(input);
    for (const global of this.resolution.globals.values()) {
      const from = global.definition?.symbol;
      const binding = global.onlyWeakReferences ? elf.STB_WEAK : elf.STB_GLOBAL;
      const undefinedSymbol = { name: global.name, binding, type: elf.STT_NOTYPE, value: 0, size: 0 };
      const symbol = (from && this.move(from)) ?? { ...undefinedSymbol, section: "undefined" };
      this.globals.set(global.name, symbol);
    }
    for (const joined of this.joined.values()) this.fill(joined);
    const sectionSymbols = [...this.joined.values()].map(({ symbol }) => symbol);
    return {
      sections: [...this.joined.values()].map(({ section }) => section),
      symbols: [...this.locals, ...sectionSymbols, ...this.globals.values()],
    };
  }

  private addSection(input: InputSection, name: string): void {
    const { section } = input;
    if (input.discarded || (this.dropDebug && /^\.debug/.test(section.name))) return;
    const merge = section.flags & (elf.SHF_MERGE | elf.SHF_STRINGS);
    const key = `${name}\0${section.group ?? ""}\0${merge}\0${section.entrySize ?? 0}`;
    let to = this.joined.get(key);
    if (!to) {
      const made: ObjectSection = { ...section, name, relocations: [], data: { size: 0 } };
      const symbol = { ...ABSOLUTE_ZERO, type: elf.STT_SECTION, section: made };
      to = { section: made, symbol, inputs: [], size: 0 };
      this.joined.set(key, to);
    }
    to.section.align = Math.max(to.section.align, section.align);
    to.section.flags |= section.flags;
    // Contents in one object, zeros in another: contents.
    if (section.type !== elf.SHT_NOBITS) to.section.type = section.type;
    const offset = elf.alignUp(to.size, section.align);
    to.size = offset + sectionSize(section);
    to.inputs.push({ input, offset });
    this.places.set(section, { to, offset });
  }

  private addLocals({ object }: LinkInput): void {
    for (const symbol of object.symbols) {
      if (symbol.binding !== elf.STB_LOCAL || symbol.type === elf.STT_SECTION) continue;
      const moved = this.move(symbol);
      if (!moved) continue;
      this.locals.push(moved);
      this.mapped.set(symbol, moved);
    }
  }

  private move(symbol: ObjectSymbol): ObjectSymbol | undefined {
    if (typeof symbol.section === "string") return { ...symbol };
    const place = this.places.get(symbol.section);
    return place && { ...symbol, section: place.to.section, value: place.offset + symbol.value };
  }

  private fill(joined: Joined): void {
    const { section, inputs, size } = joined;
    if (section.type === elf.SHT_NOBITS) {
      section.data = { size };
      return;
    }
    const bytes = new Uint8Array(size);
    section.data = bytes;
    const view = new DataView(bytes.buffer);
    let end = 0;
    for (const { input, offset: base } of inputs) {
      if ((section.flags & elf.SHF_EXECINSTR) !== 0) fillWithNops(bytes.subarray(end, base));
      end = base + input.size;
      const { data, relocations } = input.section;
      if (data instanceof Uint8Array) bytes.set(data, base);
      for (const { offset, type, symbol } of relocations) {
        const at = base + offset;
        const place = typeof symbol.section === "string" ? undefined : this.places.get(symbol.section);
        if (symbol.type === elf.STT_SECTION && place) {
          addToField(view, at, type, place.offset);
          section.relocations.push({ offset: at, type, symbol: place.to.symbol });
          continue;
        }
        const target =
          symbol.binding === elf.STB_LOCAL
            ? symbol === ABSOLUTE_ZERO
              ? symbol
              : this.mapped.get(symbol)
            : this.globals.get(symbol.name);
        // What spoke of a discarded section speaks of nothing now.
        if (target) section.relocations.push({ offset: at, type, symbol: target });
      }
    }
  }
}

function addToField(view: DataView, at: number, type: number, value: number): void {
  const size = relocationFieldSize(type);
  if (size === 4) view.setUint32(at, view.getUint32(at, true) + value, true);
  else if (size === 2) view.setUint16(at, view.getUint16(at, true) + value, true);
  else if (size === 1) view.setUint8(at, view.getUint8(at) + value);
}
