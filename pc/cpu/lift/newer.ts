// SSE3, SSSE3, SSE4.1, SSE4.2 and 3DNow!. Source: Intel SDM vol. 2; AMD no. 21928.

import type { Operand } from "../../../isa/instruction.ts";
import { VECTOR_OPERAND } from "../core/layout.ts";
import { Op } from "../core/ops.ts";
import { Across, Now, PackedNewer } from "../core/simd/operations.ts";
import { EAX, type Lift, operandBytes, T0 } from "./context.ts";
import { addressOf, isXmm, loadVector, ready, selectorOf, vectorSource } from "./vectors.ts";

/** DST op= source. */
function packed(operation: PackedNewer): Lift {
  return (context, { operands }) => {
    const [to, from, selector] = operands;
    ready(context, operands);
    const destination = addressOf(to);
    const source = vectorSource(context, from);
    const flag = isXmm(to) ? 1 : 0;
    context.emit(Op.PACKED_NEWER, destination, destination, source, selectorOf(selector), flag, operation);
  };
}

/** INSERTPS: memory is one element, whatever the selector says of the source. */
const insertSingle: Lift = (context, { operands }) => {
  const [to, from, selector] = operands;
  ready(context, operands);
  const destination = addressOf(to);
  const source = vectorSource(context, from);
  const how = selectorOf(selector) & (from.kind === "memory" ? 0x3f : 0xff);
  context.emit(Op.PACKED_NEWER, destination, destination, source, how, 1, PackedNewer.INSERTPS);
};

/** PEXTRB and its like: a register gets the element extended with zeros, memory its bytes. */
function extract(bytes: 1 | 4): Lift {
  return (context, { operands }) => {
    const [to, from, selector] = operands;
    ready(context, operands);
    const place = addressOf(from) + (selectorOf(selector) & (16 / bytes - 1)) * bytes;
    if (to.kind === "memory") context.write(to, place);
    else context.emit(bytes === 1 ? Op.MOVZX8_32 : Op.MOV32, addressOf(to), place);
  };
}

/** 16 bytes from anywhere. */
const sixteen = (operand: Operand): Operand => (operand.kind === "memory" ? { ...operand, size: 16 } : operand);

const loadAnywhere: Lift = (context, { operands }) => {
  ready(context, operands);
  loadVector(context, sixteen(operands[1]), addressOf(operands[0]), true);
};

const loadAligned: Lift = (context, { operands }) => {
  ready(context, operands);
  loadVector(context, operands[1], addressOf(operands[0]));
};

const test: Lift = (context, { operands }) => {
  ready(context, operands);
  context.emit(Op.PTEST, 0, addressOf(operands[0]), vectorSource(context, operands[1]));
};

/** Between elements; `double` is 1 for the 64-bit ones. */
function across(operation: Across, double: 0 | 1): Lift {
  return (context, { operands }) => {
    const [to, from, selector] = operands;
    ready(context, operands);
    const destination = addressOf(to);
    const source = vectorSource(context, from);
    context.emit(Op.FLOAT_ACROSS32 + double, destination, destination, source, selectorOf(selector), 0, operation);
  };
}

function round(double: 0 | 1, count: number): Lift {
  return (context, { operands }) => {
    const [to, from, how] = operands;
    ready(context, operands);
    const source = vectorSource(context, from);
    context.emit(Op.FLOAT_ROUND32 + double, addressOf(to), EAX, source, selectorOf(how), count);
  };
}

/** PCMPESTRI and its kin; the operand in memory may lie anywhere. */
function compareStrings(misc: number): Lift {
  return (context, { operands }) => {
    const [a, b, control] = operands;
    ready(context, operands);
    let source = VECTOR_OPERAND;
    if (b.kind === "memory") loadVector(context, b, VECTOR_OPERAND, true);
    else source = addressOf(b);
    context.emit(Op.COMPARE_STRINGS, 0, addressOf(a), source, selectorOf(control), misc);
  };
}

