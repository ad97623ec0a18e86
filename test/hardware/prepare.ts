// States that make sense for kinds of instructions: a return address on the stack, a divisor that doesn't overflow, a far pointer with a
// selector that exists, strings that are equal for a while. What is not set here gets random edge values (cases.ts).

import {
  type Address,
  type CaseBuilder,
  CS,
  DS,
  EAX,
  EBP,
  EBX,
  ECX,
  EDI,
  EDX,
  ES,
  ESI,
  ESP,
  SS,
} from "./case-builder.ts";
import * as at from "./environment.ts";

/** The parts of the encoding, as far as it has them: memory operand, reg field, register operand, register in the opcode. */
export interface Parts {
  address: Address | undefined;
  reg: number;
  rm: number;
  opcodeRegister: number;
  repeated: boolean;
}

/** Selectors of every kind that user mode can come by. */
export const SELECTOR_CHOICES: readonly number[] = [
  0,
  3,
  at.USER_DATA,
  at.USER_DATA & ~3,
  at.USER_CODE,
  at.DATA_16,
  at.DATA_32,
  at.DATA_LIMITED,
  at.DATA_EXPAND_DOWN,
  at.DATA_READ_ONLY,
  at.DATA_NOT_PRESENT,
  at.CODE_16,
  at.CODE_16 & ~3,
  at.CODE_EXECUTE_ONLY,
  at.CODE_32,
  at.CODE_NOT_PRESENT,
  at.DATA_EXPAND_DOWN_32,
  at.EMPTY,
  at.BEYOND_LDT,
  at.KERNEL_CODE,
  at.KERNEL_DATA,
];

type Preparation = (builder: CaseBuilder, parts: Parts) => void;

export function prepare(builder: CaseBuilder, parts: Parts): void {
  const { mnemonic } = builder.form;
  PREPARATIONS.get(mnemonic)?.(builder, parts);
}

const PREPARATIONS = new Map<string, Preparation>();

function define(mnemonics: string, preparation: Preparation): void {
  for (const mnemonic of mnemonics.split(" ")) PREPARATIONS.set(mnemonic, preparation);
}

/** Leaves the stack as it is by default, so that it lies in the window. */
const keepStack: Preparation = (builder) => {
  builder.setRegister(ESP, 32, builder.registers[ESP] - (builder.random.chance(20) ? builder.random.below(4) : 0));
};

define("push pop pusha pushad popa popad pushf pushfd int3 int into", (builder, parts) => {
  keepStack(builder, parts);
  if (builder.form.mnemonic === "into") builder.setOverflow(builder.random.chance(50));
  const pops = builder.form.mnemonic === "pop";
  const toSegment = builder.form.operands.some((spec) => spec.place === "fixedSreg");
  const value = toSegment ? builder.random.pick(SELECTOR_CHOICES) : builder.random.edge(32);
  if (pops) builder.poke(SS, builder.stackOffset, value, builder.operandSize / 8);
});

define("popf popfd", (builder, parts) => {
  keepStack(builder, parts);
  builder.poke(SS, builder.stackOffset, flagsImage(builder), 4);
});

/** Any flags but TF, which would trap after the next instruction. */
function flagsImage(builder: CaseBuilder): number {
  return builder.random.bits() & ~0x100;
}

define("enter leave", (builder, parts) => {
  keepStack(builder, parts);
  builder.setRegister(EBP, 32, builder.registers[EBP] + (builder.random.chance(20) ? builder.random.below(8) : 0));
});

define("ret retf iret iretd", (builder, parts) => {
  const { random, form } = builder;
  keepStack(builder, parts);
  const bytes = builder.operandSize / 8;
  const far = form.mnemonic !== "ret";
  const selector = !far
    ? builder.selectors[CS]
    : random.chance(60)
      ? random.pick([at.USER_CODE, at.CODE_16, at.CODE_32])
      : random.pick(SELECTOR_CHOICES);
  const stack = builder.stackOffset;
  builder.poke(SS, stack, builder.landing(selector), bytes);
  if (far) builder.poke(SS, stack + bytes, selector, bytes);
  if (form.mnemonic.startsWith("iret")) builder.poke(SS, stack + 2 * bytes, flagsImage(builder), bytes);
});

/** Puts a value where the rm operand is: into its register, or into memory in the window. */
function setRm(builder: CaseBuilder, parts: Parts, value: number, bytes: number): void {
  if (parts.address) {
    builder.point(parts.address, bytes);
    builder.poke(builder.segmentOf(parts.address), builder.pointedOffset, value, bytes);
  } else builder.setRegister(parts.rm, bytes === 1 ? 8 : bytes === 2 ? 16 : 32, value);
}

