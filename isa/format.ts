// Instruction to text, in AT&T or Intel syntax, as GNU objdump 2.40 prints it: the mnemonic with its suffix, operands, and the
// prefixes that the instruction has no use for, by name. Source: the output of objdump; there is no other specification.

import type { Instruction } from "./decode.ts";
import { attText } from "./format/att.ts";
import { intelText } from "./format/intel.ts";
import { leftoverPrefixes } from "./format/prefixes.ts";

export interface FormatOptions {
  syntax: "att" | "intel";
  /** Where the instruction lies; jump targets count from it. */
  address: number;
  /**
   * What stands between angle brackets behind a jump target (`main+0x5`); undefined leaves them out.
   * Without this function there are no symbols at all, and a target is written with 0x.
   */
  symbolize?: (address: number) => string | undefined;
}

/** A mnemonic and its operands, before they are set in columns. */
export interface Text {
  name: string;
  operands: string;
}

/** What objdump prints for bytes that are no instruction. */
export const BAD = "(bad)";

/** The text of an instruction; `(bad)` for the few that the processor knows and objdump does not. */
export function formatInstruction(instruction: Instruction, options: FormatOptions): string {
  const { mnemonic } = instruction.form;
  const att = options.syntax === "att";
  const text = att ? attText(instruction, options) : intelText(instruction, options);
  if (mnemonic === "esc" || mnemonic === "salc") {
    text.name = BAD;
    // Of an unknown x87 instruction objdump still shows the address.
    if (instruction.operands[0]?.kind !== "memory") text.operands = "";
  }
  const name = [...leftoverPrefixes(instruction, att), text.name].join(" ");
  return text.operands === "" ? name : `${name.padEnd(6)} ${text.operands}`;
}
