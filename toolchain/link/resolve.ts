// Symbol resolution: what every global name of all objects means, and which names clash or are missing.

import * as elf from "../../formats/elf32.ts";
import {
  type ElfObject,
  type ObjectSection,
  type ObjectSymbol,
  type Relocation,
  sectionSize,
} from "../../formats/elf32-object.ts";
import type { SourceLines } from "./lines.ts";
import type { OutputSection } from "./placement.ts";

/** An object file to link; `name` is what errors and the map call it. */
export interface LinkInput {
  name: string;
  object: ElfObject;
  /** When it comes out of an archive: the archive's name and the member's. */
  archive?: string;
  member?: string;
  /** Made by the linker itself. */
  isSynthetic?: boolean;
}

/** A section of an input on its way to its place in the output. */
export interface InputSection {
  input: LinkInput;
  section: ObjectSection;
  size: number;
  /** Where it goes; undefined while unplaced, and for good when it is discarded. */
  output: OutputSection | undefined;
  /** In the output section. */
  offset: number;
  discarded: boolean;
  /** A KEEP of the script has it: not garbage. */
  keep: boolean;
  /** The contents where they are not the object's own: parts of mergeable sections live in others, and the rest moves. */
  rewritten: RewrittenContents | undefined;
  /** Where an offset of the object's section went; undefined when everything is where it was. */
  moved: ((offset: number) => { input: InputSection; offset: number } | undefined) | undefined;
}

export interface RewrittenContents {
  data: Uint8Array;
  relocations: Relocation[];
  /** Words that hold how far back a place of the same output section is. */
  distances?: { offset: number; target: { input: InputSection; to: number } }[];
}

/** One name, as all objects see it. */
export interface GlobalSymbol {
  name: string;
  /** The definition that counts. */
  definition: { input: LinkInput; symbol: ObjectSymbol } | undefined;
  /** Objects that refer to it without defining it. */
  referencedBy: LinkInput[];
  /** All references are weak: undefined then means 0. */
  onlyWeakReferences: boolean;
  /** Set by an assignment of the script, which wins over every object. */
  script: ScriptSymbol | undefined;
}

export interface ScriptSymbol {
  address: number;
  isAddress: boolean;
  hidden: boolean;
  /** The section that it counts as part of. */
  output: OutputSection | undefined;
  /** STV_ constant; default when absent. */
  visibility?: number;
}

export class Resolution {
  readonly sections: InputSection[] = [];
  readonly globals = new Map<string, GlobalSymbol>();
  readonly problems: string[] = [];
  private readonly bySection = new Map<ObjectSection, InputSection>();
  private readonly groups = new Set<string>();

  constructor(
    readonly inputs: readonly LinkInput[],
    private readonly lines: SourceLines,
    /** Of several definitions the first counts, and that is no problem. */
    private readonly allowMultiple = false,
    /** Partial linking: common symbols stay what they are. */
    keepCommons = false,
  ) {
    for (const input of inputs) this.addSections(input);
    for (const input of inputs) for (const symbol of input.object.symbols) this.addSymbol(input, symbol);
    if (!keepCommons) this.allocateCommons();
  }

  inputSection(section: ObjectSection): InputSection | undefined {
    return this.bySection.get(section);
  }

  global(name: string): GlobalSymbol {
    let symbol = this.globals.get(name);
    if (!symbol) {
      symbol = { name, definition: undefined, referencedBy: [], onlyWeakReferences: true, script: undefined };
      this.globals.set(name, symbol);
    }
    return symbol;
  }

  /** The address of a place in an object's section; undefined when the section is not in the output. */
  addressOf(section: ObjectSection, offset: number): number | undefined {
    const input = this.bySection.get(section);
    if (!input) return undefined;
    const place = input.moved ? input.moved(offset) : { input, offset };
    if (!place?.input.output) return undefined;
    return (place.input.output.address + place.input.offset + place.offset) >>> 0;
  }

  /** The output section that holds a place of an object's section. */
  outputOf(section: ObjectSection, offset: number): OutputSection | undefined {
    const input = this.bySection.get(section);
    return (input?.moved ? input.moved(offset)?.input : input)?.output;
  }

  /** "object.o (file.s:12)" for a symbol's place, as far as it is known. */
  describe(input: LinkInput, symbol: ObjectSymbol): string {
    const line = typeof symbol.section === "string" ? undefined : this.lines.find(input, symbol.section, symbol.value);
    return line ? `${input.name} (${line})` : input.name;
  }

  private addSections(input: LinkInput): void {
    const kept = new Set<string>();
    for (const section of input.object.sections) {
      const { group } = section;
      // Of equal COMDAT groups the first object's counts.
      const duplicate = group !== undefined && !kept.has(group) && this.groups.has(group);
      if (group !== undefined && !duplicate) {
        kept.add(group);
        this.groups.add(group);
      }
      this.addSection(input, section, duplicate || (section.flags & elf.SHF_EXCLUDE) !== 0);
    }
  }

  private addSection(input: LinkInput, section: ObjectSection, discarded: boolean): InputSection {
    const added: InputSection = {
      input,
      section,
      size: sectionSize(section),
      output: undefined,
      offset: 0,
      discarded,
      keep: false,
      rewritten: undefined,
      moved: undefined,
    };
    this.sections.push(added);
    this.bySection.set(section, added);
    return added;
  }

  private addSymbol(input: LinkInput, symbol: ObjectSymbol): void {
    if (symbol.binding === elf.STB_LOCAL) return;
    const global = this.global(symbol.name);
    const weak = symbol.binding === elf.STB_WEAK;
    const isDiscarded = typeof symbol.section !== "string" && this.bySection.get(symbol.section)?.discarded === true;
    if (symbol.section === "undefined" || isDiscarded) {
      global.referencedBy.push(input);
      if (!weak) global.onlyWeakReferences = false;
      return;
    }
    const present = global.definition;
    if (!present) {
      global.definition = { input, symbol };
      return;
    }
    const rank = (candidate: ObjectSymbol) =>
      candidate.binding === elf.STB_WEAK ? 0 : candidate.section === "common" ? 1 : 2;
    const [had, has] = [rank(present.symbol), rank(symbol)];
    if (had === 2 && has === 2) {
      if (this.allowMultiple) return;
      this.problems.push(
        `duplicate symbol '${symbol.name}': defined in ${this.describe(present.input, present.symbol)} and in ${this.describe(input, symbol)}`,
      );
    } else if (had === 1 && has === 1) {
      // Commons of one name share the largest size and the strictest alignment.
      const larger = symbol.size > present.symbol.size ? { input, symbol } : present;
      const value = Math.max(symbol.value, present.symbol.value);
      global.definition = { input: larger.input, symbol: { ...larger.symbol, value } };
    } else if (has > had) global.definition = { input, symbol };
  }

  /** Every common that no definition replaced becomes a section of its own, named COMMON as scripts call them. */
  private allocateCommons(): void {
    for (const global of this.globals.values()) {
      const definition = global.definition;
      if (definition?.symbol.section !== "common") continue;
      const section: ObjectSection = {
        name: "COMMON",
        type: elf.SHT_NOBITS,
        flags: elf.SHF_ALLOC | elf.SHF_WRITE,
        align: Math.max(1, definition.symbol.value),
        data: { size: definition.symbol.size },
        relocations: [],
      };
      this.addSection(definition.input, section, false);
      global.definition = { input: definition.input, symbol: { ...definition.symbol, section, value: 0 } };
    }
  }
}
