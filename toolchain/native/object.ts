// Compiled functions, data and tables as an ELF object. Sections: .text; .wasm.data (the data segments, whose offset 0 is the
// memory base); .rodata (the function table and jump tables); .data and .bss (mutable globals); DWARF, when there are lines.

import * as elf from "../../formats/elf32.ts";
import type { ElfObject, ObjectSection, ObjectSymbol } from "../../formats/elf32-object.ts";
import type { WasmFunction, WasmModule } from "../../formats/wasm/module.ts";
import { encode } from "../../isa/encode.ts";
import type { MemoryOperand } from "../../isa/instruction.ts";
import type { FunctionSource } from "./cache.ts";
import { register } from "./emit/code.ts";
import type { CompiledFunction } from "./emit/function.ts";
import { ADDRESS_SPACE, ROUTINES } from "./emit/helpers.ts";
import { type LaidOut, layOut } from "./emit/layout.ts";
import type { Routine } from "./emit/writer.ts";
import { NativeError } from "./error.ts";
import { ARGUMENT_REGISTERS } from "./machine/calls.ts";
import { ESP, type SymbolTarget } from "./machine/ir.ts";
import { wordsOf } from "./ssa/state.ts";

const FUNCTION_ALIGN = 4;
const PAGE = 0x1_0000;
/** The routine that empty entries of the table call. */
const NO_FUNCTION = "__wasm_no_function";

/** Where an instruction of .text comes from. */
export interface CodeLine {
  /** In .text. */
  offset: number;
  /** In the module; -1 for none. */
  at: number;
}

export interface PlacedFunction {
  name: string;
  offset: number;
  size: number;
  /** Of its body in the module. */
  bodyStart: number;
  lines: CodeLine[];
}

export interface BuiltObject {
  object: ElfObject;
  text: ObjectSection;
  textSymbol: ObjectSymbol;
  functions: PlacedFunction[];
}

/** @param freestanding whether the object says itself how large memory is, for want of a system that does */
export function buildObject(
  module: WasmModule,
  functions: readonly FunctionSource[],
  memoryBase: number,
  freestanding: boolean,
): BuiltObject {
  return new ObjectBuilder(module, memoryBase, freestanding).build(functions);
}

class ObjectBuilder {
  private readonly text = section(".text", elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_EXECINSTR, 16);
  private readonly wasmData = section(".wasm.data", elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_WRITE, 16);
  private readonly rodata = section(".rodata", elf.SHT_PROGBITS, elf.SHF_ALLOC, 4);
  private readonly data = section(".data", elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_WRITE, 4);
  private readonly bss = section(".bss", elf.SHT_NOBITS, elf.SHF_ALLOC | elf.SHF_WRITE, 4);
  private readonly sectionSymbols = new Map<ObjectSection, ObjectSymbol>();
  private readonly externals = new Map<string, ObjectSymbol>();
  private readonly symbols: ObjectSymbol[] = [];
  private readonly code: number[] = [];
  private readonly constants: number[] = [];
  /** Offset in .text by function index, and by name of routine. */
  private readonly offsets = new Map<number | string, number>();
  /** The same, for calls within the module. */
  private readonly entries = new Map<number | string, number>();
  private readonly globals = new Map<number, { section: ObjectSection; offset: number }>();
  private readonly placed: PlacedFunction[] = [];
  private tableOffset = 0;
  /** Offset in .rodata of floating-point constants, by their bytes. */
  private readonly pool = new Map<string, number>();

  constructor(
    private readonly module: WasmModule,
    private readonly memoryBase: number,
    private readonly freestanding: boolean,
  ) {}

