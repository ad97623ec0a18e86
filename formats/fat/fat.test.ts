import { describe, expect, it } from "vitest";
import { fuzzCount, readDamaged } from "../testing/damage.ts";
import { HIDDEN, READ_ONLY } from "./directory.ts";
import { areasOf, type FatFile, type FatType, FLOPPY_FORMATS, readFat, writeFat } from "./index.ts";
import { readEntry, writeEntry } from "./table.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const ROUNDS = fuzzCount(200);
const KIB_1440 = FLOPPY_FORMATS.get(1440) ?? { totalSectors: 0 };

const FILES: FatFile[] = [
  { path: "/README.TXT", data: bytes("hello\n") },
  { path: "/etc/motd", data: bytes("welcome\n"), time: 1_000_000_000 },
  { path: "/bin/a rather long name, with blanks.text", data: new Uint8Array(5000).fill(65) },
  { path: "/bin/a rather long name, without.text", data: bytes("b") },
  { path: "/bin/größe.ts", data: bytes("ü"), attributes: READ_ONLY | HIDDEN },
  { path: "/bin/thirteen char", data: bytes("13 units fill one part") },
  { path: "/bin/nothing", data: new Uint8Array(0) },
  { path: "/empty/", data: new Uint8Array(0) },
  ...Array.from({ length: 60 }, (_, i) => ({ path: `/many/${i}/file ${i}`, data: new Uint8Array(i * 40).fill(i) })),
];

const VOLUMES: [FatType, Parameters<typeof writeFat>[1]][] = [
  [12, { ...KIB_1440, reservedSectors: 300, label: "MINIOS" }],
  [16, { totalSectors: 32768, reservedSectors: 300, hiddenSectors: 63, label: "TWO WORDS" }],
  [32, { totalSectors: 140_000, type: 32, reservedSectors: 300, label: "LARGE" }],
];

/** What the reader gives for what the writer was given. */
function expected(files: readonly FatFile[]): Map<string, string> {
  const all = new Map<string, string>();
  for (const { path, data } of files) {
    const parts = path.split("/");
    for (let i = 2; i < parts.length; i++) all.set(`${parts.slice(0, i).join("/")}/`, "");
    if (!path.endsWith("/")) all.set(path, data.join());
  }
  return all;
}

describe.each(VOLUMES)("FAT%i", (type, options) => {
  const image = writeFat(FILES, options);

  it("gives back the files that were put on it", () => {
    const volume = readFat(image);
    expect(volume.record).toMatchObject({ type, reservedSectors: 300, totalSectors: options.totalSectors });
    expect(volume.label).toBe(options.label);
    expect(new Map(volume.files.map(({ path, data }) => [path, data.join()]))).toEqual(expected(FILES));
    expect(volume.lostClusters).toBe(0);
    if (type === 32) expect(volume.statedFree).toBe(volume.freeClusters);
  });

  it("keeps times and attributes", () => {
    const { files } = readFat(image);
    const find = (path: string) => files.find((file) => file.path === path);
    expect(find("/etc/motd")?.time).toBe(1_000_000_000);
    expect(find("/README.TXT")).toMatchObject({ time: 946684800, attributes: 0x20 });
    expect(find("/bin/größe.ts")?.attributes).toBe(READ_ONLY | HIDDEN);
    expect(find("/empty/")?.attributes).toBe(0x10);
  });

  it("is the same image each time, with nothing in the reserved sectors that is the boot code's", () => {
    expect(Buffer.compare(writeFat(FILES, options), image)).toBe(0);
    const first = type === 32 ? 9 : 1;
    expect(image.subarray(first * 512, 300 * 512).every((byte) => byte === 0)).toBe(true);
  });

  it("damaged, is read or refused, and never hangs", () => {
    // One FAT only: two that differ would be refused before anything else is looked at.
    const small = writeFat(FILES.slice(0, 20), { ...options, fatCount: 1 });
    const { fat, root, data } = areasOf(readFat(small).record);
    const hot = [
      [0, 90],
      [fat * 512, fat * 512 + 200],
      [root * 512, root * 512 + 300],
      [data * 512, (data + 24) * 512],
    ] as const;
    const { read, refused } = readDamaged(small, hot, ROUNDS, (damaged) => readFat(damaged));
    expect(read + refused).toBe(ROUNDS);
    expect(refused).toBeGreaterThan(ROUNDS / 10);
    expect(read).toBeGreaterThan(ROUNDS / 10);
  });
});

