import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../testing.ts";
import { compileThreads, ThreadSimulation } from "../testing-threads.ts";

// A device that records what it is asked, a disk whose requests a thread does one by one, and the RAM disk.
const SOURCE = `
import { enableInterrupts } from "./platform/interrupts.ts";
import { completeRequest, firstRequest, initializeBlocks, transferBlocks } from "./device/block.ts";
import { closeDevice, DEVICE_OPERATIONS_BYTES, Device, DeviceKind, DeviceOperations, findDevice, firstDevice, ioctlDevice,
  newDevice, openDevice, openExclusively, pollDevice, readDevice, registerDevice, writeDevice } from "./device/device.ts";
import { createRamDisk } from "./device/ramDisk.ts";
import { malloc } from "./memory/heap.ts";

const operations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
const nothing = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
const disk = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
let closes: u32 = 0;
function onClose(device: Device): i32 { closes++; return 0; }
function onRead(device: Device, buffer: usize, count: u32): i32 { store<u8>(buffer, device.unit as u8); return count + 1; }
function onWrite(device: Device, buffer: usize, count: u32): i32 { return load<u8>(buffer) + count; }
function onIoctl(device: Device, request: u32, argument: usize): i32 { return request * 1000 + argument; }
function onPoll(device: Device, events: u32): u32 { return events & 4; }
export function register(number: i32, full: bool): usize {
  operations.open = openExclusively;
  operations.close = onClose;
  operations.read = onRead;
  operations.write = onWrite;
  operations.ioctl = onIoctl;
  operations.poll = onPoll;
  const device = newDevice("thing", number, DeviceKind.Character, full ? operations : nothing) as Device;
  device.unit = 77;
  return registerDevice(device) ? changetype<usize>(device) : 0;
}
export function find(name: usize): usize { return changetype<usize>(findDevice(name)); }
export function first(): usize { return changetype<usize>(firstDevice()); }
export function next(device: usize): usize { return changetype<usize>(changetype<Device>(device).nextDevice); }
export function nameOf(device: usize): usize { return changetype<Device>(device).nameAddress; }
export function open(device: usize): i32 { return openDevice(changetype<Device>(device)); }
export function close(device: usize): i32 { return closeDevice(changetype<Device>(device)); }
export function read(device: usize, buffer: usize, count: u32): i32 { return readDevice(changetype<Device>(device), buffer, count); }
export function write(device: usize, buffer: usize, count: u32): i32 { return writeDevice(changetype<Device>(device), buffer, count); }
export function ioctl(device: usize, request: u32, argument: usize): i32 { return ioctlDevice(changetype<Device>(device), request, argument); }
export function poll(device: usize, events: u32): u32 { return pollDevice(changetype<Device>(device), events); }
export function closeCount(): u32 { return closes; }

// A disk of 4-byte blocks; whoever reads block n gets n.
let slow: Device | null = null;
let starts: u32 = 0;
const order = memory.data(4096, 4);
let served: u32 = 0;
function onStart(device: Device): i32 { starts++; return 0; }
export function makeSlowDisk(blocks: u32, maxBlocks: u32): void {
  initializeBlocks();
  disk.start = onStart;
  const device = newDevice("slow", -1, DeviceKind.Block, disk) as Device;
  device.blockBytes = 4;
  device.blockCount = blocks;
  device.maxBlocks = maxBlocks;
  registerDevice(device);
  slow = device;
}
export function makePartition(first: u32, blocks: u32): void {
  const device = newDevice("slow", 1, DeviceKind.Block, nothing) as Device;
  device.blockBytes = 4;
  device.blockCount = blocks;
  device.maxBlocks = 1;
  device.parent = slow;
  device.firstBlock = first;
  registerDevice(device);
  slow = device;
}
export function readOnly(): void { (slow as Device).isReadOnly = true; }
export function transfer(isWrite: bool, block: u32, count: u32, buffer: usize): i32 {
  return transferBlocks(slow as Device, isWrite, block, count, buffer);
}
let longStatus: i32 = 1;
function longReader(buffer: usize): u32 { longStatus = transferBlocks(slow as Device, false, 2, 20, buffer); return 0; }
/** Reads 20 blocks from block 2 on in a thread, and serves it. */
export function readLong(buffer: usize): i32 {
  enableInterrupts();
  startKernelThread(longReader, buffer, 5, true, "reader");
  while (longStatus == 1) {
    yieldProcessor();
    serve();
  }
  return longStatus;
}
export function startCount(): u32 { return starts; }
export function servedCount(): u32 { return served; }
export function servedBlock(index: u32): u32 { return load<u32>(order + index * 4); }

/** Does the first request; false if there is none. */
function serve(): bool {
  const wereEnabled = enterCritical();
  let device = slow as Device;
  if (device.parent !== null) device = device.parent as Device;
  const request = firstRequest(device);
  if (request === null) {
    leaveCritical(wereEnabled);
    return false;
  }
  for (let i: u32 = 0; i < request.count; i++) store<u32>(request.buffer + i * 4, request.block + i);
  store<u32>(order + (served++) * 4, request.block);
  completeRequest(device, request.block == 13 ? -5 : 0);
  leaveCritical(wereEnabled);
  return true;
}

let failures: u32 = 0;
let finished: u32 = 0;
function reader(block: usize): u32 {
  const buffer = malloc(4);
  const status = transferBlocks(slow as Device, false, block as u32, 1, buffer);
  if (status != (block == 13 ? -5 : 0) || load<u32>(buffer) != block) failures++;
  finished++;
  return 0;
}
/** One reader for each of the words at \`blocks\`; all ask before the first request is done. */
export function runReaders(blocks: usize, count: u32): u32 {
  enableInterrupts();
  for (let i: u32 = 0; i < count; i++) {
    startKernelThread(reader, load<u32>(blocks + i * 4), 5, true, "reader");
    while (i >= 32 && serve()) {}
  }
  for (let i: u32 = 0; i < count; i++) yieldProcessor();
  while (finished < count) {
    serve();
    yieldProcessor();
  }
  return failures;
}

/** Two threads that read block 7 for ever must not keep a third one from block 50. */
let isServed: bool = false;
function hammer(_: usize): u32 {
  const buffer = malloc(4);
  while (!isServed) transferBlocks(slow as Device, false, 7, 1, buffer);
  finished++;
  return 0;
}
function patient(_: usize): u32 {
  transferBlocks(slow as Device, false, 50, 1, malloc(4));
  isServed = true;
  finished++;
  return 0;
}
export function runHammers(): u32 {
  enableInterrupts();
  startKernelThread(hammer, 0, 5, true, "hammer");
  startKernelThread(hammer, 0, 5, true, "hammer");
  startKernelThread(patient, 0, 5, true, "patient");
  yieldProcessor();
  let count: u32 = 0;
  while (finished < 3 && count < 100) {
    if (serve()) count++;
    yieldProcessor();
  }
  return count;
}

let ram: Device | null = null;
export function makeRamDisk(blocks: u32): bool {
  ram = createRamDisk(blocks);
  return ram !== null;
}
export function transferRam(isWrite: bool, block: u32, count: u32, buffer: usize): i32 {
  return transferBlocks(ram as Device, isWrite, block, count, buffer);
}
`;

