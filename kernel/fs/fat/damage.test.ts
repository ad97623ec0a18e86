// Damaged volumes: an operation fails with EIO, or goes on with what is there; the kernel neither hangs nor panics.

import { beforeAll, describe, expect, it } from "vitest";
import { isInstalled } from "../../../test/support.ts";
import { Random } from "../../testing.ts";
import { compileFiles, FileError, FileKernel, makeFat, O_CREAT, O_DIRECTORY, O_RDWR } from "../testing-files.ts";

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileFiles(`import { makeAlias } from "./fs/fat/names.ts"; export { makeAlias };`);
});

function mounted(image: Uint8Array): FileKernel {
  const files = new FileKernel(module, 32);
  files.addDisk(image);
  files.mount("disk0", "/");
  return files;
}

/** A volume with files and directories on it. */
function volume(...options: string[]): Uint8Array {
  const image = makeFat(options.includes("12") ? 1440 : 3000, ...options);
  const files = mounted(image);
  files.makeDirectory("/folder");
  files.makeDirectory("/folder/a long name");
  files.writeAll("/first", new Uint8Array(5000).fill(1));
  files.writeAll("/second", new Uint8Array(5000).fill(2));
  files.writeAll("/folder/a long name/third", new Uint8Array(3000).fill(3));
  for (let i = 0; i < 30; i++) files.writeAll(`/folder/file number ${i}`, "x");
  files.unmount("/");
  return image;
}

/** The FAT16 volume's entries, by names of files in the root. */
class Fat16 {
  readonly view: DataView;
  constructor(readonly image: Uint8Array) {
    this.view = new DataView(image.buffer, image.byteOffset);
  }
  private word(at: number): number {
    return this.view.getUint16(at, true);
  }
  private get fatBytes(): number {
    return this.word(22) * 512;
  }
  private get fatStart(): number {
    return this.word(14) * 512;
  }
  /** Where the root's entry with this short name is. */
  entry(name: string): number {
    const root = this.fatStart + (this.image[16] ?? 0) * this.fatBytes;
    for (let at = root; at < root + this.word(17) * 32; at += 32) {
      if (Buffer.from(this.image.subarray(at, at + 11)).toString("latin1") === name.padEnd(11)) return at;
    }
    throw new Error(`no entry ${name}`);
  }
  first(name: string): number {
    return this.word(this.entry(name) + 26);
  }
  next(cluster: number): number {
    return this.word(this.fatStart + cluster * 2);
  }
  /** Sets the entry of a cluster in all FATs. */
  link(cluster: number, value: number): void {
    for (let copy = 0; copy < (this.image[16] ?? 0); copy++) {
      this.view.setUint16(this.fatStart + copy * this.fatBytes + cluster * 2, value, true);
    }
  }
}

