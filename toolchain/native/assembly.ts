// An object as assembly text in AT&T syntax (`minios cc -S`), from which GNU as and our assembler make the same sections,
// relocations and symbols again. Code is disassembled; where a relocation completes a field, its symbol stands in the text.

import * as elf from "../../formats/elf32.ts";
import type { ElfObject, ObjectSection, ObjectSymbol, Relocation } from "../../formats/elf32-object.ts";
import { disassemble } from "../../isa/disassemble.ts";

/** Stands in a relocated field while it is disassembled. */
const MARK = 0x5a5a1234;
const MARK_TEXT = `0x${MARK.toString(16)}`;
const BYTES_IN_LINE = 16;
const PLAIN_NAME = /^[A-Za-z_.$][\w.$]*$/;

/** The text of the object that was compiled from `source`. */
export function assemblyText(object: ElfObject, source: string): string {
  return new AssemblyWriter(object).write(source);
}

class AssemblyWriter {
  private readonly lines: string[] = [];
  private readonly globals: Set<string>;

  constructor(private readonly object: ElfObject) {
    this.globals = new Set(object.symbols.filter((s) => s.binding !== elf.STB_LOCAL).map((s) => s.name));
  }

  write(source: string): string {
    this.lines.push(`        .file   "${source.replace(/[\\"]/g, "\\$&")}"`);
    for (const symbol of this.object.symbols) this.declare(symbol);
    for (const section of this.object.sections) this.section(section);
    return `${this.lines.join("\n")}\n`;
  }

  private line(text: string): void {
    this.lines.push(`        ${text}`);
  }

  private declare(symbol: ObjectSymbol): void {
    if (symbol.binding === elf.STB_LOCAL) return;
    this.line(`${symbol.binding === elf.STB_WEAK ? ".weak" : ".globl"}   ${quoted(symbol.name)}`);
    if (symbol.section === "absolute") this.line(`.set    ${quoted(symbol.name)}, 0x${symbol.value.toString(16)}`);
  }

  private section(section: ObjectSection): void {
    const { name, flags, type, align, data } = section;
    const letters = [
      [elf.SHF_ALLOC, "a"],
      [elf.SHF_WRITE, "w"],
      [elf.SHF_EXECINSTR, "x"],
    ].map(([bit, letter]) => ((flags & Number(bit)) !== 0 ? letter : ""));
    this.line(`.section ${quoted(name)}, "${letters.join("")}", ${type === elf.SHT_NOBITS ? "@nobits" : "@progbits"}`);
    if (align > 1) this.line(`.balign ${align}`);
    this.lines.push(`${startOf(section)}:`);
    const symbols = this.symbolsOf(section);
    if (!(data instanceof Uint8Array)) this.zeros(data.size, symbols);
    else if ((flags & elf.SHF_EXECINSTR) !== 0) this.code(section, data, symbols);
    else this.data(section, data, symbols);
  }

  /** The symbols of a section, by offset. Of a local and a global name that are the same the local one can't be said. */
  private symbolsOf(section: ObjectSection): Map<number, ObjectSymbol[]> {
    const found = new Map<number, ObjectSymbol[]>();
    for (const symbol of this.object.symbols) {
      const isLocal = symbol.binding === elf.STB_LOCAL;
      if (symbol.section !== section || symbol.type === elf.STT_SECTION || (isLocal && this.globals.has(symbol.name)))
        continue;
      found.set(symbol.value, [...(found.get(symbol.value) ?? []), symbol]);
    }
    return found;
  }

  private labels(symbols: Map<number, ObjectSymbol[]>, offset: number): void {
    for (const { name, type, size } of symbols.get(offset) ?? []) {
      if (type === elf.STT_FUNC || type === elf.STT_OBJECT)
        this.line(`.type   ${quoted(name)}, ${type === elf.STT_FUNC ? "@function" : "@object"}`);
      if (size > 0) this.line(`.size   ${quoted(name)}, ${size}`);
      this.lines.push(`${quoted(name)}:`);
    }
  }

