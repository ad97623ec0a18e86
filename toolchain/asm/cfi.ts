// Call frame information: what the `.cfi_` directives say about each procedure. call-frames.ts writes it down.
// Source: DWARF 5, section 6.4; System V ABI i386 supplement 1.1, table 2.14 (register numbers).

import type { Assembler } from "./assembler.ts";
import type { Directive } from "./directives.ts";
import { parseConstant } from "./directives-data.ts";
import { AssemblerError, type Position } from "./error.ts";
import { type Expression, parseExpression } from "./expression.ts";
import { sleb, uleb } from "./leb128.ts";
import type { Location, Section } from "./section.ts";
import type { Tokens } from "./tokens.ts";

export const DW_EH_PE_omit = 0xff;
const DATA_ALIGNMENT = -4;
const RETURN_ADDRESS = 8;
const REGISTERS = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "eip"];

const DW_CFA_offset_extended = 0x05;
const DW_CFA_restore_extended = 0x06;
const DW_CFA_undefined = 0x07;
const DW_CFA_same_value = 0x08;
const DW_CFA_register = 0x09;
const DW_CFA_remember_state = 0x0a;
const DW_CFA_restore_state = 0x0b;
const DW_CFA_def_cfa = 0x0c;
const DW_CFA_def_cfa_register = 0x0d;
const DW_CFA_def_cfa_offset = 0x0e;
const DW_CFA_offset_extended_sf = 0x11;
const DW_CFA_GNU_window_save = 0x2d;
const DW_CFA_offset = 0x80;
const DW_CFA_restore = 0xc0;

/** An instruction, or a step to another address. `opens`: it can't stand in what procedures share. */
export type FrameInstruction = { kind: "advance"; to: Location } | { kind: "bytes"; bytes: number[]; own: boolean };

export interface Frame {
  section: Section;
  start: Location;
  end: Location | undefined;
  instructions: FrameInstruction[];
  returnColumn: number;
  signal: boolean;
  personality: { encoding: number; value: Expression } | undefined;
  languageData: { encoding: number; value: Expression } | undefined;
  position: Position;
}

/** What a procedure's frame is at its start, unless it is `.cfi_startproc simple`. */
const INITIAL: readonly number[][] = [
  [DW_CFA_def_cfa, 4, 4],
  [DW_CFA_offset | RETURN_ADDRESS, 1],
];

export class CallFrames {
  readonly frames: Frame[] = [];
  /** The sections that are wanted. */
  sections = [".eh_frame"];
  private open: Frame | undefined;
  private last: Location | undefined;
  private offset = 4;
  private readonly saved: number[] = [];

  start(assembler: Assembler, position: Position, simple: boolean): void {
    if (this.open) throw new AssemblerError(position, ".cfi_startproc before .cfi_endproc of the last procedure");
    const start = assembler.section.here(position);
    this.open = {
      section: assembler.section,
      start,
      end: undefined,
      instructions: simple ? [] : INITIAL.map((bytes) => ({ kind: "bytes", bytes, own: false })),
      returnColumn: RETURN_ADDRESS,
      signal: false,
      personality: undefined,
      languageData: undefined,
      position,
    };
    this.last = start;
    this.offset = simple ? 0 : 4;
    this.saved.length = 0;
    this.frames.push(this.open);
  }

  finish(assembler: Assembler, position: Position): void {
    this.frame(position).end = assembler.section.here(position);
    this.open = undefined;
  }

  frame(position: Position): Frame {
    if (!this.open) throw new AssemblerError(position, "no .cfi_startproc before this");
    return this.open;
  }

  /** A procedure that is not closed at the end of the source. */
  unclosed(): Frame | undefined {
    return this.open;
  }

  /** An instruction for where the section now ends. */
  add(assembler: Assembler, position: Position, bytes: number[], own = false): void {
    const frame = this.frame(position);
    const here = assembler.section.here(position);
    if (here.section !== frame.section) throw new AssemblerError(position, "the procedure is in another section");
    if (this.last?.fragment !== here.fragment || this.last.offset !== here.offset) {
      frame.instructions.push({ kind: "advance", to: here });
      this.last = here;
    }
    frame.instructions.push({ kind: "bytes", bytes, own });
  }

  defineOffset(assembler: Assembler, position: Position, offset: number): void {
    this.offset = offset;
    this.add(assembler, position, [DW_CFA_def_cfa_offset, ...uleb(offset)]);
  }

  get cfaOffset(): number {
    return this.offset;
  }

  set cfaOffset(offset: number) {
    this.offset = offset;
  }

  remember(assembler: Assembler, position: Position): void {
    this.saved.push(this.offset);
    this.add(assembler, position, [DW_CFA_remember_state], true);
  }

  restore(assembler: Assembler, position: Position): void {
    const offset = this.saved.pop();
    if (offset === undefined) throw new AssemblerError(position, ".cfi_restore_state without .cfi_remember_state");
    this.offset = offset;
    this.add(assembler, position, [DW_CFA_restore_state], true);
  }
}

type Rule = (frames: CallFrames, assembler: Assembler, tokens: Tokens, position: Position) => void;

