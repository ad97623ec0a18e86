// LEB128, the numbers of DWARF: seven bits a byte, the lowest first. Source: DWARF 5, section 7.6.

/** @param signed whether the sign is kept; otherwise the value must not be negative */
export function leb128(value: bigint, signed: boolean): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const done = signed ? rest === ((low & 0x40) !== 0 ? -1n : 0n) : rest === 0n;
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

export function uleb(value: number): number[] {
  return leb128(BigInt(value), false);
}

export function sleb(value: number): number[] {
  return leb128(BigInt(value), true);
}
