// From the boot sector to the kernel, on each PC and BIOS that is here.

import { describe, expect, it } from "vitest";
import { makeFloppy } from "../../toolchain/image/floppy.ts";
import { bochsMissing, bootInBochs } from "../judges/bochs.ts";
import type { BootOptions } from "../judges/guest.ts";
import { bootInQemu, qemuMissing } from "../judges/qemu.ts";
import { buildBios, buildBootSector, buildInformation, buildSetup } from "./build.ts";
import { bootOnOurPc, createMachine, runUntil } from "./our-pc.ts";

const COMMAND_LINE = "console=serial one two";

function floppy(image: Uint8Array): Uint8Array {
  return makeFloppy({ bootSector: buildBootSector(), setup: buildSetup(), kernel: image, commandLine: COMMAND_LINE });
}

const judges: [
  name: string,
  missing: string | undefined,
  boot: (options: BootOptions) => Promise<string[]>,
  bios: boolean,
][] = [
  ["QEMU with SeaBIOS", qemuMissing(), bootInQemu, false],
  ["QEMU with our BIOS", qemuMissing(), bootInQemu, true],
  ["Bochs with its BIOS", bochsMissing(), bootInBochs, false],
  ["Bochs with our BIOS", bochsMissing(), bootInBochs, true],
  ["our PC", undefined, bootOnOurPc, true],
];

describe.each(judges)("booting on %s", (_, missing, boot, ownBios) => {
  const bios = ownBios ? { bios: buildBios() } : {};

  it.skipIf(missing)("enters the kernel as a Multiboot loader does", async () => {
    // Large enough for several tracks and 64 KiB boundaries; a tail that is no multiple of four.
    const rows = await boot({ ...bios, floppy: floppy(buildInformation(300_001)), memoryMiB: 16, until: /end of map/ });
    expect(rows[0]).toMatch(/^2BADB002 00000247 0000027[C-F] 0000[0-9A-F]{4}$/);
    expect(rows[1]).toBe(COMMAND_LINE);
    expect(rows[2]).toBe("00011171 600DDA7A"); // 70001 zeros; the last word of the file
    const map = rows
      .slice(3, rows.indexOf("end of map"))
      .map((row) => row.split(" ").map((word) => Number.parseInt(word, 16)));
    const ram = map.filter(([, , type]) => type === 1);
    expect(ram.map(([base]) => base)).toEqual([0, 0x100000]);
    expect(ram[0][1]).toBeGreaterThanOrEqual(0x9f000); // below the extended BIOS data area, whose size is the BIOS's affair
    // mem_upper is the second range in KiB, and that is nearly all of the 15 MiB.
    expect(ram[1][1] / 1024).toBe(Number.parseInt(rows[0].slice(-4), 16));
    expect(ram[1][1]).toBeGreaterThan(14 * 1024 * 1024);
    if (ownBios) expect(ram.map(([, length]) => length)).toEqual([0x9fc00, 15 * 1024 * 1024]);
  });

  it.skipIf(missing)("says what is wrong with a kernel that cannot be started", async () => {
    const image = buildInformation(100);
    const damaged = image.slice();
    damaged[0x1c] = 0xff; // e_phoff: the program headers are outside the file
    damaged[0x1f] = 0xff;
    const rows = await boot({ ...bios, floppy: floppy(damaged), until: /Press a key/ });
    expect(rows.filter((row) => row !== "")).toEqual([
      "Loading MiniOS ..",
      "The kernel is no i386 ELF executable, or is damaged. Press a key to start again.",
    ]);
  });
});

it.skipIf(qemuMissing())("a kernel larger than memory is refused", async () => {
  const image = buildInformation(100);
  const view = new DataView(image.buffer, image.byteOffset);
  view.setUint32(view.getUint32(28, true) + 20, 64 * 1024 * 1024, true); // p_memsz of the first segment
  const rows = await bootInQemu({ floppy: floppy(image), until: /Press a key/ });
  expect(rows.join("\n")).toContain("Not enough memory for the kernel. Press a key to start again.");
});

describe("a diskette that ends too early", () => {
  const short = new Uint8Array(163840); // the smallest there is: 40 tracks of 8 sectors on one side
  short.set(floppy(buildInformation(300_001)).subarray(0, 20 * 1024));
  const complaint = /Loading MiniOS \.+\nDisk error [0-9A-F]{2}\. Press a key to start again\./;

  it.skipIf(qemuMissing())("gives an error with the BIOS's code in QEMU", async () => {
    await bootInQemu({ bios: buildBios(), floppy: short, until: complaint });
  });

  it("gives it on our PC, and after a key the machine starts again", () => {
    const machine = createMachine({ floppy: short });
    runUntil(machine, complaint);
    machine.keyboard.type(" ");
    runUntil(machine, /^(?![\s\S]*Press a key)/);
    runUntil(machine, complaint);
  });
});

it.skipIf(qemuMissing())("an empty diskette is nothing to boot from", async () => {
  const rows = await bootInQemu({ bios: buildBios(), floppy: new Uint8Array(1474560), until: /press a key/ });
  expect(rows.join("\n")).toContain("Nothing to boot from: drive A holds no bootable diskette.");
});
