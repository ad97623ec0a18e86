// `minios run` with configurations of other PCs' programs: the machine that a boot sector finds is the one that the file describes, and
// options win over it.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeVhd } from "../../formats/vhd.ts";
import { main } from "../main.ts";
import { reportDisk } from "../testing/echo-disk.ts";
import { FakeIo } from "../testing/fake-io.ts";

let folder: string;
let io: FakeIo;
const at = (name: string) => join(folder, name);

/** A disk of so many bytes with the reporting boot sector. */
const image = (bytes: number) => {
  const disk = new Uint8Array(bytes);
  disk.set(reportDisk());
  return disk;
};
const file = (name: string, ...lines: string[]) => {
  writeFileSync(at(name), `${lines.join("\n")}\n`);
  return at(name);
};
const run = (...args: string[]) => main(["run", ...args, "--until", "\\$", "--screen-text"], io);

/** What the boot sector says. */
function report() {
  const bytes = /([0-9a-f]{22})\$/.exec(io.stdout.text)?.[1].match(/../g) ?? [];
  const number = (byte: string) => Number.parseInt(byte, 16);
  const [drive, high, low, century, year, month, day, hour, cylinders, sectors, heads] = bytes;
  return {
    drive,
    memoryMib: 1 + number(high + low) / 1024,
    date: `${century}${year}-${month}-${day} ${hour}h`,
    // The BIOS counts cylinders and heads from 0 on; its last cylinder is not for use, or is: both are found.
    geometry: [1 + number(cylinders) + ((number(sectors) >> 6) << 8), 1 + number(heads), number(sectors) & 63],
  };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "minios-machine-"));
  io = new FakeIo();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a Bochs configuration", () => {
  const lines = [
    "megs: 24",
    "romimage: file=$BXSHARE/BIOS-bochs-latest",
    "floppya: 1_44=images/fd.img, status=inserted",
    'ata0-master: type=disk, mode=flat, path="images/hd.img", cylinders=30, heads=4, spt=17',
    "boot: c",
    'clock: time0="Sat Jan  1 13:00:00 2000"',
    "com1: enabled=1, mode=file, dev=com1.out",
    "port_e9_hack: enabled=1",
  ];
  beforeEach(() => {
    mkdirSync(at("images"));
    writeFileSync(at("images/fd.img"), image(1_474_560));
    writeFileSync(at("images/hd.img"), image(30 * 4 * 17 * 512));
  });

  test("gives memory, geometry, boot drive, clock, COM1 and port E9h", async () => {
    expect(await run(file("bochsrc.txt", ...lines))).toBe(0);
    expect(report()).toMatchObject({ drive: "80", memoryMib: 24, date: "2000-01-01 13h" });
    expect(report().geometry.slice(1)).toEqual([4, 17]);
    expect([29, 30]).toContain(report().geometry[0]);
    expect(readFileSync(at("com1.out"), "latin1")).toBe("S");
    expect(io.stderr.text).toBe("E");
  });

  test("yields to options", async () => {
    writeFileSync(at("other.img"), image(20 * 16 * 63 * 512));
    const options = ["-m", "8", "-boot", "a", "-hda", at("other.img"), "-serial", "stdio"];
    expect(await run(file("bochsrc.txt", ...lines), ...options)).toBe(0);
    expect(report()).toMatchObject({ drive: "00", memoryMib: 8 });
    expect(report().geometry.slice(1)).toEqual([16, 63]);
    expect(io.stdout.text).toMatch(/^S/);
  });

  test.each([
    [
      3,
      "floppya: 1_44=gone.img, status=inserted",
      /bochsrc\.txt:3:15: error: floppya: .*gone\.img: expected .*, found no such file\n$/,
    ],
    [
      4,
      "ata0-master: path=images/hd.img, cylinders=31, heads=4, spt=17",
      /:4:19: error: ata0-master: .* of 31 x 4 x 17 sectors .*, found 1044480 bytes\n$/,
    ],
    [1, "megs: 0", /:1:7: error: megs: expected a number from 1 on, found "0"\n$/],
  ])("with a mistake in line %i ends in one line: %s", async (line, text, message) => {
    expect(await run(file("bochsrc.txt", ...lines.with(line - 1, text)))).toBe(2);
    expect(io.stderr.text).toMatch(message);
    expect(io.stderr.text.trimEnd()).not.toContain("\n");
  });

  test("that names nothing to boot is told", async () => {
    expect(await run(file("bochsrc.txt", "megs: 8", "boot: floppy"))).toBe(2);
    expect(io.stderr.text).toMatch(/bochsrc\.txt: it names no floppy, disk or CD to boot from\n$/);
  });

  test("with a directive that Bochs has not says so, and runs", async () => {
    expect(await run(file("bochsrc.txt", ...lines, "mega: 3"))).toBe(0);
    expect(io.stderr.text).toMatch(
      /^minios: .*bochsrc\.txt:9:1: note: "mega" is passed over: .* did you mean 'megs'\?\nE$/,
    );
  });
});

