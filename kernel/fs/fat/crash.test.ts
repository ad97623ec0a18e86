// A crash in the middle: random operations run with every write to the disk recorded, block by block; then the disk as it was
// after any number of those writes must be a FAT in which, at worst, clusters are lost.

import { beforeAll, describe, expect, it } from "vitest";
import { isInstalled } from "../../../test/support.ts";
import { Random } from "../../testing.ts";
import { checkFat, compileFiles, FileKernel, makeFat, type RecordedWrite } from "../testing-files.ts";
import { Model } from "./testing-model.ts";

const BLOCK_BYTES = 512;
const OPERATIONS = 400;
const CRASHES = 40;
/** Behind the tables and the root of these volumes. */
const DATA_START = 0x10000;
/** The first FAT ends before this block. */
const TABLE_END = 48;

/**
 * What fsck.fat may say: lost clusters, also those that hang behind the end of a file; what is only a hint (the copy of the FAT, the
 * count of free clusters); and slots of a long name whose entry isn't there yet.
 */
const HARMLESS = [
  // The path that the next line is about, and what comes with every volume like these.
  /^\/|^$|^fsck\.fat |^Leaving filesystem unchanged\.$|^\S*image: \d+ files, \d+\/\d+ clusters$/,
  /^Warning: Filesystem is FAT32 according|^ {2}but has only \d+ clusters|^ {2}This may lead to problems/,
  /^\s*Reclaim(ed \d+ unused|ing unconnected) clusters?/,
  /^FATs differ but appear to be intact\.|^\s*Using first FAT/,
  /^Free cluster summary wrong|^\s*Auto-correcting\.$/,
  /^\s*File size is \d+ bytes, cluster chain length is > \d+ bytes\.$|^\s*Truncating file to \d+ bytes\.$/,
  /^\s*Orphaned long file name part|^\s*Auto-deleting\.$/,
];

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileFiles();
});

/** The recorded writes, cut into blocks: any of them may be the last. */
function blocksOf(files: FileKernel): RecordedWrite[] {
  return files.writes.flatMap(({ block, data }) =>
    Array.from({ length: data.length / BLOCK_BYTES }, (_, i) => ({
      block: block + i,
      data: data.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES),
    })),
  );
}

/** What fsck.fat says that is not harmless. */
function harmOf(image: Uint8Array): string[] {
  return checkFat(image)
    .split("\n")
    .filter((line) => !HARMLESS.some((pattern) => pattern.test(line)));
}

describe.skipIf(!isInstalled("mkfs.fat"))("a crash leaves at worst lost clusters", () => {
  it.each<[string, number, string[], number]>([
    ["FAT16", 5000, ["-F", "16", "-s", "1"], 1],
    ["FAT32", 3000, ["-F", "32", "-s", "1"], 2],
  ])("%s", (_name, kilobytes, options, seed) => {
    const image = makeFat(kilobytes, ...options);
    // What nobody has written yet looks like anything but an empty directory.
    image.fill(0x41, DATA_START);
    const files = new FileKernel(module, 16);
    files.addDisk(image.slice());
    files.mount("disk0", "/");
    const random = new Random(seed);
    const model = new Model(files, random, 200_000);
    while (model.operations < OPERATIONS) model.step();
    files.sync();
    const writes = blocksOf(files);
    // Half of the crashes come among writes of the table, where order matters most.
    const tableWrites = writes.flatMap(({ block }, index) => (block < TABLE_END ? [index] : []));
    const moments = new Set(
      Array.from({ length: CRASHES }, (_, i) => (i % 2 === 0 ? random.below(writes.length) : random.pick(tableWrites))),
    );
    writes.forEach(({ block, data }, index) => {
      image.set(data, block * BLOCK_BYTES);
      if (!moments.has(index)) return;
      expect(harmOf(image), `after write ${index + 1} of ${writes.length}`).toEqual([]);
    });
  });

  it("at each moment of filling a new directory", () => {
    const image = makeFat(5000, "-F", "16", "-s", "1");
    image.fill(0x41, DATA_START);
    const files = new FileKernel(module, 16);
    files.addDisk(image.slice());
    files.mount("disk0", "/");
    files.makeDirectory("/directory");
    for (let i = 0; i < 6; i++) files.writeAll(`/directory/a long file name ${i}`, "contents");
    files.rename("/directory/a long file name 3", "/moved");
    files.remove("/directory/a long file name 4");
    files.sync();
    const writes = blocksOf(files);
    writes.forEach(({ block, data }, index) => {
      image.set(data, block * BLOCK_BYTES);
      expect(harmOf(image), `after write ${index + 1} of ${writes.length}`).toEqual([]);
    });
  });
});
