// What is said of a domain that crashed: why, its registers, its stack, and the functions that called.
// It looks much as what Xen prints on its console.

import { STT_FUNC, STT_NOTYPE } from "../../formats/elf32.ts";
import type { ExecutableSymbol } from "../../formats/elf32-executable.ts";
import type { DomainKernel } from "./builder.ts";
import type { Domain } from "./domain.ts";

/** Why: an exception without a handler, or something that the hypervisor could not do for the guest. */
export type Crash = { vector: number; errorCode?: number } | { what: string };

const EXCEPTIONS: Record<number, string> = {
  0: "divide error",
  1: "debug exception",
  3: "breakpoint",
  4: "overflow",
  5: "bounds check",
  6: "invalid opcode",
  7: "device not available",
  10: "invalid TSS",
  11: "segment not present",
  12: "stack error",
  13: "general protection fault",
  14: "page fault",
  16: "coprocessor error",
  17: "alignment check",
};
const PAGE_FAULT = 14;
const STACK_WORDS = 32;
const WORDS_A_LINE = 8;
/** How much of a stack is looked through for return addresses. */
const SCANNED_WORDS = 256;
const MOST_CALLERS = 16;

const SHF_EXECINSTR = 4;

/** @returns lines */
export function crashReport(domain: Domain, kernel: DomainKernel, crash: Crash): string[] {
  const { cpu, guest } = domain;
  const { registers } = cpu;
  const general = (names: string) =>
    names
      .split(" ")
      .map((name) => `${name}: ${hex(registers.all()[name])}`)
      .join("   ");
  const selectors = ["cs", "ss", "ds", "es", "fs", "gs"] as const;
  const esp = registers.general("esp");
  const stack = stackWords(domain, esp, SCANNED_WORDS);
  const symbols = new Symbols(kernel);
  const lines = [
    reason(domain, crash),
    `EIP:    ${hex(registers.segment("cs").selector, 4)}:[<${hex(registers.eip)}>]${symbols.suffix(registers.eip)}`,
    `EFLAGS: ${hex(registers.eflags)}   CONTEXT: guest ${registers.cpl === 3 ? "user" : "kernel"} (ring ${registers.cpl})`,
    general("eax ebx ecx edx"),
    general("esi edi ebp esp"),
    `cr0: ${hex(registers.control(0))}   cr2: ${hex(domain.shared.cr2)}   cr3: ${hex(registers.control(3))}   cr4: ${hex(registers.control(4))}`,
    selectors.map((name) => `${name}: ${hex(registers.segment(name).selector, 4)}`).join("   "),
    `Guest stack trace from esp=${hex(esp)}:${stack.length === 0 ? " nothing is mapped there" : ""}`,
  ];
  for (let at = 0; at < Math.min(stack.length, STACK_WORDS); at += WORDS_A_LINE) {
    lines.push(
      `   ${stack
        .slice(at, Math.min(at + WORDS_A_LINE, STACK_WORDS))
        .map((word) => hex(word))
        .join(" ")}`,
    );
  }
  const callers = framePointers(guest, registers.general("ebp")) ?? stack;
  const named = [registers.eip, ...callers].filter((address) => symbols.isCode(address)).slice(0, MOST_CALLERS);
  if (named.length > 0) lines.push("Call trace:");
  for (const address of named) lines.push(`   [<${hex(address)}>]${symbols.suffix(address)}`);
  return lines;
}

function reason(domain: Domain, crash: Crash): string {
  if ("what" in crash) return crash.what;
  const { vector, errorCode } = crash;
  const name = EXCEPTIONS[vector] ?? "interrupt";
  const code = errorCode === undefined ? "" : `, ec=${hex(errorCode, 4)}`;
  const text = `Unhandled ${name} [#${vector}${code}]`;
  if (vector !== PAGE_FAULT || errorCode === undefined) return text;
  const address = domain.shared.cr2;
  const access = (errorCode & 2) !== 0 ? "writing" : "reading";
  const fetch = address === domain.cpu.registers.eip ? "executing" : access;
  const why = (errorCode & 1) === 0 ? "which is not mapped" : "which its page's rights forbid";
  return `${text}: ${fetch} ${hex(address)}, ${why}`;
}

/** Words from `address` up, as far as they are mapped. */
function stackWords({ guest }: Domain, address: number, count: number): number[] {
  const words: number[] = [];
  for (let i = 0; i < count; i++) {
    const word = guest.word(address + i * 4);
    if (word === undefined) break;
    words.push(word);
  }
  return words;
}

/** Return addresses along EBP, when there is such a chain: each frame lies above the one before. */
function framePointers(guest: Domain["guest"], ebp: number): number[] | undefined {
  const callers: number[] = [];
  let frame = ebp;
  while (frame !== 0 && frame % 4 === 0 && callers.length < MOST_CALLERS) {
    const [next, caller] = guest.words(frame, 2) ?? [0, 0];
    if (caller === 0) break;
    callers.push(caller);
    if (next <= frame) break;
    frame = next;
  }
  return callers.length > 0 ? callers : undefined;
}

/** The kernel's functions by address. */
class Symbols {
  private readonly functions: ExecutableSymbol[];
  private readonly code: { start: number; end: number }[];

  constructor({ program }: DomainKernel) {
    this.code = program.sections
      .filter(({ flags }) => (flags & SHF_EXECINSTR) !== 0)
      .map(({ address, data }) => ({
        start: address,
        end: address + (data instanceof Uint8Array ? data.length : data.size),
      }));
    this.functions = program.symbols
      .filter(
        ({ type, name, value }) => (type === STT_FUNC || type === STT_NOTYPE) && name !== "" && this.isCode(value),
      )
      .sort((a, b) => a.value - b.value);
  }

  isCode(address: number): boolean {
    return this.code.some(({ start, end }) => address >= start && address < end);
  }

  /** " name+0x12", or nothing. */
  suffix(address: number): string {
    if (!this.isCode(address)) return "";
    const symbol = this.functions.findLast(({ value }) => value <= address);
    return symbol ? ` ${symbol.name}+0x${(address - symbol.value).toString(16)}` : "";
  }
}

const hex = (value: number, digits = 8): string => (value >>> 0).toString(16).padStart(digits, "0");
