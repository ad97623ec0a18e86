// Why no form of an instruction takes the operands that it was given, in words that say what to write instead. For both syntaxes.

import type { Form, Operand } from "../../isa/instruction.ts";
import { registerBytes } from "./forms.ts";

const SHIFTS = /^(ro[lr]|rc[lr]|sh[lr]|sa[lr])$/;
const CS = 1;

/**
 * @param forms of the mnemonic
 * @param operands destination first
 * @returns what follows the instruction's name in a message
 */
export function mismatch(forms: readonly Form[], operands: readonly Operand[], mnemonic: string): string {
  const counts = [...new Set(forms.map((form) => form.operands.length))].sort((a, b) => a - b);
  if (!counts.includes(operands.length)) {
    const takes =
      counts.length > 0 && counts[0] === 0 && counts.length === 1
        ? "no operands"
        : `${counts.join(" or ")} operand${counts.at(-1) === 1 ? "" : "s"}`;
    return `takes ${takes}, not ${operands.length === 0 ? "none" : operands.length}`;
  }
  const [first, second] = operands;
  if (operands.filter(({ kind }) => kind === "memory").length > 1)
    return "can't have two operands in memory: one of them has to go through a register";
  if (forms.every((form) => form.operands[0]?.place === "relative")) return "needs a label to jump to";
  return (
    segmentMismatch(first, second) ??
    numberMismatch(forms, operands) ??
    registerMismatch(operands, mnemonic) ??
    "does not take these operands"
  );
}

function segmentMismatch(first: Operand | undefined, second: Operand | undefined): string | undefined {
  if (first?.kind !== "register" || first.class !== "sreg") return undefined;
  if (first.index === CS) return "can't load CS: a far jump, call or return does that";
  if (second?.kind === "immediate")
    return "can't put a number into a segment register: it has to go through a general register";
  if (second?.kind === "register" && second.class === "sreg")
    return "can't copy between segment registers: the value has to go through a general register";
  return undefined;
}

function numberMismatch(forms: readonly Form[], operands: readonly Operand[]): string | undefined {
  if (operands[0]?.kind !== "immediate") return undefined;
  const takesNumber = forms.some(({ operands: [spec] }) => spec?.place === "immediate" || spec?.place === "one");
  if (takesNumber) return undefined;
  if (forms.some(({ operands: [spec] }) => spec?.place === "far")) return "to another segment takes segment and offset";
  return operands.length > 1
    ? "can't store into a number: the destination is a register or memory"
    : "needs a register or memory, not a number";
}

function registerMismatch(operands: readonly Operand[], mnemonic: string): string | undefined {
  const [first, second] = operands;
  if (mnemonic === "lea" && second?.kind === "register")
    return "needs an address in memory as its source, not a register";
  if (SHIFTS.test(mnemonic) && second?.kind === "register") return "takes its count as a number or in CL";
  if (mnemonic === "in" || mnemonic === "out") return "takes AL, AX or EAX, and a port as a number up to 255 or in DX";
  const sizes = operands.flatMap((operand) => {
    if (operand.kind === "register") return registerBytes(operand) ?? [];
    return operand.kind === "memory" && operand.size > 0 ? [operand.size] : [];
  });
  if (sizes.length === 2 && sizes[0] !== sizes[1])
    return `has operands of different sizes: ${8 * sizes[0]} and ${8 * sizes[1]} bits`;
  if (operands.length === 1 && first?.kind === "register" && registerBytes(first) === 1) return "has no 8-bit form";
  return undefined;
}
