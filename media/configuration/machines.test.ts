// Configurations of other PCs' programs as people have them (fixtures/), their mistakes, and damaged ones.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseBochs } from "./bochs.ts";
import { configurationOf } from "./kinds.ts";
import type { MachineFile } from "./machine-file.ts";
import { type MachineKind, parseMachineFile } from "./machines.ts";
import { ConfigurationError } from "./source.ts";
import { parseVmc } from "./virtual-pc.ts";
import { parseVbox } from "./virtualbox.ts";
import { parseVmdk, parseVmx } from "./vmware.ts";

const MIB = 2 ** 20;
/** Inputs of one parser; once, by hand, with 100,000. */
const FUZZ = Number(process.env["MINIOS_FUZZ"] ?? 2000);
const FIXTURES = join(import.meta.dirname, "fixtures");
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(FIXTURES, name)));
const textOf = (name: string) => new TextDecoder().decode(bytesOf(name));

const surroundings = {
  readText: (path: string) => (path === "pc/common.txt" ? textOf("common.txt") : undefined),
  environment: { IMAGES: "/srv/images" },
};
const bochs = (text: string) => parseBochs("pc/bochsrc", text, surroundings);

/** Without the functions, for comparison. */
function plain({ drives, floppyA, floppyB, ...rest }: MachineFile) {
  const list = drives.map((drive) => drive && [drive.kind, drive.image.path, ...Object.values(drive.geometry ?? {})]);
  return { ...rest, floppyA: floppyA?.path, floppyB: floppyB?.path, drives: list };
}

