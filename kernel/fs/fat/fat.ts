// FAT as a file system: mounting, and the operations that take a path inside the volume.

import { EACCES, EBUSY, EEXIST, EINVAL, EIO, EISDIR, ENOENT, ENOMEM, ENOTDIR, EROFS } from "../../abi/errno.ts";
import { O_ACCMODE, O_CREAT, O_DIRECTORY, O_EXCL, O_RDONLY, O_TRUNC, Stat } from "../../abi/files.ts";
import { closeDevice, Device, openDevice } from "../../device/device.ts";
import { discardCached } from "../cache.ts";
import { File } from "../file.ts";
import { FILE_SYSTEM_BYTES, FileSystem, Mount, registerFileSystem, Space } from "../mount.ts";
import {
  ATTRIBUTE_ARCHIVE,
  ATTRIBUTE_DIRECTORY,
  ATTRIBUTE_READ_ONLY,
  ENTRY_ATTRIBUTES,
  entryCluster,
  freeSlots,
  initializeEntry,
  makeDirectoryCluster,
  prepareEntry,
  writeSlots,
} from "./directory.ts";
import { directoryOperations, fileOperations, initializeOperations, resizeNode } from "./file.ts";
import { checkEmpty, FOUND, isDirectoryFound, lookup, MISSING, ROOT } from "./lookup.ts";
import { closeNode, dropChain, findNode, openNode, openRoot, statFound, statRoot } from "./node.ts";
import { rename } from "./rename.ts";
import { countFree, flushVolume, freeUnused, makeRoom, syncVolume } from "./table.ts";
import { checkMedium, freeVolume, openedVolume, openVolume, Volume } from "./volume.ts";

const fileSystem = changetype<FileSystem>(memory.data(FILE_SYSTEM_BYTES, 4));

/** Makes "fat" known as a file system. */
export function initializeFat(): void {
  initializeOperations();
  fileSystem.needsDevice = true;
  fileSystem.mount = mount;
  fileSystem.unmount = unmount;
  fileSystem.open = open;
  fileSystem.stat = stat;
  fileSystem.makeDirectory = makeDirectory;
  fileSystem.remove = remove;
  fileSystem.removeDirectory = removeDirectory;
  fileSystem.rename = rename;
  fileSystem.sync = sync;
  fileSystem.space = space;
  registerFileSystem(fileSystem, "fat");
}

/** The volume of a mount, locked; unlock gives it back. */
function lockVolume(mount: Mount): Volume {
  const volume = changetype<Volume>(mount.volume);
  volume.lock();
  return volume;
}

function unlock(volume: Volume, status: i32): i32 {
  volume.unlock();
  return status;
}

function mount(mount: Mount): i32 {
  const device = mount.device as Device;
  let status = openDevice(device);
  if (status < 0) return status;
  // Nobody else uses the device: what is cached may be of another medium.
  if (device.openCount == 1 && device.parent === null) discardCached(device);
  status = openVolume(device);
  if (status < 0) {
    closeDevice(device);
    return status;
  }
  const volume = openedVolume();
  mount.volume = changetype<usize>(volume);
  if (device.isReadOnly) mount.isReadOnly = true;
  return 0;
}

function unmount(mount: Mount): i32 {
  const volume = lockVolume(mount);
  let status = checkMedium(volume);
  if (status == 0) status = syncVolume(volume);
  assert(volume.firstNode === null, "a volume with open files is unmounted");
  volume.unlock();
  discardCached(volume.device);
  const closed = closeDevice(volume.device);
  freeVolume(volume);
  return status == 0 ? closed : status;
}

function open(mount: Mount, path: usize, flags: u32, file: File): i32 {
  const volume = lockVolume(mount);
  let status = checkMedium(volume);
  if (status == 0) status = lookup(volume, path);
  if (status < 0) return unlock(volume, status);
  const isWrite = (flags & O_ACCMODE) != O_RDONLY;
  if (status == MISSING) {
    if ((flags & O_CREAT) == 0) return unlock(volume, -ENOENT);
    status = mount.isReadOnly ? -EROFS : (flags & O_DIRECTORY) != 0 ? -EINVAL : createFile(volume);
  } else if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) {
    status = -EEXIST;
  } else if (status == ROOT || isDirectoryFound(volume)) {
    if (isWrite || (flags & O_CREAT) != 0) status = -EISDIR;
    else if (status == FOUND && !volume.isCluster(entryCluster(volume, volume.entry))) status = -EIO;
  } else {
    status = mayOpenFile(mount, volume, flags, isWrite);
  }
  if (status < 0) return unlock(volume, status);
  const node = status == ROOT ? openRoot(volume) : openNode(volume);
  if (node === null) return unlock(volume, -ENOMEM);
  file.node = changetype<usize>(node);
  file.operations = node.isDirectory ? directoryOperations : fileOperations;
  status = 0;
  if (isWrite && (flags & O_TRUNC) != 0) status = resizeNode(volume, node, 0);
  if (status < 0) closeNode(volume, node);
  return unlock(volume, status);
}

