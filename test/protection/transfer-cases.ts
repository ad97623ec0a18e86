// Far jumps, calls and returns, interrupts and IRET: directly, through gates of every kind, between rings.
// Source: Intel SDM vol. 3, 5.8 and 6.12; vol. 2, JMP, CALL, RET, INT, IRET.

import type { Random } from "../hardware/random.ts";
import { CaseBuilder, type Ring } from "./builder.ts";
import {
  anyDescriptor,
  anySelector,
  codeDescriptor,
  dataDescriptor,
  describe,
  offsetTo,
} from "./random-descriptors.ts";
import type { SystemCase } from "./record.ts";
import {
  ARENA,
  CODE_B,
  CODES,
  DATA,
  DATA_C,
  DATAS,
  type DescriptorFields,
  END_VECTOR,
  SELECT_TSS_A,
  STACK_TOPS,
  TSS_MAIN,
} from "./world.ts";

/** Where targets lie in CODE_B. */
const LANDING = CODE_B + 0x10;
const POINTER = ARENA + DATA + 0x80;
const VECTOR = 0x40;
const CALL_GATE = 12;
const CALL_GATE_16 = 4;

const RINGS: readonly Ring[] = [0, 0, 1, 2, 3, 3];

interface Destination {
  selector: number;
  offset: number;
}

/** What waits at the landing place: the end of the case, or a return and then the end. */
function pave(builder: CaseBuilder, returns: boolean): void {
  const end = [0xcd, END_VECTOR];
  const { random } = builder;
  const code = random.pick<number[]>(
    !returns
      ? [[]]
      : [
          [],
          [],
          [0xcb], // RETF
          [0x66, 0xcb],
          [0xca, 0x08, 0x00], // RETF 8
          [0xcf], // IRET
          [0x66, 0xcf],
        ],
  );
  builder.poke(ARENA + LANDING, Uint8Array.of(...code, ...end));
}

function codeDestination(builder: CaseBuilder, returns = true): Destination {
  const { random } = builder;
  pave(builder, returns);
  const ring = random.pick(RINGS);
  if (random.chance(30)) return { selector: CODES[ring], offset: ARENA + LANDING };
  const fields = random.chance(90) ? codeDescriptor(random) : anyDescriptor(random);
  builder.note(describe(fields));
  return { selector: anySelector(builder, fields), offset: random.chance(95) ? offsetTo(fields, LANDING) : 0xffff };
}

/** A selector of a gate, a task or a code segment, and the offset that goes with it. */
function destination(builder: CaseBuilder): Destination {
  const { random } = builder;
  if (random.chance(40)) return codeDestination(builder);
  if (random.chance(8)) return { selector: SELECT_TSS_A | random.below(4), offset: 0 };
  const target = codeDestination(builder);
  const type = random.chance(90) ? random.pick([CALL_GATE, CALL_GATE, CALL_GATE_16]) : random.below(16);
  const access = (random.chance(93) ? 0x80 : 0) | (random.below(4) << 5) | type;
  const parameters = random.pick([0, 0, 1, 2, 3, 31]);
  builder.note(
    `gate ${access.toString(16)} ${target.selector.toString(16)}:${target.offset.toString(16)} ${parameters}`,
  );
  const fields = { ...target, access, parameters };
  return { selector: builder.defineGate(fields, random.chance(20)) | random.below(4), offset: random.below(0x1_0000) };
}

/** Now and then a stack in the TSS that is not fit for its ring. */
function innerStacks(builder: CaseBuilder): void {
  const { random } = builder;
  if (random.chance(70)) return;
  const level = random.below(3);
  const fields: DescriptorFields = random.chance(70)
    ? dataDescriptor(random, level)
    : { base: ARENA + DATA, limit: random.pick([0xf, 0x1f, 0xfff]), access: 0x93 | (level << 5), flags: 4 };
  const selector = anySelector(builder, fields);
  const pointer = random.pick([0x1000, 0x10, 0x20, 4, 0, 0x8000]);
  builder.note(`stack ${level} ${describe(fields)} ${pointer.toString(16)}`);
  builder.words(ARENA + TSS_MAIN + 4 + level * 8, pointer, selector);
}

function startSomewhere(random: Random, subject: string): CaseBuilder {
  const builder = new CaseBuilder(random, subject);
  if (random.chance(20)) return builder.start16(random.pick([0, 3] as const));
  return builder.start(random.pick(RINGS));
}

export function jumpOrCall(random: Random): SystemCase {
  const builder = startSomewhere(random, "transfer");
  const { selector, offset } = destination(builder);
  innerStacks(builder);
  const what = random.pick(["ljmp", "lcall", "lcall"]);
  const size = random.pick(["l", "l", "w"]);
  if (builder.bits === 32 && random.chance(30)) {
    if (size === "l") builder.words(POINTER, offset, selector);
    else builder.words(POINTER, ((selector << 16) | (offset & 0xffff)) >>> 0);
    return builder.code(`${what}${size} *${POINTER}`).build();
  }
  const short = size === "w" ? offset & 0xffff : offset;
  return builder.code(`${what}${size} $0x${selector.toString(16)}, $0x${short.toString(16)}`).build();
}

