// A wrong image: one line that says what is wrong, exit status 2, and nothing written.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ARTEFACTS, artefact, scratchDirectory } from "../support.ts";

const scratch = scratchDirectory("bad-input");
afterAll(() => scratch.remove());

function file(name: string, content: Uint8Array | string): string {
  const path = join(scratch.path, name);
  writeFileSync(path, content);
  return path;
}

/** A kernel that is made for another machine: e_machine is EM_ARM. */
function kernelForArm(): Uint8Array {
  const kernel = Uint8Array.from(artefact("kernel"));
  kernel[18] = 40;
  return kernel;
}

const directory = join(scratch.path, "directory");
mkdirSync(directory);

const WRONG: [what: string, words: () => string[], message: RegExp][] = [
  ["a floppy image of three bytes", () => ["-fda", file("three.img", "abc")], /three\.img.*3/],
  ["a directory as a floppy image", () => ["-fda", directory], /directory/],
  ["a floppy image that is not there", () => ["-fda", join(scratch.path, "nowhere.img")], /nowhere\.img/],
  ["a floppy image one byte too long", () => ["-fda", file("long.img", new Uint8Array(1474561))], /long\.img.*1474561/],
  ["a kernel of another machine", () => ["-kernel", file("arm.elf", kernelForArm())], /arm\.elf/],
  ["a kernel that is text", () => ["-kernel", file("text.elf", "not a kernel\n".repeat(1000))], /text\.elf/],
  ["a kernel cut short", () => ["-kernel", file("short.elf", artefact("kernel").subarray(0, 5000))], /short\.elf/],
  ["an empty kernel", () => ["-kernel", file("empty.elf", "")], /empty\.elf/],
  ["no image at all", () => [], /./],
  ["an option that does not exist", () => ["--frobnicate"], /frobnicate/],
];

describe("minios run", () => {
  test.each(WRONG)("with %s says so in one line and exits with 2", (_, words, message) => {
    const before = readdirSync(scratch.path).length;
    const args = words();
    const made = readdirSync(scratch.path).length;
    const options = { encoding: "utf8", timeout: 60_000 } as const;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [ARTEFACTS.cli, "run", ...args, "--display", "none"],
      options,
    );
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(readdirSync(scratch.path)).toHaveLength(made);
    expect(made - before).toBeLessThanOrEqual(1);
  });
});
