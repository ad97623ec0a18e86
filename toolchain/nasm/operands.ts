// Operands of an instruction, as NASM writes them: `eax`, `word 5`, `byte [es:ebx+4*esi+label]`, `8:start`, `short .loop`.
// Source: the NASM manual, sections 3.3, 3.6 and 3.7.

import type { Position } from "../asm/error.ts";
import { type Expression, parseExpression, type Reader } from "./expression.ts";
import { REGISTERS, type Register } from "./registers.ts";

export interface ParsedOperand {
  position: Position;
  /** Bytes that a size keyword says; 0 without one. */
  size: number;
  strict: boolean;
  /** `fadd to st1`: the register is the destination. */
  to: boolean;
  distance: "" | "short" | "near" | "far";
  what:
    | { kind: "register"; register: Register }
    | { kind: "immediate"; expression: Expression }
    | { kind: "far"; selector: Expression; offset: Expression }
    | {
        kind: "memory";
        /** Number of the segment register of an override, or -1. */
        segment: number;
        expression: Expression;
        /** Bytes of the displacement that a keyword says; 0 without one. */
        displacementSize: number;
        nosplit: boolean;
      };
}

const SIZES: Readonly<Record<string, number>> = { byte: 1, word: 2, dword: 4, qword: 8, tword: 10, oword: 16 };

/** @throws AssemblerError */
export function parseOperand(reader: Reader): ParsedOperand {
  const operand: Omit<ParsedOperand, "what"> = {
    position: reader.position(),
    size: 0,
    strict: false,
    to: false,
    distance: "",
  };
  for (;;) {
    const word = reader.word();
    if (word in SIZES) operand.size = SIZES[word];
    else if (word === "strict") operand.strict = true;
    else if (word === "short" || word === "near" || word === "far") operand.distance = word;
    else if (word === "to") operand.to = true;
    else break;
    reader.next();
  }
  const next = reader.peek(1);
  if (reader.word() === "ptr" && next) reader.fail("NASM has no 'ptr': the size and the brackets say it all");
  if (reader.word() === "offset" && next?.kind === "name")
    reader.fail("NASM has no 'offset': a name without brackets is the address");
  operand.position = reader.position();
  if (reader.take("[")) return { ...operand, what: parseMemory(reader) };
  const expression = parseExpression(reader);
  if (reader.take(":"))
    return { ...operand, what: { kind: "far", selector: expression, offset: parseExpression(reader) } };
  const register = registerOf(expression);
  if (register) return { ...operand, what: { kind: "register", register } };
  return { ...operand, what: { kind: "immediate", expression } };
}

function parseMemory(reader: Reader): ParsedOperand["what"] {
  let displacementSize = 0;
  let nosplit = false;
  let segment = -1;
  for (;;) {
    const word = reader.word();
    if (word === "byte" || word === "word" || word === "dword") displacementSize = SIZES[word];
    else if (word === "nosplit") nosplit = true;
    else if (word === "rel") reader.fail("addresses relative to the instruction pointer need 64-bit code");
    else if (word !== "abs") {
      const register = REGISTERS.get(word);
      if (register?.class !== "sreg" || !reader.is(":", 1)) break;
      segment = register.index;
      reader.next();
    }
    reader.next();
  }
  const expression = parseExpression(reader);
  reader.expect("]", "after the address");
  return { kind: "memory", segment, expression, displacementSize, nosplit };
}

/** The register that the expression is, when it is nothing else. */
function registerOf(expression: Expression): Register | undefined {
  if (expression.kind !== "number" || expression.value.constant !== 0n) return undefined;
  const [term, ...more] = expression.value.terms;
  if (!term || more.length > 0 || term.factor !== 1 || term.what.kind !== "register") return undefined;
  return term.what;
}
