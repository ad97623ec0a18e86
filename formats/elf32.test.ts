import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import * as elf from "./elf32.ts";
import { readExecutable, writeExecutable } from "./elf32-executable.ts";
import { type ElfObject, type ObjectSection, type ObjectSymbol, readObject, writeObject } from "./elf32-object.ts";
import { fuzzCount } from "./testing/damage.ts";

const binutils = spawnSync("readelf", ["--version"]).status === 0 && spawnSync("as", ["--version"]).status === 0;
/** How many damaged files are read. */
const ROUNDS = fuzzCount(5000);
const directory = mkdtempSync(join(tmpdir(), "minios-elf32-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** `call outside; ret` with a .data word that points at it and 16 bytes of .bss. */
function sample(): ElfObject {
  const text: ObjectSection = {
    name: ".text",
    type: elf.SHT_PROGBITS,
    flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR,
    align: 16,
    data: Uint8Array.of(0xe8, 0xfc, 0xff, 0xff, 0xff, 0xc3),
    relocations: [],
  };
  const data: ObjectSection = {
    name: ".data",
    type: elf.SHT_PROGBITS,
    flags: elf.SHF_ALLOC | elf.SHF_WRITE,
    align: 4,
    data: new Uint8Array(4),
    relocations: [],
  };
  const bss: ObjectSection = {
    name: ".bss",
    type: elf.SHT_NOBITS,
    flags: elf.SHF_ALLOC | elf.SHF_WRITE,
    align: 4,
    data: { size: 16 },
    relocations: [],
  };
  const start: ObjectSymbol = {
    name: "_start",
    binding: elf.STB_GLOBAL,
    type: elf.STT_FUNC,
    section: text,
    value: 0,
    size: 6,
  };
  const outside: ObjectSymbol = {
    name: "outside",
    binding: elf.STB_GLOBAL,
    type: elf.STT_NOTYPE,
    section: "undefined",
    value: 0,
    size: 0,
  };
  const local: ObjectSymbol = {
    name: "kernel/größe#x",
    binding: elf.STB_LOCAL,
    type: elf.STT_OBJECT,
    section: bss,
    value: 4,
    size: 4,
  };
  text.relocations.push({ offset: 1, type: elf.R_386_PC32, symbol: outside });
  data.relocations.push({ offset: 0, type: elf.R_386_32, symbol: start });
  return { sections: [text, data, bss], symbols: [start, outside, local] };
}

describe("relocatable objects", () => {
  it("read back as they were written", () => {
    const object = readObject(writeObject(sample()), "sample.o");
    expect(object.sections.map((section) => section.name)).toEqual([".text", ".data", ".bss"]);
    expect(object.sections[0].data).toEqual(Uint8Array.of(0xe8, 0xfc, 0xff, 0xff, 0xff, 0xc3));
    expect(object.sections[2].data).toEqual({ size: 16 });
    expect(object.symbols.map((symbol) => symbol.name)).toEqual(["kernel/größe#x", "_start", "outside"]);
    expect(object.symbols[0].section).toBe(object.sections[2]);
    expect(object.symbols[2].section).toBe("undefined");
    expect(object.sections[0].relocations).toEqual([{ offset: 1, type: elf.R_386_PC32, symbol: object.symbols[2] }]);
    expect(object.sections[1].relocations[0].symbol).toBe(object.symbols[1]);
  });

  it("name the offset, the expected and the found when a field is wrong", () => {
    const bytes = writeObject(sample());
    expect(() => readObject(bytes.subarray(0, 3), "short.o")).toThrow(
      "short.o: at offset 0x0: expected ELF magic (4 bytes), found end of file at 0x3",
    );
    const machine = bytes.slice();
    machine[18] = 62;
    expect(() => readObject(machine, "x.o")).toThrow(
      "x.o: at offset 0x12: expected machine Intel 80386 0x3, found 0x3e",
    );
    const executable = bytes.slice();
    executable[16] = 2;
    expect(() => readObject(executable, "x.o")).toThrow("expected relocatable file type 0x1, found 0x2");
  });

  it("never fail with anything but Elf32Error", () => {
    const original = writeObject(sample());
    let seed = 1;
    const random = (limit: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % limit;
    };
    let refused = 0;
    for (let round = 0; round < ROUNDS; round++) {
      let bytes = original.slice();
      for (let n = random(4); n >= 0; n--) bytes[random(bytes.length)] = random(256);
      if (random(8) === 0) bytes = bytes.subarray(0, random(bytes.length));
      try {
        readObject(bytes, "mutant.o");
      } catch (error) {
        expect(error).toBeInstanceOf(elf.Elf32Error);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(ROUNDS / 10);
  });

  it.skipIf(!binutils)("are what readelf and ld take, and as writes what readObject takes", () => {
    const path = join(directory, "sample.o");
    writeFileSync(path, writeObject(sample()));
    const listing = spawnSync("readelf", ["-aW", path], { encoding: "utf8" });
    expect(listing.stderr).toBe("");
    expect(listing.stdout).toMatch(/R_386_PC32 +00000000 +outside/);
    writeFileSync(
      join(directory, "o.s"),
      ".globl outside\noutside: mov $outside, %eax\n.comm shared, 8, 4\n.word outside\n",
    );
    execFileSync("as", ["--32", "-o", join(directory, "o.o"), join(directory, "o.s")]);
    const other = readObject(readFileSync(join(directory, "o.o")), "o.o");
    expect(other.symbols.find((symbol) => symbol.name === "shared")).toMatchObject({
      section: "common",
      value: 4,
      size: 8,
    });
    expect(other.sections[0].relocations.map((relocation) => relocation.type)).toEqual([elf.R_386_32, elf.R_386_16]);
    const linked = join(directory, "sample.elf");
    execFileSync("ld", ["-m", "elf_i386", "-o", linked, path, join(directory, "o.o"), "--noinhibit-exec"], {
      stdio: "ignore",
    });
    const executable = readExecutable(readFileSync(linked), "sample.elf");
    const start = executable.symbols.find((symbol) => symbol.name === "_start");
    expect(start?.value).toBe(executable.entry);
  });
});

describe("executables", () => {
  const text = {
    name: ".text",
    type: elf.SHT_PROGBITS,
    flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR,
    address: 0x100000,
    offset: 0x1000,
    align: 16,
    data: Uint8Array.of(0xf4, 0xeb, 0xfd),
    entrySize: 0,
  };
  const note = { ...text, name: ".comment", flags: 0, address: 0, offset: 0, align: 1, data: Uint8Array.of(65, 0) };
  const image = writeExecutable({
    entry: 0x100000,
    segments: [
      {
        type: elf.PT_LOAD,
        flags: elf.PF_R | elf.PF_X,
        virtualAddress: 0x100000,
        physicalAddress: 0x100000,
        offset: 0x1000,
        data: text.data,
        memorySize: 0x2000,
        align: 0x1000,
      },
    ],
    sections: [text, note],
    symbols: [{ name: "_start", binding: elf.STB_GLOBAL, type: elf.STT_FUNC, section: text, value: 0x100000, size: 3 }],
  });

  it("read back as they were written", () => {
    const executable = readExecutable(image, "kernel.elf");
    expect(executable.entry).toBe(0x100000);
    expect(executable.segments).toHaveLength(1);
    expect(executable.segments[0]).toMatchObject({ virtualAddress: 0x100000, memorySize: 0x2000, data: text.data });
    expect(executable.sections.map((section) => section.name)).toEqual([".text", ".comment", ".shstrtab"].slice(0, 2));
    expect(executable.symbols[0]).toMatchObject({ name: "_start", section: executable.sections[0] });
  });

  it("refuse a segment beyond the file or beyond memory", () => {
    const beyond = image.slice();
    new DataView(beyond.buffer).setUint32(52 + 16, 0x1001000, true);
    new DataView(beyond.buffer).setUint32(52 + 20, 0x1001000, true);
    expect(() => readExecutable(beyond, "k")).toThrow("k: at offset 0x1000: expected segment (16781312 bytes)");
    const wrap = image.slice();
    new DataView(wrap.buffer).setUint32(52 + 20, 0xfffff000, true);
    expect(() => readExecutable(wrap, "k")).toThrow("expected segment that ends below 4 GiB");
  });

  it("never fail with anything but Elf32Error", () => {
    let seed = 9;
    const random = (limit: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % limit;
    };
    // Most of the file is padding: the headers and tables at both ends are where mutations matter.
    const places = [...Array(84).keys(), ...Array(image.length - 0x1000).keys()].map((n, i) =>
      i < 84 ? n : n + 0x1000,
    );
    let refused = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = image.slice();
      for (let n = random(4); n >= 0; n--) bytes[places[random(places.length)]] = random(256);
      try {
        readExecutable(bytes, "mutant.elf");
      } catch (error) {
        expect(error).toBeInstanceOf(elf.Elf32Error);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(ROUNDS / 10);
  });

  it.skipIf(!binutils)("are what readelf and objdump take", () => {
    const path = join(directory, "kernel.elf");
    writeFileSync(path, image);
    expect(spawnSync("readelf", ["-aW", path], { encoding: "utf8" }).stderr).toBe("");
    expect(execFileSync("objdump", ["-d", path], { encoding: "utf8" })).toMatch(
      /100000 <_start>:\s+100000:\s+f4\s+hlt/,
    );
  });
});
