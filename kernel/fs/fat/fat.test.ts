import { beforeAll, describe, expect, it } from "vitest";
import { checkFat, compileFiles, FileKernel, makeFat, mtools } from "../testing-files.ts";

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileFiles();
});

function mounted(image: Uint8Array): FileKernel {
  const files = new FileKernel(module);
  files.addDisk(image);
  files.mount("disk0", "/");
  return files;
}

describe("FAT", () => {
  it("writes and reads", () => {
    const image = makeFat(1440);
    const files = mounted(image);
    expect(files.list("/")).toEqual([]);
    files.writeAll("/hello.txt", "Hello!");
    expect(Buffer.from(files.readAll("/hello.txt")).toString()).toBe("Hello!");
    files.makeDirectory("/A directory");
    files.writeAll("/A directory/A long name.text", "x".repeat(5000));
    expect(files.list("/").map(({ name }) => name)).toEqual(["hello.txt", "A directory"]);
    files.unmount("/");
    expect(checkFat(image)).toBe("");
    expect(mtools(image, "mdir", "-/", "-b", "::")).toBe("");
  });
});
