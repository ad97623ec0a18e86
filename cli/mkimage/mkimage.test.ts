// `minios mkimage` as a person calls it: images of folders, what is refused, and that nothing is left half written.

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readFat } from "../../formats/fat/index.ts";
import { readIso } from "../../formats/iso9660/index.ts";
import { readMasterBootRecord } from "../../formats/mbr.ts";
import { readVhd } from "../../formats/vhd.ts";
import { scratchDirectory } from "../../test/support.ts";
import { sampleFiles } from "../../toolchain/inspect/testing.ts";
import { runProgram } from "../program.ts";
import { FakeGuest } from "../testing/fake-guest.ts";
import { FakeIo } from "../testing/fake-io.ts";

let scratch: ReturnType<typeof scratchDirectory>;
let io: FakeIo;
const path = (name: string) => join(scratch.path, name);
const image = () => new Uint8Array(readFileSync(path("x.img")));

beforeEach(() => {
  scratch = scratchDirectory("mkimage");
  mkdirSync(path("root/etc/deep"), { recursive: true });
  mkdirSync(path("root/none"));
  writeFileSync(path("root/etc/motd"), "hello\n");
  writeFileSync(path("root/etc/deep/A long name.txt"), "long");
  writeFileSync(path("kernel.elf"), sampleFiles().program.bytes);
});
afterEach(() => scratch.remove());

async function mkimage(...args: string[]): Promise<{ status: number; err: string }> {
  io = new FakeIo();
  const words = args.map((arg) => arg.replace("@", `${scratch.path}/`));
  const status = await runProgram(["mkimage", ...words], { io, createMachine: () => new FakeGuest(), glyphs: [] });
  return { status, err: io.stderr.text.replaceAll(`${scratch.path}/`, "@") };
}

const CONTENTS = {
  "/etc/": "",
  "/etc/deep/": "",
  "/etc/deep/A long name.txt": "long",
  "/etc/motd": "hello\n",
  "/none/": "",
};

function contents(volume: Uint8Array): Record<string, string> {
  return Object.fromEntries(readFat(volume).files.map(({ path, data }) => [path, new TextDecoder().decode(data)]));
}

function partitions(disk: Uint8Array): Uint8Array[] {
  const table = readMasterBootRecord(disk.subarray(0, 512), "x.img", disk.length / 512);
  return table.partitions.map(({ firstSector, sectors }) =>
    disk.subarray(firstSector * 512, (firstSector + sectors) * 512),
  );
}

describe("floppy", () => {
  test("has the folder's files", async () => {
    expect(await mkimage("floppy", "@root", "-o", "@x.img", "--label", "tools")).toEqual({ status: 0, err: "" });
    expect(image()).toHaveLength(1474560);
    expect(contents(image())).toEqual(CONTENTS);
    expect(readFat(image()).label).toBe("TOOLS");
  });

  test("of another size, empty, and the same each time", async () => {
    expect((await mkimage("floppy", "-o", "@x.img", "--size", "2880")).status).toBe(0);
    expect(image()).toHaveLength(2880 * 1024);
    expect(contents(image())).toEqual({});
    const first = image();
    await mkimage("floppy", "-o", "@x.img", "--size", "2880");
    expect(Buffer.compare(image(), first)).toBe(0);
  });

  test("boots a kernel, with files beside it", async () => {
    expect(
      (await mkimage("floppy", "@root", "-o", "@x.img", "--kernel", "@kernel.elf", "--append", "a b")).status,
    ).toBe(0);
    expect(contents(image())).toEqual(CONTENTS);
    expect(Buffer.from(image().buffer).subarray(0, 20_000).includes("a b\0")).toBe(true);
    expect(readFat(image()).record.reservedSectors).toBeGreaterThan(3);
  });

  test("takes a boot sector, into which the parameter block is written, or raw as it is", async () => {
    const sector = new Uint8Array(512).fill(0x90);
    sector.set([0xeb, 0x3c]);
    writeFileSync(path("boot.bin"), sector);
    expect((await mkimage("floppy", "-o", "@x.img", "--boot", "@boot.bin")).status).toBe(0);
    expect([image()[0], image()[0x15], image()[0x40], image()[511]]).toEqual([0xeb, 0xf0, 0x90, 0xaa]);
    writeFileSync(path("boot.bin"), new Uint8Array(700).fill(7));
    expect((await mkimage("floppy", "-o", "@x.img", "--raw", "--boot", "@boot.bin")).status).toBe(0);
    expect([image()[0], image()[0x15], image()[699], image()[700]]).toEqual([7, 7, 7, 0]);
  });

  test("bears the time that SOURCE_DATE_EPOCH says", async () => {
    io = new FakeIo();
    io.env["SOURCE_DATE_EPOCH"] = "1000000000";
    const words = ["mkimage", "floppy", path("root"), "-o", path("x.img")];
    expect(await runProgram(words, { io, createMachine: () => new FakeGuest(), glyphs: [] })).toBe(0);
    expect(readFat(image()).files.map(({ time }) => time)).toEqual(Array(5).fill(1_000_000_000));
  });
});

