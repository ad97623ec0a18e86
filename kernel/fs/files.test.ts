// The tree of files above the file systems: mounts, /dev and /proc, handles, and what each call refuses.

import { beforeAll, describe, expect, it } from "vitest";
import { isInstalled } from "../../test/support.ts";
import {
  compileFiles,
  FileKernel,
  makeFat,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_RDWR,
  O_WRONLY,
} from "./testing-files.ts";

const SOURCE = `
import { initializeDevfs } from "./fs/devfs.ts";
import { initializeRootfs } from "./fs/rootfs.ts";
import { addProcFile, initializeProcfs, setProcessSource } from "./fs/proc/procfs.ts";
import { addSystemFiles } from "./fs/proc/system.ts";
import { ProcText } from "./fs/proc/text.ts";
const characters = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
let last: u32 = 0;
export function lastByte(): u32 { return last; }
export function start(): void {
  initializeDevfs();
  initializeProcfs();
  initializeRootfs();
  addSystemFiles();
  addProcFile("long", (text: ProcText) => { for (let i = 0; i < 500; i++) text.line("line:", i, " of 500"); });
  characters.read = (device: Device, buffer: usize, count: u32) => { store<u8>(buffer, 0x41); return 1; };
  characters.write = (device: Device, buffer: usize, count: u32) => { last = load<u8>(buffer + count - 1); return count; };
  characters.ioctl = (device: Device, request: u32, argument: usize) => request + argument;
  registerDevice(newDevice("letters", -1, DeviceKind.Character, characters) as Device);
}
export function addProcesses(): void {
  setProcessSource(
    (id: u32, text: ProcText) => { text.number(id); return 0; },
    (id: u32) => (id <= 3 ? 3 : id <= 12 ? 12 : -1),
    () => 12,
  );
}
import { ioctlFile, pollFile } from "./fs/file.ts";
export function ioctl(file: usize, request: u32, argument: usize): i32 { return ioctlFile(changetype<File>(file), request, argument); }
let hoard: usize = 0;
/** Takes all memory, in blocks that point to one another, but for \`spare\` blocks of 64 bytes. */
export function exhaust(spare: u32): void {
  for (let bytes: usize = 0x100000; bytes >= 64; bytes >>= 1) {
    for (let block = malloc(bytes); block != 0; block = malloc(bytes)) {
      store<usize>(block, hoard);
      hoard = block;
    }
  }
  for (; spare > 0; spare--) release();
}
/** Takes all memory but for a hole of so many bytes. */
export function leaveHole(bytes: usize): void {
  const hole = malloc(bytes);
  exhaust(0);
  for (let block = malloc(8); block != 0; block = malloc(8)) { store<usize>(block, hoard); hoard = block; }
  free(hole);
}
import { checkDirectory } from "./fs/tree.ts";
export { checkDirectory };
export function release(): bool {
  const block = hoard;
  if (block == 0) return false;
  hoard = load<usize>(block);
  free(block);
  return true;
}
export function poll(file: usize, events: u32): u32 { return pollFile(changetype<File>(file), events); }
`;
const ALONE = 2;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileFiles(SOURCE);
});

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const names = (files: FileKernel, path: string) => files.list(path).map(({ name }) => name);

function started(...images: Uint8Array[]): FileKernel {
  const files = new FileKernel(module, 32);
  files.kernel.call("start");
  for (const image of images) files.addDisk(image);
  return files;
}

describe("mounts", () => {
  it("before there is a root, nothing is there", () => {
    const files = started();
    expect(() => files.open("/")).toThrow("ENOENT");
    expect(() => files.stat("/x")).toThrow("ENOENT");
    expect(() => files.mount("disk0", "/", 0, "ext2")).toThrow("ENODEV");
    expect(() => files.mount("disk0", "/")).toThrow("ENODEV");
  });

  it("an empty root lists what is mounted in it", () => {
    const files = started();
    files.mount("", "/", ALONE, "rootfs");
    files.mount("", "/dev", ALONE, "devfs");
    files.mount("", "/proc", ALONE, "procfs");
    expect(names(files, "/")).toEqual(["dev", "proc"]);
    expect(files.stat("/dev").isDirectory).toBe(true);
    expect(() => files.makeDirectory("/x")).toThrow("EPERM");
    expect(() => files.stat("/x")).toThrow("ENOENT");
    expect(() => files.open("/x")).toThrow("ENOENT");
    expect(() => files.open("/x", O_CREAT | O_RDWR)).toThrow("EROFS");
    expect(() => files.mount("", "/dev", ALONE, "procfs")).toThrow("EBUSY");
    expect(() => files.unmount("/nowhere")).toThrow("ENODEV");
    expect(() => files.unmount("/")).toThrow("EBUSY");
    files.unmount("/proc");
    expect(names(files, "/")).toEqual(["dev"]);
    expect(() => files.open("/proc/version")).toThrow("ENOENT");
  });
});

