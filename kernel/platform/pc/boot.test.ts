import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, type TestKernel } from "../../testing.ts";

// From the Multiboot information to a working frame allocator and page tables.
const SOURCE = `
import { allocateFrames, freeFrameCount, initializeFrames, usableFrameCount } from "./memory/frames.ts";
import { applyOptions, reportUnknownOptions } from "./options.ts";
import { initializeConsole } from "./platform/console.ts";
import { commandLine, readMultiboot } from "./platform/pc/multiboot.ts";
import { initializePaging, isMapped, mapPage, unmapPage } from "./platform/pc/paging.ts";
export { allocateFrames, applyOptions, commandLine, freeFrameCount, initializeConsole, initializeFrames, initializePaging,
  isMapped, mapPage, readMultiboot, reportUnknownOptions, unmapPage, usableFrameCount };
`;
const MAGIC = 0x2badb002;
const INFORMATION = 0x600;
const MB = 0x100000;
const KERNEL_START = MB;
const KERNEL_END = MB + 0x13000;
const FRAME = 4096;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

interface Information {
  lowerKb?: number;
  upperKb?: number;
  map?: { base: number; length: number; type: number; baseHigh?: number }[];
  commandLine?: string;
  modules?: { start: number; end: number; text: string }[];
}

function start(information: Information): { kernel: TestKernel; crs: Map<string, number> } {
  const crs = new Map<string, number>();
  const kernel = instantiate(module, {
    cpu: {
      writeCr0: (value = 0) => crs.set("cr0", value >>> 0),
      writeCr3: (value = 0) => crs.set("cr3", value >>> 0),
    },
    assembly: {
      kernelStartAddress: () => KERNEL_START,
      kernelEndAddress: () => KERNEL_END,
      readOnlyStartAddress: () => MB + 0x8000,
      readOnlyEndAddress: () => MB + 0xe000,
    },
  });
  const { view } = kernel;
  const word = (offset: number, value: number) => view.setUint32(INFORMATION + offset, value, true);
  let flags = 0;
  if (information.upperKb !== undefined) {
    flags |= 1;
    word(4, information.lowerKb ?? 0);
    word(8, information.upperKb);
  }
  if (information.commandLine !== undefined) {
    flags |= 4;
    word(16, kernel.writeText(0x9000, information.commandLine));
  }
  if (information.modules !== undefined) {
    flags |= 8;
    word(20, information.modules.length);
    word(24, 0xa000);
    information.modules.forEach((entry, i) => {
      const at = 0xa000 + i * 16;
      view.setUint32(at, entry.start, true);
      view.setUint32(at + 4, entry.end, true);
      view.setUint32(at + 8, kernel.writeText(0xb000 + i * 64, entry.text), true);
    });
  }
  if (information.map !== undefined) {
    flags |= 64;
    word(44, information.map.length * 24);
    word(48, 0x700);
    information.map.forEach((entry, i) => {
      const at = 0x700 + i * 24;
      view.setUint32(at, 20, true);
      view.setUint32(at + 4, entry.base, true);
      view.setUint32(at + 8, entry.baseHigh ?? 0, true);
      view.setBigUint64(at + 12, BigInt(entry.length), true);
      view.setUint32(at + 20, entry.type, true);
    });
  }
  word(0, flags);
  return { kernel, crs };
}

/** Allocates every frame there is. */
function allFrames(kernel: TestKernel): Set<number> {
  const frames = new Set<number>();
  for (let at = kernel.call("allocateFrames", 1); at !== 0; at = kernel.call("allocateFrames", 1)) frames.add(at >>> 0);
  return frames;
}

const PC_MAP = [
  { base: 0, length: 0x9fc00, type: 1 },
  { base: 0x9fc00, length: 0x400, type: 2 },
  { base: 0xf0000, length: 0x10000, type: 2 },
  { base: MB, length: 7 * MB, type: 1 },
  { base: 6 * MB, length: 0x1800, type: 3 },
  { base: 0xfffc0000, length: 0x40000, type: 2 },
  { base: 0, baseHigh: 1, length: 256 * MB, type: 1 },
];

