// File systems and where they are mounted. A FileSystem is a kind (fat, devfs, procfs) with its operations; a Mount is one of
// them at a path, with its device. A path belongs to the mount with the longest path that begins it.
//
// One mutex guards the list of mounts. It is held for short, never over I/O and never while another one is taken;
// `users` keeps a mount alive meanwhile: operations on paths and open files count there.

import { EBUSY, ENODEV, ENOMEM } from "../abi/errno.ts";
import { S_IFDIR, Stat } from "../abi/files.ts";
import { Device } from "../device/device.ts";
import { calloc, free } from "../memory/heap.ts";
import { textEquals, textLength } from "../text.ts";
import { MUTEX_BYTES, Mutex } from "../thread/mutex.ts";
import { File } from "./file.ts";
import { fillNamed } from "./listing.ts";
import { lastPart } from "./path.ts";

const SLASH: u8 = 0x2f;

export type MountFunction = (mount: Mount) => i32;
export type MountOpen = (mount: Mount, path: usize, flags: u32, file: File) => i32;
export type MountPath = (mount: Mount, path: usize) => i32;
export type MountStat = (mount: Mount, path: usize, stat: Stat) => i32;
export type MountRename = (mount: Mount, from: usize, to: usize) => i32;
export type MountSpace = (mount: Mount, space: Space) => i32;

/** Bytes of a FileSystem, for static memory. */
export const FILE_SYSTEM_BYTES: i32 = 56;

/**
 * A kind of file system. Its operations are indexes of the function table, 0 for one that it doesn't have; those that change
 * something are missing where nothing can be changed. Paths are inside the mount: "" is its root, "a/b" a file.
 */
@unmanaged
export class FileSystem {
  next: FileSystem | null;
  /** A string constant. */
  nameAddress: usize;
  /** Whether it lives on a block device. */
  needsDevice: bool;
  mountIndex: u32;
  unmountIndex: u32;
  openIndex: u32;
  statIndex: u32;
  makeDirectoryIndex: u32;
  removeIndex: u32;
  removeDirectoryIndex: u32;
  renameIndex: u32;
  syncIndex: u32;
  spaceIndex: u32;

  get name(): string {
    return changetype<string>(this.nameAddress);
  }

  /** Reads what it needs of `mount.device` and sets `mount.volume`. */
  set mount(operation: MountFunction) {
    this.mountIndex = operation.index;
  }

  /** Writes everything back and frees the volume. Nobody uses the mount any more. */
  set unmount(operation: MountFunction) {
    this.unmountIndex = operation.index;
  }

  /** Opens or, with O_CREAT, creates a file: sets `file.operations` and `file.node`. */
  set open(operation: MountOpen) {
    this.openIndex = operation.index;
  }

  set stat(operation: MountStat) {
    this.statIndex = operation.index;
  }

  set makeDirectory(operation: MountPath) {
    this.makeDirectoryIndex = operation.index;
  }

  /** Removes a file that is no directory. */
  set remove(operation: MountPath) {
    this.removeIndex = operation.index;
  }

  set removeDirectory(operation: MountPath) {
    this.removeDirectoryIndex = operation.index;
  }

  /** Renames or moves inside the mount; replaces a file that is there already. */
  set rename(operation: MountRename) {
    this.renameIndex = operation.index;
  }

  /** Writes everything back. */
  set sync(operation: MountFunction) {
    this.syncIndex = operation.index;
  }

  set space(operation: MountSpace) {
    this.spaceIndex = operation.index;
  }
}

/** How much room a mounted file system has. */
@unmanaged
export class Space {
  blockBytes: u32;
  blocks: u32;
  freeBlocks: u32;
}

@unmanaged
export class Mount {
  next: Mount | null;
  fileSystem: FileSystem;
  /** null where there is none. */
  device: Device | null;
  /** Normalised, in the mount's own memory. */
  path: usize;
  pathBytes: u32;
  id: u32;
  /** Operations at work and open files; guarded by the mutex of the list. */
  users: u32;
  /** Nothing may be written: the device can't, or who mounted it said so. */
  isReadOnly: bool;
  /** No directory lies under the mount's root: whoever lists the directory above is told of it by us. */
  isAlone: bool;
  /** Being mounted or unmounted: nobody may enter. */
  isClosed: bool;
  /** The file system's own. */
  volume: usize;

