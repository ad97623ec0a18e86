// Starts a kernel without a BIOS or a boot sector: what a Multiboot boot loader would have put into memory and registers.
// Source: Multiboot Specification 0.6.96, sections 3.2 (machine state) and 3.3 (information).

import { PT_LOAD } from "../../formats/elf32.ts";
import { type ElfExecutable, readExecutable } from "../../formats/elf32-executable.ts";
import {
  findHeader,
  HEADER_SEARCH_BYTES,
  LOADER_MAGIC,
  MEMORY_INFO,
  type MemoryRange,
  MultibootError,
  type MultibootHeader,
  PAGE_ALIGN,
  RAM,
  RESERVED,
  VIDEO_MODE,
  writeInformation,
} from "../../formats/multiboot.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const PAGE = 4096;
const LOW_MEMORY_END = 0x9fc00;

/** Where the information structure goes, unless the kernel itself is there: then above it, in steps of a page. */
const INFORMATION_ADDRESS = 0x9000;

/** Of the flags that a loader must understand, these are understood. */
const KNOWN_FLAGS = PAGE_ALIGN | MEMORY_INFO | VIDEO_MODE;
const MUST_UNDERSTAND = 0xffff;

export interface MultibootLoad {
  /** The kernel's file. */
  image: Uint8Array;
  commandLine?: string;
  modules?: { data: Uint8Array; commandLine: string }[];
  memoryBytes: number;
  /** What the kernel is told of memory; the PC's usual map if not given. */
  memoryMap?: readonly MemoryRange[];
}

export interface LoadedKernel {
  /** What to put into memory before the kernel starts, in this order. */
  writes: { address: number; bytes: Uint8Array }[];
  eax: number;
  ebx: number;
  eip: number;
}

/** The PC's memory as the BIOS reports it (pc/firmware/system.s, E820h). */
export function standardMemoryMap(memoryBytes: number): MemoryRange[] {
  return [
    { base: 0, length: LOW_MEMORY_END, type: RAM },
    { base: LOW_MEMORY_END, length: 0xa0000 - LOW_MEMORY_END, type: RESERVED },
    { base: 0xf0000, length: 0x10000, type: RESERVED },
    { base: MIB, length: memoryBytes - MIB, type: RAM },
    { base: 0xfffc0000, length: 0x40000, type: RESERVED },
  ];
}

/**
 * Lays out a kernel, its modules and the information structure.
 * @throws MultibootError, Elf32Error when the file is no kernel that can be started here
 */
export function loadMultiboot(options: MultibootLoad): LoadedKernel {
  const { image, modules = [], memoryBytes } = options;
  const memoryMap = [...(options.memoryMap ?? standardMemoryMap(memoryBytes))];
  const isElf = image[0] === 0x7f && image[1] === 0x45 && image[2] === 0x4c && image[3] === 0x46;
  const program = isElf ? readExecutable(image, "kernel") : undefined; // says what is wrong with it before the header is missed
  const header = findHeader(image);
  if (!header) {
    const searched = Math.min(image.length, HEADER_SEARCH_BYTES);
    throw new MultibootError(0, "a Multiboot header", `none in the first ${searched} bytes`);
  }
  checkFlags(header);
  const { pieces, entry } = header.addresses ? byAddressFields(image, header) : byElf(program);
  for (const piece of pieces) checkPlace(header, memoryMap, piece.address, piece.size);
  if (!pieces.some((piece) => entry >= piece.address && entry < piece.address + piece.size)) {
    throw new MultibootError(header.offset, "an entry point in the loaded kernel", hex(entry));
  }
  const writes = pieces.map((piece) => ({ address: piece.address, bytes: padded(piece.bytes, piece.size) }));

  const placed = placeModules(header, modules, writes, memoryMap);
  writes.push(...placed.writes);
  const information = {
    memory: { lowerKib: LOW_MEMORY_END / KIB, upperKib: upperKib(memoryMap) },
    commandLine: options.commandLine ?? "",
    ...(modules.length > 0 && { modules: placed.modules }),
    memoryMap,
    loaderName: "MiniOS PC",
  };
  const length = writeInformation(information, 0).length;
  const ebx = placeInformation(header, length, writes);
  writes.push({ address: ebx, bytes: writeInformation(information, ebx) });
  return { writes, eax: LOADER_MAGIC, ebx, eip: entry };
}

function checkFlags(header: MultibootHeader): void {
  const unknown = header.flags & MUST_UNDERSTAND & ~KNOWN_FLAGS;
  if (unknown !== 0) {
    throw new MultibootError(header.offset + 4, `no required flags but ${hex(KNOWN_FLAGS)}`, hex(unknown));
  }
  if (header.video && header.video.type === 0 && header.video.width !== 0) {
    const { width, height, depth } = header.video;
    throw new MultibootError(header.offset + 32, "a text mode", `graphics, ${width}x${height}, ${depth} bits`);
  }
}