describe("boot information", () => {
  it("makes frames of RAM, and of nothing that is in use", () => {
    const { kernel } = start({
      map: PC_MAP,
      commandLine: "kernel.elf console=vga",
      modules: [{ start: 2 * MB + 5, end: 2 * MB + 0x2001, text: "a module" }],
    });
    kernel.call("readMultiboot", MAGIC, INFORMATION);
    expect(kernel.readText(kernel.call("commandLine"))).toBe("kernel.elf console=vga");
    kernel.call("initializeFrames");
    const usable = kernel.call("usableFrameCount");
    const frames = allFrames(kernel);
    expect(frames.size).toBe(usable);
    const taken: [string, number, number][] = [
      ["page 0, with the information and the map", 0, FRAME],
      ["command line", 0x9000, 0xa000],
      ["module list", 0xa000, 0xb000],
      ["module text", 0xb000, 0xc000],
      ["video memory and firmware", 0x9f000, MB],
      ["kernel", KERNEL_START, KERNEL_END],
      ["module", 2 * MB, 2 * MB + 0x3000],
      ["ACPI tables", 6 * MB, 6 * MB + 0x2000],
    ];
    for (const [what, from, to] of taken) {
      for (let at = from; at < to; at += FRAME) expect(frames.has(at), what).toBe(false);
    }
    // Everything else below 8 MB, less the frame that the bitmap lies in.
    const reserved = taken.reduce((sum, [, from, to]) => sum + (to - from) / FRAME, 0);
    expect(frames.size).toBe((8 * MB) / FRAME - reserved - 1);
  });

  it("makes do with two numbers when there is no map", () => {
    const { kernel } = start({ lowerKb: 639, upperKb: 3 * 1024 });
    kernel.call("readMultiboot", MAGIC, INFORMATION);
    kernel.call("initializeFrames");
    const frames = allFrames(kernel);
    expect(Math.max(...frames)).toBe(4 * MB - FRAME);
    expect(frames.has(0x9f000)).toBe(false); // 639 KB end inside this page
    expect(frames.has(0x9e000)).toBe(true);
  });

  it("refuses another boot loader, and one that tells nothing", () => {
    expect(start({}).kernel.abortOf("readMultiboot", 0x36d76289, INFORMATION)).toMatch(/not started by a Multiboot/);
    expect(start({}).kernel.abortOf("readMultiboot", MAGIC, INFORMATION)).toMatch(/nothing about memory/);
  });

  it("cuts a command line that is too long", () => {
    const { kernel } = start({ upperKb: 1024, commandLine: "x".repeat(300) });
    kernel.call("readMultiboot", MAGIC, INFORMATION);
    expect(kernel.readText(kernel.call("commandLine"))).toBe("x".repeat(255));
  });
});

describe("options", () => {
  const shown = (commandLine: string) => {
    const { kernel } = start({ upperKb: 1024, commandLine });
    kernel.call("initializeConsole");
    kernel.call("readMultiboot", MAGIC, INFORMATION);
    kernel.call("applyOptions");
    kernel.call("reportUnknownOptions");
    const rows = Array.from({ length: 3 }, (_, row) =>
      String.fromCharCode(
        ...Array.from({ length: 80 }, (_, i) => kernel.bytes[0xb8000 + (row * 80 + i) * 2] ?? 0),
      ).trimEnd(),
    );
    return rows.filter((row) => row !== "");
  };

  it.each<[string, string[]]>([
    ["", []],
    ["/boot/kernel.elf", []],
    ["kernel.elf console=both", []],
    ["console=vga", []],
    ["console=vga size=2", ["Unknown boot option: size=2"]],
    ["kernel.elf quiet console=loud", ["Unknown boot option: quiet", "Unknown boot option: console=loud"]],
    ["console=serial what=not", []], // the complaint goes to the serial line
    ['kernel.elf "a=b', ["Boot options: a quote has no end, so all are ignored"]],
  ])("%j", (commandLine, lines) => {
    expect(shown(commandLine)).toEqual(lines);
  });
});

describe("paging", () => {
  it("maps memory to itself, but for page 0, and protects the kernel's code", () => {
    const { kernel, crs } = start({ map: PC_MAP });
    kernel.call("readMultiboot", MAGIC, INFORMATION);
    kernel.call("initializeFrames");
    kernel.call("initializePaging");
    const directory = crs.get("cr3") ?? 0;
    expect(crs.get("cr0")).toBe(0x80010000);
    const entry = (address: number) => {
      const table = kernel.view.getUint32(directory + (address >>> 22) * 4, true);
      return (table & 1) === 0 ? 0 : kernel.view.getUint32((table & ~0xfff) + ((address >>> 12) & 1023) * 4, true);
    };
    for (let page = 0; page < 16 * MB; page += FRAME) {
      const isCode = page >= MB + 0x8000 && page < MB + 0xe000;
      const expected = page === 0 || page >= 8 * MB ? 0 : page | (isCode ? 1 : 3);
      if (entry(page) !== expected) expect(entry(page), page.toString(16)).toBe(expected);
      if (kernel.call("isMapped", page) !== Number(expected !== 0)) expect(page.toString(16)).toBe("isMapped");
    }

    const page = kernel.call("allocateFrames", 1);
    kernel.call("unmapPage", page);
    expect(entry(page)).toBe(0);
    expect(kernel.abortOf("unmapPage", page)).toMatch(/not mapped/);
    kernel.call("mapPage", page);
    expect(entry(page)).toBe(page | 3);
    expect(kernel.abortOf("mapPage", page)).toMatch(/mapped already/);
    expect(kernel.abortOf("unmapPage", 64 * MB)).toMatch(/beyond memory/);
    expect(kernel.abortOf("initializePaging")).toMatch(/on already/);
  });
});