/** A frame for a return, pushed word by word from its far end on. */
function pushFrame(size: string, values: readonly number[]): string[] {
  return values.map((value) => `push${size} $0x${(size === "w" ? value & 0xffff : value >>> 0).toString(16)}`);
}

function outerStack(builder: CaseBuilder, ring: Ring): [number, number] {
  const { random } = builder;
  if (random.chance(75)) return [DATAS[ring], ARENA + STACK_TOPS[ring] - 0x40];
  const fields = random.chance(80) ? dataDescriptor(random, ring) : anyDescriptor(random);
  // What runs away must not pop from where one PC has a ROM and another has nothing.
  if (fields.base === 0xffff_f000) fields.base = ARENA + DATA;
  builder.note(`to stack ${describe(fields)}`);
  const selector = anySelector(builder, fields);
  return [random.chance(80) ? (selector & ~3) | ring : selector, random.pick([0x100, 0x1000, 8, 0xffff])];
}

/** RETF and IRET to the same ring or another, with segments that the other must not keep. */
export function returning(random: Random): SystemCase {
  const builder = startSomewhere(random, "return");
  const { selector, offset } = codeDestination(builder);
  const size = random.pick(["l", "l", "w"]);
  const [ss, esp] = outerStack(builder, (selector & 3) as Ring);
  builder.state.fs = random.pick([0, 3, DATAS[0], DATAS[1], DATAS[2], DATAS[3], CODES[0], CODES[3]]);
  if (random.chance(50)) {
    const flags = (random.bits() & 0x4cd5 & (random.chance(15) ? 0xffff : 0xbfff)) | (random.chance(50) ? 0x3000 : 0);
    const frame = pushFrame(size, [ss, esp, flags, selector, offset]);
    return builder.code(...frame, `iret${size}`).build();
  }
  const release = random.pick(["", "", " $4", " $8"]);
  const frame = pushFrame(size, [ss, esp, selector, offset]);
  if (release !== "") {
    // What is released lies above the address.
    frame.splice(2, 0, ...pushFrame(size, release === " $4" && size === "l" ? [1] : [1, 2]));
  }
  return builder.code(...frame, `lret${size}${release}`).build();
}

/** Makes the instructions that raise a given vector. */
const EXCEPTIONS: readonly [number, string[]][] = [
  [0, ["xorl %ecx, %ecx", "divl %ecx"]],
  [1, [".byte 0xf1"]],
  [3, ["int3"]],
  [4, ["movl $0x7fffffff, %eax", "incl %eax", "into"]],
  [6, ["ud2"]],
  [7, [".byte 0xdb, 0xe3"]],
  [11, [`movl $${0x1f8}, %eax`, "movw %ax, %es"]],
  [13, ["movl $0x7fc, %eax", "movw %ax, %es"]],
  [VECTOR, [`int $${VECTOR}`]],
  [VECTOR, [`int $${VECTOR}`]],
  [VECTOR, [`int $${VECTOR}`]],
];

const GATE_TYPES = [14, 14, 15, 6, 7];

/** An interrupt or exception through a gate at random. */
export function interrupt(random: Random): SystemCase {
  const builder = startSomewhere(random, "interrupt");
  const { state } = builder;
  const [vector, lines] = random.pick(EXCEPTIONS);
  // A handler that returns from a fault meets it again for ever.
  const target = codeDestination(builder, vector === 1 || vector === 3 || vector === 4 || vector === VECTOR);
  innerStacks(builder);
  let type = random.chance(92) ? random.pick(GATE_TYPES) : random.below(32);
  // Where nothing is, there is INT3: if that is what it is the gate of, there is no end.
  if (vector === 3) {
    type |= 8;
    target.offset = ARENA + LANDING;
    target.selector = CODES[random.pick(RINGS)];
  }
  const access = (random.chance(93) ? 0x80 : 0) | (random.below(4) << 5) | type;
  const task = (type & 15) === 5;
  builder.vector(vector, { ...(task ? { selector: SELECT_TSS_A, offset: 0 } : target), access });
  builder.note(`gate ${vector} ${access.toString(16)} ${target.selector.toString(16)}:${target.offset.toString(16)}`);
  if (vector === 7) state.cr0 |= 8;
  // A present segment's descriptor without its P bit, for vector 11.
  builder.words(ARENA + 0x1f8, 0xffff, 0x00cf_7300);
  state.eflags = 2 | (random.chance(30) ? 0x4000 : 0) | (random.below(4) << 12) | (random.chance(50) ? 0x200 : 0);
  if (vector !== 13 && random.chance(10)) {
    state.idtLimit = 0x40 * 8 + random.below(8);
    // The end of a case needs its gate: it is an exception then.
    builder.note(`idt limit ${state.idtLimit.toString(16)}`);
  }
  builder.words(ARENA + DATA_C, 0);
  return builder.code(...lines).build();
}