  /** What useMount counted is over. */
  release(): void {
    mountsMutex.lock();
    assert(this.users > 0, "a mount is released more often than used");
    this.users--;
    mountsMutex.unlock();
  }

  /** One more user, for an open file. */
  retain(): void {
    mountsMutex.lock();
    this.users++;
    mountsMutex.unlock();
  }

  /** Goes on listing a directory with the mounts in it that have no directory of their own below: 1, or 0 at the end. */
  readMountPoint(directory: File, entry: usize): i32 {
    assert(directory.path != 0, "an open directory knows its path");
    mountsMutex.lock();
    let skip = directory.listedMounts;
    let mount = firstOfAll;
    while (mount !== null && !(mount.isAlone && isParent(directory.path, mount.path) && skip-- == 0))
      mount = mount.next;
    if (mount !== null) {
      directory.listedMounts++;
      fillNamed(entry, lastPart(mount.path), S_IFDIR | 0o755, 0, 0);
    }
    mountsMutex.unlock();
    return mount === null ? 0 : 1;
  }
}

let firstKind: FileSystem | null = null;
let firstOfAll: Mount | null = null;
let lastId: u32 = 0;
const mountsMutex = changetype<Mutex>(memory.data(MUTEX_BYTES, 4));

/** Makes a kind of file system known. `name` is a string constant. */
export function registerFileSystem(kind: FileSystem, name: string): void {
  kind.nameAddress = changetype<usize>(name);
  kind.next = firstKind;
  firstKind = kind;
}

/** The kind of that NUL-terminated name, or null. */
export function findFileSystem(name: usize): FileSystem | null {
  let kind = firstKind;
  while (kind !== null && !textEquals(name, kind.name)) kind = kind.next;
  return kind;
}

/** The mount that `path` belongs to, with one user more; null before there is a root. `pathInMount` gives the rest. */
export function useMount(path: usize): Mount | null {
  mountsMutex.lock();
  let best: Mount | null = null;
  let mount = firstOfAll;
  while (mount !== null) {
    const isPlace = !mount.isClosed && isAtOrBelow(mount, path);
    if (isPlace && (best === null || mount.pathBytes > best.pathBytes)) best = mount;
    mount = mount.next;
  }
  if (best !== null) best.users++;
  mountsMutex.unlock();
  return best;
}

/** The mount that comes `index`-th, with one user more, or null: for those who list or sync all. */
export function useMountAt(index: u32): Mount | null {
  mountsMutex.lock();
  let mount = firstOfAll;
  while (mount !== null && (index > 0 || mount.isClosed)) {
    if (!mount.isClosed) index--;
    mount = mount.next;
  }
  if (mount !== null) mount.users++;
  mountsMutex.unlock();
  return mount;
}

/** The rest of `path` inside `mount`, without a "/" before it. */
export function pathInMount(mount: Mount, path: usize): usize {
  const rest = path + (mount.pathBytes as usize);
  return load<u8>(rest) == SLASH ? rest + 1 : rest;
}

/** Whether a mount is at `path` or below it. */
export function hasMountAtOrBelow(path: usize): bool {
  const bytes = textLength(path);
  mountsMutex.lock();
  let mount = firstOfAll;
  while (mount !== null && !startsWithPath(mount.path, path, bytes)) mount = mount.next;
  mountsMutex.unlock();
  return mount !== null;
}

/** Whether a file system of this device is mounted. */
export function isDeviceMounted(device: Device): bool {
  mountsMutex.lock();
  let mount = firstOfAll;
  while (mount !== null && mount.device !== device) mount = mount.next;
  mountsMutex.unlock();
  return mount !== null;
}

