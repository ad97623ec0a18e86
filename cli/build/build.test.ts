// `minios build` as the command line calls it, on projects in a scratch folder, with a guest that is no PC.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GuestOptions } from "../guest.ts";
import { runProgram } from "../program.ts";
import { FakeGuest } from "../testing/fake-guest.ts";
import { FakeIo } from "../testing/fake-io.ts";

const BOOT = ".code16\n.globl _start\n_start: hlt\njmp _start\n.org 510\n.word 0xaa55\n";
const SCRIPT = "ENTRY(_start)\nSECTIONS { . = 0x7c00; .text : { *(.text) } }\n";
const PROJECT = { name: "tiny", format: "flat", assembly: ["boot.s"], script: "boot.ld" };

let folder: string;
let output: string;
let io: FakeIo;
let machines: { options: GuestOptions; guest: FakeGuest }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "minios-build-"));
  output = join(folder, "out");
  io = new FakeIo();
  machines = [];
  write("minios.json", JSON.stringify(PROJECT));
  write("boot.s", BOOT);
  write("boot.ld", SCRIPT);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function minios(...args: string[]): Promise<number> {
  io.stderr.text = "";
  return runProgram(args, {
    io,
    createMachine: (options) => {
      const guest = new FakeGuest();
      machines.push({ options, guest });
      return guest;
    },
    glyphs: [],
  });
}

const build = (...more: string[]) => minios("build", folder, "-o", output, ...more);
const image = () => readFileSync(join(output, "tiny.img"));

describe("minios build", () => {
  test("writes the executable, the map and the image, called after the project", async () => {
    expect(await build()).toBe(0);
    expect(readdirSync(output).sort()).toEqual([".tiny.build.json", "tiny.elf", "tiny.img", "tiny.map"]);
    expect(image().subarray(0, 3)).toEqual(Buffer.of(0xf4, 0xeb, 0xfd));
    expect(io.stderr.text).toMatch(/tiny\.elf, .*tiny\.map, .*tiny\.img\n$/);
  });

  test("does nothing when nothing has changed, even if a guest has written to the floppy", async () => {
    await build();
    const changed = image();
    changed[1000] = 42;
    writeFileSync(join(output, "tiny.img"), changed);
    expect(await build()).toBe(0);
    expect(io.stderr.text).toMatch(/^\S*tiny\.img is up to date\n$/);
    expect(image()[1000]).toBe(42);
  });

  test.each([
    ["a source is another", () => write("boot.s", BOOT.replace("hlt", "cli"))],
    ["the linker script is another", () => write("boot.ld", `${SCRIPT}/* */`)],
    ["the project is another", () => write("minios.json", JSON.stringify({ ...PROJECT, executable: "tiny" }))],
    ["an output is gone", () => rmSync(join(output, "tiny.map"))],
    ["an output was cut short", () => writeFileSync(join(output, "tiny.img"), "")],
    ["the record is no record", () => writeFileSync(join(output, ".tiny.build.json"), '{"inputs":3}')],
    ["other tools made it", () => spoilRecord("tools")],
    ["it is of another folder", () => spoilRecord("folder")],
  ])("builds again when %s", async (_what, change) => {
    await build();
    change();
    expect(await build()).toBe(0);
    expect(io.stderr.text).not.toContain("up to date");
    expect(image()).toHaveLength(1474560);
    expect(existsSync(join(output, "tiny.map"))).toBe(true);
  });

  test("a file that comes into a folder of the image is a reason to build, one that changes too", async () => {
    const code = "\tjmp 1f\n.org 0x5a\n1: hlt\n.org 510\n.word 0xaa55\n";
    write("boot.s", `.code16\n.globl _start\n_start:${code}`);
    write("setup.s", '.code16\n.globl _start\n_start: jmp _start\n.balign 4\n.ascii "OSSU"\n.space 300\n');
    write("setup.ld", SCRIPT);
    const files = { boot: { sector: "boot.s", setup: "setup.s" }, files: { "/": "root" } };
    write("minios.json", JSON.stringify({ name: "tiny", assembly: ["kernel.s"], script: "boot.ld", ...files }));
    write("kernel.s", ".globl _start\n_start: hlt\n");
    mkdirSync(join(folder, "root"));
    write("root/a", "first");
    expect(await build()).toBe(0);
    expect(image().includes("first")).toBe(true);
    write("root/b", "second");
    expect(await build()).toBe(0);
    expect(image().includes("second")).toBe(true);
    write("root/b", "third");
    expect(await build()).toBe(0);
    expect(image().includes("third")).toBe(true);
    expect(await build()).toBe(0);
    expect(io.stderr.text).toContain("up to date");
  });

  function spoilRecord(field: string): void {
    const path = join(output, ".tiny.build.json");
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), [field]: "another" }));
  }

  test("builds again when a file appears that an earlier build looked for in vain", async () => {
    mkdirSync(join(folder, "src"));
    write("boot.inc", "hlt\n");
    write("src/boot.s", BOOT.replace("hlt", '.include "boot.inc"'));
    write("minios.json", JSON.stringify({ ...PROJECT, assembly: ["src/boot.s"] }));
    const cwd = process.cwd();
    process.chdir(folder);
    try {
      // Beside the source there is none; at the top of the tree there is.
      expect(await minios("build", "-o", output)).toBe(0);
      write("src/boot.inc", "cli\n");
      expect(await minios("build", "-o", output)).toBe(0);
    } finally {
      process.chdir(cwd);
    }
    expect(image()[0]).toBe(0xfa);
  });

  test("status 1, every error with its line, and nothing written when sources are wrong", async () => {
    write("boot.s", `${BOOT}frobnicate\n  psuhl %eax\n`);
    expect(await build("-q")).toBe(1);
    const lines = io.stderr.text.split("\n");
    expect(lines[0]).toMatch(/boot\.s:7:1: error: unknown instruction 'frobnicate'/);
    expect(lines.slice(1, 3)).toEqual(["frobnicate", "^"]);
    expect(lines[3]).toMatch(/boot\.s:8:3: error: unknown instruction 'psuhl'/);
    expect(lines.slice(4)).toEqual(["  psuhl %eax", "  ^", ""]);
    expect(existsSync(output)).toBe(false);
  });

  test.each([
    ["there is no project", () => rmSync(join(folder, "minios.json")), /minios\.json: no such file$/],
    ["the project file is wrong", () => write("minios.json", "{}"), /"name": expected a string, found nothing$/],
  ])("status 2 and one line when %s", async (_what, spoil, message) => {
    spoil();
    expect(await build()).toBe(2);
    expect(io.stderr.text.trimEnd()).toMatch(message);
    expect(io.stderr.text.split("\n")).toHaveLength(2);
  });

  test("status 1 when the output folder cannot be made", async () => {
    writeFileSync(output, "a file");
    expect(await build("-q")).toBe(1);
    expect(io.stderr.text).toMatch(/^\S+out\S*: error: .+\n$/);
  });
});