const checksum: Lift = (context, { operands: [to, from] }) => {
  const place = addressOf(to);
  context.emit(Op.CRC32, place, context.read(from, T0), place, 0, operandBytes(from));
};

const count: Lift = (context, { operands: [to, from] }) => {
  context.emit(Op.POPCNT, addressOf(to), context.read(from, T0), undefined, 0, operandBytes(to));
};

const OPERATIONS = [
  ...(["movddup", "movsldup", "movshdup", "pshufb", "palignr", "phaddw", "phaddd", "phaddsw", "phsubw"] as const),
  ...(["phsubd", "phsubsw", "pmaddubsw", "pmulhrsw", "psignb", "psignw", "psignd", "pabsb", "pabsw", "pabsd"] as const),
  ...(["pmovsxbw", "pmovsxbd", "pmovsxbq", "pmovsxwd", "pmovsxwq", "pmovsxdq", "pmovzxbw", "pmovzxbd"] as const),
  ...(["pmovzxbq", "pmovzxwd", "pmovzxwq", "pmovzxdq", "pmuldq", "pmulld", "pcmpeqq", "pcmpgtq", "packusdw"] as const),
  ...(["pminsb", "pminsd", "pminuw", "pminud", "pmaxsb", "pmaxsd", "pmaxuw", "pmaxud", "phminposuw"] as const),
  ...(["pblendvb", "blendvps", "blendvpd", "blendps", "blendpd", "pblendw", "pinsrb", "pinsrd", "mpsadbw"] as const),
];

/** 3DNow!'s; FEMMS, PAVGUSB and the prefetches are MMX's and SSE's by other names. */
const NOW = [
  ...(["pfadd", "pfsub", "pfsubr", "pfmul", "pfmin", "pfmax", "pfcmpeq", "pfcmpgt", "pfcmpge", "pfacc"] as const),
  ...(["pfnacc", "pfpnacc", "pfrcp", "pfrcpit1", "pfrcpit2", "pfrsqrt", "pfrsqit1", "pi2fd", "pi2fw"] as const),
  ...(["pf2id", "pf2iw", "pmulhrw", "pswapd"] as const),
];

function now(operation: Now): Lift {
  return (context, { operands }) => {
    ready(context, operands);
    const destination = addressOf(operands[0]);
    context.emit(Op.NOW, destination, destination, vectorSource(context, operands[1]), 0, 0, operation);
  };
}

export const NEWER: Record<string, Lift> = {
  ...Object.fromEntries(
    OPERATIONS.map((name): [string, Lift] => [name, packed(PackedNewer[name.toUpperCase() as Uppercase<typeof name>])]),
  ),
  ...Object.fromEntries(
    NOW.map((name): [string, Lift] => [name, now(Now[name.toUpperCase() as Uppercase<typeof name>])]),
  ),
  insertps: insertSingle,
  pextrb: extract(1),
  pextrd: extract(4),
  extractps: extract(4),
  lddqu: loadAnywhere,
  movntdqa: loadAligned,
  ptest: test,
  addsubps: across(Across.ADD_SUBTRACT, 0),
  addsubpd: across(Across.ADD_SUBTRACT, 1),
  haddps: across(Across.ADD, 0),
  haddpd: across(Across.ADD, 1),
  hsubps: across(Across.SUBTRACT, 0),
  hsubpd: across(Across.SUBTRACT, 1),
  dpps: across(Across.DOT_PRODUCT, 0),
  dppd: across(Across.DOT_PRODUCT, 1),
  roundps: round(0, 4),
  roundss: round(0, 1),
  roundpd: round(1, 2),
  roundsd: round(1, 1),
  pcmpestri: compareStrings(1),
  pcmpestrm: compareStrings(3),
  pcmpistri: compareStrings(0),
  pcmpistrm: compareStrings(2),
  crc32: checksum,
  popcnt: count,
};
