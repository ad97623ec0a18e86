// The loader's readers of foreign text and bytes, as WebAssembly in Node: grub.cfg's language, Multiboot headers, and volumes that
// the BIOS (here a few lines of TypeScript) reads; each also with random damage, which must end in a message or be read, never hang.

import { beforeAll, describe, expect, test } from "vitest";
import { PT_LOAD } from "../formats/elf32.ts";
import { writeExecutable } from "../formats/elf32-executable.ts";
import { writeFat } from "../formats/fat/index.ts";
import { planIso } from "../formats/iso9660/index.ts";
import { writeHeader } from "../formats/multiboot.ts";
import { fuzzCount } from "../formats/testing/damage.ts";
import { compile, instantiate, Random, type TestKernel } from "../kernel/testing.ts";

const SOURCE = `
import { startScript, nextCommand, word, opensBlock, closesBlock, scriptLine } from "../loader/script.ts";
import { readConfiguration, entryCount, entryTitle, entryBody, entryBodyBytes, entryLine, timeout, defaultEntry } from "../loader/entries.ts";
import { findHeader, loadMultiboot } from "../loader/multiboot.ts";
import { findHeader2, loadMultiboot2 } from "../loader/multiboot2.ts";
import { loadLinux } from "../loader/linux.ts";
import { addRange, claim, place, forgetClaims } from "../loader/memory.ts";
import { clearPlan, keepArena } from "../loader/plan.ts";
import { openFile, fileSize, readFile, useBootVolume, setFileSize, forgetVolume } from "../loader/volume.ts";
import { failure } from "../loader/failure.ts";
import { noteCount, noteText } from "../loader/notes.ts";
export { startScript, nextCommand, word, opensBlock, closesBlock, scriptLine, readConfiguration, entryCount, entryTitle, entryBody, entryBodyBytes, entryLine, timeout, defaultEntry, findHeader, loadMultiboot, findHeader2, loadMultiboot2, loadLinux, addRange, claim, place, forgetClaims, clearPlan, keepArena, openFile, fileSize, readFile, useBootVolume, setFileSize, forgetVolume, failure, noteCount, noteText };
`;
const TEXT = 0x1000000;
const HEADER = 0x28000;
const FILE = 0x1800000;
const REGISTERS = 0x400;
const ROUNDS = fuzzCount(2000);
/** Of a volume, whose every reading is a few hundred calls of the BIOS. */
const VOLUME_ROUNDS = fuzzCount(400);

let module: WebAssembly.Module;
beforeAll(async () => {
  // Static data where the loader has it: kernels are loaded from 1 MiB on.
  module = await compile(SOURCE, ["--memoryBase", String(0x8400)]);
});

/** A loader whose BIOS has one drive with these bytes: a hard disk's, or a CD's if sectors have 2048 bytes. */
function loader(disk = new Uint8Array(0), sectorBytes = 512): TestKernel {
  const kernel: TestKernel = instantiate(module, {
    assembly: {
      registersAddress: () => REGISTERS,
      bootDrive: () => 0x80,
      bootPartitionEntry: () => 0,
      biosCall: (number) => {
        const { view, bytes } = kernel;
        const call = (view.getUint32(REGISTERS, true) >> 8) & 0xff;
        const packet = view.getUint32(REGISTERS + 16, true);
        let isError = number !== 0x13;
        if (call === 0x41) {
          view.setUint32(REGISTERS + 4, 0xaa55, true);
          view.setUint32(REGISTERS + 8, 1, true);
        } else if (call === 0x48) view.setUint16(packet + 24, sectorBytes, true);
        else if (call === 0x42) {
          const from = view.getUint32(packet + 8, true) * sectorBytes;
          const to = view.getUint16(packet + 6, true) * 16;
          const size = view.getUint16(packet + 2, true) * sectorBytes;
          isError = from + size > disk.length;
          if (!isError) bytes.set(disk.subarray(from, from + size), to);
        }
        view.setUint32(REGISTERS + 28, isError ? 1 : 0, true);
        return 0;
      },
    },
  });
  kernel.call("addRange", 0x100000, 0x1000000);
  kernel.call("keepArena");
  kernel.call("clearPlan");
  return kernel;
}