describe("a Bochs configuration", () => {
  test("of a course", () => {
    expect(plain(bochs(textOf("bochsrc-course.txt")))).toEqual({
      file: "pc/bochsrc",
      memoryBytes: 8 * MIB,
      floppyA: "pc/fd.img",
      floppyB: undefined,
      drives: [["disk", "pc/diskc.img", 20, 16, 63], undefined, undefined, undefined],
      bootOrder: "a",
      serial: [],
      notes: [],
    });
  });

  test("of a tutorial with a CD", () => {
    expect(plain(bochs(textOf("bochsrc-tutorial.txt")))).toMatchObject({
      memoryBytes: 32 * MIB,
      drives: [["CD", "pc/os.iso"], undefined, undefined, undefined],
      bootOrder: "d",
      instructionsPerSecond: 1_000_000,
      startTime: "local",
      serial: [{ kind: "file", path: "pc/com1.out" }],
      notes: [],
    });
  });

  test("names a processor; one that this PC does not know is noted", () => {
    expect(bochs("cpu: model=p3_katmai, ips=1000000\n").cpu).toBe("p3_katmai");
    const { cpu, notes } = bochs("cpu: model=ryzen\n");
    expect(cpu).toBeUndefined();
    expect(notes).toEqual(['pc/bochsrc:1:6: note: processor "ryzen": this PC does not have it, and takes its own']);
  });

  test("of Bochs 1.1", () => {
    expect(plain(bochs(textOf("bochsrc-ancient.txt")))).toMatchObject({
      floppyA: "pc/a.img",
      floppyB: undefined,
      drives: [["disk", "pc/hd10meg.img", 306, 4, 17], undefined, undefined, undefined],
      bootOrder: "c",
      instructionsPerSecond: 1_500_000,
      notes: ["pc/bochsrc: note: passed over, as this PC has nothing for it: parport1, sb16"],
    });
  });

  test("as Bochs 2.7 writes it", () => {
    expect(plain(bochs(textOf("bochsrc-modern.txt")))).toMatchObject({
      memoryBytes: 64 * MIB,
      floppyA: undefined,
      drives: [["disk", "pc/work disk.img"], undefined, undefined, ["disk", "pc/vpc.vhd"]],
      bootOrder: "ca",
      startTime: new Date("2000-01-01T00:00:00Z"),
      debugLog: true,
      serial: [{ kind: "none" }, { kind: "stdio" }],
      notes: [
        "pc/bochsrc:8:21: note: network is passed over: this PC boots from disks",
        expect.stringMatching(/nothing for it: floppy_bootsig_check, optromimage1, cpuid, magic_break, parport1$/),
      ],
    });
  });

  test("in two files, with a variable, a channel that is off and a misspelt directive", () => {
    expect(plain(bochs(textOf("bochsrc-project.txt")))).toMatchObject({
      memoryBytes: 16 * MIB,
      bootOrder: "a",
      floppyA: "/srv/images/boot.img",
      drives: [undefined, undefined, undefined, undefined],
      serial: [{ kind: "none" }],
      notes: [
        "pc/bochsrc:3:52: note: no disk is write-protected here; -snapshot keeps the file as it is",
        "pc/bochsrc:6:1: note: \"flopyb\" is passed over: Bochs has no such directive; did you mean 'floppyb'?",
        'pc/bochsrc:7:1: note: com1: mode "socket-client" is passed over: file, term and null work here',
        "pc/bochsrc:5:1: note: ata1-master is passed over: ata1 has enabled=0",
      ],
    });
  });

  test.each([
    ["megs: much", 'pc/bochsrc:1:7: error: megs: expected a number from 1 on, found "much"'],
    ["# x\nmegs 32", 'pc/bochsrc:2:1: error: expected "directive: …" or a comment, found "megs 32"'],
    ['floppya: 1_44="a.img', 'pc/bochsrc:1:15: error: expected a closing ", found the end of the line'],
    ["floppya: status=inserted", 'pc/bochsrc:1:1: error: floppya: expected a type and an image, as in "1_44=FILE"'],
    [
      "floppya: 1_44=a, status=in",
      'pc/bochsrc:1:25: error: floppya: status: expected "inserted" or "ejected", found "in"',
    ],
    ["floppya: 1_44=$NONE/a", "pc/bochsrc:1:15: error: expected the variable NONE in the environment, found none"],
    ["ata0-master: type=disk", "pc/bochsrc:1:1: error: ata0-master: expected path=FILE"],
    [
      "ata0-master: type=disk, path=a, mode=sparse",
      'error: ata0-master: mode: expected "flat" or "vpc", found "sparse"',
    ],
    ["ata0-master: path=a, heads=x", 'pc/bochsrc:1:28: error: heads: expected a number from 0 to 1000000, found "x"'],
    ["boot: usb", 'pc/bochsrc:1:7: error: boot: expected "floppy", "disk" or "cdrom", found "usb"'],
    ["#include nothing.txt", '1:1: error: #include: expected a file that can be read, found "pc/nothing.txt"'],
  ])("%j is told as %s", (text, message) => {
    expect(() => bochs(text)).toThrow(ConfigurationError);
    expect(() => bochs(text)).toThrow(message);
  });

  test("that includes itself is refused", () => {
    const text = "#include bochsrc\n";
    expect(() => parseBochs("bochsrc", text, { ...surroundings, readText: () => text })).toThrow(
      "bochsrc:1:1: error: expected at most 8 files in each other, found more",
    );
  });

  test("with mistakes without number is read in no time, and says twenty of them", () => {
    const { notes } = bochs("nonsense: 1\n".repeat(50_000));
    expect(notes).toHaveLength(21);
    expect(notes[20]).toBe("pc/bochsrc: note: 49980 more of such notes");
    const readText = (path: string) => `#include ${Number(path.slice(3)) + 1}\n`.repeat(10);
    const six = { ...surroundings, readText: (path: string) => (path < "pc/6" ? readText(path) : "megs: 1\n") };
    expect(() => parseBochs("pc/bochsrc", "#include 1\n", six)).toThrow("expected a file that can be read");
  });

  test("a geometry that no IDE disk can have is left to the image", () => {
    const { drives, notes } = bochs("ata0-master: path=a.img, cylinders=100, heads=255, spt=63");
    expect(drives[0]?.geometry).toBeUndefined();
    expect(notes).toEqual([expect.stringContaining("100 x 255 x 63: an IDE disk has 65535 x 16 x 63 at most")]);
  });
});