describe.skipIf(!isInstalled("mkfs.fat"))("two volumes", () => {
  function two(): FileKernel {
    const files = started(makeFat(1440), makeFat(1440));
    files.mount("disk0", "/");
    files.makeDirectory("/mnt");
    files.writeAll("/mnt/below", "hidden by the mount");
    files.mount("disk1", "/mnt");
    return files;
  }

  it("a mount hides what is below it, and comes off when nobody uses it", () => {
    const files = two();
    expect(names(files, "/mnt")).toEqual([]);
    expect(names(files, "/")).toEqual(["mnt"]);
    const file = files.open("/mnt/new", O_RDWR | O_CREAT);
    expect(() => files.unmount("/mnt")).toThrow("EBUSY");
    files.close(file);
    files.unmount("/mnt");
    expect(text(files.readAll("/mnt/below"))).toBe("hidden by the mount");
  });

  it("mounts need a directory and a device that is free", () => {
    const files = two();
    files.writeAll("/file", "");
    expect(() => files.mount("disk0", "/file")).toThrow("ENOTDIR");
    expect(() => files.mount("disk0", "/nothing")).toThrow("ENOENT");
    files.makeDirectory("/other");
    expect(() => files.mount("disk1", "/other")).toThrow("EBUSY");
    expect(() => files.mount("letters", "/other")).toThrow("ENODEV");
  });

  it("nothing moves between volumes, and mount points stay where they are", () => {
    const files = two();
    files.writeAll("/a", "a");
    expect(() => files.rename("/a", "/mnt/a")).toThrow("EXDEV");
    expect(() => files.rename("/mnt", "/other")).toThrow("EBUSY");
    expect(() => files.rename("/a", "/mnt")).toThrow("EBUSY");
    expect(() => files.removeDirectory("/mnt")).toThrow("EBUSY");
  });

  it("a medium that was changed gives EIO until it is mounted anew", () => {
    const files = two();
    files.writeAll("/mnt/file", "x");
    files.kernel.call("changeMedium", files.devices[1] ?? 0);
    expect(() => files.readAll("/mnt/file")).toThrow("EIO");
    expect(() => files.writeAll("/mnt/file", "y")).toThrow("EIO");
    expect(() => files.list("/mnt")).toThrow("EIO");
    expect(() => files.unmount("/mnt")).toThrow("EIO");
    files.mount("disk1", "/mnt");
    expect(names(files, "/mnt")).toEqual([]);
  });
});

