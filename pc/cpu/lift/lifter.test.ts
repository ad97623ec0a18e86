import { describe, expect, test } from "vitest";
import {
  ARENA,
  ARENA_NEXT,
  BLOCK_COUNT,
  BLOCK_END,
  BLOCK_LENGTH,
  MODE_CODE32,
  MODE_DS_FLAT,
  MODE_SINGLE,
  MODE_STACK_FLAT,
  RECORD,
} from "../core/layout.ts";
import { Op } from "../core/ops.ts";
import { cpuModel } from "../models.ts";
import { Lifter } from "./lifter.ts";

const CODE = 0x1000;
const FLAT = MODE_CODE32 | MODE_DS_FLAT | MODE_STACK_FLAT;

interface Lifted {
  ops: string[];
  count: number;
  length: number;
}

function lift(bytes: number[], mode: number, available = bytes.length): Lifted | undefined {
  const memory = new ArrayBuffer(ARENA + 0x10000);
  const view = new DataView(memory);
  new Uint8Array(memory).set(bytes, CODE);
  view.setUint32(ARENA_NEXT, ARENA, true);
  const block = new Lifter(memory, cpuModel("max")).lift(CODE, available, mode);
  if (block === 0) return undefined;
  const ops: string[] = [];
  for (let at = block; at < view.getUint32(block + BLOCK_END, true); at += RECORD)
    ops.push(Op[view.getUint16(at, true)]);
  return { ops, count: view.getUint32(block + BLOCK_COUNT, true), length: view.getUint32(block + BLOCK_LENGTH, true) };
}

describe("a block", () => {
  test("ends with a jump", () => {
    // add %ebx, %eax; jz .+2; nop
    expect(lift([0x01, 0xd8, 0x74, 0x00, 0x90], FLAT)).toEqual({ ops: ["ADD32", "JE"], count: 2, length: 4 });
  });

  test("goes on in the next one where the bytes end", () => {
    expect(lift([0x90, 0x90], FLAT)).toEqual({ ops: ["NOP", "NOP", "NEXT"], count: 2, length: 2 });
  });

  test("ends before an instruction that is cut off", () => {
    expect(lift([0x90, 0xb8, 0x01], FLAT)).toEqual({ ops: ["NOP", "NEXT"], count: 1, length: 1 });
  });

  test("does not exist when its first instruction is cut off", () => {
    expect(lift([0xb8, 0x01], FLAT)).toBeUndefined();
  });

  test("is left after port I/O and after a load of DS", () => {
    expect(lift([0xec, 0x90], FLAT)?.ops).toEqual(["IN8", "EXIT"]);
    expect(lift([0x8e, 0xd8, 0x90], FLAT)?.ops).toEqual(["LOAD_SEGMENT", "EXIT"]);
  });

  test("is one instruction long when asked", () => {
    expect(lift([0x90, 0x90], FLAT | MODE_SINGLE)).toEqual({ ops: ["NOP", "EXIT"], count: 1, length: 1 });
  });

  test("raises #UD at what is no instruction", () => {
    expect(lift([0x90, 0x0f, 0x04], FLAT)).toEqual({ ops: ["NOP", "RAISE"], count: 2, length: 2 });
  });
});

describe("a memory operand", () => {
  const ADD_TO_MEMORY = [0x01, 0x03]; // add %eax, (%ebx)

  test("is an address at once in a flat segment", () => {
    expect(lift(ADD_TO_MEMORY, FLAT)?.ops).toEqual(["LOAD_MODIFY32", "ADD32", "STORE32", "NEXT"]);
  });

  test("goes through its segment otherwise, once for reading and writing", () => {
    expect(lift(ADD_TO_MEMORY, MODE_CODE32)?.ops).toEqual(["LINEAR", "LOAD_MODIFY32", "ADD32", "STORE32", "NEXT"]);
  });

  test("with an override of FS always goes through the segment", () => {
    expect(lift([0x64, 0x8b, 0x03], FLAT)?.ops).toEqual(["LINEAR", "LOAD32", "NEXT"]);
  });
});