  build(functions: readonly FunctionSource[]): BuiltObject {
    for (const s of [this.text, this.wasmData, this.rodata, this.data, this.bss])
      this.sectionSymbols.set(s, symbol("", elf.STB_LOCAL, elf.STT_SECTION, s, 0, 0));
    this.placeData();
    this.placeGlobals();
    this.placeTable();
    this.markMemoryEnd();
    const { words, entries } = conventions(this.module, functions);
    const registerWords = (index: number): number => words[index] ?? 0;
    const convention = words.join();
    const compiled = functions.map((source) => ({
      wasm: source.wasm,
      made: source.compile(registerWords, convention),
      offset: 0,
    }));
    for (const entry of compiled) {
      const { name, index } = entry.wasm;
      entry.offset = this.placeCode(
        name,
        index,
        entry.made,
        entries.has(index) ? loadArguments(registerWords(index)) : [],
      );
    }
    const routines = this.placeRoutines(compiled.map((entry) => entry.made));
    for (const { made, offset } of compiled) this.fixUp(offset, made, this.placeJumpTables(offset, made));
    for (const { made, offset } of routines) this.fixUp(offset, made, []);
    this.fillTable();
    this.addFunctionSymbols();
    this.text.data = Uint8Array.from(this.code);
    this.rodata.data = Uint8Array.from(this.constants);
    const sections = [this.text, this.wasmData, this.rodata, this.data, this.bss].filter(
      (s) => size(s) > 0 || s === this.text || this.symbols.some((other) => other.section === s),
    );
    const file = symbol(this.module.file, elf.STB_LOCAL, elf.STT_FILE, "absolute", 0, 0);
    const symbols = [file, ...sections.map((s) => this.sectionSymbol(s)), ...this.symbols, ...this.externals.values()];
    return {
      object: { sections, symbols },
      text: this.text,
      textSymbol: this.sectionSymbol(this.text),
      functions: this.placed,
    };
  }

  private sectionSymbol(of: ObjectSection): ObjectSymbol {
    const found = this.sectionSymbols.get(of);
    if (!found) throw new RangeError(`section ${of.name} has no symbol`);
    return found;
  }

  private external(name: string): ObjectSymbol {
    let found = this.externals.get(name);
    if (!found) {
      found = symbol(name, elf.STB_GLOBAL, elf.STT_NOTYPE, "undefined", 0, 0);
      this.externals.set(name, found);
    }
    return found;
  }

  /** Offset 0 of .wasm.data is the memory base, so that a linker script puts every segment at its address. */
  private placeData(): void {
    const { memoryBase, module } = this;
    let end = 0;
    for (const { offset, bytes } of module.data) {
      if (offset < memoryBase)
        throw new NativeError(
          module.file,
          0,
          `data at or above the memory base 0x${memoryBase.toString(16)}`,
          `a segment at 0x${offset.toString(16)}`,
        );
      end = Math.max(end, offset - memoryBase + bytes.length);
    }
    const data = new Uint8Array(end);
    for (const { offset, bytes } of module.data) data.set(bytes, offset - memoryBase);
    this.wasmData.data = data;
  }

  private placeGlobals(): void {
    const initialised: number[] = [];
    let zeroed = 0;
    for (const global of this.module.globals) {
      if (global.import || !global.mutable) continue;
      const words = global.type === "i64" || global.type === "f64" ? 2 : 1;
      const isZero = global.value[0] === 0 && global.value[1] === 0;
      const place = isZero ? { section: this.bss, offset: zeroed } : { section: this.data, offset: initialised.length };
      if (isZero) zeroed += 4 * words;
      else for (const value of global.value.slice(0, words)) pushWord(initialised, value);
      this.globals.set(global.index, place);
      this.symbols.push(symbol(global.name, elf.STB_LOCAL, elf.STT_OBJECT, place.section, place.offset, 4 * words));
      for (const e of this.module.exports)
        if (e.kind === "global" && e.index === global.index)
          this.symbols.push(symbol(e.name, elf.STB_GLOBAL, elf.STT_OBJECT, place.section, place.offset, 4 * words));
    }
    this.data.data = Uint8Array.from(initialised);
    this.bss.data = { size: zeroed };
  }

  private placeTable(): void {
    const { tableSize } = this.module;
    if (tableSize === undefined) return;
    this.tableOffset = this.constants.length;
    for (let i = 0; i < 4 * tableSize; i++) this.constants.push(0);
    this.symbols.push(
      symbol("__wasm_table", elf.STB_GLOBAL, elf.STT_OBJECT, this.rodata, this.tableOffset, 4 * tableSize),
    );
  }

  /** Memory that the module takes for there when it starts: whoever starts a program with a heap sees to that. */
  private markMemoryEnd(): void {
    const { memoryPages = 0 } = this.module;
    if (memoryPages > 0 && memoryPages * PAGE <= 0xffff_ffff)
      this.symbols.push(symbol("__wasm_memory_end", elf.STB_GLOBAL, elf.STT_NOTYPE, "absolute", memoryPages * PAGE, 0));
  }

