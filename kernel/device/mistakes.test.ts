// What must never be done with devices, and with the small things that all of the kernel uses: each is a panic that says what it was.

import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, type TestKernel } from "../testing.ts";
import { THREADS_PRELUDE } from "../testing-threads.ts";

const SOURCE = `${THREADS_PRELUDE}
import { malloc } from "./memory/heap.ts";
import { allocateFrames } from "./memory/frames.ts";
import { enableInterrupts } from "./platform/interrupts.ts";
import { bootModule } from "./platform/boot.ts";
import { prepareStack } from "./platform/pc/context.ts";
import { handleIrq, interruptCount } from "./platform/pc/interrupts.ts";
import { completeRequest, firstRequest, initializeBlocks, transferBlocks } from "./device/block.ts";
import { DEVICE_OPERATIONS_BYTES, Device, DeviceKind, DeviceOperations, newDevice, newPartition, readDevice, registerDevice } from "./device/device.ts";
import { findPartitions } from "./device/partitions.ts";
import { createRamDiskAt } from "./device/ramDisk.ts";
import { textDevice } from "./device/textDevice.ts";
import { startDma2 } from "./drivers/dma.ts";
import { formatNumber } from "./print.ts";
import { addCommand } from "./shell/table.ts";
import { textAddress } from "./text.ts";
export { allocateFrames, malloc };

const operations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
function disk(name: string, kind: DeviceKind = DeviceKind.Block): Device {
  const device = newDevice(name, -1, kind, operations) as Device;
  device.blockBytes = 512;
  device.blockCount = 100;
  device.maxBlocks = 8;
  return device;
}
export function name0(): void { newDevice("", 0, DeviceKind.Character, operations); }
export function name12(): void { newDevice("abcdefghijkl", 0, DeviceKind.Character, operations); }
export function number10000(): void { newDevice("x", 10000, DeviceKind.Character, operations); }
export function partitionOfLongName(): void {
  newPartition(newDevice("abcdefghijk", 1, DeviceKind.Block, operations) as Device, 1, 0, 1);
}
export function registerTwice(): void { const device = disk("x"); registerDevice(device); registerDevice(device); }
export function registerFirstTwice(): void { const device = disk("x"); registerDevice(device); registerDevice(disk("y")); registerDevice(device); }
export function noBlockSize(): void { const device = disk("x"); device.blockBytes = 0; registerDevice(device); }
export function noLimit(): void { const device = disk("x"); device.maxBlocks = 0; registerDevice(device); }
export function noStart(): void { initializeBlocks(); transferBlocks(disk("x"), false, 0, 1, 0x3000); }
export function noPool(): void { transferBlocks(disk("x"), false, 0, 1, 0x3000); }
export function blocksOfCharacters(): void { transferBlocks(disk("x", DeviceKind.Character), false, 0, 0, 0x3000); }
export function lookWithInterrupts(): void { enableInterrupts(); firstRequest(disk("x")); }
export function completeWithInterrupts(): void { enableInterrupts(); completeRequest(disk("x"), 0); }
export function completeNothing(): void { completeRequest(disk("x"), 0); }
export function partitionsOfCharacters(): void { findPartitions(disk("x", DeviceKind.Character)); }
export function partitionsOfPartition(): void { findPartitions(newPartition(disk("x"), 1, 0, 10) as Device); }
export function ramDiskAt0(): void { createRamDiskAt(0, 10); }
export function ramDiskOf0(): void { createRamDiskAt(0x300000, 0); }
export function dma0(): void { startDma2(0x10000, 0, true); }
export function dma65537(): void { startDma2(0x10000, 0x10001, true); }
export function dmaAbove16MiB(): void { startDma2(0xfffff0, 0x20, true); }
export function dmaAcross(): void { startDma2(0x1fff0, 0x20, true); }
export function moduleOfNone(): void { bootModule(0); }
export function stackAt4(): void { prepareStack(0x200004); }
export function count16(): void { interruptCount(16); }
export function handle16(): void { handleIrq(16); }
export function base17(): void { formatNumber(1, 17, 1); }
export function minus1Digits(): void { formatNumber(1, 10, -1); }
export function longText(): void { textAddress("a text of more than sixty-three characters, which is the most that fits"); }
export function commandWithoutMemory(): void { addCommand("x", "y", (_count: u32): void => {}); }

let text: Device | null = null;
export function makeText(): void {
  textDevice(operations, (_device: Device): i32 => 0);
  text = disk("text", DeviceKind.Character);
}
export function readText(): i32 { return readDevice(text as Device, 0x3000, 10); }
`;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

function boot(): TestKernel {
  const kernel = instantiate(module);
  kernel.call("boot");
  return kernel;
}

function takeAllMemory(kernel: TestKernel): void {
  while (kernel.call("allocateFrames", 1) !== 0) {}
  for (const size of [4096, 64, 1]) while (kernel.call("malloc", size) !== 0) {}
}

it.each([
  ["name0", /1 to 15 characters/],
  ["name12", /1 to 15 characters/],
  ["number10000", /1 to 15 characters/],
  ["partitionOfLongName", /leaves room for a number/],
  ["registerTwice", /registered already/],
  ["registerFirstTwice", /registered already/],
  ["noBlockSize", /a block size and a limit/],
  ["noLimit", /a block size and a limit/],
  ["noStart", /without a start operation/],
  ["noPool", /initializeBlocks comes before/],
  ["blocksOfCharacters", /blocks of a device that has none/],
  ["lookWithInterrupts", /looked at with interrupts off/],
  ["completeWithInterrupts", /a request ends with interrupts off/],
  ["completeNothing", /no request to end/],
  ["partitionsOfCharacters", /partitions of a disk/],
  ["partitionsOfPartition", /partitions of a disk/],
  ["ramDiskAt0", /without memory/],
  ["ramDiskOf0", /without memory/],
  ["dma0", /1 to 65536 bytes/],
  ["dma65537", /1 to 65536 bytes/],
  ["dmaAbove16MiB", /DMA above 16 MiB/],
  ["dmaAcross", /across a 64 KiB boundary/],
  ["moduleOfNone", /no such module/],
  ["stackAt4", /aligned to 16 bytes/],
  ["count16", /no such interrupt line/],
  ["handle16", /no such interrupt line/],
  ["base17", /base is 10 to 16/],
  ["minus1Digits", /at most 10 digits/],
  ["longText", /too long for its buffer/],
])("%s panics", (mistake, reason) => {
  expect(boot().abortOf(mistake)).toMatch(reason);
});

describe("without memory", () => {
  it("there is no command", () => {
    const kernel = boot();
    takeAllMemory(kernel);
    expect(kernel.abortOf("commandWithoutMemory")).toMatch(/no memory for a command/);
  });

  it("a device that reads as a text says so", () => {
    const kernel = boot();
    kernel.call("makeText");
    takeAllMemory(kernel);
    expect(kernel.call("readText")).toBe(-12);
  });
});
