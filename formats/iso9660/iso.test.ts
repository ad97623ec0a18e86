import { describe, expect, it } from "vitest";
import { fuzzCount, readDamaged } from "../testing/damage.ts";
import { type IsoFile, type IsoOptions, planIso, readIso } from "./index.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const LONG = `${"a long name ".repeat(18)}.text`;
const FILES: IsoFile[] = [
  { path: "/boot/grub/grub.cfg", data: bytes("set timeout=5\n") },
  { path: "/boot/kernel.elf", data: new Uint8Array(5000).fill(7), time: 1_000_000_000 },
  { path: "/README.TXT", data: bytes("hello") },
  { path: `/${LONG}`, data: bytes("long") },
  { path: "/größe: 5*3", data: bytes("ü") },
  { path: "/nothing", data: new Uint8Array(0) },
  { path: "/none/", data: new Uint8Array(0) },
  ...Array.from({ length: 60 }, (_, i) => ({
    path: `/many/folder ${i}/a file with number ${i}.text`,
    data: bytes(`${i}`),
  })),
];

function make(files: readonly IsoFile[], options: IsoOptions = {}, systemArea?: Uint8Array): Uint8Array {
  const plan = planIso(files, options);
  const image = Buffer.concat([...plan.pieces(systemArea)]);
  expect(image.length).toBe(plan.blocks * 2048);
  return new Uint8Array(image.buffer, image.byteOffset, image.length);
}

function contents(image: Uint8Array): [string, string][] {
  return readIso(image).entries.map(({ path, offset, size }) => [path, image.subarray(offset, offset + size).join()]);
}

function expected(files: readonly IsoFile[]): [string, string][] {
  const all = new Map<string, string>();
  for (const { path, data } of files) {
    const parts = path.split("/");
    for (let i = 2; i < parts.length; i++) all.set(`${parts.slice(0, i).join("/")}/`, "");
    if (!path.endsWith("/")) all.set(path, data.join());
  }
  return [...all].sort(byPath);
}

const byPath = ([a]: [string, string], [b]: [string, string]) => (a < b ? -1 : 1);

describe("a CD", () => {
  const image = make(FILES, { label: "Tools" });

  it("gives back the files, with their names and times", () => {
    expect(contents(image).sort(byPath)).toEqual(expected(FILES));
    const volume = readIso(image);
    expect(volume).toMatchObject({ label: "TOOLS", names: "Rock Ridge", blocks: image.length / 2048, boot: undefined });
    expect(volume.entries.find(({ path }) => path === "/boot/kernel.elf")?.time).toBe(1_000_000_000);
    expect(volume.entries.find(({ path }) => path === "/boot/")?.time).toBe(946684800);
  });

  it("has the same files for those who know Joliet, and for those who know neither", () => {
    const without = image.slice();
    // The mark of Rock Ridge in the root's own record.
    const at = Buffer.from(without.buffer).indexOf(Buffer.from([0x53, 0x50, 7, 1, 0xbe, 0xef]));
    without.fill(0, at, at + 2);
    const joliet = readIso(without);
    expect(joliet.names).toBe("Joliet");
    const names = joliet.entries.map(({ path }) => path);
    expect(names).toContain("/boot/grub/grub.cfg");
    expect(names).toContain("/größe_ 5_3");
    expect(names).toContain(`/${LONG.slice(0, 57)}.text`);
    without.fill(0x20, 17 * 2048 + 88, 17 * 2048 + 91);
    const plain = readIso(without);
    expect(plain.names).toBe("plain");
    expect(plain.entries.map(({ path }) => path)).toContain("/MANY/FOLDER_7/A_FILE_WITH_NUMBER_7.TEXT");
    expect(plain.entries).toHaveLength(joliet.entries.length);
  });

  it("is the same whatever the order of the files, and each time", () => {
    expect(Buffer.compare(make(FILES.toReversed(), { label: "Tools" }), image)).toBe(0);
  });

  it("may be empty", () => {
    expect(contents(make([]))).toEqual([]);
  });

  it("names that become the same get numbers", () => {
    const files = ["/a b", "/a_b", "/a+b"].map((path) => ({ path, data: bytes(path) }));
    const text = Buffer.from(make(files)).toString("latin1");
    for (const name of ["A_B.;1", "A_B_1.;1", "A_B_2.;1"]) expect(text).toContain(name);
    expect(
      contents(make(files))
        .map(([path]) => path)
        .sort(),
    ).toEqual(["/a b", "/a+b", "/a_b"].sort());
  });
});

