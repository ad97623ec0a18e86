// Decides the order of blocks in memory and the jumps between them: no jump to what follows, short ones where they reach.

import { encode } from "../../../isa/encode.ts";
import type { MachineBlock } from "../machine/ir.ts";
import { type Code, code } from "./code.ts";

export interface LaidOut {
  bytes: number[];
  /** Fields that symbols complete. */
  fixups: { offset: number; kind: "absolute" | "relative"; symbol: unknown; addend: number }[];
  /** Where instructions begin, with their offsets in the module. */
  lines: { offset: number; at: number }[];
  blockOffsets: Map<MachineBlock, number>;
}

interface Piece {
  code: Code;
  bytes: Uint8Array;
  fixups: LaidOut["fixups"];
  block: MachineBlock | undefined;
  /** Jumps to blocks: whether the displacement is one byte. */
  isShort: boolean;
  offset: number;
}

export function layOut(blocks: MachineBlock[], codes: Map<MachineBlock, Code[]>): LaidOut {
  const order = rotateLoops(removeJumpBlocks(blocks, codes), codes);
  joinNeighbours(order, codes);
  const pieces: Piece[] = order.flatMap((block) => {
    const list = codes.get(block) ?? [];
    if (list.length === 0) return [piece(code("none"), block)];
    return list.map((made, i) => piece(made, i === 0 ? block : undefined));
  });
  const blockOffsets = relax(pieces);
  const result: LaidOut = { bytes: [], fixups: [], lines: [], blockOffsets };
  for (const made of pieces) {
    const start = result.bytes.length;
    if (made.code.mnemonic === "none") continue;
    const bytes = made.code.target ? jumpBytes(made, blockOffsets) : made.bytes;
    for (const byte of bytes) result.bytes.push(byte);
    for (const fixup of made.fixups) result.fixups.push({ ...fixup, offset: start + fixup.offset });
    result.lines.push({ offset: start, at: made.code.at });
  }
  return result;
}

/** Blocks that only jump are passed over. */
function removeJumpBlocks(blocks: MachineBlock[], codes: Map<MachineBlock, Code[]>): MachineBlock[] {
  const onlyJump = (block: MachineBlock): MachineBlock | undefined => {
    const list = codes.get(block) ?? [];
    return list.length === 1 && list[0].mnemonic === "jmp" ? list[0].target : undefined;
  };
  const end = (block: MachineBlock): MachineBlock => {
    const seen = new Set<MachineBlock>();
    let at = block;
    for (let next = onlyJump(at); next && !seen.has(at); next = onlyJump(at)) {
      seen.add(at);
      at = next;
    }
    return at;
  };
  const used = new Set<MachineBlock>([blocks[0]]);
  for (const block of blocks) {
    const list = codes.get(block) ?? [];
    for (const made of list) if (made.target) made.target = end(made.target);
    const [branch, jump] = list.slice(-2);
    if (branch?.target && jump?.target === branch.target && branch.mnemonic !== "jmp") list.splice(-2, 1);
  }
  return blocks.filter(
    (block) => used.has(block) || onlyJump(block) === undefined || end(block) === block || isTableTarget(block),
  );

  /** Tables name blocks as they are. */
  function isTableTarget(block: MachineBlock): boolean {
    return block.predecessors.some((predecessor) =>
      (codes.get(predecessor) ?? []).some((made) => made.mnemonic === "jmp" && !made.target),
    );
  }
}

const OPPOSITE: Record<string, string> = {
  je: "jne",
  jne: "je",
  jl: "jge",
  jge: "jl",
  jle: "jg",
  jg: "jle",
  jb: "jae",
  jae: "jb",
  jbe: "ja",
  ja: "jbe",
  js: "jns",
  jns: "js",
};

/**
 * A loop whose head decides whether to go on, and whose end jumps back to it: the head moves to the end, so that a round takes
 * one jump and not two.
 */
function rotateLoops(blocks: MachineBlock[], codes: Map<MachineBlock, Code[]>): MachineBlock[] {
  const order = [...blocks];
  for (const head of blocks.slice(1)) {
    const at = order.indexOf(head);
    let end = -1;
    for (let i = order.length - 1; i > at && end < 0; i--) {
      const last = codes.get(order[i])?.at(-1);
      if (last?.mnemonic === "jmp" && last.target === head) end = i;
    }
    const [branch, jump] = (codes.get(head) ?? []).slice(-2);
    if (end < 0 || !branch?.target || !jump?.target || !OPPOSITE[branch.mnemonic]) continue;
    const inside = new Set(order.slice(at + 1, end + 1));
    // One way goes on in the loop, the other leaves it.
    if (inside.has(branch.target) === inside.has(jump.target)) continue;
    order.splice(at, 1);
    order.splice(end, 0, head);
  }
  return order;
}

function joinNeighbours(order: MachineBlock[], codes: Map<MachineBlock, Code[]>): void {
  order.forEach((block, i) => {
    const next: MachineBlock | undefined = order[i + 1];
    const list = codes.get(block) ?? [];
    const [branch, jump] = [list[list.length - 2], list[list.length - 1]];
    if (!next || jump?.mnemonic !== "jmp" || !jump.target) return;
    if (jump.target === next) list.pop();
    else if (branch?.target === next && OPPOSITE[branch.mnemonic]) {
      branch.mnemonic = OPPOSITE[branch.mnemonic];
      branch.target = jump.target;
      list.pop();
    }
  });
}

function piece(made: Code, block: MachineBlock | undefined): Piece {
  if (made.target || made.mnemonic === "none")
    return { code: made, bytes: new Uint8Array(), fixups: [], block, isShort: true, offset: 0 };
  const { bytes, fixups } = encode(made.mnemonic, made.operands, { bits: 32, repeat: made.repeat ? "rep" : undefined });
  return { code: made, bytes, fixups, block, isShort: false, offset: 0 };
}

function size(made: Piece): number {
  if (made.code.mnemonic === "none") return 0;
  if (!made.code.target) return made.bytes.length;
  return made.isShort ? 2 : made.code.mnemonic === "jmp" ? 5 : 6;
}

/** Starts with short jumps and makes those near that don't reach, until all do. */
function relax(pieces: Piece[]): Map<MachineBlock, number> {
  const blockOffsets = new Map<MachineBlock, number>();
  for (let changed = true; changed; ) {
    changed = false;
    let offset = 0;
    for (const made of pieces) {
      made.offset = offset;
      if (made.block) blockOffsets.set(made.block, offset);
      offset += size(made);
    }
    for (const made of pieces) {
      if (!made.code.target || !made.isShort) continue;
      const distance = (blockOffsets.get(made.code.target) ?? 0) - (made.offset + 2);
      if (distance < -128 || distance > 127) {
        made.isShort = false;
        changed = true;
      }
    }
  }
  return blockOffsets;
}

function jumpBytes(made: Piece, blockOffsets: Map<MachineBlock, number>): Uint8Array {
  const { target, mnemonic } = made.code;
  const offset = target && blockOffsets.get(target);
  if (offset === undefined) throw new RangeError("a jump to a block that is not laid out");
  const value = offset - (made.offset + size(made));
  return encode(mnemonic, [{ kind: "relative", value, size: made.isShort ? 1 : 4 }], {
    bits: 32,
    jump: made.isShort ? "short" : "near",
  }).bytes;
}
