// What must never be done with files, volumes and the cache: each is a panic that says what it was. And what calls refuse that have
// no operation for it.

import { beforeAll, describe, expect, it } from "vitest";
import { isInstalled } from "../../test/support.ts";
import { compileFiles, FileKernel, makeFat, O_RDWR, O_WRONLY } from "./testing-files.ts";

const SOURCE = `
import { disableInterrupts } from "./platform/interrupts.ts";
import { calloc } from "./memory/heap.ts";
import { clearCached, flushRank, writeCached } from "./fs/cache.ts";
import { discardFile, FILE_OPERATIONS_BYTES, FileOperations, ioctlFile, newFile } from "./fs/file.ts";
import { FILE_SYSTEM_BYTES, FileSystem, findFileSystem, Mount, registerFileSystem } from "./fs/mount.ts";
import { initializeRootfs } from "./fs/rootfs.ts";
import { mountDevice } from "./fs/tree.ts";
import { freeSlots, nextEntry, slotBlock, writeSlots } from "./fs/fat/directory.ts";
import { checkName } from "./fs/fat/names.ts";
import { closeNode, clusterForWriting, Node, storeDirtyNodes } from "./fs/fat/node.ts";
import { nextCluster } from "./fs/fat/table.ts";
import { Volume } from "./fs/fat/volume.ts";
export { checkName };

const operations = changetype<FileOperations>(memory.data(FILE_OPERATIONS_BYTES, 4));
let size: i64 = 0;
function sizeOf(_file: File): i64 { return size; }
/** A file with no operations, or with a size. */
export function make(flags: u32, bytes: f64): usize {
  if (bytes >= 0) operations.size = sizeOf;
  size = bytes as i64;
  return changetype<usize>(newFile(operations, flags));
}
export function makeDirectoryFile(flags: u32): usize {
  operations.readDirectory = (_file: File, _entry: usize): i32 => 0;
  return changetype<usize>(newFile(operations, flags));
}
export function ioctl(file: usize): i32 { return ioctlFile(changetype<File>(file), 1, 0); }
function file(references: u32): File {
  const made = newFile(operations, 0) as File;
  made.references = references;
  return made;
}
export function discardUsed(): void { discardFile(file(2)); }
export function retainUnused(): void { retainFile(file(0)); }
export function closeUnused(): void { closeFile(file(0)); }

const path = memory.data(16);
function text(value: string): usize {
  for (let i = 0; i < value.length; i++) store<u8>(path + i, value.charCodeAt(i) as u8);
  store<u8>(path + value.length, 0);
  return path;
}
export function openRelative(): void { openFile(text("x"), 0, 0x3000); }
export function mountRelative(): void { mountDevice(changetype<FileSystem>(0), null, text("/x/"), 0); }
export function unmountRelative(): void { unmountFileSystem(text("/../x")); }
export function releaseUnused(): void { changetype<Mount>(calloc(64)).release(); }
export function listWithoutPath(): void { changetype<Mount>(calloc(64)).readMountPoint(file(1), 0); }
/** A file system that can do nothing but be mounted. */
export function mountNothing(): i32 {
  initializeRootfs();
  const kind = changetype<FileSystem>(memory.data(FILE_SYSTEM_BYTES, 4));
  registerFileSystem(kind, "nothing");
  return mountDevice(kind, null, text("/"), 2);
}

function odd(blockBytes: u32): Device {
  const device = newDevice("odd", 0, DeviceKind.Block, diskOperations) as Device;
  device.blockBytes = blockBytes;
  device.blockCount = 100;
  device.maxBlocks = 1;
  return device;
}
export function writeRank4(): void { writeCached(odd(512), 0, 0, 0x3000, 1, 99); }
export function clearRank4(): void { clearCached(odd(512), 0, 0, 1, 99); }
export function flushWithInterruptsOff(): void { disableInterrupts(); flushRank(odd(512), 0, 1, 0, 0, 0); }
export function readWithInterruptsOff(): void { disableInterrupts(); readCached(odd(512), 0, 0, 0x3000, 1); }
export function readCharacters(): void {
  const device = odd(512);
  device.kind = DeviceKind.Character;
  readCached(device, 0, 0, 0x3000, 1);
}
export function readBigBlocks(): void { readCached(odd(8192), 0, 0, 0x3000, 1); }
export function readSmallBlocks(): void { readCached(odd(256), 0, 0, 0x3000, 1); }

/** A volume of ten clusters of a sector. */
function volume(): Volume {
  const made = changetype<Volume>(calloc(offsetof<Volume>()));
  made.clusterCount = 10;
  made.clusterSectors = 1;
  made.sectorBytes = 512;
  return made;
}
export function sectorOfCluster1(): void { volume().sectorOf(1); }
export function sectorOfCluster12(): void { volume().sectorOf(12); }
export function afterCluster12(): void { nextCluster(volume(), 12); }
export function scanBack(): void {
  const scanned = volume();
  scanned.scanDirectory = scanned.scanCluster = 2;
  scanned.scanClusterIndex = 5;
  nextEntry(scanned);
}
function node(): Node { return changetype<Node>(calloc(offsetof<Node>())); }
export function closeNodeTwice(): void { closeNode(volume(), node()); }
export function growFromNothing(): void { clusterForWriting(volume(), node(), 1); }
export function storeRoot(): void {
  const dirty = volume();
  dirty.firstNode = node();
  (dirty.firstNode as Node).isDirty = true;
  storeDirtyNodes(dirty);
}

// Slots that a directory has not: behind the end of a root of FAT12, and in a directory that starts at no cluster.
function volumeOf(file: usize): Volume { return changetype<Volume>(mountOf(file).volume); }
export function freeBehindEnd(file: usize): i32 { return freeSlots(volumeOf(file), 0, 100000, 100000); }
export function blockBehindEnd(file: usize): f64 { return slotBlock(volumeOf(file), 0, 100000) as f64; }
export function blockOfNothing(file: usize): f64 { return slotBlock(volumeOf(file), 1, 0) as f64; }
export function writeBehindEnd(file: usize): i32 {
  const volume = volumeOf(file);
  volume.entryFirst = volume.entryIndex = 100000;
  volume.isRoomAtEnd = false;
  return writeSlots(volume, 0, text("x"), 1);
}

// Operations of a file system, called past the tree that would refuse first.
function kind(): FileSystem { return findFileSystem(text("fat")) as FileSystem; }
function mountOf(file: usize): Mount { return changetype<File>(file).mount as Mount; }
export function unmountUsed(file: usize): void { const index = kind().unmountIndex; call_indirect<i32>(index, mountOf(file)); }
export function removeRoot(file: usize): i32 {
  const index = kind().removeDirectoryIndex;
  return call_indirect<i32>(index, mountOf(file), text(""));
}
export function renameRoot(file: usize, to: usize): i32 {
  const index = kind().renameIndex;
  return call_indirect<i32>(index, mountOf(file), text(""), to);
}
export function renameToRoot(file: usize, from: usize): i32 {
  const index = kind().renameIndex;
  return call_indirect<i32>(index, mountOf(file), from, text(""));
}
`;
const [EIO, EBADF, EBUSY, EISDIR, EINVAL, ENOTTY, ESPIPE, ENOTDIR] = [-5, -9, -16, -21, -22, -25, -29, -20];
const PATH = 0x3000;
const BUFFER = 0x4000;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileFiles(SOURCE);
});

