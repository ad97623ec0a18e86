import { beforeAll, describe, expect, it } from "vitest";
import { writeExecutable } from "../../formats/elf32-executable.ts";
import { compile, instantiate, Random, type TestKernel } from "../testing.ts";

const SOURCE = `
import { EXECUTABLE_FORMAT_BYTES, ExecutableFormat, executableProblem, executableProblemOffset, executableProblemValue,
  parseExecutable } from "./process/executable.ts";
const format = changetype<ExecutableFormat>(memory.data(EXECUTABLE_FORMAT_BYTES, 4));
export { executableProblemOffset, executableProblemValue };
export function problem(): usize { return changetype<usize>(executableProblem()); }
export function parse(bytes: usize, available: u32, fileBytes: u32): i32 {
  return parseExecutable(bytes, available, fileBytes, ${0x8000000}, ${0xb0000000}, format);
}
export function entry(): usize { return format.entryAddress; }
export function count(): u32 { return format.segmentCount; }
export function fileOffset(i: u32): u32 { return format.segment(i).offsetInFile; }
export function fileLength(i: u32): u32 { return format.segment(i).lengthInFile; }
export function start(i: u32): usize { return format.segment(i).startAddress; }
export function size(i: u32): usize { return format.segment(i).sizeInMemory; }
export function protection(i: u32): u32 { return format.segment(i).protection; }
`;
const FILE = 0x400000;
const ENOEXEC = -8;
const READ = 4;
const WRITE = 2;
const EXECUTE = 1;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

/** A program as gcc makes one: notes, code, constants, data with zeros behind. */
function goodFile(): Uint8Array {
  const segment = (
    type: number,
    flags: number,
    address: number,
    offset: number,
    bytes: number,
    memorySize = bytes,
  ) => ({
    type,
    flags,
    virtualAddress: address,
    physicalAddress: address,
    offset,
    data: new Uint8Array(bytes).fill(type),
    memorySize,
    align: type === 1 ? 0x1000 : 4,
  });
  return writeExecutable({
    entry: 0x8049010,
    segments: [
      segment(1, READ, 0x8048200, 0x200, 0x174),
      segment(1, READ | EXECUTE, 0x8049000, 0x1000, 0x123),
      segment(1, READ, 0x804a000, 0x2000, 0x20),
      segment(1, READ | WRITE, 0x804bf80, 0x2f80, 0x90, 0x3000),
      segment(0x6474e551, READ | WRITE, 0, 0, 0),
    ],
    sections: [],
    symbols: [],
  });
}

interface Outcome {
  result: number;
  why: string;
  offset: number;
  found: number;
}

function parse(kernel: TestKernel, file: Uint8Array, available = file.length): Outcome {
  kernel.bytes.set(file, FILE);
  const result = kernel.call("parse", FILE, available, file.length);
  return {
    result,
    why: result === 0 ? "" : kernel.readString(kernel.call("problem")),
    offset: kernel.call("executableProblemOffset"),
    found: kernel.call("executableProblemValue"),
  };
}

function changed(at: number, bytes: 1 | 2 | 4, value: number): Uint8Array {
  const file = goodFile();
  const view = new DataView(file.buffer);
  if (bytes === 1) view.setUint8(at, value);
  else if (bytes === 2) view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
  return file;
}

/** Where program header `index` stands. */
const header = (index: number) => 52 + index * 32;

