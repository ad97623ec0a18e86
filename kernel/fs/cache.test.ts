// The buffer cache: what it reads, writes and keeps; errors of the disk; and many threads at work on few pages, with a disk
// that does its requests in a thread of its own and preemption wherever interrupts go on.

import { beforeAll, describe, expect, it } from "vitest";
import { isInstalled } from "../../test/support.ts";
import { Random } from "../testing.ts";
import { compileThreads, ThreadSimulation } from "../testing-threads.ts";
import { checkFat, compileFiles, FileKernel, makeFat, O_CREAT, O_RDWR } from "./testing-files.ts";

const SOURCE = `
import { clearCached, discardCached, flushData, flushRank, isDirty, writeCached } from "./fs/cache.ts";
export function readAt(device: usize, block: u32, offset: u32, count: u32): i32 {
  return readCached(changetype<Device>(device), block, offset, 0x1800000, count);
}
export function writeAt(device: usize, block: u32, offset: u32, count: u32, rank: u32): i32 {
  return writeCached(changetype<Device>(device), block, offset, 0x1800000, count, rank);
}
export function flush(device: usize, rank: u32): i32 {
  const disk = changetype<Device>(device);
  return flushRank(disk, 0, disk.blockCount, rank, 0, 0);
}
export function flushMirrored(device: usize, first: u32, count: u32): i32 {
  return flushRank(changetype<Device>(device), first, count, 1, 2, count);
}
export function discard(device: usize): void { discardCached(changetype<Device>(device)); }
export function dirty(device: usize): bool { return isDirty(changetype<Device>(device)); }
export function hits(): u32 { return cacheStatistics.hits; }
export function partition(disk: usize, first: u32, blocks: u32): usize {
  const parent = changetype<Device>(disk);
  const device = newDevice("part", -1, DeviceKind.Block, diskOperations) as Device;
  device.parent = parent;
  device.firstBlock = first;
  device.blockBytes = parent.blockBytes;
  device.blockCount = blocks;
  device.maxBlocks = 8;
  return registerDevice(device) ? changetype<usize>(device) : 0;
}
`;
const BUFFER = 0x1800000;
const PAGES = 8;
const EIO = -5;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileFiles(SOURCE);
});

