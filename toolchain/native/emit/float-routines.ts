// Routines for the float instructions that take more than one step of the x87: minimum and maximum, rounding to an integer,
// conversion to integers and from unsigned ones. Arguments are words on the stack, results bits in EAX and EDX.
// Source: WebAssembly Core Specification 2.0, section 4.3.3; Intel SDM, volume 1, chapter 8.

import type { RegisterOperand } from "../../../isa/instruction.ts";
import { EAX, EBP, ECX, EDX, ESP } from "../machine/ir.ts";
import { constant, frameMemory, register } from "./code.ts";
import { type Routine, Writer } from "./writer.ts";

type Size = 4 | 8;

/** Fields of the control word. */
const ROUNDING = 0xc00;
const DOWN = 0x400;
const UP = 0x800;
const TRUNCATE = 0xc00;
const PRECISION_64 = 0x300;

const MODES: Record<string, number> = { nearest: 0, floor: DOWN, ceil: UP, trunc: TRUNCATE };
const BYTES: Record<string, Size> = { f32: 4, f64: 8 };

export const FLOAT_ROUTINES: Record<string, () => Routine> = {};
for (const type of ["f32", "f64"]) {
  const size = BYTES[type];
  for (const [name, mode] of Object.entries(MODES))
    FLOAT_ROUTINES[`__wasm_${type}_${name}`] = () => roundToInteger(size, mode);
  FLOAT_ROUTINES[`__wasm_${type}_min`] = () => extreme(size, false);
  FLOAT_ROUTINES[`__wasm_${type}_max`] = () => extreme(size, true);
  FLOAT_ROUTINES[`__wasm_${type}_convert_i64_u`] = () => convertUnsigned(size);
  for (const sign of ["s", "u"]) {
    const isSigned = sign === "s";
    for (const saturate of [false, true]) {
      const name = `${saturate ? "trunc_sat" : "trunc"}_${type}_${sign}`;
      FLOAT_ROUTINES[`__wasm_i32_${name}`] = () => toInteger({ size, words: 1, isSigned, saturate });
      FLOAT_ROUTINES[`__wasm_i64_${name}`] = () => toInteger({ size, words: 2, isSigned, saturate });
    }
  }
}

const ARGUMENT = 8;
/** Below the frame pointer: the caller's control word, ours, and a quadword. */
const OLD_CONTROL = -4;
const NEW_CONTROL = -8;
const RESULT = -16;
const LOCALS = 16;
const AX: RegisterOperand = register(EAX, 2);
const TOP: RegisterOperand = { kind: "register", class: "st", index: 0 };

function begin(): Writer {
  const w = new Writer([]);
  w.put("sub", ESP, constant(LOCALS));
  return w;
}

function end(w: Writer): Routine {
  w.put("mov", ESP, EBP);
  return w.leave();
}

function setControl(w: Writer, clear: number, set: number): void {
  w.put("fnstcw", frameMemory(OLD_CONTROL, 2));
  w.put("movzx", EAX, frameMemory(OLD_CONTROL, 2));
  if (clear !== 0) w.put("and", EAX, constant(~clear));
  if (set !== 0) w.put("or", EAX, constant(set));
  w.put("mov", frameMemory(NEW_CONTROL), EAX);
  w.put("fldcw", frameMemory(NEW_CONTROL, 2));
}

function restoreControl(w: Writer): void {
  w.put("fldcw", frameMemory(OLD_CONTROL, 2));
}

/** Stores the top of the stack as the result's bits. */
function result(w: Writer, size: Size): void {
  w.put("fstp", frameMemory(RESULT, size));
  w.put("mov", EAX, frameMemory(RESULT));
  if (size === 8) w.put("mov", EDX, frameMemory(RESULT + 4));
}

/** Flags of an unordered comparison are in the places of CF, PF and ZF. */
function flags(w: Writer): void {
  w.put("fnstsw", AX);
  w.put("sahf");
}

function roundToInteger(size: Size, mode: number): Routine {
  const w = begin();
  setControl(w, ROUNDING, mode);
  w.put("fld", frameMemory(ARGUMENT, size));
  w.put("frndint");
  restoreControl(w);
  result(w, size);
  return end(w);
}

/** NaN wins; zeros compare equal, but −0 is below 0: of equal numbers the bits together (or what they share) are the answer. */
function extreme(size: Size, isMaximum: boolean): Routine {
  const w = begin();
  const [nan, equal, second, done] = [w.label(), w.label(), w.label(), w.label()];
  const other = ARGUMENT + size;
  const take = (from: number): void => {
    w.put("mov", EAX, frameMemory(from));
    if (size === 8) w.put("mov", EDX, frameMemory(from + 4));
  };
  w.put("fld", frameMemory(other, size));
  w.put("fld", frameMemory(ARGUMENT, size));
  w.put("fucompp");
  flags(w);
  w.jump("jp", nan);
  w.place(w.label());
  w.jump("je", equal);
  w.place(w.label());
  w.jump(isMaximum ? "jb" : "ja", second);
  w.place(w.label());
  take(ARGUMENT);
  w.jump("jmp", done);
  w.place(second);
  take(other);
  w.jump("jmp", done);
  w.place(equal);
  take(ARGUMENT);
  w.put(isMaximum ? "and" : "or", EAX, frameMemory(other));
  if (size === 8) w.put(isMaximum ? "and" : "or", EDX, frameMemory(other + 4));
  w.jump("jmp", done);
  w.place(nan);
  w.put("fld", frameMemory(ARGUMENT, size));
  w.put("fadd", frameMemory(other, size));
  result(w, size);
  w.place(done);
  return end(w);
}

