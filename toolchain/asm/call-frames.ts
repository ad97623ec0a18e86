// .eh_frame and .debug_frame: the call frame information of all procedures, after layout.
// What procedures have in common stands once, in a common information entry (CIE); each has a description entry (FDE).
// Source: DWARF 5, section 6.4.1; Linux Standard Base 5.0, section 10.6 (.eh_frame).

import type { Frame, FrameInstruction } from "./cfi.ts";
import { DW_EH_PE_omit } from "./cfi.ts";
import type { Expression } from "./expression.ts";
import { sleb, uleb } from "./leb128.ts";
import { type Location, offsetOf } from "./section.ts";

const DW_CFA_advance_loc = 0x40;
const DW_CFA_advance_loc1 = 0x02;
const DW_CFA_advance_loc2 = 0x03;
const DW_CFA_advance_loc4 = 0x04;
/** Distance from the field, four bytes, signed. */
const DW_EH_PE_pcrel_sdata4 = 0x1b;
const DW_EH_PE_pcrel = 0x10;
const DW_EH_PE_format = 0x0f;
const VERSION = 1;

/** A word that a relocation completes. */
export interface FrameField {
  offset: number;
  relative: boolean;
  /** A place in a section, an expression, or a place in the frame section itself. */
  target: { location: Location } | { expression: Expression } | { here: number };
}

export interface WrittenFrames {
  bytes: Uint8Array;
  fields: FrameField[];
}

interface Common {
  /** All but the instructions. */
  key: string;
  instructions: string[];
  at: number;
  /** How many instructions of each procedure it holds. */
  count: number;
}

/** @param eh .eh_frame, else .debug_frame */
export function writeFrames(frames: readonly Frame[], eh: boolean): WrittenFrames {
  return new FrameWriter(eh).write(frames);
}

class FrameWriter {
  private readonly bytes: number[] = [];
  private readonly fields: FrameField[] = [];
  private readonly commons: Common[] = [];

  constructor(private readonly eh: boolean) {}

  write(frames: readonly Frame[]): WrittenFrames {
    for (const frame of frames) this.description(frame, this.common(frame));
    return { bytes: Uint8Array.from(this.bytes), fields: this.fields };
  }

  /** The CIE that says what this procedure's frame is at its start. */
  private common(frame: Frame): Common {
    const first = frame.instructions.findIndex((one) => one.kind === "advance" || one.own);
    const count = first < 0 ? frame.instructions.length : first;
    const initial = frame.instructions.slice(0, count);
    const instructions = initial.map((one) => JSON.stringify(one));
    const key = JSON.stringify([
      frame.returnColumn,
      frame.signal,
      frame.personality && [frame.personality.encoding, nameOf(frame.personality.value)],
      frame.languageData?.encoding,
    ]);
    // One whose instructions this procedure's begin with will do: the rest stands in the description.
    const known = this.commons.find(
      (common) => common.key === key && common.instructions.every((one, i) => one === instructions[i]),
    );
    if (known) return known;
    const common = { key, instructions, at: this.bytes.length, count };
    this.commons.push(common);
    this.entry(() => {
      this.word(this.eh ? 0 : -1);
      const personality = this.eh ? frame.personality : undefined;
      const languageData = this.eh ? frame.languageData : undefined;
      const augmentation = this.eh
        ? `z${personality ? "P" : ""}${languageData ? "L" : ""}R${frame.signal ? "S" : ""}`
        : "";
      this.bytes.push(VERSION, ...Array.from(augmentation, (letter) => letter.charCodeAt(0)), 0);
      this.bytes.push(...uleb(1), ...sleb(-4), frame.returnColumn);
      if (this.eh) {
        const size = 1 + (languageData ? 1 : 0) + (personality ? 1 + fieldSize(personality.encoding) : 0);
        this.bytes.push(...uleb(size));
        if (personality) {
          this.bytes.push(personality.encoding);
          this.pointer(personality);
        }
        if (languageData) this.bytes.push(languageData.encoding);
        this.bytes.push(DW_EH_PE_pcrel_sdata4);
      }
      this.instructions(initial, frame.start);
    });
    return common;
  }

  private description(frame: Frame, common: Common): void {
    this.entry(() => {
      const at = this.bytes.length;
      if (this.eh) this.word(at - common.at);
      else {
        this.fields.push({ offset: at, relative: false, target: { here: common.at } });
        this.word(0);
      }
      this.fields.push({ offset: this.bytes.length, relative: this.eh, target: { location: frame.start } });
      this.word(0);
      this.word(frame.end ? offsetOf(frame.end) - offsetOf(frame.start) : 0);
      if (this.eh) {
        this.bytes.push(...uleb(frame.languageData ? fieldSize(frame.languageData.encoding) : 0));
        if (frame.languageData) this.pointer(frame.languageData);
      }
      this.instructions(frame.instructions.slice(common.count), frame.start);
    });
  }

  /** An entry: its length, what `write` writes, and no-operations to a multiple of four. */
  private entry(write: () => void): void {
    const start = this.bytes.length;
    this.word(0);
    write();
    while (this.bytes.length % 4 !== 0) this.bytes.push(0);
    const length = this.bytes.length - start - 4;
    for (let i = 0; i < 4; i++) this.bytes[start + i] = (length >> (8 * i)) & 0xff;
  }

  private pointer({ encoding, value }: { encoding: number; value: Expression }): void {
    const relative = (encoding & 0x70) === DW_EH_PE_pcrel;
    this.fields.push({ offset: this.bytes.length, relative, target: { expression: value } });
    for (let i = fieldSize(encoding); i > 0; i--) this.bytes.push(0);
  }

  private instructions(list: readonly FrameInstruction[], start: Location): void {
    let at = offsetOf(start);
    for (const one of list) {
      if (one.kind === "bytes") this.bytes.push(...one.bytes);
      else {
        this.advance(offsetOf(one.to) - at);
        at = offsetOf(one.to);
      }
    }
  }

  private advance(distance: number): void {
    if (distance === 0) return;
    if (distance < 0x40) this.bytes.push(DW_CFA_advance_loc | distance);
    else if (distance < 0x100) this.bytes.push(DW_CFA_advance_loc1, distance);
    else if (distance < 0x10000) this.bytes.push(DW_CFA_advance_loc2, distance & 0xff, distance >> 8);
    else {
      this.bytes.push(DW_CFA_advance_loc4);
      this.word(distance);
    }
  }

  private word(value: number): void {
    for (let i = 0; i < 32; i += 8) this.bytes.push((value >> i) & 0xff);
  }
}

/** Bytes of a pointer in that encoding: only the four-byte formats exist on the i386. */
function fieldSize(encoding: number): number {
  const format = encoding & DW_EH_PE_format;
  return encoding === DW_EH_PE_omit ? 0 : format === 2 || format === 10 ? 2 : 4;
}

function nameOf(expression: Expression): string {
  return expression.kind === "symbol" ? expression.symbol.name : "";
}
