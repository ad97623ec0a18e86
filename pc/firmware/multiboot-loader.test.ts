import { describe, expect, it } from "vitest";
import { Elf32Error, PT_LOAD } from "../../formats/elf32.ts";
import { writeExecutable } from "../../formats/elf32-executable.ts";
import {
  ADDRESS_FIELDS,
  MultibootError,
  RAM,
  readInformation,
  VIDEO_MODE,
  writeHeader,
} from "../../formats/multiboot.ts";
import { fuzzCount } from "../../formats/testing/damage.ts";
import { seeded } from "../../toolchain/testing/mutate.ts";
import { type LoadedKernel, loadMultiboot } from "./multiboot-loader.ts";

const MIB = 1024 * 1024;

interface KernelShape {
  flags?: number;
  entry?: number;
  physicalAddress?: number;
  virtualAddress?: number;
  memorySize?: number;
}

/** A kernel of one segment: header, then sixteen bytes that count. */
function kernel({ flags = 3, ...shape }: KernelShape = {}): Uint8Array {
  const header = writeHeader({ flags });
  const data = new Uint8Array([...header, ...Array.from({ length: 16 }, (_, index) => index + 1)]);
  const virtualAddress = shape.virtualAddress ?? MIB;
  return writeExecutable({
    entry: shape.entry ?? virtualAddress + header.length,
    segments: [
      {
        type: PT_LOAD,
        flags: 7,
        virtualAddress,
        physicalAddress: shape.physicalAddress ?? virtualAddress,
        offset: 4096,
        data,
        memorySize: shape.memorySize ?? data.length,
        align: 4096,
      },
    ],
    sections: [],
    symbols: [],
  });
}

/** What memory holds after the writes, as far as `length`. */
function memoryOf(loaded: LoadedKernel, length: number): Uint8Array {
  const memory = new Uint8Array(length).fill(0xcc);
  for (const { address, bytes } of loaded.writes) memory.set(bytes, address);
  return memory;
}