/** The kernel: bytes of the file, each with the size that it takes in memory; the rest is zero. */
interface Placed {
  pieces: { address: number; bytes: Uint8Array; size: number }[];
  entry: number;
}

/** The file is loaded as the header's address fields say, whatever its format. */
function byAddressFields(image: Uint8Array, header: MultibootHeader): Placed {
  const fields = header.addresses;
  if (!fields) throw new MultibootError(header.offset, "address fields", "none");
  const start = header.offset - (fields.header - fields.load);
  if (fields.load > fields.header || start < 0) {
    throw new MultibootError(
      header.offset + 16,
      `a load address from ${hex(fields.header - header.offset)} to ${hex(fields.header)}`,
      hex(fields.load),
    );
  }
  const length = fields.loadEnd === 0 ? image.length - start : fields.loadEnd - fields.load;
  if (length < 0 || start + length > image.length) {
    throw new MultibootError(
      header.offset + 20,
      `a load end up to ${hex(fields.load + image.length - start)}`,
      hex(fields.loadEnd),
    );
  }
  const size = fields.bssEnd === 0 ? length : fields.bssEnd - fields.load;
  if (size < length) {
    throw new MultibootError(header.offset + 24, `a bss end from ${hex(fields.load + length)} on`, hex(fields.bssEnd));
  }
  return {
    pieces: [{ address: fields.load, bytes: image.subarray(start, start + length), size }],
    entry: fields.entry,
  };
}

/** The file is an ELF executable; its segments go to their physical addresses. */
function byElf(program: ElfExecutable | undefined): Placed {
  if (!program) throw new MultibootError(0, "7f 45 4c 46, an ELF file, or address fields in the header", "neither");
  const { segments, entry } = program;
  const loaded = segments.filter((segment) => segment.type === PT_LOAD && segment.memorySize > 0);
  const home = loaded.find((one) => entry >= one.virtualAddress && entry < one.virtualAddress + one.memorySize);
  return {
    pieces: loaded.map((one) => ({ address: one.physicalAddress, bytes: one.data, size: one.memorySize })),
    entry: home ? entry - home.virtualAddress + home.physicalAddress : entry,
  };
}

/** The range must be RAM from one end to the other. The standard map has each piece of RAM in one range. */
function checkPlace(header: MultibootHeader, memoryMap: readonly MemoryRange[], address: number, length: number): void {
  const fits = memoryMap.some(
    (range) => range.type === RAM && address >= range.base && address + length <= range.base + range.length,
  );
  if (!fits) {
    throw new MultibootError(
      header.offset,
      "a kernel that fits into memory",
      `${hex(address)}-${hex(address + length)}`,
    );
  }
}

/** Modules go above the kernel, each on a page of its own. */
function placeModules(
  header: MultibootHeader,
  modules: NonNullable<MultibootLoad["modules"]>,
  kernel: LoadedKernel["writes"],
  memoryMap: readonly MemoryRange[],
): { writes: LoadedKernel["writes"]; modules: { start: number; end: number; commandLine: string }[] } {
  let next = kernel.reduce((end, write) => Math.max(end, write.address + write.bytes.length), MIB);
  const writes: LoadedKernel["writes"] = [];
  const table = modules.map(({ data, commandLine }) => {
    const start = pageUp(next);
    next = start + data.length;
    checkPlace(header, memoryMap, start, data.length);
    writes.push({ address: start, bytes: data });
    return { start, end: next, commandLine };
  });
  return { writes, modules: table };
}

/** The lowest page from INFORMATION_ADDRESS on where `length` bytes lie in low memory and the kernel does not. */
function placeInformation(header: MultibootHeader, length: number, writes: LoadedKernel["writes"]): number {
  for (let address = INFORMATION_ADDRESS; address + length <= LOW_MEMORY_END; address += PAGE) {
    const taken = writes.some(
      (write) => address < write.address + write.bytes.length && write.address < address + length,
    );
    if (!taken) return address;
  }
  throw new MultibootError(header.offset, `${length} free bytes below 640 KiB`, "the kernel everywhere");
}

/** KiB of RAM from 1 MiB up to the first hole. */
function upperKib(memoryMap: readonly MemoryRange[]): number {
  const ram = memoryMap.filter((range) => range.type === RAM).sort((a, b) => a.base - b.base);
  let end = MIB;
  for (const range of ram) if (range.base <= end) end = Math.max(end, range.base + range.length);
  return Math.floor((Math.min(end, 2 ** 32) - MIB) / KIB);
}

function padded(bytes: Uint8Array, size: number): Uint8Array {
  const all = new Uint8Array(size);
  all.set(bytes);
  return all;
}

const pageUp = (address: number): number => Math.ceil(address / PAGE) * PAGE;
const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
