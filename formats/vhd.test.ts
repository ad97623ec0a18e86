import { describe, expect, it } from "vitest";
import { seeded } from "../toolchain/testing/mutate.ts";
import { sourceOf } from "./byte-source.ts";
import { fuzzCount, readDamaged } from "./testing/damage.ts";
import { type Piece, readVhd, Vhd, writeVhd } from "./vhd.ts";
import { geometryOf, wholeCylinders } from "./vhd-layout.ts";

const MIB = 2 ** 20;
/** 100 cylinders of 4 heads and 17 sectors. */
const SIZE = 100 * 68 * 512;

function raw(size = SIZE): Uint8Array {
  const bytes = new Uint8Array(size);
  const random = seeded(7);
  for (let i = 0; i < 40; i++) bytes.fill(random(255) + 1, random(size / 2), random(size / 2));
  bytes.set([1, 2, 3], size - 3);
  return bytes;
}

describe("the geometry of a size", () => {
  // By the specification's algorithm, worked out by hand.
  it.each([
    [17 * 2048, [512, 4, 17]],
    [16 * 2048, [481, 4, 17]],
    [500 * 2048, [1015, 16, 63]],
    [100 * 2 ** 21, [51400, 16, 255]],
    [2 ** 34, [65535, 16, 255]],
  ])("%i sectors", (sectors, [cylinders, heads, sectorsPerTrack]) => {
    expect(geometryOf(sectors)).toEqual({ cylinders, heads, sectorsPerTrack });
  });

  it("is made of whole cylinders for a disk", () => {
    for (const sectors of [1, 68, 69, 32768, 100_001, 1_000_003]) {
      const whole = wholeCylinders(sectors);
      const { cylinders, heads, sectorsPerTrack } = whole.geometry;
      expect(whole.sectors).toBe(cylinders * heads * sectorsPerTrack);
      expect(whole.sectors).toBeGreaterThanOrEqual(sectors);
      expect(whole.sectors).toBeLessThan(sectors + 16 * 255);
    }
  });
});

describe.each(["fixed", "dynamic"] as const)("a %s disk", (kind) => {
  const blockBytes = 65536;
  const image = writeVhd(raw(), { kind, blockBytes });

  it("gives back the raw one", () => {
    expect(Buffer.compare(readVhd(image), raw())).toBe(0);
    const { footer } = new Vhd(sourceOf(image), "x");
    expect(footer).toMatchObject({
      kind,
      size: SIZE,
      time: 946684800,
      geometry: { cylinders: 100, heads: 4, sectorsPerTrack: 17 },
    });
  });

  it("grows to whole cylinders", () => {
    const disk = readVhd(writeVhd(raw().subarray(0, SIZE - 5), { kind, blockBytes }));
    expect(disk.length).toBe(SIZE);
    expect(Buffer.compare(disk.subarray(0, SIZE - 5), raw().subarray(0, SIZE - 5))).toBe(0);
  });

  it("takes changes, and is a disk again after them", () => {
    const before = writeVhd(new Uint8Array(SIZE).fill(9, 100_000, 100_010), { kind, blockBytes });
    const sectors = [
      { first: 1, bytes: new Uint8Array(1024).fill(1) },
      { first: 195, bytes: new Uint8Array(512).fill(2) },
      { first: 127, bytes: new Uint8Array(1024).fill(3) },
      { first: SIZE / 512 - 1, bytes: new Uint8Array(512).fill(4) },
    ];
    const expected = readVhd(before);
    for (const { first, bytes } of sectors) expected.set(bytes, first * 512);
    const after = applied(before, [...new Vhd(sourceOf(before), "x").changes(sectors)]);
    expect(Buffer.compare(readVhd(after), expected)).toBe(0);
  });

  it("damaged, is read or refused", () => {
    const tail = [image.length - 512, image.length] as const;
    const hot = kind === "fixed" ? [tail] : [tail, [0, 2048] as const, [512, 1600] as const];
    const result = readDamaged(image, hot, fuzzCount(200), (bytes) => readVhd(bytes));
    expect(result.refused).toBeGreaterThan(0);
    expect(result.read + result.refused).toBe(fuzzCount(200));
  });
});

function applied(before: Uint8Array, pieces: readonly Piece[]): Uint8Array {
  const size = Math.max(before.length, ...pieces.map(({ offset, bytes }) => offset + bytes.length));
  const after = new Uint8Array(size);
  after.set(before);
  for (const { offset, bytes } of pieces) after.set(bytes, offset);
  return after;
}

it("a dynamic disk has only the blocks that hold something", () => {
  const disk = new Uint8Array(64 * MIB);
  disk[33 * MIB] = 1;
  const image = writeVhd(disk, { kind: "dynamic" });
  // Two footers, header, table, and one block with its bitmap.
  expect(image.length).toBe(512 + 1024 + 512 + 512 + 2 * MIB + 512);
});

describe("what is wrong with a virtual disk", () => {
  const disk = raw();
  const dynamic = writeVhd(disk, { kind: "dynamic", blockBytes: 65536 });
  const fixed = writeVhd(disk, { kind: "fixed" });
  const end = fixed.length - 512;
  const table = 1536;
  // Two of the table's places whose blocks are there.
  const [one, other] = Array.from({ length: 50 }, (_, i) => table + i * 4).filter((at) => dynamic[at] !== 0xff);
  const spoil = (image: Uint8Array, at: number, ...values: number[]) => {
    const copy = image.slice();
    copy.set(values, at);
    return copy;
  };
  /** With the footer's checksum made right again. */
  const reshaped = (at: number, ...values: number[]) => {
    const copy = spoil(fixed, end + at, ...values);
    copy.fill(0, end + 64, end + 68);
    const sum = copy.subarray(end).reduce((a, b) => a + b, 0);
    new DataView(copy.buffer).setUint32(end + 64, ~sum >>> 0);
    return copy;
  };
  it.each([
    ["no footer", fixed.subarray(0, end), 'expected "conectix", a virtual disk\'s footer'],
    [
      "a wrong checksum",
      spoil(fixed, end + 70, fixed[end + 70] ^ 1),
      "d.vhd: at offset 0x352040: expected the checksum",
    ],
    [
      "a disk that needs its parent",
      reshaped(63, 4),
      "at offset 0x35203c: expected a fixed or a dynamic disk, found one that needs its parent",
    ],
    ["another size", reshaped(54, 0), "expected a fixed disk of"],
    ["half a sector", reshaped(55, 1), "expected a size in whole sectors"],
    ["version 2", reshaped(12, 0, 2), "expected version 1, found 2"],
    ["a header that is none", spoil(dynamic, 512, 0), 'at offset 0x200: expected "cxsparse"'],
    ["a header that is damaged", spoil(dynamic, 530, 7), "at offset 0x224: expected the checksum"],
    ["a block beyond the end", spoil(dynamic, table, 0, 1), "at offset 0x600: expected block 0 within the file"],
    ["a block twice", spoil(dynamic, other, ...dynamic.subarray(one, one + 4)), "expected blocks that do not overlap"],
    ["a short file", fixed.subarray(0, 100), "expected a virtual disk and its footer, found 100 bytes"],
  ])("%s is said", (_, image, message) => {
    expect(() => readVhd(image, "d.vhd")).toThrow(message);
  });
});
