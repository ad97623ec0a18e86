// Bytes to one line of a disassembly, whatever the bytes, as GNU objdump 2.40 goes through them: what is no instruction gives `(bad)`
// and an instruction cut off by the end gives its bytes one by one. Source: the output of objdump.

import { type DecodeFailure, decode, type Instruction, IS_PREFIX } from "./decode.ts";
import { prefixName } from "./format/prefixes.ts";
import { BAD, type FormatOptions, formatInstruction } from "./format.ts";
import { opcodeIndex } from "./select.ts";
import { FORMS } from "./table.ts";

export interface Disassembled {
  text: string;
  /** Bytes that the line stands for: at least one. */
  length: number;
  /** What the bytes are, or undefined where they are no instruction. */
  instruction: Instruction | undefined;
}

const WAIT = 0x9b;
const LOCK = 0xf0;
/** Of the eight opcodes of x87 instructions. */
const FIRST_FLOAT = 0xd8;
const TWO_BYTES = 0x0f;
const MAX_LENGTH = 15;
const MAX_PREFIXES = 14;

/** Opcodes (plus 256 after 0F) of which a mandatory prefix is a part, so that it is not shown by name. */
const PREFIXED: ReadonlySet<number> = new Set(
  FORMS.filter((form) => form.prefix !== "" && form.unit !== "integer").map((form) => opcodeIndex(form.opcode)),
);

/**
 * Disassembles at `offset`.
 * @param bits default operand and address size of the code
 * @param options syntax and symbols; `address` is the address of bytes[offset]
 */
export function disassemble(bytes: Uint8Array, offset: number, bits: 16 | 32, options: FormatOptions): Disassembled {
  const waiting = wait(bytes, offset, bits, options);
  if (waiting) return waiting;
  const instruction = decodeAny(bytes, offset, bits);
  if ("failure" in instruction) return failed(bytes, offset, bits, instruction);
  return { text: formatInstruction(instruction, options), length: instruction.length, instruction };
}

const NO_WAIT = /^fn(?=clex|init|stcw|stenv|save|stsw|eni|disi|setpm)/;

/** WAIT before an x87 instruction, which may have prefixes before and after, is shown as one with it: FNSTCW becomes FSTCW. */
function wait(bytes: Uint8Array, offset: number, bits: 16 | 32, options: FormatOptions): Disassembled | undefined {
  let count = 0;
  while (IS_PREFIX[bytes[offset + count]]) count++;
  if (bytes[offset + count] !== WAIT) return undefined;
  const follows = (at: number): boolean => (bytes[at] & 0xf8) === FIRST_FLOAT;
  const next = offset + count + 1;
  const waits = bytes[next] === WAIT && follows(next + 1) ? 2 : 1;
  // Prefixes before the WAIT belong to it alone, unless the instruction follows at once.
  if (count > 0 && !follows(offset + count + waits)) return undefined;
  const without = bytes.slice(offset, offset + MAX_LENGTH + waits);
  without.copyWithin(waits, 0, count);
  const decoded = decodeAny(without, waits, bits);
  if ("failure" in decoded || decoded.form.unit !== "x87") return undefined;
  const length = decoded.length + waits;
  const text = formatInstruction(decoded, options).replace(NO_WAIT, "f");
  // A name that became shorter leaves its operands where they were.
  const [, name, operands] = /^(f\w{1,5}) +(\S.*)$/.exec(text) ?? [];
  return { text: name ? `${name.padEnd(6)} ${operands}` : text, length, instruction: { ...decoded, length } };
}

/** As `decode`, but LOCK is taken where the processor does not take it: objdump shows it all the same. */
function decodeAny(bytes: Uint8Array, offset: number, bits: 16 | 32): Instruction | DecodeFailure {
  const decoded = decode(bytes, offset, bits);
  if (!("failure" in decoded)) return decoded;
  let count = 0;
  while (IS_PREFIX[bytes[offset + count]]) count++;
  const prefixes = [...bytes.subarray(offset, offset + count)];
  const others = prefixes.filter((byte) => byte !== LOCK);
  if (others.length === count) return decoded;
  const plain = Uint8Array.from([...others, ...bytes.subarray(offset + count, offset + MAX_LENGTH)]);
  const unlocked = decode(plain, 0, bits);
  if ("failure" in unlocked) return decoded;
  const length = unlocked.length + count - others.length;
  return length > MAX_LENGTH ? decoded : { ...unlocked, lock: true, prefixes, length };
}

function failed(bytes: Uint8Array, offset: number, bits: 16 | 32, { failure }: DecodeFailure): Disassembled {
  const prefixes: number[] = [];
  while (IS_PREFIX[bytes[offset + prefixes.length]]) prefixes.push(bytes[offset + prefixes.length]);
  const names = prefixes.map((byte) => prefixName(byte, bits));
  const result = (text: string, length: number): Disassembled => ({ text, length, instruction: undefined });
  if (prefixes.length >= MAX_PREFIXES) return result(names.slice(0, MAX_PREFIXES).join(" "), MAX_PREFIXES);
  if (failure === "truncated") return result(names[0] ?? `.byte 0x${bytes[offset].toString(16)}`, 1);
  if (failure === "too long") return result([...names, BAD].join(" "), MAX_LENGTH);
  const at = offset + prefixes.length;
  // 0F 38 and 0F 3A lead to maps of three-byte opcodes.
  const isLong = bytes[at] === TWO_BYTES && (bytes[at + 1] === 0x38 || bytes[at + 1] === 0x3a);
  const opcodeBytes = isLong ? 3 : bytes[at] === TWO_BYTES ? 2 : 1;
  const opcode = opcodeIndex([...bytes.subarray(at, at + opcodeBytes)]);
  const shown = PREFIXED.has(opcode) ? prefixes.filter((byte) => ![0x66, 0xf2, 0xf3].includes(byte)) : prefixes;
  const text = [...shown.map((byte) => prefixName(byte, bits)), BAD].join(" ");
  return result(text, Math.min(prefixes.length + opcodeBytes, bytes.length - offset));
}
