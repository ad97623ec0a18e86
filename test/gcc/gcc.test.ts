// Programs by gcc: the same object code linked for Linux and for a bare PC says the same. One of each processor and of each level of
// optimisation; with MINIOS_FULL set, all of both.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runOnOurs } from "../cpu/programs.ts";
import { artefact, missing, ROOT, scratchDirectory } from "../support.ts";

const FOLDER = join(ROOT, "test/gcc");
const LEVELS = ["-O0", "-O1", "-O2", "-O3"] as const;
/** gcc's name, and whether it is compiled to SSE. */
const PROCESSORS = [
  ["i386", false],
  ["i486", false],
  ["i586", false],
  ["i686", false],
  ["pentium3", true],
  ["pentium4", true],
] as const;
const MOST_INSTRUCTIONS = 200_000_000;

const variants = PROCESSORS.flatMap(([processor, sse]) => LEVELS.map((level) => ({ processor, sse, level })));
type Variant = (typeof variants)[number];
const chosen = process.env["MINIOS_FULL"]
  ? variants
  : variants.filter(({ processor, level }) => level === "-O2" || processor === "pentium4");

/** The x87 alone, and with SSE2 for float and double. */
const tortures = variants.filter(
  ({ processor, level }) =>
    (processor === "pentium4" || processor === "i386") && (process.env["MINIOS_FULL"] || level !== "-O1"),
);

const reason = missing("gcc", "ld");
describe.skipIf(reason)(`programs by gcc${reason ? ` (${reason})` : ""}`, () => {
  const scratch = scratchDirectory("gcc");
  afterAll(() => scratch.remove());
  const file = (name: string): string => join(scratch.path, name);
  const gcc = (...words: string[]): Buffer => execFileSync("gcc", ["-m32", "-no-pie", ...words]);

  /** What the program says on Linux and on our CPU. */
  async function runBoth(
    program: string,
    { processor, sse, level }: Variant,
  ): Promise<{ native: string; ours: string }> {
    const object = file("program.o");
    const code = [level, `-march=${processor}`, ...(sse ? ["-mfpmath=sse"] : [])];
    const plain = ["-ffreestanding", "-fno-pic", "-fno-stack-protector", "-fno-tree-loop-distribute-patterns", "-Wall"];
    gcc("-c", ...code, ...plain, "-frounding-math", "-o", object, join(FOLDER, program));
    gcc("-o", file("host"), object, join(FOLDER, "host.c"));
    const native = execFileSync(file("host"), { encoding: "latin1" });

    const start = [
      `-Wl,--defsym=with_sse=${sse ? 1 : 0}`,
      "-nostdlib",
      "-static",
      "-Wl,-Ttext=0x100000",
      "-Wl,--build-id=none",
    ];
    gcc("-o", file("guest"), ...start, join(FOLDER, "guest.s"), object, "-lgcc");
    const core = await WebAssembly.compile(Uint8Array.from(artefact("core")));
    const ours = runOnOurs(core, new Uint8Array(readFileSync(file("guest"))), { maxInstructions: MOST_INSTRUCTIONS });
    return { native, ours };
  }

  test.each(chosen)("-march=$processor $level", async (variant) => {
    const { native, ours } = await runBoth("program.c", variant);
    expect(native).toMatch(/^integers [0-9a-f]{16}$[\s\S]*^done$/m);
    expect(ours.split("\n")).toEqual(native.split("\n"));
  });

  test.each(tortures)("the torture of floating-point arithmetic, -march=$processor $level", async (variant) => {
    const { native, ours } = await runBoth("torture.c", variant);
    expect(ours.split("\n")).toEqual(native.split("\n"));
    expect(ours).toMatch(/^(.*, all hold\n){1,3}done\n$/);
    expect(ours.split("\n").length).toBe(variant.processor === "pentium4" ? 5 : 3);
  });
});
