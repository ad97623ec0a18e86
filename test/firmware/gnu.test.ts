// The firmware and the boot code are plain GNU syntax: GNU as and ld make the same bytes of them as our own tools.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { font8x16 } from "../../pc/devices/font.ts";
import { font8x8 } from "../../pc/devices/font-small.ts";
import { missing, ROOT, scratchDirectory } from "../support.ts";
import { BIOS_SOURCES, buildBios, buildBootSector, buildCdBlock, buildMasterBootRecord, buildSetup } from "./build.ts";

const noGnu = missing("as", "ld");

/** Sources are paths from the project's root; files that they include lie beside them. */
function buildWithGnu(sources: readonly string[], script: string): Uint8Array {
  const scratch = scratchDirectory("gnu");
  try {
    writeFileSync(join(scratch.path, "font.bin"), font8x16());
    writeFileSync(join(scratch.path, "font-small.bin"), font8x8());
    const objects = sources.map((source) => {
      const object = join(scratch.path, `${basename(source)}.o`);
      const folder = join(ROOT, dirname(source));
      execFileSync("as", ["--32", "-I", folder, "-I", scratch.path, "-o", object, join(ROOT, source)]);
      return object;
    });
    const flat = join(scratch.path, "flat");
    execFileSync("ld", ["-m", "elf_i386", "-T", join(ROOT, script), "--oformat", "binary", "-o", flat, ...objects]);
    return new Uint8Array(readFileSync(flat));
  } finally {
    scratch.remove();
  }
}

/** The first byte that differs, for a message that a person can use; -1: none. */
function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at < 0 && a.length !== b.length ? Math.min(a.length, b.length) : at;
}

describe(`GNU as and ld make the same bytes as our tools${noGnu ? ` (${noGnu})` : ""}`, () => {
  it.skipIf(noGnu).each<[string, () => Uint8Array, readonly string[], string]>([
    ["BIOS", buildBios, BIOS_SOURCES, "pc/firmware/bios.ld"],
    ["boot sector", buildBootSector, ["kernel/boot/boot.s"], "kernel/boot/boot.ld"],
    ["master boot record", buildMasterBootRecord, ["kernel/boot/mbr.s"], "kernel/boot/mbr.ld"],
    ["CD boot block", buildCdBlock, ["kernel/boot/cd.s"], "kernel/boot/cd.ld"],
    ["setup", buildSetup, ["kernel/boot/setup.s"], "kernel/boot/setup.ld"],
  ])("of the %s", (_, build, sources, script) => {
    expect(firstDifference(build(), buildWithGnu(sources, script))).toBe(-1);
  });
});

describe("the ROM", () => {
  it("has the AT's entry points where old programs look for them", () => {
    const rom = buildBios();
    expect(rom.length).toBe(0x10000);
    expect([...rom.subarray(0xfff0, 0xfff5)]).toEqual([0xea, 0x5b, 0xe0, 0x00, 0xf0]); // ljmp F000:E05B
    expect(new TextDecoder().decode(rom.subarray(0xfff5, 0xfffd))).toMatch(/^\d\d\/\d\d\/\d\d$/);
    expect(rom[0xfffe]).toBe(0xfc);
    const jump = 0xe9;
    const iret = 0xcf;
    for (const entry of [
      0xe05b, 0xe3fe, 0xe6f2, 0xe739, 0xe82e, 0xe987, 0xec59, 0xef57, 0xefd2, 0xf065, 0xf841, 0xf84d,
    ]) {
      expect(rom[entry], entry.toString(16)).toBe(jump);
    }
    for (const entry of [0xf859, 0xfe6e, 0xfea5]) expect(rom[entry], entry.toString(16)).toBe(jump);
    for (const entry of [0xe2c3, 0xff53]) expect(rom[entry], entry.toString(16)).toBe(iret);
    expect([...rom.subarray(0xefc7, 0xefcc)]).toEqual([0xaf, 0x02, 0x25, 0x02, 18]); // diskette parameters
  });
});
