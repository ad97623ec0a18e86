import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, type TestKernel } from "../../testing.ts";

// Page directories of programs, as the processor would read them. Nobody touches the programs' addresses: frames are all there is.
const SOURCE = `
import { addAvailable } from "./memory/layout.ts";
import { allocateFrames, freeFrameCount, initializeFrames } from "./memory/frames.ts";
import { initializePaging, kernelDirectory } from "./platform/pc/paging.ts";
import { createDirectory, destroyDirectory, leaveDirectory, mapUserPage, protectUserPage, unmapUserPage, useDirectory,
  userPageFlags } from "./platform/pc/userPaging.ts";
export { allocateFrames, createDirectory, destroyDirectory, freeFrameCount, kernelDirectory, leaveDirectory, mapUserPage,
  protectUserPage, unmapUserPage, useDirectory, userPageFlags };
export function boot(frames: u32): void {
  addAvailable(0x200000, 0x200000 + frames * 4096);
  initializeFrames();
  initializePaging();
}
`;
const FRAME = 4096;
const FRAMES = 64;
const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;
const PAGE = 0x08048000;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

/** Of `forgotten`: every translation, because CR3 was written. */
const ALL = -1;

interface Machine {
  kernel: TestKernel;
  /** Pages whose translation was forgotten. */
  forgotten: number[];
  cr3: () => number;
}

/** Bits that a 386 has in CR0 as we write it: no WP. */
const CR0_386 = 0x8000_001f;

function start(cr0Bits = 0xffff_ffff): Machine {
  let cr0 = 0x11;
  let cr3 = 0;
  const forgotten: number[] = [];
  const kernel = instantiate(module, {
    cpu: {
      readCr0: () => cr0,
      writeCr0: (value = 0) => {
        cr0 = value & cr0Bits;
      },
      readCr3: () => cr3,
      writeCr3: (value = 0) => {
        if (cr3 === value) forgotten.push(ALL);
        cr3 = value;
      },
      invlpg: (address = 0) => forgotten.push(address >>> 0),
    },
  });
  kernel.call("boot", FRAMES);
  return { kernel, forgotten, cr3: () => cr3 };
}

/** The entry for an address, as the processor finds it; 0 where there is none. */
function entryOf(kernel: TestKernel, directory: number, address: number): number {
  const table = kernel.view.getUint32(directory + (address >>> 22) * 4, true);
  if ((table & PRESENT) === 0) return 0;
  expect(table & USER, "a table of the kernel's part").toBe(address >= 0x08000000 ? USER : 0);
  return kernel.view.getUint32((table & ~(FRAME - 1)) + ((address >>> 12) & 1023) * 4, true);
}

describe("a program's page directory", () => {
  it("begins with the kernel's part, which programs can't use", () => {
    const { kernel } = start();
    const directory = kernel.call("createDirectory");
    for (const address of [0, 0x1000, 0x200000, 0x23f000]) {
      expect(entryOf(kernel, directory, address)).toBe(entryOf(kernel, kernel.call("kernelDirectory"), address));
      expect(entryOf(kernel, directory, address) & USER).toBe(0);
    }
    expect(entryOf(kernel, directory, PAGE)).toBe(0);
    expect(kernel.call("userPageFlags", directory, PAGE)).toBe(0);
  });

  it("has the pages that it is given, until they are taken away", () => {
    const { kernel, forgotten } = start();
    const directory = kernel.call("createDirectory");
    const frame = kernel.call("allocateFrames", 1);
    expect(kernel.call("mapUserPage", directory, PAGE, frame, 1)).toBe(1);
    expect(entryOf(kernel, directory, PAGE)).toBe(frame | PRESENT | WRITABLE | USER);
    expect(entryOf(kernel, kernel.call("kernelDirectory"), PAGE)).toBe(0);
    expect(kernel.call("userPageFlags", directory, PAGE)).toBe(PRESENT | WRITABLE);
    expect(kernel.abortOf("mapUserPage", directory, PAGE, frame, 1)).toMatch(/mapped already/);

    kernel.call("useDirectory", directory);
    kernel.call("protectUserPage", directory, PAGE);
    expect(entryOf(kernel, directory, PAGE)).toBe(frame | PRESENT | USER);
    expect(kernel.call("unmapUserPage", directory, PAGE)).toBe(frame);
    expect(kernel.call("unmapUserPage", directory, PAGE)).toBe(0);
    // The processor in use had the translation; another address space's would be none of its business.
    expect(forgotten).toEqual([PAGE, PAGE]);
    expect(kernel.abortOf("protectUserPage", directory, PAGE)).toMatch(/not mapped/);
  });

  it("is looked at anew by a 386, too, which has no INVLPG", () => {
    const { kernel, forgotten } = start(CR0_386);
    const directory = kernel.call("createDirectory");
    kernel.call("mapUserPage", directory, PAGE, kernel.call("allocateFrames", 1), 1);
    kernel.call("useDirectory", directory);
    kernel.call("protectUserPage", directory, PAGE);
    expect(forgotten).toEqual([ALL]);
  });

  it("holds nothing outside a program's addresses", () => {
    const { kernel } = start();
    const directory = kernel.call("createDirectory");
    const frame = kernel.call("allocateFrames", 1);
    for (const address of [0, 0x07fff000, 0xc0000000, 0xfffff000])
      expect(kernel.abortOf("mapUserPage", directory, address, frame, 1)).toMatch(/not an address of programs/);
    expect(kernel.abortOf("mapUserPage", directory, PAGE + 4, frame, 1)).toMatch(/multiple of 4096/);
    for (const address of [0x08000000, 0xbffff000]) {
      const page = kernel.call("allocateFrames", 1);
      expect(kernel.call("mapUserPage", directory, address, page, 0)).toBe(1);
    }
  });

  it("has its tables where the kernel reaches them", () => {
    const { kernel } = start();
    const directory = kernel.call("createDirectory");
    kernel.view.setUint32(directory + (PAGE >>> 22) * 4, 0x08000000 | PRESENT | WRITABLE | USER, true);
    expect(kernel.abortOf("userPageFlags", directory, PAGE)).toMatch(/out of the kernel's reach/);
  });

  it("gives everything back, also when it is in use", () => {
    const { kernel, cr3 } = start();
    const before = kernel.call("freeFrameCount");
    const directory = kernel.call("createDirectory");
    kernel.call("useDirectory", directory);
    for (let i = 0; i < 20; i++) {
      const frame = kernel.call("allocateFrames", 1);
      kernel.call("mapUserPage", directory, PAGE + i * 0x100000, frame, i & 1);
    }
    expect(cr3()).toBe(directory);
    expect(kernel.call("destroyDirectory", directory)).toBe(20);
    expect(cr3()).toBe(kernel.call("kernelDirectory"));
    expect(kernel.call("freeFrameCount")).toBe(before);
    expect(kernel.abortOf("destroyDirectory", kernel.call("kernelDirectory"))).toMatch(/for ever/);
  });

  it("says no when there is no frame for a table", () => {
    const { kernel } = start();
    const directory = kernel.call("createDirectory");
    const frame = kernel.call("allocateFrames", 1);
    while (kernel.call("allocateFrames", 1) !== 0) {}
    expect(kernel.call("mapUserPage", directory, PAGE, frame, 1)).toBe(0);
    expect(kernel.call("createDirectory")).toBe(0);
  });
});
