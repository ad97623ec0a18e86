import { expect, test } from "vitest";
import { sourceOf } from "../formats/byte-source.ts";
import { writeFat } from "../formats/fat/index.ts";
import { planIso } from "../formats/iso9660/index.ts";
import { fuzzCount } from "../formats/testing/damage.ts";
import { writeVhd } from "../formats/vhd.ts";
import { makeDisk, usualGeometry } from "../toolchain/image/disk.ts";
import { seeded } from "../toolchain/testing/mutate.ts";
import { detectImage } from "./detect.ts";

function bytes(size: number, ...changes: [offset: number, ...values: number[]][]): Uint8Array {
  const all = new Uint8Array(size);
  for (const [offset, ...values] of changes) all.set(values, offset);
  return all;
}

const SIGNATURE: [number, ...number[]] = [510, 0x55, 0xaa];
const disk = makeDisk({ geometry: usualGeometry(2 ** 20), partitions: [{ files: [] }] });
const largeDisk = makeDisk({ geometry: usualGeometry(8 * 2 ** 20), partitions: [{ files: [] }] });
const cd = new Uint8Array(Buffer.concat([...planIso([]).pieces(bytes(512, SIGNATURE))]));

test.each<[string, Uint8Array, string | undefined]>([
  ["an ELF file", bytes(52, [0, 0x7f, 0x45, 0x4c, 0x46]), "ELF"],
  ["a Linux kernel", bytes(4096, SIGNATURE, [0x202, 0x48, 0x64, 0x72, 0x53]), "Linux"],
  ["a dynamic virtual disk", writeVhd(disk, { kind: "dynamic" }), "VHD"],
  ["a fixed virtual disk", writeVhd(disk, { kind: "fixed" }), "VHD"],
  ["a CD that is a hybrid", cd, "CD"],
  ["a disk", largeDisk, "disk"],
  ["a disk that is smaller than a diskette", disk, "disk"],
  ["a large volume without partitions", writeFat([], { totalSectors: 20_000 }), "disk"],
  ["a small one that says to be a fixed disk", writeFat([], { totalSectors: 1000 }), "disk"],
  ["a small one that does not", writeFat([], { totalSectors: 1000, media: 0xf0 }), "floppy"],
  ["a diskette, empty", bytes(1474560), "floppy"],
  ["a diskette whose boot code looks like partitions", disk.subarray(0, 368640), "floppy"],
  ["a boot sector", bytes(512, SIGNATURE), "floppy"],
  ["a text", new TextEncoder().encode("name = 'x'\n"), undefined],
  ["half a sector", bytes(700, SIGNATURE), undefined],
  ["nothing", bytes(0), undefined],
  ["large, and without any mark", bytes(8 * 2 ** 20), undefined],
])("%s", (_, image, kind) => {
  expect(detectImage(sourceOf(image))).toBe(kind);
});

test("whatever comes, something is said", () => {
  const random = seeded(11);
  const image = largeDisk.slice(0, 40 * 1024);
  for (let round = 0; round < fuzzCount(3000); round++) {
    const at = random(3) === 0 ? 0x8000 + random(10) : random(1024);
    const before = image[at];
    image[at] = random(256);
    detectImage(sourceOf(image.subarray(0, random(image.length))));
    image[at] = before;
  }
  expect(image).toEqual(largeDisk.subarray(0, 40 * 1024));
});
