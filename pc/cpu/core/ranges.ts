// Memory type range registers and the page attribute table. Nothing is cached here, so they change nothing, but they are checked and
// can be read back. Source: Intel SDM vol. 3, 11.11 (MTRRs), 11.12 (PAT).

import { MTRR_DEFAULT, MTRR_FIXED, MTRR_VARIABLE, PAT } from "./layout";

/** IA32_MTRRCAP: eight variable ranges, fixed ranges, write combining. */
const CAPABILITIES: u64 = 0x508;
const FIXED_COUNT: u32 = 11;
const VARIABLE_COUNT: u32 = 16;
/** UC WC WT WP WB; the PAT also has UC-. */
const RANGE_TYPES: u32 = 0x73;
const PAT_TYPES: u32 = 0xf3;
/** Physical addresses have 36 bits. */
const ADDRESS: u64 = 0xffffff000;
const TYPE: u64 = 0xff;
const VALID: u64 = 0x800;
const DEFAULT_BITS: u64 = 0xcff;

export class Ranges {
  /** Where the register is kept, or 0 if it is none of these. */
  static place(index: u32): u32 {
    if (index >= 0x200 && index < 0x200 + VARIABLE_COUNT) return MTRR_VARIABLE + ((index - 0x200) << 3);
    if (index == 0x250) return MTRR_FIXED;
    if (index == 0x258 || index == 0x259) return MTRR_FIXED + ((index - 0x257) << 3);
    if (index >= 0x268 && index < 0x270) return MTRR_FIXED + ((index - 0x265) << 3);
    if (index == 0x277) return PAT;
    if (index == 0x2ff) return MTRR_DEFAULT;
    return 0;
  }

  @inline static get capabilities(): u64 {
    return CAPABILITIES;
  }

  /** Whether all eight bytes are memory types. */
  private static types(value: u64, allowed: u32): bool {
    for (let i: u64 = 0; i < 64; i += 8) {
      const type = <u32>(value >> i) & 0xff;
      if (type > 7 || ((allowed >>> type) & 1) == 0) return false;
    }
    return true;
  }

  /** Whether the register at `place` takes the value. */
  static accepts(place: u32, value: u64): bool {
    if (place == PAT) return Ranges.types(value, PAT_TYPES);
    if (place >= <u32>MTRR_FIXED && place < <u32>MTRR_FIXED + FIXED_COUNT * 8) return Ranges.types(value, RANGE_TYPES);
    const type = <u32>(value & TYPE);
    const known = type <= 7 && ((RANGE_TYPES >>> type) & 1) != 0;
    if (place == MTRR_DEFAULT) return known && (value & ~DEFAULT_BITS) == 0;
    if (place & 8) return (value & ~(ADDRESS | VALID)) == 0;
    return known && (value & ~(ADDRESS | TYPE)) == 0;
  }
}
