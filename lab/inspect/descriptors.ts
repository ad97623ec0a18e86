// Descriptors of the GDT and the IDT as words. Source: SDM vol. 3, sections 3.4.5, 3.5 and 6.11.

export interface Descriptor {
  index: number;
  /** The processor's name for it. */
  type: string;
  isPresent: boolean;
  dpl: number;
  /** Of a segment or TSS. */
  base?: number;
  /** Last byte, granularity applied. */
  limit?: number;
  /** Of a gate. */
  selector?: number;
  offset?: number;
  /** 16 or 32. */
  bits?: number;
}

const SYSTEM_TYPES: Record<number, string> = {
  1: "TSS16",
  2: "LDT",
  3: "TSS16 busy",
  4: "call gate",
  5: "task gate",
  6: "interrupt gate",
  7: "trap gate",
  9: "TSS32",
  11: "TSS32 busy",
  12: "call gate",
  14: "interrupt gate",
  15: "trap gate",
};
const GATES = new Set([4, 5, 6, 7, 12, 14, 15]);

/** The descriptors of a table's bytes; entries of zeros are left out. */
export function descriptorsOf(table: Uint8Array): Descriptor[] {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const found: Descriptor[] = [];
  for (let at = 0; at + 8 <= table.length; at += 8) {
    const low = view.getUint32(at, true);
    const high = view.getUint32(at + 4, true);
    if (low !== 0 || high !== 0) found.push(descriptor(at / 8, low, high));
  }
  return found;
}

function descriptor(index: number, low: number, high: number): Descriptor {
  const access = (high >>> 8) & 0xff;
  const common = { index, isPresent: (access & 0x80) !== 0, dpl: (access >>> 5) & 3 };
  const type = access & 0xf;
  if ((access & 0x10) === 0 && GATES.has(type)) {
    return {
      ...common,
      type: SYSTEM_TYPES[type] ?? "",
      bits: type >= 8 ? 32 : 16,
      selector: low >>> 16,
      offset: ((high & 0xffff_0000) | (low & 0xffff)) >>> 0,
    };
  }
  const base = ((low >>> 16) | ((high & 0xff) << 16) | (high & 0xff00_0000)) >>> 0;
  const raw = (low & 0xffff) | (high & 0xf_0000);
  const limit = ((high & 0x80_0000) !== 0 ? raw * 4096 + 4095 : raw) >>> 0;
  if ((access & 0x10) === 0) return { ...common, type: SYSTEM_TYPES[type] ?? `type ${type}`, base, limit };
  return { ...common, type: segmentType(type), base, limit, bits: (high & 0x40_0000) !== 0 ? 32 : 16 };
}

function segmentType(type: number): string {
  if ((type & 8) !== 0) return `code${(type & 4) !== 0 ? ", conforming" : ""}${(type & 2) !== 0 ? ", readable" : ""}`;
  return `data${(type & 4) !== 0 ? ", expand-down" : ""}${(type & 2) !== 0 ? ", writable" : ""}`;
}
