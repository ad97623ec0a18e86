// Our volumes before mtools and fsck.fat, and theirs before our reader.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { missing, scratchDirectory } from "../../test/support.ts";
import { type FatImageOptions, FLOPPY_FORMATS, readFat, writeFat } from "./index.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const FILES = [
  { path: "/README.TXT", data: bytes("hello\n") },
  { path: "/etc/motd", data: bytes("welcome\n") },
  { path: "/a long name.text", data: new Uint8Array(70_000).map((_, i) => i) },
  { path: "/bin/größe", data: bytes("ü") },
  { path: "/empty/", data: new Uint8Array(0) },
  ...Array.from({ length: 40 }, (_, i) => ({ path: `/many/file number ${i}`, data: bytes(`${i}`) })),
];

const floppies = [...FLOPPY_FORMATS]
  .filter(([kib]) => [160, 720, 1200, 2880].includes(kib))
  .map(([kib, format]): [string, FatImageOptions] => [`${kib} KiB`, { ...format, label: "MINIOS" }]);
const disks: [string, FatImageOptions][] = [
  ["1.44 MB with reserved sectors", { ...(FLOPPY_FORMATS.get(1440) ?? { totalSectors: 0 }), reservedSectors: 300 }],
  ["FAT16", { totalSectors: 32768, reservedSectors: 300, label: "DISK" }],
  ["FAT16 with large clusters", { totalSectors: 140_000, sectorsPerCluster: 32 }],
  ["FAT32", { totalSectors: 140_000, type: 32, reservedSectors: 300, label: "LARGE" }],
];
const reason = missing("fsck.fat", "mtype", "mformat");
const scratch = scratchDirectory("fat");
afterAll(() => scratch.remove());
const image = join(scratch.path, "x.img");

function run(program: string, ...words: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, words, {
    encoding: "latin1",
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });
  expect(`${program}: ${status} ${stderr}`).toBe(`${program}: 0 `);
  return stdout;
}

describe.skipIf(reason)(`FAT before its judges${reason ? ` (${reason})` : ""}`, () => {
  it.each([...floppies, ...disks])("fsck.fat and mtools like a volume of ours: %s", (_, options) => {
    writeFileSync(image, writeFat(FILES, options));
    expect(run("fsck.fat", "-n", "-V", image)).not.toMatch(/differ|wrong|Reclaim|Truncat|bad|Dirty/i);
    expect(run("mtype", "-i", image, "::/etc/motd")).toBe("welcome\n");
    const back = join(scratch.path, "back");
    run("mcopy", "-n", "-i", image, "::/a long name.text", back);
    expect(new Uint8Array(readFileSync(back))).toEqual(FILES[2].data);
    expect(run("mdir", "-b", "-i", image, "::/many").trim().split("\n")).toHaveLength(40);
  });

  it.each([
    ["FAT12", ["-f", "1440"]],
    ["FAT16", ["-T", "65536", "-h", "16", "-s", "63"]],
    ["FAT32", ["-F", "-T", "140000", "-h", "16", "-s", "63"]],
  ])("we read what mtools wrote: %s", (_, format) => {
    writeFileSync(image, "");
    run("mformat", "-C", "-i", image, ...format, "-v", "THEIRS", "::");
    const given = join(scratch.path, "given");
    writeFileSync(given, FILES[2].data);
    run("mmd", "-i", image, "::/folder");
    for (const name of ["folder/Long Name Of Mine", "SHORT.TXT", "lower.txt"])
      run("mcopy", "-i", image, given, `::/${name}`);
    run("mdel", "-i", image, "::/lower.txt");
    const volume = readFat(new Uint8Array(readFileSync(image)));
    expect(volume.label).toBe("THEIRS");
    expect(volume.files.map(({ path }) => path).sort()).toEqual([
      "/SHORT.TXT",
      "/folder/",
      "/folder/Long Name Of Mine",
    ]);
    expect(volume.files.find(({ path }) => path === "/SHORT.TXT")?.data).toEqual(FILES[2].data);
    expect(volume.lostClusters).toBe(0);
  });
});