describe("executables", () => {
  it("are read into segments", () => {
    const kernel = instantiate(module);
    expect(parse(kernel, goodFile()).result).toBe(0);
    expect(kernel.call("entry")).toBe(0x8049010);
    const rows = Array.from({ length: kernel.call("count") }, (_, i) =>
      ["fileOffset", "fileLength", "start", "size", "protection"].map((field) => kernel.call(field, i)),
    );
    expect(rows).toEqual([
      [0x200, 0x174, 0x8048200, 0x174, READ],
      [0x1000, 0x123, 0x8049000, 0x123, READ | EXECUTE],
      [0x2000, 0x20, 0x804a000, 0x20, READ],
      [0x2f80, 0x90, 0x804bf80, 0x3000, READ | WRITE],
    ]);
  });

  it.each<[string, number, 1 | 2 | 4, number, RegExp]>([
    ["magic", 3, 1, 0x47, /'E' 'L' 'F'/],
    ["class", 4, 1, 2, /class 1/],
    ["byte order", 5, 1, 2, /low byte first/],
    ["version", 6, 1, 0, /version 1/],
    ["system", 7, 1, 9, /System V/],
    ["ABI version", 8, 1, 1, /ABI version/],
    ["type", 16, 2, 3, /e_type 2/],
    ["machine", 18, 2, 40, /e_machine 3/],
    ["version of the header", 20, 4, 2, /e_version/],
    ["entry in data", 24, 4, 0x804bf80, /e_entry/],
    ["entry behind the code's bytes", 24, 4, 0x8049123, /e_entry/],
    ["program headers in the ELF header", 28, 4, 16, /e_phoff/],
    ["program headers not aligned", 28, 4, 54, /aligned to 4/],
    ["program headers beyond the file", 28, 4, 0xfffffff0, /program headers in the file/],
    ["section headers beyond the file", 32, 4, 0xffffff00, /section headers in the file/],
    ["flags", 36, 4, 1, /e_flags/],
    ["header size", 40, 2, 64, /e_ehsize/],
    ["program header size", 42, 2, 56, /e_phentsize/],
    ["no program headers", 44, 2, 0, /e_phnum/],
    ["too many program headers", 44, 2, 17, /e_phnum/],
    ["section header size", 46, 2, 64, /e_shentsize/],
    ["section name index", 50, 2, 0x7fff, /e_shstrndx/],
    ["an interpreter", header(4), 4, 3, /dynamic linker/],
    ["thread-local storage", header(4), 4, 7, /p_type/],
    ["segment beyond the file", header(1) + 4, 4, 0x10000000, /p_offset \+ p_filesz in the file/],
    ["segment's end wraps", header(1) + 16, 4, 0xffffffff, /p_offset \+ p_filesz in the file/],
    ["more in the file than in memory", header(3) + 20, 4, 0x8f, /at most p_memsz/],
    ["more in the file than in no memory", header(2) + 20, 4, 0, /at most p_memsz/],
    ["in the kernel", header(0) + 8, 4, 0x100000, /p_vaddr in a program's memory/],
    ["beyond a program's memory", header(3) + 8, 4, 0xb0000f80, /p_vaddr \+ p_memsz/],
    ["memory's end wraps", header(3) + 20, 4, 0xfffffff0, /p_vaddr \+ p_memsz/],
    ["alignment no power of two", header(1) + 28, 4, 0x1001, /power of two/],
    ["address and offset differ", header(1) + 8, 4, 0x8049004, /modulo p_align/],
    ["overlap", header(1) + 8, 4, 0x8048000, /behind the segment before/],
    ["the same page", header(2) + 20, 4, 0x1020, /behind the segment before/],
    ["unreadable", header(2) + 24, 4, WRITE, /p_flags/],
    ["unknown flags", header(2) + 24, 4, READ | 8, /p_flags/],
  ])("are refused for %s, and the field is named", (_name, at, bytes, value, why) => {
    const outcome = parse(instantiate(module), changed(at, bytes, value));
    expect(outcome.result).toBe(ENOEXEC);
    expect(outcome.why).toMatch(why);
  });

  it("are refused when they are short, whatever is missing", () => {
    const kernel = instantiate(module);
    const file = goodFile();
    for (let length = 0; length < 0x3010; length += length < 300 ? 1 : 61) {
      expect(parse(kernel, file.subarray(0, length)).result, `${length} bytes`).toBe(ENOEXEC);
    }
    // The program headers must stand in what was read of the file.
    expect(parse(kernel, file, 52 + 4 * 32).why).toMatch(/program headers in the file's beginning/);
  });

  it("are refused for a ninth segment, and for none", () => {
    const kernel = instantiate(module);
    const file = (count: number) =>
      writeExecutable({
        entry: 0x8049000,
        segments: Array.from({ length: count }, (_, i) => ({
          type: 1,
          flags: READ | EXECUTE,
          virtualAddress: 0x8049000 + i * 0x1000,
          physicalAddress: 0,
          offset: 0x1000 + i * 0x1000,
          data: new Uint8Array(16),
          memorySize: 16,
          align: 0x1000,
        })),
        sections: [],
        symbols: [],
      });
    expect(parse(kernel, file(8)).result).toBe(0);
    expect(parse(kernel, file(9)).why).toMatch(/at most 8 segments/);
    const empty = changed(header(0), 4, 4);
    for (let i = 1; i < 4; i++) new DataView(empty.buffer).setUint32(header(i), 4, true);
    expect(parse(kernel, empty).why).toMatch(/a segment to load/);
  });

  it("that were damaged anyhow are refused with a reason, or are sound", () => {
    const kernel = instantiate(module);
    const random = new Random(11);
    const odd = [0, 1, 2, 3, 4, 7, 8, 0x7f, 0x80, 0xff, 0x1000, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff];
    const good = goodFile();
    const HEADERS = header(5);
    let accepted = 0;
    for (let run = 0; run < 10000; run++) {
      const file = good.slice(0, random.below(10) === 0 ? random.below(good.length) : good.length);
      const view = new DataView(file.buffer);
      for (let change = 1 + random.below(3); change > 0; change--) {
        const at = random.below(Math.min(HEADERS, file.length) || 1);
        if (file.length < at + 4) continue;
        switch (random.below(4)) {
          case 0:
            view.setUint8(at, view.getUint8(at) ^ (1 << random.below(8)));
            break;
          case 1:
            view.setUint8(at, random.below(256));
            break;
          case 2:
            view.setUint32(at & ~3, random.pick(odd), true);
            break;
          default:
            view.setUint32(at & ~3, view.getUint32(at & ~3, true) + random.pick([-1, 1, 0x1000, -0x1000]), true);
        }
      }
      const { result, why, offset } = parse(kernel, file);
      if (result !== 0) {
        expect(result).toBe(ENOEXEC);
        expect(why).toMatch(/found/);
        expect(offset).toBeLessThan(Math.max(1, file.length));
        continue;
      }
      accepted++;
      const count = kernel.call("count");
      const entry = kernel.call("entry") >>> 0;
      let end = 0x8000000;
      let isInCode = false;
      for (let i = 0; i < count; i++) {
        const [fileOffset = 0, fileLength = 0, start = 0, size = 0, protection = 0] = [
          "fileOffset",
          "fileLength",
          "start",
          "size",
          "protection",
        ].map((field) => kernel.call(field, i) >>> 0);
        expect(fileOffset + fileLength).toBeLessThanOrEqual(file.length);
        expect(fileLength).toBeLessThanOrEqual(size);
        expect(Math.floor(start / 4096) * 4096).toBeGreaterThanOrEqual(end);
        end = Math.ceil((start + size) / 4096) * 4096;
        if ((protection & EXECUTE) !== 0 && entry >= start && entry < start + fileLength) isInCode = true;
      }
      expect(end).toBeLessThanOrEqual(0xb0000000);
      expect(isInCode).toBe(true);
    }
    expect(accepted).toBeGreaterThan(100);
    expect(accepted).toBeLessThan(5000);
  });
});

it("asks for no more than there is: bytes of the file, segments of the format", () => {
  const kernel = instantiate(module);
  expect(kernel.abortOf("parse", FILE, 100, 99)).toMatch(/more bytes than the file has/);
  expect(kernel.abortOf("fileOffset", 8)).toMatch(/no such segment/);
});
