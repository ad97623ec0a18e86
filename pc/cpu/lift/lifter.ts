// Turns a run of instructions into a block of micro-ops. The core calls `lift` when it has no block for CS:EIP.

import { decode } from "../../../isa/decode.ts";
import { CONDITIONS, FORMS } from "../../../isa/table.ts";
import {
  ARENA_NEXT,
  BLOCK_COUNT,
  BLOCK_END,
  BLOCK_HEADER,
  BLOCK_LENGTH,
  MODE_CODE32,
  MODE_SINGLE,
} from "../core/layout.ts";
import { Op } from "../core/ops.ts";
import { type CpuModel, modelHas } from "../models.ts";
import { ARITHMETIC } from "./arithmetic.ts";
import { Context, type Lift } from "./context.ts";
import { CONTROL, jumpCondition } from "./control.ts";
import { FLOATS } from "./floats.ts";
import { MOVES, moveCondition, setCondition } from "./moves.ts";
import { NEWER } from "./newer.ts";
import { PACKED } from "./packed.ts";
import { STRINGS } from "./strings.ts";
import { liftUndefined, SYSTEM } from "./system.ts";
import { X87 } from "./x87.ts";

/** Longest block: well below the 255 that a record's index can say. */
const MAX_INSTRUCTIONS = 64;

const BY_MNEMONIC = new Map<string, Lift>([
  ...Object.entries(ARITHMETIC),
  ...Object.entries(MOVES),
  ...Object.entries(CONTROL),
  ...Object.entries(STRINGS),
  ...Object.entries(SYSTEM),
  ...Object.entries(X87),
  ["popcnt", NEWER["popcnt"]],
  ...CONDITIONS.flatMap((condition, code): [string, Lift][] => [
    [`j${condition}`, jumpCondition(code)],
    [`set${condition}`, setCondition(code)],
    [`cmov${condition}`, moveCondition(code)],
  ]),
]);

/** MOVSD and CMPSD are also names of string instructions. */
const VECTORS: Readonly<Record<string, Lift | undefined>> = { ...NEWER, ...PACKED, ...FLOATS };

/** By `Form.id`. Which of them a model has is the lifter's business. */
const BY_FORM: readonly Lift[] = FORMS.map((form) => {
  // What only the assembler knows never comes out of the decoder.
  if (form.encodeOnly) return liftUndefined;
  const scalar = form.unit === "integer" || form.unit === "x87";
  const lift = scalar ? BY_MNEMONIC.get(form.mnemonic) : VECTORS[form.mnemonic];
  if (lift === undefined)
    throw new ReferenceError(`lift: the instruction table has "${form.mnemonic}", the CPU does not`);
  return lift;
});

export class Lifter {
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;
  private readonly context: Context;

  /** By `Form.id`: what the model does not have is undefined. */
  private readonly byForm: readonly Lift[];

  /** @param compileAfter entries after which a block is compiled; 0 for never */
  constructor(
    memory: ArrayBuffer,
    model: CpuModel,
    private readonly compileAfter = 0,
  ) {
    this.byForm = FORMS.map((form) => (modelHas(model, form) ? BY_FORM[form.id] : liftUndefined));
    this.words = new Int32Array(memory);
    this.bytes = new Uint8Array(memory);
    this.context = new Context(this.words);
  }

  /**
   * Writes a block's records and header (count, length, end) at ARENA_NEXT.
   * @param host address of the code in the shared memory
   * @param available bytes that may be decoded
   * @param mode MODE_… bits; with MODE_SINGLE the block is one instruction
   * @param room bytes in which all but the first instruction must begin
   * @returns the first record's address, or 0 if the first instruction does not end within `available`
   */
  lift(host: number, available: number, mode: number, room = available): number {
    const { context, words } = this;
    const code = this.bytes.subarray(host, host + available);
    const bits = mode & MODE_CODE32 ? 32 : 16;
    const limit = mode & MODE_SINGLE ? 1 : MAX_INSTRUCTIONS;
    const block = words[ARENA_NEXT >> 2] + BLOCK_HEADER;
    context.startBlock(block, mode);
    let offset = 0;
    let count = 0;
    let open = true;
    context.startInstruction(0, 0, 0);
    if (this.compileAfter > 0) context.emit(Op.COUNT, 0, undefined, undefined, this.compileAfter);
    while (count < limit && (offset < room || count === 0)) {
      const instruction = decode(code, offset, bits);
      if ("failure" in instruction) {
        if (instruction.failure === "truncated") {
          if (count === 0) return 0;
          break;
        }
        context.startInstruction(count++, offset, offset + 1);
        offset++;
        if (instruction.failure === "invalid") context.raise(6, false);
        else context.raise(13, true);
        open = false;
        break;
      }
      const after = offset + instruction.length;
      context.startInstruction(count++, offset, after);
      this.byForm[instruction.form.id](context, instruction);
      offset = after;
      if (context.ended) {
        open = false;
        break;
      }
      if (context.leave) break;
    }
    if (open) {
      const leave = context.leave || limit === 1;
      context.startInstruction(count, offset, offset);
      context.emit(leave ? Op.EXIT : Op.NEXT, 0);
    }
    words[(block + BLOCK_COUNT) >> 2] = count;
    words[(block + BLOCK_LENGTH) >> 2] = offset;
    words[(block + BLOCK_END) >> 2] = context.at;
    return block;
  }
}
