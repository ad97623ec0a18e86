// A kernel that a person writes in TypeScript, built as she builds it: `minios cc -c`, `minios as`, `minios ld -T`. It boots on our
// PC and in QEMU.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeIo } from "../../cli/testing/fake-io.ts";
import { as } from "../../cli/tools/as.ts";
import { cc } from "../../cli/tools/cc.ts";
import { ld } from "../../cli/tools/ld.ts";
import { bootOnOurPc } from "../judges/ours.ts";
import { bootInQemu, qemuMissing } from "../judges/qemu.ts";
import { ROOT, scratchDirectory } from "../support.ts";

const EXPECTED = /^multiboot gcd 21 3\+3\+5/m;
const scratch = scratchDirectory("typescript-kernel");
afterAll(scratch.remove);

describe("a kernel in TypeScript", () => {
  let kernel: Uint8Array = new Uint8Array();

  beforeAll(async () => {
    const source = (name: string) => join(ROOT, "test/toolchain/fixtures/kernel", name);
    const at = (name: string) => join(scratch.path, name);
    const io = new FakeIo();
    const compile = [
      "-g",
      "-c",
      "-ffreestanding",
      "--memory-base",
      "0x200000",
      source("kernel.ts"),
      "-o",
      at("kernel.o"),
    ];
    expect([await cc(io, compile), io.stderr.text]).toEqual([0, ""]);
    expect([await as(io, ["-o", at("start.o"), source("start.s")]), io.stderr.text]).toEqual([0, ""]);
    const link = [
      "-T",
      source("kernel.ld"),
      "-z",
      "noexecstack",
      at("start.o"),
      at("kernel.o"),
      "-o",
      at("kernel.elf"),
    ];
    expect([ld(io, link, "test"), io.stderr.text]).toEqual([0, ""]);
    kernel = new Uint8Array(readFileSync(at("kernel.elf")));
  }, 60_000);

  it("boots on our PC", async () => {
    const rows = await bootOnOurPc({ kernel, until: EXPECTED });
    expect(rows[0]).toMatch(EXPECTED);
  });

  it.skipIf(qemuMissing() !== undefined)("boots in QEMU", async () => {
    const rows = await bootInQemu({ kernel, until: EXPECTED });
    expect(rows[0]).toMatch(EXPECTED);
  });
});
