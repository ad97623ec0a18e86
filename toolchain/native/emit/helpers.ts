// Routines that compiled code calls: division of 64-bit integers, and copying and filling of memory. cdecl, like everything.
// An object gets those that it uses, as local symbols.
// Source of the division: Knuth, The Art of Computer Programming, volume 2, section 4.3.1, with two digits of 32 bits.

import type { MemoryOperand } from "../../../isa/instruction.ts";
import { EAX, EBX, ECX, EDI, EDX, ESI } from "../machine/ir.ts";
import { constant, frameMemory, register } from "./code.ts";
import { FLOAT_ROUTINES } from "./float-routines.ts";
import { type Routine, Writer } from "./writer.ts";

export const ROUTINES: Record<string, () => Routine> = {
  __wasm_i64_div_u: () => divide(false, false),
  __wasm_i64_div_s: () => divide(true, false),
  __wasm_i64_rem_u: () => divide(false, true),
  __wasm_i64_rem_s: () => divide(true, true),
  __wasm_no_function: noFunction,
  __wasm_memory_copy: copy,
  __wasm_memory_fill: fill,
  ...FLOAT_ROUTINES,
};

/** What memory.size and memory.grow call where no system gives memory: it is the address space, which does not grow. */
export const ADDRESS_SPACE: Record<string, () => Routine> = {
  // One page less than 2³² bytes, which has no number.
  __memory_size: () => answer(0xffff),
  __memory_grow: () => answer(-1),
};

function answer(value: number): Routine {
  const w = new Writer([]);
  w.put("mov", EAX, constant(value));
  return w.leave();
}

const A_LOW = frameMemory(8);
const A_HIGH = frameMemory(12);
const B_LOW = frameMemory(16);
const B_HIGH = frameMemory(20);

/** (a, b: i64) → quotient or remainder. Signed: on absolute values, then the sign. What doesn't fit traps. */
function divide(isSigned: boolean, wantsRemainder: boolean): Routine {
  const w = new Writer([EBX, ESI, EDI]);
  if (isSigned) {
    w.put("mov", ESI, A_HIGH);
    if (!wantsRemainder) w.put("xor", ESI, B_HIGH);
    makeAbsolute(w, A_LOW, A_HIGH);
    makeAbsolute(w, B_LOW, B_HIGH);
  }
  const [wide, done] = [w.label(), w.label()];
  w.put("mov", ECX, B_HIGH);
  w.put("test", ECX, ECX);
  w.jump("jne", wide);
  w.place(w.label());
  divideByWord(w, wantsRemainder);
  w.jump("jmp", done);
  w.place(wide);
  divideByTwoWords(w, wantsRemainder);
  w.place(done);
  if (isSigned) applySign(w, !wantsRemainder);
  return w.leave();
}

/** Makes EDX:EAX negative when ESI is. A positive quotient of 2⁶³ doesn't fit. */
function applySign(w: Writer, isQuotient: boolean): void {
  const [negative, end] = [w.label(), w.label()];
  w.put("test", ESI, ESI);
  w.jump("js", negative);
  w.place(w.label());
  if (isQuotient) w.put("test", EDX, EDX);
  w.jump(isQuotient ? "jns" : "jmp", end);
  if (isQuotient) {
    w.place(w.label());
    w.put("ud2");
  }
  w.place(negative);
  w.put("neg", EAX);
  w.put("adc", EDX, constant(0));
  w.put("neg", EDX);
  w.place(end);
}

function makeAbsolute(w: Writer, low: MemoryOperand, high: MemoryOperand): void {
  const positive = w.label();
  w.put("cmp", high, constant(0));
  w.jump("jge", positive);
  w.place(w.label());
  w.put("neg", low);
  w.put("adc", high, constant(0));
  w.put("neg", high);
  w.place(positive);
}

/** A divisor of one word: two divisions, the remainder of the first is the high word of the second. */
function divideByWord(w: Writer, wantsRemainder: boolean): void {
  w.put("mov", ECX, B_LOW);
  w.put("mov", EAX, A_HIGH);
  w.put("xor", EDX, EDX);
  w.put("div", ECX);
  w.put("mov", EBX, EAX);
  w.put("mov", EAX, A_LOW);
  w.put("div", ECX);
  if (wantsRemainder) {
    w.put("mov", EAX, EDX);
    w.put("xor", EDX, EDX);
  } else w.put("mov", EDX, EBX);
}

