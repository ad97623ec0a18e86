// For the unit tests of the file system: the kernel's functions on files with a block device whose blocks are here, in a
// JavaScript array. Each write can be recorded or made to fail; images are made and checked by dosfstools and mtools.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile, instantiate, type TestKernel } from "../testing.ts";

export const FILES_PRELUDE = `
import { addAvailable } from "./memory/layout.ts";
import { freeFrameCount, initializeFrames } from "./memory/frames.ts";
import { heapUsedBlocks, malloc, free } from "./memory/heap.ts";
import { initializePaging } from "./platform/paging.ts";
import { enableInterrupts } from "./platform/interrupts.ts";
import { adoptBootThread } from "./thread/thread.ts";
import { completeRequest, firstRequest, initializeBlocks } from "./device/block.ts";
import { DEVICE_OPERATIONS_BYTES, Device, DeviceKind, DeviceOperations, newDevice, registerDevice } from "./device/device.ts";
import { cacheStatistics, dirtyPageCount, heldPageCount, initializeCache, readCached } from "./fs/cache.ts";
import { closeFile, File, openFileCount, readDirectory, readFile, retainFile, seekFile, statFile, syncFile, truncateFile,
  writeFile } from "./fs/file.ts";
import { initializeFat } from "./fs/fat/fat.ts";
import { makeDirectory, mountFileSystem, openFile, removeDirectory, removeFile, renameFile, spaceOf, statPath, syncAll,
  unmountFileSystem } from "./fs/tree.ts";
import { Space } from "./fs/mount.ts";
import { setFileClock } from "./fs/time.ts";
export { freeFrameCount, heapUsedBlocks, openFileCount, dirtyPageCount, heldPageCount, makeDirectory, mountFileSystem, openFile,
  removeDirectory, removeFile, renameFile, statPath, syncAll, unmountFileSystem };
@external("assembly", "diskTransfer")
declare function diskTransfer(disk: u32, isWrite: bool, block: u32, count: u32, buffer: usize): i32;
const diskOperations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
function startDisk(device: Device): i32 {
  for (let request = firstRequest(device); request !== null; request = firstRequest(device)) {
    const status = diskTransfer(device.unit as u32, request.isWrite, request.block, request.count, request.buffer);
    completeRequest(device, status);
  }
  return 0;
}
let now: u32 = 0;
export function setTime(seconds: u32): void { now = seconds; }
export function boot(pages: u32): void {
  addAvailable(0x200000, 0x1000000);
  initializeFrames();
  initializePaging();
  adoptBootThread("idle");
  initializeBlocks();
  diskOperations.start = startDisk;
  assert(initializeCache(pages), "no cache");
  setFileClock(() => now);
  initializeFat();
  enableInterrupts();
}
export function addDisk(unit: u32, blocks: u32, blockBytes: u32): usize {
  const device = newDevice("disk", unit, DeviceKind.Block, diskOperations) as Device;
  device.unit = unit;
  device.blockBytes = blockBytes;
  device.blockCount = blocks;
  device.maxBlocks = 128;
  return registerDevice(device) ? changetype<usize>(device) : 0;
}
export function changeMedium(device: usize): void { changetype<Device>(device).mediaChanges++; }
export function setReadOnly(device: usize): void { changetype<Device>(device).isReadOnly = true; }
export function read(file: usize, buffer: usize, count: u32): i32 { return readFile(changetype<File>(file), buffer, count); }
export function write(file: usize, buffer: usize, count: u32): i32 { return writeFile(changetype<File>(file), buffer, count); }
export function seek(file: usize, offset: f64, whence: u32): f64 { return seekFile(changetype<File>(file), offset as i64, whence) as f64; }
export function close(file: usize): i32 { return closeFile(changetype<File>(file)); }
export function retain(file: usize): void { retainFile(changetype<File>(file)); }
export function list(file: usize, entry: usize): i32 { return readDirectory(changetype<File>(file), entry); }
export function stat(file: usize, result: usize): i32 { return statFile(changetype<File>(file), result); }
export function truncate(file: usize, length: f64): i32 { return truncateFile(changetype<File>(file), length as u64); }
export function sync(file: usize): i32 { return syncFile(changetype<File>(file)); }
export function space(path: usize, result: usize): i32 { return spaceOf(path, changetype<Space>(result)); }
`;

export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 0x40;
export const O_EXCL = 0x80;
export const O_TRUNC = 0x200;
export const O_APPEND = 0x400;
export const O_DIRECTORY = 0x10000;

const PATH_1 = 0x1000;
const PATH_2 = 0x1200;
const OUT = 0x1400;
const BUFFER = 0x1800000;
export const BUFFER_BYTES = 0x400000;

