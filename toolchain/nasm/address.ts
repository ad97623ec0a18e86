// Which registers of an address are base and index.
// Source: the NASM manual, section 3.3: effective addresses are written as sums and encoded as short as they can be.

import { AssemblerError, type Position } from "../asm/error.ts";
import type { Term } from "./expression.ts";
import { type Register, registerName } from "./registers.ts";

export interface AddressRegisters {
  /** Register numbers; -1 for none. */
  base: number;
  index: number;
  scale: 1 | 2 | 4 | 8;
  /** Size of the registers; 0 without any. */
  bits: 0 | 16 | 32;
}

interface Part {
  register: Register;
  factor: number;
  multiplied?: boolean;
}

/**
 * Base and index as written, except where only one way can be encoded or another is shorter.
 * @param terms the registers of the sum
 * @param nosplit the keyword: `eax*2` stays a scaled index
 * @param summed numbers were added up in the sum, see `Value`
 * @throws AssemblerError when no addressing mode takes these registers
 */
export function addressRegisters(
  terms: readonly Term[],
  nosplit: boolean,
  summed: boolean,
  position: Position,
): AddressRegisters {
  const fail = (reason: string): never => {
    throw new AssemblerError(position, reason);
  };
  if (terms.length === 0) return { base: -1, index: -1, scale: 1, bits: 0 };
  const parts: Part[] = terms.map((term) => ({ ...term, register: term.what as Register }));
  const [first] = parts;
  const registerClass = first.register.class;
  if (registerClass !== "r16" && registerClass !== "r32") fail("this register can't be part of an address");
  if (parts.some((one) => one.register.class !== registerClass)) fail("registers of different sizes in one address");
  if (parts.length > 2) fail("more than two registers in one address");
  if (parts.filter((one) => one.factor !== 1).length > 1) fail("two scaled registers in one address");
  if (parts.some((one) => one.factor < 1)) fail("a register can't be subtracted");
  if (registerClass === "r16") {
    if (parts.some((one) => one.factor !== 1)) fail("16-bit addresses have no scale");
    if (parts.some((one) => ![3, 5, 6, 7].includes(one.register.index)))
      fail("16-bit addresses are made of bx, bp, si and di");
    return { base: first.register.index, index: parts[1]?.register.index ?? -1, scale: 1, bits: 16 };
  }
  const { base, index, scale } = parts.length === 2 ? pair(parts, summed) : single(first, nosplit, summed);
  if (index === ESP) fail("esp can't be scaled");
  if (scale !== 1 && scale !== 2 && scale !== 4 && scale !== 8) return fail(`no scale of ${scale}`);
  return { base, index, scale, bits: 32 };
}

const ESP = 4;

function single({ register, factor, multiplied }: Part, nosplit: boolean, summed: boolean) {
  const { index } = register;
  if (factor === 1 && !(nosplit && multiplied)) return { base: index, index: -1, scale: 1 };
  // eax*2 is shorter as eax + eax, and eax*3 can only be eax + eax*2.
  const keeps = nosplit && !summed;
  if ((factor === 2 && !keeps && index !== ESP) || factor === 3 || factor === 5 || factor === 9)
    return { base: index, index, scale: factor - 1 };
  return { base: -1, index, scale: factor };
}

/** Of two registers the scaled one is the index; else the first is the base. */
function pair(parts: readonly Part[], summed: boolean) {
  const [first, second] = parts;
  const indexed = parts.find((one) => one.factor !== 1) ?? unscaledIndex(first, second, summed);
  const other = indexed === first ? second : first;
  const [base, index, scale] = [other.register.index, indexed.register.index, indexed.factor];
  return scale === 1 && index === ESP ? { base: index, index: base, scale } : { base, index, scale };
}

/** `eax*1` is meant as index; in a sum of numbers the alphabet decides. */
function unscaledIndex(first: Part, second: Part, summed: boolean): Part {
  if (summed) return registerName(first.register) < registerName(second.register) ? second : first;
  return first.multiplied ? first : second;
}
