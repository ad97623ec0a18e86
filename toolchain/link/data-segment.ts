// Where the data segment starts. DATA_SEGMENT_ALIGN asks for an address before it is known how much data follows; what is to be
// read-only after start-up should end with a page, and without such data a page may be saved. So the start is set in a second run.
// Reference: the GNU linker manual, "Builtin Functions".

import * as elf from "../../formats/elf32.ts";
import type { OutputSection } from "./placement.ts";

export class DataSegment {
  private base: number | undefined;
  private end = 0;
  private relroOffset = 0;
  private relroEnd: number | undefined;
  private pageSize = 0;
  private decided: number | undefined;

  /** @param relro whether data that start-up code fills is to be protected */
  constructor(private readonly relro: boolean) {}

  align(dot: number, maxPageSize: number, commonPageSize: number): number {
    if (this.decided !== undefined) return this.decided;
    const page = Math.max(1, maxPageSize);
    this.pageSize = Math.max(1, commonPageSize);
    this.base = elf.alignUp(dot, page) + (this.relro ? 0 : dot % page);
    return this.base;
  }

  relroAt(offset: number, end: number): number {
    this.relroOffset = offset;
    this.relroEnd = end + offset;
    if (!this.relro || this.decided === undefined) return end;
    return elf.alignUp(end + offset, this.pageSize) - offset;
  }

  endsAt(end: number): number {
    this.end = end;
    return end;
  }

  /** To be called when nothing moves any more. @returns whether the start has been changed, so that all must be laid out again */
  decide(outputs: readonly OutputSection[]): boolean {
    const { base, relroEnd, pageSize } = this;
    if (base === undefined || this.decided !== undefined) return false;
    this.decided = base;
    if (this.relro && relroEnd !== undefined) {
      let end = elf.alignUp(relroEnd, pageSize) - this.relroOffset;
      for (const output of outputs.toReversed()) {
        const isLoaded = (output.flags & elf.SHF_ALLOC) !== 0 && !output.isEmpty;
        if (!isLoaded || output.address < base || output.address >= relroEnd - this.relroOffset) continue;
        const start = end - output.size;
        end = start - (start % Math.max(1, output.align));
      }
      this.decided = Math.max(end, base);
    } else {
      const [first, last] = [(pageSize - (base % pageSize)) % pageSize, this.end % pageSize];
      const pages = Math.floor(base / pageSize) !== Math.floor(this.end / pageSize);
      if (first > 0 && last > 0 && pages && first + last <= pageSize) this.decided = elf.alignUp(base, pageSize);
    }
    return this.decided !== base;
  }
}
