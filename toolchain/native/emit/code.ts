// Instructions on hardware registers, as the encoder takes them: made from the selected instructions and the allocation.

import type { ImmediateOperand, MemoryOperand, Operand, RegisterOperand } from "../../../isa/instruction.ts";
import { type Move, type OrderedMove, orderMoves, type Place } from "../allocate/moves.ts";
import type { Rewriting } from "../allocate/rewrite.ts";
import * as m from "../machine/ir.ts";

export interface Code {
  mnemonic: string;
  operands: Operand[];
  /** Offset in the WebAssembly module; -1 for none. */
  at: number;
  /** Jumps: where to, when that is a block. */
  target: m.MachineBlock | undefined;
  /** String instructions: runs ECX times. */
  repeat: boolean;
}

const SS = 2;
const DS = 3;
const CLASSES = { 1: "r8", 2: "r16", 4: "r32" } as const;

export function code(mnemonic: string, operands: Operand[] = [], at = -1): Code {
  return { mnemonic, operands, at, target: undefined, repeat: false };
}

export function register(index: number, size: 1 | 2 | 4 = 4): RegisterOperand {
  return { kind: "register", class: CLASSES[size], index };
}

export function constant(value: number, size = 4): ImmediateOperand {
  return { kind: "immediate", value: value | 0, size };
}

export function frameMemory(displacement: number, size = 4): MemoryOperand {
  return { kind: "memory", size, addressSize: 32, base: m.EBP, index: -1, scale: 1, displacement, segment: SS };
}

/** The instructions of each block, without prologue. */
export function rewriteBlock(block: m.MachineBlock, rewriting: Rewriting): Code[] {
  const out: Code[] = [];
  block.instructions.forEach((instruction, i) => {
    const position = block.from + 4 * i;
    for (const moves of rewriting.moves.get(position) ?? []) out.push(...moveCodes(orderMoves(moves), instruction.at));
    out.push(...rewriteInstruction(instruction, position, rewriting));
  });
  return out;
}

function rewriteInstruction(instruction: m.MachineInstruction, position: number, rewriting: Rewriting): Code[] {
  const { mnemonic, at } = instruction;
  if (mnemonic === "none") return [];
  if (mnemonic === "copies") {
    const moves = instruction.copies.map(({ to, from }): Move => {
      const source = "constant" in from ? from : rewriting.placeAt(from.virtual, position + 1);
      return { to: rewriting.placeAt(to, position + 2), from: source };
    });
    return moveCodes(orderMoves(moves), at);
  }
  const operands = instruction.operands
    .filter((operand) => operand.kind !== "block")
    .map((operand) => rewriteOperand(operand, position, rewriting));
  const [first, second] = operands;
  switch (mnemonic) {
    case "mov":
      if (first.kind === "memory" && second.kind === "memory") {
        if (
          first.base === second.base &&
          first.displacement === second.displacement &&
          first.index === second.index &&
          first.fixup === second.fixup
        )
          return [];
        return [code("push", [second], at), code("pop", [first], at)];
      }
      break;
    case "test0":
      return first.kind === "register" ? [code("test", [first, first], at)] : [code("cmp", [first, constant(0)], at)];
    case "bsfOr":
    case "bsrOr": {
      // The move of a constant takes five bytes.
      const skip: Operand = { kind: "relative", value: 5, size: 1 };
      return [
        code(mnemonic.slice(0, 3), [first, second], at),
        code("jne", [skip], at),
        code("mov", [first, operands[2]], at),
      ];
    }
    case "stiHlt":
      return [code("sti", [], at), code("hlt", [], at)];
  }
  const made = code(mnemonic, operands, at);
  made.target = instruction.operands.find((operand) => operand.kind === "block")?.block;
  return [made];
}

function rewriteOperand(operand: m.MachineOperand, position: number, rewriting: Rewriting): Operand {
  switch (operand.kind) {
    case "register": {
      const place = rewriting.placeAt(operand.virtual, operand.role === "def" ? position + 2 : position + 1);
      return "register" in place ? register(place.register, operand.size) : frameMemory(place.frame, operand.size);
    }
    case "immediate":
      return { kind: "immediate", value: operand.value, size: operand.size, fixup: operand.symbol };
    case "hardware":
      return { kind: "register", class: operand.class, index: operand.index };
    case "call":
      return { kind: "relative", value: 0, size: 4, fixup: operand.symbol };
    case "memory": {
      if (operand.inFrame) return frameMemory(operand.displacement, operand.size);
      const at = (virtual: number): number => {
        if (virtual < 0) return -1;
        const place = rewriting.placeAt(virtual, position + 1);
        if ("register" in place) return place.register;
        throw new RangeError(`virtual register ${virtual} of an address is in memory at ${position}`);
      };
      return {
        kind: "memory",
        size: operand.size,
        addressSize: 32,
        base: at(operand.base),
        index: at(operand.index),
        scale: operand.scale,
        displacement: operand.displacement,
        segment: DS,
        fixup: operand.symbol,
      };
    }
    case "block":
      throw new RangeError("a block is no operand of an encoded instruction");
  }
}

function placeOperand(place: Place): Operand {
  return "register" in place ? register(place.register) : frameMemory(place.frame);
}

function moveCodes(moves: OrderedMove[], at: number): Code[] {
  return moves.map((move) => moveCode(move, at));
}

function moveCode(move: OrderedMove, at: number): Code {
  switch (move.kind) {
    case "exchange":
      return code("xchg", [register(move.a), register(move.b)], at);
    case "push":
      return code("push", [placeOperand(move.from)], at);
    case "pop":
      return code("pop", [placeOperand(move.to)], at);
    case "move": {
      const from = "constant" in move.from ? constant(move.from.constant) : placeOperand(move.from);
      return code("mov", [placeOperand(move.to), from], at);
    }
  }
}
