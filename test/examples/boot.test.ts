// The examples that a PC boots: built by the commands of their READMEs, then booted by the README's `minios run` line on our PC, and in QEMU.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BootOptions, waitForScreen } from "../judges/guest.ts";
import { qemuMissing, startQemu } from "../judges/qemu.ts";
import { missing, scratchDirectory } from "../support.ts";
import { command, copyOf, minios, readmeCommands } from "./example.ts";

const scratch = scratchDirectory("examples");
afterAll(() => scratch.remove());

type Medium = "floppy" | "kernel" | "cdrom" | "disk";

interface Example {
  name: string;
  /** What the README's commands make, and how a PC gets it. */
  media: Partial<Record<Medium, string>>;
  memoryMiB?: number;
  /** The screen, from the first row on. */
  screen: RegExp;
  /** Keys to type when the screen is there, and what comes of them. */
  keys?: { type: string; screen: RegExp };
}

const EXAMPLES: readonly Example[] = [
  {
    name: "boot-sector",
    media: { floppy: "boot.img" },
    screen: /^Hello from 512 bytes! I was read from drive 00\n\n/,
  },
  {
    name: "protected-mode",
    media: { floppy: "build/protected-mode.img" },
    screen: /^Hello from 32-bit protected mode!\n16 MiB is far away from 0\.\n/,
  },
  {
    name: "multiboot-hello",
    media: { kernel: "build/multiboot-hello.elf" },
    screen: /^Hello from TypeScript!\nMy screen was made by a constructor\.\nA Multiboot loader started me\.\n/,
  },
  {
    name: "gdt",
    media: { kernel: "build/gdt.elf" },
    screen:
      /mine is at 00101000:\n\nselector .*\n08 {8}00000000 {2}ffffffff {2}code, 32 bits, ring 0\n(?:.*\n){3}28 {8}000b8000 {2}00000f9f {2}data, 32 bits, ring 0\n\nOffset 0/,
  },
  {
    name: "idt",
    media: { kernel: "build/idt.elf" },
    screen: /^Interrupts are on\. Type; Escape divides by zero\. {20,}1 s\n/,
    keys: { type: "hi, 2;\n", screen: /^hi, 2;$/m },
  },
  {
    name: "bochsrc",
    media: { floppy: "boot.img", disk: "hd.img" },
    memoryMiB: 24,
    // A BIOS may keep the last cylinder for itself.
    screen: /^Memory in MiB: 24\nDisk \(cylinders x heads x sectors\): 61[45] x 6 x 17\n/,
  },
  {
    name: "grub-cd",
    media: { cdrom: "hello.iso" },
    screen: /^Hello from a CD!\nMy command line: (.*hello\.elf )?a friendly kernel\n/,
  },
];

/** By the options of `minios run`, which looks at the rows without the trailing empty ones. */
function onOurPc(folder: string, run: readonly string[], screen: RegExp, ...more: string[]): string {
  const words = [
    ...run,
    "--display",
    "none",
    "--until",
    screen.source.replace(/\\n$|(\\n)+$/, "$"),
    "--screen-text",
    ...more,
  ];
  const { status, stdout, stderr } = minios(folder, ...words);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return `${stdout}\n\n`;
}

/** In QEMU, with what the example's README has built. */
async function inQemu(folder: string, { media, memoryMiB, screen, keys }: Example): Promise<void> {
  const options: Omit<BootOptions, "until" | "keys"> = { ...(memoryMiB !== undefined && { memoryMiB }) };
  for (const [medium, file] of Object.entries(media)) {
    Object.assign(options, { [medium]: new Uint8Array(readFileSync(join(folder, file))) });
  }
  const guest = await startQemu(options);
  try {
    await waitForScreen(guest, screen);
    if (!keys) return;
    await guest.type(keys.type);
    await waitForScreen(guest, keys.screen);
  } finally {
    await guest.stop();
  }
}

