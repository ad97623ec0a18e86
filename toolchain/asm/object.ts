// What was assembled to an ELF object: symbols, contents, and relocations for what only the linker knows.

import * as elf from "../../formats/elf32.ts";
import { ABSOLUTE_ZERO, type ElfObject, type ObjectSection, type ObjectSymbol } from "../../formats/elf32-object.ts";
import type { Assembler } from "./assembler.ts";
import { DebugSections } from "./debug-sections.ts";
import { AssemblerError, outermost, type Position } from "./error.ts";
import { aliasIn, constantOf, evaluate, type Value } from "./expression.ts";
import { layOutSections, sectionBytes } from "./layout.ts";
import { addLines } from "./lines.ts";
import { REGISTERS } from "./operands.ts";
import {
  GLOBAL_OFFSET_TABLE,
  isThreadLocalSuffix,
  keepsSymbol,
  R_386_GOTPC,
  relocationField,
  relocationType,
} from "./relocations.ts";
import { type AskedRelocation, type DataFixup, offsetOf, Section, SHF_TLS } from "./section.ts";
import { type AsmSymbol, bindingOf, isTemporary } from "./symbols.ts";

/** Lays out and writes; errors go to the assembler's list. The result means something only when there are none. */
export function makeObject(assembler: Assembler): ElfObject {
  return new ObjectMaker(assembler).make();
}

class ObjectMaker {
  private readonly sections = new Map<Section, ObjectSection>();
  private readonly sectionSymbols = new Map<Section, ObjectSymbol>();
  private readonly symbols = new Map<AsmSymbol, ObjectSymbol>();
  /** All of them, in the order in which they were needed. */
  private readonly needed: ObjectSymbol[] = [];

  /** Behind the last relocation that `.reloc` asked for. */
  private readonly asked = new Map<ObjectSection, number>();

  constructor(private readonly assembler: Assembler) {}

  make(): ElfObject {
    const { assembler } = this;
    const written = new DebugSections(assembler);
    for (const section of assembler.sections) section.join();
    layOutSections(assembler.sections);
    for (const section of assembler.sections) {
      const object: ObjectSection = {
        name: section.name,
        type: section.type,
        flags: section.flags,
        align: section.align,
        data: section.isNoBits ? { size: section.size } : sectionBytes(section),
        relocations: [],
        entrySize: section.entrySize,
        group: section.group,
      };
      this.sections.set(section, object);
    }
    for (const symbol of assembler.symbols.all()) assembler.attempt(() => this.defineSymbol(symbol));
    const appended = written.append(this.sections);
    for (const section of assembler.sections) this.resolveFixups(section);
    for (const { section, fixup } of appended) this.resolveOne(fixup, section);
    const signatures = this.groupSignatures();
    const symbols = this.orderedSymbols(signatures);
    if (assembler.fileSymbol !== undefined)
      symbols.unshift({
        name: assembler.fileSymbol,
        binding: elf.STB_LOCAL,
        type: elf.STT_FILE,
        section: "absolute",
        value: 0,
        size: 0,
      });
    const object: ElfObject = { sections: [...this.sections.values()], symbols };
    this.addLines(object);
    return object;
  }

  /** Which line made which instruction. Of a macro's instructions it is the line that called the macro. */
  private addLines(object: ElfObject): void {
    const { options } = this.assembler;
    if (options.lines === false || this.assembler.lineMarks.used) return;
    const units = [...this.sections].flatMap(([section, made]) => {
      if (section.lines.length === 0) return [];
      const rows = section.lines.map(({ location, position }) => {
        const { file, line } = outermost(position);
        return { offset: offsetOf(location), file, line };
      });
      return [{ section: made, rows }];
    });
    if (units.length > 0) addLines(object, units, options.file, options.directory ?? "");
  }

