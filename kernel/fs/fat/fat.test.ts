import { beforeAll, describe, expect, it } from "vitest";
import { isInstalled } from "../../../test/support.ts";
import { Random } from "../../testing.ts";
import { checkFat, compileFiles, FileKernel, makeFat } from "../testing-files.ts";
import { Model } from "./testing-model.ts";

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileFiles();
});

function mounted(image: Uint8Array, pages = 64): FileKernel {
  const files = new FileKernel(module, pages);
  files.addDisk(image);
  files.mount("disk0", "/");
  return files;
}

describe.skipIf(!isInstalled("mkfs.fat"))("FAT", () => {
  it.each<[string, number, string[], number]>([
    ["FAT12 on a floppy", 1440, [], 64],
    ["FAT12 that is small and full", 100, ["-F", "12", "-r", "32"], 16],
    ["FAT16", 8192, ["-F", "16", "-s", "1"], 32],
    ["FAT16 with large clusters", 20000, ["-F", "16", "-s", "8"], 64],
    ["FAT32", 4096, ["-F", "32", "-s", "1"], 16],
    ["FAT32 with one FAT", 3000, ["-F", "32", "-s", "2", "-f", "1"], 16],
    ["FAT16 with sectors of 2048 bytes", 20000, ["-F", "16", "-S", "2048", "-s", "2"], 64],
  ])("does what a model does: %s", (_name, kilobytes, options, pages) => {
    const image = makeFat(kilobytes, ...options);
    let files = mounted(image, pages);
    const model = new Model(files, new Random(kilobytes), 20000);
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 300; i++) {
        try {
          model.step();
        } catch (error) {
          throw new Error(`operation ${model.operations}: ${error instanceof Error ? error.message : error}`, {
            cause: error,
          });
        }
      }
      model.compare();
      if (round % 2 === 0) {
        model.closeAll();
        files.unmount("/");
        expect(checkFat(image), `after ${model.operations} operations`).toBe("");
        files = mounted(image, pages);
        model.files = files;
        model.compare();
      }
    }
  });
});