describe.skipIf(!isInstalled("mkfs.fat"))("handles", () => {
  function one(): FileKernel {
    const files = started(makeFat(1440));
    files.mount("disk0", "/");
    return files;
  }

  it("what a handle is not open for gives EBADF; what a file can't do, an error of its own", () => {
    const files = one();
    files.writeAll("/file", "0123456789");
    files.makeDirectory("/dir");
    const reader = files.open("/file");
    expect(() => files.write(reader, Buffer.from("x"))).toThrow("EBADF");
    expect(() => files.truncate(reader, 3)).toThrow("EBADF");
    expect(() => files.listFile(reader)).toThrow("ENOTDIR");
    expect(files.seek(reader, -3, 2)).toBe(7);
    expect(files.seek(reader, 1, 1)).toBe(8);
    expect(text(files.read(reader, 10))).toBe("89");
    expect(files.seek(reader, 1e10)).toBe(1e10);
    expect(files.read(reader, 10).length).toBe(0);
    expect(() => files.seek(reader, -1)).toThrow("EINVAL");
    expect(() => files.seek(reader, 0, 3)).toThrow("EINVAL");
    const directory = files.open("/dir");
    expect(() => files.read(directory, 1)).toThrow("EISDIR");
    expect(() => files.seek(directory, 1)).toThrow("EINVAL");
    expect(() => files.open("/dir", O_RDWR)).toThrow("EISDIR");
    expect(() => files.open("/file/x")).toThrow("ENOTDIR");
    expect(() => files.open("/file", O_DIRECTORY)).toThrow("ENOTDIR");
    expect(() => files.open("/file", 3)).toThrow("EINVAL");
    expect(() => files.open("/file", O_CREAT | O_EXCL)).toThrow("EEXIST");
    const writer = files.open("/file", O_WRONLY);
    expect(() => files.read(writer, 1)).toThrow("EBADF");
    files.seek(writer, 0xffffffff);
    expect(() => files.write(writer, Buffer.from("x"))).toThrow("EFBIG");
    expect(() => files.truncate(writer, 2 ** 33)).toThrow("EINVAL");
    for (const file of [reader, writer, directory]) files.close(file);
    expect(files.kernel.call("openFileCount")).toBe(0);
  });

  it("copies of a handle share the position; the last one closes", () => {
    const files = one();
    files.writeAll("/file", "abcdef");
    const file = files.open("/file");
    files.kernel.call("retain", file);
    expect(text(files.read(file, 2))).toBe("ab");
    files.close(file);
    expect(text(files.read(file, 2))).toBe("cd");
    files.close(file);
    expect(files.kernel.call("openFileCount")).toBe(0);
  });

  it("those who open a file apart have positions of their own, and see each other's writes", () => {
    const files = one();
    const a = files.open("/file", O_RDWR | O_CREAT);
    const b = files.open("/FILE", O_WRONLY | O_APPEND);
    files.write(a, Buffer.from("one "));
    files.write(b, Buffer.from("two "));
    files.write(a, Buffer.from("2"));
    expect(text(files.readAll("/file"))).toBe("one 2wo ");
    expect(files.statFile(a).size).toBe(8);
    expect(files.stat("/file").size).toBe(8);
    expect(files.list("/")[0]?.size).toBe(8);
    files.close(a);
    files.close(b);
  });

  it("a file that is removed or replaced stays for those who have it open", () => {
    const files = one();
    files.writeAll("/file", "old");
    files.writeAll("/new", "new");
    const file = files.open("/file", O_RDWR);
    files.rename("/new", "/file");
    expect(text(files.read(file, 10))).toBe("old");
    expect(text(files.readAll("/file"))).toBe("new");
    const { free } = files.space("/");
    const again = files.open("/file", O_RDWR);
    files.remove("/file");
    files.write(again, Buffer.from("still"));
    files.seek(again, 0);
    expect(text(files.read(again, 10))).toBe("still");
    files.close(file);
    files.close(again);
    expect(files.space("/").free).toBe(free + 2);
  });

  it.each<[string, (files: FileKernel) => void]>([
    ["opening a file", (files) => files.close(files.open("/dir/file"))],
    ["opening a directory", (files) => files.close(files.open("/dir", O_DIRECTORY))],
    ["opening the root", (files) => files.close(files.open("/", O_DIRECTORY))],
    ["making a file", (files) => files.close(files.open("/dir/new", O_CREAT | O_WRONLY))],
    ["reading what /proc says", (files) => files.close(files.open("/proc/meminfo"))],
    ["mounting", (files) => files.mount("disk1", "/dir")],
    [
      "looking whether a directory is one",
      (files) => {
        if (files.kernel.call("checkDirectory", files.kernel.writeText(0x1800, "/dir")) === -12)
          throw new Error("ENOMEM");
      },
    ],
  ])("%s needs memory at each step, and gives it back when there is not enough for the next", (_name, action) => {
    const files = started(makeFat(1440), makeFat(1440));
    files.mount("disk0", "/");
    files.mount("", "/proc", ALONE, "procfs");
    files.makeDirectory("/dir");
    files.writeAll("/dir/file", "contents");
    files.sync();
    const blocks = files.kernel.call("heapUsedBlocks");
    const releaseAll = () => {
      while (files.kernel.call("release") !== 0);
      expect(files.kernel.call("heapUsedBlocks")).toBe(blocks);
    };
    let refusals = 0;
    for (let isDone = false; !isDone; ) {
      files.kernel.call("leaveHole", 16 * (refusals + 1));
      try {
        action(files);
        isDone = true;
      } catch (error) {
        releaseAll();
        expect(error).toMatchObject({ message: expect.stringMatching(/^ENOMEM/) });
        expect(++refusals).toBeLessThan(300);
      }
    }
    expect(refusals).toBeGreaterThan(0);
  });

  it("nothing is left of the heap", () => {
    const files = one();
    files.sync();
    const blocks = files.kernel.call("heapUsedBlocks");
    for (let i = 0; i < 50; i++) {
      files.writeAll(`/file ${i}`, "x");
      files.makeDirectory(`/dir ${i}`);
      files.list("/");
      expect(() => files.open("/none")).toThrow("ENOENT");
      expect(() => files.open(`/dir ${i}`, O_RDWR)).toThrow("EISDIR");
      files.rename(`/file ${i}`, `/dir ${i}/moved`);
      files.remove(`/dir ${i}/moved`);
      files.removeDirectory(`/dir ${i}`);
    }
    expect(files.kernel.call("heapUsedBlocks")).toBe(blocks);
  });
});