define("call jmp", (builder, parts) => {
  keepStack(builder, parts);
  if (!builder.form.modrm) return;
  const target = builder.random.chance(90) ? builder.landing(builder.selectors[CS]) : 0x1234;
  if (parts.rm !== ESP) setRm(builder, parts, target, builder.operandSize / 8);
  else builder.setRegister(ESP, 32, 0x1234);
});

define("callf jmpf les lds lss lfs lgs", (builder, parts) => {
  const { random, form } = builder;
  if (form.mnemonic.endsWith("f") && form.mnemonic.length > 3) keepStack(builder, parts);
  if (!parts.address) return;
  const bytes = builder.operandSize / 8;
  const jumps = form.mnemonic === "callf" || form.mnemonic === "jmpf";
  const usual = jumps ? [at.USER_CODE, at.CODE_16, at.CODE_32] : [at.USER_DATA, at.DATA_16, at.DATA_32];
  const selector = random.chance(60) ? random.pick(usual) : random.pick(SELECTOR_CHOICES);
  builder.point(parts.address, bytes + 2);
  const segment = builder.segmentOf(parts.address);
  builder.poke(segment, builder.pointedOffset, jumps ? builder.landing(selector) : random.edge(32), bytes);
  builder.poke(segment, builder.pointedOffset + bytes, selector, 2);
});

define("mov", (builder, parts) => {
  const { random, form } = builder;
  if (form.operands[0].place !== "sreg") return;
  setRm(builder, parts, random.pick(SELECTOR_CHOICES), 2);
});

define("verr verw lar lsl", (builder, parts) => {
  setRm(builder, parts, builder.random.pick(SELECTOR_CHOICES), 2);
});

define("arpl", (builder, parts) => {
  setRm(builder, parts, builder.random.edge(16), 2);
});

define("div idiv", (builder, parts) => {
  const { random, form } = builder;
  const bytes = builder.size(form.operands[0]);
  const bits = bytes === 1 ? 8 : bytes === 2 ? 16 : 32;
  const divisor = random.edge(bits);
  // AH, EAX and EDX as the divisor are part of the dividend; then anything goes.
  const apart =
    parts.address !== undefined || (bytes === 1 ? (parts.rm & 3) !== 0 : parts.rm !== EAX && parts.rm !== EDX);
  if (parts.rm !== ESP) setRm(builder, parts, divisor, bytes);
  if (!apart || random.chance(15)) {
    builder.vary(EAX, 32);
    builder.vary(EDX, 32);
    return;
  }
  // A quotient that fits, or just does not.
  const signed = form.mnemonic === "idiv";
  const d = signed ? BigInt.asIntN(bits, BigInt(divisor)) : BigInt(divisor);
  const quotient = signed ? BigInt.asIntN(bits, BigInt(random.edge(bits))) : BigInt(random.edge(bits));
  const magnitude = d < 0n ? -d : d;
  const remainder = magnitude === 0n ? 0n : BigInt(random.edge(bits)) % magnitude;
  const nudge = random.chance(5) ? 1n << BigInt(bits) : 0n;
  const dividend = (quotient + nudge) * d + (signed && quotient * d < 0n ? -remainder : remainder);
  const low = Number(BigInt.asUintN(bits, dividend));
  const high = Number(BigInt.asUintN(bits, dividend >> BigInt(bits)));
  if (bits === 8) builder.setRegister(EAX, 16, low | (high << 8));
  else {
    if (!builder.isFixed(EAX)) builder.setRegister(EAX, bits, low);
    if (!builder.isFixed(EDX)) builder.setRegister(EDX, bits, high);
  }
});

define("mul imul cbw cwde cwd cdq aaa aas aam aad daa das lahf sahf salc", (builder, parts) => {
  const apart = parts.rm < 0 || builder.form.operands.length > 1;
  if (apart || parts.rm !== EAX) builder.vary(EAX, 32);
});

define("shl shr sar rol ror rcl rcr shld shrd", (builder, parts) => {
  const byRegister = builder.form.operands.some((spec) => spec.code === "CL");
  if (!byRegister) return;
  const { random } = builder;
  const count = random.pick([
    0,
    1,
    2,
    7,
    8,
    9,
    15,
    16,
    17,
    24,
    31,
    32,
    33,
    0x80,
    0xff,
    random.below(32),
    random.below(32),
  ]);
  if (parts.address?.base !== ECX && parts.address?.index !== ECX) builder.setRegister(ECX, 8, count);
});

/** With a bit number in a register the operand is the bit string around the address: the number says how far away. */
define("bt bts btr btc", (builder, parts) => {
  if (!parts.address || builder.form.operands[1].place !== "reg") return;
  builder.pointAt(parts.address, at.WINDOW + 0x60 + builder.random.below(0x40));
  if (!builder.isFixed(parts.reg)) {
    const number = builder.random.between(-600, 600);
    builder.setRegister(parts.reg, builder.operandSize, number);
  }
});

