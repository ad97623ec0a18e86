// Compares what an instruction did on our PC with what it did on the real processor, and says how they differ in words.

import { decode } from "../../isa/decode.ts";
import { REGISTER_NAMES } from "../../isa/table.ts";
import { disassemble } from "./disassemble.ts";
import * as at from "./environment.ts";
import type { Outcome, State, Vector } from "./record.ts";
import { faultOrderIsUndefined, resultIsUndefined, undefinedFlags, undefinedMemory } from "./undefined.ts";

const GENERAL_PROTECTION = 13;

export interface Mismatch {
  vector: Vector;
  /** "add Ev, Gv": what mismatches are grouped by. */
  form: string;
  /** One line for each thing that differs. */
  differences: string[];
}

export function bitsOf(vector: Vector): 16 | 32 {
  return vector.before.selectors[1] === at.CODE_16 ? 16 : 32;
}

/** What differs between the expected outcome and the actual one, or undefined when they are the same where the manual defines them. */
export function compare(vector: Vector, actual: Outcome): Mismatch | undefined {
  const instruction = decode(vector.code, 0, bitsOf(vector));
  const decoded = "failure" in instruction ? undefined : instruction;
  if (decoded && resultIsUndefined(decoded, vector)) return undefined;
  const ignored = decoded ? undefinedFlags(decoded, vector) : 0;
  const differences: string[] = [];
  const check = (name: string, before: number | undefined, expected: number, got: number): void => {
    if (expected === got) return;
    const from = before === undefined ? "" : ` (before: ${hex(before)})`;
    differences.push(`${name} is ${hex(got)}, the processor has ${hex(expected)}${from}`);
  };
  const anotherFault = actual.trap.vector === GENERAL_PROTECTION && decoded && faultOrderIsUndefined(decoded, vector);
  if (!anotherFault) {
    check("vector", undefined, vector.trap.vector, actual.trap.vector);
    check("error code", undefined, vector.trap.errorCode, actual.trap.errorCode);
    check("CR2", undefined, vector.trap.faultAddress, actual.trap.faultAddress);
  }
  check("EIP", vector.before.eip, vector.after.eip, actual.after.eip);
  for (let i = 0; i < 8; i++) {
    check(REGISTER_NAMES.r32[i], vector.before.registers[i], vector.after.registers[i], actual.after.registers[i]);
  }
  for (let i = 0; i < 6; i++) {
    check(REGISTER_NAMES.sreg[i], vector.before.selectors[i], vector.after.selectors[i], actual.after.selectors[i]);
  }
  const expectedFlags = vector.after.eflags & ~ignored;
  const actualFlags = actual.after.eflags & ~ignored;
  if (expectedFlags !== actualFlags) {
    const before = flagNames(vector.before.eflags);
    differences.push(
      `flags are [${flagNames(actualFlags)}], the processor has [${flagNames(expectedFlags)}] (before: [${before}])`,
    );
  }
  const ignoredBytes = decoded ? undefinedMemory(decoded, vector) : [];
  vector.after.window.forEach((byte, i) => {
    if (ignoredBytes.includes(i)) return;
    check(`byte ${hex(at.WINDOW + i)}`, vector.before.window[i], byte, actual.after.window[i]);
  });
  if (differences.length === 0) return undefined;
  const form = decoded
    ? `${decoded.form.mnemonic} ${decoded.form.operands.map((spec) => spec.code).join(", ")}`.trim()
    : "(invalid)";
  return { vector, form, differences };
}

/** Mismatches by form, the most frequent first, each with its first example. */
export function report(mismatches: readonly Mismatch[], total: number): string {
  const groups = new Map<string, Mismatch[]>();
  for (const mismatch of mismatches) {
    const group = groups.get(mismatch.form);
    if (group) group.push(mismatch);
    else groups.set(mismatch.form, [mismatch]);
  }
  const lines = [`${mismatches.length} of ${total} cases differ, in ${groups.size} forms`];
  for (const [form, group] of [...groups].sort((a, b) => b[1].length - a[1].length)) {
    const [{ vector, differences }] = group;
    const bits = bitsOf(vector);
    lines.push(`${String(group.length).padStart(6)}  ${form}`);
    lines.push(`        ${disassemble(vector.code, bits)}   [${bytesOf(vector.code)}] ${bits}-bit code`);
    for (const difference of differences.slice(0, 8)) lines.push(`          ${difference}`);
    if (differences.length > 8) lines.push(`          and ${differences.length - 8} more`);
    lines.push(`          ${registersLine(vector.before)}`);
  }
  return lines.join("\n");
}

function registersLine(state: State): string {
  const registers = [...state.registers].map((value, i) => `${REGISTER_NAMES.r32[i]}=${hex(value)}`);
  const selectors = [...state.selectors].map((value, i) => `${REGISTER_NAMES.sreg[i]}=${hex(value)}`);
  return `before: ${registers.join(" ")} ${selectors.join(" ")} [${flagNames(state.eflags)}]`;
}

function flagNames(flags: number): string {
  const names: [number, string][] = [
    [0x800, "OF"],
    [0x400, "DF"],
    [0x80, "SF"],
    [0x40, "ZF"],
    [0x10, "AF"],
    [4, "PF"],
    [1, "CF"],
    [0x100, "TF"],
    [0x4000, "NT"],
    [0x40000, "AC"],
    [0x200000, "ID"],
  ];
  return names
    .filter(([bit]) => (flags & bit) !== 0)
    .map(([, name]) => name)
    .join(" ");
}

function bytesOf(code: Uint8Array): string {
  return [...code].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function hex(value: number): string {
  return value.toString(16);
}
