// Disks of several partitions before the boot loader: another partition's boot sector, logical partitions, GUID partition tables.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BOOT_CODE_BYTES, readMasterBootRecord } from "../../formats/mbr.ts";
import { buildFlat } from "../../toolchain/build/flat.ts";
import { makeDisk, usualGeometry } from "../../toolchain/image/disk.ts";
import { makeFloppy } from "../../toolchain/image/floppy.ts";
import { strip } from "../../toolchain/inspect/strip.ts";
import { buildBootSector, buildMasterBootRecord, PROJECT } from "../firmware/build.ts";
import { bochsMissing, bootInBochs } from "../judges/bochs.ts";
import type { BootOptions } from "../judges/guest.ts";
import { bootOnOurPc } from "../judges/ours.ts";
import { bootInQemu, qemuMissing } from "../judges/qemu.ts";
import { ARTEFACTS, artefact, scratchDirectory } from "../support.ts";
import { kernelImage, PROMPT } from "./images.ts";

const SECTOR = 512;
const ENTRY_BYTES = 16;
const MIB_SECTORS = 2048;
const kernel = strip({ name: "kernel.elf", bytes: kernelImage() }, { what: "all", sections: [], keep: [], drop: [] });
const kernelFile = { path: "/boot/kernel.elf", data: kernel };
const boot = () => ({ bootSector: buildBootSector(), loader: artefact("loader") });
const menu = (commands: string) => ({
  path: "/boot/grub/grub.cfg",
  data: new TextEncoder().encode(`set timeout=0\nmenuentry x { ${commands} }\n`),
});

async function everywhere(options: BootOptions): Promise<void> {
  await bootOnOurPc(options);
  if (!qemuMissing()) await bootInQemu(options);
  if (!bochsMissing()) await bootInBochs(options);
}

/** A disk whose first partition has the loader; and where its partitions begin. */
function diskOf(commands: string, others: Parameters<typeof makeDisk>[0]["partitions"]) {
  const disk = makeDisk({
    geometry: usualGeometry(32 * 2 ** 20),
    masterBootRecord: buildMasterBootRecord(),
    partitions: [{ boot: boot(), files: [menu(commands)], sectors: 4 * MIB_SECTORS }, ...others],
  });
  const { partitions } = readMasterBootRecord(disk.subarray(0, SECTOR), "disk", disk.length / SECTOR);
  return { disk, starts: partitions.map(({ firstSector }) => firstSector), view: new DataView(disk.buffer) };
}

test("chainloader starts another partition's boot sector, with its drive and its entry", async () => {
  const { disk, starts } = diskOf("chainloader (hd0,2)+1", [{ files: [] }]);
  disk.set(buildFlat(PROJECT, ["test/system/chained-sector.s"], "test/firmware/flat.ld"), starts[1] * SECTOR);
  const first = starts[1].toString(16).toUpperCase().padStart(4, "0");
  await everywhere({ disk, until: new RegExp(`^chained: 80 ${first}`) });
});

test("a kernel on the second logical partition", async () => {
  const sectors = 2 * MIB_SECTORS;
  const made = diskOf("multiboot (hd0,6)/boot/kernel.elf", [
    { files: [], sectors },
    { files: [], sectors },
    { files: [kernelFile], sectors: 8 * MIB_SECTORS },
  ]);
  const { disk, starts, view } = made;
  const entry = (sector: number, index: number, type: number, first: number, count: number) => {
    const at = sector * SECTOR + BOOT_CODE_BYTES + 6 + index * ENTRY_BYTES;
    disk.fill(0, at, at + ENTRY_BYTES);
    disk[at + 4] = type;
    view.setUint32(at + 8, first, true);
    view.setUint32(at + 12, count, true);
    view.setUint16(sector * SECTOR + 510, 0xaa55, true);
  };
  const [, second, third, fourth] = starts;
  const end = fourth + 8 * MIB_SECTORS;
  // What was the second partition becomes an extended one, with a record in front of each of its two.
  for (const index of [2, 3]) entry(0, index, 0, 0, 0);
  entry(0, 1, 0x0f, second, end - second);
  disk.fill(0, second * SECTOR, (second + 1) * SECTOR);
  disk.fill(0, third * SECTOR, (third + 1) * SECTOR);
  entry(second, 0, 0x06, 63, third - second - 63);
  entry(second, 1, 0x05, third - second, end - third);
  entry(third, 0, 0x06, fourth - third, end - fourth);
  await everywhere({ disk, until: PROMPT });
});

const loaderFloppy = (commands: string) => makeFloppy({ ...boot(), files: [menu(commands)] });

/** A disk with a GUID partition table of two partitions, the second one with the kernel. */
function guidDisk(): Uint8Array {
  const { disk, starts, view } = diskOf("boot", [{ files: [kernelFile] }]);
  disk.fill(0, 0, 34 * SECTOR);
  disk[BOOT_CODE_BYTES + 6 + 4] = 0xee;
  view.setUint32(BOOT_CODE_BYTES + 6 + 8, 1, true);
  view.setUint32(BOOT_CODE_BYTES + 6 + 12, disk.length / SECTOR - 1, true);
  view.setUint16(510, 0xaa55, true);
  disk.set(new TextEncoder().encode("EFI PART"), SECTOR);
  view.setUint32(SECTOR + 8, 0x10000, true);
  view.setUint32(SECTOR + 12, 92, true);
  view.setBigUint64(SECTOR + 72, 2n, true);
  view.setUint32(SECTOR + 80, 128, true);
  view.setUint32(SECTOR + 84, 128, true);
  starts.forEach((first, index) => {
    const at = 2 * SECTOR + index * 128;
    disk.fill(0xa5 + index, at, at + 32);
    view.setBigUint64(at + 32, BigInt(first), true);
    view.setBigUint64(at + 40, BigInt((starts[index + 1] ?? disk.length / SECTOR - 34) - 1), true);
  });
  return disk;
}

test("a kernel on a disk with a GUID partition table", async () => {
  const floppy = loaderFloppy("set root=hd0,gpt2; multiboot /boot/kernel.elf");
  // Bochs' diskette alone would take five seconds.
  await bootOnOurPc({ floppy, disk: guidDisk(), until: PROMPT });
  if (!qemuMissing()) await bootInQemu({ floppy, disk: guidDisk(), until: PROMPT });
});

test("a disk with a GUID partition table and no boot code is told to be UEFI's", () => {
  const scratch = scratchDirectory("uefi");
  try {
    const file = join(scratch.path, "disk.img");
    writeFileSync(file, guidDisk());
    const { status, stderr } = spawnSync(process.execPath, [ARTEFACTS.cli, "run", file, "--display", "none"], {
      encoding: "utf8",
      timeout: 30_000,
    });
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^[^\n]*disk\.img[^\n]*GUID partition table[^\n]*\n$/)]);
  } finally {
    scratch.remove();
  }
});

test.each([
  ["(hd0,3)", "The disk has no partition 3"],
  ["(hd0,gpt129)", "No such place: \\(hd0,gpt129\\)/k"],
  ["(hd1,1)", "There is no drive 81h"],
])("a place that is not there is said: %s", async (place, message) => {
  const rows = await bootOnOurPc({
    floppy: loaderFloppy(`multiboot ${place}/k`),
    disk: guidDisk(),
    until: /Press a key/,
  });
  expect(rows.join("\n")).toMatch(new RegExp(message));
});