const EBUSY = -16;
const EINVAL = -22;
const ENOTTY = -25;
const EIO = -5;
const EROFS = -30;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileThreads(SOURCE);
});
const simulate = (seed = 1, oneIn = 0) => {
  const random = new Random(seed);
  return new ThreadSimulation(module, () => oneIn > 0 && random.below(oneIn) === 0);
};

describe("devices", () => {
  it("are found by name, listed in order, and a name is taken once", () => {
    const { kernel } = simulate();
    const devices = [-1, 0, 12].map((number) => kernel.call("register", number, 1));
    expect(devices.map((device) => kernel.readText(kernel.call("nameOf", device)))).toEqual([
      "thing",
      "thing0",
      "thing12",
    ]);
    const find = (name: string) => kernel.call("find", kernel.writeText(0x4000, name));
    expect(["thing", "thing0", "thing12"].map(find)).toEqual(devices);
    expect(["thin", "thing1", "thing120", ""].map(find)).toEqual([0, 0, 0, 0]);
    const used = kernel.call("heapUsedBlocks");
    expect(kernel.call("register", 12, 0)).toBe(0);
    expect(kernel.call("heapUsedBlocks")).toBe(used);
    const listed: number[] = [];
    for (let at = kernel.call("first"); at !== 0; at = kernel.call("next", at)) listed.push(at);
    expect(listed).toEqual(devices);
  });

  it("pass each operation on with its arguments", () => {
    const { kernel } = simulate();
    const device = kernel.call("register", -1, 1);
    expect(kernel.call("open", device)).toBe(0);
    expect(kernel.call("open", device)).toBe(EBUSY);
    expect(kernel.call("read", device, 0x5000, 9)).toBe(10);
    expect(kernel.bytes[0x5000]).toBe(77);
    expect(kernel.call("write", device, 0x5000, 3)).toBe(80);
    expect(kernel.call("ioctl", device, 5, 6)).toBe(5006);
    expect(kernel.call("poll", device, 5)).toBe(4);
    expect(kernel.call("close", device)).toBe(0);
    expect(kernel.call("closeCount")).toBe(1);
    expect(kernel.call("open", device)).toBe(0);
  });

  it("refuse what they don't have, and are always ready then", () => {
    const { kernel } = simulate();
    const device = kernel.call("register", 3, 0);
    expect(["open", "open"].map((name) => kernel.call(name, device))).toEqual([0, 0]);
    expect(kernel.call("read", device, 0x5000, 1)).toBe(EINVAL);
    expect(kernel.call("write", device, 0x5000, 1)).toBe(EINVAL);
    expect(kernel.call("ioctl", device, 1, 2)).toBe(ENOTTY);
    expect(kernel.call("poll", device, 0xff)).toBe(5);
    expect(["close", "close"].map((name) => kernel.call(name, device))).toEqual([0, 0]);
    expect(kernel.abortOf("close", device)).toMatch(/closed more often than opened/);
  });
});