/** The names of the error numbers that the file system returns. */
const ERRORS: Record<number, string> = {
  1: "EPERM",
  2: "ENOENT",
  5: "EIO",
  9: "EBADF",
  12: "ENOMEM",
  13: "EACCES",
  16: "EBUSY",
  17: "EEXIST",
  18: "EXDEV",
  19: "ENODEV",
  20: "ENOTDIR",
  21: "EISDIR",
  22: "EINVAL",
  27: "EFBIG",
  28: "ENOSPC",
  29: "ESPIPE",
  30: "EROFS",
  36: "ENAMETOOLONG",
  39: "ENOTEMPTY",
};

/** What a call returned that failed. */
export class FileError extends Error {
  override name = "FileError";
}

export interface FileInfo {
  mode: number;
  size: number;
  modified: number;
  isDirectory: boolean;
}

export interface ListedFile extends FileInfo {
  name: string;
}

export interface RecordedWrite {
  block: number;
  data: Uint8Array;
}

export class FileKernel {
  readonly kernel: TestKernel;
  readonly disks: Uint8Array[] = [];
  readonly devices: number[] = [];
  /** All writes since the last reset. */
  writes: RecordedWrite[] = [];
  /** Asked before each transfer: true makes it fail. */
  fails: (isWrite: boolean, block: number, count: number) => boolean = () => false;
  transfers = 0;

  constructor(
    module: WebAssembly.Module,
    pages = 64,
    private readonly blockBytes = 512,
  ) {
    this.kernel = instantiate(module, {
      assembly: {
        diskTransfer: (disk, isWrite, block, count, buffer) =>
          this.transfer(disk ?? 0, isWrite === 1, block ?? 0, count ?? 0, buffer ?? 0),
      },
    });
    this.kernel.call("boot", pages);
  }

  /** Adds a disk with these contents: disk0, disk1, … */
  addDisk(image: Uint8Array): void {
    const unit = this.disks.length;
    this.disks.push(image);
    this.devices.push(this.kernel.call("addDisk", unit, Math.floor(image.length / this.blockBytes), this.blockBytes));
  }

  mount(device: string, path: string, flags = 0, type = "fat"): void {
    const { kernel } = this;
    this.check(
      kernel.call(
        "mountFileSystem",
        kernel.writeText(PATH_1, device),
        kernel.writeText(PATH_2, path),
        kernel.writeText(OUT, type),
        flags,
      ),
      `mount ${path}`,
    );
  }

  unmount(path: string): void {
    this.onPath("unmountFileSystem", path);
  }

  open(path: string, flags = 0): number {
    this.check(this.kernel.call("openFile", this.path(path), flags, OUT), `open ${path}`);
    return this.kernel.view.getUint32(OUT, true);
  }

  close(file: number): void {
    this.check(this.kernel.call("close", file), "close");
  }

  read(file: number, count: number): Uint8Array {
    const got = this.check(this.kernel.call("read", file, BUFFER, count), "read");
    return this.kernel.bytes.slice(BUFFER, BUFFER + got);
  }

  write(file: number, data: Uint8Array): number {
    this.kernel.bytes.set(data, BUFFER);
    return this.check(this.kernel.call("write", file, BUFFER, data.length), "write");
  }

  seek(file: number, offset: number, whence = 0): number {
    return this.check(this.kernel.call("seek", file, offset, whence), "seek");
  }

  truncate(file: number, length: number): void {
    this.check(this.kernel.call("truncate", file, length), "truncate");
  }

  sync(): void {
    this.check(this.kernel.call("syncAll"), "sync");
  }

  makeDirectory(path: string): void {
    this.onPath("makeDirectory", path);
  }

  remove(path: string): void {
    this.onPath("removeFile", path);
  }

  removeDirectory(path: string): void {
    this.onPath("removeDirectory", path);
  }

  rename(from: string, to: string): void {
    const { kernel } = this;
    const source = kernel.writeText(PATH_1, latin1(from));
    this.check(kernel.call("renameFile", source, kernel.writeText(PATH_2, latin1(to))), `rename ${from} ${to}`);
  }

  stat(path: string): FileInfo {
    this.check(this.kernel.call("statPath", this.path(path), OUT), `stat ${path}`);
    return this.info();
  }

  statFile(file: number): FileInfo {
    this.check(this.kernel.call("stat", file, OUT), "fstat");
    return this.info();
  }

  /** What is in a directory, in its order. */
  list(path: string): ListedFile[] {
    const file = this.open(path, O_DIRECTORY);
    try {
      return this.listFile(file);
    } finally {
      this.close(file);
    }
  }

