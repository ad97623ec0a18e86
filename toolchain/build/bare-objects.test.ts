// Bare objects, on what the compiler makes of them.

import { describe, expect, test } from "vitest";
import { BuildError } from "./source-tree.ts";
import { compileTypeScript } from "./typescript.ts";

const SOURCE = `
const NAMES: StaticArray<string> = ["one", "three"];
export function nameLength(i: i32): i32 { return NAMES[i].length; }
export function character(i: i32, at: i32): i32 { return NAMES[i].charCodeAt(at); }
export function count(): i32 { return NAMES.length; }
export function apply(i: i32): i32 { return (i == 0 ? twice : half)(20); }
function twice(x: i32): i32 { return x * 2; }
function half(x: i32): i32 { return x / 2; }
`;

function compile(source: string, objects: "managed" | "bare") {
  const tree = { readText: (path: string) => (path === "k/main.ts" ? source : undefined), readBytes: () => undefined };
  return compileTypeScript(tree, "k/main.ts", ["-O1"], objects);
}

async function run(objects: "managed" | "bare") {
  const { wasm } = await compile(SOURCE, objects);
  const { instance } = await WebAssembly.instantiate(new Uint8Array(wasm), { env: { abort: () => {} } });
  const call = (name: string, ...values: number[]): unknown => (instance.exports[name] as CallableFunction)(...values);
  const results = [call("nameLength", 1), call("character", 1, 4), call("count"), call("apply", 0), call("apply", 1)];
  return { bytes: wasm.length, results };
}

describe("bare objects", () => {
  test("are read as others are, and smaller", async () => {
    const managed = await run("managed");
    const bare = await run("bare");
    expect(managed.results).toEqual([5, "e".charCodeAt(0), 2, 40, 10]);
    expect(bare.results).toEqual(managed.results);
    expect(bare.bytes).toBeLessThan(managed.bytes);
  });

  test.each([
    ["an object", "class A { x: i32 = 1; }\nexport function f(): i32 { return new A().x; }"],
    ["a text", 'export function f(i: i32): i32 { return ("a" + i.toString()).length; }'],
    ["an array", "export function f(i: i32): i32 { return [i, i].length; }"],
  ])("are constants: to make %s is an error of the build", async (_, source) => {
    await expect(compile(source, "bare")).rejects.toEqual(
      new BuildError(
        'k/main.ts: error: "objects" are "bare", so none can be made at run time: no new, no [ ] with variables, no + of texts',
      ),
    );
  });
});
