// The projects of `minios new`, as a person gets them: made and built by the command outside of this repository, booted on our PC,
// in QEMU and in Bochs.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TEMPLATE_NAMES } from "../cli/new/templates.ts";
import { bochsMissing, bootInBochs } from "./judges/bochs.ts";
import { type BootOptions, type Guest, waitForScreen, waitForSerial } from "./judges/guest.ts";
import { startOurPc } from "./judges/ours.ts";
import { qemuMissing, startQemu } from "./judges/qemu.ts";
import { ARTEFACTS, isInstalled, ROOT, scratchDirectory } from "./support.ts";

const scratch = scratchDirectory("templates");
afterAll(() => scratch.remove());

function minios(folder: string, words: string[], cli: string = ARTEFACTS.cli) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], {
    cwd: folder,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

beforeAll(() => {
  for (const template of TEMPLATE_NAMES) {
    expect(minios(scratch.path, ["new", template, "--template", template])).toMatchObject({ status: 0, stderr: "" });
    expect(minios(join(scratch.path, template), ["build", "-q"])).toEqual({ status: 0, stdout: "", stderr: "" });
  }
});

const built = (template: string, kind: "elf" | "img") => {
  const path = join(scratch.path, template, "build", `${template}.${kind}`);
  return new Uint8Array(readFileSync(path));
};

const PCS: [string, (options: Omit<BootOptions, "until" | "keys">) => Promise<Guest>, () => string | undefined][] = [
  ["our PC", startOurPc, () => undefined],
  ["QEMU", startQemu, qemuMissing],
];

describe.each(PCS)("on %s", (_name, start, missing) => {
  async function boot(options: Omit<BootOptions, "until" | "keys">, check: (guest: Guest) => Promise<void>) {
    const guest = await start(options);
    try {
      await check(guest);
    } finally {
      await guest.stop();
    }
  }

  test("boot-sector greets and shows what is typed", async (context) => {
    const reason = missing();
    if (reason !== undefined) return context.skip(reason);
    await boot({ floppy: built("boot-sector", "img") }, async (guest) => {
      expect((await waitForScreen(guest, /Type something/))[0]).toBe("Hello from the boot sector! Type something.");
      await guest.type("ab\nc");
      await waitForScreen(guest, /^ab\nc$/m);
    });
  });

  test("multiboot knows that a loader started it", async (context) => {
    const reason = missing();
    if (reason !== undefined) return context.skip(reason);
    await boot({ kernel: built("multiboot", "elf") }, async (guest) => {
      const rows = await waitForScreen(guest, /started it/);
      expect(rows.slice(0, 3)).toEqual(["Hello from your own kernel!", "A Multiboot loader started it.", ""]);
    });
  });

  test.for(["img", "elf"] as const)("kernel writes to the screen and COM1 from its .%s", async (kind, context) => {
    const reason = missing();
    if (reason !== undefined) return context.skip(reason);
    const image = built("kernel", kind);
    await boot(kind === "img" ? { floppy: image } : { kernel: image }, async (guest) => {
      const rows = await waitForScreen(guest, /MiB$/m);
      expect(rows.slice(0, 3)).toEqual(["Hello from your own kernel!", "Memory: 32 MiB", ""]);
      expect(await waitForSerial(guest, /MiB\r\n/)).toBe("Hello from your own kernel!\r\nMemory: 32 MiB\r\n");
    });
  });
});

test("xen says hello as a domain, and by its domain file", () => {
  const folder = join(scratch.path, "xen");
  const hello = "Hello from your own Xen guest!\nMemory: 32 MiB, Xen 3.4\n";
  const run = ["build", "-q", "--run", "--", "--screen-text"];
  expect(minios(folder, run)).toEqual({ status: 0, stdout: hello, stderr: "" });
  const { status, stdout } = minios(folder, ["run", "domain.cfg", "--screen-text"]);
  expect(status).toBe(0);
  expect(stdout).toBe(`${hello.replace("32", "16")}Command line: hello=world\n`);
});

describe("in Bochs", () => {
  test.for([
    ["boot-sector", /^Hello from the boot sector!/],
    ["kernel", /^Hello from your own kernel!\nMemory: 32 MiB$/m],
  ] as const)("the floppy of %s boots", async ([template, until], context) => {
    const reason = bochsMissing();
    if (reason !== undefined) return context.skip(reason);
    const rows = await bootInBochs({ floppy: built(template, "img"), until });
    expect(rows.join("\n")).toMatch(until);
  });
});

describe("a new project", () => {
  test("an assertion that does not hold says message, file and line", () => {
    const folder = join(scratch.path, "kernel");
    const lines = readFileSync(join(folder, "main.ts"), "utf8").split("\n");
    const line = 1 + lines.findIndex((text) => text.includes("assert(magic"));
    // Started at its entry by nobody: EAX is not what a Multiboot loader leaves.
    const wrong = readFileSync(join(folder, "entry.s"), "utf8").replace("pushl   %eax ", "pushl   $0 ");
    const copy = join(scratch.path, "panic");
    cpSync(folder, copy, { recursive: true });
    writeFileSync(join(copy, "entry.s"), wrong);
    const words = ["build", "-q", "--run", "--", "--display", "none", "--until", "^Panic", "--screen-text"];
    const { status, stdout } = minios(copy, words);
    expect(status).toBe(0);
    expect(stdout).toContain(`Panic: not started by a Multiboot loader, main.ts line ${line}`);
  });

  test("builds with nothing but the installed package, which finds its templates", () => {
    const project = join(scratch.path, "elsewhere");
    const installed = join(project, "node_modules/minios");
    mkdirSync(installed, { recursive: true });
    for (const part of ["bin", "dist", "templates", "kernel/boot", "package.json"]) {
      cpSync(join(ROOT, part), join(installed, part), { recursive: true });
    }
    for (const name of dependencies()) {
      const place = join(project, "node_modules", name);
      mkdirSync(dirname(place), { recursive: true });
      symlinkSync(join(ROOT, "node_modules", name), place);
    }
    const cli = join(installed, "bin/minios.js");
    expect(minios(project, ["new", "mine"], cli)).toMatchObject({ status: 0, stderr: "" });
    expect(minios(project, ["build", "mine", "-q"], cli)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(existsSync(join(project, "build/mine.img"))).toBe(true);
  });

  test.skipIf(!isInstalled("objdump"))("has lines for debuggers", () => {
    const elf = join(scratch.path, "kernel/build/kernel.elf");
    const { stdout } = spawnSync("objdump", ["--dwarf=decodedline", elf], { encoding: "utf8" });
    expect(stdout).toMatch(/^main\.ts +\d+ +0x[0-9a-f]+/m);
    expect(stdout).toMatch(/^screen\.ts +\d+ +0x[0-9a-f]+/m);
  });
});

function dependencies(): string[] {
  const { dependencies: names } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  return Object.keys(names);
}