describe("a disk of", () => {
  const bytes = 8 * 8 * 32 * 512;

  test("Virtual PC boots by its .vmc, in UTF-16, and is written to where it lies", async () => {
    writeFileSync(at("mini.vhd"), writeVhd(image(bytes), { kind: "dynamic" }));
    const location = `<location id="0"><drive_type type="integer">1</drive_type><pathname><relative>.\\mini.vhd</relative></pathname></location>`;
    const text = `<?xml version="1.0" encoding="UTF-16"?>\r\n<preferences><hardware><memory><ram_size type="integer">16</ram_size></memory>
      <pci_bus><ide_adapter><ide_controller id="0">${location}</ide_controller></ide_adapter></pci_bus></hardware></preferences>`;
    writeFileSync(at("mini.vmc"), Buffer.from(`\ufeff${text}`, "utf16le"));
    expect(await run(at("mini.vmc"))).toBe(0);
    expect(report()).toMatchObject({ drive: "80", memoryMib: 16 });
  });

  test("VirtualBox boots by its .vbox", async () => {
    writeFileSync(at("raw.img"), image(bytes));
    const vbox = (controller: string, device: string) => [
      '<VirtualBox version="1.16-linux"><Machine name="mini">',
      '<MediaRegistry><HardDisks><HardDisk uuid="{01}" location="raw.img" format="RAW"/></HardDisks></MediaRegistry>',
      '<Hardware><Memory RAMSize="20"/><Boot><Order position="1" device="HardDisk"/></Boot>',
      `<StorageControllers><StorageController name="x" type="${controller}">${device}</StorageController></StorageControllers>`,
      "</Hardware></Machine></VirtualBox>",
    ];
    const device = (uuid: string) =>
      `<AttachedDevice type="HardDisk" port="0" device="0"><Image uuid="${uuid}"/></AttachedDevice>`;
    expect(await run(file("mini.vbox", ...vbox("PIIX4", device("{01}"))))).toBe(0);
    expect(report()).toMatchObject({ drive: "80", memoryMib: 20 });
    expect(await run(file("wrong.vbox", ...vbox("AHCI", device("{02}"))))).toBe(2);
    expect(io.stderr.text).toMatch(/wrong\.vbox:4:\d+: error: expected a medium of <MediaRegistry>, found "\{02\}"\n$/);
  });

  test("VMware boots by its .vmx when it is flat, and is refused with advice when it is not", async () => {
    writeFileSync(at("mini-flat.vmdk"), image(bytes));
    file("mini.vmdk", "# Disk DescriptorFile", "version=1", `RW ${bytes / 512} FLAT "mini-flat.vmdk" 0`);
    const lines = [
      'config.version = "8"',
      'memsize = "12"',
      'ide0:0.present = "TRUE"',
      'ide0:0.fileName = "mini.vmdk"',
    ];
    expect(await run(file("mini.vmx", ...lines))).toBe(0);
    expect(report()).toMatchObject({ drive: "80", memoryMib: 12 });
    io = new FakeIo();
    expect(await run(at("mini.vmdk"))).toBe(0);
    expect(report().drive).toBe("80");
    writeFileSync(at("mini.vmdk"), Buffer.concat([Buffer.from("KDMV\x01"), Buffer.alloc(1019)]));
    expect(await run(at("mini.vmx"))).toBe(2);
    expect(io.stderr.text).toMatch(
      /mini\.vmx:4:20: error: ide0:0\.filename: .*found a VMware disk that grows \(\.vmdk\); convert it: qemu-img convert -O raw\n$/,
    );
  });
});

test("an IMAGE that cannot be looked at is one line", async () => {
  symlinkSync("loop", at("loop"));
  for (const name of [join(file("plain", "x"), "inside"), at("loop"), at("a".repeat(300)), "nul\0"]) {
    io = new FakeIo();
    expect(await run(name)).toBe(2);
    expect(io.stderr.text).toMatch(/^minios: [^\n]+\n$/);
  }
});

test("a CD drive is where the file has it, and -cdrom changes what is in it", async () => {
  mkdirSync(at("cd"));
  writeFileSync(at("boot.bin"), reportDisk());
  expect(await main(["mkimage", "iso", at("cd"), "-q", "-o", at("a.iso"), "--boot-image", at("boot.bin")], io)).toBe(0);
  const config = file("bochsrc", "megs: 8", "ata0-slave: type=cdrom, path=a.iso, status=inserted", "boot: cdrom");
  expect(await run(config)).toBe(0);
  const { drive } = report();
  expect(Number.parseInt(drive ?? "", 16)).toBeGreaterThan(0x80);
  writeFileSync(config, "megs: 8\nata0-slave: type=cdrom, path=gone.iso, status=inserted\nboot: cdrom\n");
  expect(await run(config, "-cdrom", at("a.iso"))).toBe(0);
  expect(report().drive).toBe(drive);
});
