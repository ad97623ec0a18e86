// A test case and what came of it, as the harnesses (native.s, guest.s) see them: one record of 384 bytes, which holds the state
// before the instruction going in and the state after it coming out.

import { WINDOW_SIZE } from "./environment.ts";

/** Everything that an instruction in user mode can read or change. */
export interface State {
  /** EAX ECX EDX EBX ESP EBP ESI EDI. */
  registers: Uint32Array;
  eip: number;
  eflags: number;
  /** ES CS SS DS FS GS. */
  selectors: Uint16Array;
  window: Uint8Array;
}

export interface TestCase {
  code: Uint8Array;
  before: State;
}

/** How an instruction ended: by the breakpoint after it (or where it jumped to), or by an exception of its own. */
export interface Trap {
  vector: number;
  errorCode: number;
  /** CR2, for a page fault; else 0. */
  faultAddress: number;
}

export interface Outcome {
  after: State;
  trap: Trap;
}

export interface Vector extends TestCase, Outcome {}

export const PAGE_FAULT = 14;
export const BREAKPOINT = 3;

/** Where things lie in a record. */
export const RECORD_SIZE = 384;
const EIP = 32;
const EFLAGS = 36;
const SELECTORS = 40;
const TRAP = 64;
const STRAY = 76;
const CODE = 96;
export const CODE_SIZE = 16;
const WINDOW = 128;

/** The flags that user code can change; the others (IF, IOPL, RF, VM, VIF, VIP) are the system's. */
export const COMPARED_FLAGS = 0x00244dd5;

export function writeCase(view: DataView, at: number, test: TestCase): void {
  const { before } = test;
  before.registers.forEach((value, i) => {
    view.setUint32(at + i * 4, value, true);
  });
  view.setUint32(at + EIP, before.eip, true);
  view.setUint32(at + EFLAGS, before.eflags, true);
  before.selectors.forEach((value, i) => {
    view.setUint32(at + SELECTORS + i * 4, value, true);
  });
  if (test.code.length > CODE_SIZE) throw new RangeError(`an instruction of ${test.code.length} bytes`);
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, RECORD_SIZE);
  bytes.fill(0xcc, CODE, WINDOW);
  bytes.set(test.code, CODE);
  bytes.set(before.window, WINDOW);
}

/** Reads the outcome; undefined when the case wrote to the data page outside the window. */
export function readOutcome(view: DataView, at: number): Outcome | undefined {
  if (view.getUint32(at + STRAY, true) !== 0) return undefined;
  const vector = view.getUint32(at + TRAP, true);
  // Whether a page fault was an instruction fetch is reported only by processors with no-execute pages.
  const fetch = vector === PAGE_FAULT ? 0x10 : 0;
  return {
    after: {
      registers: Uint32Array.from({ length: 8 }, (_, i) => view.getUint32(at + i * 4, true)),
      eip: view.getUint32(at + EIP, true),
      eflags: view.getUint32(at + EFLAGS, true) & COMPARED_FLAGS,
      selectors: Uint16Array.from({ length: 6 }, (_, i) => view.getUint32(at + SELECTORS + i * 4, true)),
      window: new Uint8Array(view.buffer, view.byteOffset + at + WINDOW, WINDOW_SIZE).slice(),
    },
    trap: {
      vector,
      errorCode: view.getUint32(at + TRAP + 4, true) & ~fetch,
      faultAddress: vector === PAGE_FAULT ? view.getUint32(at + TRAP + 8, true) : 0,
    },
  };
}
