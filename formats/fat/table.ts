// The file allocation table: for each cluster the next one of its chain. 12, 16 or 28 bits an entry.
// Source: Microsoft FAT Specification (2005), section 4.

import type { FatType } from "./boot-record.ts";

export const FREE = 0;
/** The first cluster; entries 0 and 1 hold the medium and the end mark. */
export const FIRST_CLUSTER = 2;

/** An end of a chain as it is written; what is read counts from `endFrom` on. */
export const END: Record<FatType, number> = { 12: 0xfff, 16: 0xffff, 32: 0x0fffffff };
export const BAD: Record<FatType, number> = { 12: 0xff7, 16: 0xfff7, 32: 0x0ffffff7 };
export const endFrom = (type: FatType): number => BAD[type] + 1;

export function readEntry(fat: Uint8Array, type: FatType, cluster: number): number {
  if (type === 12) {
    const at = cluster + (cluster >> 1);
    const pair = fat[at] | (fat[at + 1] << 8);
    return (cluster & 1) === 0 ? pair & 0xfff : pair >> 4;
  }
  if (type === 16) return fat[cluster * 2] | (fat[cluster * 2 + 1] << 8);
  const at = cluster * 4;
  return (fat[at] | (fat[at + 1] << 8) | (fat[at + 2] << 16) | (fat[at + 3] << 24)) & 0x0fffffff;
}

export function writeEntry(fat: Uint8Array, type: FatType, cluster: number, value: number): void {
  if (type === 12) {
    const at = cluster + (cluster >> 1);
    const isEven = (cluster & 1) === 0;
    fat[at] = isEven ? value & 0xff : (fat[at] & 0x0f) | ((value & 0x0f) << 4);
    fat[at + 1] = isEven ? (fat[at + 1] & 0xf0) | (value >> 8) : value >> 4;
    return;
  }
  const bytes = type === 16 ? 2 : 4;
  for (let i = 0; i < bytes; i++) fat[cluster * bytes + i] = value >>> (i * 8);
}