test("a Virtual PC configuration, also in UTF-16", () => {
  const text = textOf("virtual-pc.vmc");
  const machine = plain(parseVmc("pc/mini.vmc", text));
  expect(machine).toEqual({
    file: "pc/mini.vmc",
    memoryBytes: 64 * MIB,
    floppyA: undefined,
    floppyB: undefined,
    drives: [["disk", "pc/mini.vhd"], undefined, ["CD", "pc/tools & more.iso"], undefined],
    bootOrder: "adc",
    serial: [],
    notes: ["pc/mini.vmc: note: passed over, as this PC has nothing for it: ethernet_adapter"],
  });
  const wide = new Uint8Array(Buffer.from(`\ufeff${text}`, "utf16le"));
  const configuration = configurationOf(wide);
  expect(configuration?.kind).toBe("vmc");
  expect(plain(parseVmc("pc/mini.vmc", configuration?.text ?? ""))).toEqual(machine);
});

test("a VirtualBox configuration", () => {
  expect(plain(parseVbox("pc/mini.vbox", textOf("virtualbox.vbox")))).toEqual({
    file: "pc/mini.vbox",
    memoryBytes: 128 * MIB,
    floppyA: "pc/floppy.img",
    floppyB: undefined,
    drives: [["disk", "pc/mini.vhd"], ["disk", "/srv/data.img"], ["CD", "isos/boot.iso"], undefined],
    bootOrder: "dca",
    serial: [{ kind: "file", path: "pc/com1.log" }],
    notes: [
      'pc/mini.vbox:23:19: note: "2" processors: this PC has one',
      "pc/mini.vbox:37:11: note: this drive is IDE drive 1 here (of 0 to 3)",
    ],
  });
});

test("a VMware configuration", () => {
  expect(plain(parseVmx("pc/mini.vmx", textOf("vmware.vmx")))).toEqual({
    file: "pc/mini.vmx",
    memoryBytes: 48 * MIB,
    floppyA: "pc/floppy.flp",
    floppyB: undefined,
    drives: [["disk", "pc/mini.vmdk"], ["disk", "pc/data.vmdk"], undefined, undefined],
    bootOrder: "acd",
    serial: [{ kind: "file", path: "pc/com1.log" }],
    notes: [
      "pc/mini.vmx:22:1: note: this drive is IDE drive 1 here (of 0 to 3)",
      "pc/mini.vmx: note: passed over, as this PC has nothing for it: ethernet0",
    ],
  });
});

test("a VMware disk's descriptor leads to its flat file", () => {
  const { extent, geometry } = parseVmdk("pc/mini.vmdk", textOf("flat.vmdk"));
  expect(extent.path).toBe("pc/mini-flat.vmdk");
  expect(geometry).toEqual({ cylinders: 8, heads: 8, sectorsPerTrack: 32 });
});

test.each([
  ["vbox", "<VirtualBox><Machine>", 1, "expected </Machine> for the element of line 1, found the end of the file"],
  ["vbox", "<VirtualBox></Machine>", 15, "expected </VirtualBox>, found </Machine>"],
  ["vbox", "<!DOCTYPE x [<!ENTITY a 'b'>]><VirtualBox/>", 1, "expected no document type declaration"],
  ["vbox", "<VirtualBox a='1' a='2'/>", 19, "expected each attribute once, found a again"],
  ["vbox", "<VirtualBox a='&x;'/>", 16, 'expected "&amp;" or another character reference, found "&x;"'],
  ["vbox", "<VirtualBox/>", 1, "expected <Machine> in <VirtualBox>, found none"],
  ["vmc", "<x/>", 1, "expected <preferences>, found <x>"],
  ["vmc", "<a>".repeat(200), 301, "expected at most 100 elements in each other, found more"],
  ["vmx", "memsize = 32 MB", 1, 'expected name = "value", found "memsize = 32 MB"'],
  [
    "vmx",
    'ide0:0.present = "maybe"\nide0:0.fileName = "x"',
    19,
    'ide0:0.present: expected "TRUE" or "FALSE", found "maybe"',
  ],
] as const)("a damaged %s: %j", (kind, text, column, problem) => {
  const parse = () => parseMachineFile(kind, "x", text, surroundings);
  expect(parse).toThrow(ConfigurationError);
  expect(parse).toThrow(problem);
  if (!problem.includes("end of the file")) expect(parse).toThrow(`x:1:${column}: error: `);
});