function mayOpenFile(mount: Mount, volume: Volume, flags: u32, isWrite: bool): i32 {
  if ((flags & O_DIRECTORY) != 0) return -ENOTDIR;
  if (!isWrite) return FOUND;
  if (mount.isReadOnly) return -EROFS;
  return (load<u8>(volume.entry, ENTRY_ATTRIBUTES) & ATTRIBUTE_READ_ONLY) != 0 ? -EACCES : FOUND;
}

function stat(mount: Mount, path: usize, stat: Stat): i32 {
  const volume = lockVolume(mount);
  let status = checkMedium(volume);
  if (status == 0) status = lookup(volume, path);
  if (status == MISSING) status = -ENOENT;
  else if (status == ROOT) statRoot(volume, stat);
  else if (status == FOUND) statFound(volume, stat);
  return unlock(volume, min<i32>(status, 0));
}

/** Makes an empty file where lookup found none: FOUND, and the volume's entry… is it; or an error. */
function createFile(volume: Volume): i32 {
  let status = makeRoom(volume);
  if (status == 0) status = prepareEntry(volume, volume.parent, volume.last, volume.lastLength);
  if (status < 0) return status;
  initializeEntry(volume.entry, ATTRIBUTE_ARCHIVE, 0);
  status = writeSlots(volume, volume.parent, volume.last, volume.lastLength);
  return status < 0 ? status : FOUND;
}

function makeDirectory(mount: Mount, path: usize): i32 {
  const volume = lockVolume(mount);
  let status = checkMedium(volume);
  if (status == 0) status = lookup(volume, path);
  if (status > 0) status = -EEXIST;
  if (status == MISSING) status = makeRoom(volume);
  if (status < 0) return unlock(volume, status);
  const parent = volume.parent;
  status = prepareEntry(volume, parent, volume.last, volume.lastLength);
  if (status < 0) return unlock(volume, status);
  // The directory is whole on the disk before an entry names it.
  const cluster = makeDirectoryCluster(volume, parent);
  if (cluster < 0) return unlock(volume, cluster);
  initializeEntry(volume.entry, ATTRIBUTE_DIRECTORY, cluster as u32);
  status = writeSlots(volume, parent, volume.last, volume.lastLength);
  if (status < 0) freeUnused(volume, cluster as u32);
  return unlock(volume, status);
}

function remove(mount: Mount, path: usize): i32 {
  const volume = lockVolume(mount);
  let status = checkMedium(volume);
  if (status == 0) status = lookup(volume, path);
  if (status == MISSING) status = -ENOENT;
  else if (status == ROOT || (status == FOUND && isDirectoryFound(volume))) status = -EISDIR;
  else if (status == FOUND && (load<u8>(volume.entry, ENTRY_ATTRIBUTES) & ATTRIBUTE_READ_ONLY) != 0) status = -EACCES;
  if (status == FOUND) status = removeFound(volume, entryCluster(volume, volume.entry));
  return unlock(volume, min<i32>(status, 0));
}

function removeDirectory(mount: Mount, path: usize): i32 {
  const volume = lockVolume(mount);
  let status = checkMedium(volume);
  if (status == 0) status = lookup(volume, path);
  if (status == MISSING) status = -ENOENT;
  else if (status == ROOT) status = -EBUSY;
  else if (status == FOUND && !isDirectoryFound(volume)) status = -ENOTDIR;
  if (status < 0) return unlock(volume, status);
  const cluster = entryCluster(volume, volume.entry);
  status = checkEmpty(volume, cluster);
  // The look into the directory was a scan of its own.
  if (status == 0) status = lookup(volume, path);
  if (status == FOUND) status = removeFound(volume, cluster);
  return unlock(volume, status);
}

/** Takes the found entry away; its chain is freed once that is on the disk and nobody has the file open. */
function removeFound(volume: Volume, cluster: u32): i32 {
  const node = findNode(volume, volume.entrySector, volume.entryOffset);
  let status = makeRoom(volume);
  if (status == 0) status = freeSlots(volume, volume.parent, volume.entryFirst, volume.entryIndex);
  return status < 0 ? status : dropChain(volume, node, cluster);
}

function sync(mount: Mount): i32 {
  const volume = lockVolume(mount);
  let status = checkMedium(volume);
  if (status == 0) status = syncVolume(volume);
  return unlock(volume, status);
}

function space(mount: Mount, space: Space): i32 {
  const volume = lockVolume(mount);
  let status = checkMedium(volume);
  if (status == 0 && volume.pendingCount > 0) status = flushVolume(volume);
  if (status == 0) status = countFree(volume);
  space.blockBytes = volume.clusterBytes;
  space.blocks = volume.clusterCount;
  space.freeBlocks = volume.freeClusters;
  return unlock(volume, status);
}
