// FAT as others write and read it: names, times and attributes made by mtools are what we see, and the other way round.

import { beforeAll, describe, expect, it } from "vitest";
import { isInstalled } from "../../../test/support.ts";
import { checkFat, compileFiles, FileKernel, makeFat, mtools, O_CREAT, O_RDWR, O_WRONLY } from "../testing-files.ts";

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileFiles();
});

function mounted(image: Uint8Array, flags = 0): FileKernel {
  const files = new FileKernel(module, 32);
  files.addDisk(image);
  files.mount("disk0", "/", flags);
  return files;
}

const names = (files: FileKernel, path = "/") => files.list(path).map(({ name }) => name);

/** The short names of a directory as they are stored, by their long names. */
function shortNames(image: Uint8Array): string[] {
  return mtools(image, "mdir", "-a", "::")
    .split("\n")
    .flatMap((line) => {
      const match = /^(\S+) +(\S*) +(?:<DIR>|\d[\d ]*) +\d{4}-\d\d-\d\d/.exec(line);
      return match ? [`${match[1]}.${line.slice(9, 12).trim()}`] : [];
    });
}

describe.skipIf(!isInstalled("mkfs.fat") || !isInstalled("mcopy"))("FAT and mtools", () => {
  it("we read the names that mtools writes", () => {
    const image = makeFat(1440);
    const long = [
      "A name with blanks.text",
      "lower.txt",
      "UPPER.TXT",
      "Mixed.Txt",
      "exactly13char",
      "twenty-six characters long",
      "Öl und Äpfel.txt",
      `${"n".repeat(200)}.txt`,
      "many.dots.in.it",
    ];
    for (const name of long) mtools(image, "mmd", `::${name}`);
    const files = mounted(image);
    expect(names(files).sort()).toEqual([...long].sort());
    for (const name of long) expect(files.stat(`/${name.toUpperCase()}`).isDirectory, name).toBe(true);
    expect(files.stat("/MANYDO~1.IT").isDirectory).toBe(true);
  });

  it("characters that Latin-1 doesn't have are question marks, and found by them", () => {
    const image = makeFat(1440);
    mtools(image, "mmd", "::aXbYZ.text");
    const slot = Buffer.from(image.buffer).indexOf(Buffer.from("aXbYZ", "utf16le"));
    image.set(Buffer.from("a€b日本", "utf16le"), slot);
    const files = mounted(image);
    expect(names(files)).toEqual(["a?b??.text"]);
    expect(files.stat("/A?B??.TEXT").isDirectory).toBe(true);
    expect(() => files.writeAll("/new?", "")).toThrow("EINVAL");
  });

  it("mtools reads the names that we write; aliases are unique", () => {
    const image = makeFat(1440);
    const files = mounted(image);
    const long = ["lower.txt", "UPPER.TXT", "Mixed.Txt", "a+b.c", "Äpfel.txt", ".profile", "no extension at all"];
    for (let i = 0; i < 25; i++) long.push(`longfile name ${i}.data`);
    for (const name of long) files.writeAll(`/${name}`, name);
    expect(names(files)).toEqual(long);
    files.unmount("/");
    expect(checkFat(image)).toBe("");
    const listed = mtools(image, "mdir", "-b", "::").trim().split("\n");
    expect(listed).toEqual(long.map((name) => `::/${name}`));
    const short = shortNames(image);
    expect(short.length).toBe(long.length);
    expect(new Set(short).size).toBe(long.length);
    expect(short.slice(7, 16)).toEqual(Array.from({ length: 9 }, (_, i) => `LONGFI~${i + 1}.DAT`));
    expect(mtools(image, "mtype", "::longfile name 24.data")).toBe("longfile name 24.data");
  });

  it("refuses names that FAT doesn't have", () => {
    const files = mounted(makeFat(1440));
    for (const name of ['a"b', "a*b", "a:b", "a<b", "a>b", "a?b", "a\\b", "a|b", "a\x01b", "a\x7fb", "a.", "a "]) {
      expect(() => files.writeAll(`/${name}`, ""), name).toThrow("EINVAL");
      expect(() => files.makeDirectory(`/${name}`), name).toThrow("EINVAL");
      expect(() => files.stat(`/${name}`), name).toThrow("ENOENT");
    }
    const longest = "x".repeat(254);
    files.writeAll(`/${longest}`, "y");
    expect(names(files)).toEqual([longest]);
  });

  it("keeps the time of creation, changes that of the last write, both as mtools shows them", () => {
    const image = makeFat(1440);
    const files = mounted(image);
    const written = Date.UTC(2024, 1, 29, 23, 59, 58) / 1000;
    files.kernel.call("setTime", written);
    files.writeAll("/leap", "day");
    files.kernel.call("setTime", written + 86400);
    const file = files.open("/leap", O_RDWR);
    files.read(file, 3);
    files.close(file);
    expect(files.stat("/leap").modified).toBe(written);
    const again = files.open("/leap", O_WRONLY);
    files.write(again, Buffer.from("D"));
    files.close(again);
    expect(files.stat("/leap").modified).toBe(written + 86400);
    const opened = files.open("/leap");
    expect(files.statFile(opened).modified).toBe(written + 86400);
    expect(files.kernel.view.getUint32(0x1400 + 32, true), "created, of an open file").toBe(written);
    files.close(opened);
    expect(files.list("/")[0]?.modified).toBe(written + 86400);
    files.unmount("/");
    expect(mtools(image, "mdir", "::leap")).toMatch(/2024-03-01 {2}23:59/);
    const later = mounted(image);
    expect(later.stat("/leap").modified).toBe(written + 86400);
    const { view } = later.kernel;
    expect(view.getUint32(0x1400 + 32, true), "created").toBe(written);
  });

  it("a read-only file is neither written nor removed, a hidden one is seen, a label isn't", () => {
    const image = makeFat(1440, "-n", "LABEL");
    mtools(image, "mmd", "::dir");
    const files = mounted(image);
    files.writeAll("/fixed", "as it is");
    files.writeAll("/hidden", "here");
    files.unmount("/");
    mtools(image, "mattrib", "+r", "::fixed");
    mtools(image, "mattrib", "+h", "::hidden");
    const again = mounted(image);
    expect(names(again)).toEqual(["dir", "fixed", "hidden"]);
    expect(again.stat("/fixed").mode & 0o777).toBe(0o444);
    expect(() => again.open("/fixed", O_RDWR)).toThrow("EACCES");
    expect(() => again.remove("/fixed")).toThrow("EACCES");
    expect(() => again.rename("/hidden", "/fixed")).toThrow("EACCES");
    expect(Buffer.from(again.readAll("/fixed")).toString()).toBe("as it is");
  });

  it("a volume mounted read-only stays as it is", () => {
    const image = makeFat(1440);
    const writer = mounted(image);
    writer.writeAll("/there", "contents");
    writer.unmount("/");
    const before = image.slice();
    const files = mounted(image, 1);
    expect(Buffer.from(files.readAll("/there")).toString()).toBe("contents");
    for (const action of [
      () => files.open("/there", O_RDWR),
      () => files.open("/new", O_RDWR | O_CREAT),
      () => files.makeDirectory("/dir"),
      () => files.remove("/x"),
      () => files.removeDirectory("/x"),
      () => files.rename("/x", "/y"),
    ])
      expect(action).toThrow("EROFS");
    files.unmount("/");
    expect(Buffer.compare(image, before)).toBe(0);
  });

  it("FAT32 keeps its FSInfo right, and a root of many clusters", () => {
    const image = makeFat(34_000, "-F", "32", "-s", "1");
    const files = mounted(image);
    for (let i = 0; i < 100; i++) files.writeAll(`/file with a long name ${i}`, "x".repeat(i * 20));
    for (let i = 0; i < 100; i += 2) files.remove(`/file with a long name ${i}`);
    const { free } = files.space("/");
    files.unmount("/");
    expect(checkFat(image)).toBe("");
    const info = new DataView(image.buffer, image.byteOffset + 512);
    expect(info.getUint32(488, true)).toBe(free);
    const again = mounted(image);
    expect(names(again).length).toBe(50);
    expect(again.space("/").free).toBe(free);
  });

  it("the root of FAT12 and FAT16 has a fixed size: ENOSPC, and what is there stays", () => {
    const image = makeFat(1440, "-r", "32");
    const files = mounted(image);
    let count = 0;
    expect(() => {
      for (; ; count++) files.writeAll(`/F${count}`, "x");
    }).toThrow("ENOSPC");
    expect(count).toBe(32);
    expect(names(files).length).toBe(32);
    files.remove("/F3");
    files.writeAll("/again", "x");
    files.unmount("/");
    expect(checkFat(image)).toBe("");
  });
});
