import { beforeAll, describe, expect, it } from "vitest";
import { compile, type TestKernel } from "../testing.ts";
import { instantiateWithMmu } from "../testing-programs.ts";

// Address spaces of programs: the kernel's page tables, read by a simulated processor.
const SOURCE = `
import { addAvailable } from "./memory/layout.ts";
import { allocateFrames, allocateUserFrame, freeFrameCount, initializeFrames, releaseFrames } from "./memory/frames.ts";
import { heapUsedBlocks, malloc } from "./memory/heap.ts";
import { initializePaging } from "./platform/paging.ts";
import { AddressSpace, createAddressSpace, destroyAddressSpace } from "./memory/addressSpace.ts";
export { allocateFrames, allocateUserFrame, freeFrameCount, heapUsedBlocks, malloc, releaseFrames };
export function boot(bytes: u32): void {
  addAvailable(0x200000, 0x200000 + bytes);
  initializeFrames();
  initializePaging();
}
export function create(): usize { return changetype<usize>(createAddressSpace()); }
function at(space: usize): AddressSpace { return changetype<AddressSpace>(space); }
export function use(space: usize): void { at(space).use(); }
export function addPages(space: usize, start: usize, end: usize): i32 { return at(space).addPages(start, end); }
export function protect(space: usize, start: usize, end: usize): void { at(space).protect(start, end); }
export function setHeapStart(space: usize, end: usize): void { at(space).setHeapStart(end); }
export function setHeapEnd(space: usize, end: usize): bool { return at(space).setHeapEnd(end); }
export function heapStart(space: usize): usize { return at(space).heapStart; }
export function pageCount(space: usize): u32 { return at(space).pageCount; }
export function losePage(space: usize): void { at(space).pageCount--; }
export function touch(space: usize, address: usize): bool { return at(space).touch(address); }
export function allows(space: usize, address: usize, count: usize, isWrite: bool): bool { return at(space).allows(address, count, isWrite); }
export function copyIn(space: usize, to: usize, from: usize, count: usize): i32 { return at(space).copyIn(to, from, count); }
export function copyOut(space: usize, to: usize, from: usize, count: usize): i32 { return at(space).copyOut(to, from, count); }
export function copyText(space: usize, to: usize, from: usize, limit: usize): i32 { return at(space).copyText(to, from, limit); }
export function destroy(space: usize): void { destroyAddressSpace(at(space)); }
`;
const FRAME = 4096;
const PROGRAM = 0x08000000;
const STACK_TOP = 0xbffff000;
const STACK_START = STACK_TOP - 0x100000;
const HEAP_LIMIT = 0xb0000000;
const BUFFER = 0x1000000;
const EFAULT = -14;
const ENOMEM = -12;
const ENAMETOOLONG = -36;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

/** A kernel with so much memory, and an address space in use. */
function start(bytes = 0x100000): { kernel: TestKernel; space: number } {
  const { kernel } = instantiateWithMmu(module);
  kernel.call("boot", bytes);
  const space = kernel.call("create");
  kernel.call("use", space);
  return { kernel, space };
}

