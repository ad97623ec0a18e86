// bin/minios.js as a person starts it: a process of its own.

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("../bin/minios.js", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "minios-bin-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function minios(script: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

test("says what to do when nothing was built", () => {
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const script = join(folder, "bin", "minios.js");
  copyFileSync(SCRIPT, script);
  const { status, stdout, stderr } = minios(script, "run");
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toBe('minios: dist/cli.js is missing; run "npm run build" first\n');
});

test("a wrong image is one line and status 2", () => {
  const image = join(folder, "three.img");
  writeFileSync(image, "abc");
  const { status, stdout, stderr } = minios(SCRIPT, "run", "-fda", image);
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^minios: \S+three\.img: expected a floppy image .*, found 3 bytes\n$/);
});

test("--help answers", () => {
  const { status, stdout } = minios(SCRIPT, "run", "--help");
  expect(status).toBe(0);
  expect(stdout).toContain("Usage: minios run");
});
