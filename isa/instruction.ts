// The shapes that the decoder, the encoder, the assembler and the CPU share: operands and instruction forms.
// Operand codes follow the opcode maps of the Intel SDM, volume 2, appendix A.

export type RegisterClass = "r8" | "r16" | "r32" | "sreg" | "cr" | "dr" | "tr" | "st" | "mm" | "xmm";

/** `index` is the hardware number: r8 al cl dl bl ah ch dh bh; r16/r32 ax cx dx bx sp bp si di; sreg es cs ss ds fs gs; the others by their numbers. */
export interface RegisterOperand {
  kind: "register";
  class: RegisterClass;
  index: number;
}

export interface MemoryOperand {
  kind: "memory";
  /** Bytes of data; 0 when the instruction only forms an address (`lea`). */
  size: number;
  addressSize: 16 | 32;
  /** Register number 0–7, or -1 for none. */
  base: number;
  index: number;
  scale: 1 | 2 | 4 | 8;
  /** Signed 32-bit; a 16-bit displacement is sign-extended. */
  displacement: number;
  /** Number of the segment register that applies (override or default). */
  segment: number;
  /** Encoder only: the displacement is a byte even where none is needed. */
  displacementSize?: 1;
  /** Encoder only: the displacement is a symbol's address plus `displacement`. */
  fixup?: unknown;
}

export interface ImmediateOperand {
  kind: "immediate";
  /** Signed 32-bit. */
  value: number;
  /** Bytes of the operand that the value stands for. */
  size: number;
  fixup?: unknown;
}

export interface RelativeOperand {
  kind: "relative";
  /** Distance in bytes from the end of the instruction. */
  value: number;
  /** Bytes of the displacement in the encoding. */
  size: number;
  fixup?: unknown;
}

export interface FarOperand {
  kind: "far";
  selector: number;
  offset: number;
  /** Bytes of the offset: 2 or 4. */
  size: number;
  fixup?: unknown;
  /** Encoder only: the selector is a symbol's value plus `selector`. */
  selectorFixup?: unknown;
}

export type Operand = RegisterOperand | MemoryOperand | ImmediateOperand | RelativeOperand | FarOperand;

/** Where an operand stands in the encoding. */
export type OperandPlace =
  | "rm" // ModRM.rm, register or memory
  | "rmMemory" // ModRM.rm, memory only
  | "rmRegister" // ModRM.rm, register only
  | "reg" // ModRM.reg, general, MMX or XMM register
  | "sreg" // ModRM.reg, segment register
  | "cr" // ModRM.reg, control register
  | "dr" // ModRM.reg, debug register
  | "tr" // ModRM.reg, test register
  | "opcode" // low three bits of the opcode
  | "immediate"
  | "relative"
  | "far" // selector:offset in the encoding
  | "moffs" // address without ModRM
  | "source" // string source: DS:(E)SI, segment can be overridden
  | "destination" // string destination: ES:(E)DI
  | "xlat" // DS:(E)BX
  | "fixed" // a register that the opcode names
  | "fixedSreg"
  | "one"; // the constant 1

/** Size code of the SDM: byte, word, doubleword, by operand size (v, z), far pointer, pair, descriptor-table register, quadword, ten bytes (t), sixteen (o), none. */
export type SizeCode = "b" | "w" | "d" | "v" | "z" | "p" | "a" | "s" | "q" | "t" | "o" | "n";

export interface OperandSpec {
  /** As the table writes it: `Eb`, `Gv`, `Iz`… */
  code: string;
  place: OperandPlace;
  /** For "rm", "rmRegister", "reg" and "fixed": which registers, the general ones of the size or others. */
  registers: "general" | "st" | "mm" | "xmm";
  /** Of the data: in memory, or of a general register. */
  size: SizeCode;
  /** Immediate of one byte, sign-extended to the operand size. */
  signExtended: boolean;
  /** Register number for "fixed" and "fixedSreg". */
  register: number;
}

export const CF = 1 << 0;
export const PF = 1 << 2;
export const AF = 1 << 4;
export const ZF = 1 << 6;
export const SF = 1 << 7;
export const TF = 1 << 8;
export const IF = 1 << 9;
export const DF = 1 << 10;
export const OF = 1 << 11;

/** The oldest processor that has a form of the integer unit. */
export type Level = "386" | "486" | "pentium" | "p6" | "p4";

/** The part of the processor that an instruction belongs to. */
export type Unit = "integer" | "x87" | "mmx" | "3dnow" | "sse" | "sse2" | "sse3" | "ssse3" | "sse4_1" | "sse4_2";

/** What CPUID says a processor has and some forms need, by the names of Linux and QEMU. */
export const FEATURES = [
  ...(["fpu", "tsc", "msr", "cx8", "sep", "cmov", "mmx", "fxsr", "sse", "sse2", "clflush"] as const),
  ...(["cpuid", "3dnow", "syscall", "popcnt", "monitor", "pni", "ssse3", "sse4_1", "sse4_2"] as const),
  ...(["3dnowext"] as const),
] as const;
/** "" where the level alone decides. */
export type Feature = (typeof FEATURES)[number] | "";

/** The prefix that selects a form: np for none of the three, "" where they mean what they mean to integer instructions. */
export type MandatoryPrefix = "" | "np" | "66" | "f3" | "f2";

/** One way to encode one instruction: a line of the table. */
export interface Form {
  /** Position in the table, unique. */
  id: number;
  unit: Unit;
  mnemonic: string;
  prefix: MandatoryPrefix;
  /** Encoder only: a WAIT (9B) comes before everything. */
  wait: boolean;
  /** Opcode bytes: one, or 0F and one, or 0F 38 or 0F 3A and one. */
  opcode: readonly number[];
  /** The byte behind the operands that is part of the opcode (3DNow!, and the comparisons that a name like CMPLTPS implies), else -1. */
  suffix: number;
  /** A ModRM byte follows. */
  modrm: boolean;
  /** Value of ModRM.reg where it is part of the opcode, else -1. */
  digit: number;
  /** Value of the whole ModRM byte where it is part of the opcode, else -1. */
  modrmByte: number;
  operands: readonly OperandSpec[];
  /** EFLAGS bits read, written, and left undefined. Shifts and rotates: see `shift` in table/integer.ts for counts. */
  flags: { tested: number; written: number; undefined: number };
  /** Only this operand size (or address size), else 0. */
  onlyOperandSize: 0 | 16 | 32;
  onlyAddressSize: 0 | 16 | 32;
  /** The operand size changes the instruction (so that a 66 prefix means something). */
  sized: boolean;
  /** LOCK is allowed when the destination is memory. */
  lockable: boolean;
  /** What a REP prefix means: nothing, repeat by count, or repeat by count and ZF. */
  repeat: "" | "rep" | "repz";
  /** CPL 0, or CPL ≤ IOPL. */
  privilege: "" | "cpl0" | "iopl";
  level: Level;
  feature: Feature;
  /** Protected mode only (#UD in real and virtual-8086 mode). */
  protectedOnly: boolean;
  /** Decoded, but never chosen by the encoder (a duplicate encoding). */
  decodeOnly: boolean;
  /** Known to the encoder only (operands in the other order). */
  encodeOnly: boolean;
}