describe("an address space", () => {
  it("has zero-filled pages where they are added, and none elsewhere", () => {
    const { kernel, space } = start();
    kernel.bytes.fill(0xee, PROGRAM, PROGRAM + 3 * FRAME); // what whoever had the frames before left there
    expect(kernel.call("addPages", space, PROGRAM + 5, PROGRAM + FRAME + 1)).toBe(0);
    expect(kernel.call("pageCount", space)).toBe(2);
    expect(kernel.bytes.subarray(PROGRAM, PROGRAM + 2 * FRAME).every((byte) => byte === 0)).toBe(true);
    expect(kernel.bytes[PROGRAM + 2 * FRAME]).toBe(0xee);
    expect(kernel.call("allows", space, PROGRAM, 2 * FRAME, 1)).toBe(1);
    expect(kernel.call("allows", space, PROGRAM, 2 * FRAME + 1, 0)).toBe(0);
    expect(kernel.call("allows", space, PROGRAM - 1, 2, 0)).toBe(0);
  });

  it("keeps its bytes while another is in use", () => {
    const { kernel, space } = start();
    kernel.call("addPages", space, PROGRAM, PROGRAM + FRAME);
    kernel.bytes[PROGRAM] = 1;
    const other = kernel.call("create");
    kernel.call("use", other);
    kernel.call("addPages", other, PROGRAM, PROGRAM + FRAME);
    expect(kernel.bytes[PROGRAM]).toBe(0);
    kernel.bytes[PROGRAM] = 2;
    kernel.call("use", space);
    expect(kernel.bytes[PROGRAM]).toBe(1);
    kernel.call("use", other);
    expect(kernel.bytes[PROGRAM]).toBe(2);
  });

  it("lets read-only pages be read only", () => {
    const { kernel, space } = start();
    kernel.call("addPages", space, PROGRAM, PROGRAM + 2 * FRAME);
    kernel.call("protect", space, PROGRAM, PROGRAM + FRAME);
    expect(kernel.call("allows", space, PROGRAM, 2 * FRAME, 0)).toBe(1);
    expect(kernel.call("allows", space, PROGRAM + FRAME, FRAME, 1)).toBe(1);
    expect(kernel.call("allows", space, PROGRAM + FRAME - 1, 2, 1)).toBe(0);
  });

  it("brings heap and stack into being where they are touched", () => {
    const { kernel, space } = start();
    kernel.call("setHeapStart", space, PROGRAM + 5);
    const heap = PROGRAM + FRAME;
    expect(kernel.call("heapStart", space)).toBe(heap);
    expect(kernel.call("touch", space, heap)).toBe(0);
    expect(kernel.call("setHeapEnd", space, heap + FRAME + 1)).toBe(1);
    expect(kernel.call("pageCount", space)).toBe(0);
    expect(kernel.call("touch", space, heap + FRAME)).toBe(1);
    expect(kernel.call("touch", space, heap + FRAME)).toBe(0); // there already: whatever the fault was, this is not its cure
    expect(kernel.call("touch", space, heap + FRAME + 1)).toBe(0); // in the heap's last page, behind its end
    expect(kernel.call("touch", space, STACK_TOP - 1)).toBe(1);
    expect(kernel.call("touch", space, STACK_START)).toBe(1);
    expect(kernel.call("touch", space, STACK_TOP)).toBe(0);
    expect(kernel.call("touch", space, STACK_START - 1)).toBe(0);
    expect(kernel.call("pageCount", space)).toBe(3);
  });

  it("moves the heap's end up to its limits, and gives pages back on the way down", () => {
    const { kernel, space } = start();
    kernel.call("setHeapStart", space, PROGRAM);
    expect(kernel.call("setHeapEnd", space, PROGRAM - 1)).toBe(0);
    expect(kernel.call("setHeapEnd", space, HEAP_LIMIT + 1)).toBe(0);
    expect(kernel.call("setHeapEnd", space, HEAP_LIMIT)).toBe(0); // more than there is
    expect(kernel.call("setHeapEnd", space, PROGRAM + 3 * FRAME)).toBe(1);
    expect(kernel.call("allows", space, PROGRAM, 3 * FRAME, 1)).toBe(1);
    const free = kernel.call("freeFrameCount");
    expect(kernel.call("setHeapEnd", space, PROGRAM + FRAME + 1)).toBe(1);
    expect(kernel.call("freeFrameCount")).toBe(free + 1);
    expect(kernel.call("setHeapEnd", space, PROGRAM)).toBe(1);
    expect(kernel.call("freeFrameCount")).toBe(free + 3);
    expect(kernel.call("pageCount", space)).toBe(0);
  });

  it("allows no address outside of a program's, and no count that wraps", () => {
    const { kernel, space } = start();
    for (const [address, count] of [
      [0, 1],
      [0x200000, 4],
      [PROGRAM - 4, 8],
      [0xc0000000, 1],
      [0xbffffffc, 8],
      [STACK_TOP - 4, 0xffffffff],
      [0xffffffff, 2],
    ] as const)
      expect(kernel.call("allows", space, address, count, 0), `${count} at ${address}`).toBe(0);
    expect(kernel.call("allows", space, 0, 0, 1)).toBe(1); // nothing is touched
  });

  it("copies only from and to what the program has", () => {
    const { kernel, space } = start();
    kernel.call("addPages", space, PROGRAM, PROGRAM + FRAME);
    const last = PROGRAM + FRAME - 4;
    kernel.writeText(last, "abc");
    expect(kernel.call("copyIn", space, BUFFER, last, 4)).toBe(0);
    expect(kernel.readText(BUFFER)).toBe("abc");
    expect(kernel.call("copyIn", space, BUFFER, last, 5)).toBe(EFAULT);
    expect(kernel.call("copyOut", space, PROGRAM, BUFFER, 4)).toBe(0);
    expect(kernel.readText(PROGRAM)).toBe("abc");
    expect(kernel.call("copyOut", space, last, BUFFER, 5)).toBe(EFAULT);
    kernel.call("protect", space, PROGRAM, PROGRAM + FRAME);
    expect(kernel.call("copyOut", space, PROGRAM, BUFFER, 1)).toBe(EFAULT);
  });

  it("copies texts with their end, if they have one", () => {
    const { kernel, space } = start();
    kernel.call("addPages", space, PROGRAM, PROGRAM + 2 * FRAME);
    const crossing = PROGRAM + FRAME - 2;
    kernel.writeText(crossing, "over");
    expect(kernel.call("copyText", space, BUFFER, crossing, 5)).toBe(4);
    expect(kernel.readText(BUFFER)).toBe("over");
    expect(kernel.call("copyText", space, BUFFER, crossing, 4)).toBe(ENAMETOOLONG);
    kernel.bytes.fill(0x61, PROGRAM + 2 * FRAME - 3, PROGRAM + 2 * FRAME);
    expect(kernel.call("copyText", space, BUFFER, PROGRAM + 2 * FRAME - 3, 100)).toBe(EFAULT);
    expect(kernel.call("copyText", space, BUFFER, 0, 100)).toBe(EFAULT);
  });

  it("says so when there is no memory, for pages, tables or itself", () => {
    const { kernel, space } = start();
    const frames: number[] = [];
    for (let frame = kernel.call("allocateFrames", 1); frame !== 0; frame = kernel.call("allocateFrames", 1))
      frames.push(frame);
    expect(kernel.call("create")).toBe(0);
    expect(kernel.call("addPages", space, PROGRAM, PROGRAM + FRAME)).toBe(ENOMEM);
    // One frame is enough for a page, but not for its table.
    kernel.call("releaseFrames", frames.pop() ?? 0, 1);
    expect(kernel.call("addPages", space, PROGRAM, PROGRAM + FRAME)).toBe(ENOMEM);
    expect(kernel.call("touch", space, STACK_TOP - 4)).toBe(0);
    expect(kernel.call("pageCount", space)).toBe(0);
    expect(kernel.call("freeFrameCount")).toBe(1);
  });

  it("gives all back at its end, and notices a page that nobody counted", () => {
    const { kernel, space } = start();
    const other = kernel.call("create");
    const frames = kernel.call("freeFrameCount");
    const blocks = kernel.call("heapUsedBlocks");
    kernel.call("use", other);
    kernel.call("addPages", other, PROGRAM, PROGRAM + 5 * FRAME);
    kernel.call("allows", other, STACK_TOP - 3 * FRAME, 3 * FRAME, 1);
    kernel.call("use", space);
    kernel.call("destroy", other);
    expect(kernel.call("freeFrameCount")).toBe(frames + 1);
    expect(kernel.call("heapUsedBlocks")).toBe(blocks - 1);
    kernel.call("addPages", space, PROGRAM, PROGRAM + FRAME);
    kernel.call("losePage", space);
    expect(kernel.abortOf("destroy", space)).toMatch(/lost count/);
  });
});