  /** Those that the object has: in the order of the source; then those without a place in it; then the names of groups. */
  private orderedSymbols(signatures: readonly ObjectSymbol[]): ObjectSymbol[] {
    const symbols = new Set<ObjectSymbol>();
    for (const section of this.assembler.sections) this.placeJumpTargets(section);
    for (const section of this.assembler.sections) this.assembler.symbols.place(section);
    for (const placed of this.assembler.symbols.inOrder()) {
      const symbol = placed instanceof Section ? this.sectionSymbols.get(placed) : this.symbols.get(placed);
      if (symbol) symbols.add(symbol);
    }
    for (const symbol of [...this.needed, ...signatures]) symbols.add(symbol);
    return [...symbols];
  }

  /** GNU as looks closely at labels that jumps of the same section go to: whether the jump can be short. */
  private placeJumpTargets(section: Section): void {
    for (const fragment of section.fragments) {
      if (fragment.kind !== "jump") continue;
      const target = evaluate(fragment.target, "laid out").plus;
      if (target?.definition.kind === "label" && target.definition.location.section === section)
        this.assembler.symbols.place(target);
    }
  }

  /** Symbols for groups whose signature the source does not define: only the name matters. */
  private groupSignatures(): ObjectSymbol[] {
    const found = new Map<string, ObjectSymbol>();
    for (const section of this.sections.values()) {
      const name = section.group;
      if (name === undefined || found.has(name)) continue;
      if ([...this.symbols.values()].some((symbol) => symbol.name === name)) continue;
      const type = elf.STT_NOTYPE;
      found.set(name, { name, binding: elf.STB_LOCAL, type, section, value: 0, size: 0, namesGroup: true });
    }
    return [...found.values()];
  }

  // Symbols

  private defineSymbol(symbol: AsmSymbol): void {
    if (symbol.definition.kind === "none") {
      if (symbol.name === GLOBAL_OFFSET_TABLE) this.objectSymbol(symbol);
      if (
        symbol.firstUse &&
        symbol.binding === undefined &&
        REGISTERS.has(symbol.name.toLowerCase()) &&
        !this.assembler.intel
      )
        this.assembler.warn(symbol.firstUse, `'${symbol.name}' is taken for a symbol; the register is %${symbol.name}`);
      if (symbol.binding === elf.STB_LOCAL && symbol.firstUse)
        throw new AssemblerError(symbol.firstUse, `'${symbol.name}' is local but not defined`);
      if (symbol.name.startsWith(".L") && symbol.firstUse)
        throw new AssemblerError(symbol.firstUse, `label '${symbol.name}' is not defined`);
      return;
    }
    if (isTemporary(symbol) && symbol.binding === undefined) return;
    // A name for a distance from somebody else's symbol lives in this file only.
    if (symbol.binding === undefined && this.isRelativeToOutside(symbol)) return;
    this.objectSymbol(symbol);
  }

  private isRelativeToOutside(symbol: AsmSymbol): boolean {
    if (symbol.definition.kind !== "equated") return false;
    const base = evaluate(symbol.definition.value, "laid out").plus?.definition.kind;
    return base === "none" || base === "common";
  }

  private objectSymbol(symbol: AsmSymbol): ObjectSymbol {
    const known = this.symbols.get(symbol);
    if (known) return known;
    const place = this.placeOf(symbol);
    const original = originalOf(symbol);
    const undefinedBinding = symbol.binding === elf.STB_WEAK ? elf.STB_WEAK : elf.STB_GLOBAL;
    const object: ObjectSymbol = {
      name: symbol.name,
      binding: place.section === "undefined" ? undefinedBinding : bindingOf(symbol),
      type: isThreadLocal(symbol) ? elf.STT_TLS : symbol.type || (original?.type ?? elf.STT_NOTYPE),
      section: place.section,
      value: place.value,
      size: this.sizeOf(original && !symbol.size ? original : symbol),
      visibility: symbol.visibility,
    };
    this.symbols.set(symbol, object);
    this.needed.push(object);
    if (symbol.definition.kind === "equated") {
      const section = typeof place.section === "string" ? "*ABS*" : place.section.name;
      symbol.final = { section, value: place.value };
    }
    return object;
  }