const start = () => new FileKernel(module, 16);

it.each([
  ["discardUsed", /the file is in use/],
  ["retainUnused", /a file that nobody has/],
  ["closeUnused", /closed more often than opened/],
  ["openRelative", /not normalised/],
  ["mountRelative", /not normalised/],
  ["unmountRelative", /not normalised/],
  ["releaseUnused", /released more often than used/],
  ["listWithoutPath", /knows its path/],
  ["writeRank4", /no such rank/],
  ["clearRank4", /no such rank/],
  ["flushWithInterruptsOff", /a flush needs interrupts on/],
  ["readWithInterruptsOff", /the cache may wait/],
  ["readCharacters", /only block devices are cached/],
  ["readBigBlocks", /a page has 1 to 8 blocks/],
  ["readSmallBlocks", /a page has 1 to 8 blocks/],
  ["sectorOfCluster1", /no such cluster/],
  ["sectorOfCluster12", /no such cluster/],
  ["afterCluster12", /no such cluster/],
  ["scanBack", /a scan goes forward/],
  ["closeNodeTwice", /a node is closed more often/],
  ["growFromNothing", /grows cluster by cluster/],
  ["storeRoot", /the root has no entry/],
])("%s panics", (mistake, reason) => {
  expect(start().kernel.abortOf(mistake)).toMatch(reason);
});