describe("the cache", () => {
  function start(blocks: number, blockBytes = 512): { files: FileKernel; image: Uint8Array; device: number } {
    const image = Uint8Array.from({ length: blocks * blockBytes }, (_, i) => (i * 31 + (i >> 9)) & 0xff);
    const files = new FileKernel(module, PAGES, blockBytes);
    files.addDisk(image.slice());
    return { files, image, device: files.devices[0] ?? 0 };
  }

  it.each([512, 1024, 2048, 4096])("with blocks of %i bytes, is memory that a model knows", (blockBytes) => {
    const { files, image, device } = start(200, blockBytes);
    const { kernel } = files;
    const random = new Random(blockBytes);
    for (let i = 0; i < 3000; i++) {
      const at = random.below(image.length);
      const count = Math.min(image.length - at, random.below(random.below(4) === 0 ? 9000 : 300));
      const block = Math.floor(at / blockBytes);
      if (random.below(2) === 0) {
        expect(kernel.call("readAt", device, block, at % blockBytes, count)).toBe(0);
        expect(Buffer.compare(kernel.bytes.subarray(BUFFER, BUFFER + count), image.subarray(at, at + count))).toBe(0);
      } else {
        kernel.bytes.fill(random.below(256), BUFFER, BUFFER + count);
        image.set(kernel.bytes.subarray(BUFFER, BUFFER + count), at);
        expect(kernel.call("writeAt", device, block, at % blockBytes, count, 0)).toBe(0);
      }
      if (random.below(200) === 0) {
        expect(kernel.call("flush", device, 0)).toBe(0);
        expect(kernel.call("dirty", device)).toBe(0);
        expect(Buffer.compare(files.disks[0] ?? new Uint8Array(), image)).toBe(0);
      }
    }
  });

  it("reads a block once, and writes it not before it must", () => {
    const { files, device } = start(100);
    const { kernel } = files;
    kernel.call("readAt", device, 3, 10, 20);
    kernel.call("readAt", device, 3, 0, 512);
    kernel.call("readAt", device, 7, 0, 1);
    expect(files.transfers).toBe(1);
    kernel.call("writeAt", device, 3, 5, 1, 0);
    kernel.call("writeAt", device, 9, 0, 512, 0); // as a whole: not read before
    expect(files.transfers).toBe(1);
    kernel.call("flush", device, 0);
    expect(files.writes.map(({ block, data }) => [block, data.length])).toEqual([
      [3, 512],
      [9, 512],
    ]);
    kernel.call("flush", device, 0);
    expect(files.writes.length).toBe(2);
  });

  it("keeps blocks of a rank until that is flushed, however many others come", () => {
    const { files, device } = start(800);
    const { kernel } = files;
    kernel.call("writeAt", device, 0, 0, 512, 3);
    kernel.call("writeAt", device, 16, 0, 512, 1);
    kernel.call("writeAt", device, 16, 0, 512, 2); // the higher one counts
    for (let block = 80; block < 800; block += 8) kernel.call("writeAt", device, block, 0, 512, 0);
    expect(files.writes.map(({ block }) => block).filter((block) => block < 80)).toEqual([]);
    expect(kernel.call("heldPageCount")).toBe(2);
    files.writes = [];
    for (const rank of [1, 2, 3]) kernel.call("flush", device, rank);
    expect(files.writes.map(({ block }) => block)).toEqual([16, 0]);
    expect(kernel.call("heldPageCount")).toBe(0);
  });

  it("is full when everything in it must wait", () => {
    const { files, device } = start(800);
    const { kernel } = files;
    for (let page = 0; page < PAGES; page++) expect(kernel.call("writeAt", device, page * 8, 0, 512, 3)).toBe(0);
    expect(kernel.call("readAt", device, 400, 0, 1)).toBe(-12);
    kernel.call("flush", device, 3);
    expect(kernel.call("readAt", device, 400, 0, 1)).toBe(0);
  });

  it("writes copies of a table", () => {
    const { files, device } = start(100);
    const { kernel } = files;
    kernel.call("readAt", device, 30, 0, 1); // cached before: must not be stale afterwards
    kernel.bytes.fill(7, BUFFER, BUFFER + 600);
    kernel.call("writeAt", device, 5, 0, 600, 1);
    expect(kernel.call("flushMirrored", device, 1, 12)).toBe(0);
    const image = files.disks[0] ?? new Uint8Array();
    for (const block of [5, 17, 29]) {
      expect([...image.subarray(block * 512, block * 512 + 600)], `block ${block}`).toEqual(new Array(600).fill(7));
    }
    kernel.call("readAt", device, 30, 0, 1);
    expect(kernel.bytes[BUFFER]).toBe(7);
  });

  it("shows a partition and its disk the same bytes, and ends where the device ends", () => {
    const { files, image, device } = start(100);
    const { kernel } = files;
    const partition = kernel.call("partition", device, 33, 20);
    kernel.call("readAt", partition, 2, 0, 512);
    expect(kernel.bytes[BUFFER]).toBe(image[35 * 512]);
    kernel.bytes.fill(9, BUFFER, BUFFER + 512);
    kernel.call("writeAt", partition, 0, 0, 512, 0);
    kernel.call("readAt", device, 33, 0, 1);
    expect(kernel.bytes[BUFFER]).toBe(9);
    expect(kernel.call("readAt", partition, 20, 0, 1)).toBe(EIO);
    expect(kernel.call("readAt", partition, 19, 512, 1)).toBe(EIO);
    expect(kernel.call("readAt", partition, 19, 0, 513)).toBe(EIO);
    expect(kernel.call("readAt", partition, 19, 0, 512)).toBe(0);
    kernel.call("discard", partition);
    expect(kernel.call("dirty", device)).toBe(0);
    kernel.call("readAt", device, 33, 0, 1);
    expect(kernel.bytes[BUFFER]).toBe(image[33 * 512]);
  });

  it("tells of errors: reading at once, writing when it is flushed; what wasn't written stays dirty", () => {
    const { files, device } = start(800);
    const { kernel } = files;
    files.fails = (isWrite, block) => !isWrite && block < 8;
    expect(kernel.call("readAt", device, 5, 0, 10)).toBe(EIO);
    expect(kernel.call("writeAt", device, 5, 3, 10, 0)).toBe(EIO);
    expect(kernel.call("writeAt", device, 5, 0, 512, 0)).toBe(0);
    files.fails = (isWrite, block) => isWrite && block < 8;
    for (let block = 80; block < 800; block += 8) expect(kernel.call("writeAt", device, block, 0, 512, 0)).toBe(0);
    expect(kernel.call("flush", device, 0)).toBe(EIO);
    expect(kernel.call("dirty", device)).toBe(1);
    files.fails = () => false;
    expect(kernel.call("flush", device, 0)).toBe(0);
    expect(kernel.call("dirty", device)).toBe(0);
  });
});

