// Brings the files up: the cache, the kinds of file systems, /dev and /proc at once; then a thread waits for the disks and
// mounts the root. It goes on as the thread that writes the cache back every two seconds.
//
// The root is the FAT that the kernel came from, if the boot loader says which drive that was; else the first one with a
// /bin/sh; else a module of the boot loader, as a RAM disk; else "/" is empty.

import { STAT_BYTES } from "../abi/files.ts";
import { Device, DeviceKind, firstDevice } from "../device/device.ts";
import { createRamDiskAt, RAM_DISK_BLOCK_BYTES } from "../device/ramDisk.ts";
import { waitForDevices } from "../drivers/devices.ts";
import { currentSeconds } from "../drivers/rtc.ts";
import { freeFrameCount } from "../memory/frames.ts";
import { free, malloc } from "../memory/heap.ts";
import { bootDriveNumber, bootModule, bootModuleCount, bootPartitionNumber } from "../platform/boot.ts";
import { TICKS_PER_SECOND } from "../platform/clock.ts";
import { copyText } from "../text.ts";
import { enterCritical, leaveCritical, sleepTicks } from "../thread/scheduler.ts";
import { PRIORITY_NORMAL, startKernelThread } from "../thread/thread.ts";
import { WaitQueue } from "../thread/waitQueue.ts";
import { dirtyPageCount, initializeCache } from "./cache.ts";
import { initializeDevfs } from "./devfs.ts";
import { initializeFat } from "./fat/fat.ts";
import { FileSystem, findFileSystem } from "./mount.ts";
import { initializeProcfs } from "./proc/procfs.ts";
import { addSystemFiles } from "./proc/system.ts";
import { initializeRootfs } from "./rootfs.ts";
import { setFileClock } from "./time.ts";
import { MOUNT_ALONE, MOUNT_READ_ONLY, mountDevice, statPath, syncAll, unmountFileSystem } from "./tree.ts";

/** The cache gets one in so many free frames, within limits. */
const CACHE_SHARE: u32 = 32;
const MIN_CACHE_PAGES: u32 = 16;
const MAX_CACHE_PAGES: u32 = 128;
const FLUSH_TICKS: u32 = 2 * TICKS_PER_SECOND;
const FIRST_HARD_DISK: i32 = 0x80;

/** The first two letters of disks' names. */
const NAME_FD: u16 = 0x6466;
const NAME_HD: u16 = 0x6468;
/** A boot sector's last two bytes. */
const SIGNATURE_AT: usize = 510;
const SIGNATURE: u16 = 0xaa55;

/** Only the files thread uses these, while it starts. */
const pathBuffer = memory.data(16);
const typeBuffer = memory.data(16);

const waiters = changetype<WaitQueue>(memory.data(8, 4));
let isRootReady: bool = false;
let hasRootDisk: bool = false;

/** Called once at boot, before the threads run. */
export function startFiles(): void {
  const pages = min<u32>(MAX_CACHE_PAGES, max<u32>(MIN_CACHE_PAGES, freeFrameCount() / CACHE_SHARE));
  assert(initializeCache(pages), "no memory for the buffer cache");
  setFileClock(currentSeconds);
  initializeFat();
  initializeDevfs();
  initializeProcfs();
  initializeRootfs();
  assert(addSystemFiles(), "no memory for the files of /proc");
  assert(startKernelThread(run, 0, PRIORITY_NORMAL, true, "files") !== null, "no memory for the files thread");
}

/** Waits until "/" is mounted; whether it is a disk. */
export function waitForRoot(): bool {
  const wereEnabled = enterCritical();
  while (!isRootReady) waiters.wait();
  leaveCritical(wereEnabled);
  return hasRootDisk;
}

function run(_argument: usize): u32 {
  mountAlone("devfs", "/dev");
  mountAlone("procfs", "/proc");
  waitForDevices();
  hasRootDisk = mountBootDrive() || mountAnyDisk() || mountModule();
  if (!hasRootDisk) mountAlone("rootfs", "/");
  const wereEnabled = enterCritical();
  isRootReady = true;
  waiters.wakeAll();
  leaveCritical(wereEnabled);
  while (true) {
    sleepTicks(FLUSH_TICKS);
    if (dirtyPageCount() > 0) syncAll();
  }
}

/** Mounts a file system that needs no disk. */
function mountAlone(type: string, path: string): void {
  const status = mountDevice(kindOf(type), null, copyText(path, pathBuffer), MOUNT_ALONE);
  assert(status == 0, "no memory for the first mounts");
}

function mountRoot(device: Device): bool {
  return mountDevice(kindOf("fat"), device, copyText("/", pathBuffer), 0) == 0;
}

function kindOf(type: string): FileSystem {
  return findFileSystem(copyText(type, typeBuffer)) as FileSystem;
}

/** The drive that the boot loader came from: a floppy, or a hard disk or one of its partitions. */
function mountBootDrive(): bool {
  const drive = bootDriveNumber();
  if (drive < 0) return false;
  const isHardDisk = drive >= FIRST_HARD_DISK;
  let number = isHardDisk ? drive - FIRST_HARD_DISK : drive;
  let disk = firstDevice();
  while (disk !== null && !(isDisk(disk, isHardDisk) && number-- == 0)) disk = disk.nextDevice;
  if (disk === null) return false;
  const partition = bootPartitionNumber();
  // The loader need not know of partitions: then it is the whole disk, or the first one with a file system.
  if (partition < 0 && mountRoot(disk)) return true;
  let part: i32 = 0;
  let device = firstDevice();
  while (device !== null) {
    const isPart = device.parent === disk;
    if (isPart && (partition < 0 || part == partition) && mountRoot(device)) return true;
    if (isPart) part++;
    device = device.nextDevice;
  }
  return false;
}

/** Floppy drives are fd0, fd1; hard disks hda, hdb, … */
function isDisk(device: Device, isHardDisk: bool): bool {
  if (device.kind !== DeviceKind.Block || device.parent !== null) return false;
  return load<u16>(device.nameAddress) == (isHardDisk ? NAME_HD : NAME_FD);
}

/** The first file system with a shell. */
function mountAnyDisk(): bool {
  let device = firstDevice();
  while (device !== null) {
    if (device.kind === DeviceKind.Block && hasShell(device) && mountRoot(device)) return true;
    device = device.nextDevice;
  }
  return false;
}

/** Whether the device holds a file system with /bin/sh: mounts it elsewhere to see, since the mounts in "/" would keep it there. */
function hasShell(device: Device): bool {
  if (mountDevice(kindOf("fat"), device, copyText("/probe", pathBuffer), MOUNT_ALONE | MOUNT_READ_ONLY) < 0)
    return false;
  const stat = malloc(STAT_BYTES);
  const isThere = stat != 0 && statPath(copyText("/probe/bin/sh", pathBuffer), stat) == 0;
  if (stat != 0) free(stat);
  return unmountFileSystem(copyText("/probe", pathBuffer)) == 0 && isThere;
}

/** The first module of the boot loader that begins like a FAT. */
function mountModule(): bool {
  for (let i: u32 = 0; i < bootModuleCount(); i++) {
    const module = bootModule(i);
    const blocks = ((module.end - module.start) / RAM_DISK_BLOCK_BYTES) as u32;
    const jump = load<u8>(module.start);
    if (blocks == 0 || (jump != 0xeb && jump != 0xe9) || load<u16>(module.start, SIGNATURE_AT) != SIGNATURE) continue;
    const device = createRamDiskAt(module.start, blocks);
    if (device !== null && mountRoot(device)) return true;
  }
  return false;
}