describe.skipIf(!isInstalled("mkfs.fat"))("damaged FAT", () => {
  const FAT16 = ["-F", "16", "-s", "1"];

  it.each<[string, (fat: Fat16) => number]>([
    ["is out of range", () => 0xf000],
    ["is free", () => 0],
    ["is cluster 1", () => 1],
    ["is bad", () => 0xfff7],
    ["is the chain's end, too early", () => 0xffff],
  ])("a file whose next cluster %s can be read up to there", (_name, value) => {
    const image = volume(...FAT16);
    const fat = new Fat16(image);
    fat.link(fat.next(fat.first("FIRST")), value(fat));
    const files = mounted(image);
    const file = files.open("/first", O_RDWR);
    expect(files.read(file, 5000)).toEqual(new Uint8Array(1024).fill(1));
    expect(() => files.read(file, 5000)).toThrow("EIO");
    files.seek(file, 4000);
    expect(() => files.read(file, 10)).toThrow("EIO");
    expect(() => files.truncate(file, 4000)).toThrow("EIO"); // what is kept must be whole
    files.close(file);
    // It can be removed, as far as it goes.
    files.remove("/first");
    files.kernel.call("syncAll");
    expect(() => files.stat("/first")).toThrow("ENOENT");
    expect(files.readAll("/second")).toEqual(new Uint8Array(5000).fill(2));
  });

  it("a loop ends: when it is read at the file's size, when it is freed, when it is a directory", () => {
    const image = volume(...FAT16);
    const fat = new Fat16(image);
    fat.link(fat.next(fat.first("FIRST")), fat.first("FIRST"));
    fat.view.setUint32(fat.entry("FIRST") + 28, 0xffffffff, true);
    const directory = fat.first("FOLDER");
    fat.link(directory, directory);
    const files = mounted(image);
    const file = files.open("/first", O_RDWR);
    files.seek(file, 0xf0000000);
    expect(() => files.read(file, 100)).toThrow("EIO");
    files.close(file);
    expect(() => files.list("/folder")).toThrow("EIO");
    expect(() => files.stat("/folder/nothing")).toThrow("EIO");
    expect(() => files.writeAll("/folder/new", "x")).toThrow("EIO");
    files.remove("/first");
    files.kernel.call("syncAll");
    expect(files.readAll("/second")).toEqual(new Uint8Array(5000).fill(2));
  });

  it("files that share clusters: removing one leaves the other broken, not the kernel", () => {
    const image = volume(...FAT16);
    const fat = new Fat16(image);
    fat.link(fat.first("FIRST"), fat.next(fat.first("SECOND")));
    const files = mounted(image);
    files.remove("/first");
    files.sync();
    expect(() => files.readAll("/second")).toThrow("EIO");
    files.remove("/second");
    files.kernel.call("syncAll");
  });

  it("a directory that contains itself or its parent is a deep tree, and stays one", () => {
    const image = volume(...FAT16);
    const fat = new Fat16(image);
    // The entry of the file "first" becomes a directory: /folder once more.
    fat.image[fat.entry("FIRST") + 11] = 0x10;
    const cluster = fat.first("FOLDER");
    fat.view.setUint16(fat.entry("FIRST") + 26, cluster, true);
    const files = mounted(image);
    expect(files.list("/first").length).toBe(31);
    // A directory can't be moved into itself, also not by the other name.
    expect(() => files.rename("/folder", "/first/a long name/x")).toThrow("EINVAL");
    // One without clusters.
    fat.view.setUint16(fat.entry("FIRST") + 26, 0, true);
    const again = mounted(image);
    expect(() => again.open("/first", O_DIRECTORY)).toThrow("EIO");
    expect(() => again.stat("/first/x")).toThrow("EIO");
    expect(() => again.removeDirectory("/first")).toThrow("EIO");
  });

  it("a directory without .. can be used, but not moved elsewhere", () => {
    const image = volume(...FAT16);
    const dots = Buffer.from(image).indexOf("..         ", "latin1");
    image[dots] = 0xe5;
    const files = mounted(image);
    files.makeDirectory("/other");
    files.rename("/folder", "/same parent");
    expect(files.list("/same parent").length).toBe(31);
    expect(() => files.rename("/same parent", "/other/child")).toThrow("EIO");
    expect(files.list("/same parent").length).toBe(31);
  });

  it("a boot sector of nonsense is no FAT", () => {
    const good = volume(...FAT16);
    const fields: [string, number, number[]][] = [
      ["jump", 0, [0]],
      ["bytes of a sector", 11, [0, 0]],
      ["bytes of a sector", 11, [0xff, 1]],
      ["sectors of a cluster", 13, [0]],
      ["sectors of a cluster", 13, [3]],
      ["reserved sectors", 14, [0, 0]],
      ["number of FATs", 16, [0]],
      ["number of FATs", 16, [200]],
      ["root entries", 17, [0, 0]],
      ["root entries", 17, [1, 0]],
      ["total sectors", 19, [0xff, 0xff]],
      ["media", 21, [0]],
      ["sectors of a FAT", 22, [1, 0]],
      ["sectors of a FAT", 22, [0xff, 0xff]],
    ];
    for (const [name, offset, bytes] of fields) {
      const image = good.slice();
      image.set(bytes, offset);
      expect(() => mounted(image), `${name}: ${bytes}`).toThrow("EINVAL");
    }
    const fat32 = makeFat(3000, "-F", "32", "-s", "1");
    const fields32: [string, number, number[]][] = [
      ["version", 42, [1, 0]],
      ["root cluster", 44, [0, 0, 0, 0]],
      ["root cluster", 44, [0, 0, 0, 1]],
      ["mirroring off, a FAT that isn't there", 40, [0x85, 0]],
      ["sectors of a FAT", 36, [0xff, 0xff, 0xff, 0x7f]],
      ["root entries", 17, [16, 0]],
    ];
    for (const [name, offset, bytes] of fields32) {
      const image = fat32.slice();
      image.set(bytes, offset);
      expect(() => mounted(image), `${name}: ${bytes}`).toThrow("EINVAL");
    }
    // No room behind the tables.
    const word = (at: number) => (good[at] ?? 0) + 256 * (good[at + 1] ?? 0);
    const dataStart = word(14) + 2 * word(22) + word(17) / 16;
    for (const total of [dataStart, dataStart - 1, 1, 0]) {
      const image = good.slice();
      new DataView(image.buffer).setUint16(19, total, true);
      expect(() => mounted(image), `${total} sectors`).toThrow("EINVAL");
    }
    expect(() => mounted(good)).not.toThrow();
    expect(() => mounted(good.slice(0, 1_000_000))).toThrow("EINVAL");
    expect(() => mounted(new Uint8Array(100_000))).toThrow("EINVAL");
  });

  it("a volume without a whole cluster, with more than FAT16 can count, or with sectors smaller than blocks is none", () => {
    const none = makeFat(1440, "-F", "12", "-s", "8");
    const noneView = new DataView(none.buffer);
    const dataStart =
      noneView.getUint16(14, true) + 2 * noneView.getUint16(22, true) + noneView.getUint16(17, true) / 16;
    noneView.setUint16(19, dataStart + 7, true);
    expect(() => mounted(none)).toThrow("EINVAL");
    noneView.setUint16(19, dataStart + 8, true);
    expect(() => mounted(none)).not.toThrow();

    const many = new Uint8Array(40_000_000);
    many.set(makeFat(8192, ...FAT16).subarray(0, 512));
    const manyView = new DataView(many.buffer);
    manyView.setUint16(19, 0, true);
    manyView.setUint32(32, 75_000, true);
    manyView.setUint16(22, 300, true); // sectors of a FAT: entries for 76,800 clusters
    expect(() => mounted(many)).toThrow("EINVAL");
    manyView.setUint32(32, 60_000, true);
    expect(() => mounted(many)).not.toThrow();

    const files = new FileKernel(module, 32, 2048);
    files.addDisk(makeFat(1440));
    expect(() => files.mount("disk0", "/")).toThrow("EINVAL");
  });

  it("a FAT32 volume whose count of free clusters says 0 is looked through", () => {
    const image = volume("-F", "32", "-s", "1");
    const information = new DataView(image.buffer).getUint16(48, true) * 512;
    new DataView(image.buffer).setUint32(information + 488, 0, true);
    const files = mounted(image);
    files.writeAll("/new", new Uint8Array(5000).fill(7));
    expect(files.readAll("/new")).toEqual(new Uint8Array(5000).fill(7));
  });

  /** A FAT16 volume whose directory /full has these short entries. */
  function withDirectory(entries: readonly string[]): FileKernel {
    const image = makeFat(entries.length > 1000 ? 40_000 : 8192, "-F", "16", "-s", entries.length > 1000 ? "8" : "1");
    const files = mounted(image);
    files.makeDirectory("/full");
    const slots = Buffer.alloc(entries.length * 32);
    entries.forEach((name, i) => {
      slots.write(name, i * 32, "latin1");
      slots[i * 32 + 11] = 0x20;
    });
    files.writeAll("/slots", slots);
    files.unmount("/");
    const fat = new Fat16(image);
    fat.view.setUint16(fat.entry("FULL") + 26, fat.first("SLOTS"), true);
    return mounted(image);
  }

  it("a directory has at most 65,536 slots", () => {
    const full = withDirectory(Array.from({ length: 65_536 }, () => "A          "));
    expect(() => full.writeAll("/full/x", "")).toThrow("ENOSPC");
    const roomy = withDirectory(Array.from({ length: 65_528 }, () => "A          "));
    expect(() => roomy.writeAll("/full/x", "")).not.toThrow();
  });

  it("a long name for which all aliases are taken is refused", () => {
    const { kernel } = new FileKernel(module, 16);
    const name = "a long name.text";
    const aliases = Array.from({ length: 64 * 9 }, (_, i) => {
      const digitAt = kernel.call("makeAlias", kernel.writeText(0x3000, name), name.length, Math.floor(i / 9), 0x3100);
      kernel.bytes[0x3100 + digitAt] = 0x31 + (i % 9);
      return Buffer.from(kernel.bytes.subarray(0x3100, 0x310b)).toString("latin1");
    });
    expect(() => withDirectory(aliases).writeAll(`/full/${name}`, "")).toThrow("ENOSPC");
    expect(() => withDirectory(aliases.slice(1)).writeAll(`/full/${name}`, "")).not.toThrow();
  });

  it("a new file needs a volume that can be written, and is no directory", () => {
    const image = volume(...FAT16);
    const files = new FileKernel(module, 32);
    files.addDisk(image);
    files.mount("disk0", "/", 1);
    expect(() => files.open("/new", O_CREAT | O_RDWR)).toThrow("EROFS");
    expect(() => files.open("/first", O_RDWR)).toThrow("EROFS");
    expect(() => mounted(image).open("/new", O_CREAT | O_DIRECTORY)).toThrow("EINVAL");
  });

  it.each([
    ["FAT12", ["-F", "12"]],
    ["FAT16", FAT16],
    ["FAT32", ["-F", "32", "-s", "1"]],
  ])("%s with bytes changed at random: every operation returns", (_name, options) => {
    const good = volume(...options);
    const random = new Random(good.length);
    const codes = new Set<string>();
    for (let round = 0; round < 25; round++) {
      const image = good.slice();
      // The tables, the root and the first clusters; the boot sector now and then.
      const from = random.below(6) === 0 ? 11 : 512;
      for (let i = 0; i < 100; i++) image[from + random.below(90_000)] = random.pick([0, 1, 0xff, random.below(256)]);
      const attempt = (action: () => void) => {
        try {
          action();
        } catch (error) {
          if (!(error instanceof FileError)) throw error;
          codes.add(error.message.split(" ")[0] ?? "");
        }
      };
      let files: FileKernel | undefined;
      attempt(() => {
        files = mounted(image);
      });
      if (files === undefined) continue;
      const { transfers } = files;
      exercise(files, attempt);
      expect(files.transfers - transfers, `round ${round}`).toBeLessThan(20_000);
    }
    expect([...codes]).toContain("EIO");
  });
});

/** Does a bit of everything. */
function exercise(files: FileKernel, attempt: (action: () => void) => void): void {
  const walk = (path: string, depth: number): void => {
    attempt(() => {
      for (const { name, isDirectory } of files.list(path).slice(0, 40)) {
        const below = `${path === "/" ? "" : path}/${name}`;
        if (below.length > 200 || /^\.\.?$|\//.test(name)) continue;
        if (isDirectory && depth < 4) walk(below, depth + 1);
        else attempt(() => void files.read(files.open(below), 100_000));
      }
    });
  };
  walk("/", 0);
  attempt(() => files.writeAll("/first", new Uint8Array(20_000)));
  attempt(() => files.writeAll("/folder/a new file with a long name", "x"));
  attempt(() => files.rename("/second", "/folder/moved"));
  attempt(() => files.rename("/folder/a long name", "/upwards"));
  attempt(() => files.makeDirectory("/folder/new"));
  attempt(() => files.remove("/folder/a long name/third"));
  attempt(() => files.remove("/first"));
  attempt(() => files.close(files.open("/folder/file number 3", O_RDWR | O_CREAT)));
  attempt(() => files.removeDirectory("/folder/a long name"));
  attempt(() => void files.space("/"));
  attempt(() => files.sync());
}