describe("loading a Multiboot kernel", () => {
  it("puts an ELF's segment in place, clears its tail and enters at its entry point", () => {
    const loaded = loadMultiboot({ image: kernel({ memorySize: 100 }), memoryBytes: 32 * MIB });
    expect(loaded.eax).toBe(0x2badb002);
    expect(loaded.eip).toBe(MIB + 12);
    const memory = memoryOf(loaded, 2 * MIB);
    expect([...memory.subarray(MIB + 12, MIB + 28)]).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
    expect(memory.subarray(MIB + 28, MIB + 100).every((byte) => byte === 0)).toBe(true);
    expect(memory[MIB + 100]).toBe(0xcc);
  });

  it("tells the kernel of memory, command line and modules", () => {
    const first = new Uint8Array([1, 2, 3]);
    const loaded = loadMultiboot({
      image: kernel(),
      commandLine: "kernel quiet",
      modules: [
        { data: first, commandLine: "first" },
        { data: new Uint8Array(5000), commandLine: "second" },
      ],
      memoryBytes: 16 * MIB,
    });
    const memory = memoryOf(loaded, 16 * MIB);
    const information = readInformation(memory, loaded.ebx);
    expect(information.memory).toEqual({ lowerKib: 639, upperKib: 15 * 1024 });
    expect(information.commandLine).toBe("kernel quiet");
    expect(information.modules).toEqual([
      { start: MIB + 0x1000, end: MIB + 0x1003, commandLine: "first" },
      { start: MIB + 0x2000, end: MIB + 0x2000 + 5000, commandLine: "second" },
    ]);
    expect([...memory.subarray(MIB + 0x1000, MIB + 0x1003)]).toEqual([1, 2, 3]);
    expect(information.memoryMap?.filter((range) => range.type === RAM)).toEqual([
      { base: 0, length: 0x9fc00, type: RAM },
      { base: MIB, length: 15 * MIB, type: RAM },
    ]);
  });

  it("enters a kernel that is linked high at its physical address", () => {
    const loaded = loadMultiboot({
      image: kernel({ virtualAddress: 0xc0100000, physicalAddress: MIB }),
      memoryBytes: 32 * MIB,
    });
    expect(loaded.eip).toBe(MIB + 12);
  });

  it("keeps the information out of the way of a kernel in low memory", () => {
    const loaded = loadMultiboot({
      image: kernel({ virtualAddress: 0x8000, memorySize: 0x4000 }),
      memoryBytes: 32 * MIB,
    });
    expect(loaded.ebx).toBe(0xc000);
  });

  it("loads any file by the header's address fields", () => {
    const header = writeHeader({
      flags: ADDRESS_FIELDS,
      addresses: {
        header: 2 * MIB + 8,
        load: 2 * MIB,
        loadEnd: 2 * MIB + 48,
        bssEnd: 2 * MIB + 64,
        entry: 2 * MIB + 40,
      },
    });
    const image = new Uint8Array(100).fill(0x90);
    image.set(header, 24); // 16 bytes before the load address are not loaded
    const loaded = loadMultiboot({ image, memoryBytes: 32 * MIB });
    expect(loaded.eip).toBe(2 * MIB + 40);
    expect(loaded.writes[0]?.address).toBe(2 * MIB);
    expect([...(loaded.writes[0]?.bytes ?? [])]).toEqual([...image.subarray(16, 64), ...new Array(16).fill(0)]);
  });

  it.each<[string, () => Uint8Array, string]>([
    ["no header", () => new Uint8Array(3), "offset 0: expected a Multiboot header, found none in the first 3 bytes"],
    ["a required flag that nobody knows", () => kernel({ flags: 8 }), "expected no required flags but 0x7, found 0x8"],
    [
      "a segment over the ROM",
      () => kernel({ virtualAddress: 0xff000, memorySize: 0x2000 }),
      "a kernel that fits into memory",
    ],
    ["a segment beyond the end of memory", () => kernel({ memorySize: 64 * MIB }), "a kernel that fits into memory"],
    ["a segment of nearly 4 GiB", () => kernel({ memorySize: 0xefe00000 }), "a kernel that fits into memory"],
    [
      "an entry point elsewhere",
      () => kernel({ entry: 0x4000 }),
      "expected an entry point in the loaded kernel, found 0x4000",
    ],
  ])("refuses %s", (_, image, message) => {
    const load = () => loadMultiboot({ image: image(), memoryBytes: 32 * MIB });
    expect(load).toThrow(MultibootError);
    expect(load).toThrow(message);
  });

  it("refuses a wish for graphics", () => {
    const header = writeHeader({ flags: VIDEO_MODE, video: { type: 0, width: 1024, height: 768, depth: 32 } });
    expect(() => loadMultiboot({ image: header, memoryBytes: 32 * MIB })).toThrow(
      "expected a text mode, found graphics, 1024x768, 32 bits",
    );
  });

  it("refuses an ELF of another machine", () => {
    const image = kernel();
    image[18] = 62;
    expect(() => loadMultiboot({ image, memoryBytes: 32 * MIB })).toThrow(Elf32Error);
  });

  it("refuses address fields that do not fit the file", () => {
    const fields = { header: MIB, load: MIB, loadEnd: 0, bssEnd: 0, entry: MIB };
    const load = (change: Partial<typeof fields>) => () =>
      loadMultiboot({
        image: writeHeader({ flags: ADDRESS_FIELDS, addresses: { ...fields, ...change } }),
        memoryBytes: 32 * MIB,
      });
    expect(load({ load: MIB + 4 })).toThrow("expected a load address");
    expect(load({ load: MIB - 64 })).toThrow("expected a load address");
    expect(load({ loadEnd: MIB + 1000 })).toThrow("expected a load end");
    expect(load({ loadEnd: MIB + 32, bssEnd: MIB + 16 })).toThrow("expected a bss end");
    expect(load({})).not.toThrow();
  });
});

describe("kernels damaged at random", () => {
  const rounds = fuzzCount(2000);
  const flat = (): Uint8Array => {
    const addresses = { header: MIB, load: MIB, loadEnd: 0, bssEnd: MIB + 5000, entry: MIB + 40 };
    return Uint8Array.from([...writeHeader({ flags: ADDRESS_FIELDS | 3, addresses }), ...new Uint8Array(200)]);
  };
  it.each([
    ["an ELF file", kernel({ memorySize: 9000 }), 0, 120],
    ["one with address fields", flat(), 0, 48],
  ])("%s is loaded or refused", (_, image, start, end) => {
    const random = seeded(image.length);
    let loaded = 0;
    for (let round = 0; round < rounds; round++) {
      const damaged = image.slice();
      for (let changes = random(3); changes >= 0; changes--)
        damaged[start + random(end - start)] = [0, 1, 0x10, 0xff, random(256)][random(5)];
      const given = random(8) === 0 ? damaged.subarray(0, random(damaged.length)) : damaged;
      try {
        const { writes } = loadMultiboot({ image: given, memoryBytes: 32 * MIB });
        loaded++;
        for (const { address, bytes } of writes) expect(address + bytes.length).toBeLessThanOrEqual(32 * MIB);
      } catch (error) {
        if (!(error instanceof MultibootError || error instanceof Elf32Error)) throw error;
      }
    }
    expect(loaded).toBeGreaterThan(rounds / 50);
    expect(loaded).toBeLessThan(rounds);
  });
});
