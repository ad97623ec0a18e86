// The file system on every PC: the root comes from the medium that the system was started from, and a file that was copied is
// the same when it is read. And with more than the buffer cache holds, the disk is in order for dosfstools, too.

import { beforeAll, describe, expect, test } from "vitest";
import { checkFat, mtools } from "../../kernel/fs/testing-files.ts";
import { Machine } from "../../pc/machine.ts";
import { bochsMissing, bootInBochs } from "../judges/bochs.ts";
import type { BootOptions } from "../judges/guest.ts";
import { bootOnOurPc, machineParts } from "../judges/ours.ts";
import { bootInQemu, qemuMissing } from "../judges/qemu.ts";
import { missing } from "../support.ts";
import { command, diskImage, floppyImage, kernelImage, PROMPT, runUntil, withoutMemorySize } from "./images.ts";

/** The first block of the disk's partition. */
const PARTITION = 63;

const SESSION: Pick<BootOptions, "keys" | "until"> = {
  keys: [
    { after: PROMPT, type: "cat /etc/motd\n" },
    { after: /^minios> cat .*\n(.*\n)*minios>$/m, type: 'cp /bin/sh "/A new file.bin"\n' },
    { after: /^minios> cp .*\n(.*\n)*minios>$/m, type: 'wc /bin/sh "/A new file.bin"\n' },
    { after: /^minios> wc .*\n(.*\n)*minios>$/m, type: "ls\n" },
    { after: /^minios> ls\n(.*\n)*minios>$/m, type: "mount\n" },
  ],
  until: /^minios> mount\n(.*\n)*minios>$/m,
};

describe.each<[string, Pick<BootOptions, "floppy" | "disk">, string]>([
  ["floppy", { floppy: floppyImage() }, "fd0"],
  ["disk", { disk: diskImage() }, "hda1"],
])("files on the %s", (_, medium, device) => {
  const options = { ...medium, ...SESSION };
  let ours: string[];
  beforeAll(async () => {
    ours = withoutMemorySize(await bootOnOurPc(options));
  });

  test("can be written and read on our PC", () => {
    expect(ours).toContain(`${device} / fat rw`);
    const counts = ours.filter((row) => /^[ \d]+ (\/bin\/sh|\/A new file\.bin)$/.test(row));
    expect(counts.length).toBe(2);
    expect(counts[1]?.replace("/A new file.bin", "")).toBe(counts[0]?.replace("/bin/sh", ""));
  });

  test("are the same in QEMU", async (context) => {
    const reason = qemuMissing();
    if (reason !== undefined) return context.skip(reason);
    expect(withoutMemorySize(await bootInQemu(options))).toEqual(ours);
  });

  // Bochs needs its time: it does this from the floppy only.
  if (device !== "fd0") return;
  test("are the same in Bochs", async (context) => {
    const reason = bochsMissing();
    if (reason !== undefined) return context.skip(reason);
    expect(withoutMemorySize(await bootInBochs(options))).toEqual(ours);
  });
});

test("what is written is in order for other programs", async (context) => {
  const reason = missing("fsck.fat", "mtype");
  if (reason !== undefined) return context.skip(reason);
  const hda = diskImage();
  const kernel = { image: kernelImage(), commandLine: "kernel shell=monitor" };
  const machine = Machine.create({ parts: await machineParts(), memoryBytes: 0x2000000, kernel, hda });
  runUntil(machine, PROMPT);
  expect(command(machine, "writetest /Test.bin 1024")).toEqual(["1024 KB written and read"]);
  const volume = machine.disk(0)?.read(PARTITION, hda.length / 512 - PARTITION);
  if (volume === undefined) throw new Error("the disk is gone");
  expect(checkFat(volume)).toBe("");
  expect(mtools(volume, "mdir", "-b", "::")).toContain("Test.bin");
});

test("a module of the boot loader that holds a FAT is the root, in memory", async () => {
  const modules = [{ data: floppyImage(), commandLine: "minios.img" }];
  const kernel = { image: kernelImage(), commandLine: "kernel", modules };
  const machine = Machine.create({ parts: await machineParts(), memoryBytes: 0x2000000, kernel });
  runUntil(machine, PROMPT);
  expect(command(machine, "mount")).toContain("ram0 / fat rw");
  expect(command(machine, "cp /etc/motd /copy")).toEqual([]);
  expect(command(machine, "cat /copy")).toEqual(command(machine, "cat /etc/motd"));
});