  private placeOf(symbol: AsmSymbol): { section: ObjectSymbol["section"]; value: number } {
    const { definition } = symbol;
    switch (definition.kind) {
      case "none":
        return { section: "undefined", value: 0 };
      case "common":
        return { section: "common", value: definition.align };
      case "label":
        return {
          section: this.sections.get(definition.location.section) ?? "undefined",
          value: offsetOf(definition.location),
        };
      case "equated": {
        const value = evaluate(definition.value, "laid out");
        if (!value.plus && !value.minus)
          return { section: "absolute", value: Number(BigInt.asUintN(32, value.constant)) };
        const base = value.plus?.definition;
        if (value.minus || base?.kind !== "label")
          throw new AssemblerError(definition.position, `'${symbol.name}' has a value that no object file can express`);
        const section = this.sections.get(base.location.section) ?? "undefined";
        return { section, value: offsetOf(base.location) + Number(value.constant) };
      }
    }
  }

  private sizeOf(symbol: AsmSymbol): number {
    if (symbol.definition.kind === "common") return symbol.definition.size;
    if (!symbol.size) return 0;
    const size = constantOf(symbol.size, "laid out");
    if (size === undefined || size < 0n || size > 0xffffffffn)
      throw new AssemblerError(
        symbol.size.kind === "number"
          ? { file: this.assembler.options.file, line: 1, column: 1 }
          : symbol.size.position,
        `size of '${symbol.name}' must come to a constant from 0 to 4294967295`,
      );
    return Number(size);
  }

  // Fixups

  private resolveFixups(section: Section): void {
    const object = this.sections.get(section);
    if (!object || !(object.data instanceof Uint8Array)) return;
    const view = new DataView(object.data.buffer, object.data.byteOffset, object.data.byteLength);
    for (const fragment of section.fragments)
      if (fragment.kind === "data")
        for (const fixup of fragment.fixups)
          this.assembler.attempt(() => this.resolve(fixup, fragment.address + fixup.offset, section, object, view));
    // What GNU as finds out about jumps it finds out late: their relocations come behind the others.
    for (const fragment of section.fragments)
      if (fragment.kind === "jump")
        for (const { offset, size, kind, addend } of fragment[fragment.form].fixups) {
          const { target: expression, position } = fragment;
          const fixup: DataFixup = { offset, size, kind, expression, addend, call: false, position };
          this.assembler.attempt(() => this.resolve(fixup, fragment.address + offset, section, object, view));
        }
    for (const asked of section.asked) this.assembler.attempt(() => this.addAsked(asked, section, object, view));
  }

  /** A relocation of `.reloc`: it stands before the first one for a later field. What it adds is added to the field. */
  private addAsked(
    { offset: place, type, value, position }: AskedRelocation,
    section: Section,
    object: ObjectSection,
    view: DataView,
  ): void {
    const at = evaluate(place, "laid out");
    const label = at.plus?.definition;
    if (at.minus || (label && (label.kind !== "label" || label.location.section !== section)))
      throw new AssemblerError(position, ".reloc takes an offset in its own section");
    const offset = Number(at.constant) + (label?.kind === "label" ? offsetOf(label.location) : 0);
    const { size, relative } = relocationField(type);
    if (offset < 0 || offset + size > view.byteLength)
      throw new AssemblerError(position, `.reloc at ${offset}, outside of section ${section.name}`);
    const { plus, minus, constant } = evaluate(value, "laid out");
    if (minus) throw new AssemblerError(position, "no relocation can express a difference");
    let symbol = ABSOLUTE_ZERO;
    // A number alone has no effect on the field: GNU as drops it as well.
    let addend = plus ? constant - BigInt(relative ? offset : 0) : 0n;
    if (plus?.definition.kind === "label" && isTemporary(plus) && plus.binding === undefined) {
      symbol = this.sectionSymbol(plus.definition.location.section);
      addend += BigInt(offsetOf(plus.definition.location));
    } else if (plus) symbol = this.objectSymbol(plus);
    for (let i = 0, carry = addend; i < size; i++, carry >>= 8n) {
      carry += BigInt(view.getUint8(offset + i));
      view.setUint8(offset + i, Number(carry & 0xffn));
    }
    const { relocations } = object;
    const asked = this.asked.get(object) ?? 0;
    let index = relocations.findIndex((other, i) => i >= asked && other.offset > offset);
    if (index < 0) index = relocations.length;
    relocations.splice(index, 0, { offset, type, symbol });
    this.asked.set(object, index + 1);
  }

