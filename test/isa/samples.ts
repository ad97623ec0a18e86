// Encodings of every form of the instruction table: its opcode with random ModRM, addresses and immediates behind it.

import { decode, type Instruction } from "../../isa/decode.ts";
import type { Form } from "../../isa/instruction.ts";
import { FORMS } from "../../isa/table.ts";
import { Random } from "../hardware/random.ts";

const MANDATORY = { "": [], np: [], "66": [0x66], f3: [0xf3], f2: [0xf2] } as const;
const SEGMENTS = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];

export interface Sample {
  bytes: Uint8Array;
  instruction: Instruction;
}

/** Random bytes that decode as the form, or undefined where another form takes those bytes. */
export function sampleOf(form: Form, random: Random, bits: 16 | 32): Sample | undefined {
  const operandPrefix = form.onlyOperandSize !== 0 ? form.onlyOperandSize !== bits : form.sized && random.chance(25);
  const addressPrefix = form.onlyAddressSize !== 0 ? form.onlyAddressSize !== bits : takesAddress(form, random);
  const prefixes: number[] = [];
  if (hasMemory(form) && random.chance(10)) prefixes.push(random.pick(SEGMENTS));
  if (addressPrefix) prefixes.push(0x67);
  if (operandPrefix) prefixes.push(0x66);
  if (form.repeat !== "" && random.chance(40)) prefixes.push(form.repeat === "rep" ? 0xf3 : random.pick([0xf2, 0xf3]));
  prefixes.push(...MANDATORY[form.prefix]);
  const opcode = [...form.opcode];
  if (form.operands.some((spec) => spec.place === "opcode")) opcode[opcode.length - 1] += random.below(8);
  for (let tries = 0; tries < 20; tries++) {
    const tail = Array.from({ length: 12 }, () =>
      random.chance(20) ? random.pick([0, 0xff, 0x80]) : random.below(256),
    );
    if (form.modrmByte >= 0) tail[0] = form.modrmByte;
    else if (form.digit >= 0) tail[0] = (tail[0] & 0xc7) | (form.digit << 3);
    const place = form.operands.find((spec) => spec.place.startsWith("rm"))?.place;
    if (place === "rmRegister") tail[0] |= 0xc0;
    if (place === "rmMemory" && tail[0] >= 0xc0) tail[0] &= 0x7f;
    const bytes = Uint8Array.from([...prefixes, ...opcode, ...tail]);
    const decoded = decode(bytes, 0, bits);
    if ("failure" in decoded) continue;
    if (form.suffix >= 0) {
      // The suffix stands behind the address.
      bytes[decoded.length - 1] = form.suffix;
      return { bytes: bytes.subarray(0, decoded.length), instruction: { ...decoded, form } };
    }
    if (decoded.form === form) return { bytes: bytes.subarray(0, decoded.length), instruction: decoded };
  }
  return undefined;
}

function hasMemory(form: Form): boolean {
  return form.operands.some((spec) => ["rm", "rmMemory", "source", "xlat", "moffs"].includes(spec.place));
}

function takesAddress(form: Form, random: Random): boolean {
  return hasMemory(form) && random.chance(15);
}

/** Where we and objdump part: it knows instructions that came after SSE2, and takes only register 0 for a fence's. */
function isComparable(form: Form, bytes: Uint8Array): boolean {
  if (form.mnemonic === "mfence" || form.mnemonic === "sfence") return !form.decodeOnly;
  // BNDLDX and the like, CLDEMOTE.
  const hint = form.mnemonic === "nop" && form.opcode.length === 2 && [0x1a, 0x1b, 0x1c].includes(form.opcode[1]);
  return !hint && bytes.length < 16;
}

/** So many samples of each form that the decoder knows and objdump does not see in another way. */
export function samplesOf(bits: 16 | 32, seed: number, count: number): Sample[] {
  const random = new Random(seed);
  return FORMS.filter((form) => !form.encodeOnly).flatMap((form) =>
    Array.from({ length: count }, () => sampleOf(form, random, bits)).filter(
      (sample) => sample !== undefined && isComparable(form, sample.bytes),
    ),
  ) as Sample[];
}