describe("a CD that boots", () => {
  const boot = new Uint8Array(5000).map((_, i) => i);
  it("names its boot image, and tells it where it stands", () => {
    const image = make(FILES, { boot: { path: "/boot/cd.img", bytes: boot, loadSectors: 4, informationTable: true } });
    const entry = readIso(image).boot;
    expect(entry).toMatchObject({ isBootable: true, emulation: 0, loadSegment: 0, loadSectors: 4 });
    const start = (entry?.block ?? 0) * 2048;
    const view = new DataView(image.buffer, image.byteOffset + start);
    expect([view.getUint32(8, true), view.getUint32(12, true), view.getUint32(16, true)]).toEqual([
      16,
      start / 2048,
      5000,
    ]);
    let sum = 0;
    for (let at = 64; at < 5000; at += 4) sum = (sum + view.getUint32(at, true)) >>> 0;
    expect(view.getUint32(20, true)).toBe(sum);
    expect([...image.subarray(start + 64, start + 5000)]).toEqual([...boot.subarray(64)]);
    const files = [...FILES, { path: "/boot/cd.img", data: image.subarray(start, start + 5000) }];
    expect(contents(image).sort(byPath)).toEqual(expected(files));
  });

  it("loads all of the image unless told otherwise, and leaves it as it is", () => {
    const image = make([], { boot: { path: "/cd.img", bytes: boot } });
    const entry = readIso(image).boot;
    expect(entry?.loadSectors).toBe(12);
    const start = (entry?.block ?? 0) * 2048;
    expect([...image.subarray(start, start + 5000)]).toEqual([...boot]);
  });

  it("has room for a system's own bytes in front, and a size that it wishes", () => {
    const image = make([], { alignBytes: 2 ** 20 }, Uint8Array.of(1, 2, 3));
    expect([...image.subarray(0, 4)]).toEqual([1, 2, 3, 0]);
    expect(image.length).toBe(2 ** 20);
  });
});

describe("what is wrong with a CD", () => {
  const image = make(FILES.slice(0, 3), { boot: { path: "/boot/cd.img", bytes: bytes("boot") } });
  const { boot } = readIso(image);
  const root = new DataView(image.buffer, image.byteOffset).getUint32(16 * 2048 + 158, true) * 2048;
  const spoil = (at: number, ...values: number[]) => {
    const copy = image.slice();
    copy.set(values, at);
    return () => readIso(copy, "x.iso");
  };
  // The third record of the root is the first that has a name of its own.
  const second = root + image[root];
  const third = second + image[second];
  const catalog = new DataView(image.buffer, image.byteOffset).getUint32(17 * 2048 + 0x47, true) * 2048;
  const toBoth = (value: number) => [value, value >> 8, 0, 0, 0, 0, value >> 8, value];
  it.each([
    ["no descriptor", spoil(16 * 2048 + 1, 0), 'x.iso: at offset 0x8001: expected "CD001"'],
    ["no end of the descriptors", () => readIso(image.subarray(0, 19 * 2048), "x.iso"), "found the end of 38912 bytes"],
    ["other blocks", spoil(16 * 2048 + 128, 0, 4), "at offset 0x8080: expected blocks of 2048 bytes, found 1024"],
    ["a size that contradicts itself", spoil(16 * 2048 + 80, 1), "in both byte orders"],
    [
      "a file shorter than it says",
      () => readIso(image.subarray(0, image.length - 2048), "x.iso"),
      "blocks, which there are",
    ],
    [
      "a directory in itself",
      spoil(third + 2, ...toBoth(root / 2048)),
      /: expected .*: a directory of its own, found block/,
    ],
    ["a short record", spoil(third, 20), "expected a record of at least"],
    ["a record over its block's end", spoil(third, 0xff, 0xff), /expected|found/],
    ["a file outside", spoil(third + 2, ...toBoth(30000)), "found the end of"],
    ["a catalog that is none", spoil(catalog, 2), "expected a boot catalog's validation entry"],
    ["a catalog with a wrong sum", spoil(catalog + 5, 2), "expected words that add up to 0"],
    ["a boot image outside", spoil(catalog + 40, 0xff, 0xff), "found the end of"],
  ])("%s is said", (_, read, message) => {
    expect(boot).toBeDefined();
    expect(read).toThrow(message);
  });

  it("damaged, it is read or refused", () => {
    const hot = [
      [16 * 2048, 16 * 2048 + 200],
      [17 * 2048, 17 * 2048 + 80],
      [catalog, catalog + 64],
      [root, root + 1200],
      [root + 2048, root + 4096 + 600],
    ] as const;
    const result = readDamaged(image, hot, fuzzCount(2000), (damaged) => readIso(damaged));
    expect(result.read).toBeGreaterThan(0);
    expect(result.refused).toBeGreaterThan(0);
  });
});

describe("what cannot be put on a CD", () => {
  const file = (path: string) => ({ path, data: bytes("x") });
  it.each<[string, IsoFile[], IsoOptions, string]>([
    ["a name twice", [file("/a"), file("/a")], {}, "expected each name once"],
    ["a file as folder", [file("/a"), file("/a/b")], {}, "expected each name once"],
    ["dots", [file("/../a")], {}, 'found the name ".."'],
    ["a name that is too long", [file(`/${"x".repeat(256)}`)], {}, "more than 255 bytes"],
    ["a label that is too long", [], { label: "x".repeat(33) }, "a label of 1 to 32 characters"],
    [
      "an empty boot image",
      [],
      { boot: { path: "/b", bytes: new Uint8Array(0) } },
      "boot image: at offset 0x0: expected some bytes",
    ],
    ["too much to load", [], { boot: { path: "/b", bytes: bytes("x"), loadSectors: 70000 } }, "1 to 65535 sectors"],
    [
      "a table without room",
      [],
      { boot: { path: "/b", bytes: bytes("x"), informationTable: true } },
      "room for the boot information table",
    ],
  ])("%s", (_, files, options, message) => {
    expect(() => planIso(files, options)).toThrow(message);
  });
});
