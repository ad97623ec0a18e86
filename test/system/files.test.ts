// The file system on every PC: the root comes from the medium that the system was started from, and a file larger than the
// buffer cache is the same when it is read back. On our PC the image is then in order for dosfstools, too.

import { beforeAll, describe, expect, test } from "vitest";
import { checkFat, mtools } from "../../kernel/fs/testing-files.ts";
import { Machine } from "../../pc/machine.ts";
import { bochsMissing, bootInBochs } from "../judges/bochs.ts";
import type { BootOptions } from "../judges/guest.ts";
import { bootOnOurPc, machineParts } from "../judges/ours.ts";
import { bootInQemu, qemuMissing } from "../judges/qemu.ts";
import { missing } from "../support.ts";
import { command, diskImage, floppyImage, PROMPT, runUntil, withoutMemorySize } from "./images.ts";

/** The first block of the disk's partition. */
const PARTITION = 63;

/** The cache has at most 512 KB. */
const session = (kilobytes: number): Pick<BootOptions, "keys" | "until" | "timeoutSeconds"> => ({
  keys: [
    { after: PROMPT, type: "cat /etc/motd\n" },
    { after: /^minios>$(?!\n*minios> cat)/m, type: `writetest "/A new file.bin" ${kilobytes}\n` },
    { after: new RegExp(`^${kilobytes} KB .*\\nminios>$`, "m"), type: "ls\n" },
    { after: /A new file\.bin\n(.*\n)*minios>$/m, type: "mount\n" },
  ],
  until: /^minios> mount\n(.*\n)+minios>$/m,
  timeoutSeconds: 60,
});

describe.each<[string, Pick<BootOptions, "floppy" | "disk">, number, string]>([
  ["floppy", { floppy: floppyImage() }, 64, "fd0"],
  ["disk", { disk: diskImage() }, 600, "hda1"],
])("files on the %s", (_, medium, kilobytes, device) => {
  const options = { ...medium, ...session(kilobytes) };
  let ours: string[];
  beforeAll(async () => {
    ours = withoutMemorySize(await bootOnOurPc(options));
  });

  test("can be written and read on our PC", () => {
    expect(ours).toContain(`${kilobytes} KB written and read`);
    expect(ours).toContain(`${device} / fat rw`);
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
  const machine = Machine.create({ parts: await machineParts(), memoryBytes: 0x2000000, hda, bootOrder: "c" });
  runUntil(machine, PROMPT);
  expect(command(machine, "writetest /Test.bin 8")).toEqual(["8 KB written and read"]);
  const volume = machine.disk(0)?.read(PARTITION, hda.length / 512 - PARTITION);
  if (volume === undefined) throw new Error("the disk is gone");
  expect(checkFat(volume)).toBe("");
  expect(mtools(volume, "mdir", "-b", "::")).toContain("Test.bin");
});
