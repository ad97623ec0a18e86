// Booting from CDs: El Torito in its three ways, beside SeaBIOS in QEMU; and GRUB's rescue CD as its tool makes it.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildFlat } from "../../toolchain/build/flat.ts";
import { bochsMissing, bootInBochs } from "../judges/bochs.ts";
import { type BootOptions, type Guest, waitForSerial } from "../judges/guest.ts";
import { startOurPc } from "../judges/ours.ts";
import { bootInQemu, qemuMissing, startQemu } from "../judges/qemu.ts";
import { artefact, missing, scratchDirectory } from "../support.ts";
import { buildBios, PROJECT } from "./build.ts";
import { createMachine, runUntil } from "./our-pc.ts";

const noXorriso = missing("xorriso");
const noRescue = noXorriso ?? missing("grub-mkrescue", "mformat");

type Way = "none" | "floppy" | "disk";

/** cd-services.s as what the CD boots. */
function bootImage(way: Way): Uint8Array {
  const image = new Uint8Array(1474560);
  image.set(buildFlat(PROJECT, ["test/firmware/cd-services.s"], "test/firmware/flat.ld"));
  image.set(new TextEncoder().encode("block 20"), 20 * 512);
  // One partition to the end: 40 cylinders of 4 heads of 18 sectors, so that block 20 has the same place as on the diskette.
  if (way === "disk") image.set([0x80, 1, 1, 0, 1, 3, 18, 39, 18, 0, 0, 0, 0x2e, 0x0b, 0, 0], 446);
  return image;
}

function withScratch<T>(make: (folder: string) => T): T {
  const scratch = scratchDirectory("cd");
  try {
    return make(scratch.path);
  } finally {
    scratch.remove();
  }
}

function bootableCd(way: Way): Uint8Array {
  return withScratch((folder) => {
    mkdirSync(join(folder, "tree"));
    writeFileSync(join(folder, "tree", "boot.img"), bootImage(way));
    const emulation = { none: ["-no-emul-boot", "-boot-load-size", "8"], floppy: [], disk: ["-hard-disk-boot"] }[way];
    const file = join(folder, "cd.iso");
    const words = ["-as", "mkisofs", "-quiet", "-o", file, "-b", "boot.img", "-c", "boot.cat", ...emulation];
    execFileSync("xorriso", [...words, join(folder, "tree")], { stdio: "pipe" });
    return new Uint8Array(readFileSync(file));
  });
}

type Start = (options: Omit<BootOptions, "until">) => Promise<Guest>;

async function serialOf(start: Start, options: Omit<BootOptions, "until">): Promise<Record<string, string>> {
  const guest = await start(options);
  try {
    const lines = (await waitForSerial(guest, /^end\n/m)).split("\n");
    return Object.fromEntries(lines.filter((line) => line.includes("=")).map((line) => line.split("=")));
  } finally {
    await guest.stop();
  }
}

/** Where SeaBIOS answers otherwise. */
const DIFFERENCES: Record<Way, Record<string, string>> = {
  none: {
    type: "0200 0000 0000 00E0 -", // the drive has a change line
    write: "0300 9000 0003 00E0 c", // "write protected" in place of "bad command"
    "41h": "3000 AA55 0005 00E0 -", // locking and ejecting are not for int 13h
  },
  floppy: {
    spec: "07C0 0001 124F 0001 -", // cylinder, sector, head, as in CH, CL and DH
  },
  disk: {
    params: "0000 0000 2712 0301 -", // one disk, all of whose cylinders are for use
    type: "0300 0000 0000 0B40 -",
    spec: "07C0 0001 1227 0003 -",
  },
};

describe.each<Way>(["none", "floppy", "disk"])(
  `a CD with emulation: %s${noXorriso ? ` (${noXorriso})` : ""}`,
  (way) => {
    it.skipIf(noXorriso ?? qemuMissing())(
      "boots, and int 13h answers as SeaBIOS's but where ours say more",
      async () => {
        const cdrom = bootableCd(way);
        const bios = buildBios();
        const [ours, theirs] = await Promise.all([
          serialOf(startOurPc, { cdrom, bios }),
          serialOf(startQemu, { cdrom }),
        ]);
        // "bl" of "block 20"
        expect(ours[way === "none" ? "42h" : "read"]).toMatch(/^00\w\w 6C62 .* -$/);
        const different = Object.entries(ours).filter(([name, value]) => theirs[name] !== value);
        expect(Object.fromEntries(different)).toEqual(DIFFERENCES[way]);
        expect(await serialOf(startQemu, { cdrom, bios })).toEqual(ours);
      },
    );
  },
);