describe.skipIf(!isInstalled("mkfs.fat"))("a disk with bad blocks", () => {
  it("gives EIO, and all is well again with the disk", () => {
    const image = makeFat(1440);
    const files = new FileKernel(module, 32);
    files.addDisk(image);
    files.mount("disk0", "/");
    files.writeAll("/kept", "as it was");
    files.sync();
    const random = new Random(5);
    let errors = 0;
    for (let i = 0; i < 400; i++) {
      const rate = 2 + random.below(20);
      files.fails = () => random.below(rate) === 0;
      try {
        if (random.below(3) === 0) files.sync();
        else if (random.below(2) === 0) files.writeAll(`/file ${random.below(10)}`, "x".repeat(random.below(9000)));
        else files.remove(`/file ${random.below(10)}`);
      } catch {
        errors++;
      }
    }
    expect(errors).toBeGreaterThan(20);
    files.fails = () => false;
    files.sync();
    expect(Buffer.from(files.readAll("/kept")).toString()).toBe("as it was");
    files.close(files.open("/new", O_RDWR | O_CREAT));
    files.unmount("/");
    // A file that could not be finished may own clusters behind its end; nothing worse.
    expect(checkFat(image)).not.toMatch(/share|bad|loop|free cluster|start/i);
  });
});

const THREADS_SOURCE = `
import { enableInterrupts, disableInterrupts, restoreInterrupts } from "./platform/interrupts.ts";
import { BlockRequest, completeRequest, firstRequest, initializeBlocks } from "./device/block.ts";
import { DEVICE_OPERATIONS_BYTES, Device, DeviceKind, DeviceOperations, newDevice, registerDevice } from "./device/device.ts";
import { cacheStatistics, initializeCache } from "./fs/cache.ts";
import { closeFile, File, openFileCount, readFile, seekFile, writeFile } from "./fs/file.ts";
import { initializeFat } from "./fs/fat/fat.ts";
import { makeDirectory, mountDevice, openFile, removeFile, renameFile, syncAll, unmountFileSystem } from "./fs/tree.ts";
import { FileSystem, findFileSystem } from "./fs/mount.ts";
import { calloc, free, malloc } from "./memory/heap.ts";
import { copyText } from "./text.ts";
import { WaitQueue } from "./thread/waitQueue.ts";
export { openFileCount };
const IMAGE: usize = 0x1000000;
const operations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
const work = changetype<WaitQueue>(memory.data(8, 4));
let disk: Device | null = null;
function startDisk(device: Device): i32 { work.wakeFirst(); return 0; }
function serve(argument: usize): u32 {
  while (true) {
    const wereEnabled = disableInterrupts();
    const device = disk as Device;
    while (firstRequest(device) === null) work.wait();
    const request = firstRequest(device) as BlockRequest;
    restoreInterrupts(wereEnabled);
    yieldProcessor();
    const place = IMAGE + request.block * 512;
    if (request.isWrite) memory.copy(place, request.buffer, request.count * 512);
    else memory.copy(request.buffer, place, request.count * 512);
    const again = disableInterrupts();
    completeRequest(device, 0);
    restoreInterrupts(again);
  }
}
let failures: u32 = 0;
export function failureCount(): u32 { return failures; }
export function evictionCount(): u32 { return cacheStatistics.evictions; }
function check(status: i32, expected: i32): void { if (status != expected) failures++; }
function letterPath(address: usize, first: string, id: usize): usize {
  copyText(first, address);
  store<u8>(address + first.length, 0x61 + (id as u8));
  store<u8>(address + first.length + 1, 0);
  return address;
}
/** Writes, reads back, renames and removes files of its own. */
function worker(id: usize): u32 {
  const buffer = malloc(2000);
  const out = malloc(4);
  const path = malloc(64);
  const other = malloc(64);
  for (let round: u32 = 0; round < 6; round++) {
    letterPath(path, "/shared directory/file of ", id);
    check(openFile(path, 0x42, out), 0);
    const file = changetype<File>(load<u32>(out) as usize);
    for (let part: u32 = 0; part < 8; part++) {
      memory.fill(buffer, ((id as u32) * 16 + part + round) as u8, 2000);
      check(writeFile(file, buffer, 2000), 2000);
    }
    seekFile(file, 0, 0);
    for (let part: u32 = 0; part < 8; part++) {
      check(readFile(file, buffer, 2000), 2000);
      for (let i: u32 = 0; i < 2000; i += 97) check(load<u8>(buffer + i), ((id as u32) * 16 + part + round) as u8);
    }
    check(closeFile(file), 0);
    letterPath(other, "/moved ", id);
    check(renameFile(path, other), 0);
    if (round % 2 == 0) check(syncAll(), 0);
    check(removeFile(other), 0);
  }
  free(buffer);
  free(out);
  free(path);
  free(other);
  return 1;
}
export function main(threads: u32): void {
  enableInterrupts();
  initializeBlocks();
  operations.start = startDisk;
  const device = newDevice("slow", -1, DeviceKind.Block, operations) as Device;
  device.blockBytes = 512;
  device.blockCount = 2880;
  device.maxBlocks = 16;
  registerDevice(device);
  disk = device;
  startKernelThread(serve, 0, 6, true, "disk");
  assert(initializeCache(8), "no cache");
  initializeFat();
  const path = malloc(64);
  check(mountDevice(findFileSystem(copyText("fat", path)) as FileSystem, device, copyText("/", path + 32), 0), 0);
  check(makeDirectory(copyText("/shared directory", path)), 0);
  const list = malloc(threads * 4);
  for (let i: u32 = 0; i < threads; i++) {
    store<u32>(list + i * 4, changetype<usize>(startKernelThread(worker, i, 4, false, "worker")) as u32);
  }
  for (let i: u32 = 0; i < threads; i++) check(joinThread(changetype<KernelThread>(load<u32>(list + i * 4) as usize)), 1);
  check(unmountFileSystem(copyText("/", path)), 0);
  free(list);
  free(path);
}
`;

describe.skipIf(!isInstalled("mkfs.fat"))("threads on one volume", () => {
  let threads: WebAssembly.Module;
  beforeAll(async () => {
    threads = await compileThreads(THREADS_SOURCE);
  });

  it.each([1, 2, 3])("write, read, rename and remove, and the volume is in order (%i)", (seed) => {
    const random = new Random(seed);
    const simulation = new ThreadSimulation(threads, () => random.below(150) === 0);
    const { kernel } = simulation;
    const image = makeFat(1440);
    kernel.bytes.set(image, 0x1000000);
    simulation.run("main", 5);
    expect(kernel.call("failureCount")).toBe(0);
    expect(kernel.call("openFileCount")).toBe(0);
    expect(kernel.call("evictionCount")).toBeGreaterThan(20);
    expect(checkFat(kernel.bytes.slice(0x1000000, 0x1000000 + image.length))).toBe("");
  });
});
