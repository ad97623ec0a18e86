// The kernel that tutorials begin with (tutorial/): a loader in assembly with a Multiboot header and a stack in .bss, a C++ file with
// global constructors, a linker script that collects their addresses, and a Makefile. `make` builds it with AS="minios as" and
// LD="minios ld"; it runs on our PC and in QEMU, which load it themselves, and in Bochs, where GRUB does.

import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findHeader } from "../../formats/multiboot.ts";
import { bochsMissing, bootInBochs } from "../judges/bochs.ts";
import { grubFloppy, grubMissing } from "../judges/grub.ts";
import { bootOnOurPc } from "../judges/ours.ts";
import { bootInQemu, qemuMissing } from "../judges/qemu.ts";
import { ARTEFACTS, missing, ROOT, scratchDirectory } from "../support.ts";

/** Constructors with a priority come first, in its order. */
const EXPECTED = /^multiboot first1 early2 ! late3 done/m;

const scratch = scratchDirectory("tutorial");
afterAll(() => scratch.remove());

/** A `minios` on the search path, as an installed package puts one there. */
function installMinios(folder: string): void {
  const path = join(folder, "minios");
  writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${ARTEFACTS.cli}" "$@"\n`);
  chmodSync(path, 0o755);
}

/**
 * Runs the Makefile in a folder of its own.
 * @param extra more flags for the compiler
 */
function make(name: string, extra: string): Uint8Array {
  const folder = join(scratch.path, name);
  cpSync(join(ROOT, "test/toolchain/tutorial"), folder, { recursive: true });
  const env = { ...process.env, PATH: `${scratch.path}${delimiter}${process.env["PATH"]}` };
  const said = execFileSync("make", ["AS=minios as", "LD=minios ld", `EXTRA=${extra}`], {
    cwd: folder,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect(said).toMatch(/^minios as --32 -o loader\.o loader\.s$/m);
  expect(said).toMatch(/^minios ld -melf_i386 -T linker\.ld -o mykernel\.bin loader\.o kernel\.o$/m);
  const kernel = new Uint8Array(readFileSync(join(folder, "mykernel.bin")));
  expect(findHeader(kernel)?.offset).toBeLessThan(8192);
  return kernel;
}

describe.skipIf(missing("g++", "make"))("the tutorial kernel", () => {
  let plain: Uint8Array = new Uint8Array();
  beforeAll(() => {
    installMinios(scratch.path);
    plain = make("plain", "-fno-use-cxa-atexit");
  });

  it("runs on our PC", async () => {
    const rows = await bootOnOurPc({ kernel: plain, until: EXPECTED });
    expect(rows[0]).toMatch(EXPECTED);
  });

  it("runs on our PC without position-independent code, optimised, with debug information", async () => {
    const rows = await bootOnOurPc({ kernel: make("fast", "-O2 -g -fno-pie"), until: EXPECTED });
    expect(rows[0]).toMatch(EXPECTED);
  });

  it.skipIf(qemuMissing())("runs in QEMU", async () => {
    const rows = await bootInQemu({ kernel: plain, until: EXPECTED });
    expect(rows[0]).toMatch(EXPECTED);
  });

  const floppy = () =>
    grubFloppy({
      commands: ["multiboot (memdisk)/mykernel.bin", "boot"],
      modules: ["multiboot"],
      files: { "mykernel.bin": plain },
    });

  it.skipIf(grubMissing())("runs on our PC when GRUB starts it", async () => {
    const rows = await bootOnOurPc({ floppy: floppy(), until: EXPECTED });
    expect(rows.join("\n")).toMatch(EXPECTED);
  });

  it.skipIf(grubMissing() ?? bochsMissing())("runs in Bochs when GRUB starts it", async () => {
    const rows = await bootInBochs({ floppy: floppy(), until: EXPECTED });
    expect(rows.join("\n")).toMatch(EXPECTED);
  });
});