  /** The function of each entry; later segments win, and what no segment fills is undefined. */
  private tableEntries(): (WasmFunction | undefined)[] {
    const entries: (WasmFunction | undefined)[] = Array.from({ length: this.module.tableSize ?? 0 });
    for (const { offset, functions } of this.module.elements)
      functions.forEach((index, i) => {
        entries[offset + i] = this.module.functions[index];
      });
    return entries;
  }

  private fillTable(): void {
    this.tableEntries().forEach((f, i) => {
      const at = this.tableOffset + 4 * i;
      const target = this.offsets.get(f?.index ?? NO_FUNCTION);
      if (target !== undefined) writeWord(this.constants, at, target);
      const symbolOf = f?.import ? this.external(f.import.name) : this.sectionSymbol(this.text);
      this.rodata.relocations.push({ offset: at, type: elf.R_386_32, symbol: symbolOf });
    });
  }

  /** Appends to .text. `before` is run by those who come from outside. Returns where calls of the module enter. */
  private placeCode(name: string, key: number | string, made: LaidOut, before: number[] = []): number {
    while (this.code.length % FUNCTION_ALIGN !== 0) this.code.push(0x90);
    const offset = this.code.length;
    this.code.push(...before);
    const entry = this.code.length;
    for (const byte of made.bytes) this.code.push(byte);
    this.offsets.set(key, offset);
    this.entries.set(key, entry);
    const lines = made.lines.map((line) => ({ offset: entry + line.offset, at: line.at }));
    const bodyStart = typeof key === "number" ? (this.module.functions[key].body?.start ?? 0) : 0;
    this.placed.push({ name, offset, size: this.code.length - offset, bodyStart, lines });
    return entry;
  }

  private placeRoutines(compiled: CompiledFunction[]): { made: LaidOut; offset: number }[] {
    const called = new Set<string>();
    if (this.tableEntries().includes(undefined)) called.add(NO_FUNCTION);
    for (const { fixups } of compiled)
      for (const { symbol: target } of fixups) {
        const { kind, name } = target as SymbolTarget;
        if (kind === "external") called.add(name);
      }
    const place = (name: string, routine: () => Routine) => {
      const { blocks, codes } = routine();
      const made = layOut(blocks, codes);
      return { made, offset: this.placeCode(name, name, made) };
    };
    const placed = [...called].filter((name) => name in ROUTINES).map((name) => place(name, ROUTINES[name]));
    if (!this.freestanding) return placed;
    for (const name of called) {
      if (!(name in ADDRESS_SPACE)) continue;
      const { offset } = place(name, ADDRESS_SPACE[name]);
      // Calls go by the symbol, because another object's definition wins.
      this.entries.delete(name);
      const { size: bytes = 0 } = this.placed.pop() ?? {};
      this.externals.set(name, symbol(name, elf.STB_WEAK, elf.STT_FUNC, this.text, offset, bytes));
    }
    return placed;
  }

  private placeJumpTables(offset: number, made: CompiledFunction): number[] {
    return made.jumpTables.map((blocks) => {
      const at = this.constants.length;
      for (const block of blocks) {
        const target = made.blockOffsets.get(block);
        if (target === undefined) throw new RangeError("a jump table names a block that is not laid out");
        this.rodata.relocations.push({
          offset: this.constants.length,
          type: elf.R_386_32,
          symbol: this.sectionSymbol(this.text),
        });
        pushWord(this.constants, offset + target);
      }
      return at;
    });
  }

  private fixUp(base: number, made: LaidOut, jumpTables: number[]): void {
    for (const fixup of made.fixups) {
      const at = base + fixup.offset;
      const target = fixup.symbol as SymbolTarget;
      const key = target.kind === "external" ? target.name : target.index;
      const local = target.kind === "function" || target.kind === "external" ? this.entries.get(key) : undefined;
      if (local !== undefined && fixup.kind === "relative") {
        writeWord(this.code, at, local + fixup.addend - at);
        continue;
      }
      const { symbol: to, addend } = this.resolve(target, jumpTables);
      writeWord(this.code, at, addend + fixup.addend);
      const type = fixup.kind === "relative" ? elf.R_386_PC32 : elf.R_386_32;
      this.text.relocations.push({ offset: at, type, symbol: to });
    }
  }

