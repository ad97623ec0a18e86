// SSE's and SSE2's floats: arithmetic, comparisons, conversions. Source: Intel SDM vol. 2.

import { Op } from "../core/ops.ts";
import { CONVERT_CLEAR, CONVERT_MMX, CONVERT_TRUNCATE, Conversion, Float } from "../core/simd/operations.ts";
import { EAX, type Lift, T0 } from "./context.ts";
import { addressOf, isMmx, ready, selectorOf, vectorSource } from "./vectors.ts";

/** The four kinds of operand: op of the family, elements. */
const KINDS = [
  ["ps", 0, 4],
  ["ss", 0, 1],
  ["pd", 1, 2],
  ["sd", 1, 1],
] as const;

/** DST <- A op B for each element. */
function elements(op: Op, count: number, operation: number): Lift {
  return (context, { operands }) => {
    const [to, from, predicate] = operands;
    ready(context, operands);
    const destination = addressOf(to);
    context.emit(op, destination, destination, vectorSource(context, from), selectorOf(predicate), count, operation);
  };
}

/** ADDPS, ADDSS, ADDPD, ADDSD and all their kin. */
function family(
  name: string,
  first: Op,
  operation: number,
  kinds: readonly (typeof KINDS)[number][],
): [string, Lift][] {
  return kinds.map(([suffix, double, count]) => [`${name}${suffix}`, elements(first + double, count, operation)]);
}

function flags(op: Op, quiet: boolean): Lift {
  return (context, { operands }) => {
    ready(context, operands);
    const [a, b] = operands;
    context.emit(op, 0, addressOf(a), vectorSource(context, b), quiet ? 1 : 0);
  };
}

function convert(operation: Conversion, count: number, how = 0): Lift {
  return (context, { operands }) => {
    const [to, from] = operands;
    // A general register is no vector.
    const general = from.kind === "register" && from.class === "r32";
    ready(context, operands);
    if (!operands.some((o) => o.kind === "register" && o.class === "xmm")) context.emit(Op.SSE_READY, 0);
    const source = general ? context.read(from, T0) : vectorSource(context, from);
    const mmx = isMmx(to) ? CONVERT_MMX : 0;
    // An exception of the numbers comes after the x87 unit's change, one of the operand before it.
    if (isMmx(from) || mmx !== 0) context.emit(Op.ENTER_MMX, 0);
    context.emit(Op.FLOAT_CONVERT, addressOf(to), EAX, source, how | mmx, count, operation);
  };
}

const SINGLE = KINDS.slice(0, 2);

export const FLOATS: Record<string, Lift> = Object.fromEntries<Lift>([
  ...family("add", Op.FLOAT32, Float.ADD, KINDS),
  ...family("sub", Op.FLOAT32, Float.SUBTRACT, KINDS),
  ...family("mul", Op.FLOAT32, Float.MULTIPLY, KINDS),
  ...family("div", Op.FLOAT32, Float.DIVIDE, KINDS),
  ...family("min", Op.FLOAT32, Float.MINIMUM, KINDS),
  ...family("max", Op.FLOAT32, Float.MAXIMUM, KINDS),
  ...family("sqrt", Op.FLOAT32, Float.SQUARE_ROOT, KINDS),
  ...family("rcp", Op.FLOAT32, Float.RECIPROCAL, SINGLE),
  ...family("rsqrt", Op.FLOAT32, Float.RECIPROCAL_ROOT, SINGLE),
  ...family("cmp", Op.FLOAT_COMPARE32, 0, KINDS),
  ["comiss", flags(Op.FLOAT_FLAGS32, false)],
  ["ucomiss", flags(Op.FLOAT_FLAGS32, true)],
  ["comisd", flags(Op.FLOAT_FLAGS64, false)],
  ["ucomisd", flags(Op.FLOAT_FLAGS64, true)],
  ["cvtpi2ps", convert(Conversion.INTEGER_TO_SINGLE, 2)],
  ["cvtsi2ss", convert(Conversion.INTEGER_TO_SINGLE, 1)],
  ["cvtpi2pd", convert(Conversion.INTEGER_TO_DOUBLE, 2)],
  ["cvtsi2sd", convert(Conversion.INTEGER_TO_DOUBLE, 1)],
  ["cvtdq2ps", convert(Conversion.INTEGER_TO_SINGLE, 4)],
  ["cvtdq2pd", convert(Conversion.INTEGER_TO_DOUBLE, 2)],
  ["cvtps2pd", convert(Conversion.SINGLE_TO_DOUBLE, 2)],
  ["cvtss2sd", convert(Conversion.SINGLE_TO_DOUBLE, 1)],
  ["cvtpd2ps", convert(Conversion.DOUBLE_TO_SINGLE, 2, CONVERT_CLEAR)],
  ["cvtsd2ss", convert(Conversion.DOUBLE_TO_SINGLE, 1)],
  ...toInteger("ps2pi", Conversion.SINGLE_TO_INTEGER, 2),
  ...toInteger("ss2si", Conversion.SINGLE_TO_INTEGER, 1),
  ...toInteger("ps2dq", Conversion.SINGLE_TO_INTEGER, 4),
  ...toInteger("pd2pi", Conversion.DOUBLE_TO_INTEGER, 2),
  ...toInteger("sd2si", Conversion.DOUBLE_TO_INTEGER, 1),
  ...toInteger("pd2dq", Conversion.DOUBLE_TO_INTEGER, 2, CONVERT_CLEAR),
]);

/** CVTSS2SI and CVTTSS2SI, and so on. */
function toInteger(name: string, operation: Conversion, count: number, how = 0): [string, Lift][] {
  return [
    [`cvt${name}`, convert(operation, count, how)],
    [`cvtt${name}`, convert(operation, count, how | CONVERT_TRUNCATE)],
  ];
}
