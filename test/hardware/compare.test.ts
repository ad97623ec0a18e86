// The comparison itself: it sees every kind of difference, and does not see what the manual leaves undefined.

import { describe, expect, test } from "vitest";
import { CF, OF, SF } from "../../isa/instruction.ts";
import { FILLER } from "./case-builder.ts";
import { compare, report } from "./compare.ts";
import * as at from "./environment.ts";
import { BREAKPOINT, type Outcome, type Vector } from "./record.ts";
import { readVectors, VectorsFileError, writeVectors } from "./vectors-file.ts";

const START = at.CODE_PAGE + at.CODE_OFFSET;

/** An instruction that changes nothing but EIP and comes to the breakpoint behind it. */
function vectorOf(...code: number[]): Vector {
  const state = {
    registers: Uint32Array.from({ length: 8 }, (_, i) => i + 1),
    eip: START,
    eflags: 0x202,
    selectors: Uint16Array.of(at.USER_DATA, at.USER_CODE, at.USER_DATA, at.USER_DATA, 0, 0),
    window: FILLER.slice(),
  };
  const copy = structuredClone(state);
  const after = { ...copy, eip: START + code.length + 1, eflags: 0 };
  return {
    code: Uint8Array.from(code),
    before: state,
    after,
    trap: { vector: BREAKPOINT, errorCode: 0, faultAddress: 0 },
  };
}

function outcomeOf(vector: Vector, change: (outcome: Outcome) => void): Outcome {
  const outcome = structuredClone({ after: vector.after, trap: vector.trap });
  change(outcome);
  return outcome;
}

const NOP = vectorOf(0x90);

describe("compare", () => {
  test("finds nothing where nothing differs", () => {
    expect(
      compare(
        NOP,
        outcomeOf(NOP, () => {}),
      ),
    ).toBeUndefined();
  });

  test.each<[string, (outcome: Outcome) => void, RegExp]>([
    ["a register", (o) => o.after.registers.fill(0, 3, 4), /^ebx is 0, the processor has 4 \(before: 4\)$/],
    ["EIP", (o) => o.after.eip++, /^EIP is 400803/],
    ["a flag", (o) => (o.after.eflags |= SF), /^flags are \[SF\], the processor has \[\]/],
    ["a selector", (o) => o.after.selectors.fill(7, 3, 4), /^ds is 7, the processor has 2b/],
    ["a byte of memory", (o) => o.after.window.fill(0xff, 255), /^byte 500fff is ff/],
    ["the exception", (o) => (o.trap.vector = 13), /^vector is d, the processor has 3$/],
    ["its error code", (o) => (o.trap.errorCode = 4), /^error code is 4/],
    ["its address", (o) => (o.trap.faultAddress = 16), /^CR2 is 10/],
  ])("sees %s", (_, change, line) => {
    const mismatch = compare(NOP, outcomeOf(NOP, change));
    expect(mismatch?.differences).toHaveLength(1);
    expect(mismatch?.differences[0]).toMatch(line);
  });

  test.each<[string, number[], number, boolean]>([
    ["shl eax, 1: OF is defined", [0xd1, 0xe0], OF, true],
    ["shl eax, 2: OF is not", [0xc1, 0xe0, 2], OF, false],
    ["shl al, 9: nor is CF", [0xc0, 0xe0, 9], CF, false],
    ["sar al, 9: CF is", [0xc0, 0xf8, 9], CF, true],
    ["shl eax, 32: no flag changes", [0xc1, 0xe0, 32], OF, true],
    ["rol eax, 3: OF is not", [0xc1, 0xc0, 3], OF, false],
    ["shld ax, dx, 17: nothing is", [0x66, 0x0f, 0xa4, 0xd0, 17], CF, false],
    ["mul: SF is not", [0xf7, 0xe1], SF, false],
    ["add: SF is", [0x01, 0xc8], SF, true],
  ])("%s", (_, code, flag, isDefined) => {
    const vector = vectorOf(...code);
    const mismatch = compare(
      vector,
      outcomeOf(vector, (o) => (o.after.eflags ^= flag)),
    );
    expect(mismatch !== undefined).toBe(isDefined);
  });

  test("reports by form, with the instruction as text", () => {
    const mismatch = compare(
      NOP,
      outcomeOf(NOP, (o) => (o.trap.vector = 6)),
    );
    const text = report(mismatch ? [mismatch, mismatch] : [], 10);
    expect(text).toMatch(/^2 of 10 cases differ, in 1 forms\n +2 {2}xchg/);
    expect(text).toContain("[90] 32-bit code");
  });
});

describe("the file of vectors", () => {
  test("gives back what was written", () => {
    const push = vectorOf(0x50);
    push.after.registers[4] -= 4;
    push.after.window.fill(0xee, 10, 14);
    push.trap = { vector: 14, errorCode: 6, faultAddress: 0xffff_f000 };
    const file = { processor: "a processor", seed: 1, vectors: [NOP, push] };
    expect(readVectors(writeVectors(file))).toEqual(file);
  });

  test("says what is wrong with one that it can't read", () => {
    const bytes = writeVectors({ processor: "a processor", seed: 1, vectors: [NOP] });
    expect(() => readVectors(bytes.subarray(5))).toThrow(VectorsFileError);
    const head = new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(10)));
    const more = new TextEncoder().encode(head.replace('"count":1', '"count":2'));
    expect(() => readVectors(Uint8Array.from([...more, ...bytes.subarray(bytes.indexOf(10))]))).toThrow(
      /middle of a vector/,
    );
  });
});
