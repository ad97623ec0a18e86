// GRUB as a customer of the BIOS: it uses int 10h, 13h, 15h, 16h and 1Ah in its own way, and switches modes all the time.

import { describe, expect, it } from "vitest";
import { grubFloppy, grubMissing } from "../judges/grub.ts";
import { bootInQemu, qemuMissing } from "../judges/qemu.ts";
import { buildBios } from "./build.ts";
import { bootOnOurPc } from "./our-pc.ts";

const noGrub = grubMissing();

const floppy = () =>
  grubFloppy({
    // The last one waits for a key: what comes after it clears the screen.
    commands: ["echo hello from grub", "lsmmap", "date", "ls", "echo end of commands", "read"],
    modules: ["echo", "lsmmap", "date", "datetime", "minicmd", "ls", "read"],
  });

function expectGrubIsHappy(rows: string[]): void {
  const from = rows.indexOf("hello from grub");
  expect(rows.slice(from + 1, from + 6)).toEqual([
    "base_addr = 0x0, length = 0x9fc00, available RAM",
    "base_addr = 0x9fc00, length = 0x400, reserved RAM",
    "base_addr = 0xf0000, length = 0x10000, reserved RAM",
    "base_addr = 0x100000, length = 0x1f00000, available RAM",
    "base_addr = 0xfffc0000, length = 0x40000, reserved RAM",
  ]);
  expect(rows[from + 6]).toMatch(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d [A-Z][a-z]+day$/);
}

describe(`GRUB under our BIOS${noGrub ? ` (${noGrub})` : ""}`, () => {
  it.skipIf(noGrub)("runs on our PC", async () => {
    expectGrubIsHappy(await bootOnOurPc({ floppy: floppy(), until: /end of commands/ }));
  });

  it.skipIf(noGrub)("runs on our PC from a hard disk, which it finds", async () => {
    const rows = await bootOnOurPc({ disk: floppy(), bootOrder: "c", until: /end of commands/ });
    expectGrubIsHappy(rows);
    expect(rows.join("\n")).toContain("(hd0)");
  });

  it.skipIf(noGrub ?? qemuMissing())("runs in QEMU from a hard disk, which it finds", async () => {
    const rows = await bootInQemu({ disk: floppy(), bios: buildBios(), until: /end of commands/ });
    expectGrubIsHappy(rows);
    expect(rows.join("\n")).toContain("(hd0)");
  });

  it.skipIf(noGrub ?? qemuMissing())("runs in QEMU", async () => {
    expectGrubIsHappy(await bootInQemu({ floppy: floppy(), bios: buildBios(), until: /end of commands/ }));
  });
});
