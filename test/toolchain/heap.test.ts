// A program with a heap: strings, arrays, maps, garbage, under asc's own runtimes, as a Linux program on this processor. It
// prints what it prints in Node. Its memory grows by the two symbols that memory.size and memory.grow become.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FakeIo } from "../../cli/testing/fake-io.ts";
import { cc } from "../../cli/tools/cc.ts";
import { compileTypeScript } from "../../toolchain/build/typescript.ts";
import { canRunNative } from "../../toolchain/native/testing/run-native.ts";
import { ROOT, scratchDirectory } from "../support.ts";

const MEMORY_BASE = 0x8048000;
const FOLDER = join(ROOT, "test/toolchain/fixtures");
const PROGRAM = join(FOLDER, "heap.ts");

const native = canRunNative();
if (!native) console.log("programs with a heap: not run (needs Linux on x86 with GNU as and ld)");

async function inNode(runtime: string): Promise<{ status: number; printed: string }> {
  const source = readFileSync(PROGRAM, "utf8");
  const tree = { readText: (path: string) => (path === "heap.ts" ? source : undefined), readBytes: () => undefined };
  const options = ["-O2", "--runtime", runtime, "--memoryBase", `${MEMORY_BASE}`, "--importMemory", "--use", "abort="];
  const { wasm } = await compileTypeScript(tree, "heap.ts", options);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(MEMORY_BASE / 0x10000) + 2 });
  let printed = "";
  const write = (address: number, bytes: number): void => {
    printed += Buffer.from(memory.buffer, address, bytes).toString("utf8");
  };
  const imports = { env: { memory }, system: { write } };
  const { instance } = await WebAssembly.instantiate(Uint8Array.from(wasm), imports);
  const main = instance.exports["main"] as () => number;
  return { status: main(), printed };
}

describe.skipIf(!native)("a program with a heap", () => {
  const scratch = scratchDirectory("heap");
  afterAll(scratch.remove);

  test.each(["stub", "incremental"])(
    "prints under runtime %s what it prints in Node",
    async (runtime) => {
      const io = new FakeIo();
      const output = join(scratch.path, runtime);
      const args = [`--runtime=${runtime}`, "--memory-base", `${MEMORY_BASE}`, "-T", join(FOLDER, "heap.ld")];
      expect([await cc(io, [...args, PROGRAM, join(FOLDER, "linux.s"), "-o", output]), io.stderr.text]).toEqual([
        0,
        "",
      ]);
      const run = spawnSync(output, { timeout: 20_000 });
      expect({ status: run.status, printed: run.stdout.toString("utf8") }).toEqual(await inNode(runtime));
      expect(run.status).toBe(42);
      // The garbage collector finds room in what was used before; the other runtime doesn't look.
      expect(run.stdout.toString("utf8")).toContain(`reused ${runtime === "incremental"}`);
    },
    60_000,
  );
});