describe("block devices", () => {
  it.each([1, 2, 3, 4])(
    "serve requests in the order of a lift and give each thread its own block (seed %i)",
    (seed) => {
      const simulation = simulate(seed, 3);
      const { kernel } = simulation;
      const random = new Random(seed);
      kernel.call("makeSlowDisk", 100, 8);
      // The first request is the lift's place when the others come.
      const blocks = Array.from({ length: 20 }, () => random.below(100));
      blocks[5] = 13;
      for (const [i, block] of blocks.entries()) kernel.view.setUint32(0x6000 + i * 4, block, true);
      simulation.run("runReaders", 0x6000, blocks.length);
      expect(kernel.call("startCount")).toBe(1);
      const served = Array.from({ length: kernel.call("servedCount") }, (_, i) => kernel.call("servedBlock", i));
      const [start = 0, ...others] = blocks;
      const ascending = (a: number, b: number) => a - b;
      expect(served).toEqual([
        start,
        ...others.filter((block) => block > start).sort(ascending),
        ...others.filter((block) => block <= start).sort(ascending),
      ]);
    },
  );

  it("make threads wait when all requests are in use, and lose none", () => {
    const simulation = simulate(3, 4);
    const { kernel } = simulation;
    kernel.call("makeSlowDisk", 1000, 8);
    const blocks = Array.from({ length: 80 }, (_, i) => (i * 37) % 1000);
    for (const [i, block] of blocks.entries()) kernel.view.setUint32(0x6000 + i * 4, block, true);
    simulation.run("runReaders", 0x6000, blocks.length);
    const served = Array.from({ length: kernel.call("servedCount") }, (_, i) => kernel.call("servedBlock", i));
    expect(served.sort((a, b) => a - b)).toEqual(blocks.sort((a, b) => a - b));
  });

  it("let two threads that read one block for ever starve nobody", () => {
    const simulation = simulate();
    simulation.kernel.call("makeSlowDisk", 100, 8);
    simulation.run("runHammers");
    const count = simulation.kernel.call("servedCount");
    const served = Array.from({ length: count }, (_, i) => simulation.kernel.call("servedBlock", i));
    expect(served.indexOf(50)).toBeGreaterThan(0);
    expect(served.indexOf(50)).toBeLessThan(4);
  });

  it("cut long transfers, move partitions to their place, and refuse what lies outside", () => {
    const simulation = simulate();
    const { kernel } = simulation;
    kernel.call("makeSlowDisk", 100, 8);
    kernel.call("makePartition", 30, 40);
    simulation.run("readLong", 0x7000);
    const words = Array.from({ length: 21 }, (_, i) => kernel.view.getUint32(0x7000 + i * 4, true));
    expect(words).toEqual([...Array.from({ length: 20 }, (_, i) => 32 + i), 0]);
    expect([0, 1, 2].map((i) => kernel.call("servedBlock", i))).toEqual([32, 40, 48]);
    expect(kernel.call("transfer", 0, 40, 1, 0x7000)).toBe(EIO);
    expect(kernel.call("transfer", 0, 39, 2, 0x7000)).toBe(EIO);
    expect(kernel.call("transfer", 0, 1, 0xffffffff, 0x7000)).toBe(EIO);
    expect(kernel.call("transfer", 0, 41, 1, 0x7000)).toBe(EIO);
    expect(kernel.call("transfer", 0, 40, 0, 0x7000)).toBe(0);
    kernel.call("readOnly");
    expect(kernel.call("transfer", 1, 0, 1, 0x7000)).toBe(EROFS);
  });
});

describe("RAM disk", () => {
  it("keeps what is written and starts with zeros", () => {
    const { kernel } = simulate();
    expect(kernel.call("makeRamDisk", 300)).toBe(1);
    const random = new Random(5);
    const model = new Uint8Array(300 * 512);
    const buffer = 0x1800000;
    for (let step = 0; step < 200; step++) {
      const block = random.below(300);
      const count = Math.min(random.below(150), 300 - block);
      const isWrite = random.below(2);
      const bytes = kernel.bytes.subarray(buffer, buffer + count * 512);
      bytes.fill(random.below(256));
      if (isWrite === 1) model.set(bytes, block * 512);
      expect(kernel.call("transferRam", isWrite, block, count, buffer)).toBe(0);
      const same = Buffer.compare(bytes, model.subarray(block * 512, (block + count) * 512)) === 0;
      expect(same, `step ${step}`).toBe(true);
    }
  });

  it("is not made when memory is short", () => {
    const { kernel } = simulate();
    const frames = kernel.call("freeFrameCount");
    expect(kernel.call("makeRamDisk", 100000)).toBe(0);
    expect(kernel.call("freeFrameCount")).toBe(frames);
  });
});