  private resolveOne(fixup: DataFixup, section: Section): void {
    const object = this.sections.get(section);
    if (!object || !(object.data instanceof Uint8Array)) return;
    const view = new DataView(object.data.buffer, object.data.byteOffset, object.data.byteLength);
    this.assembler.attempt(() => this.resolve(fixup, fixup.offset, section, object, view));
  }

  private resolve(fixup: DataFixup, offset: number, section: Section, object: ObjectSection, view: DataView): void {
    let value = evaluate(fixup.expression, "laid out");
    let relative = fixup.kind === "relative";
    if (value.minus) {
      // symbol − something in this section is a distance from the field plus a constant.
      const from = value.minus.definition;
      if (relative || from.kind !== "label" || from.location.section !== section)
        throw new AssemblerError(
          fixup.position,
          `no relocation can express this difference with '${nameOf(value.minus)}'`,
        );
      value = {
        constant: value.constant + BigInt(offset - offsetOf(from.location)),
        plus: value.plus,
        suffix: value.suffix,
      };
      relative = true;
    }
    if (value.plus?.name === GLOBAL_OFFSET_TABLE && fixup.size === 4) {
      const symbol = this.objectSymbol(value.plus);
      // The linker puts the distance from the field there; the program wants it from the instruction's start.
      const fromStart = relative ? 0n : BigInt(fixup.before ?? 0);
      const constant = value.constant + BigInt(fixup.addend) + fromStart;
      store(view, offset, 4, constant, fixup.position, "addend");
      object.relocations.push({ offset, type: R_386_GOTPC, symbol });
      return;
    }
    const alias = this.keptAlias(fixup, value, section);
    if (alias) value = alias;
    // A procedure of this file needs no entry in the linkage table.
    if (value.suffix === "PLT" && this.isLocalHere(value, section, relative)) value.suffix = undefined;
    const constant = value.constant + BigInt(fixup.addend);
    const target = value.plus?.definition;
    if (value.plus && value.suffix !== undefined && isThreadLocalSuffix(value.suffix)) value.plus.type = elf.STT_TLS;
    if (!value.plus && !relative) {
      store(view, offset, fixup.size, constant, fixup.position, "value");
    } else if (relative && target?.kind === "label" && this.isBoundHere(value, section, fixup.call)) {
      const distance = constant + BigInt(offsetOf(target.location) - offset);
      store(view, offset, fixup.size, distance, fixup.position, "distance", true);
    } else {
      const type = relocationType(fixup.size, relative, value.suffix, fixup.relaxable ?? false);
      const { symbol, addend } = this.relocationTarget(value, fixup, relative, type);
      if (type === undefined)
        throw new AssemblerError(fixup.position, `no relocation fills ${fixup.size} bytes with a symbol's address`);
      store(view, offset, fixup.size, constant + BigInt(addend), fixup.position, "addend");
      object.relocations.push({ offset, type, symbol });
    }
  }

  /** The value by its other name, which is what counts: whether the linker may put something else in its place. */
  private keptAlias(fixup: DataFixup, { plus, minus, constant }: Value, section: Section): Value | undefined {
    if (plus?.definition.kind !== "label" || minus) return undefined;
    const { location, position } = plus.definition;
    const alias = aliasIn(fixup.expression);
    if (!alias) return undefined;
    const { binding } = alias.symbol;
    if (binding !== elf.STB_GLOBAL && binding !== elf.STB_WEAK)
      return { constant, plus: this.assembler.symbols.labelAt(location, position) };
    const bound = fixup.kind === "relative" && !fixup.call && location.section === section;
    if (bound && binding !== elf.STB_WEAK) return undefined;
    return { constant: alias.constant, plus: alias.symbol };
  }