describe.each(EXAMPLES)("$name", (example) => {
  let folder: string;
  let run: string[];

  beforeAll(() => {
    folder = copyOf(scratch.path, example.name);
    // What comes after the first "run" is another way to the same.
    const commands = readmeCommands(folder);
    const at = commands.findIndex(([name]) => name === "run");
    for (const words of commands.slice(0, at)) expect(minios(folder, ...words)).toMatchObject({ status: 0 });
    run = commands[at];
  });

  test("boots by its README's lines on our PC", () => {
    const { screen, keys } = example;
    expect(onOurPc(folder, run, screen)).toMatch(screen);
    if (keys) expect(onOurPc(folder, run, keys.screen, "--type", keys.type)).toMatch(keys.screen);
  });

  test("boots in QEMU", async (context) => {
    const reason = qemuMissing();
    if (reason !== undefined) return context.skip(reason);
    await inQemu(folder, example);
  });
});

describe("multiboot-hello in C++", () => {
  const screen = /^Hello from C\+\+!\nMy screen was made by a constructor\.\nA Multiboot loader started me\.\n/;
  let folder: string;
  const noCompiler = missing("g++");

  beforeAll(() => {
    if (noCompiler !== undefined) return;
    folder = copyOf(scratch.path, "multiboot-hello", "cpp");
    for (const words of readmeCommands(folder, "g++")) expect(command(folder, "g++", words).status).toBe(0);
    for (const words of readmeCommands(folder).slice(2, -1)) expect(minios(folder, ...words).status).toBe(0);
  });

  test("boots by its README's lines on our PC", (context) => {
    if (noCompiler !== undefined) return context.skip(noCompiler);
    expect(onOurPc(folder, readmeCommands(folder).at(-1) ?? [], screen)).toMatch(screen);
  });

  test("boots in QEMU", async (context) => {
    const reason = noCompiler ?? qemuMissing();
    if (reason !== undefined) return context.skip(reason);
    await inQemu(folder, { name: "cpp", media: { kernel: "hello.elf" }, screen });
  });
});

test("idt: Escape divides by zero, and the fault is caught", () => {
  const folder = join(scratch.path, "idt");
  const fault = /^Fault 0 at address \d+\. Stopped\.$/m;
  expect(onOurPc(folder, ["run", "build/idt.elf"], fault, "--type", "<esc>")).toMatch(fault);
});

describe("grub-cd", () => {
  const quiet = /^My command line: (.*hello\.elf )?quiet$/m;

  test("the second entry starts the kernel with another command line", () => {
    const folder = join(scratch.path, "grub-cd");
    expect(onOurPc(folder, ["run", "hello.iso"], quiet, "--type", "<down>\\n")).toMatch(quiet);
  });

  test("with GRUB itself on the CD it boots on our PC", (context) => {
    const reason = missing("grub-mkrescue", "xorriso", "mformat");
    if (reason !== undefined) return context.skip(reason);
    const folder = join(scratch.path, "grub-cd");
    expect(command(folder, "grub-mkrescue", ["-o", "grub.iso", "cd"]).status).toBe(0);
    const friendly = /^My command line: (.*hello\.elf )?a friendly kernel$/m;
    expect(onOurPc(folder, ["run", "grub.iso"], friendly)).toMatch(friendly);
  });
});

test("bochsrc: options win over the file, and a missing disk is one line", () => {
  const folder = join(scratch.path, "bochsrc");
  const small = /^Memory in MiB: 8$/m;
  expect(onOurPc(folder, ["run", "bochsrc.txt"], small, "-m", "8")).toMatch(small);
  const lone = copyOf(scratch.path, "bochsrc", "lone");
  const { status, stdout, stderr } = minios(lone, "run", "bochsrc.txt");
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toMatch(/^minios: bochsrc\.txt:5:15: error: floppya: boot\.img: expected .*, found no such file\n$/);
});