it.skipIf(!isInstalled("mkfs.fat"))(
  "without memory each call fails with ENOMEM or does its work, and nothing is lost",
  () => {
    const files = started(makeFat(1440), makeFat(1440));
    files.mount("disk0", "/");
    files.mount("", "/proc", ALONE, "procfs");
    files.makeDirectory("/dir");
    files.writeAll("/dir/file", "contents");
    files.sync();
    const blocks = files.kernel.call("heapUsedBlocks");
    const seen = new Set<string>();
    for (let spare = 0; spare < 12; spare++) {
      files.kernel.call("exhaust", spare);
      for (const action of [
        () => files.close(files.open("/dir/file")),
        () => void files.list("/dir"),
        () => files.writeAll(`/dir/a new file ${spare}`, "x".repeat(3000)),
        () => files.rename(`/dir/a new file ${spare}`, "/moved"),
        () => files.remove("/moved"),
        () => void files.readAll("/proc/meminfo"),
        () => files.mount("disk1", "/dir"),
        () => files.unmount("/dir"),
        () => files.sync(),
      ]) {
        try {
          action();
        } catch (error) {
          seen.add(error instanceof Error ? (error.message.split(" ")[0] ?? "") : "");
          if (!/^(ENOMEM|ENOENT|ENODEV)/.test(String(error instanceof Error && error.message))) throw error;
        }
      }
      while (files.kernel.call("release") !== 0);
      expect(files.kernel.call("openFileCount")).toBe(0);
      expect(files.kernel.call("heapUsedBlocks")).toBe(blocks);
    }
    expect(seen).toContain("ENOMEM");
    expect(text(files.readAll("/dir/file"))).toBe("contents");
  },
);

describe("/dev", () => {
  it("lists the devices; a character device is a stream", () => {
    const files = started(new Uint8Array(512 * 20));
    files.mount("", "/dev", ALONE, "devfs");
    expect(names(files, "/dev")).toEqual(["letters", "disk0"]);
    expect(files.stat("/dev/letters").mode & 0xf000).toBe(0x2000);
    const file = files.open("/dev/letters", O_RDWR);
    expect(text(files.read(file, 10))).toBe("A");
    expect(files.write(file, Buffer.from("xyz"))).toBe(3);
    expect(files.kernel.call("lastByte")).toBe("z".charCodeAt(0));
    expect(() => files.seek(file, 0)).toThrow("ESPIPE");
    expect(files.kernel.call("ioctl", file, 5, 7)).toBe(12);
    expect(files.kernel.call("poll", file, 5)).toBe(5);
    files.close(file);
    expect(() => files.open("/dev/none")).toThrow("ENOENT");
    expect(() => files.stat("/dev/none")).toThrow("ENOENT");
    expect(() => files.open("/dev/letters", O_DIRECTORY)).toThrow("ENOTDIR");
    expect(() => files.open("/dev/letters", O_CREAT | O_EXCL)).toThrow("EEXIST");
    expect(() => files.open("/dev", O_WRONLY)).toThrow("EISDIR");
    expect(() => files.open("/dev/new", O_CREAT | O_WRONLY)).toThrow("EROFS");
    expect(() => files.remove("/dev/letters")).toThrow("EPERM");
  });

  it("a block device is a file as long as the disk", () => {
    const image = Uint8Array.from({ length: 512 * 20 }, (_, i) => (i * 7) % 251);
    const files = started(image);
    files.mount("", "/dev", ALONE, "devfs");
    expect(files.stat("/dev/disk0")).toMatchObject({ size: image.length });
    expect(Buffer.compare(files.readAll("/dev/disk0"), image)).toBe(0);
    const file = files.open("/dev/disk0", O_RDWR);
    files.seek(file, 700);
    expect(Buffer.compare(files.read(file, 1000), image.subarray(700, 1700))).toBe(0);
    files.seek(file, -3, 2);
    expect(files.write(file, Buffer.from("end and more"))).toBe(3);
    expect(() => files.write(file, Buffer.from("x"))).toThrow("ENOSPC");
    files.close(file);
    files.kernel.call("setReadOnly", files.devices[0] ?? 0);
    expect(() => files.open("/dev/disk0", O_RDWR)).toThrow("EROFS");
    files.close(files.open("/dev/disk0"));
    expect(text(image.subarray(-3))).toBe("end");
  });

  it.skipIf(!isInstalled("mkfs.fat"))("nobody writes below a file system", () => {
    const files = started(makeFat(1440));
    files.mount("disk0", "/");
    files.mount("", "/dev", ALONE, "devfs");
    expect(() => files.open("/dev/disk0", O_RDWR)).toThrow("EBUSY");
    files.close(files.open("/dev/disk0"));
  });
});

