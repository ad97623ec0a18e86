// The RAM disk: a block device in the kernel's memory. Its blocks are neighbouring frames, zeroed or given (a module of the
// boot loader). It has no interrupt and nothing to wait for: start does every request at once.

import { allocateFrames, FRAME_BYTES } from "../memory/frames.ts";
import { completeRequest, firstRequest, initializeBlocks } from "./block.ts";
import { DEVICE_OPERATIONS_BYTES, Device, DeviceKind, DeviceOperations, newDevice, registerDevice } from "./device.ts";

export const RAM_DISK_BLOCK_BYTES: u32 = 512;
/** A request is copied with interrupts off: 32 KiB keep that short. */
const MAX_BLOCKS: u32 = 64;

const operations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
let count: i32 = 0;

/** Makes and registers an empty RAM disk, the next of ram0, ram1, …; null if there is no memory. */
export function createRamDisk(blockCount: u32): Device | null {
  const frames = (((blockCount as usize) * RAM_DISK_BLOCK_BYTES + FRAME_BYTES - 1) / FRAME_BYTES) as u32;
  const address = allocateFrames(frames);
  if (address == 0) return null;
  memory.fill(address, 0, (frames as usize) * FRAME_BYTES);
  return createRamDiskAt(address, blockCount);
}

/** Makes and registers a RAM disk of the `blockCount` blocks at `address`, which belong to it from now on. */
export function createRamDiskAt(address: usize, blockCount: u32): Device | null {
  assert(address != 0 && blockCount > 0, "a RAM disk without memory");
  operations.start = start;
  if (!initializeBlocks()) return null;
  const device = newDevice("ram", count, DeviceKind.Block, operations);
  if (device === null) return null;
  device.unit = address;
  device.blockBytes = RAM_DISK_BLOCK_BYTES;
  device.blockCount = blockCount;
  device.maxBlocks = MAX_BLOCKS;
  if (!registerDevice(device)) return null;
  count++;
  return device;
}

function start(device: Device): i32 {
  for (let request = firstRequest(device); request !== null; request = firstRequest(device)) {
    const place = device.unit + (request.block as usize) * RAM_DISK_BLOCK_BYTES;
    const bytes = (request.count as usize) * RAM_DISK_BLOCK_BYTES;
    if (request.isWrite) memory.copy(place, request.buffer, bytes);
    else memory.copy(request.buffer, place, bytes);
    completeRequest(device, 0);
  }
  return 0;
}
