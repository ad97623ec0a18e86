// The Multiboot header that a kernel carries, and the information structure that a boot loader hands to it.
// Source: Multiboot Specification 0.6.96, sections 3.1 and 3.3.

export const HEADER_MAGIC = 0x1badb002;
export const LOADER_MAGIC = 0x2badb002;

/** The header lies within this many bytes of the file's start, on a multiple of four. */
export const HEADER_SEARCH_BYTES = 8192;

// Header flags. A loader must refuse a kernel when it does not know one of bits 0-15.
export const PAGE_ALIGN = 1 << 0;
export const MEMORY_INFO = 1 << 1;
export const VIDEO_MODE = 1 << 2;
export const ADDRESS_FIELDS = 1 << 16;

// Information flags: which fields hold something.
const INFO_MEMORY = 1 << 0;
const INFO_BOOT_DEVICE = 1 << 1;
const INFO_COMMAND_LINE = 1 << 2;
const INFO_MODULES = 1 << 3;
const INFO_MEMORY_MAP = 1 << 6;
const INFO_LOADER_NAME = 1 << 9;

// Offsets in the information structure.
const MEM_LOWER = 4;
const MEM_UPPER = 8;
const BOOT_DEVICE = 12;
const COMMAND_LINE = 16;
const MODULE_COUNT = 20;
const MODULE_ADDRESS = 24;
const MMAP_LENGTH = 44;
const MMAP_ADDRESS = 48;
const LOADER_NAME = 64;
const INFO_BYTES = 120;
const MODULE_BYTES = 16;
const MMAP_ENTRY_BYTES = 24;

export interface MultibootHeader {
  /** Where in the file it begins. */
  offset: number;
  flags: number;
  /** Present when the flags say that the file is to be loaded by these and not by its own headers (ADDRESS_FIELDS). */
  addresses?: {
    header: number;
    load: number;
    /** 0: to the end of the file. */
    loadEnd: number;
    /** 0: nothing to clear. */
    bssEnd: number;
    entry: number;
  };
  /** What the kernel wishes (VIDEO_MODE): type 0 graphics, 1 text. */
  video?: { type: number; width: number; height: number; depth: number };
}

/** E820's kinds of memory. */
export const RAM = 1;
export const RESERVED = 2;

export interface MemoryRange {
  base: number;
  length: number;
  /** RAM, RESERVED, or another of E820's types. */
  type: number;
}

export interface MultibootInformation {
  /** KiB from 0 on and from 1 MiB on. */
  memory?: { lowerKib: number; upperKib: number };
  /** BIOS drive in the top byte, then three levels of partition; FFh: none. */
  bootDevice?: number;
  commandLine?: string;
  modules?: { start: number; end: number; commandLine: string }[];
  memoryMap?: MemoryRange[];
  loaderName?: string;
}

/** A file or a structure is not what the specification says. */
export class MultibootError extends Error {
  override readonly name = "MultibootError";

  constructor(
    readonly offset: number,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`offset ${offset}: expected ${expected}, found ${found}`);
  }
}

/**
 * Looks for a Multiboot header.
 * @returns it, or undefined when the file has none
 * @throws MultibootError when it has one whose fields do not all lie in the file
 */
export function findHeader(file: Uint8Array): MultibootHeader | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const end = Math.min(file.length, HEADER_SEARCH_BYTES) - 12;
  for (let offset = 0; offset <= end; offset += 4) {
    if (view.getUint32(offset, true) !== HEADER_MAGIC) continue;
    const flags = view.getUint32(offset + 4, true);
    const checksum = view.getUint32(offset + 8, true);
    if ((HEADER_MAGIC + flags + checksum) >>> 0 === 0) return readHeader(view, offset, flags);
  }
  return undefined;
}

function readHeader(view: DataView, offset: number, flags: number): MultibootHeader {
  const header: MultibootHeader = { offset, flags };
  const word = (at: number): number => {
    if (offset + at + 4 > view.byteLength) {
      throw new MultibootError(offset + at, "a field of the Multiboot header", "the end of the file");
    }
    return view.getUint32(offset + at, true);
  };
  if (flags & ADDRESS_FIELDS) {
    header.addresses = { header: word(12), load: word(16), loadEnd: word(20), bssEnd: word(24), entry: word(28) };
  }
  if (flags & VIDEO_MODE) header.video = { type: word(32), width: word(36), height: word(40), depth: word(44) };
  return header;
}

/** Bytes of a header with the right checksum, with address fields when there are some. */
export function writeHeader(header: Omit<MultibootHeader, "offset">): Uint8Array {
  const { addresses, video } = header;
  const words = [HEADER_MAGIC, header.flags, -(HEADER_MAGIC + header.flags)];
  if (addresses || video) {
    words.push(addresses?.header ?? 0, addresses?.load ?? 0, addresses?.loadEnd ?? 0, addresses?.bssEnd ?? 0);
    words.push(addresses?.entry ?? 0);
  }
  if (video) words.push(video.type, video.width, video.height, video.depth);
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, word] of words.entries()) view.setUint32(index * 4, word, true);
  return bytes;
}

