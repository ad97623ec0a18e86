// The language service on the kernel itself, and on a person's edits.

import { beforeAll, expect, test } from "vitest";
import { ROOT } from "../../test/support.ts";
import { readShipped } from "../toolchain/shipped.ts";
import { TypeScriptService } from "./service.ts";

let service: TypeScriptService;
let textOf: (path: string) => string;

beforeAll(() => {
  const { files } = readShipped(ROOT);
  textOf = (path) => new TextDecoder().decode(files.get(path));
  service = new TypeScriptService(files);
});

test("a name leads to its definition in another file of the kernel", () => {
  const path = "kernel/main.ts";
  const text = textOf(path);
  const [, name = "", from = ""] = /import \{ (\w+)[^}]*\} from "\.\/(\w+)\.?t?s?"/.exec(text) ?? [];
  const offset = text.lastIndexOf(name);
  const [definition] = service.definitions(path, offset);
  expect(definition?.path).toBe(`kernel/${from}.ts`);
  const target = textOf(`kernel/${from}.ts`);
  expect(target.slice(definition?.from, definition?.to)).toBe(name);
  expect(target.split("\n")[(definition?.line ?? 0) - 1]?.slice((definition?.column ?? 0) - 1)).toMatch(
    new RegExp(`^${name}`),
  );
});

test("AssemblyScript's own names are known", () => {
  service.update(
    new Map([
      [
        "kernel/x.ts",
        "/** Twice. */\nfunction twice(a: u32): u32 { return a * 2; }\nconst b: u32 = twice(load<u32>(4));\n",
      ],
    ]),
  );
  expect(service.hover("kernel/x.ts", 75)).toMatchObject({
    signature: "function twice(a: u32): u32",
    documentation: "Twice.",
  });
  expect(service.hover("kernel/x.ts", 83)?.signature).toMatch(/load<number>|load<u32>/);
});

test("an edit is seen at once, and a file can be laid out", () => {
  service.update(new Map([["kernel/x.ts", "export class A{x:u32=1}\n"]]));
  const changes = service.format("kernel/x.ts");
  let text = "export class A{x:u32=1}\n";
  for (const { from, to, text: by } of [...changes].reverse()) text = text.slice(0, from) + by + text.slice(to);
  expect(text).toBe("export class A { x: u32 = 1; }\n");
  expect(service.definitions("kernel/x.ts", 15)[0]).toMatchObject({ line: 1, column: 16 });
  expect(service.definitions("kernel/nowhere.ts", 0)).toEqual([]);
});