test.each([
  ["bochsrc-course.txt", "bochs"],
  ["bochsrc-tutorial.txt", "bochs"],
  ["bochsrc-ancient.txt", "bochs"],
  ["bochsrc-modern.txt", "bochs"],
  ["bochsrc-project.txt", "bochs"],
  ["common.txt", "bochs"],
  ["virtual-pc.vmc", "vmc"],
  ["virtualbox.vbox", "vbox"],
  ["vmware.vmx", "vmx"],
  ["flat.vmdk", undefined],
])("%s is told by its content as %s", (name, kind) => {
  expect(configurationOf(bytesOf(name), "whatever.img")?.kind).toBe(kind);
});

test("what content does not give away is told by the name", () => {
  const bytes = new TextEncoder().encode("log: x\n");
  const kinds = ["bochsrc", "a/.bochsrc", "x.bxrc", "x.VBOX", "x.vmc", "x.vmx", "x.txt"];
  expect(kinds.map((name) => configurationOf(bytes, name)?.kind)).toEqual([
    ..."bochs bochs bochs vbox vmc vmx".split(" "),
    undefined,
  ]);
});

describe("damaged files give a machine, or an error with its place, and nothing else", () => {
  const seeds: [MachineKind, string, string[]][] = [
    [
      "bochs",
      "bochsrc-project.txt",
      [":", ",", "=", '"', "#", "#include ", "$", "${", "path=", "\n", "0x", "ata0-master:"],
    ],
    ["bochs", "bochsrc-modern.txt", [":", ",", "=", '"', "#", "$(", "time0=", "\n", "-1", "boot: ", "999999999999999"]],
    ["vmc", "virtual-pc.vmc", ["<", ">", "/>", "</", "&", ";", "<!--", "-->", "<?", "]]>", "<![CDATA[", '"', "id="]],
    [
      "vbox",
      "virtualbox.vbox",
      ["<", ">", "/>", "</", "&#", ";", "<!--", "-->", "?>", "]]>", "<![CDATA[", "'", "uuid"],
    ],
    ["vmx", "vmware.vmx", ["=", '"', "|", "|2", "\n", "ide0:0.", ".present", "#", "scsi9:99.fileName", "TRUE"]],
  ];
  test.each(seeds)("%s, from %s", (kind, name, pieces) => {
    const whole = textOf(name);
    let state = 4711;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    let good = 0;
    for (let i = 0; i < FUZZ; i++) {
      let text = whole;
      for (let changes = 1 + random(4); changes > 0; changes--) {
        const at = random(text.length);
        const piece = random(3) > 0 ? pieces[random(pieces.length)] : String.fromCharCode(random(0x180));
        text = text.slice(0, at) + piece + text.slice(at + random(random(8) === 0 ? 400 : 4));
      }
      try {
        const { memoryBytes, drives } = parseMachineFile(kind, "pc/x", text, surroundings);
        expect(drives).toHaveLength(4);
        expect((memoryBytes ?? MIB) % MIB).toBe(0);
        good++;
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        if (!/^pc\/(x|common\.txt):[1-9]\d*:[1-9]\d*: error: .*expected [^\n]*$/.test(error.message)) throw error;
      }
    }
    expect(good).toBeGreaterThan(FUZZ / 20);
  });
});
