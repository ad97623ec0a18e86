// Block devices: transfers become requests, which wait in the device's queue in elevator order until its driver has
// done them. The thread that asked sleeps meanwhile.
//
// The order is that of a lift which only goes up (C-LOOK): from the block of the request that the driver works on to the
// last one, then again from the lowest. A request at or below the lift waits for the next sweep, so that nobody
// starves: within a sweep the lift moves with every request.

import { EIO, EROFS } from "../abi/errno.ts";
import { calloc } from "../memory/heap.ts";
import { interruptsEnabled } from "../platform/interrupts.ts";
import { enterCritical, leaveCritical } from "../thread/scheduler.ts";
import { WaitQueue } from "../thread/waitQueue.ts";
import { Device, DeviceKind, startDevice } from "./device.ts";

/** Requests of all devices together; a thread that finds none free waits for one. */
const POOL_REQUESTS: u32 = 32;

/** One transfer of neighbouring blocks; also the queue where its thread waits. */
@unmanaged
export class BlockRequest extends WaitQueue {
  /** The whole disk, never a partition; and the block counts from the disk's first. */
  device: Device;
  isWrite: bool;
  isDone: bool;
  block: u32;
  count: u32;
  /** In which of the lift's journeys up its turn comes. */
  sweep: u32;
  /** Kernel memory, which lies at its physical address. */
  buffer: usize;
  /** 0 or an error, once it is done. */
  status: i32;
  nextRequest: BlockRequest | null;
}

let freeRequests: BlockRequest | null = null;
let poolAddress: usize = 0;
const poolWaiters = changetype<WaitQueue>(memory.data(8, 4));

/** Makes the pool of requests: so I/O needs no memory later, not even when there is none left. False if there is no memory. */
export function initializeBlocks(): bool {
  if (poolAddress != 0) return true;
  const bytes = offsetof<BlockRequest>();
  poolAddress = calloc(POOL_REQUESTS * bytes);
  if (poolAddress == 0) return false;
  for (let i: u32 = 0; i < POOL_REQUESTS; i++) {
    const request = changetype<BlockRequest>(poolAddress + i * bytes);
    request.nextRequest = freeRequests;
    freeRequests = request;
  }
  return true;
}

/**
 * Reads or writes `count` blocks from `block` on; blocks the calling thread until it is done. `buffer` is kernel memory.
 * Returns 0 or an error: -EIO also for blocks that the device doesn't have, -EROFS.
 */
export function transferBlocks(device: Device, isWrite: bool, block: u32, count: u32, buffer: usize): i32 {
  assert(device.kind === DeviceKind.Block, "blocks of a device that has none");
  if (block > device.blockCount || count > device.blockCount - block) return -EIO;
  if (isWrite && device.isReadOnly) return -EROFS;
  const parent = device.parent;
  const disk = parent === null ? device : parent;
  if (parent !== null) block += device.firstBlock;
  while (count > 0) {
    const part = min<u32>(count, disk.maxBlocks);
    const status = runRequest(disk, isWrite, block, part, buffer);
    if (status < 0) return status;
    block += part;
    count -= part;
    buffer += part * disk.blockBytes;
  }
  return 0;
}

/** The request that the driver is to work on; null if there is none. Interrupts are off. */
export function firstRequest(device: Device): BlockRequest | null {
  assert(!interruptsEnabled(), "a queue of requests is looked at with interrupts off");
  return device.requests;
}

/** Ends the first request with `status` (0 or an error) and wakes its thread. The driver goes on with the next one, if any. */
export function completeRequest(device: Device, status: i32): void {
  assert(!interruptsEnabled(), "a request ends with interrupts off");
  const request = device.requests;
  assert(request !== null, "no request to end");
  if (request === null) return;
  device.requests = request.nextRequest;
  request.nextRequest = null;
  request.status = status;
  request.isDone = true;
  device.requestsDone++;
  if (status >= 0) {
    if (request.isWrite) device.blocksWritten += request.count;
    else device.blocksRead += request.count;
  }
  request.wakeFirst();
}

function runRequest(disk: Device, isWrite: bool, block: u32, count: u32, buffer: usize): i32 {
  const wereEnabled = enterCritical();
  assert(poolAddress != 0, "initializeBlocks comes before the first transfer");
  while (freeRequests === null) poolWaiters.wait();
  const request = freeRequests as BlockRequest;
  freeRequests = request.nextRequest;
  request.device = disk;
  request.isWrite = isWrite;
  request.isDone = false;
  request.block = block;
  request.count = count;
  request.buffer = buffer;
  if (enqueue(disk, request)) startDevice(disk);
  while (!request.isDone) request.wait();
  const status = request.status;
  request.nextRequest = freeRequests;
  freeRequests = request;
  poolWaiters.wakeFirst();
  leaveCritical(wereEnabled);
  return status;
}

/** Puts the request in its place; whether the queue was empty. */
function enqueue(disk: Device, request: BlockRequest): bool {
  request.nextRequest = null;
  const first = disk.requests;
  if (first === null) {
    request.sweep = 0;
    disk.requests = request;
    return true;
  }
  request.sweep = request.block > first.block ? first.sweep : first.sweep + 1;
  let before = first;
  let next = before.nextRequest;
  while (next !== null && !comesBefore(request, next)) {
    before = next;
    next = before.nextRequest;
  }
  request.nextRequest = next;
  before.nextRequest = request;
  return false;
}

/** Whether the lift comes to `request` before `other`; of two for one block the older is first. */
function comesBefore(request: BlockRequest, other: BlockRequest): bool {
  if (request.sweep != other.sweep) return ((request.sweep - other.sweep) as i32) < 0;
  return request.block < other.block;
}
