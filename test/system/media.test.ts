// The images of the build as file systems, before mtools and fsck.fat, and booting from disk in QEMU and Bochs, by both ways of
// reading a disk.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFat } from "../../formats/fat/index.ts";
import { readMasterBootRecord } from "../../formats/mbr.ts";
import { bochsMissing, bootInBochs } from "../judges/bochs.ts";
import { bootOnOurPc } from "../judges/ours.ts";
import { bootInQemu, qemuMissing } from "../judges/qemu.ts";
import { ARTEFACTS, missing, ROOT, scratchDirectory } from "../support.ts";
import { diskImage, floppyImage, PROMPT, withoutMemorySize } from "./images.ts";

const SECTOR = 512;
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
  const scratch = scratchDirectory("media");
  afterAll(() => scratch.remove());
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

describe("the disk", () => {
  let screen: string[];
  beforeAll(async () => {
    screen = withoutMemorySize(await bootOnOurPc({ floppy: floppyImage(), until: PROMPT }));
  });

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
  ])("boots %s in QEMU and Bochs, to the screen that the floppy gives on our PC", async (_, change) => {
    const disk = change(diskImage());
    const options = { disk, until: PROMPT };
    if (!qemuMissing()) expect(withoutMemorySize(await bootInQemu(options))).toEqual(screen);
    if (!bochsMissing()) expect(withoutMemorySize(await bootInBochs(options))).toEqual(screen);
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
