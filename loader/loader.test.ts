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
import { variableValue } from "../loader/variables.ts";
import { noteCount, noteText } from "../loader/notes.ts";
export { startScript, nextCommand, word, opensBlock, closesBlock, scriptLine, readConfiguration, entryCount, entryTitle, entryBody, entryBodyBytes, entryLine, timeout, defaultEntry, findHeader, loadMultiboot, findHeader2, loadMultiboot2, loadLinux, addRange, claim, place, forgetClaims, clearPlan, keepArena, openFile, fileSize, readFile, useBootVolume, setFileSize, forgetVolume, failure, noteCount, noteText, variableValue };
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
    ["x $none $\u007bnone}y '$x' \\$x", [["x", "y", "$x", "$x"]]],
    ['"$none" "" $none', [["", ""]]],
    ["a#b", [["a#b"]]],
    ["a\r\nb", [["a"], ["b"]]],
    ["a\x01\x1f b\x7f", [["a", "b\x7f"]]],
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
      "grub.cfg, line 6: unknown command 'bad'",
      "grub.cfg, line 12: menuentry has no '{' on its line",
    ]);
  });

  /** Titles of the entries, notes, and values of some variables. */
  function configuration(text: string, names: string[] = []): { titles: string[]; notes: string[]; values: string[] } {
    const kernel = loader(volumes[0][1]());
    kernel.call("useBootVolume");
    kernel.writeText(TEXT, text);
    kernel.call("readConfiguration", TEXT, text.length);
    const texts = (count: string, get: string) =>
      Array.from({ length: kernel.call(count) }, (_, i) => kernel.readText(kernel.call(get, i)));
    const values = names.map((name) => {
      const address = kernel.call("variableValue", kernel.writeText(TEXT, name), name.length);
      return address === 0 ? "none" : kernel.readText(address);
    });
    return { titles: texts("entryCount", "entryTitle"), notes: texts("noteCount", "noteText"), values };
  }

  test.each([
    ["if true; then set a=1; else set a=2; fi", "1"],
    ["if false\nthen\n set a=1\nelif true; then set a=2; else set a=3\nfi", "2"],
    ["if false; then set a=1; elif false; then set a=2; else set a=3; fi", "3"],
    ["if false; then if true; then set a=1; else set a=2; fi; else set a=4; fi", "4"],
    ["if true; then if false; then set a=1; fi; set a=5; else set a=6; fi", "5"],
    ["if frobnicate; then set a=1; else set a=7; fi", "7"],
    ["if true; false; then set a=1; else set a=8; fi", "8"],
    ['if [ "$x" = "" ]; then a=9; fi', "9"],
    ["if [ x$y = xy ]; then a=1; else a=10; fi", "10"],
    ["set n=3; if [ $n -ge 3 -a $n -lt 4 ]; then a=11; fi", "11"],
    ["if test ! 2 -eq 3 -a -n word; then a=12; fi", "12"],
    ["if [ -f /boot/x -a ! -s /boot/x -a -d /boot/grub -a ! -e /none ]; then a=13; fi", "13"],
    ["if loadfont unicode; then a=1; else a=14; fi", "14"],
    ["function f {\n a=15\n}\nf", "15"],
    ["function f { f; a=16; }\nf\na=17", "17"],
    ["while true; do for i in 1 2; do a=1; done; done; a=18", "18"],
    ["if search --file /boot/x --set=root; then a=19; fi", "19"],
    ["if search --no-floppy -f /none; then a=1; else a=20; fi", "20"],
    ["source '/boot/grub/a long file name.txt'; a=21", "21"],
  ])("%s", (text, value) => {
    const { values, notes } = configuration(text, ["a"]);
    expect([values, notes.filter((note) => !/long file|unknown command|quote|too/.test(note))]).toEqual([[value], []]);
  });

  test("a configuration as distributions write them is read without a note", () => {
    const text = `
      if [ -s $prefix/grubenv ]; then
        set have_grubenv=true
        load_env
      fi
      if [ "\${next_entry}" ] ; then
        set default="\${next_entry}"
        save_env next_entry
      else
        set default="0"
      fi
      if [ x"\${feature_menuentry_id}" = xy ]; then
        menuentry_id_option="--id"
      else
        menuentry_id_option=""
      fi
      export menuentry_id_option
      function load_video {
        if [ x$feature_all_video_module = xy ]; then
          insmod all_video
        else
          insmod vga
        fi
      }
      if loadfont unicode ; then
        set gfxmode=auto
        load_video
        insmod gfxterm
      fi
      terminal_output console
      if [ "\${recordfail}" = 1 ] ; then
        set timeout=30
      else
        if [ x$feature_timeout_style = xy ] ; then
          set timeout_style=menu
          set timeout=5
        # Fallback.
        else
          set timeout=5
        fi
      fi
      set menu_color_normal=cyan/blue
      menuentry 'System' --class os --class gnu $menuentry_id_option 'simple-1234' {
        load_video
        insmod gzio
        if [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
        set root='hd0'
        if [ x$feature_platform_search_hint = xy ]; then
          search --no-floppy --fs-uuid --set=root --hint-bios=hd0,msdos1 0000-0000
        else
          search --no-floppy --fs-uuid --set=root 0000-0000
        fi
        echo 'Loading ...'
        linux /boot/vmlinuz root=UUID=0 ro quiet
        initrd /boot/initrd.img
      }
      submenu 'Advanced options' $menuentry_id_option 'advanced' {
        menuentry 'System, recovery' --class os --unrestricted --hotkey=r --id=rescue { linux /boot/vmlinuz single; }
      }
      if [ "$grub_platform" = "efi" ]; then
        menuentry 'UEFI settings' { fwsetup }
      fi`;
    const { titles, notes, values } = configuration(text, ["timeout", "default", "have_grubenv"]);
    expect({ titles, notes, values }).toEqual({
      titles: ["System", "System, recovery"],
      notes: [],
      values: ["5", "0", "none"],
    });
  });

  test("random text is read to its end", () => {
    const kernel = loader(volumes[0][1]());
    kernel.call("useBootVolume");
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
      "then",
      "elif",
      "else",
      "[ a = b ]",
      "[ -f /boot/x ]",
      "function f",
      "f",
      "while",
      "done",
      "submenu m",
      "configfile /boot/x",
      "source '/boot/grub/a long file name.txt'",
      "search -f /boot/x",
      "x",
      "\0",
      "é",
    ];
    for (let round = 0; round < ROUNDS; round++) {
      let text = "";
      for (let i = random.below(60); i >= 0; i--)
        text += random.below(4) === 0 ? String.fromCharCode(random.below(256)) : random.pick(pieces);
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

test("partition tables damaged at random lead to a volume, or to a message", () => {
  const volume = writeFat([{ path: "/x", data: new Uint8Array(9) }], { totalSectors: 200, type: 12 });
  const image = new Uint8Array(300 * 512);
  const view = new DataView(image.buffer);
  image.set(volume, 64 * 512);
  const entry = (sector: number, index: number, type: number, first: number) => {
    image[sector * 512 + 446 + index * 16 + 4] = type;
    view.setUint32(sector * 512 + 446 + index * 16 + 8, first, true);
  };
  // Partition 2 is extended; its second logical one, number 6, is the volume.
  entry(0, 0, 6, 64);
  entry(0, 1, 5, 10);
  entry(10, 0, 6, 5);
  entry(10, 1, 5, 10);
  entry(20, 0, 6, 44);
  // And a GUID partition table beside it, for when the first entry's type becomes EEh.
  image.set(Buffer.from("EFI PART"), 512);
  view.setUint32(512 + 72, 2, true);
  view.setUint32(512 + 80, 128, true);
  view.setUint32(512 + 84, 128, true);
  image.fill(1, 1024, 1024 + 16);
  view.setUint32(1024 + 32, 64, true);
  const kernel = loader(image);
  kernel.call("useBootVolume");
  const open = (place: string) => kernel.call("openFile", kernel.writeText(TEXT, `(${place})/x`));
  expect([open("hd0,1"), open("hd0,msdos6"), open("hd0,5"), open("hd0,7")]).toEqual([1, 1, 0, 0]);
  const random = new Random(10);
  let opened = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const undo: [number, number][] = [];
    const change = (at: number, value: number) => {
      undo.push([at, image[at]]);
      image[at] = value;
    };
    if (random.below(2) === 0) change(450, 0xee);
    for (let i = random.below(3); i >= 0; i--) {
      const sector = random.pick([0, 0, 1, 2, 10, 20]);
      const at = sector === 1 || sector === 2 ? random.below(96) : 446 + random.below(64);
      change(sector * 512 + at, random.pick([0, 1, 5, 10, 0xee, 0xff, random.below(256)]));
    }
    kernel.call("forgetVolume");
    opened += open(random.pick(["hd0,1", "hd0,6", "hd0,gpt1", "hd0,128"]));
    for (const [at, value] of undo.reverse()) image[at] = value;
  }
  expect(opened).toBeGreaterThan(ROUNDS / 20);
  expect(opened).toBeLessThan(ROUNDS);
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