  listFile(file: number): ListedFile[] {
    const found: ListedFile[] = [];
    while (this.check(this.kernel.call("list", file, OUT), "readdir") > 0) {
      const { view } = this.kernel;
      const mode = view.getUint32(OUT + 4, true);
      const name = this.kernel.readText(OUT + 20);
      if (name.length !== view.getUint32(OUT + 16, true)) throw new Error(`the length of ${name} is wrong`);
      found.push({
        name,
        mode,
        size: view.getUint32(OUT + 8, true),
        modified: view.getUint32(OUT + 12, true),
        isDirectory: (mode & 0xf000) === 0x4000,
      });
    }
    return found;
  }

  readAll(path: string): Uint8Array {
    const file = this.open(path);
    try {
      const parts: Uint8Array[] = [];
      for (let part = this.read(file, BUFFER_BYTES); part.length > 0; part = this.read(file, BUFFER_BYTES))
        parts.push(part);
      return new Uint8Array(Buffer.concat(parts));
    } finally {
      this.close(file);
    }
  }

  writeAll(path: string, data: Uint8Array | string): void {
    const file = this.open(path, O_WRONLY | O_CREAT | O_TRUNC);
    try {
      this.write(file, typeof data === "string" ? Buffer.from(data, "latin1") : data);
    } finally {
      this.close(file);
    }
  }

  space(path: string): { blockBytes: number; blocks: number; free: number } {
    this.check(this.kernel.call("space", this.path(path), OUT), "space");
    const word = (index: number) => this.kernel.view.getUint32(OUT + index * 4, true);
    return { blockBytes: word(0), blocks: word(1), free: word(2) };
  }

  private transfer(disk: number, isWrite: boolean, block: number, count: number, buffer: number): number {
    this.transfers++;
    if (this.fails(isWrite, block, count)) return -5;
    const image = this.disks[disk];
    if (image === undefined) throw new Error(`there is no disk ${disk}`);
    const start = block * this.blockBytes;
    const bytes = count * this.blockBytes;
    if (start + bytes > image.length) throw new Error(`transfer of blocks ${block} to ${block + count}`);
    if (isWrite) {
      const data = this.kernel.bytes.slice(buffer, buffer + bytes);
      this.writes.push({ block, data });
      image.set(data, start);
    } else {
      this.kernel.bytes.set(image.subarray(start, start + bytes), buffer);
    }
    return 0;
  }

  private onPath(name: string, path: string): void {
    this.check(this.kernel.call(name, this.path(path)), `${name} ${path}`);
  }

  private path(path: string): number {
    return this.kernel.writeText(PATH_1, latin1(path));
  }

  private info(): FileInfo {
    const mode = this.kernel.view.getUint32(OUT + 8, true);
    return {
      mode,
      size: this.kernel.view.getUint32(OUT + 16, true),
      modified: this.kernel.view.getUint32(OUT + 24, true),
      isDirectory: (mode & 0xf000) === 0x4000,
    };
  }

  private check(status: number, what: string): number {
    if (status < 0) throw new FileError(`${ERRORS[-status] ?? status} (${what})`);
    return status;
  }
}

function latin1(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

export function compileFiles(source = ""): Promise<WebAssembly.Module> {
  return compile(FILES_PRELUDE + source);
}

/** Runs `action` with a path where an image can be put; it is removed afterwards. */
function withImage<T>(image: Uint8Array | undefined, action: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "minios-fat-"));
  const path = join(folder, "image");
  try {
    if (image !== undefined) writeFileSync(path, image);
    return action(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An image of `kilobytes` KiB made by mkfs.fat with those options. */
export function makeFat(kilobytes: number, ...options: string[]): Uint8Array {
  return withImage(undefined, (path) => {
    execFileSync("/usr/sbin/mkfs.fat", ["-C", "-i", "12345678", ...options, path, String(kilobytes)], {
      stdio: "pipe",
    });
    return new Uint8Array(readFileSync(path));
  });
}

/** What fsck.fat has to complain of: "" for a volume in order. */
export function checkFat(image: Uint8Array): string {
  return withImage(image, (path) => {
    const { status, stdout, stderr } = spawnSync("/usr/sbin/fsck.fat", ["-n", path], { encoding: "latin1" });
    return status === 0 ? "" : `${stdout}${stderr}`;
  });
}

/** Runs a tool of mtools on the image and returns its output; the image is changed in place. */
export function mtools(image: Uint8Array, tool: string, ...words: string[]): string {
  return withImage(image, (path) => {
    const environment = { ...process.env, MTOOLS_SKIP_CHECK: "1", TZ: "UTC", LC_ALL: "C.UTF-8" };
    const output = execFileSync(tool, ["-i", path, ...words], { encoding: "utf8", env: environment, stdio: "pipe" });
    image.set(readFileSync(path));
    return output;
  });
}
