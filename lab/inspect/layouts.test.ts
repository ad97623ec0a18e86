// The layout that the page works out is the layout that the compiler makes.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../test/support.ts";
import { compileTypeScript } from "../../toolchain/build/typescript.ts";
import { fieldsOf } from "./layouts.ts";

test("methods, comments and static members are no fields", () => {
  const fields = fieldsOf(
    "@unmanaged\nexport class A {\n  static readonly X: u8 = 1;\n  a: u8; // first\n  /** b: u64; */\n  b: u64 = 3;\n  get c(): u32 {\n    let d: u32 = 1;\n    return d;\n  }\n  e: A | null;\n}\nclass B { f: u32; }\n",
    "A",
  );
  expect([...(fields ?? [])].map(([name, { offset, size }]) => [name, offset, size])).toEqual([
    ["a", 0, 1],
    ["b", 8, 8],
    ["e", 16, 4],
  ]);
  expect(fieldsOf("class B {}", "A")).toBeUndefined();
});

test.each([
  ["kernel/thread/thread.ts", "KernelThread"],
  ["kernel/process/process.ts", "Process"],
])("%s: %s as AssemblyScript lays it out", async (path, name) => {
  const fields = fieldsOf(readFileSync(join(ROOT, path), "utf8"), name);
  if (!fields) throw new Error(`no class ${name}`);
  const names = [...fields.keys()];
  expect(names.length).toBeGreaterThan(15);
  const entry = `import { ${name} } from "./${path.replace(/\.ts$/, "")}";\nexport function offsets(i: u32): usize {\n${names
    .map((field, i) => `  if (i == ${i}) return offsetof<${name}>("${field}");`)
    .join("\n")}\n  return 0;\n}\n`;
  const read = (file: string) => {
    if (file === "entry.ts") return entry;
    try {
      return readFileSync(join(ROOT, file), "utf8");
    } catch {
      return undefined;
    }
  };
  const { wasm } = await compileTypeScript({ readText: read, readBytes: () => undefined }, "entry.ts", [
    "-O1",
    "--importMemory",
  ]);
  const instance = await WebAssembly.instantiate(
    await WebAssembly.compile(wasm as BufferSource),
    new Proxy({}, { get: () => anything }),
  );
  const offsets = instance.exports["offsets"] as (i: number) => number;
  expect(names.map((_, i) => offsets(i))).toEqual(names.map((field) => fields.get(field)?.offset));
});

/** Whatever the module imports: memory, or a function that is never called. */
const anything = new Proxy(
  {},
  { get: (_, key) => (key === "memory" ? new WebAssembly.Memory({ initial: 64 }) : () => 0) },
);
