// The page's build, in Node: what it makes is what `minios build` makes of the same files.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../test/support.ts";
import { Builder, type BuildResult, type Shipped } from "./builder.ts";
import { EditedTree, type Edits, normalise, pathsOf } from "./files.ts";
import { packShipped, unpackShipped } from "./pack.ts";
import { projectFolders } from "./projects.ts";
import { readShipped } from "./shipped.ts";

const NONE: Edits = new Map();

let shipped: Shipped;
let builder: Builder;
let stages: string[];

beforeAll(() => {
  shipped = unpackShipped(packShipped(readShipped(ROOT)));
  builder = new Builder(shipped, () => 0);
});

function build(folder: string, edits: Edits = NONE): Promise<BuildResult> {
  stages = [];
  return builder.build(folder, edits, (stage) => stages.push(stage));
}

function floppyOf(result: BuildResult): Uint8Array {
  if (!result.built || !result.floppy) throw new Error(`no floppy: ${JSON.stringify(result)}`);
  return result.floppy;
}

const includes = (bytes: Uint8Array, text: string) => Buffer.from(bytes).includes(text);

describe("the page's build", () => {
  test("makes the image that the command makes", async () => {
    const floppy = floppyOf(await build("kernel"));
    expect(Buffer.compare(floppy, readFileSync(join(ROOT, "build/minios.img")))).toBe(0);
    expect(stages).toEqual(["TypeScript → WebAssembly", "WebAssembly → i386", "assembly", "link", "images"]);
  });

  test("builds a program again whose source was changed, once, and puts it on the image", async () => {
    const path = "user/programs/pwd.ts";
    const source = new TextDecoder().decode(shipped.files.get(path));
    const edits = new Map([[path, `${source}\nexport const marker: string = "seen";\n`]]);
    await build("kernel", edits);
    expect(stages[0]).toBe("pwd");
    expect(stages).not.toContain("echo");
    await build("kernel", edits);
    expect(stages).not.toContain("pwd");
  });

  test("a new program comes onto the image", async () => {
    const path = "user/programs/greet.ts";
    const source = new TextDecoder().decode(shipped.files.get("user/programs/echo.ts"));
    const floppy = floppyOf(await build("kernel", new Map([[path, source]])));
    expect(stages[0]).toBe("greet");
    // A directory entry of the FAT volume.
    expect(includes(floppy, "GREET      ")).toBe(true);
  });

  test("a mistake is named by file, line and column", async () => {
    const edits = new Map([["templates/boot-sector/boot.s", ".code16\n  frobnicate\n"]]);
    expect(await build("templates/boot-sector", edits)).toEqual({
      built: false,
      problems: [
        {
          severity: "error",
          message: expect.stringContaining("unknown instruction 'frobnicate'"),
          file: "templates/boot-sector/boot.s",
          line: 2,
          column: 3,
          length: 1,
        },
      ],
    });
  });

  test("every example can be built", async () => {
    const folders = projectFolders([...shipped.files.keys()]).filter((folder) => folder.startsWith("examples/"));
    expect(folders.length).toBeGreaterThan(4);
    for (const folder of folders) expect((await build(folder)).built, folder).toBe(true);
  });
});

describe("files under edits", () => {
  const files = new Map([
    ["a/b.ts", new TextEncoder().encode("old")],
    ["a/c/d.ts", new TextEncoder().encode("d")],
  ]);

  test("an edit hides what was shipped; a removed file is gone; a new one is there", () => {
    const tree = new EditedTree(
      files,
      new Map<string, string | null>([
        ["a/b.ts", "new"],
        ["a/c/d.ts", null],
        ["e", "e"],
      ]),
    );
    expect(tree.readText("a/x/../b.ts")).toBe("new");
    expect(tree.readBytes("a/c/d.ts")).toBeUndefined();
    expect(tree.list("a")).toEqual(["b.ts"]);
    expect(tree.list("")).toEqual(["a/", "e"]);
    expect(tree.list("nowhere")).toBeUndefined();
    expect([...tree.asked]).toContain("a/b.ts");
    expect(
      pathsOf(
        files,
        new Map([
          ["e", "e"],
          ["a/b.ts", null],
        ]),
      ),
    ).toEqual(["a/c/d.ts", "e"]);
  });

  test("dots in a path are resolved; nothing leads above the top", () => {
    expect(normalise("kernel/../user/./root")).toBe("user/root");
    expect(normalise("../x")).toBe("../x");
  });
});
