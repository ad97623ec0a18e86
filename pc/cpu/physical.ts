// Guest physical memory: which pages are RAM and ROM, and where they stand in the shared memory.

import type { GuestMemory } from "../bus.ts";
import { HOST_BASE, PAGE_RAM, PAGE_ROM, PHYSICAL } from "./core/layout.ts";

const PAGE = 0x1000;
const PAGE_MASK = ~(PAGE - 1);
/** Room for ROM images after RAM. */
export const ROM_BYTES = 0x20_0000;

/** A physical range that cannot be mapped as asked. */
export class MappingError extends Error {
  constructor(
    what: string,
    readonly physicalAddress: number,
    readonly length: number,
    expected: string,
  ) {
    const range = `0x${physicalAddress.toString(16)}-0x${(physicalAddress + length - 1).toString(16)}`;
    super(`${what} at ${range}: expected ${expected}`);
    this.name = "MappingError";
  }
}

export class PhysicalMemory implements GuestMemory {
  private readonly map: Uint32Array;
  private readonly host: Uint8Array;
  private readonly words: Uint32Array;
  private readonly images = new Map<Uint8Array, number>();
  private romUsed = 0;

  /**
   * @param size bytes of RAM, a multiple of 4 KiB
   * @param written called with the host address and length of what `write` changed, within one page
   * @param remapped called when the map changed
   */
  constructor(
    memory: ArrayBuffer,
    readonly size: number,
    private readonly written: (host: number, length: number) => void,
    private readonly remapped: () => void,
  ) {
    this.map = new Uint32Array(memory, PHYSICAL, 1 << 20);
    this.host = new Uint8Array(memory);
    this.words = new Uint32Array(memory);
  }

  /** RAM at [physicalAddress, + length): the RAM of the same address, of which there must be so much; as if it were ROM if not writable. */
  mapRam(physicalAddress: number, length: number, isWritable = true): void {
    this.checkAligned("RAM", physicalAddress, length);
    if (physicalAddress + length > this.size) {
      throw new MappingError("RAM", physicalAddress, length, `an end below 0x${this.size.toString(16)}`);
    }
    for (let at = physicalAddress; at < physicalAddress + length; at += PAGE) {
      this.map[at >>> 12] = (HOST_BASE + at) | (isWritable ? PAGE_RAM : PAGE_ROM);
    }
    this.remapped();
  }

  /** Read-only bytes; the same array mapped twice shares its pages. A last partial page reads as 0 behind the bytes. */
  mapRom(physicalAddress: number, bytes: Uint8Array): void {
    const length = (bytes.length + PAGE - 1) & PAGE_MASK;
    this.checkAligned("ROM", physicalAddress, length);
    let base = this.images.get(bytes);
    if (base === undefined) {
      if (this.romUsed + length > ROM_BYTES) {
        throw new MappingError("ROM", physicalAddress, length, `at most ${ROM_BYTES - this.romUsed} bytes more`);
      }
      base = HOST_BASE + this.size + this.romUsed;
      this.romUsed += length;
      this.host.set(bytes, base);
      this.images.set(bytes, base);
    }
    for (let offset = 0; offset < length; offset += PAGE) {
      this.map[(physicalAddress + offset) >>> 12] = (base + offset) | PAGE_ROM;
    }
    this.remapped();
  }

  /** What is mapped at [physicalAddress, + length), for setPages. */
  pages(physicalAddress: number, length: number): Uint32Array {
    return this.map.slice(physicalAddress >>> 12, (physicalAddress + length) >>> 12);
  }

  /** Maps again what `pages` gave. */
  setPages(physicalAddress: number, pages: Uint32Array): void {
    this.map.set(pages, physicalAddress >>> 12);
    this.remapped();
  }

  /** Makes [physicalAddress, + length) memory-mapped I/O. */
  unmap(physicalAddress: number, length: number): void {
    this.checkAligned("I/O", physicalAddress, length);
    this.map.fill(0, physicalAddress >>> 12, (physicalAddress + length) >>> 12);
    this.remapped();
  }

  private checkAligned(what: string, physicalAddress: number, length: number): void {
    if (physicalAddress % PAGE !== 0 || length % PAGE !== 0 || length <= 0 || physicalAddress + length > 2 ** 32) {
      throw new MappingError(what, physicalAddress, length, "whole pages of 4096 bytes below 4 GiB");
    }
  }

  read(physicalAddress: number, length: number): Uint8Array {
    const result = new Uint8Array(length).fill(0xff);
    this.pieces(physicalAddress, length, (page, host, offset, count) => {
      if (page !== 0) result.set(this.host.subarray(host, host + count), offset);
    });
    return result;
  }

  write(physicalAddress: number, bytes: Uint8Array): void {
    this.pieces(physicalAddress, bytes.length, (page, host, offset, count) => {
      if ((page & PAGE_RAM) === 0) return;
      this.host.set(bytes.subarray(offset, offset + count), host);
      this.written(host, count);
    });
  }

  /** The 32-bit word at an address that is a multiple of four; all ones outside of RAM and ROM. */
  word(physicalAddress: number): number {
    const page = this.map[physicalAddress >>> 12];
    if (page === 0) return 0xffff_ffff;
    return this.words[((page & PAGE_MASK) | (physicalAddress & 0xffc)) >>> 2];
  }

  setWord(physicalAddress: number, value: number): void {
    const page = this.map[physicalAddress >>> 12];
    if ((page & PAGE_RAM) === 0) return;
    const host = ((page & PAGE_MASK) | (physicalAddress & 0xffc)) >>> 0;
    this.words[host >>> 2] = value;
    this.written(host, 4);
  }

  /** Calls `visit` for the part of a range in each page. */
  private pieces(
    physicalAddress: number,
    length: number,
    visit: (page: number, host: number, offset: number, count: number) => void,
  ): void {
    for (let offset = 0; offset < length; ) {
      const address = physicalAddress + offset;
      const within = address & (PAGE - 1);
      const count = Math.min(PAGE - within, length - offset);
      const page = address < 2 ** 32 ? this.map[address >>> 12] : 0;
      visit(page, ((page & PAGE_MASK) >>> 0) + within, offset, count);
      offset += count;
    }
  }
}