/** Shifts both until the divisor is one word: that quotient is right or one too large, which its product with b shows. */
function divideByTwoWords(w: Writer, wantsRemainder: boolean): void {
  const [shift, large, right] = [w.label(), w.label(), w.label()];
  w.put("mov", EBX, B_LOW);
  w.put("mov", EDX, A_HIGH);
  w.put("mov", EAX, A_LOW);
  w.place(shift);
  w.put("shr", ECX, constant(1, 1));
  w.put("rcr", EBX, constant(1, 1));
  w.put("shr", EDX, constant(1, 1));
  w.put("rcr", EAX, constant(1, 1));
  w.put("test", ECX, ECX);
  w.jump("jne", shift);
  w.place(w.label());
  w.put("div", EBX);
  w.put("mov", EDI, EAX);
  w.put("mul", B_HIGH);
  w.put("mov", ECX, EAX);
  w.put("mov", EBX, EDX);
  w.put("mov", EAX, EDI);
  w.put("mul", B_LOW);
  w.put("add", EDX, ECX);
  w.put("adc", EBX, constant(0));
  w.jump("jne", large);
  w.place(w.label());
  w.put("cmp", EDX, A_HIGH);
  w.jump("ja", large);
  w.place(w.label());
  w.jump("jb", right);
  w.place(w.label());
  w.put("cmp", EAX, A_LOW);
  w.jump("jbe", right);
  w.place(large);
  w.put("dec", EDI);
  w.put("sub", EAX, B_LOW);
  w.put("sbb", EDX, B_HIGH);
  w.place(right);
  if (wantsRemainder) {
    w.put("sub", A_LOW, EAX);
    w.put("sbb", A_HIGH, EDX);
    w.put("mov", EAX, A_LOW);
    w.put("mov", EDX, A_HIGH);
  } else {
    w.put("mov", EAX, EDI);
    w.put("xor", EDX, EDX);
  }
}

/** Where empty entries of the function table lead. */
function noFunction(): Routine {
  const w = new Writer([]);
  w.put("ud2");
  return w.leave();
}

const ES = 0;
const DS = 3;

function stringMemory(base: number, size: number): MemoryOperand {
  const segment = base === EDI ? ES : DS;
  return { kind: "memory", size, addressSize: 32, base, index: -1, scale: 1, displacement: 0, segment };
}

function address(base: number, index: number, displacement: number): MemoryOperand {
  return { kind: "memory", size: 0, addressSize: 32, base, index, scale: 1, displacement, segment: DS };
}

/** (to, from, size): as if through a buffer, so backwards when the target begins inside the source. */
function copy(): Routine {
  const w = new Writer([ESI, EDI]);
  const [backward, done] = [w.label(), w.label()];
  const move = (size: 1 | 4) =>
    w.repeat(size === 1 ? "movsb" : "movsd", stringMemory(EDI, size), stringMemory(ESI, size));
  w.put("mov", EDI, frameMemory(8));
  w.put("mov", ESI, frameMemory(12));
  w.put("mov", ECX, frameMemory(16));
  w.put("mov", EAX, EDI);
  w.put("sub", EAX, ESI);
  w.put("cmp", EAX, ECX);
  w.jump("jb", backward);
  w.place(w.label());
  w.put("mov", EDX, ECX);
  w.put("shr", ECX, constant(2, 1));
  move(4);
  w.put("mov", ECX, EDX);
  w.put("and", ECX, constant(3));
  move(1);
  w.jump("jmp", done);
  w.place(backward);
  w.put("lea", ESI, address(ESI, ECX, -1));
  w.put("lea", EDI, address(EDI, ECX, -1));
  w.put("std");
  move(1);
  w.put("cld");
  w.place(done);
  return w.leave();
}

/** (to, byte, size) */
function fill(): Routine {
  const w = new Writer([EDI]);
  const store = (size: 1 | 4) => w.repeat(size === 1 ? "stosb" : "stosd", stringMemory(EDI, size), register(EAX, size));
  w.put("mov", EDI, frameMemory(8));
  w.put("movzx", EAX, frameMemory(12, 1));
  w.put("imul", EAX, EAX, constant(0x01010101));
  w.put("mov", EDX, frameMemory(16));
  w.put("mov", ECX, EDX);
  w.put("shr", ECX, constant(2, 1));
  store(4);
  w.put("mov", ECX, EDX);
  w.put("and", ECX, constant(3));
  store(1);
  return w.leave();
}