describe("/proc", () => {
  it("has files whose text is that of the moment of opening", () => {
    const files = started(new Uint8Array(51200));
    files.mount("", "/", ALONE, "rootfs");
    files.mount("", "/proc", ALONE, "procfs");
    expect(names(files, "/proc")).toContain("meminfo");
    expect(() => files.open("/proc/new", O_CREAT | O_WRONLY)).toThrow("EACCES");
    expect(() => files.open("/proc/new")).toThrow("ENOENT");
    expect(text(files.readAll("/proc/version"))).toMatch(/^MiniOS \d/);
    expect(text(files.readAll("/proc/mounts"))).toBe("none / rootfs rw\nnone /proc procfs rw\n");
    expect(text(files.readAll("/proc/devices"))).toMatch(/^disk0 +block +512 +100 blocks, opened 0$/m);
    expect(text(files.readAll("/proc/threads"))).toMatch(/^ +1 {2}running .* idle$/m);
    expect(text(files.readAll("/proc/meminfo"))).toMatch(/^MemFree: +\d+ kB$/m);
    expect(text(files.readAll("/proc/cache"))).toMatch(/^pages: +32$/m);
    expect(text(files.readAll("/proc/uptime"))).toBe("0.00\n");
    const long = text(files.readAll("/proc/long")).trim().split("\n");
    expect(long.length).toBe(500);
    expect(long[499]).toMatch(/^line: +499 of 500$/);
    expect(() => files.open("/proc/version", O_RDWR)).toThrow("EACCES");
    expect(() => files.open("/proc/none")).toThrow("ENOENT");
    expect(() => files.open("/proc/version", O_DIRECTORY)).toThrow("ENOTDIR");
    expect(() => files.open("/proc", O_RDWR)).toThrow("EISDIR");
    expect(() => files.open("/", O_RDWR)).toThrow("EISDIR");
    expect(() => files.stat("/proc/none")).toThrow("ENOENT");
    expect(files.stat("/proc/version").mode & 0o777).toBe(0o444);
    const open = files.open("/proc/version");
    expect(files.kernel.call("ioctl", open, 1, 2)).toBe(-25);
    expect(files.seek(open, -2, 2)).toBeGreaterThan(5);
    files.close(open);
    expect(() => files.open("/proc/12")).toThrow("ENOENT");
  });

  it("has a directory for each process, and self", () => {
    const files = started();
    files.mount("", "/proc", ALONE, "procfs");
    files.kernel.call("addProcesses");
    expect(names(files, "/proc").slice(-3)).toEqual(["self", "3", "12"]);
    expect(names(files, "/proc/3")).toEqual(["status"]);
    expect(text(files.readAll("/proc/3/status"))).toBe("3");
    expect(text(files.readAll("/proc/self/status"))).toBe("12");
    expect(files.stat("/proc/12").isDirectory).toBe(true);
    for (const path of ["/proc/4", "/proc/3/x", "/proc/99999999999", "/proc/3x", "/proc/4/status"])
      expect(() => files.open(path), path).toThrow("ENOENT");
  });
});
