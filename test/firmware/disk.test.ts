// Int 13h for fixed disks: what the services answer, beside what another BIOS answers on the same machine, and beside QEMU.

import { describe, expect, it } from "vitest";
import { buildFlat } from "../../toolchain/build/flat.ts";
import { bochsMissing, startBochs } from "../judges/bochs.ts";
import { type BootOptions, waitForSerial } from "../judges/guest.ts";
import { qemuMissing, startQemu } from "../judges/qemu.ts";
import { buildBios, PROJECT } from "./build.ts";
import { createMachine, runUntil } from "./our-pc.ts";

const SECTOR = 512;
/** 2,000 cylinders of 16 heads of 63 sectors: enough for the geometry to be translated. */
const DISK_BYTES = 2000 * 16 * 63 * SECTOR;
const REPORT = /^(\w+)=((?:[0-9A-F]{4} ){4})([c-])$/gm;

function servicesDisk(): Uint8Array {
  const disk = new Uint8Array(300 * SECTOR);
  disk.set(buildFlat(PROJECT, ["test/firmware/disk-services.s"], "test/firmware/flat.ld"));
  for (let sector = 100; sector < 300; sector++) disk.fill(sector, sector * SECTOR, (sector + 1) * SECTOR);
  return disk;
}

const OPTIONS = { disk: servicesDisk(), diskBytes: DISK_BYTES };

function reportsOf(serial: string): Map<string, string> {
  return new Map(Array.from(serial.matchAll(REPORT), ([, name, values, carry]) => [name, `${values}${carry}`]));
}

async function reportsIn(
  start: typeof startQemu | typeof startBochs,
  options: Pick<BootOptions, "bios">,
): Promise<Map<string, string>> {
  const guest = await start({ ...OPTIONS, ...options });
  try {
    return reportsOf(await waitForSerial(guest, /^fin=.*\n/m));
  } finally {
    await guest.stop();
  }
}

function reportsOnOurPc(): Map<string, string> {
  const machine = createMachine({ ...OPTIONS, bootOrder: "c" });
  machine.run({ timeNs: 20e9, until: () => /^fin=.*\n/m.test(machine.serial[0].output) });
  return reportsOf(machine.serial[0].output);
}

describe("fixed disk services", () => {
  it.skipIf(qemuMissing())("of our BIOS answer in QEMU as SeaBIOS's do, but where ours say more", async () => {
    const [ours, theirs] = await Promise.all([reportsIn(startQemu, { bios: buildBios() }), reportsIn(startQemu, {})]);
    expect(ours.size).toBe(30);
    const different = [...ours].filter(([name, value]) => theirs.get(name) !== value);
    expect(Object.fromEntries(different)).toEqual({
      params: "0000 0000 E7FF 1F01 -", // the last cylinder is not kept for diagnostics
      type: "0300 0000 001E C300 -", // neither here
      notype: "0000 0000 0000 0083 -", // "no such drive" is an answer
      zero: "0400 0000 0000 0080 c", // "sector not found" in place of "bad command"
      nomagic: "0100 0000 0000 0080 c", // without 55AAh nobody asked for the extensions
      magic: "3000 AA55 0005 0080 -", // nothing to lock or to eject
      end: "0400 0000 0000 0080 c", // no sector was moved, and so says the packet
      vpast: "0400 0000 0000 0080 c", // what is verified must exist
      short: "0100 0000 0000 0080 c",
    });
    expect(reportsOnOurPc()).toEqual(ours);
  });

  it.skipIf(bochsMissing())("of our BIOS answer in Bochs as on our PC", async () => {
    expect(await reportsIn(startBochs, { bios: buildBios() })).toEqual(reportsOnOurPc());
  });
});

describe("the boot order", () => {
  const blank = new Uint8Array(1 << 20);
  const boot = async (options: Omit<BootOptions, "until">, until: RegExp) => {
    const machine = createMachine(options);
    return runUntil(machine, until).join("\n");
  };

  it("is gone through until something boots; then it is said what was wrong with each", async () => {
    expect(await boot({ disk: blank, bootOrder: "c" }, /press a key/)).toContain(
      "Nothing to boot from: the hard disk has no boot sector.\nPut one in and press a key.",
    );
    expect(await boot({ disk: blank }, /press a key/)).toContain(
      "Nothing to boot from: drive A holds no bootable diskette;\nthe hard disk has no boot sector.",
    );
    expect(await boot({ bootOrder: "c" }, /press a key/)).toContain("Nothing to boot from: there is no hard disk.");
  });

  /** A disk that writes the letter to the screen's last cell and then does what the code says. */
  const says = (letter: string, ...code: number[]) => {
    const disk = blank.slice();
    disk.set([0xb8, 0x00, 0xb8, 0x8e, 0xc0, 0x26, 0xc6, 0x06, 0x9e, 0x0f, letter.charCodeAt(0), ...code]);
    disk.set([0x55, 0xaa], 510);
    return disk;
  };
  const lastCell = (text: string) => text.split("\n")[24].trimEnd().at(-1);
  const STAND_STILL = [0xf4, 0xeb, 0xfd];
  // Ten ticks later, so that somebody has seen the letter.
  const RESET = [0xfb, ...Array<number>(10).fill(0xf4), 0xb0, 0xfe, 0xe6, 0x64, ...STAND_STILL];

  it("is another one once, until the machine is reset", async () => {
    const floppy = new Uint8Array(1474560);
    floppy.set(says("F", ...STAND_STILL).subarray(0, 512));
    const seen = (bootOnce?: string) => {
      const machine = createMachine({ floppy, disk: says("D", ...RESET), bootOrder: "ac", bootOnce });
      let order = "";
      machine.run({
        timeNs: 20e9,
        until: () => {
          const letter = lastCell(machine.screen.text().join("\n")) ?? "";
          if (/[FD]/.test(letter) && !order.endsWith(letter)) order += letter;
          return letter === "F";
        },
      });
      return order;
    };
    expect([seen(), seen("ca")]).toEqual(["F", "DF"]);
  });

  it("is a person's choice when a menu is offered", () => {
    const floppy = new Uint8Array(1474560);
    floppy.set(says("F", ...STAND_STILL).subarray(0, 512));
    const boot = (...keys: string[]) => {
      const machine = createMachine({ floppy, disk: says("D", ...STAND_STILL), bootOrder: "ac", bootMenu: true });
      runUntil(machine, /Press Esc for the boot menu/);
      keys.forEach((key, index) => {
        machine.keyboard.type(key);
        if (index === 0) runUntil(machine, /1\. Diskette\n2\. Hard disk\n3\. CD/);
      });
      return lastCell(runUntil(machine, /[FD]$/).join("\n"));
    };
    expect([boot(), boot("\x1b", "2"), boot("\x1b", "3")]).toEqual(["F", "D", "F"]);
  });

  it("goes on when a boot sector gives up by int 18h", async () => {
    const quitter = blank.slice();
    // Writes "M" to the screen's last cell, and calls int 18h.
    quitter.set([0xb8, 0x00, 0xb8, 0x8e, 0xc0, 0x26, 0xc6, 0x06, 0x9e, 0x0f, 0x4d, 0xcd, 0x18]);
    quitter.set([0x55, 0xaa], 510);
    const text = await boot({ disk: quitter, bootOrder: "ca" }, /press a key/);
    expect(text).toContain("Nothing to boot from: drive A holds no bootable diskette.");
    expect(text.split("\n")[24].trimEnd()).toMatch(/M$/);
  });
});