function commands(text: string): string[][] {
  const kernel = loader();
  kernel.writeText(TEXT, text);
  kernel.call("startScript", TEXT, text.length, 1);
  const found: string[][] = [];
  for (let count = kernel.call("nextCommand"); count >= 0; count = kernel.call("nextCommand")) {
    const words = Array.from({ length: count }, (_, index) => kernel.readText(kernel.call("word", index)));
    if (kernel.call("opensBlock")) words.push("{");
    found.push(kernel.call("closesBlock") ? ["}"] : words);
  }
  return found;
}

describe("the language of grub.cfg", () => {
  test.each<[string, string[][]]>([
    ["set a=b  c\n\n # no\nx;y z # end", [["set", "a=b", "c"], ["x"], ["y", "z"]]],
    ["menuentry \"a 'b'\" --class c {\n l \\\n m\n}", [["menuentry", "a 'b'", "--class", "c", "{"], ["l", "m"], ["}"]]],
    ['a\'b c\'d"e\\"f" g\\ h', [['ab cde"f', "g h"]]],
    ["x $none $\u007bnone}y '$x' \\$x", [["x", "", "y", "$x", "$x"]]],
    ["a#b", [["a#b"]]],
    ["a\r\nb", [["a"], ["b"]]],
  ])("%j", (text, expected) => {
    expect(commands(text)).toEqual(expected);
  });

  test("entries have titles, bodies and lines; settings choose among them", () => {
    const kernel = loader();
    const text =
      'set timeout=7\nset default=two\nset v=Second\nmenuentry "First" { boot }\nif [ x ]; then\nbad\nfi\n' +
      'menuentry "$v" --id two --class c {\n a { b }\n c\n}\nmenuentry x\nnonsense\nmenuentry y {';
    kernel.writeText(TEXT, text);
    kernel.call("readConfiguration", TEXT, text.length);
    expect(kernel.call("entryCount")).toBe(2);
    expect([0, 1].map((index) => kernel.readText(kernel.call("entryTitle", index)))).toEqual(["First", "Second"]);
    const body = kernel.call("entryBody", 1);
    const bytes = kernel.bytes.subarray(body, body + kernel.call("entryBodyBytes", 1));
    expect(Buffer.from(bytes).toString()).toBe("\n a { b }\n c\n");
    expect([kernel.call("entryLine", 1), kernel.call("timeout"), kernel.call("defaultEntry")]).toEqual([8, 7, 1]);
    const notes = Array.from({ length: kernel.call("noteCount") }, (_, i) =>
      kernel.readText(kernel.call("noteText", i)),
    );
    expect(notes).toEqual([
      "grub.cfg, line 5: 'if' is passed over, up to its 'fi'",
      "grub.cfg, line 12: menuentry has no '{' on its line",
    ]);
  });

  test("random text is read to its end", () => {
    const kernel = loader();
    const random = new Random(5);
    const pieces = [
      "menuentry",
      " ",
      "{",
      "}",
      "\n",
      '"',
      "'",
      "\\",
      "$a",
      "${a",
      "set a=b",
      "#",
      ";",
      "if",
      "fi",
      "x",
      "\0",
      "é",
    ];
    for (let round = 0; round < ROUNDS; round++) {
      let text = "";
      for (let i = random.below(60); i >= 0; i--) text += random.pick(pieces);
      if (round % 50 === 0) kernel.call("clearPlan");
      kernel.writeText(TEXT, text);
      kernel.call("readConfiguration", TEXT, text.length);
      expect(kernel.call("entryCount")).toBeLessThanOrEqual(64);
    }
  });
});