const RULES: Readonly<Record<string, Rule>> = {
  ".cfi_startproc": (frames, assembler, tokens, position) => {
    const simple = !tokens.atEnd() && tokens.name("'simple'") === "simple";
    frames.start(assembler, position, simple);
  },
  ".cfi_endproc": (frames, assembler, _, position) => frames.finish(assembler, position),
  ".cfi_def_cfa": (frames, assembler, tokens, position) => {
    const number = register(assembler, tokens);
    tokens.expect(",", "after the register");
    const offset = constant(assembler, tokens);
    frames.cfaOffset = offset;
    frames.add(assembler, position, [DW_CFA_def_cfa, ...uleb(number), ...uleb(offset)]);
  },
  ".cfi_def_cfa_register": (frames, assembler, tokens, position) =>
    frames.add(assembler, position, [DW_CFA_def_cfa_register, ...uleb(register(assembler, tokens))]),
  ".cfi_def_cfa_offset": (frames, assembler, tokens, position) =>
    frames.defineOffset(assembler, position, constant(assembler, tokens)),
  ".cfi_adjust_cfa_offset": (frames, assembler, tokens, position) =>
    frames.defineOffset(assembler, position, frames.cfaOffset + signedConstant(assembler, tokens)),
  ".cfi_offset": (frames, assembler, tokens, position) => saveAt(frames, assembler, tokens, position, 0),
  ".cfi_rel_offset": (frames, assembler, tokens, position) =>
    saveAt(frames, assembler, tokens, position, -frames.cfaOffset),
  ".cfi_register": (frames, assembler, tokens, position) => {
    const from = register(assembler, tokens);
    tokens.expect(",", "after the register");
    frames.add(assembler, position, [DW_CFA_register, ...uleb(from), ...uleb(register(assembler, tokens))]);
  },
  ".cfi_restore": eachRegister((number) => {
    return number < 0x40 ? [DW_CFA_restore | number] : [DW_CFA_restore_extended, ...uleb(number)];
  }),
  ".cfi_undefined": eachRegister((number) => [DW_CFA_undefined, ...uleb(number)]),
  ".cfi_same_value": eachRegister((number) => [DW_CFA_same_value, ...uleb(number)]),
  ".cfi_remember_state": (frames, assembler, _, position) => frames.remember(assembler, position),
  ".cfi_restore_state": (frames, assembler, _, position) => frames.restore(assembler, position),
  ".cfi_window_save": (frames, assembler, _, position) =>
    frames.add(assembler, position, [DW_CFA_GNU_window_save], true),
  ".cfi_escape": (frames, assembler, tokens, position) => {
    const bytes: number[] = [];
    do bytes.push(Number(parseConstant(assembler, tokens, "byte", -128n, 255n)) & 0xff);
    while (tokens.take(","));
    frames.add(assembler, position, bytes, true);
  },
  ".cfi_return_column": (frames, assembler, tokens, position) => {
    frames.frame(position).returnColumn = register(assembler, tokens);
  },
  ".cfi_signal_frame": (frames, _, __, position) => {
    frames.frame(position).signal = true;
  },
  ".cfi_personality": (frames, assembler, tokens, position) => {
    frames.frame(position).personality = encoded(assembler, tokens);
  },
  ".cfi_lsda": (frames, assembler, tokens, position) => {
    frames.frame(position).languageData = encoded(assembler, tokens);
  },
  ".cfi_sections": (frames, _, tokens) => {
    frames.sections = [];
    while (!tokens.atEnd()) {
      const name = tokens.name(".eh_frame or .debug_frame");
      if (name !== ".eh_frame" && name !== ".debug_frame")
        tokens.fail(`.eh_frame or .debug_frame expected, found '${name}'`);
      frames.sections.push(name);
      tokens.take(",");
    }
  },
};

export const CALL_FRAME_DIRECTIVES: Readonly<Record<string, Directive>> = Object.fromEntries(
  Object.entries(RULES).map(([name, rule]): [string, Directive] => [
    name,
    (assembler, tokens, position) => {
      rule(assembler.callFrames, assembler, tokens, position);
      tokens.expectEnd();
    },
  ]),
);

function saveAt(frames: CallFrames, assembler: Assembler, tokens: Tokens, position: Position, base: number): void {
  const number = register(assembler, tokens);
  tokens.expect(",", "after the register");
  const offset = (signedConstant(assembler, tokens) + base) / DATA_ALIGNMENT;
  if (!Number.isInteger(offset)) throw new AssemblerError(position, "the offset must be a multiple of 4");
  if (offset < 0) frames.add(assembler, position, [DW_CFA_offset_extended_sf, ...uleb(number), ...sleb(offset)]);
  else if (number >= 0x40) frames.add(assembler, position, [DW_CFA_offset_extended, ...uleb(number), ...uleb(offset)]);
  else frames.add(assembler, position, [DW_CFA_offset | number, ...uleb(offset)]);
}

function eachRegister(bytes: (number: number) => number[]): Rule {
  return (frames, assembler, tokens, position) => {
    do frames.add(assembler, position, bytes(register(assembler, tokens)));
    while (tokens.take(","));
  };
}

function register(assembler: Assembler, tokens: Tokens): number {
  const sign = tokens.take("%");
  const token = tokens.peek();
  const known = token.kind === "name" ? REGISTERS.indexOf(token.text.toLowerCase()) : -1;
  if (known >= 0) {
    tokens.next();
    return known;
  }
  if (sign) tokens.fail(`register expected, found ${tokens.describe()}`);
  return Number(parseConstant(assembler, tokens, "register number", 0n, 127n));
}

function constant(assembler: Assembler, tokens: Tokens): number {
  return Number(parseConstant(assembler, tokens, "offset", 0n, 0x7fffffffn));
}

function signedConstant(assembler: Assembler, tokens: Tokens): number {
  return Number(parseConstant(assembler, tokens, "offset", -0x80000000n, 0x7fffffffn));
}

function encoded(assembler: Assembler, tokens: Tokens): { encoding: number; value: Expression } | undefined {
  const encoding = Number(parseConstant(assembler, tokens, "encoding", 0n, 255n));
  if (encoding === DW_EH_PE_omit) {
    if (tokens.take(",")) parseExpression(tokens, assembler.symbols);
    return undefined;
  }
  tokens.expect(",", "after the encoding");
  return { encoding, value: parseExpression(tokens, assembler.symbols) };
}
