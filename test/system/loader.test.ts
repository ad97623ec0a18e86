// The boot loader from every medium, on each PC that is here: its menu under a person's keys, kernels of each kind, damaged files.

import { execFileSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { assemble } from "../../toolchain/asm/index.ts";
import { makeCd, makeCdBoot } from "../../toolchain/image/cd.ts";
import { makeDisk, usualGeometry } from "../../toolchain/image/disk.ts";
import { makeFloppy } from "../../toolchain/image/floppy.ts";
import { strip } from "../../toolchain/inspect/strip.ts";
import { link } from "../../toolchain/link/index.ts";
import { buildBootSector, buildCdBlock, buildMasterBootRecord } from "../firmware/build.ts";
import { bochsMissing, bootInBochs } from "../judges/bochs.ts";
import { type BootOptions, waitForScreen, waitForSerial } from "../judges/guest.ts";
import { bootOnOurPc, startOurPc } from "../judges/ours.ts";
import { bootInQemu, qemuMissing, startQemu } from "../judges/qemu.ts";
import { DOWN, F10 } from "../judges/special-keys.ts";
import { artefact, missing, ROOT, scratchDirectory } from "../support.ts";
import { kernelImage, PROMPT } from "./images.ts";

const scratch = scratchDirectory("loader");
afterAll(() => scratch.remove());

const COUNTDOWN = /Starts in \d/;
const text = (content: string) => new TextEncoder().encode(content);
const kernel = strip({ name: "kernel.elf", bytes: kernelImage() }, { what: "all", sections: [], keep: [], drop: [] });

/** A file of this folder, assembled and linked by ours. */
function guest(name: string, script: string): ReturnType<typeof link> {
  const file = join(ROOT, "test/system", name);
  const { object } = assemble(readFileSync(file, "utf8"), { file, include: () => undefined, incbin: () => undefined });
  return link([{ name, object }], { script, scriptName: "guest.ld" });
}

const MENU = `set timeout=2
frobnicate
menuentry "MiniOS" --class x { multiboot /boot/kernel.elf loglevel=1 }
menuentry "Nothing" {
  multiboot /boot/none.elf   # is not there
}
menuentry 'Third' { echo third entry
  multiboot /boot/kernel.elf
}
`;
const AT_ONCE = MENU.replace("timeout=2", "timeout=0");
const files = (menu: string, more: Record<string, Uint8Array> = {}) => [
  { path: "/boot/grub/grub.cfg", data: text(menu) },
  { path: "/boot/kernel.elf", data: kernel },
  ...Object.entries(more).map(([path, data]) => ({ path, data })),
];
const boot = () => ({ bootSector: buildBootSector(), loader: artefact("loader") });
const floppy = (menu: string, more: Record<string, Uint8Array> = {}) =>
  makeFloppy({ ...boot(), files: files(menu, more) });

function cd(menu: string, more: Record<string, Uint8Array> = {}): Uint8Array {
  const image = makeCdBoot(buildCdBlock(), { loader: artefact("loader") }, "/boot/cd.img");
  const { pieces } = makeCd({ files: files(menu, more), boot: image, masterBootRecord: buildMasterBootRecord() });
  return new Uint8Array(Buffer.concat([...pieces]));
}

const disk = (menu: string, fat: 16 | 32) =>
  makeDisk({
    geometry: usualGeometry((fat === 32 ? 40 : 16) * 2 ** 20),
    masterBootRecord: buildMasterBootRecord(),
    partitions: [{ boot: boot(), files: files(menu), fat }],
  });

async function onOursAndQemu(options: BootOptions): Promise<void> {
  await bootOnOurPc(options);
  if (!qemuMissing()) await bootInQemu(options);
}

async function onEveryPc(options: BootOptions): Promise<void> {
  await onOursAndQemu(options);
  if (!bochsMissing()) await bootInBochs(options);
}

test("its core is at most 64 KB", () => {
  expect(artefact("loader").length).toBeLessThanOrEqual(65536);
});

describe("MiniOS starts from the menu", () => {
  test("on a floppy", () => onEveryPc({ floppy: floppy(AT_ONCE), until: PROMPT }));
  test("on a disk of FAT16", () => onOursAndQemu({ disk: disk(AT_ONCE, 16), until: PROMPT }));
  test("on a disk of FAT32, on our PC", async () => {
    await bootOnOurPc({ disk: disk(AT_ONCE, 32), until: PROMPT });
  });
  test("on a CD", () => onOursAndQemu({ cdrom: cd(AT_ONCE), until: PROMPT }));
  test("on a stick that holds the CD, on our PC", async () => {
    await bootOnOurPc({ disk: cd(AT_ONCE), until: PROMPT });
  });
});

describe("the menu", () => {
  const image = floppy(MENU.replace("timeout=2", "timeout=30"));

  test("has title, entries, notes, a countdown and help", async () => {
    const rows = await bootOnOurPc({ floppy: image, until: COUNTDOWN });
    expect(rows.filter((row) => row !== "").slice(0, 5)).toEqual([
      "    MiniOS  boot menu of (fd0)",
      "     > MiniOS",
      "       Nothing",
      "       Third",
      "    grub.cfg, line 2: unknown command 'frobnicate'",
    ]);
  });

  const keys = (pairs: [RegExp, string][]) => pairs.map(([after, type]) => ({ after, type }));
  const cases: [string, [RegExp, string][], RegExp][] = [
    [
      "an entry that fails says why and leads back, where another may be chosen",
      [
        [COUNTDOWN, DOWN],
        [/> Nothing/, "\n"],
        [/No such file: \/boot\/none\.elf \(line 5\)[\s\S]*Press a key/, " "],
        [/> Nothing/, DOWN],
        [/> Third/, "\n"],
      ],
      PROMPT,
    ],
    [
      "an entry may be edited",
      [
        [COUNTDOWN, "e"],
        [/^ {4}multiboot \/boot\/kernel\.elf/m, "echo edited\n"],
        [/^ {4}echo edited$/m, F10],
      ],
      PROMPT,
    ],
    [
      "the command line lists, shows and boots",
      [
        [COUNTDOWN, "c"],
        [/^boot>$/m, "ls /boot\n"],
        [/^ {2}kernel\.elf {2}\d+\nboot>$/m, "cat /boot/grub/grub.cfg\n"],
        [/^frobnicate$/m, "multiboot /BOOT/KERNEL.ELF\n"],
        [/multiboot \/BOOT\/KERNEL\.ELF\nboot>$/m, "boot\n"],
      ],
      PROMPT,
    ],
  ];
  test.each(cases)("%s", async (_, steps, until) => {
    await bootOnOurPc({ floppy: image, keys: keys(steps), until });
    if (!qemuMissing()) await bootInQemu({ floppy: image, keys: keys(steps), until });
  });

  test("from the menu to the kernel's prompt it takes at most 20 million instructions", async () => {
    const { machine } = await startOurPc({ floppy: floppy(MENU) });
    const reason = machine.run({
      instructions: 20_000_000,
      until: () => machine.screen.text().join("\n").includes("minios>"),
    });
    expect(reason).toBe("until");
  });
});

describe("the menu on a serial line", () => {
  const menu = `serial --unit=0 --speed=115200
terminal_input serial console
terminal_output serial console
${MENU.replace("timeout=2", "timeout=30")}`;

  test("is shown and driven there, and the screen shows the same", async () => {
    const image = floppy(menu);
    for (const start of [startOurPc, ...(qemuMissing() ? [] : [startQemu])]) {
      const pc = await start({ floppy: image, serialLine: true });
      try {
        await waitForSerial(pc, /MiniOS.*boot menu of \(fd0\)[\s\S]* > MiniOS[\s\S]*Starts in/);
        pc.send("\x1b[B");
        await waitForSerial(pc, / > Nothing/);
        pc.send("\x1b[B");
        await waitForSerial(pc, / > Third/);
        await waitForScreen(pc, /> Third/);
        pc.send("c");
        await waitForSerial(pc, /boot> /);
        pc.send("echo one\x7fe two\r");
        await waitForScreen(pc, /^one two$/m);
        pc.send("\x1b");
        await waitForScreen(pc, /> Third/);
        pc.send("\r");
        await waitForSerial(pc, /Starting Third[\s\S]*third entry/);
        await waitForScreen(pc, PROMPT);
      } finally {
        await pc.stop();
      }
    }
  });
});

describe("more configurations", () => {
  test("another file becomes the menu, at once or by an entry", async () => {
    const more = {
      "/boot/grub/other.cfg": text('set timeout=30\nmenuentry "Other" { configfile $prefix/last.cfg }'),
      "/boot/grub/last.cfg": text('menuentry "Last" { multiboot (fd0)/boot/kernel.elf }\nmenuentry "More" { boot }'),
    };
    const keys = [
      { after: /> Other/, type: "\n" },
      { after: /> Last\n +More/, type: "\n" },
    ];
    await onOursAndQemu({ floppy: floppy("configfile /boot/grub/other.cfg\nnonsense", more), keys, until: PROMPT });
  });

  test("conditions and functions in an entry", async () => {
    const entry =
      "function where { echo on $root; }\nset timeout=0\nmenuentry e {\n" +
      " if [ -f /none ]; then echo wrong; elif [ -d ($root)/boot ]; then\n  where\n  set file=kernel.elf\n fi\n" +
      " multiboot ($root)/boot/$file\n}";
    await onOursAndQemu({ floppy: floppy(entry), until: PROMPT });
  });
});

describe("foreign kernels", () => {
  test.skipIf(missing("g++", "make", "as", "ld"))(
    "the tutorials' kernel, by GNU tools, is started by Multiboot",
    async () => {
      const folder = join(scratch.path, "tutorial");
      cpSync(join(ROOT, "test/toolchain/tutorial"), folder, { recursive: true });
      execFileSync("make", ["AS=as", "LD=ld", "EXTRA=-fno-use-cxa-atexit"], { cwd: folder, stdio: "ignore" });
      const tutorial = new Uint8Array(readFileSync(join(folder, "mykernel.bin")));
      const image = floppy("set timeout=0\nmenuentry tutorial { multiboot /my.bin }", { "/my.bin": tutorial });
      await onEveryPc({ floppy: image, until: /^multiboot first1 early2 ! late3 done/m });
      const cdrom = cd("set timeout=0\nmenuentry tutorial { multiboot /my.bin }", { "/my.bin": tutorial });
      await onOursAndQemu({ cdrom, until: /^multiboot first1 early2 ! late3 done/m });
    },
  );

  test("a Multiboot2 kernel gets its command line and modules on pages", async () => {
    const script = "ENTRY(_start) SECTIONS { . = 0x200000; .boot : { *(.boot) } }";
    const image = floppy(
      'set timeout=0\nset what=word\nmenuentry m2 {\n multiboot2 /m2 a "b c" $what\n module2 /m2 first\n module2 /m2 second\n}',
      { "/m2": guest("multiboot2-guest.s", script).elf },
    );
    const until = /^a "b c" word\|first\|second\|multiboot2 end/m;
    await bootOnOurPc({ floppy: image, until });
    if (!qemuMissing()) await bootInQemu({ floppy: image, until });
  });

  test("a Linux kernel gets its command line and initial RAM disk", async () => {
    const bzImage = guest("linux-guest.s", "ENTRY(_start) SECTIONS { . = 0; .text : { *(.text) } }").flat();
    const image = floppy("set timeout=0\nmenuentry linux {\n linux /bz root=none\n initrd /rd\n}", {
      "/bz": bzImage,
      "/rd": text(" and disk"),
    });
    await bootOnOurPc({ floppy: image, until: /^root=none and disk/m });
  });

  describe("a kernel that wishes for a frame buffer draws on it", () => {
    const script = "ENTRY(_start) SECTIONS { . = 0x100000; .boot : { *(.boot) } }";
    const QUARTERS = [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [255, 255, 255],
    ];
    /** The colours in the middle of the quarters of a picture of 640 by 480. */
    const quartersOf = (bytes: Uint8Array | Uint8ClampedArray, pixelBytes: number) =>
      [120, 360].flatMap((y) =>
        [160, 480].map((x) => {
          const at = (y * 640 + x) * pixelBytes;
          return [...bytes.subarray(at, at + 3)];
        }),
      );
    test.each(["multiboot", "multiboot2"])("by %s, with ACPI's root pointer where there is one", async (command) => {
      const built = guest("framebuffer-guest.s", script);
      // A flat binary, which the Multiboot header's addresses place, and an ELF file.
      const image = floppy(`set timeout=0\nmenuentry f { ${command} /f }`, {
        "/f": command === "multiboot" ? built.flat() : built.elf,
      });
      const ours = await startOurPc({ floppy: image });
      expect(await waitForSerial(ours, /(drawn|no frame buffer)\n$/)).toBe(`${command}\ndrawn\n`);
      const { width, height, rgba } = ours.machine.screen.pixels();
      expect([width, height]).toEqual([640, 480]);
      expect(quartersOf(rgba, 4)).toEqual(QUARTERS);
      if (qemuMissing()) return;
      const qemu = await startQemu({ floppy: image });
      try {
        const acpi = command === "multiboot2" ? "acpi RSD PTR \n" : "";
        expect(await waitForSerial(qemu, /(drawn|no frame buffer)\n$/)).toBe(`${command}\n${acpi}drawn\n`);
        const picture = await qemu.picture();
        expect([picture.width, picture.height]).toEqual([640, 480]);
        expect(quartersOf(picture.rgb, 3)).toEqual(QUARTERS);
      } finally {
        await qemu.stop();
      }
    });
  });

  test("chainloader +1 starts the boot sector: the menu comes again", async () => {
    const image = floppy("set timeout=0\nmenuentry c { chainloader +1 }").slice();
    const guest = await startOurPc({ floppy: image });
    let starts = 0;
    let wasLoading = false;
    guest.machine.run({
      instructions: 10_000_000,
      until: () => {
        const isLoading = guest.machine.screen.text().join("\n").includes("Loading");
        if (isLoading && !wasLoading) starts++;
        wasLoading = isLoading;
        return starts === 3;
      },
    });
    expect(starts).toBe(3);
  });
});

describe("damaged kernels and media give a message", () => {
  const only = "set timeout=0\nmenuentry x { multiboot /k }";
  const changed = (at: number, value: number) => {
    const copy = kernel.slice();
    new DataView(copy.buffer).setUint32(at, value, true);
    return copy;
  };
  const header = Buffer.from(kernel).indexOf(Buffer.from([0x02, 0xb0, 0xad, 0x1b]));
  test.each<[string, Uint8Array, RegExp]>([
    ["a checksum", changed(header + 8, 1), /wrong checksum: \/k/],
    ["no header", text("x".repeat(9000)), /no Multiboot header: \/k/],
    ["a truncated file", kernel.slice(0, 20000), /truncated: .*: \/k/],
    [
      "an unknown flag",
      (() => {
        const copy = changed(header + 4, 0x803);
        new DataView(copy.buffer).setUint32(header + 8, -(0x1badb002 + 0x803), true);
        return copy;
      })(),
      /needs what this loader does not have: bit 11/,
    ],
  ])("%s", async (_, bytes, message) => {
    const rows = await bootOnOurPc({ floppy: floppy(only, { "/k": bytes }), until: /Press a key/ });
    expect(rows.join("\n")).toMatch(message);
  });

  const inFolders = [{ path: "/d/k", data: text("x".repeat(600)) }];
  const steps = (then: [RegExp, string][]) =>
    [[COUNTDOWN, "c"] as [RegExp, string], ...then].map(([after, type]) => ({ after, type }));

  test("directories of FAT that contain themselves, and whose clusters are a loop", async () => {
    const menu = "set timeout=30\nmenuentry x { boot }";
    const made = makeFloppy({ ...boot(), files: [...files(menu), ...inFolders] }).slice();
    const view = new DataView(made.buffer);
    const fat = view.getUint16(14, true) * 512;
    const root = fat + 2 * view.getUint16(22, true) * 512;
    const data = root + view.getUint16(17, true) * 32;
    const bytes = Buffer.from(made.buffer);
    const folder = view.getUint16(bytes.indexOf("D          ", root, "latin1") + 26, true);
    const file = bytes.indexOf("K          ", data + (folder - 2) * 512, "latin1");
    // The file becomes a directory, and that is the one that it stands in.
    made[file + 11] = 0x10;
    view.setUint16(file + 26, folder, true);
    const kernelFolder = view.getUint16(bytes.indexOf("BOOT       ", root, "latin1") + 26, true);
    const at = fat + ((kernelFolder * 3) >> 1);
    const keys = steps([
      [/^boot>$/m, "ls /d/k/k/k/k\n"],
      [/^ {2}k\/\nboot>$/m, "multiboot /d/k/k/k\n"],
      [/^Is a directory: \/d\/k\/k\/k/m, "multiboot /d/k/k/x\n"],
    ]);
    await onOursAndQemu({ floppy: made, keys, until: /^No such file: \/d\/k\/k\/x/m });
    const word = view.getUint16(at, true);
    view.setUint16(at, kernelFolder % 2 ? (word & 0xf) | (kernelFolder << 4) : (word & 0xf000) | kernelFolder, true);
    const rows = await bootOnOurPc({ floppy: made, until: /boot>/ });
    expect(rows.join("\n")).toMatch(/grub\.cfg that can be read/);
    const looping = steps([]).slice(1);
    looping.push({ after: /^boot>$/m, type: "ls /boot\n" });
    await onOursAndQemu({ floppy: made, keys: looping, until: /^A chain of clusters is a loop: \/boot/m });
  });

  test("a directory of a CD that contains itself", async () => {
    const disc = cd("set timeout=30\nmenuentry x { boot }", { "/d/d/k": text("x") }).slice();
    const view = new DataView(disc.buffer);
    // Directory records of "D": all lead to one block, that of the outer one.
    const records: number[] = [];
    for (let at = 16 * 2048; at < disc.length - 34; at++)
      if (disc[at] === 1 && disc[at + 1] === 0x44 && disc[at - 32 + 25] === 2 && disc[at - 32] > 34)
        records.push(at - 32);
    expect(records).toHaveLength(2);
    const blocks = records.map((at) => view.getUint32(at + 2, true));
    const outer = records.find((at) => Math.floor(at / 2048) !== blocks[0] && Math.floor(at / 2048) !== blocks[1]);
    for (const at of records) view.setUint32(at + 2, view.getUint32((outer ?? 0) + 2, true), true);
    const keys = steps([
      [/^boot>$/m, "ls /d/d/d/d/d\n"],
      [/^ {2}d\/\nboot>$/m, "multiboot /d/d/d/d/k\n"],
    ]);
    await onOursAndQemu({ cdrom: disc, keys, until: /^No such file: \/d\/d\/d\/d\/k/m });
  });

  test("a chain of clusters that is a loop", async () => {
    const bytes = text("x".repeat(5000));
    const image = floppy(only, { "/k": bytes }).slice();
    const view = new DataView(image.buffer);
    const fat = view.getUint16(14, true) * 512;
    const root = fat + 2 * view.getUint16(22, true) * 512;
    const entry = Buffer.from(image.buffer).indexOf("K          ", root, "latin1");
    const first = view.getUint16(entry + 26, true);
    // An entry of FAT12 has 12 bits: the file's second cluster names the first.
    const at = fat + (((first + 1) * 3) >> 1);
    const word = view.getUint16(at, true);
    view.setUint16(at, (first + 1) % 2 ? (word & 0xf) | (first << 4) : (word & 0xf000) | first, true);
    const rows = await bootOnOurPc({ floppy: image, until: /Press a key/ });
    expect(rows.join("\n")).toMatch(/chain of clusters is a loop: \/k/);
  });
});
