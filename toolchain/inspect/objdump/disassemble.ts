// `objdump -d` and `-D`: machine code as text, an instruction a line behind its address and bytes.

import type { ViewRelocation } from "../../../formats/elf32-view.ts";
import { disassemble } from "../../../isa/disassemble.ts";
import { hex } from "../report.ts";
import type { LookSection } from "../sections.ts";
import { relocationTarget, relocationType } from "./headers.ts";
import type { SourceText } from "./source.ts";
import { describeBy, type NamedAddress, type SymbolMap } from "./symbols.ts";

export interface DisassemblyOptions {
  syntax: "att" | "intel";
  bits: 16 | 32;
  /** -z: runs of zeros too. */
  zeros: boolean;
  /** Whether the bytes stand before the instruction; --no-show-raw-insn leaves them out. */
  bytes: boolean;
  /** -D: data as instructions as well. */
  all: boolean;
  /** Addresses outside are left out. */
  start: number;
  stop: number;
}

export interface Code {
  /** What -l and -S put above an instruction. */
  source?: SourceText;
  section: LookSection;
  bytes: Uint8Array;
  symbols: SymbolMap;
  /** Shown behind the instruction that they patch; sorted by offset. */
  relocations: readonly ViewRelocation[];
}

const BYTES_A_LINE = 7;
const DATA_BYTES_A_LINE = 16;
/** So many zeros, or fewer than the second number before the end, are three dots. */
const ZERO_RUN = 8;
const ZERO_TAIL = 3;

export function disassembleSection(code: Code, options: DisassemblyOptions): string {
  const { section, bytes, symbols } = code;
  const from = Math.max(0, options.start - section.address);
  const to = Math.min(bytes.length, options.stop - section.address);
  if (from >= to) return "";
  let text = `\nDisassembly of section ${section.name}:\n`;
  const lines = new Lines(code, options, to);
  let symbol = symbols.inSection(section, section.address + from);
  for (let at = from; at < to; ) {
    const address = section.address + at;
    text += `\n${hex(address, 8)} <${describeBy(symbol, section, address)}>:\n`;
    const next = symbol && symbol.address > address ? symbol : symbols.after(section, address);
    const end = next ? Math.min(to, next.address - section.address) : to;
    text += lines.range(at, end, symbol);
    at = end;
    symbol = next;
  }
  return text;
}

class Lines {
  private readonly addressWidth: number;
  private nextRelocation = 0;

  constructor(
    private readonly code: Code,
    private readonly options: DisassemblyOptions,
    private readonly end: number,
  ) {
    const { section } = code;
    // Four leading zeros go when the whole section can do without them.
    this.addressWidth = hex(section.address + section.size, 8).startsWith("00000") ? 4 : 8;
  }

  /** The lines of one symbol's bytes. */
  range(from: number, end: number, symbol: NamedAddress | undefined): string {
    const { section, bytes, source } = this.code;
    const asData =
      !this.options.all && symbol !== undefined && symbol.isData && symbol.address <= section.address + from;
    let text = "";
    for (let at = from; at < end; ) {
      const skipped = this.options.zeros ? 0 : zerosToSkip(bytes, at, end);
      if (skipped > 0) {
        text += "\t...\n";
        at += skipped;
        continue;
      }
      text += source?.above(section, section.address + at, symbol?.name) ?? "";
      if (asData) {
        const size = Math.min(DATA_BYTES_A_LINE, end - at);
        text += this.dataLine(at, size);
        at += size;
      } else {
        const { length, text: instruction } = this.instruction(at, end);
        text += this.line(at, length, end, instruction) + this.relocationLines(at, at + length);
        at += length;
      }
    }
    return text;
  }

  private instruction(at: number, end: number): { length: number; text: string } {
    const { section, bytes, symbols } = this.code;
    const { bits, syntax } = this.options;
    // In code an instruction ends where the next symbol begins; elsewhere it goes on, and only its first bytes are shown.
    const limit = section.code && !this.options.all ? end : this.end;
    const address = section.address + at;
    const symbolize = (target: number) => symbols.describe(section, target);
    return disassemble(bytes.subarray(at, limit), 0, bits, {
      syntax,
      address,
      symbolize: symbols.isEmpty ? undefined : symbolize,
    });
  }

  private line(at: number, length: number, end: number, text: string): string {
    if (!this.options.bytes) return `${this.address(at)}:\t${text}\n`;
    const { bytes } = this.code;
    const row = (from: number, to: number) => [...bytes.subarray(from, to)].map((byte) => `${hex(byte, 2)} `).join("");
    const first = Math.min(length, BYTES_A_LINE);
    const stop = Math.min(at + length, end);
    // A byte that belongs to the next symbol leaves one blank, a place that has none three.
    const shown = Math.min(at + first, stop) - at;
    const width = shown * 3 + (first - shown) + (BYTES_A_LINE - first) * 3;
    let result = `${this.address(at)}:\t${row(at, at + shown).padEnd(width)}\t${text}\n`;
    for (let more = at + first; more < stop; more += BYTES_A_LINE)
      result += `${this.address(more)}:\t${row(more, Math.min(stop, more + BYTES_A_LINE))}\n`;
    return result;
  }

  private dataLine(at: number, size: number): string {
    const row = this.code.bytes.subarray(at, at + size);
    const numbers = [...row].map((byte) => `${hex(byte, 2)} `).join("");
    const characters = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."));
    const line = `${this.address(at)}:\t${numbers.padEnd(DATA_BYTES_A_LINE * 3)}    ${characters.join("")}\n`;
    return line + this.relocationLines(at, at + size);
  }

  private relocationLines(from: number, to: number): string {
    const { relocations, section } = this.code;
    let text = "";
    for (; this.nextRelocation < relocations.length; this.nextRelocation++) {
      const relocation = relocations[this.nextRelocation];
      if (relocation.offset >= to) break;
      if (relocation.offset < from) continue;
      const place = hex(section.address + relocation.offset);
      text += `\t\t\t${place}: ${relocationType(relocation)}\t${relocationTarget(relocation)}\n`;
    }
    return text;
  }

  private address(at: number): string {
    return hex(this.code.section.address + at).padStart(this.addressWidth);
  }
}

/** How many of the zeros here are shown as three dots. */
function zerosToSkip(bytes: Uint8Array, at: number, end: number): number {
  let stop = at;
  while (stop < end && bytes[stop] === 0) stop++;
  const count = stop - at;
  if (stop === end) return count >= ZERO_RUN || count < ZERO_TAIL ? count : 0;
  // With more to come, only whole words are left out.
  return count >= ZERO_RUN ? count & ~3 : 0;
}
