// Last looks at a few neighbouring instructions, now that the registers are known.

import type { MemoryOperand, Operand } from "../../../isa/instruction.ts";
import { type Code, code } from "./code.ts";

/** Write all flags that a later branch could read. */
const WRITES_FLAGS = new Set([
  "add",
  "sub",
  "and",
  "or",
  "xor",
  "cmp",
  "test",
  "neg",
  "imul",
  "mul",
  "adc",
  "sbb",
  "call",
]);
const KEEPS_FLAGS = new Set([
  ...["mov", "lea", "push", "pop", "movzx", "movsx", "xchg", "not", "inc", "dec", "cdq", "in", "out", "cli", "sti"],
  // They write some flags, or leave them undefined, or write none when the count is 0.
  ...["div", "idiv", "rol", "ror", "shl", "shr", "sar", "shld", "shrd", "bsf", "bsr"],
]);

/** By a constant, which is never 0, they write all. */
const SHIFTS = new Set(["shl", "shr", "sar"]);

export function improve(codes: Code[]): Code[] {
  let current = codes;
  for (let changed = true; changed; ) {
    const next = pass(current);
    changed = next.length < current.length;
    current = next;
  }
  return current.map((_, i) => clear(current, i));
}

function pass(codes: Code[]): Code[] {
  const out: Code[] = [];
  for (let i = 0; i < codes.length; i++) {
    const [a, b] = [codes[i], codes[i + 1]];
    if (a.mnemonic === "mov" && sameRegister(a.operands[0], a.operands[1])) continue;
    if (b && isReload(a, b)) {
      out.push(a);
      i++;
      continue;
    }
    const sum = b && addressOf(a, b);
    if (sum && flagsAreDead(codes, i + 2)) {
      out.push(code("lea", [a.operands[0], sum], b.at));
      i++;
      continue;
    }
    if (isRepeatedTest(out[out.length - 1], codes, i)) continue;
    out.push(a);
  }
  return out.map((made, i) => simpleLea(made, () => flagsAreDead(out, i + 1)));
}

export function sameRegister(a: Operand | undefined, b: Operand | undefined): boolean {
  return a?.kind === "register" && b?.kind === "register" && a.class === b.class && a.index === b.index;
}

/** A store to the frame and a load of the same, or the same move backwards. */
function isReload(a: Code, b: Code): boolean {
  if (a.mnemonic !== "mov" || b.mnemonic !== "mov") return false;
  const [to, from] = a.operands;
  const [backTo, backFrom] = b.operands;
  if (sameRegister(to, backFrom) && sameRegister(from, backTo)) return true;
  return (
    sameRegister(from, backTo) &&
    isFrame(to) &&
    isFrame(backFrom) &&
    to.displacement === backFrom.displacement &&
    to.size === backFrom.size
  );
}

function isFrame(operand: Operand): operand is MemoryOperand {
  return operand.kind === "memory" && operand.base === 5 && operand.index < 0;
}

/** mov d, a; add d, b as one address. */
function addressOf(a: Code, b: Code): MemoryOperand | undefined {
  const [to, from] = a.operands;
  if (
    a.mnemonic !== "mov" ||
    to?.kind !== "register" ||
    from?.kind !== "register" ||
    to.class !== "r32" ||
    from.class !== "r32"
  )
    return undefined;
  if (!sameRegister(to, b.operands[0])) return undefined;
  const operand = b.operands[1];
  const address: MemoryOperand = {
    kind: "memory",
    size: 0,
    addressSize: 32,
    base: from.index,
    index: -1,
    scale: 1,
    displacement: 0,
    segment: from.index === 5 ? 2 : 3,
  };
  if (b.mnemonic === "inc" || b.mnemonic === "dec") return { ...address, displacement: b.mnemonic === "inc" ? 1 : -1 };
  if (b.mnemonic === "add" && operand?.kind === "immediate") return { ...address, displacement: operand.value };
  if (b.mnemonic === "sub" && operand?.kind === "immediate") return { ...address, displacement: -operand.value | 0 };
  if (b.mnemonic === "add" && operand?.kind === "register")
    return { ...address, index: operand.index === to.index ? from.index : operand.index };
  if (b.mnemonic === "shl" && operand?.kind === "immediate" && operand.value >= 1 && operand.value <= 3)
    return { ...address, base: -1, index: from.index, scale: (1 << operand.value) as 2 | 4 | 8, segment: 3 };
  return undefined;
}

/** lea that adds to its own register. */
function simpleLea(made: Code, isFlagFree: () => boolean): Code {
  const [to, address] = made.operands;
  if (made.mnemonic !== "lea" || to?.kind !== "register" || address?.kind !== "memory" || address.fixup !== undefined)
    return made;
  const { base, index, scale, displacement } = address;
  if (index < 0 && displacement === 0 && base >= 0) return code("mov", [to, { ...to, index: base }], made.at);
  if (!isFlagFree()) return made;
  if (index < 0 && base === to.index) {
    if (displacement === 1 || displacement === -1) return code(displacement === 1 ? "inc" : "dec", [to], made.at);
    return code("add", [to, { kind: "immediate", value: displacement, size: 4 }], made.at);
  }
  if (scale !== 1 || displacement !== 0 || index < 0 || base < 0) return made;
  if (base === to.index) return code("add", [to, { ...to, index }], made.at);
  return index === to.index ? code("add", [to, { ...to, index: base }], made.at) : made;
}

/** test r, r right after an operation on r that left the same flags. */
function isRepeatedTest(before: Code | undefined, codes: Code[], i: number): boolean {
  const [test, jump] = [codes[i], codes[i + 1]];
  if (!before || test.mnemonic !== "test" || !sameRegister(test.operands[0], test.operands[1])) return false;
  if (!sameRegister(before.operands[0], test.operands[0])) return false;
  if (["and", "or", "xor"].includes(before.mnemonic)) return true;
  if (!["add", "sub", "inc", "dec", "neg"].includes(before.mnemonic)) return false;
  // Carry and overflow differ: only equality and sign may be asked, and only once.
  return ["je", "jne", "js", "jns"].includes(jump?.mnemonic ?? "") && codes[i + 2]?.mnemonic === "jmp";
}

/** A register is cleared by xor where no flag is needed. */
function clear(codes: Code[], i: number): Code {
  const [to, from] = codes[i].operands;
  if (codes[i].mnemonic !== "mov" || to?.kind !== "register" || to.class !== "r32") return codes[i];
  if (from?.kind !== "immediate" || from.value !== 0 || from.fixup !== undefined) return codes[i];
  return flagsAreDead(codes, i + 1) ? code("xor", [to, to], codes[i].at) : codes[i];
}

/** Whether the flags are written before anybody reads them; no flag crosses into another block. */
function flagsAreDead(codes: Code[], from: number): boolean {
  for (let i = from; i < codes.length; i++) {
    const { mnemonic } = codes[i];
    if (WRITES_FLAGS.has(mnemonic)) return mnemonic !== "adc" && mnemonic !== "sbb";
    if (mnemonic === "jmp" || mnemonic === "ret" || mnemonic === "ud2") return true;
    if (SHIFTS.has(mnemonic) && codes[i].operands[1]?.kind === "immediate") return true;
    if (!KEEPS_FLAGS.has(mnemonic)) return false;
  }
  return true;
}
