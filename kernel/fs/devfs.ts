// devfs: the registered devices as files of one directory. A character device is a stream without a position; a block device
// is a file as long as the disk, read and written through the buffer cache.

import { EBUSY, EEXIST, EISDIR, ENOENT, ENOSPC, ENOTDIR, EROFS } from "../abi/errno.ts";
import { O_ACCMODE, O_CREAT, O_DIRECTORY, O_EXCL, O_RDONLY, S_IFBLK, S_IFCHR, Stat } from "../abi/files.ts";
import {
  closeDevice,
  Device,
  DeviceKind,
  findDevice,
  firstDevice,
  ioctlDevice,
  openDevice,
  pollDevice,
  readDevice,
  writeDevice,
} from "../device/device.ts";
import { discardCached, flushData, RANK_DATA, readCached, writeCached } from "./cache.ts";
import { FILE_OPERATIONS_BYTES, File, FileOperations } from "./file.ts";
import { fillNamed, statDirectory } from "./listing.ts";
import { FILE_SYSTEM_BYTES, FileSystem, isDeviceMounted, Mount, registerFileSystem } from "./mount.ts";

const characterOperations = changetype<FileOperations>(memory.data(FILE_OPERATIONS_BYTES, 4));
const blockOperations = changetype<FileOperations>(memory.data(FILE_OPERATIONS_BYTES, 4));
const directoryOperations = changetype<FileOperations>(memory.data(FILE_OPERATIONS_BYTES, 4));
const fileSystem = changetype<FileSystem>(memory.data(FILE_SYSTEM_BYTES, 4));

export function initializeDevfs(): void {
  characterOperations.read = readCharacters;
  characterOperations.write = writeCharacters;
  characterOperations.stat = statOpen;
  characterOperations.ioctl = control;
  characterOperations.poll = poll;
  characterOperations.close = close;
  blockOperations.read = readBlocks;
  blockOperations.write = writeBlocks;
  blockOperations.size = size;
  blockOperations.stat = statOpen;
  blockOperations.ioctl = control;
  blockOperations.sync = sync;
  blockOperations.close = close;
  directoryOperations.readDirectory = readDirectory;
  directoryOperations.stat = statOpenDirectory;
  fileSystem.open = open;
  fileSystem.stat = stat;
  registerFileSystem(fileSystem, "devfs");
}

function open(_mount: Mount, path: usize, flags: u32, file: File): i32 {
  if (load<u8>(path) == 0) {
    file.operations = directoryOperations;
    return (flags & (O_ACCMODE | O_CREAT)) == O_RDONLY ? 0 : -EISDIR;
  }
  const device = findDevice(path);
  if (device === null) return (flags & O_CREAT) != 0 ? -EROFS : -ENOENT;
  if ((flags & O_DIRECTORY) != 0) return -ENOTDIR;
  if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) return -EEXIST;
  if (device.kind === DeviceKind.Block && (flags & O_ACCMODE) != O_RDONLY) {
    if (device.isReadOnly) return -EROFS;
    if (isInUse(device)) return -EBUSY;
  }
  const status = openDevice(device);
  if (status < 0) return status;
  // Another medium than the one that is cached, and nobody else who works on it.
  if (device.mediaChanges != 0 && device.openCount == 1) discardCached(device);
  file.node = changetype<usize>(device);
  file.operations = device.kind === DeviceKind.Block ? blockOperations : characterOperations;
  return 0;
}

/** Whether a file system lies on the device, on its disk or on one of its partitions. */
function isInUse(device: Device): bool {
  let other = firstDevice();
  while (other !== null) {
    const isRelated = other === device || other.parent === device || device.parent === other;
    if (isRelated && isDeviceMounted(other)) return true;
    other = other.nextDevice;
  }
  return false;
}

function stat(_mount: Mount, path: usize, stat: Stat): i32 {
  if (load<u8>(path) == 0) {
    statDirectory(stat);
    return 0;
  }
  const device = findDevice(path);
  if (device === null) return -ENOENT;
  statDevice(device, stat);
  return 0;
}

function statDevice(device: Device, stat: Stat): void {
  stat.mode = modeOf(device);
  stat.links = 1;
  stat.node = changetype<usize>(device) as u32;
  if (device.kind !== DeviceKind.Block) return;
  stat.size = bytesOf(device);
  stat.blockBytes = device.blockBytes;
  stat.blocks = device.blockCount;
}

function modeOf(device: Device): u32 {
  return device.kind === DeviceKind.Block ? S_IFBLK | 0o660 : S_IFCHR | 0o666;
}

function bytesOf(device: Device): u64 {
  return (device.blockCount as u64) * device.blockBytes;
}

function deviceOf(file: File): Device {
  return changetype<Device>(file.node);
}

function readCharacters(file: File, buffer: usize, count: u32): i32 {
  return readDevice(deviceOf(file), buffer, count);
}

function writeCharacters(file: File, buffer: usize, count: u32): i32 {
  return writeDevice(deviceOf(file), buffer, count);
}

function control(file: File, request: u32, argument: usize): i32 {
  return ioctlDevice(deviceOf(file), request, argument);
}

function poll(file: File, events: u32): u32 {
  return pollDevice(deviceOf(file), events);
}

function readBlocks(file: File, buffer: usize, count: u32): i32 {
  const device = deviceOf(file);
  const bytes = bytesOf(device);
  if (file.position >= bytes) return 0;
  const wanted = min<u64>(count, bytes - file.position) as u32;
  const block = (file.position / device.blockBytes) as u32;
  const status = readCached(device, block, (file.position % device.blockBytes) as u32, buffer, wanted);
  if (status < 0) return status;
  file.position += wanted;
  return wanted as i32;
}

function writeBlocks(file: File, buffer: usize, count: u32): i32 {
  const device = deviceOf(file);
  const bytes = bytesOf(device);
  if (file.position >= bytes) return -ENOSPC;
  const wanted = min<u64>(count, bytes - file.position) as u32;
  const block = (file.position / device.blockBytes) as u32;
  const status = writeCached(device, block, (file.position % device.blockBytes) as u32, buffer, wanted, RANK_DATA);
  if (status < 0) return status;
  file.position += wanted;
  return wanted as i32;
}

function size(file: File): i64 {
  return bytesOf(deviceOf(file)) as i64;
}

function statOpen(file: File, stat: Stat): i32 {
  statDevice(deviceOf(file), stat);
  return 0;
}

function statOpenDirectory(_file: File, stat: Stat): i32 {
  statDirectory(stat);
  return 0;
}

function sync(file: File): i32 {
  return flushData(deviceOf(file));
}

function close(file: File): i32 {
  const device = deviceOf(file);
  const isWritten = device.kind === DeviceKind.Block && (file.flags & O_ACCMODE) != O_RDONLY;
  const status = isWritten ? flushData(device) : 0;
  const closed = closeDevice(device);
  return status < 0 ? status : closed;
}

/** The position counts the devices. */
function readDirectory(file: File, entry: usize): i32 {
  let device = firstDevice();
  for (let skip = file.position as u32; skip > 0 && device !== null; skip--) device = device.nextDevice;
  if (device === null) return 0;
  file.position++;
  const bytes = device.kind === DeviceKind.Block ? min<u64>(bytesOf(device), u32.MAX_VALUE) : 0;
  fillNamed(entry, device.nameAddress, modeOf(device), bytes as u32, changetype<usize>(device) as u32);
  return 1;
}