describe("Multiboot headers", () => {
  const put = (kernel: TestKernel, at: number, ...words: number[]) =>
    words.forEach((word, index) => {
      kernel.view.setUint32(HEADER + at + index * 4, word, true);
    });

  test("are found on multiples of four below 8192, with a right checksum", () => {
    const kernel = loader();
    put(kernel, 8, 0x1badb002, 0, 1);
    expect(kernel.call("findHeader", 32768) >>> 0).toBe(0xffffffff);
    expect(kernel.readText(kernel.call("failure"))).toMatch(/wrong checksum/);
    put(kernel, 8188, 0x1badb002, 0, -0x1badb002);
    expect(kernel.call("findHeader", 32768) >>> 0).toBe(0xffffffff);
    put(kernel, 8180, 0x1badb002, 3, -0x1badb005);
    expect(kernel.call("findHeader", 32768)).toBe(8180);
    expect(kernel.call("findHeader", 8191) >>> 0).toBe(0xffffffff);
  });

  test("of Multiboot2 are found on multiples of eight below 32768", () => {
    const kernel = loader();
    put(kernel, 12, 0xe85250d6, 0, 16, -0xe85250e6);
    expect(kernel.call("findHeader2", 32768) >>> 0).toBe(0xffffffff);
    put(kernel, 32752, 0xe85250d6, 0, 16, -0xe85250e6);
    expect(kernel.call("findHeader2", 32768)).toBe(32752);
  });

  test("random ones are loaded or refused", () => {
    const kernel = loader(volumes[0][1]());
    kernel.call("useBootVolume");
    expect(kernel.call("openFile", kernel.writeText(TEXT, "/boot/grub/a long file name.txt"))).toBe(1);
    const random = new Random(6);
    let loaded = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const fields = Array.from({ length: 16 }, () =>
        random.pick([0, 1, 8, 24, 0x100000, 0x100040, 0xffffffff, random.below(2 ** 32)]),
      );
      const flags = random.pick([0, 3, 7, 0x10000, 0x10003, random.below(0x20000)]);
      put(kernel, 0, 0x1badb002, flags, -0x1badb002 - flags, ...fields);
      kernel.call("clearPlan");
      loaded += kernel.call("loadMultiboot", 4096);
      const size = random.pick([16, 24, 40, 64, random.below(2 ** 32)]);
      put(kernel, 0, 0xe85250d6, 0, size, -0xe85250d6 - size, ...fields);
      kernel.call("clearPlan");
      loaded += kernel.call("loadMultiboot2", 4096);
    }
    expect(loaded).toBeGreaterThan(0);
  });
});

describe("kernels damaged at random are loaded or refused", () => {
  const code = Uint8Array.from({ length: 3000 }, (_, index) => index);
  const segment = (virtualAddress: number, memorySize: number) => ({
    ...{ type: PT_LOAD, flags: 7, virtualAddress, physicalAddress: virtualAddress, offset: 0, align: 16 },
    ...{ data: code.subarray(0, 1000), memorySize },
  });
  const elf = () => {
    const header = writeHeader({ flags: 3 });
    const first = { ...segment(0x100000, 5000), data: Uint8Array.from([...header, ...code]), offset: 0x200 };
    return writeExecutable({
      entry: 0x10000c,
      segments: [first, { ...segment(0x110000, 9000), offset: 0x1000 }],
      sections: [],
      symbols: [],
    });
  };
  const linux = () => {
    const image = new Uint8Array(0x2000);
    const view = new DataView(image.buffer);
    view.setUint8(0x1f1, 4);
    view.setUint16(0x201, 0x68 * 256 + 0xeb, true);
    view.setUint32(0x202, 0x53726448, true);
    view.setUint16(0x206, 0x20c, true);
    view.setUint8(0x211, 1);
    view.setUint32(0x214, 0x100000, true);
    return image;
  };
  test.each<[string, string, () => Uint8Array, number]>([
    ["ELF", "loadMultiboot", elf, 0x220],
    ["Linux", "loadLinux", linux, 0x268],
  ])("%s", (_, loadKernel, make, hot) => {
    const kernelFile = make();
    const image = Uint8Array.from(writeFat([{ path: "/k", data: kernelFile }], { totalSectors: 2880, type: 12 }));
    const start = Buffer.from(image).indexOf(kernelFile.subarray(0, 0x400));
    expect(start).toBeGreaterThan(0);
    const kernel = loader(image);
    kernel.call("useBootVolume");
    const random = new Random(9);
    let loaded = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const undo: [number, number][] = [];
      for (let i = random.below(4); i >= 0; i--) {
        const at = start + random.below(random.pick([64, 0x100, hot]));
        undo.push([at, image[at]]);
        image[at] = random.pick([0, 1, 0x7f, 0xff, random.below(256)]);
      }
      kernel.call("forgetVolume");
      kernel.call("clearPlan");
      expect(kernel.call("openFile", kernel.writeText(TEXT, "/k"))).toBe(1);
      const length = Math.min(kernel.call("fileSize"), 0x8000);
      expect(kernel.call("readFile", 0, length, HEADER)).toBe(1);
      loaded += kernel.call(loadKernel, length);
      for (const [at, value] of undo.reverse()) image[at] = value;
    }
    expect(loaded).toBeGreaterThan(ROUNDS / 20);
    expect(loaded).toBeLessThan(ROUNDS);
  });
});