define("cmpxchg", (builder, parts) => {
  const { random, form } = builder;
  const bytes = builder.size(form.operands[0]);
  const bits = bytes === 1 ? 8 : bytes === 2 ? 16 : 32;
  const value = random.edge(bits);
  if (parts.rm !== ESP) setRm(builder, parts, value, bytes);
  if (!builder.isFixed(EAX)) builder.setRegister(EAX, bits, random.chance(50) ? value : random.edge(bits));
});

define("cmpxchg8b", (builder, parts) => {
  if (!parts.address) return;
  const { random } = builder;
  const [low, high] = [random.edge(32), random.edge(32)];
  builder.point(parts.address, 8);
  const segment = builder.segmentOf(parts.address);
  builder.poke(segment, builder.pointedOffset, low, 4);
  builder.poke(segment, builder.pointedOffset + 4, high, 4);
  const equal = random.chance(50);
  if (!builder.isFixed(EAX)) builder.setRegister(EAX, 32, equal ? low : random.edge(32));
  if (!builder.isFixed(EDX)) builder.setRegister(EDX, 32, equal ? high : random.edge(32));
  for (const register of [EBX, ECX]) builder.vary(register, 32);
});

define("xadd", (builder, parts) => {
  if (parts.rm >= 0) builder.vary(parts.rm, 32);
});

define("bound", (builder, parts) => {
  if (!parts.address) return;
  const { random } = builder;
  const bytes = builder.operandSize / 8;
  builder.point(parts.address, bytes * 2);
  const segment = builder.segmentOf(parts.address);
  const lower = random.between(-100, 100);
  const upper = lower + random.between(-2, 100);
  builder.poke(segment, builder.pointedOffset, lower, bytes);
  builder.poke(segment, builder.pointedOffset + bytes, upper, bytes);
  const index = random.pick([lower, upper, lower - 1, upper + 1, random.between(lower, Math.max(lower, upper))]);
  if (!builder.isFixed(parts.reg)) builder.setRegister(parts.reg, builder.operandSize, index);
});

define("xlat", (builder) => {
  const { random } = builder;
  const index = random.below(256);
  builder.setRegister(EAX, 8, index);
  const segment = builder.override >= 0 ? builder.override : DS;
  builder.setRegister(EBX, builder.addressSize, builder.offsetIn(segment, builder.target(1, segment)) - index);
});

define("loop loope loopne jcxz jecxz", (builder) => {
  const { random } = builder;
  const count = random.pick([0, 1, 2, 0x8000, 0xffff, 0x10000, 0x10001, 0xffffffff]);
  builder.setRegister(ECX, 32, count);
});

define(
  "movsb movsw movsd cmpsb cmpsw cmpsd stosb stosw stosd lodsb lodsw lodsd scasb scasw scasd",
  (builder, parts) => {
    const { random, form } = builder;
    const bytes = { b: 1, w: 2, d: 4 }[form.mnemonic.slice(-1)] ?? 1;
    const count = parts.repeated ? random.pick([0, 1, 2, 3, 5, 8, 10]) : 3;
    builder.setRegister(ECX, builder.addressSize, count);
    builder.setRegister(EAX, 32, random.edge(32));
    const down = random.chance(40);
    builder.eflags = (builder.eflags & ~0x400) | (down ? 0x400 : 0);
    // Far enough from the ends for the whole of it; sometimes not.
    const first = (): number =>
      at.WINDOW + (random.chance(8) ? at.WINDOW_SIZE - random.between(1, 12) : random.between(48, 200));
    const source = first();
    const destination = random.chance(30) ? source + random.between(-9, 9) : first();
    const segment = builder.override >= 0 ? builder.override : DS;
    builder.setRegister(ESI, builder.addressSize, builder.offsetIn(segment, source));
    builder.setRegister(EDI, builder.addressSize, builder.offsetIn(ES, destination));
    if (/^(cmps|scas)/.test(form.mnemonic) && random.chance(70))
      makeAlike(builder, source, destination, bytes, count, down);
  },
);

/** Makes the first elements of two strings equal (or, for SCAS, equal to the accumulator), or all of them different. */
function makeAlike(
  builder: CaseBuilder,
  source: number,
  destination: number,
  bytes: number,
  count: number,
  down: boolean,
): void {
  const equal = builder.random.between(0, count);
  for (let i = 0; i < equal; i++) {
    const step = (down ? -i : i) * bytes;
    for (let b = 0; b < bytes; b++) {
      const accumulator = builder.registers[EAX] >>> (8 * b);
      const from = source + step + b - at.WINDOW;
      const to = destination + step + b - at.WINDOW;
      if (to < 0 || to >= at.WINDOW_SIZE || from < 0 || from >= at.WINDOW_SIZE) continue;
      builder.window[to] = builder.form.mnemonic.startsWith("scas") ? accumulator : builder.window[from];
    }
  }
}