describe("what is wrong with a volume", () => {
  const options = { ...KIB_1440, label: "MINIOS" };
  const files = [
    { path: "/A", data: new Uint8Array(2000) },
    { path: "/B", data: new Uint8Array(600) },
    { path: "/F/C", data: new Uint8Array(1) },
  ];
  // Clusters: A has 2 to 5, B 6 and 7, F 8, C 9.
  const change = (edit: (image: Uint8Array) => void) => {
    const image = writeFat(files, options);
    edit(image);
    return () => readFat(image, "x.img");
  };
  const link = (cluster: number, value: number) =>
    change((image) => {
      const spf = image[22];
      for (const copy of [0, 1]) {
        const start = (1 + copy * spf) * 512;
        writeEntry(image.subarray(start, start + spf * 512), 12, cluster, value);
      }
    });

  it.each([
    [
      "a chain that loops",
      link(5, 2),
      "x.img: at offset 0x207: expected /A: cluster 5 of its chain to be nobody else's, found cluster 2, which is in a chain already",
    ],
    ["a folder that loops", link(8, 8), "cluster 2 of its chain to be nobody else's, found cluster 8"],
    ["two files with one cluster", link(6, 5), "/B: cluster 2 of its chain to be nobody else's, found cluster 5"],
    ["a chain that leaves the volume", link(2, 0xff0), "to be 2 to"],
    ["a chain that ends in a free cluster", link(3, 0), "/A: cluster 3 of its chain to be 2 to 2848, found 0"],
    ["a chain that ends too early", link(3, 0xfff), "expected /A: 4 clusters for 2000 bytes, found 2"],
    [
      "a folder with another parent",
      change((image) => image.set([5], areasOf(readFat(image).record).data * 512 + 6 * 512 + 32 + 26)),
      "expected /F/.. at cluster 0, found 5",
    ],
    ["no signature", change((image) => image.set([0], 510)), "at offset 0x1fe: expected 55 aa"],
    ["no cluster size", change((image) => image.set([3], 13)), "at offset 0xd: expected 1 to 128 sectors"],
    ["no FAT", change((image) => image.set([0], 16)), "at offset 0x10: expected at least one FAT, found 0"],
    ["more sectors than there are", change((image) => image.set([0x41, 0x0b], 19)), "expected 1 to 2880 sectors"],
    ["another medium in the FAT", change((image) => image.set([0xf8], 512)), "at offset 0x200: expected the medium f0"],
    ["FATs that differ", change((image) => image.set([1], 514 + 512 * image[22])), "copy 2 of the FAT to be the same"],
    ["nothing at all", () => readFat(new Uint8Array(0), "x.img"), "x.img: at offset 0x1fe: expected 2 bytes"],
  ])("%s is said", (_, read, message) => {
    expect(read).toThrow(message);
  });

  it("is not: clusters that nobody owns are counted", () => {
    expect(link(100, 0xfff)().lostClusters).toBe(1);
  });
});

describe("what cannot be put on a volume", () => {
  const options = { ...KIB_1440 };
  const file = (path: string, size = 1) => ({ path, data: new Uint8Array(size) });
  it.each([
    [
      "more than there is room for",
      [file("/big", 1474560)],
      "expected files that fit into 2847 clusters of 512 bytes, found 2880",
    ],
    ["a name twice", [file("/a/B"), file("/a/b")], "/a/b: at offset 0x0: expected names that differ"],
    ["a file as folder", [file("/a"), file("/a/b")], 'expected "a" to be a folder, found a file'],
    ["a character that FAT has not", [file("/a:b")], 'expected a name that FAT can hold, found the character ":"'],
    ["dots", [file("/../b")], 'found the name ".."'],
    ["an empty name", [file("/a//b")], "found an empty name"],
    [
      "too many entries in the root",
      Array.from({ length: 225 }, (_, i) => file(`/F${i}`)),
      "/: at offset 0x0: expected at most 224",
    ],
  ])("%s", (_, files, message) => {
    expect(() => writeFat(files, options)).toThrow(message);
  });

  it.each([
    [{ totalSectors: 4 }, "expected 8 to 4294967295 sectors, found 4"],
    [{ totalSectors: 2880, type: 32 as const }, "expected a size for FAT32"],
    [{ totalSectors: 2880, reservedSectors: 3000 }, "found 2880 sectors, no more than are taken"],
    [{ totalSectors: 2880, time: 0 }, "expected a year from 1980 to 2107"],
    [{ totalSectors: 2880, label: "too long a label" }, "expected at most 11 characters of ASCII"],
  ])("a volume of %j is none", (wishes, message) => {
    expect(() => writeFat([], wishes)).toThrow(message);
  });
});

it("short names for long ones are unique", () => {
  const files = Array.from({ length: 12 }, (_, i) => ({ path: `/long name ${i}.text`, data: bytes(`${i}`) }));
  const image = writeFat([{ path: "/LONGNA~3.TEX", data: bytes("taken") }, ...files], KIB_1440);
  const text = Buffer.from(image).toString("latin1");
  for (const name of ["LONGNA~1TEX", "LONGNA~4TEX", "LONGN~10TEX", "LONGN~13TEX"]) expect(text).toContain(name);
  expect(readFat(image).files).toHaveLength(13);
});

it.each([12, 16, 32] as const)("entries of FAT%i do not disturb their neighbours", (type) => {
  const fat = new Uint8Array(64);
  const values = [0x123, 0xfff, 0x456, 0, 0xabc, 0x789];
  for (const [cluster, value] of values.entries()) writeEntry(fat, type, cluster, value);
  writeEntry(fat, type, 2, 0xdef);
  expect(values.map((_, cluster) => readEntry(fat, type, cluster))).toEqual([0x123, 0xfff, 0xdef, 0, 0xabc, 0x789]);
});
