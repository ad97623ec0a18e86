// The looking tools from the command line: options, several files, exit status, and files that are not what they should be.

import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scratchDirectory } from "../../test/support.ts";
import { sampleFiles } from "../../toolchain/inspect/testing.ts";
import { runProgram } from "../program.ts";
import { FakeGuest } from "../testing/fake-guest.ts";
import { FakeIo } from "../testing/fake-io.ts";

let scratch: ReturnType<typeof scratchDirectory>;
let io: FakeIo;
const paths = { object: "", program: "", archive: "" };

beforeEach(() => {
  scratch = scratchDirectory("tools");
  io = new FakeIo();
  for (const [kind, { name, bytes }] of Object.entries(sampleFiles())) {
    paths[kind as keyof typeof paths] = join(scratch.path, name);
    writeFileSync(join(scratch.path, name), bytes);
  }
});
afterEach(() => scratch.remove());

async function minios(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  io = new FakeIo();
  const status = await runProgram(args, { io, createMachine: () => new FakeGuest(), glyphs: [] });
  return { status, out: io.stdout.text, err: io.stderr.text };
}

describe("looking tools", () => {
  it("take GNU's options, joined or apart", async () => {
    expect((await minios("nm", "-nS", paths.program)).out).toMatch(/^00001234 A maybe\n00100000 T _start\n/);
    expect((await minios("size", "-A", "-x", paths.program)).out).toContain("\n.text            0x13   0x100000\n");
    const { out } = await minios("readelf", "-hW", "-x", ".data", paths.program);
    expect(out).toContain("Entry point address:               0x100000\n");
    expect(out).toContain("Hex dump of section '.data':\n  0x00100020 13001000");
    expect((await minios("objdump", "-d", "-M", "intel", "-j.text", paths.program)).out).toContain(
      "\tlock inc DWORD PTR [ebx]\n",
    );
    expect((await minios("objdump", "-h", "-r", paths.archive)).out).toContain(
      "a-name-of-more-than-fifteen.o:     file",
    );
  });

  it("show raw images as 16-bit code", async () => {
    const image = join(scratch.path, "boot.bin");
    writeFileSync(image, Uint8Array.of(0xb8, 0xc0, 0x07, 0x8e, 0xd8));
    const { out } = await minios("objdump", "-D", "-b", "binary", "-m", "i386", "-M", "i8086", image);
    expect(out).toContain(
      "   0:\tb8 c0 07             \tmov    $0x7c0,%ax\n   3:\t8e d8                \tmov    %ax,%ds\n",
    );
  });

  it("go on to the next file after one that is bad, and exit with 2", async () => {
    const bad = join(scratch.path, "bad.o");
    writeFileSync(bad, "no object");
    for (const [tool, ...options] of [["nm"], ["size"], ["readelf", "-h"], ["objdump", "-f"]]) {
      const { status, out, err } = await minios(tool, ...options, bad, join(scratch.path, "absent.o"), paths.object);
      expect(status, tool).toBe(2);
      expect(err, tool).toMatch(
        /^\w+: .*bad\.o at offset 0x0: expected ELF .*\n\w+: .*absent\.o: expected an object.*, found no such file\n$/,
      );
      expect(out, tool).toContain("demo.o");
    }
  });

  it("show what there is of a broken file", async () => {
    const cut = join(scratch.path, "cut.elf");
    writeFileSync(cut, readFileSync(paths.program).subarray(0, 200));
    const { status, out, err } = await minios("readelf", "-a", cut);
    expect(status).toBe(0);
    expect(out).toContain("  LOAD           0x001000 0x00100000");
    expect(err).toMatch(
      /^readelf: Warning: .*cut\.elf: at offset 0x30: expected at most 0 section headers, found \d+\n$/,
    );
  });

  it("strip writes the whole file or none", async () => {
    const before = statSync(paths.program).size;
    expect((await minios("strip", paths.program)).status).toBe(0);
    expect(statSync(paths.program).size).toBeLessThan(before);
    expect((await minios("nm", paths.program)).err).toMatch(/demo\.elf: no symbols\n$/);

    const copy = join(scratch.path, "copy.o");
    expect((await minios("strip", "-g", "-o", copy, paths.object)).status).toBe(0);
    expect((await minios("nm", copy)).out).toContain("T _start");
    const files = readdirSync(scratch.path).sort();
    writeFileSync(copy, "junk");
    expect(await minios("strip", copy)).toMatchObject({ status: 2, out: "" });
    expect(readFileSync(copy, "utf8")).toBe("junk");
    expect(readdirSync(scratch.path).sort()).toEqual(files);
  });

  it("refuse bad usage with one line and 2, and have help with an example", async () => {
    for (const args of [
      ["readelf", paths.object],
      ["readelf", "-h"],
      ["objdump", paths.object],
      ["objdump", "-d", "-M", "vax", paths.object],
      ["objdump", "-d", "--start-address=here", paths.object],
      ["nm", "-t", "q", paths.object],
      ["size", "--radix=7", paths.object],
      ["strip", "-o", "out", paths.object, paths.program],
    ]) {
      const { status, out, err } = await minios(...args);
      expect([status, out, err.split("\n").length], args.join(" ")).toEqual([2, "", 2]);
    }
    for (const tool of ["nm", "size", "readelf", "objdump", "strip"]) {
      const { status, out } = await minios(tool, "--help");
      expect(status).toBe(0);
      expect(out).toMatch(/\nExamples:\n {2}minios /);
    }
  });
});
