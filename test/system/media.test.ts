// The images of the build as file systems, before mtools and fsck.fat, and booting from disk in QEMU and Bochs, by both ways of
// reading a disk.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFat } from "../../formats/fat/index.ts";
import { readIso } from "../../formats/iso9660/index.ts";
import { readMasterBootRecord } from "../../formats/mbr.ts";
import { bochsMissing, bootInBochs } from "../judges/bochs.ts";
import type { BootOptions } from "../judges/guest.ts";
import { bootOnOurPc } from "../judges/ours.ts";
import { bootInQemu, qemuMissing } from "../judges/qemu.ts";
import { ARTEFACTS, missing, ROOT, scratchDirectory } from "../support.ts";
import { diskImage, floppyImage, kernelImage, PROMPT, withoutMemorySize } from "./images.ts";

const SECTOR = 512;
const scratch = scratchDirectory("media");
afterAll(() => scratch.remove());

const motd = () => readFileSync(join(ROOT, "user/root/etc/motd"), "utf8");

function partitionOf(disk: Uint8Array): { first: number; volume: Uint8Array } {
  const [partition] = readMasterBootRecord(disk.subarray(0, SECTOR), "disk", disk.length / SECTOR).partitions;
  const start = partition.firstSector * SECTOR;
  return { first: partition.firstSector, volume: disk.subarray(start, start + partition.sectors * SECTOR) };
}

describe("the files on the images", () => {
  const volumes = { floppy: floppyImage, disk: () => partitionOf(diskImage()).volume };
  test.each(["floppy", "disk"] as const)("are there for our reader: %s", (name) => {
    const { files, lostClusters } = readFat(volumes[name]());
    const found = files.find(({ path }) => path === "/etc/motd");
    expect(found && new TextDecoder().decode(found.data)).toBe(motd());
    expect(lostClusters).toBe(0);
  });

  const reason = missing("mtype", "fsck.fat");
  test.skipIf(reason)("are there for mtools, and fsck.fat has nothing to say", () => {
    const { first, volume } = partitionOf(diskImage());
    const partition = join(scratch.path, "partition");
    writeFileSync(partition, volume);
    for (const image of [ARTEFACTS.floppy, `${ARTEFACTS.disk}@@${first * SECTOR}`]) {
      const { stdout, stderr } = spawnSync("mtype", ["-i", image, "::/etc/motd"], { encoding: "utf8" });
      expect({ stdout, stderr }).toEqual({ stdout: motd(), stderr: "" });
    }
    for (const image of [ARTEFACTS.floppy, partition]) {
      const { status, stdout } = spawnSync("fsck.fat", ["-n", "-V", image], { encoding: "utf8" });
      expect({ status, stdout }).toMatchObject({ status: 0 });
      expect(stdout).not.toMatch(/differ|wrong|Reclaim|Truncat|bad|Dirty/i);
    }
  });
});

/** What the floppy gives on our PC; every other way to boot must give the same. */
let screen: string[];
beforeAll(async () => {
  screen = withoutMemorySize(await bootOnOurPc({ floppy: floppyImage(), until: PROMPT }));
});

/** Boots on each PC that is here and reaches the prompt. */
async function bootsEverywhere(options: Omit<BootOptions, "until">): Promise<void> {
  const all = { ...options, until: PROMPT };
  expect(withoutMemorySize(await bootOnOurPc(all))).toEqual(screen);
  if (!qemuMissing()) expect(withoutMemorySize(await bootInQemu(all))).toEqual(screen);
  if (!bochsMissing()) expect(withoutMemorySize(await bootInBochs(all))).toEqual(screen);
}

describe("the disk", () => {
  /** A BIOS that is asked wrongly says that it cannot count sectors, so boot code must go by cylinder, head and sector. */
  function withoutExtensions(disk: Uint8Array): Uint8Array {
    const copy = disk.slice();
    const question = Buffer.from([0xb4, 0x41, 0xbb, 0xaa, 0x55]); // mov ah, 41h; mov bx, 55aah
    const places = [0, partitionOf(disk).first * SECTOR];
    for (const place of places) {
      const at = Buffer.from(copy.buffer, place, SECTOR).indexOf(question);
      expect(at).toBeGreaterThan(0);
      copy.set([0, 0], place + at + 3);
    }
    return copy;
  }

  test.each([
    ["by sector number", (disk: Uint8Array) => disk],
    ["by cylinder, head and sector", withoutExtensions],
  ])("boots %s on each PC to the floppy's screen", async (_, change) => {
    await bootsEverywhere({ disk: change(diskImage()) });
  });

  test.skipIf(qemuMissing()).each([
    ["no active partition", (disk: Uint8Array) => disk.fill(0, 446, 447), "No active partition. Press a key"],
    [
      "a partition without boot sector",
      (disk: Uint8Array) => disk.fill(0, partitionOf(disk).first * SECTOR, (partitionOf(disk).first + 1) * SECTOR),
      "The partition has no boot sector. Press a key",
    ],
    [
      "a partition beyond the disk",
      (disk: Uint8Array) => disk.fill(0x7f, 446 + 8, 446 + 12),
      "Disk error. Press a key",
    ],
  ])("with %s says so", async (_, spoil, message) => {
    const rows = await bootInQemu({ disk: spoil(diskImage().slice()), until: /Press a key/ });
    expect(rows.join("\n")).toContain(message);
  });
});