describe("a file", () => {
  it("without operations refuses all of them", () => {
    const { kernel } = start();
    const file = kernel.call("make", O_RDWR, -1);
    expect(kernel.call("read", file, BUFFER, 1)).toBe(EINVAL);
    expect(kernel.call("write", file, BUFFER, 1)).toBe(EINVAL);
    expect(kernel.call("seek", file, 0, 0)).toBe(ESPIPE);
    expect(kernel.call("list", file, BUFFER)).toBe(ENOTDIR);
    expect(kernel.call("stat", file, BUFFER)).toBe(EINVAL);
    expect(kernel.call("ioctl", file)).toBe(ENOTTY);
    expect(kernel.call("truncate", file, 1)).toBe(EINVAL);
    expect(kernel.call("sync", file)).toBe(0);
    expect(kernel.call("close", file)).toBe(0);
  });

  it("that is a directory is neither read nor written, and only starts again", () => {
    const { kernel } = start();
    const file = kernel.call("makeDirectoryFile", O_RDWR);
    expect(kernel.call("read", file, BUFFER, 1)).toBe(EISDIR);
    expect(kernel.call("write", file, BUFFER, 1)).toBe(EISDIR);
    expect(kernel.call("seek", file, 1, 0)).toBe(EINVAL);
    expect(kernel.call("seek", file, 0, 1)).toBe(EINVAL);
    expect(kernel.call("seek", file, 0, 0)).toBe(0);
  });

  it("has its direction", () => {
    const { kernel } = start();
    expect(kernel.call("read", kernel.call("make", O_WRONLY, 5), BUFFER, 1)).toBe(EBADF);
    expect(kernel.call("write", kernel.call("make", 0, 5), BUFFER, 1)).toBe(EBADF);
    expect(kernel.call("truncate", kernel.call("make", 0, 5), 1)).toBe(EBADF);
  });

  it("has no place before its start or behind what a number holds", () => {
    const { kernel } = start();
    const file = kernel.call("make", O_RDWR, 1000);
    expect(kernel.call("seek", file, 2 ** 62, 0)).toBe(2 ** 62);
    expect(kernel.call("seek", file, 2 ** 62, 1)).toBe(EINVAL);
    expect(kernel.call("seek", file, -1, 0)).toBe(EINVAL);
    expect(kernel.call("seek", file, -1001, 2)).toBe(EINVAL);
    expect(kernel.call("seek", file, -1000, 2)).toBe(0);
    expect(kernel.call("seek", file, 0, 3)).toBe(EINVAL);
  });
});

describe("a file system", () => {
  it("that is not there has no files", () => {
    const files = start();
    for (const action of [
      () => files.makeDirectory("/x"),
      () => files.remove("/x"),
      () => files.removeDirectory("/x"),
      () => files.rename("/x", "/y"),
      () => files.space("/x"),
    ])
      expect(action).toThrow("ENOENT");
  });

  it("without operations refuses all of them", () => {
    const files = start();
    expect(files.kernel.call("mountNothing")).toBe(0);
    for (const action of [
      () => files.makeDirectory("/x"),
      () => files.remove("/x"),
      () => files.removeDirectory("/x"),
      () => files.rename("/x", "/y"),
    ])
      expect(action).toThrow("EPERM");
    expect(() => files.space("/x")).toThrow("38");
    files.sync();
  });
});

it("a name of FAT has 1 to 255 characters", () => {
  const { kernel } = start();
  kernel.writeText(PATH, "a".repeat(300));
  expect([0, 1, 255, 256].map((length) => kernel.call("checkName", PATH, length))).toEqual([EINVAL, 0, 0, EINVAL]);
});

describe.skipIf(!isInstalled("mkfs.fat"))("a FAT volume, asked past the tree of files,", () => {
  function mounted(): { files: FileKernel; file: number } {
    const files = start();
    files.addDisk(makeFat(1440));
    files.mount("disk0", "/");
    files.writeAll("/file", "x");
    return { files, file: files.open("/file") };
  }

  it("keeps its root", () => {
    const { files, file } = mounted();
    const { kernel } = files;
    expect(kernel.call("removeRoot", file)).toBe(EBUSY);
    expect(kernel.call("renameRoot", file, kernel.writeText(PATH, "to"))).toBe(EBUSY);
    expect(kernel.call("renameToRoot", file, kernel.writeText(PATH, "file"))).toBe(EBUSY);
  });

  it("has no slots behind the end of a directory, nor any without a cluster", () => {
    const { files, file } = mounted();
    for (const call of ["freeBehindEnd", "blockBehindEnd", "writeBehindEnd", "blockOfNothing"])
      expect(files.kernel.call(call, file), call).toBe(EIO);
  });

  it("is not unmounted while a file is open", () => {
    const { files, file } = mounted();
    expect(files.kernel.abortOf("unmountUsed", file)).toMatch(/a volume with open files/);
  });
});