describe(`GRUB's rescue CD${noRescue ? ` (${noRescue})` : ""}`, () => {
  let cdrom: Uint8Array | undefined;

  /** As a person makes it: a folder with a kernel and a menu. */
  function rescueCd(): Uint8Array {
    cdrom ??= withScratch((folder) => {
      const grub = join(folder, "tree", "boot", "grub");
      mkdirSync(grub, { recursive: true });
      writeFileSync(join(folder, "tree", "boot", "kernel.elf"), artefact("kernel"));
      const entries = ['menuentry "MiniOS" { multiboot /boot/kernel.elf }', 'menuentry "Other" { echo other }'];
      writeFileSync(join(grub, "grub.cfg"), `set timeout=50\n${entries.join("\n")}\n`);
      const file = join(folder, "rescue.iso");
      const small = ["--install-modules=normal iso9660 biosdisk multiboot echo", "--fonts=", "--locales=", "--themes="];
      execFileSync("grub-mkrescue", ["-o", file, ...small, join(folder, "tree")], { stdio: "pipe" });
      return new Uint8Array(readFileSync(file));
    });
    return cdrom;
  }

  it.skipIf(noRescue)("boots on our PC to its menu, and from there our kernel", () => {
    const machine = createMachine({ cdrom: rescueCd(), bootOrder: "d" });
    runUntil(machine, /\*MiniOS +│\n │ Other/);
    // Hundreds of reads, none of which may wait for a tick of the clock.
    expect(machine.timeNs).toBeLessThan(1e9);
    machine.keyboard.press("Enter");
    machine.keyboard.release("Enter");
    runUntil(machine, /^minios>/m);
  });

  it.skipIf(noRescue ?? qemuMissing())("boots in QEMU under our BIOS to its menu", async () => {
    await bootInQemu({ cdrom: rescueCd(), bios: buildBios(), until: /before booting or `c' for a command-line/ });
  });

  it.skipIf(noRescue ?? bochsMissing())("boots in Bochs under our BIOS to its menu", async () => {
    await bootInBochs({ cdrom: rescueCd(), bios: buildBios(), until: /before booting or `c' for a command-line/ });
  });
});

describe("a CD that is not bootable", () => {
  const boot = (cdrom: Uint8Array) => runUntil(createMachine({ cdrom, bootOrder: "d" }), /press a key/).join("\n");

  it("is named among what could not be booted", () => {
    expect(boot(new Uint8Array(40 * 2048))).toContain("Nothing to boot from: the CD is not bootable.");
    expect(boot(new Uint8Array(2048))).toContain("Nothing to boot from: there is no CD, or it cannot be read.");
  });

  it("when its catalog is damaged", { timeout: 10_000 }, () => {
    const cd = new Uint8Array(40 * 2048);
    const view = new DataView(cd.buffer);
    cd.set(new TextEncoder().encode("\0CD001\x01EL TORITO SPECIFICATION"), 17 * 2048);
    view.setUint32(17 * 2048 + 0x47, 30, true);
    const catalog = 30 * 2048;
    cd.set([1], catalog);
    cd.set([0x55, 0xaa], catalog + 0x1e);
    cd.set([0x88, 0, 0, 0, 0, 0, 1, 0, 31], catalog + 0x20);
    expect(boot(cd)).toContain("the CD is not bootable"); // the checksum
    view.setUint16(catalog + 4, 0x10000 - 0x0001 - 0xaa55, true);
    // A good catalog: its boot sector is two bytes, "jmp $", so that the BIOS says no more.
    cd.set([0xeb, 0xfe], 31 * 2048);
    const machine = createMachine({ cdrom: cd, bootOrder: "d" });
    expect(machine.run({ instructions: 200_000 })).toBe("instructions");
    expect(machine.screen.text().join("")).not.toContain("Nothing");
    expect(machine.registers()["eip"]).toBe(0x7c00);
    view.setUint32(catalog + 0x28, 4000, true); // an image behind the end of the disc
    expect(boot(cd)).toContain("cannot be read");
  });
});
