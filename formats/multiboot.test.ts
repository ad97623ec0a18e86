import { describe, expect, it } from "vitest";
import { type Random, seeded } from "../toolchain/testing/mutate.ts";
import {
  ADDRESS_FIELDS,
  findHeader,
  HEADER_SEARCH_BYTES,
  MEMORY_INFO,
  MultibootError,
  type MultibootInformation,
  PAGE_ALIGN,
  RAM,
  RESERVED,
  readInformation,
  VIDEO_MODE,
  writeHeader,
  writeInformation,
} from "./multiboot.ts";
import { fuzzCount } from "./testing/damage.ts";

function fileWithHeader(offset: number, header: Uint8Array, length = HEADER_SEARCH_BYTES + 64): Uint8Array {
  const file = new Uint8Array(length);
  file.set(header, offset);
  return file;
}

describe("the Multiboot header", () => {
  it("is found anywhere in the first 8192 bytes, on a multiple of four", () => {
    const header = writeHeader({ flags: PAGE_ALIGN | MEMORY_INFO });
    for (const offset of [0, 4, 4096, HEADER_SEARCH_BYTES - 12]) {
      expect(findHeader(fileWithHeader(offset, header))).toEqual({ offset, flags: 3 });
    }
    expect(findHeader(fileWithHeader(2, header))).toBeUndefined();
    expect(findHeader(fileWithHeader(HEADER_SEARCH_BYTES - 8, header))).toBeUndefined();
    expect(findHeader(header)).toEqual({ offset: 0, flags: 3 });
    expect(findHeader(new Uint8Array(3))).toBeUndefined();
  });

  it("needs the right checksum; a magic number alone does not count", () => {
    const header = writeHeader({ flags: 3 });
    const file = fileWithHeader(0, header);
    file[8] ^= 1;
    expect(findHeader(file)).toBeUndefined();
    file.set(header, 64);
    expect(findHeader(file)?.offset).toBe(64);
  });

  it("brings its address and video fields", () => {
    const addresses = { header: 0x100010, load: 0x100000, loadEnd: 0x101000, bssEnd: 0x102000, entry: 0x100040 };
    const video = { type: 1, width: 80, height: 25, depth: 0 };
    const header = { flags: ADDRESS_FIELDS | VIDEO_MODE, addresses, video };
    expect(findHeader(fileWithHeader(16, writeHeader(header)))).toEqual({ offset: 16, ...header });
  });

  it("must lie in the file with all its fields", () => {
    const header = writeHeader({
      flags: ADDRESS_FIELDS,
      addresses: { header: 0, load: 0, loadEnd: 0, bssEnd: 0, entry: 0 },
    });
    expect(() => findHeader(header.subarray(0, 24))).toThrow(MultibootError);
    expect(() => findHeader(header.subarray(0, 24))).toThrow(
      "offset 24: expected a field of the Multiboot header, found the end of the file",
    );
  });
});

describe("the information structure", () => {
  const information: MultibootInformation = {
    memory: { lowerKib: 639, upperKib: 31744 },
    bootDevice: 0x00ffffff,
    commandLine: "console=serial",
    modules: [
      { start: 0x200000, end: 0x200123, commandLine: "first" },
      { start: 0x201000, end: 0x201000, commandLine: "" },
    ],
    memoryMap: [
      { base: 0, length: 0x9fc00, type: RAM },
      { base: 0x9fc00, length: 0x400, type: RESERVED },
      { base: 0x1_0000_0000, length: 0x2_4000_0000, type: RAM },
    ],
    loaderName: "a loader",
  };

  it("is read back as it was written, wherever it lies", () => {
    for (const address of [0x9000, 0x8_fff4]) {
      expect(readInformation(writeInformation(information, address), address, address)).toEqual(information);
    }
  });

  it("has its fields where the specification puts them", () => {
    const bytes = writeInformation(information, 0x9000);
    const view = new DataView(bytes.buffer);
    expect(view.getUint32(0, true)).toBe(0b10_0100_1111);
    expect([view.getUint32(4, true), view.getUint32(8, true)]).toEqual([639, 31744]);
    expect(view.getUint32(20, true)).toBe(2);
    expect(view.getUint32(44, true)).toBe(72);
    const map = view.getUint32(48, true) - 0x9000;
    expect([0, 4, 8, 12, 16, 20].map((at) => view.getUint32(map + 48 + at, true))).toEqual([
      20, 0, 1, 0x4000_0000, 2, 1,
    ]);
  });

  it("holds only what is given", () => {
    const bytes = writeInformation({ commandLine: "" }, 0);
    expect(readInformation(bytes, 0)).toEqual({ commandLine: "" });
    expect(new DataView(bytes.buffer).getUint32(0, true)).toBe(4);
  });

  it("is refused when it points outside memory", () => {
    const bytes = writeInformation(information, 0x9000);
    expect(() => readInformation(bytes, 0x9000, 0x8000)).toThrow(MultibootError);
    expect(() => readInformation(bytes.subarray(0, 100), 0x9000, 0x9000)).toThrow(MultibootError);
  });
});

describe("damaged at random", () => {
  const rounds = fuzzCount(2000);
  const damaged = (bytes: Uint8Array, random: Random) => {
    const copy = bytes.slice();
    for (let changes = random(4); changes >= 0; changes--)
      copy[random(copy.length)] = [0, 1, 0xff, random(256)][random(4)];
    return random(8) === 0 ? copy.subarray(0, random(copy.length)) : copy;
  };
  /** How many were read; any error but MultibootError is thrown on. */
  const readAll = (bytes: Uint8Array, read: (bytes: Uint8Array) => unknown): number => {
    const random = seeded(bytes.length);
    let count = 0;
    for (let round = 0; round < rounds; round++) {
      try {
        if (read(damaged(bytes, random)) !== undefined) count++;
      } catch (error) {
        if (!(error instanceof MultibootError)) throw error;
      }
    }
    return count;
  };

  it("a header is found, missed or refused", () => {
    const addresses = { header: 0x100010, load: 0x100000, loadEnd: 0, bssEnd: 0, entry: 0x100040 };
    const header = writeHeader({ flags: ADDRESS_FIELDS, addresses });
    const found = readAll(fileWithHeader(4, header, 48), findHeader);
    expect(found).toBeGreaterThan(rounds / 10);
    expect(found).toBeLessThan(rounds);
  });

  it("an information structure is read or refused", () => {
    const information = writeInformation(
      {
        memory: { lowerKib: 640, upperKib: 1024 },
        commandLine: "a b",
        modules: [{ start: 0x2000, end: 0x3000, commandLine: "m" }],
        memoryMap: [{ base: 0, length: 0xa0000, type: RAM }],
        loaderName: "x",
      },
      0x1000,
    );
    const memory = new Uint8Array(0x1000 + information.length);
    memory.set(information, 0x1000);
    const read = readAll(information, (bytes) => {
      memory.set(bytes, 0x1000);
      return readInformation(memory.subarray(0, 0x1000 + bytes.length), 0x1000);
    });
    expect(read).toBeGreaterThan(rounds / 10);
    expect(read).toBeLessThan(rounds);
  });
});
