// Our kernel under gdb, in QEMU: what a person who debugs it meets. gdb reads the DWARF of kernel.elf and finds the sources by
// its file names; frames it unwinds by the frame pointers.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ARTEFACTS, missing, ROOT, scratchDirectory, sleep } from "../support.ts";

const SOURCE = "kernel/platform/pc/paging.ts";
const SECONDS = 20;
const reason = missing("qemu-system-i386", "gdb");
if (reason) console.log(`gdb on our kernel: skipped, ${reason}`);

/** From 1, of the first line that holds the text. */
function lineOf(file: string, text: string): number {
  const at = readFileSync(join(ROOT, file), "utf8")
    .split("\n")
    .findIndex((line) => line.includes(text));
  if (at < 0) throw new RangeError(`${file} has no line with ${text}`);
  return at + 1;
}

describe.skipIf(reason !== undefined)("gdb on our kernel in QEMU", () => {
  const scratch = scratchDirectory("gdb");
  const socket = join(scratch.path, "gdb");
  let qemu: ChildProcess | undefined;

  beforeAll(async () => {
    const words = ["-accel", "tcg", "-display", "none", "-net", "none", "-no-reboot", "-S"];
    words.push("-kernel", ARTEFACTS.kernel, "-gdb", `unix:${socket},server=on,wait=off`);
    qemu = spawn("qemu-system-i386", words, { stdio: "ignore" });
    for (let i = 0; i < 100 && !existsSync(socket); i++) await sleep(50);
  });

  afterAll(() => {
    qemu?.kill("SIGKILL");
    scratch.remove();
  });

  /** What gdb says to the commands; each answer begins with the command itself. */
  function gdb(...commands: string[]): string {
    const words = ["-q", "-nx", "-batch", "-ex", "set pagination off", "-ex", `file ${ARTEFACTS.kernel}`];
    words.push("-ex", `target remote ${socket}`);
    for (const command of commands) words.push("-ex", `echo == ${command}\\n`, "-ex", command);
    return execFileSync("timeout", [`${SECONDS}`, "gdb", ...words, "-ex", "detach"], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    }).toString();
  }

  test("breaks at file:line and at a function, steps, and walks the stack in TypeScript names", () => {
    const line = lineOf(SOURCE, "no memory for a page table");
    const said = gdb(
      `break paging.ts:${line}`,
      "continue",
      "backtrace",
      "delete",
      "next",
      "break startKernelThread",
      "continue",
      "bt 2",
    );
    const answers = new Map(said.split("== ").map((part) => [part.split("\n")[0], part]));
    expect(answers.get(`break paging.ts:${line}`)).toContain(`file ${SOURCE}, line ${line}.`);
    const frames = [
      ...(answers.get("backtrace") ?? "").matchAll(/^#\d+ +(?:0x\w+ in )?(\S+) \(.*\) at (\S+):(\d+)$/gm),
    ];
    expect(frames[0].slice(1)).toEqual(["allocateTable", SOURCE, `${line}`]);
    expect(frames.map(([, name]) => name)).toEqual(["allocateTable", "kernelMain", "_start"]);
    expect(frames[2][2]).toBe("kernel/platform/pc/entry.s");
    // The next statement, with its text from the source.
    expect(answers.get("next")).toMatch(new RegExp(`^${line + 1}\\t *\\S`, "m"));
    expect(answers.get("bt 2")).toMatch(/^#0 +startKernelThread \(.*\) at kernel\/.*\.ts:\d+$/m);
    expect(answers.get("bt 2")).toMatch(/^#1 +0x\w+ in kernelMain \(\) at kernel\/.*\.ts:\d+$/m);
  });
});
