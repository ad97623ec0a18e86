// A section of the output while it is assembled. Every pass starts it anew; the last one leaves its bytes and relocations.

import type { Position } from "../asm/error.ts";
import { ByteBuffer } from "../asm/section.ts";
import type { Segment, Value } from "./expression.ts";

/** A field that only output can fill in: it knows where sections come to lie. */
export interface Relocation {
  offset: number;
  size: 1 | 2 | 4 | 8;
  /** relative: the value minus the address of the field. */
  kind: "absolute" | "relative";
  value: Value;
  position: Position;
}

export interface SectionAttributes {
  noBits: boolean;
  alloc: boolean;
  exec: boolean;
  write: boolean;
  align: number;
  /** -f bin only. */
  start?: number;
  virtualStart?: number;
  follows?: string;
  virtualFollows?: string;
}

export class Section implements Segment {
  readonly kind = "section";
  bytes = new ByteBuffer();
  relocations: Relocation[] = [];
  /** Where the next byte will stand. */
  offset = 0;
  /** A directive has named it; .text may also be there because nothing was named. */
  named = false;

  constructor(
    readonly name: string,
    readonly attributes: SectionAttributes,
  ) {}

  restart(): void {
    this.bytes = new ByteBuffer();
    this.relocations = [];
    this.offset = 0;
  }
}