  private zeros(size: number, symbols: Map<number, ObjectSymbol[]>): void {
    const offsets = [...new Set([...symbols.keys(), size])].sort((a, b) => a - b);
    let at = 0;
    for (const offset of offsets) {
      if (offset > at) this.line(`.zero   ${offset - at}`);
      at = offset;
      this.labels(symbols, offset);
    }
  }

  private data(section: ObjectSection, data: Uint8Array, symbols: Map<number, ObjectSymbol[]>): void {
    const relocations = byOffset(section);
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let at = 0; at <= data.length; ) {
      this.labels(symbols, at);
      const relocation = relocations.get(at);
      if (relocation) {
        const text = target(relocation.symbol, view.getInt32(at, true));
        this.line(`.long   ${text}${relocation.type === elf.R_386_PC32 ? " - ." : ""}`);
        at += 4;
        continue;
      }
      let end = at + 1;
      while (end < data.length && end - at < BYTES_IN_LINE && !relocations.has(end) && !symbols.has(end)) end++;
      if (at < data.length) this.line(`.byte   ${[...data.subarray(at, end)].join(", ")}`);
      at = end;
    }
  }

  private code(section: ObjectSection, data: Uint8Array, symbols: Map<number, ObjectSymbol[]>): void {
    const relocations = byOffset(section);
    const marked = data.slice();
    const view = new DataView(marked.buffer);
    for (const offset of relocations.keys()) view.setUint32(offset, MARK, true);
    const made: { at: number; text: string; to: number | undefined }[] = [];
    for (let at = 0; at < data.length; ) {
      const { text, length, instruction } = disassemble(marked, at, 32, { syntax: "att", address: at });
      const relative = instruction?.operands.find(({ kind }) => kind === "relative");
      const fields = Array.from({ length }, (_, i) => relocations.get(at + i)).filter((one) => one !== undefined);
      let shown = text;
      let to: number | undefined;
      const mnemonic = text.split(/ +/, 1)[0];
      for (const relocation of fields) {
        const addend = new DataView(data.buffer, data.byteOffset + relocation.offset, 4).getInt32(0, true);
        // What a jump's field holds counts from the end of the field.
        if (relative) shown = `${mnemonic.padEnd(7)} ${target(relocation.symbol, addend + 4)}`;
        else shown = shown.replace(MARK_TEXT, target(relocation.symbol, addend));
      }
      if (relative?.kind === "relative" && fields.length === 0) {
        to = at + length + relative.value;
        shown = mnemonic;
      }
      made.push({ at, text: shown, to });
      at += length;
    }
    const targets = new Set(made.flatMap(({ to }) => (to === undefined ? [] : [to])));
    for (const { at, text, to } of made) {
      this.labels(symbols, at);
      if (targets.has(at)) this.lines.push(`${localLabel(at)}:`);
      const [, name, operands] = /^(\S+) *(.*)$/.exec(text) ?? ["", text, ""];
      this.line(`${name.padEnd(7)} ${to === undefined ? operands : localLabel(to)}`.trimEnd());
    }
  }
}

function localLabel(offset: number): string {
  return `.L${offset.toString(16)}`;
}

/** A label that no compiled function has: section symbols have no name of their own in assembly. */
function startOf(section: ObjectSection): string {
  return `.Lstart_of${section.name.replace(/\W/g, "_")}`;
}

function byOffset({ relocations }: ObjectSection): Map<number, Relocation> {
  return new Map(relocations.map((relocation) => [relocation.offset, relocation]));
}

function target(symbol: ObjectSymbol, addend: number): string {
  const { type, section, name } = symbol;
  const text = type === elf.STT_SECTION && typeof section !== "string" ? startOf(section) : quoted(name);
  return addend === 0 ? text : `${text}${addend < 0 ? "-" : "+"}${Math.abs(addend)}`;
}

function quoted(name: string): string {
  return PLAIN_NAME.test(name) ? name : `"${name.replace(/[\\"]/g, "\\$&")}"`;
}