describe("memory for kernels", () => {
  test("lies above 1 MiB, in RAM, and not where something is", () => {
    const kernel = loader();
    expect(kernel.call("claim", 0xff000, 0x2000)).toBe(0);
    expect(kernel.call("claim", 0x10ff000, 0x2000)).toBe(0);
    expect(kernel.call("claim", 0x100000, 0x2000)).toBe(1);
    expect(kernel.call("claim", 0x101fff, 1)).toBe(0);
    expect(kernel.call("place", 1, 4096)).toBe(0x102000);
    expect(kernel.call("place", 0xffe000, 4096)).toBe(0);
  });
});

const data: Uint8Array<ArrayBuffer> = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) >> 3);
const files = [
  { path: "/boot/grub/A Long File Name.txt", data },
  { path: "/boot/x", data: new Uint8Array(0) },
];
const volumes: [string, () => Uint8Array<ArrayBuffer>, number][] = [
  ["FAT12", () => Uint8Array.from(writeFat(files, { totalSectors: 2880, type: 12 })), 512],
  ["FAT16", () => Uint8Array.from(writeFat(files, { totalSectors: 20_000, type: 16 })), 512],
  ["FAT32", () => Uint8Array.from(writeFat(files, { totalSectors: 80_000, type: 32 })), 512],
  ["ISO 9660", () => new Uint8Array(Buffer.concat([...planIso(files, {}).pieces()])), 2048],
];

describe.each(volumes)("%s", (_name, make, sectorBytes) => {
  const open = (kernel: TestKernel, path: string) => kernel.call("openFile", kernel.writeText(TEXT, path));

  test("is read, whatever the case of the letters", () => {
    const kernel = loader(make(), sectorBytes);
    kernel.call("useBootVolume");
    expect(open(kernel, "/BOOT//grub/a long file name.TXT")).toBe(1);
    expect(kernel.call("fileSize")).toBe(data.length);
    expect(kernel.call("readFile", 0, data.length, FILE)).toBe(1);
    expect(Buffer.compare(kernel.bytes.subarray(FILE, FILE + data.length), data)).toBe(0);
    expect(kernel.call("readFile", 60_001, 99, FILE)).toBe(1);
    expect(Buffer.compare(kernel.bytes.subarray(FILE, FILE + 99), data.subarray(60_001, 60_100))).toBe(0);
    expect(kernel.call("readFile", 60_000, 10_001, FILE)).toBe(0);
    expect([open(kernel, "/boot/x"), open(kernel, "/boot/y"), open(kernel, "/boot"), open(kernel, "/no/y")]).toEqual([
      1, 0, 0, 0,
    ]);
    expect(kernel.readText(kernel.call("failure"))).toBe("No such directory: /no/y");
  });

  test("damaged at random, is read or refused", () => {
    const image = make();
    const random = new Random(7);
    const kernel = loader(image, sectorBytes);
    let opened = 0;
    // A CD begins with 32 KiB that nobody reads.
    const start = sectorBytes === 2048 ? 0x8000 : 0;
    const used = Math.min(image.length - start, 120_000);
    for (let round = 0; round < VOLUME_ROUNDS; round++) {
      const undo: [number, number][] = [];
      for (let i = random.below(6); i >= 0; i--) {
        const at = start + random.below(random.pick([64, 4096, used]));
        undo.push([at, image[at]]);
        image[at] = random.pick([0, 1, 0xff, random.below(256)]);
      }
      kernel.call("forgetVolume");
      kernel.call("useBootVolume");
      if (open(kernel, "/boot/grub/a long file name.txt")) {
        opened++;
        kernel.call("readFile", 0, Math.min(kernel.call("fileSize") >>> 0, 100_000), FILE);
      }
      for (const [at, value] of undo.reverse()) image[at] = value;
    }
    expect(opened).toBeGreaterThan(0);
    expect(opened).toBeLessThan(VOLUME_ROUNDS);
  });
});
