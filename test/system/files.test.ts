// The file system of the built system on our PC: the root comes from the medium that the system was started from, what was
// copied is the same when it is read, and dosfstools and mtools find the medium in order. (session.test.ts has the other PCs.)

import { expect, test } from "vitest";
import { readFat, writeFat } from "../../formats/fat/index.ts";
import { checkFat, mtools } from "../../kernel/fs/testing-files.ts";
import { Random } from "../../kernel/testing.ts";
import { Machine } from "../../pc/machine.ts";
import { machineParts } from "../judges/ours.ts";
import { missing } from "../support.ts";
import { command, diskImage, floppyImage, kernelImage, PROMPT, runUntil } from "./images.ts";

/** The first block of the disk's partition. */
const PARTITION = 63;
const MEBIBYTE = 0x100000;

const created = async (options: Omit<Parameters<typeof Machine.create>[0], "parts">): Promise<Machine> =>
  Machine.create({ parts: await machineParts(), memoryBytes: 0x2000000, ...options });

function partitionOf(machine: Machine): Uint8Array {
  const disk = machine.disk(0);
  if (disk === undefined) throw new Error("the disk is gone");
  return disk.read(PARTITION, disk.blockCount - PARTITION);
}

test.each([
  ["floppy", "fd0"],
  ["disk", "hda1"],
])("the root is the %s that the system came from, and files can be written there", async (medium, device) => {
  const floppyA = Uint8Array.from(floppyImage());
  const machine = await created(medium === "floppy" ? { floppyA } : { hda: diskImage(), bootOrder: "c" });
  runUntil(machine, PROMPT);
  expect(command(machine, "mount")).toContain(`${device} / fat rw`);
  command(machine, 'cp /bin/sh "/A new file.bin"');
  const [original, copy] = command(machine, 'wc /bin/sh "/A new file.bin"');
  expect(original).toMatch(/^ *\d+ +\d+ +\d{4,} \/bin\/sh$/);
  expect(copy?.replace("/A new file.bin", "/bin/sh")).toBe(original);
  command(machine, "sync");
  if (missing("fsck.fat", "mdir") !== undefined) return;
  const volume = medium === "floppy" ? floppyA : partitionOf(machine);
  expect(checkFat(volume)).toBe("");
  expect(mtools(volume, "mdir", "-b", "::")).toContain("A new file.bin");
});

test("a file larger than the buffer cache is the same on another disk, and when it is read back", async (context) => {
  const reason = missing("fsck.fat");
  if (reason !== undefined) return context.skip(reason);
  const random = new Random(1);
  const data = Uint8Array.from({ length: MEBIBYTE }, () => random.below(256));
  const hdb = writeFat([{ path: "/original", data }], { totalSectors: 3 * (MEBIBYTE / 512) });
  const machine = await created({ hda: diskImage(), hdb, bootOrder: "c" });
  runUntil(machine, PROMPT);
  for (const line of ["mkdir /other", "mount hdb /other", "cp /other/original /copy", "cp /copy /other/again", "sync"])
    expect(command(machine, line)).toEqual([]);
  const fileOf = (volume: Uint8Array, path: string) =>
    readFat(volume, "disk").files.find((file) => file.path.toLowerCase() === path)?.data ?? new Uint8Array();
  expect(Buffer.compare(fileOf(partitionOf(machine), "/copy"), data)).toBe(0);
  const other = machine.disk(1);
  expect(Buffer.compare(fileOf(other?.read(0, other.blockCount) ?? hdb, "/again"), data)).toBe(0);
  expect(checkFat(partitionOf(machine))).toBe("");
});

test("a module of the boot loader that holds a FAT is the root, in memory", async () => {
  const modules = [{ data: floppyImage(), commandLine: "minios.img" }];
  const machine = await created({ kernel: { image: kernelImage(), commandLine: "kernel", modules } });
  runUntil(machine, PROMPT);
  expect(command(machine, "mount")).toContain("ram0 / fat rw");
  expect(command(machine, "cp /etc/motd /copy")).toEqual([]);
  expect(command(machine, "cat /copy")).toEqual(command(machine, "cat /etc/motd"));
});
