// Division by a constant as multiplication and shifts.
// Source: Granlund and Montgomery, "Division by Invariant Integers using Multiplication" (PLDI 1994), and Warren,
// Hacker's Delight, 2nd edition, chapter 10.

import type { Graph } from "./graph.ts";
import type { Value } from "./ir.ts";

/** The quotient of x by c, or undefined where the processor has to divide (and perhaps fault). */
export function divideByConstant(g: Graph, op: "divu" | "divs", x: Value, c: number): Value | undefined {
  if (c === 0 || (op === "divs" && c === -1)) return undefined;
  return op === "divu" ? divideUnsigned(g, x, c >>> 0) : divideSigned(g, x, c);
}

function divideUnsigned(g: Graph, x: Value, c: number): Value {
  if (c === 1) return x;
  const shift = (value: Value, count: number) => g.make("shr", [value, g.constant(count)]);
  const log = 31 - Math.clz32(c);
  if (c === 2 ** log) return shift(x, log);
  // An even divisor whose magic number needs 33 bits gets it in 32 after the factor of two is shifted out.
  const { magic, shift: count, wide } = magicUnsigned(c, 32);
  if (wide && c % 2 === 0) {
    const twos = Math.log2(c & -c);
    const odd = magicUnsigned(c >>> twos, 32 - twos);
    if (!odd.wide) return shift(highProduct(g, "mulu", shift(x, twos), odd.magic), odd.shift);
  }
  const high = highProduct(g, "mulu", x, magic);
  if (!wide) return shift(high, count);
  // (x + high) needs 33 bits: average first.
  const average = g.add(shift(g.make("sub", [x, high]), 1), high);
  return shift(average, count - 1);
}

function divideSigned(g: Graph, x: Value, c: number): Value {
  if (c === 1) return x;
  const absolute = Math.abs(c);
  const log = 31 - Math.clz32(absolute);
  let quotient: Value;
  if (absolute === 2 ** log) {
    // Round towards zero: add c − 1 to a negative dividend.
    const sign = g.make("sar", [x, g.constant(31)]);
    const bias = log === 1 ? g.make("shr", [x, g.constant(31)]) : g.make("shr", [sign, g.constant(32 - log)]);
    quotient = g.make("sar", [g.add(x, bias), g.constant(log)]);
  } else {
    const { magic, shift } = magicSigned(absolute);
    let high = highProduct(g, "muls", x, magic);
    if ((magic | 0) < 0) high = g.add(high, x);
    const floor = g.make("sar", [high, g.constant(shift)]);
    quotient = g.make("sub", [floor, g.make("sar", [x, g.constant(31)])]);
  }
  return c < 0 ? g.make("sub", [g.constant(0), quotient]) : quotient;
}

function highProduct(g: Graph, op: "mulu" | "muls", x: Value, magic: number): Value {
  return g.high(g.append(op, [x, g.constant(magic)]));
}

/** The least multiplier for dividends of `bits` bits: x / c = (x × magic) >> (32 + shift), magic + 2³² when `wide`. */
function magicUnsigned(c: number, bits: number): { magic: number; shift: number; wide: boolean } {
  const divisor = BigInt(c);
  for (let shift = 0n; ; shift++) {
    const power = 1n << (32n + shift);
    const magic = (power + divisor - 1n) / divisor;
    const error = magic * divisor - power;
    if (error << BigInt(bits) > power) continue;
    return { magic: Number(BigInt.asUintN(32, magic)), shift: Number(shift), wide: magic >= 1n << 32n };
  }
}

function magicSigned(c: number): { magic: number; shift: number } {
  const divisor = BigInt(c);
  for (let shift = 0n; ; shift++) {
    const power = 1n << (32n + shift);
    const magic = power / divisor + 1n;
    if ((magic * divisor - power) << 31n > power) continue;
    return { magic: Number(BigInt.asIntN(32, magic)), shift: Number(shift) };
  }
}