describe("images of minios mkimage with the kernel", () => {
  function mkimage(...words: string[]): Uint8Array {
    const image = join(scratch.path, "made.img");
    const args = [ARTEFACTS.cli, "mkimage", ...words, "-o", image];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return new Uint8Array(readFileSync(image));
  }

  test("a floppy of 2.88 MB boots in QEMU", async (context) => {
    if (qemuMissing()) return context.skip(qemuMissing());
    const floppy = mkimage("floppy", "user/root", "--size", "2880", "--kernel", ARTEFACTS.kernel);
    expect(withoutMemorySize(await bootInQemu({ floppy, until: PROMPT }))).toEqual(screen);
  });

  test("a disk of FAT32 boots on each PC", async () => {
    await bootsEverywhere({
      disk: mkimage("disk", "user/root", "--size", "40M", "--fat", "32", "--kernel", ARTEFACTS.kernel),
    });
  });

  test("a disk of 615 cylinders, 6 heads and 17 sectors boots in QEMU", async (context) => {
    if (qemuMissing()) return context.skip(qemuMissing());
    const disk = mkimage("disk", "user/root", "--geometry", "615,6,17", "--kernel", ARTEFACTS.kernel);
    expect(withoutMemorySize(await bootInQemu({ disk, until: PROMPT }))).toEqual(screen);
  });

  describe("a CD", () => {
    let cdrom: Uint8Array;
    beforeAll(() => {
      cdrom = mkimage("iso", "user/root", "--kernel", ARTEFACTS.kernel);
    });

    test("boots on each PC", async () => {
      await bootsEverywhere({ cdrom });
    });

    test("boots as a USB stick, which to a BIOS is a disk, on each PC", async () => {
      await bootsEverywhere({ disk: cdrom });
    });

    test("boots as a USB stick at a USB controller in QEMU", async (context) => {
      if (qemuMissing()) return context.skip(qemuMissing());
      expect(withoutMemorySize(await bootInQemu({ disk: cdrom, isStick: true, until: PROMPT }))).toEqual(screen);
    });

    test("that ends too early says so", async (context) => {
      if (qemuMissing()) return context.skip(qemuMissing());
      const start = (readIso(cdrom).boot?.block ?? 0) * 2048;
      const rows = await bootInQemu({ cdrom: cdrom.subarray(0, start + 3 * 2048), until: /Press a key/ });
      expect(rows.join("\n")).toMatch(/Loading MiniOS \.*\nDisk error [0-9A-F]{2}\. Press a key to start again\./);
    });

    test("boots a foreign loader that finds itself and its files by what we wrote", async (context) => {
      const reason = qemuMissing() ?? missing("grub-mkimage");
      if (reason) return context.skip(reason);
      const tree = join(scratch.path, "grub");
      mkdirSync(join(tree, "boot/grub"), { recursive: true });
      writeFileSync(join(tree, "boot/the kernel of MiniOS.elf"), kernelImage());
      writeFileSync(join(tree, "boot/grub/grub.cfg"), 'multiboot "/boot/the kernel of MiniOS.elf"\nboot\n');
      const loader = join(tree, "boot/grub/loader.img");
      const modules = ["biosdisk", "iso9660", "multiboot", "normal", "configfile"];
      const words = ["-O", "i386-pc-eltorito", "-p", "(cd)/boot/grub", "-o", loader, ...modules];
      expect(spawnSync("grub-mkimage", words, { encoding: "utf8" })).toMatchObject({ status: 0 });
      const boot = ["--boot-image", loader, "--boot-load-size", "4", "--boot-info-table"];
      const rows = await bootInQemu({ cdrom: mkimage("iso", tree, ...boot), until: PROMPT });
      expect(withoutMemorySize(rows)).toEqual(screen);
    });
  });

  test("a dynamic virtual disk, a raw disk and a CD boot by their names alone, and are left as they were", () => {
    const images = [
      mkimage("vhd", ARTEFACTS.disk),
      new Uint8Array(readFileSync(ARTEFACTS.disk)),
      mkimage("iso", "user/root", "--kernel", ARTEFACTS.kernel),
    ];
    for (const image of images) {
      const file = join(scratch.path, "some file");
      writeFileSync(file, image);
      const words = [ARTEFACTS.cli, "run", file, "--display", "none", "--until", "^minios>", "--screen-text"];
      const { status, stdout } = spawnSync(process.execPath, words, { encoding: "utf8", timeout: 60_000 });
      expect(status).toBe(0);
      expect(withoutMemorySize(stdout.trimEnd().split("\n"))).toEqual(screen.slice(0, screen.indexOf("minios>") + 1));
      expect(Buffer.compare(readFileSync(file), image)).toBe(0);
    }
  });

  test.each(["dynamic", "fixed"])("a %s virtual disk boots on each PC to the floppy's screen", async (kind) => {
    await bootsEverywhere({ disk: mkimage("vhd", ARTEFACTS.disk, "--type", kind), diskFormat: "vhd" });
  });
});