/** Mounts a file system: 0, -EBUSY if the path or the device is taken, -ENOMEM, or what the file system says. */
export function addMount(kind: FileSystem, device: Device | null, path: usize, isReadOnly: bool, isAlone: bool): i32 {
  const length = textLength(path);
  const address = calloc(offsetof<Mount>() + length + 1);
  if (address == 0) return -ENOMEM;
  const mount = changetype<Mount>(address);
  mount.fileSystem = kind;
  mount.device = device;
  mount.isReadOnly = isReadOnly;
  mount.isAlone = isAlone;
  mount.isClosed = true;
  mount.path = address + offsetof<Mount>();
  memory.copy(mount.path, path, length + 1);
  // The root's path is "/": all of a path is inside it.
  mount.pathBytes = length == 1 ? 0 : (length as u32);

  mountsMutex.lock();
  let other = firstOfAll;
  while (other !== null && !conflicts(other, mount)) other = other.next;
  if (other === null) append(mount);
  mountsMutex.unlock();
  if (other !== null) {
    free(address);
    return -EBUSY;
  }
  const index = kind.mountIndex;
  const status = index == 0 ? 0 : call_indirect<i32>(index, mount);
  if (status < 0) discard(mount);
  else mount.isClosed = false;
  return status;
}

/** Unmounts what is mounted at exactly `path`: 0, -EBUSY if it is in use, -ENODEV if nothing is. */
export function removeMount(path: usize): i32 {
  mountsMutex.lock();
  let mount = firstOfAll;
  while (mount !== null && (mount.isClosed || !isSamePath(mount.path, path))) mount = mount.next;
  let status: i32 = 0;
  if (mount === null) status = -ENODEV;
  else if (mount.users > 0 || hasMountInside(mount)) status = -EBUSY;
  else mount.isClosed = true;
  mountsMutex.unlock();
  if (mount === null || status < 0) return status;
  const index = mount.fileSystem.unmountIndex;
  status = index == 0 ? 0 : call_indirect<i32>(index, mount);
  discard(mount);
  return status;
}

function append(mount: Mount): void {
  mount.id = ++lastId;
  let last = firstOfAll;
  while (last !== null && last.next !== null) last = last.next;
  if (last === null) firstOfAll = mount;
  else last.next = mount;
}

function discard(mount: Mount): void {
  mountsMutex.lock();
  let before: Mount | null = null;
  let at = firstOfAll;
  while (at !== null && at !== mount) {
    before = at;
    at = at.next;
  }
  if (before === null) firstOfAll = mount.next;
  else before.next = mount.next;
  mountsMutex.unlock();
  free(changetype<usize>(mount));
}

function conflicts(a: Mount, b: Mount): bool {
  return isSamePath(a.path, b.path) || (b.device !== null && a.device === b.device);
}

function hasMountInside(mount: Mount): bool {
  let other = firstOfAll;
  while (other !== null && (other === mount || !isAtOrBelow(mount, other.path))) other = other.next;
  return other !== null;
}

function isAtOrBelow(mount: Mount, path: usize): bool {
  return startsWithPath(path, mount.path, mount.pathBytes);
}

/** Whether `path` is the first `bytes` bytes of `start` or lies below. */
function startsWithPath(path: usize, start: usize, bytes: usize): bool {
  if (bytes == 1) return true; // "/"
  for (let i: usize = 0; i < bytes; i++) {
    if (load<u8>(path + i) != load<u8>(start + i)) return false;
  }
  return load<u8>(path + bytes) == 0 || load<u8>(path + bytes) == SLASH;
}

function isSamePath(a: usize, b: usize): bool {
  const bytes = textLength(a);
  return textLength(b) == bytes && memory.compare(a, b, bytes) == 0;
}

/** Whether `path` lies directly in the directory `parent`. */
function isParent(parent: usize, path: usize): bool {
  const name = lastPart(path);
  if (load<u8>(name) == 0) return false; // the root lies in nothing
  const bytes = textLength(parent);
  return startsWithPath(path, parent, bytes) && name - path == (bytes == 1 ? 1 : bytes + 1);
}