/**
 * The information structure and everything that it points to, in one piece.
 * @param address where the piece will lie in memory; the structure is at its start
 */
export function writeInformation(information: MultibootInformation, address: number): Uint8Array {
  const modules = information.modules ?? [];
  const memoryMap = information.memoryMap ?? [];
  const moduleTable = INFO_BYTES;
  const mapTable = moduleTable + modules.length * MODULE_BYTES;
  let end = mapTable + memoryMap.length * MMAP_ENTRY_BYTES;
  const strings: { offset: number; bytes: Uint8Array }[] = [];
  const place = (text: string): number => {
    const bytes = new TextEncoder().encode(text);
    const offset = end;
    strings.push({ offset, bytes });
    end += bytes.length + 1;
    return address + offset;
  };

  const fields: [offset: number, value: number][] = [];
  let flags = 0;
  if (information.memory) {
    flags |= INFO_MEMORY;
    fields.push([MEM_LOWER, information.memory.lowerKib], [MEM_UPPER, information.memory.upperKib]);
  }
  if (information.bootDevice !== undefined) {
    flags |= INFO_BOOT_DEVICE;
    fields.push([BOOT_DEVICE, information.bootDevice]);
  }
  if (information.commandLine !== undefined) {
    flags |= INFO_COMMAND_LINE;
    fields.push([COMMAND_LINE, place(information.commandLine)]);
  }
  if (information.modules) {
    flags |= INFO_MODULES;
    fields.push([MODULE_COUNT, modules.length], [MODULE_ADDRESS, address + moduleTable]);
    for (const [index, module] of modules.entries()) {
      const at = moduleTable + index * MODULE_BYTES;
      fields.push([at, module.start], [at + 4, module.end], [at + 8, place(module.commandLine)]);
    }
  }
  if (information.memoryMap) {
    flags |= INFO_MEMORY_MAP;
    fields.push([MMAP_LENGTH, memoryMap.length * MMAP_ENTRY_BYTES], [MMAP_ADDRESS, address + mapTable]);
    for (const [index, range] of memoryMap.entries()) {
      const at = mapTable + index * MMAP_ENTRY_BYTES;
      fields.push([at, MMAP_ENTRY_BYTES - 4], [at + 4, low(range.base)], [at + 8, high(range.base)]);
      fields.push([at + 12, low(range.length)], [at + 16, high(range.length)], [at + 20, range.type]);
    }
  }
  if (information.loaderName !== undefined) {
    flags |= INFO_LOADER_NAME;
    fields.push([LOADER_NAME, place(information.loaderName)]);
  }
  fields.push([0, flags]);

  const bytes = new Uint8Array(end);
  const view = new DataView(bytes.buffer);
  for (const [offset, value] of fields) view.setUint32(offset, value, true);
  for (const string of strings) bytes.set(string.bytes, string.offset);
  return bytes;
}

/**
 * Reads an information structure back.
 * @param memory what memory holds from address 0 on, or a window of it
 * @param address the structure's address
 * @param base the address of `memory`'s first byte
 * @throws MultibootError when something that it points to lies outside `memory`; the offset is an address
 */
export function readInformation(memory: Uint8Array, address: number, base = 0): MultibootInformation {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const word = (at: number): number => {
    if (at < base || at + 4 > base + memory.length) {
      throw new MultibootError(at, "an address in the memory at hand", "one outside it");
    }
    return view.getUint32(at - base, true);
  };
  const text = (at: number): string => {
    const start = at - base;
    const end = start < 0 ? -1 : memory.indexOf(0, start);
    if (end < 0) throw new MultibootError(at, "a text that ends with a NUL", "none");
    return new TextDecoder().decode(memory.subarray(start, end));
  };

  const flags = word(address);
  const information: MultibootInformation = {};
  if (flags & INFO_MEMORY) {
    information.memory = { lowerKib: word(address + MEM_LOWER), upperKib: word(address + MEM_UPPER) };
  }
  if (flags & INFO_BOOT_DEVICE) information.bootDevice = word(address + BOOT_DEVICE);
  if (flags & INFO_COMMAND_LINE) information.commandLine = text(word(address + COMMAND_LINE));
  if (flags & INFO_MODULES) {
    const table = word(address + MODULE_ADDRESS);
    information.modules = Array.from({ length: word(address + MODULE_COUNT) }, (_, index) => {
      const at = table + index * MODULE_BYTES;
      return { start: word(at), end: word(at + 4), commandLine: text(word(at + 8)) };
    });
  }
  if (flags & INFO_MEMORY_MAP) {
    information.memoryMap = [];
    const start = word(address + MMAP_ADDRESS);
    const end = start + word(address + MMAP_LENGTH);
    for (let at = start; at < end; at += word(at) + 4) {
      const base64 = word(at + 4) + word(at + 8) * 2 ** 32;
      const length = word(at + 12) + word(at + 16) * 2 ** 32;
      information.memoryMap.push({ base: base64, length, type: word(at + 20) });
    }
  }
  if (flags & INFO_LOADER_NAME) information.loaderName = text(word(address + LOADER_NAME));
  return information;
}

const low = (value: number): number => value % 2 ** 32;
const high = (value: number): number => Math.floor(value / 2 ** 32);