describe("disk", () => {
  test("of a geometry, with one partition that has the folder's files", async () => {
    expect((await mkimage("disk", "@root", "-o", "@x.img", "--geometry", "615,6,17")).status).toBe(0);
    expect(image()).toHaveLength(615 * 6 * 17 * 512);
    const [volume] = partitions(image());
    expect(contents(volume)).toEqual(CONTENTS);
    expect(readFat(volume).record).toMatchObject({ type: 16, heads: 6, sectorsPerTrack: 17, hiddenSectors: 17 });
  });

  test("with several partitions, and one that boots", async () => {
    const parts = ["--partition", "5M,fat16,@root", "--partition", "rest,fat12"];
    expect(await mkimage("disk", "-o", "@x.img", "--size", "8M", ...parts, "--kernel", "@kernel.elf")).toEqual({
      status: 0,
      err: "",
    });
    const [first, second] = partitions(image());
    expect(contents(first)).toEqual(CONTENTS);
    expect(readFat(first).record.type).toBe(16);
    expect(readFat(second).record.type).toBe(12);
    expect([image()[446], image()[462]]).toEqual([0x80, 0]);
    // Zeros take no room.
    expect(statSync(path("x.img")).blocks * 512).toBeLessThan(2 ** 20);
  });
});

describe("vhd and raw", () => {
  test.each(["fixed", "dynamic"])("%s: there and back", async (type) => {
    await mkimage("disk", "@root", "-o", "@d.img", "--geometry", "481,4,17");
    expect(await mkimage("vhd", "@d.img", "-o", "@x.img", "--type", type)).toEqual({ status: 0, err: "" });
    const raw = readFileSync(path("d.img"));
    expect(Buffer.compare(readVhd(image()), raw)).toBe(0);
    expect((await mkimage("raw", "@x.img", "-o", "@back.img")).status).toBe(0);
    expect(Buffer.compare(readFileSync(path("back.img")), raw)).toBe(0);
  });
});

describe("iso", () => {
  const paths = () => readIso(image()).entries.map(({ path }) => path);
  const TREE = ["/etc/", "/etc/deep/", "/etc/deep/A long name.txt", "/etc/motd", "/none/"];

  test("has the folder's files, the same each time", async () => {
    expect(await mkimage("iso", "@root", "-o", "@x.img", "--label", "Files of mine")).toEqual({ status: 0, err: "" });
    expect(paths()).toEqual(TREE);
    expect(readIso(image())).toMatchObject({ label: "FILES OF MINE", boot: undefined });
    const first = image();
    await mkimage("iso", "@root", "-o", "@x.img", "--label", "Files of mine");
    expect(Buffer.compare(image(), first)).toBe(0);
  });

  test("boots a kernel, from a CD and from a stick", async () => {
    expect((await mkimage("iso", "@root", "-o", "@x.img", "--kernel", "@kernel.elf", "--append", "a b")).status).toBe(
      0,
    );
    expect(paths().toSorted()).toEqual(["/boot/", "/boot/cd.img", ...TREE]);
    const { boot } = readIso(image());
    expect(boot).toMatchObject({ isBootable: true, emulation: 0, loadSectors: 4 });
    const { partitions: table } = readMasterBootRecord(image().subarray(0, 512), "x.img", image().length / 512);
    expect(table).toMatchObject([{ isActive: true, firstSector: (boot?.block ?? 0) * 4 }]);
    expect(image().length % 2 ** 20).toBe(0);
  });

  test("boots any program, which may be one of the files", async () => {
    writeFileSync(path("root/etc/loader"), new Uint8Array(3000).fill(0x90));
    const boot = ["--boot-image", "@root/etc/loader", "--no-hybrid"];
    expect((await mkimage("iso", "@root", "-o", "@x.img", ...boot)).status).toBe(0);
    expect(paths()).toEqual([...TREE.slice(0, 3), "/etc/loader", ...TREE.slice(3)]);
    expect(readIso(image()).boot?.loadSectors).toBe(8);
    expect(image()[510]).toBe(0);
    const options = ["--boot-load-size", "4", "--boot-info-table"];
    expect((await mkimage("iso", "@root/etc/deep", "-o", "@x.img", ...boot, ...options)).status).toBe(0);
    expect(paths().toSorted()).toEqual(["/A long name.txt", "/boot/", "/boot/cd.img"]);
    const { block = 0, loadSectors } = readIso(image()).boot ?? {};
    expect(loadSectors).toBe(4);
    expect(new DataView(image().buffer).getUint32(block * 2048 + 12, true)).toBe(block);
  });
});

