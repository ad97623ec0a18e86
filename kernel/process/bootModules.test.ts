import { beforeAll, expect, it } from "vitest";
import { compile, instantiate, type TestKernel } from "../testing.ts";

// Programs among the boot loader's modules: known by the last part of their text's first word, and read as files.
const SOURCE = `
import { addAvailable } from "./memory/layout.ts";
import { initializeFrames } from "./memory/frames.ts";
import { readMultiboot } from "./platform/pc/multiboot.ts";
import { File, readFile, seekFile } from "./fs/file.ts";
import { openModule } from "./process/bootModules.ts";
export function boot(information: usize): void {
  readMultiboot(0x2badb002, information);
  addAvailable(0x200000, 0x300000);
  initializeFrames();
}
export function open(name: usize): usize { return changetype<usize>(openModule(name)); }
export function read(file: usize, buffer: usize, count: u32): i32 { return readFile(changetype<File>(file), buffer, count); }
export function end(file: usize): f64 { return seekFile(changetype<File>(file), 0, 2) as f64; }
export function start(file: usize): f64 { return seekFile(changetype<File>(file), 0, 0) as f64; }
`;
const [HAS_MEMORY, HAS_MODULES] = [1, 8];
const INFORMATION = 0x5000;
const MODULES = 0x5100;
const TEXTS = 0x5200;
const NAME = 0x5800;
const BUFFER = 0x6000;
const CONTENTS = 0x400000;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

/** A kernel with these modules; each one's contents are its own text. */
function boot(texts: readonly string[]): TestKernel {
  const kernel = instantiate(module);
  const word = (at: number, value: number) => kernel.view.setUint32(at, value, true);
  word(INFORMATION, HAS_MEMORY | HAS_MODULES);
  word(INFORMATION + 20, texts.length);
  word(INFORMATION + 24, MODULES);
  let place = TEXTS;
  texts.forEach((text, i) => {
    const contents = CONTENTS + i * 0x1000;
    kernel.writeText(contents, text);
    kernel.writeText(place, text);
    [contents, contents + text.length, place, 0].forEach((value, j) => {
      word(MODULES + i * 16 + j * 4, value);
    });
    place += text.length + 1;
  });
  kernel.call("boot", INFORMATION);
  return kernel;
}

function read(kernel: TestKernel, file: number, count: number): string {
  const got = kernel.call("read", file, BUFFER, count);
  return Buffer.from(kernel.bytes.subarray(BUFFER, BUFFER + got)).toString("latin1");
}

it("finds a module by the last part of its first word", () => {
  const texts = ["/boot/shell -x /y/other", "plain", "", "a/b/shells"];
  const kernel = boot(texts);
  const contentsOf = (name: string) => {
    const file = kernel.call("open", kernel.writeText(NAME, name));
    return file === 0 ? undefined : read(kernel, file, 100);
  };
  expect(contentsOf("shell")).toBe(texts[0]);
  expect(contentsOf("plain")).toBe(texts[1]);
  expect(contentsOf("shells")).toBe(texts[3]);
  for (const name of ["she", "shellsx", "other", "boot", "x"]) expect(contentsOf(name), name).toBeUndefined();
});

it("reads it piece by piece to its end, and again", () => {
  const kernel = boot(["program of 20 bytes."]);
  const file = kernel.call("open", kernel.writeText(NAME, "program"));
  expect([8, 8, 8, 8].map((count) => read(kernel, file, count))).toEqual(["program ", "of 20 by", "tes.", ""]);
  expect(kernel.call("end", file)).toBe(20);
  expect(read(kernel, file, 1)).toBe("");
  kernel.call("start", file);
  expect(read(kernel, file, 100)).toBe("program of 20 bytes.");
});
