import { describe, expect, it } from "vitest";
import { readFat } from "../../formats/fat/index.ts";
import type { KernelParts } from "./boot-area.ts";
import { ImageError } from "./error.ts";
import { type FloppyParts, makeFloppy } from "./floppy.ts";

type KernelFloppy = FloppyParts & KernelParts;

function parts(change: Partial<KernelFloppy> = {}): KernelFloppy {
  const bootSector = new Uint8Array(512).fill(0x90);
  bootSector.set([0xeb, 0x58, 0x90]);
  bootSector.fill(0, 0x1f6, 0x1fe);
  bootSector.set([0x55, 0xaa], 510);
  const setup = new Uint8Array(1000).fill(0xf4);
  setup.set([0x4f, 0x53, 0x53, 0x55], 4);
  const kernel = new Uint8Array(5000).fill(7);
  kernel.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  kernel.set([2, 0, 3, 0], 16);
  kernel.set([32, 0], 42);
  return { bootSector, setup, kernel, ...change };
}

function changed(bytes: Uint8Array, offset: number, ...values: number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, offset);
  return copy;
}

describe("makeFloppy", () => {
  it("lays boot sector, setup and kernel out one after the other", () => {
    const given = parts();
    const image = makeFloppy(given);
    expect(image.length).toBe(1474560);
    expect([...image.subarray(0x1f6, 0x200)]).toEqual([1, 0, 0, 0, 2, 0, 10, 0, 0x55, 0xaa]);
    expect([...image.subarray(0x3e, 0x1f6)]).toEqual([...given.bootSector.subarray(0x3e, 0x1f6)]);
    expect([...image.subarray(3 * 512, 3 * 512 + 5000)]).toEqual([...given.kernel]);
  });

  it("is a FAT12 volume with the files behind the kernel", () => {
    const motd = new TextEncoder().encode("hello");
    const { record, files, label } = readFat(
      makeFloppy(parts({ files: [{ path: "/etc/motd", data: motd }], label: "X" })),
    );
    expect(record).toMatchObject({
      type: 12,
      reservedSectors: 13,
      totalSectors: 2880,
      hiddenSectors: 0,
      driveNumber: 0,
    });
    expect(label).toBe("X");
    expect(files.map(({ path }) => path)).toEqual(["/etc/", "/etc/motd"]);
    expect(files[1].data).toEqual(motd);
  });

  it("fills in the kernel's size and the command line", () => {
    const image = makeFloppy(parts({ commandLine: "console=serial" }));
    const setup = new DataView(image.buffer, 512);
    expect(setup.getUint32(8, true)).toBe(5000);
    expect(new TextDecoder().decode(image.subarray(512 + 16, 512 + 16 + 15))).toBe("console=serial\0");
    expect(image[512 + 16 + 256]).toBe(0xf4);
  });

  it("leaves its input as it was", () => {
    const given = parts({ commandLine: "x" });
    const before = structuredClone(given);
    makeFloppy(given);
    expect(given).toEqual(before);
  });

  const good = parts();
  it.each<[string, Partial<FloppyParts>, string]>([
    [
      "a short boot sector",
      { bootSector: new Uint8Array(511) },
      "boot sector, offset 0: expected 512 bytes, found 511 bytes",
    ],
    [
      "no signature",
      { bootSector: changed(good.bootSector, 511, 0) },
      "boot sector, offset 510: expected 55 aa, found 55 00",
    ],
    ["another boot sector", { bootSector: changed(good.bootSector, 0x1fc, 9) }, "boot sector, offset 502"],
    [
      "a boot sector without room",
      { bootSector: changed(good.bootSector, 1, 0x3c) },
      "boot sector, offset 0: expected a jump",
    ],
    [
      "a setup without its magic",
      { setup: changed(good.setup, 4, 0) },
      'setup, offset 4: expected "OSSU", found 00 53 53 55',
    ],
    ["a large setup", { setup: new Uint8Array(0x8001) }, "setup, offset 0: expected 272 to 32768 bytes"],
    ["no kernel", { kernel: new Uint8Array(3) }, "kernel, offset 0: expected an ELF header of 52 bytes, found 3 bytes"],
    [
      "no ELF",
      { kernel: changed(good.kernel, 0, 0x4d, 0x5a) },
      "kernel, offset 0: expected 7f 45 4c 46, an ELF file, found 4d 5a 4c 46",
    ],
    ["64 bits", { kernel: changed(good.kernel, 4, 2) }, "kernel, offset 4"],
    ["an object file", { kernel: changed(good.kernel, 16, 1) }, "kernel, offset 16"],
    [
      "another machine",
      { kernel: changed(good.kernel, 18, 62) },
      "kernel, offset 18: expected 03 00, the machine i386, found 3e 00",
    ],
    ["a huge kernel", { kernel: new Uint8Array(600000) }, "kernel, offset 0: expected at most 524288 bytes"],
    [
      "a long command line",
      { commandLine: "x".repeat(256) },
      "command line, offset 0: expected at most 255 characters, found 256",
    ],
    [
      "a command line with a line feed",
      { commandLine: "a\nb" },
      'command line, offset 1: expected printable ASCII, found "\\n"',
    ],
    ["no diskette's size", { sizeBytes: 1000 }, "image, offset 0: expected the size of a diskette"],
  ])("refuses %s", (_, change, message) => {
    expect(() => makeFloppy(parts(change))).toThrow(ImageError);
    expect(() => makeFloppy(parts(change))).toThrow(message);
  });
});