/** The unit reads 64 bits as signed. With 64 bits of precision 2⁶⁴ is added exactly, and only the store rounds. */
function convertUnsigned(size: Size): Routine {
  const w = begin();
  const positive = w.label();
  setControl(w, 0, PRECISION_64);
  w.put("fild", frameMemory(ARGUMENT, 8));
  w.put("cmp", frameMemory(ARGUMENT + 4), constant(0));
  w.jump("jge", positive);
  w.place(w.label());
  w.put("mov", frameMemory(RESULT), constant(TWO_TO_64));
  w.put("fadd", frameMemory(RESULT, 4));
  w.place(positive);
  restoreControl(w);
  result(w, size);
  return end(w);
}

/** As bits of an f32. */
const TWO_TO_63 = 0x5f000000;
const TWO_TO_64 = 0x5f800000;
/** The highest word of ±2⁶³ as f64, for comparison as integers. */
const TWO_TO_63_HIGH = 0x43e00000;

interface Conversion {
  size: Size;
  words: 1 | 2;
  isSigned: boolean;
  /** What is out of range becomes the nearest end of the range, and NaN 0; otherwise it traps. */
  saturate: boolean;
}

/** A number that doesn't fit in 64 signed bits is stored as −2⁶³; that one too fits in no other integer type. */
function toInteger({ size, words, isSigned, saturate }: Conversion): Routine {
  const w = begin();
  const [bad, done] = [w.label(), w.label()];
  const top = frameMemory(ARGUMENT + size - 4);
  setControl(w, 0, TRUNCATE);
  w.put("fld", frameMemory(ARGUMENT, size));
  const store = (): void => {
    w.put("fistp", frameMemory(RESULT, 8));
    restoreControl(w);
    w.put("mov", EAX, frameMemory(RESULT));
    w.put("mov", EDX, frameMemory(RESULT + 4));
  };
  const when = (jump: string, label: typeof bad): void => {
    w.jump(jump, label);
    w.place(w.label());
  };
  if (words === 2 && !isSigned) {
    const large = w.label();
    w.put("cmp", top, constant(size === 8 ? TWO_TO_63_HIGH : TWO_TO_63));
    when("jge", large);
    store();
    w.put("test", EDX, EDX);
    when("js", bad);
    w.jump("jmp", done);
    w.place(large);
    w.put("mov", frameMemory(RESULT), constant(TWO_TO_63));
    w.put("fsub", frameMemory(RESULT, 4));
    store();
    w.put("test", EDX, EDX);
    when("js", bad);
    w.put("xor", EDX, constant(-0x80000000));
  } else {
    store();
    if (words === 2) {
      w.put("cmp", EDX, constant(-0x80000000));
      when("jne", done);
      w.put("test", EAX, EAX);
      when("jne", done);
      w.put("cmp", top, constant((size === 8 ? TWO_TO_63_HIGH : TWO_TO_63) | -0x80000000));
      when("jne", bad);
      if (size === 8) {
        w.put("cmp", frameMemory(ARGUMENT), constant(0));
        when("jne", bad);
      }
    } else if (isSigned) {
      w.put("mov", ECX, EAX);
      w.put("sar", ECX, constant(31, 1));
      w.put("cmp", ECX, EDX);
      when("jne", bad);
    } else {
      w.put("test", EDX, EDX);
      when("jne", bad);
    }
  }
  w.jump("jmp", done);
  w.place(bad);
  if (saturate) saturated(w, { size, words, isSigned, saturate }, done);
  else w.put("ud2");
  w.place(done);
  return end(w);
}

function saturated(w: Writer, { size, words, isSigned }: Conversion, done: ReturnType<Writer["label"]>): void {
  const [positive, nan] = [w.label(), w.label()];
  const answer = (low: number, high: number): void => {
    w.put("mov", EAX, constant(low));
    w.put("mov", EDX, constant(high));
  };
  w.put("fld", frameMemory(ARGUMENT, size));
  w.put("fucomp", TOP);
  flags(w);
  w.jump("jp", nan);
  w.place(w.label());
  w.put("cmp", frameMemory(ARGUMENT + size - 4), constant(0));
  w.jump("jge", positive);
  w.place(w.label());
  if (!isSigned) answer(0, 0);
  else if (words === 2) answer(0, -0x80000000);
  else answer(-0x80000000, 0);
  w.jump("jmp", done);
  w.place(positive);
  if (!isSigned) answer(-1, -1);
  else if (words === 2) answer(-1, 0x7fffffff);
  else answer(0x7fffffff, 0);
  w.jump("jmp", done);
  w.place(nan);
  answer(0, 0);
}