  private resolve(target: SymbolTarget, jumpTables: number[]): { symbol: ObjectSymbol; addend: number } {
    switch (target.kind) {
      case "external":
        return { symbol: this.external(target.name), addend: 0 };
      case "function": {
        const f = this.module.functions[target.index];
        return { symbol: this.external(f.import?.name ?? f.name), addend: 0 };
      }
      case "table":
        return { symbol: this.sectionSymbol(this.rodata), addend: this.tableOffset };
      case "jumpTable":
        return { symbol: this.sectionSymbol(this.rodata), addend: jumpTables[target.index] };
      case "constant":
        return { symbol: this.sectionSymbol(this.rodata), addend: this.constantOffset(target.name) };
      case "global": {
        const global = this.module.globals[target.index >> 1];
        const addend = 4 * (target.index & 1);
        const place = this.globals.get(global.index);
        if (!place) return { symbol: this.external(global.import?.name ?? global.name), addend };
        return { symbol: this.sectionSymbol(place.section), addend: addend + place.offset };
      }
    }
  }

  /** Equal constants share a place. */
  private constantOffset(bytes: string): number {
    let offset = this.pool.get(bytes);
    if (offset === undefined) {
      while (this.constants.length % 4 !== 0) this.constants.push(0);
      offset = this.constants.length;
      for (let i = 0; i < bytes.length; i += 2) this.constants.push(Number.parseInt(bytes.slice(i, i + 2), 16));
      while (this.constants.length % 4 !== 0) this.constants.push(0);
      this.pool.set(bytes, offset);
    }
    return offset;
  }

  /** An export's name is global; the function's own name is local, and so are the routines. */
  private addFunctionSymbols(): void {
    const { module } = this;
    for (const { name, offset, size: bytes } of this.placed)
      this.symbols.push(symbol(name, elf.STB_LOCAL, elf.STT_FUNC, this.text, offset, bytes));
    const bytesAt = new Map(this.placed.map((f) => [f.offset, f.size]));
    const addGlobal = (name: string, index: number): void => {
      const offset = this.offsets.get(index);
      if (offset === undefined) return;
      this.symbols.push(symbol(name, elf.STB_GLOBAL, elf.STT_FUNC, this.text, offset, bytesAt.get(offset) ?? 0));
    };
    for (const e of module.exports) if (e.kind === "function") addGlobal(e.name, e.index);
    if (module.start !== undefined) addGlobal("__wasm_start", module.start);
  }
}

/**
 * Functions that only calls of this module reach need not keep to cdecl: their first words are passed in registers. Those that
 * both reach do the same when all their words fit, and who comes from outside enters where they are loaded from the stack.
 */
function conventions(
  module: WasmModule,
  functions: readonly FunctionSource[],
): { words: number[]; entries: Set<number> } {
  const outside = new Set<number>();
  for (const e of module.exports) if (e.kind === "function") outside.add(e.index);
  for (const segment of module.elements) for (const index of segment.functions) outside.add(index);
  if (module.start !== undefined) outside.add(module.start);
  const called = new Set(functions.flatMap(({ calls }) => calls));
  const most = ARGUMENT_REGISTERS.length;
  const words = module.functions.map((f) => {
    const count = wordsOf(f.type.parameters);
    if (f.import) return 0;
    if (!outside.has(f.index)) return Math.min(most, count);
    return called.has(f.index) && count <= most ? count : 0;
  });
  return {
    words,
    entries: new Set([...outside].filter((index) => words[index] > 0)),
  };
}

/** From the stack, as cdecl passes them, into the registers. */
function loadArguments(count: number): number[] {
  return ARGUMENT_REGISTERS.slice(0, count).flatMap((index, i) => {
    const word: MemoryOperand = {
      kind: "memory",
      size: 4,
      addressSize: 32,
      base: ESP,
      index: -1,
      scale: 1,
      displacement: 4 + 4 * i,
      segment: 2,
    };
    return [...encode("mov", [register(index), word], { bits: 32 }).bytes];
  });
}

function section(name: string, type: number, flags: number, align: number): ObjectSection {
  return { name, type, flags, align, data: new Uint8Array(), relocations: [] };
}

function symbol(
  name: string,
  binding: number,
  type: number,
  place: ObjectSymbol["section"],
  value: number,
  bytes: number,
): ObjectSymbol {
  return { name, binding, type, section: place, value, size: bytes };
}

function size(of: ObjectSection): number {
  return of.data instanceof Uint8Array ? of.data.length : of.data.size;
}

function pushWord(bytes: number[], value: number): void {
  bytes.push(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >> 24) & 0xff);
}

function writeWord(bytes: number[], at: number, value: number): void {
  for (let i = 0; i < 4; i++) bytes[at + i] = (value >> (8 * i)) & 0xff;
}
