// The compiler's messages in our form, on what it really says.

import { describe, expect, test } from "vitest";
import { BuildError } from "./source-tree.ts";
import { compileTypeScript } from "./typescript.ts";

async function messageOf(source: string): Promise<string> {
  const tree = { readText: (path: string) => (path === "k/main.ts" ? source : undefined), readBytes: () => undefined };
  try {
    await compileTypeScript(tree, "k/main.ts", []);
  } catch (error) {
    if (error instanceof BuildError) return error.message;
    throw error;
  }
  return "";
}

describe("compiler messages", () => {
  test("name file, line and column, and show the line with a caret", async () => {
    expect(await messageOf("export function f(): i32 {\n  return nothing + 1;\n}\n")).toBe(
      "k/main.ts:2:10: error: Cannot find name 'nothing'. [TS2304]\n  return nothing + 1;\n         ^~~~~~~",
    );
  });

  test("come all in one run", async () => {
    const said = await messageOf("export function f(): i32 { return a; }\nexport function g(): i32 { return b; }\n");
    expect(said.match(/^k\/main\.ts:[12]:35: error: /gm)).toHaveLength(2);
  });

  test("say which file is missing", async () => {
    expect(await messageOf('import { x } from "./other";\nexport const y: i32 = x;\n')).toMatch(
      /^k\/main\.ts:1:19: error: File '.*other.*' not found\. \[TS6054\]/,
    );
  });
});
