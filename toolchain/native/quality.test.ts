// What becomes of a few idioms, as assembly text: that the code is right say the other tests, here that it is short.

import { expect, it } from "vitest";
import { assemblyText } from "./assembly.ts";
import { CORPUS_BASE, compileAssemblyScript } from "./fixtures.ts";
import { compileWasm } from "./index.ts";

const SOURCE = `
export function rotate(x: u32): u32 { return (x << 7) | (x >>> 25); }
export function choose(e: u32, f: u32, g: u32): u32 { return (e & f) ^ (~e & g); }
export function both(a: u32, b: u32, c: u32): u32 { return (a & b) ^ (a & c); }
export function before(at: usize, i: i32): u32 { return load<u32>(at + ((i - 7) << 2)) + load<u32>(at + ((i - 2) << 2)); }
export function order(a: i32, b: i32): i32 { if (a == b) return 5; if (a < b) return load<i32>(a); return load<i32>(b, 8); }
`;

it("idioms are a few instructions", async () => {
  const { wasm } = await compileAssemblyScript("idioms.ts", SOURCE);
  const { object } = compileWasm(wasm, { name: "idioms.ts", memoryBase: CORPUS_BASE });
  const text = assemblyText(object, "idioms.ts");
  /** Instructions between the frame's beginning and its end. */
  const body = (name: string) => {
    const code = text.split(`\n${name}:\n`)[1]?.split(/\n {8}ret/)[0] ?? "";
    const lines = code.split("\n").map((line) => line.trim().replace(/\s+/g, " "));
    return lines.filter((line) => !/^$|^\.|^(push|pop|leave)\b|^mov %esp,%ebp$/.test(line));
  };
  expect(body("rotate")).toEqual(["mov 0x8(%ebp),%eax", "rol $0x7,%eax"]);
  expect(body("choose").filter((line) => /^(and|xor|not)/.test(line))).toHaveLength(3);
  expect(body("both").filter((line) => /^(and|xor)/.test(line))).toHaveLength(2);
  expect(body("before").join("\n")).toMatch(/-0x1c\(.*\n(.*\n)*.*-0x8\(/);
  expect(text.split("\norder:\n")[1]?.match(/\bcmp\b/g)).toHaveLength(1);
});