describe("what is wrong is one line and status 2, and leaves nothing", () => {
  test.each<[string[], string | RegExp]>([
    [
      ["floppy", "@nowhere", "-o", "@x.img"],
      "@nowhere: expected a file or a folder that can be read, found no such file",
    ],
    [["floppy", "-o", "@x.img", "--size", "100"], /--size: expected one of 160, .*, found '100'/],
    [["floppy", "-o", "@x.img", "--label", "a/b"], /Expected 1 to 11 letters/],
    [["floppy", "@root", "-o", "@x.img", "--raw"], /--raw: a diskette without file system/],
    [["floppy", "-o", "@x.img", "--boot", "@kernel.elf"], /kernel\.elf: expected a boot sector of 512 bytes, found/],
    [["floppy", "-o", "@x.img", "--append", "x"], /--append is for a --kernel/],
    [["floppy", "-o", "@x.img", "--kernel", "@root/etc/motd"], /motd at offset 0x0: expected an ELF kernel/],
    [
      ["floppy", "-o", "@x.img", "--kernel", "@kernel.elf", "--append", "x".repeat(300)],
      /--append at offset 0x0: expected at most 255/,
    ],
    [["floppy", "-o", "@no/such/x.img"], "@no/such/x.img: expected a file that can be written, found no such file"],
    [["disk", "-o", "@x.img"], /how large is the disk\?/],
    [["disk", "-o", "@x.img", "--size", "many"], /Expected a number of bytes/],
    [["disk", "-o", "@x.img", "--geometry", "615,6"], /Expected cylinders,heads,sectors/],
    [["disk", "-o", "@x.img", "--geometry", "615,256,17"], /@x\.img at offset 0x0: expected cylinders, 1 to 255 heads/],
    [["disk", "-o", "@x.img", "--size", "16M", "--fat", "32"], /@x\.img at offset 0x0: expected a size for FAT32/],
    [["disk", "-o", "@x.img", "--size", "16M", "--partition", "20M"], /expected room for partition 1/],
    [["iso", "@nowhere", "-o", "@x.img"], "@nowhere: expected a file or a folder that can be read, found no such file"],
    [["iso", "@root", "-o", "@x.img", "--boot-load-size", "4"], /are for a --boot-image/],
    [
      ["iso", "@root", "-o", "@x.img", "--boot-image", "@root/etc/motd", "--boot-info-table"],
      /motd at offset 0x0: expected room for the/,
    ],
    [["iso", "@root", "-o", "@x.img", "--label", "x".repeat(40)], /@x\.img at offset 0x0: expected a label of 1 to 32/],
    [["vhd", "@root/etc/motd"], /required option '-o/],
    [["raw", "@root/etc/motd", "-o", "@x.img"], /motd at offset 0x0: expected a virtual disk and its footer/],
    [["raw", "@nowhere", "-o", "@x.img"], "@nowhere: expected a disk image, found no such file"],
  ])("%j", async (words, message) => {
    const { status, err } = await mkimage(...words);
    expect(status).toBe(2);
    expect(err).toMatch(message instanceof RegExp ? message : /./);
    if (typeof message === "string") expect(err).toBe(`minios: ${message}\n`);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
    expect(readdirSync(scratch.path).sort()).toEqual(["kernel.elf", "root"]);
  });

  test("files that do not fit, and a link that leads in a circle", async () => {
    writeFileSync(path("root/big"), new Uint8Array(1474560));
    expect((await mkimage("floppy", "@root", "-o", "@x.img")).err).toMatch(
      /x\.img at offset 0x0: expected files that fit into/,
    );
    symlinkSync(path("root"), path("root/etc/circle"));
    expect((await mkimage("floppy", "@root", "-o", "@x.img")).err).toMatch(
      /circle: expected a folder, found a link to a folder/,
    );
    expect(existsSync(path("x.img"))).toBe(false);
  });
});

test("a long write shows how far it is on a terminal", async () => {
  await mkimage("disk", "-o", "@x.img", "--size", "70M");
  expect(io.stderr.text).toBe("");
  io = new FakeIo({ columns: 80, rows: 25 });
  await runProgram(["mkimage", "disk", "-o", path("x.img"), "--size", "70M"], {
    io,
    createMachine: () => new FakeGuest(),
    glyphs: [],
  });
  expect(io.stderr.text).toMatch(/x\.img: 50 %.*x\.img: 100 %\r.\[K$/s);
});
