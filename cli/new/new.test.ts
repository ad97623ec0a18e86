// `minios new`: what it makes, and what it refuses without leaving anything behind.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runProgram } from "../program.ts";
import { FakeGuest } from "../testing/fake-guest.ts";
import { FakeIo } from "../testing/fake-io.ts";
import { newCommand } from "./options.ts";
import { TEMPLATE_NAMES } from "./templates.ts";

const cwd = process.cwd();
let folder: string;
let io: FakeIo;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "minios-new-"));
  process.chdir(folder);
  io = new FakeIo();
});
afterEach(() => {
  process.chdir(cwd);
  rmSync(folder, { recursive: true, force: true });
});

const minios = (...args: string[]) =>
  runProgram(["new", ...args], { io, createMachine: () => new FakeGuest(), glyphs: [] });

describe("minios new", () => {
  test("makes a kernel in TypeScript unless told otherwise, and says what to type", async () => {
    expect(await minios("Hello")).toBe(0);
    expect(io.stdout.text).toMatch(/template kernel;.*\n\n {2}cd Hello\n {2}minios build --run\n$/);
    expect(readdirSync("Hello")).toEqual(expect.arrayContaining(["main.ts", "boot", ".gitignore", "tsconfig.json"]));
    expect(readdirSync("Hello/boot").sort()).toEqual(["a20.s", "boot.ld", "boot.s", "setup.ld", "setup.s"]);
    expect(readdirSync(".")).toEqual(["Hello"]);
  });

  test.each(TEMPLATE_NAMES)(
    "%s: the project's name is in its files, and it has what each project has",
    async (name) => {
      expect(await minios("My.Own", "--template", name)).toBe(0);
      expect(JSON.parse(readFileSync("My.Own/minios.json", "utf8"))).toMatchObject({ name: "My.Own" });
      const description = JSON.parse(readFileSync("My.Own/package.json", "utf8"));
      expect(description).toMatchObject({ name: "my.own", private: true, scripts: { start: "minios build --run" } });
      expect(readFileSync("My.Own/README.md", "utf8")).toMatch(/^# My\.Own\n/);
      expect(readFileSync("My.Own/.gitignore", "utf8")).toMatch(/^build\/$/m);
      expect(existsSync("My.Own/gitignore")).toBe(false);
    },
  );

  test("the help names every template", () => {
    let help = "";
    newCommand(async () => {})
      .configureOutput({
        writeOut: (text) => {
          help += text;
        },
      })
      .outputHelp();
    for (const name of TEMPLATE_NAMES) expect(help).toMatch(new RegExp(`^ {2}${name} `, "m"));
  });

  test("fills an empty folder", async () => {
    mkdirSync("empty");
    expect(await minios("empty", "-t", "boot-sector")).toBe(0);
    expect(existsSync("empty/boot.s")).toBe(true);
  });

  test.each([
    ["a folder with something in it", ["full"], /^minios: full: expected an empty folder or none, found files$/],
    ["a file", ["full/file"], /^minios: new: expected a name of .*found "full\/file"$/],
    ["a file in its place", ["file"], /^minios: file: expected an empty folder or none, found a file$/],
    ["a path", ["../x"], /expected a name of at most 64 letters/],
    ["no name", [""], /expected a name/],
    ["a name that looks like an option", ["-x"], /unknown option/],
    ["a name that is too long", ["x".repeat(65)], /expected a name of at most 64/],
    ["a misspelt template", ["x", "-t", "multibot"], /no template "multibot"; did you mean 'multiboot'\?$/],
    ["an unknown template", ["x", "-t", "hurd"], /no template "hurd"; there are boot-sector, multiboot, kernel, xen$/],
    ["a template with an unlucky name", ["x", "-t", "constructor"], /no template "constructor"/],
  ])("refuses %s in one line and makes nothing", async (_what, args, message) => {
    mkdirSync("full");
    writeFileSync("full/file", "mine");
    writeFileSync("file", "mine, too");
    expect(await minios(...args)).toBe(2);
    expect(io.stderr.text.trimEnd()).toMatch(message);
    expect(io.stderr.text.trimEnd().split("\n")).toHaveLength(1);
    expect(io.stdout.text).toBe("");
    expect(readdirSync(".").sort()).toEqual(["file", "full"]);
    expect(readdirSync("full")).toEqual(["file"]);
  });
});
