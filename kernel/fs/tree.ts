// The tree of files: what takes a path. Each function finds the mount and lets its file system do the work.
// Paths are absolute and normalised (path.ts: resolvePath); results are at least 0 or a negated error number.

import { EBUSY, EINVAL, ENODEV, ENOENT, ENOMEM, ENOSYS, ENOTDIR, EPERM, EROFS, EXDEV } from "../abi/errno.ts";
import { O_ACCMODE, S_IFDIR, S_IFMT, STAT_BYTES, Stat } from "../abi/files.ts";
import { Device, DeviceKind, findDevice } from "../device/device.ts";
import { free, malloc } from "../memory/heap.ts";
import { textLength } from "../text.ts";
import { discardFile, File, FileOperations, newFile } from "./file.ts";
import {
  addMount,
  FileSystem,
  findFileSystem,
  hasMountAtOrBelow,
  Mount,
  pathInMount,
  removeMount,
  Space,
  useMount,
  useMountAt,
} from "./mount.ts";
import { isNormalized } from "./path.ts";

// Flags of mountFileSystem.
export const MOUNT_READ_ONLY: u32 = 1;
/** No directory need be there: the one above lists the mount all the same. */
export const MOUNT_ALONE: u32 = 2;

/** Opens a file: 0, and the address of the File, with one reference, at `out`. `flags`: O_… */
export function openFile(path: usize, flags: u32, out: usize): i32 {
  if ((flags & O_ACCMODE) == O_ACCMODE) return -EINVAL;
  const mount = enter(path);
  if (mount === null) return -ENOENT;
  const file = newFile(changetype<FileOperations>(0), flags);
  if (file === null) return leave(mount, -ENOMEM);
  let status = call_indirect<i32>(mount.fileSystem.openIndex, mount, pathInMount(mount, path), flags, file);
  if (status >= 0 && file.operations.readDirectoryIndex != 0) {
    status = rememberPath(file, path);
    if (status < 0 && file.operations.closeIndex != 0) call_indirect<i32>(file.operations.closeIndex, file);
  }
  if (status < 0) {
    discardFile(file);
    return leave(mount, status);
  }
  file.mount = mount; // the use of the mount stays with the file
  store<u32>(out, changetype<usize>(file) as u32);
  return 0;
}

/** Fills the Stat at `stat` in. */
export function statPath(path: usize, stat: usize): i32 {
  const mount = enter(path);
  if (mount === null) return -ENOENT;
  const result = changetype<Stat>(stat);
  memory.fill(stat, 0, STAT_BYTES);
  result.device = mount.id;
  return leave(mount, call_indirect<i32>(mount.fileSystem.statIndex, mount, pathInMount(mount, path), result));
}

export function makeDirectory(path: usize): i32 {
  const mount = enter(path);
  if (mount === null) return -ENOENT;
  return leave(mount, changePath(mount, mount.fileSystem.makeDirectoryIndex, path));
}

/** Removes a file that is no directory. It stays readable for those who have it open. */
export function removeFile(path: usize): i32 {
  const mount = enter(path);
  if (mount === null) return -ENOENT;
  return leave(mount, changePath(mount, mount.fileSystem.removeIndex, path));
}

/** Removes an empty directory. */
export function removeDirectory(path: usize): i32 {
  if (hasMountAtOrBelow(path)) return -EBUSY;
  const mount = enter(path);
  if (mount === null) return -ENOENT;
  return leave(mount, changePath(mount, mount.fileSystem.removeDirectoryIndex, path));
}

/** Renames or moves a file or directory; a file at `to` (or an empty directory, by a directory) is replaced. */
export function renameFile(from: usize, to: usize): i32 {
  if (hasMountAtOrBelow(from) || hasMountAtOrBelow(to)) return -EBUSY;
  const mount = enter(from);
  if (mount === null) return -ENOENT;
  const other = enter(to);
  if (other !== null) other.release();
  if (mount !== other) return leave(mount, -EXDEV);
  if (mount.isReadOnly) return leave(mount, -EROFS);
  const index = mount.fileSystem.renameIndex;
  if (index == 0) return leave(mount, -EPERM);
  return leave(mount, call_indirect<i32>(index, mount, pathInMount(mount, from), pathInMount(mount, to)));
}

/** How much room the file system of `path` has. */
export function spaceOf(path: usize, space: Space): i32 {
  const mount = enter(path);
  if (mount === null) return -ENOENT;
  const index = mount.fileSystem.spaceIndex;
  return leave(mount, index == 0 ? -ENOSYS : call_indirect<i32>(index, mount, space));
}

/** Mounts the device (a name; ignored for file systems without one) at `path` as file system `type`. `flags`: MOUNT_… */
export function mountFileSystem(deviceName: usize, path: usize, type: usize, flags: u32): i32 {
  const kind = findFileSystem(type);
  return kind === null ? -ENODEV : mountDevice(kind, findDevice(deviceName), path, flags);
}

/** The same for a kind of file system and a device that are known. */
export function mountDevice(kind: FileSystem, device: Device | null, path: usize, flags: u32): i32 {
  assert(isNormalized(path), "a path that was not normalised");
  if (kind.needsDevice && (device === null || device.kind !== DeviceKind.Block)) return -ENODEV;
  const isAlone = (flags & MOUNT_ALONE) != 0;
  if (!isAlone && load<u8>(path + 1) != 0) {
    const status = checkDirectory(path);
    if (status < 0) return status;
  }
  return addMount(kind, kind.needsDevice ? device : null, path, (flags & MOUNT_READ_ONLY) != 0, isAlone);
}

/** Writes everything back and unmounts what is mounted at `path`: -EBUSY while a file there is open. */
export function unmountFileSystem(path: usize): i32 {
  assert(isNormalized(path), "a path that was not normalised");
  return removeMount(path);
}

/** Writes all that is not on its medium yet; the first error. */
export function syncAll(): i32 {
  let first: i32 = 0;
  let count: u32 = 0;
  let mount = useMountAt(count);
  while (mount !== null) {
    const index = mount.fileSystem.syncIndex;
    const status = index == 0 ? 0 : call_indirect<i32>(index, mount);
    if (first == 0) first = status;
    mount.release();
    mount = useMountAt(++count);
  }
  return first;
}

/** 0 if `path` is a directory, else an error. */
export function checkDirectory(path: usize): i32 {
  const stat = malloc(STAT_BYTES);
  if (stat == 0) return -ENOMEM;
  let status = statPath(path, stat);
  if (status == 0 && (changetype<Stat>(stat).mode & S_IFMT) != S_IFDIR) status = -ENOTDIR;
  free(stat);
  return status;
}

function enter(path: usize): Mount | null {
  assert(isNormalized(path), "a path that was not normalised");
  return useMount(path);
}

function leave(mount: Mount, status: i32): i32 {
  mount.release();
  return status;
}

/** Calls an operation that changes what is at `path`. */
function changePath(mount: Mount, index: u32, path: usize): i32 {
  if (mount.isReadOnly) return -EROFS;
  if (index == 0) return -EPERM;
  return call_indirect<i32>(index, mount, pathInMount(mount, path));
}

/** A directory's File keeps its path: it lists the mounts inside. */
function rememberPath(file: File, path: usize): i32 {
  const bytes = textLength(path) + 1;
  file.path = malloc(bytes);
  if (file.path == 0) return -ENOMEM;
  memory.copy(file.path, path, bytes);
  return 0;
}
