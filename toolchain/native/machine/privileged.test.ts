// Each function of module `cpu` becomes its instructions: compiled, then decoded with the same table that the CPU uses.

import { describe, expect, it } from "vitest";
import { decode } from "../../../isa/decode.ts";
import { NativeError } from "../error.ts";
import { compileWasm } from "../index.ts";
import { INTRINSICS } from "../ssa/intrinsics.ts";

const I32 = 0x7f;
const I64 = 0x7e;

/** A module with one import and one exported function that passes its parameters on. */
function caller(
  name: string,
  parameters: number[],
  results: number[],
  constants: (number | undefined)[] = [],
): Uint8Array {
  const text = (s: string) => [s.length, ...new TextEncoder().encode(s)];
  const section = (id: number, content: number[]) => [id, content.length, ...content];
  const own = parameters.filter((_, i) => constants[i] === undefined);
  let next = 0;
  const pushes = parameters.flatMap((_, i) => {
    const constant = constants[i];
    return constant === undefined ? [0x20, next++] : [0x41, constant];
  });
  const body = [0, ...pushes, 0x10, 0, 0x0b];
  const type = (from: number[], to: number[]) => [0x60, from.length, ...from, to.length, ...to];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [2, ...type(parameters, results), ...type(own, results)]),
    ...section(2, [1, ...text("cpu"), ...text(name), 0, 0]),
    ...section(3, [1, 1]),
    ...section(7, [1, ...text("f"), 0, 1]),
    ...section(10, [1, body.length, ...body]),
  ]);
}

function compile(wasm: Uint8Array): string[] {
  const { object } = compileWasm(wasm, { name: "cpu", memoryBase: 0 });
  const text = object.sections.find((section) => section.name === ".text");
  if (!(text?.data instanceof Uint8Array)) throw new RangeError("no code");
  const mnemonics: string[] = [];
  for (let at = 0; at < text.data.length; ) {
    const made = decode(text.data, at, 32);
    if ("failure" in made) throw new RangeError(`byte ${at} doesn't decode: ${made.failure}`);
    mnemonics.push(made.form.mnemonic);
    at += made.length;
  }
  return mnemonics.filter((mnemonic) => !["push", "pop", "ret", "nop", "mov", "movzx"].includes(mnemonic));
}

const EXPECTED: Record<string, string[]> = {
  in8: ["in"],
  in16: ["in"],
  in32: ["in"],
  out8: ["out"],
  out16: ["out"],
  out32: ["out"],
  cli: ["cli"],
  sti: ["sti"],
  hlt: ["hlt"],
  stiHlt: ["sti", "hlt"],
  pause: ["pause"],
  int3: ["int3"],
  eflags: ["pushfd"],
  setEflags: ["popfd"],
  lgdt: ["lgdt"],
  lidt: ["lidt"],
  ltr: ["ltr"],
  lldt: ["lldt"],
  invlpg: ["invlpg"],
  readCr0: [],
  readCr2: [],
  readCr3: [],
  readCr4: [],
  writeCr0: [],
  writeCr3: [],
  writeCr4: [],
  rdtsc: ["rdtsc"],
  rdmsr: ["rdmsr"],
  wrmsr: ["wrmsr"],
  cpuid: ["cpuid"],
  framePointer: [],
  floatInit: ["sub", "fninit", "fldcw", "leave"],
  stackPointer: [],
};

describe("privileged operations", () => {
  for (const [name, { args, results }] of Object.entries(INTRINSICS)) {
    const parameters = name === "wrmsr" ? [I32, I64] : new Array<number>(args).fill(I32);
    const result = results === 2 ? [I64] : new Array<number>(results).fill(I32);
    it(`cpu.${name}`, () => {
      expect(compile(caller(name, parameters, result))).toEqual(EXPECTED[name]);
    });
  }

  it("a port below 256 stands in the instruction", () => {
    const { object } = compileWasm(caller("out8", [I32, I32], [], [0x20, undefined]), { name: "cpu", memoryBase: 0 });
    const text = object.sections[0].data;
    // push ebp; mov ebp, esp; mov eax, [ebp + 8]; out 0x20, al; pop ebp; ret
    expect([...(text instanceof Uint8Array ? text : [])]).toEqual([
      0x55, 0x89, 0xe5, 0x8b, 0x45, 0x08, 0xe6, 0x20, 0x5d, 0xc3,
    ]);
  });

  it("control registers are read and written as the name says", () => {
    const { object } = compileWasm(caller("writeCr3", [I32], []), { name: "cpu", memoryBase: 0 });
    const text = object.sections[0].data;
    expect([...(text instanceof Uint8Array ? text : [])].slice(6, 9)).toEqual([0x0f, 0x22, 0xd8]);
  });

  it("an unknown one, or one of another type, is refused", () => {
    expect(() => compile(caller("reboot", [], []))).toThrow(NativeError);
    expect(() => compile(caller("out8", [I32], []))).toThrow(
      "cpu.out8 with 2 argument and 0 result words in f, found 1 and 0",
    );
  });
});