  /** Whether a distance to the symbol can be filled in now: it is in this section and nobody may put another in its place. */
  private isBoundHere(value: Value, section: Section, call: boolean): boolean {
    const symbol = value.plus;
    if (symbol?.definition.kind !== "label" || symbol.definition.location.section !== section) return false;
    return symbol.binding !== elf.STB_WEAK && !(call && symbol.binding === elf.STB_GLOBAL);
  }

  private isLocalHere({ plus }: Value, section: Section, relative: boolean): boolean {
    if (plus?.definition.kind !== "label" || plus.binding !== undefined) return false;
    return !relative || plus.definition.location.section === section;
  }

  /** What a relocation refers to: a global symbol itself, a local one by its section. */
  private relocationTarget(
    value: Value,
    fixup: DataFixup,
    relative: boolean,
    type: number | undefined,
  ): { symbol: ObjectSymbol; addend: number } {
    const symbol = value.plus;
    if (!symbol) {
      return { symbol: ABSOLUTE_ZERO, addend: 0 };
    }
    const { definition } = symbol;
    if (definition.kind !== "label" || symbol.binding === elf.STB_GLOBAL || symbol.binding === elf.STB_WEAK)
      return { symbol: this.objectSymbol(symbol), addend: 0 };
    const { section } = definition.location;
    if (type !== undefined && keepsSymbol(type)) return { symbol: this.objectSymbol(symbol), addend: 0 };
    const isOffset = value.suffix === "GOTOFF";
    // Parts of a section that the linker merges are known by their symbols, but for plain addresses of their starts.
    const merged = (section.flags & elf.SHF_MERGE) !== 0;
    const inside = value.constant + BigInt(relative ? 0 : fixup.addend) !== 0n;
    if ((isOffset && fixup.data) || (merged && !fixup.whole && (isOffset || relative || inside)))
      return { symbol: this.objectSymbol(symbol), addend: 0 };
    return { symbol: this.sectionSymbol(section), addend: offsetOf(definition.location) };
  }

  private sectionSymbol(section: Section): ObjectSymbol {
    const known = this.sectionSymbols.get(section);
    if (known) return known;
    const symbol: ObjectSymbol = {
      name: "",
      binding: elf.STB_LOCAL,
      type: elf.STT_SECTION,
      section: this.sections.get(section) ?? "undefined",
      value: 0,
      size: 0,
    };
    this.sectionSymbols.set(section, symbol);
    this.needed.push(symbol);
    return symbol;
  }
}

/** The symbol that this one is another name for: what it is and how large, the other name is too. */
function originalOf({ definition }: AsmSymbol): AsmSymbol | undefined {
  if (definition.kind !== "equated" || definition.value.kind !== "symbol") return undefined;
  const { plus, constant } = evaluate(definition.value, "laid out");
  return plus?.definition.kind === "label" && constant === 0n ? plus : undefined;
}

function isThreadLocal(symbol: AsmSymbol): boolean {
  const { definition, type } = symbol;
  return type === elf.STT_TLS || (definition.kind === "label" && (definition.location.section.flags & SHF_TLS) !== 0);
}

function nameOf(symbol: AsmSymbol): string {
  return symbol.name === "" ? "." : symbol.name;
}

/** Stores a little-endian value that must fit its bytes, signed or unsigned (distances: signed; wrapping at 32 bits). */
function store(
  view: DataView,
  offset: number,
  size: number,
  value: bigint,
  position: Position,
  what: string,
  signed = false,
): void {
  const bits = BigInt(8 * size);
  const lowest = -(1n << (bits - 1n));
  // In 16-bit code a jump wraps around the segment, so any 16-bit distance is good.
  const highest = signed && size === 1 ? 127n : (1n << bits) - 1n;
  const wraps = size === 2 && signed ? -0xffffn : lowest;
  if (size < 4 && (value < wraps || value > highest))
    throw new AssemblerError(position, `${what} ${value} does not fit into ${size === 1 ? "a byte" : `${size} bytes`}`);
  if (size === 4 && (value < -0xffffffffn || value > 0xffffffffn))
    throw new AssemblerError(position, `${what} ${value} does not fit into 4 bytes`);
  for (let i = 0; i < size; i++) view.setUint8(offset + i, Number((value >> BigInt(8 * i)) & 0xffn));
}