describe("--run", () => {
  test("boots the image with the options after --", async () => {
    expect(await build("-q", "--run", "--", "-m", "16", "--timeout", "1")).toBe(0);
    expect(machines).toHaveLength(1);
    expect(machines[0].options.memoryBytes).toBe(16 * 2 ** 20);
    expect(machines[0].options.floppyA).toHaveLength(1474560);
  });

  test.each([
    [["--run", "--", "other.img"], /the image is the one that is built, not other\.img/],
    [["--run", "--", "--frobnicate"], /unknown option '--frobnicate'/],
    [["--", "-m", "16"], /"-- -m 16" is for --run/],
  ])("%j is wrong usage", async (args, message) => {
    expect(await build(...args)).toBe(2);
    expect(io.stderr.text).toMatch(message);
    expect(machines).toHaveLength(0);
  });

  test("sources that are wrong boot nothing", async () => {
    write("boot.s", "frobnicate\n");
    expect(await build("--run")).toBe(1);
    expect(machines).toHaveLength(0);
  });
});

describe("--watch", () => {
  /** Waits until standard error, from where it was read last, matches. */
  async function says(pattern: RegExp): Promise<void> {
    const deadline = performance.now() + 10_000;
    while (!pattern.test(io.stderr.text)) {
      if (performance.now() > deadline) throw new Error(`no ${pattern} in ${JSON.stringify(io.stderr.text)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    io.stderr.text = "";
  }

  test("what is no project cannot be watched", async () => {
    rmSync(join(folder, "minios.json"));
    expect(await build("--watch")).toBe(2);
  });

  test("builds at every save, tells errors, and goes on", async () => {
    const status = build("--watch");
    await says(/^built \S*tiny\.img in \d+\.\d\d s; waiting/);
    write("boot.s", BOOT.replace("hlt", "cli"));
    await says(/built/);
    expect(image()[0]).toBe(0xfa);
    write("boot.s", BOOT.replace("hlt", "frob"));
    await says(/boot\.s:3:9: error: .*\n_start: frob\n {8}\^/);
    expect(image()[0]).toBe(0xfa);
    write("minios.json", "{");
    await says(/minios\.json: expected JSON/);
    write("minios.json", JSON.stringify(PROJECT));
    await says(/error/);
    write("boot.s", BOOT.replace("hlt", "sti"));
    await says(/built/);
    expect(image()[0]).toBe(0xfb);
    io.emit("SIGINT", "SIGINT");
    expect(await status).toBe(130);
  });

  test("with --run it reboots; after an error what runs goes on running", async () => {
    const status = build("--watch", "--run", "--", "--clock", "wall");
    await says(/built and booted in/);
    expect(machines).toHaveLength(1);
    write("boot.s", BOOT.replace("hlt", "frob"));
    await says(/error/);
    const before = machines[0].guest.timeNs;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(machines[0].guest.timeNs).toBeGreaterThan(before);
    write("boot.s", BOOT.replace("hlt", "sti"));
    await says(/saved, built, rebooted in \d+\.\d\d s/);
    expect(machines).toHaveLength(2);
    expect(machines[1].options.floppyA?.[0]).toBe(0xfb);
    const stopped = machines[0].guest.timeNs;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(machines[0].guest.timeNs).toBe(stopped);
    io.emit("SIGTERM", "SIGTERM");
    expect(await status).toBe(143);
  });

  test("a guest that ends is not the end: the next save boots again", async () => {
    const status = build("--watch", "--run", "--", "--timeout", "1");
    await says(/the guest has ended; waiting for the next save/);
    write("boot.s", BOOT.replace("hlt", "cli"));
    await says(/the guest has ended/);
    expect(machines).toHaveLength(2);
    io.emit("SIGINT", "SIGINT");
    expect(await status).toBe(130);
  });
});
