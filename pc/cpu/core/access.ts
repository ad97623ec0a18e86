// Which bit of a TLB word the present privilege needs, and whether accesses must be aligned (CR0.AM, EFLAGS.AC, CPL 3). While they must,
// no bit is enough, so that every access takes the slow path, which looks at the address. Source: Intel SDM vol. 3, 6.15 (#AC).

import {
  ALIGNMENT,
  CONTROL,
  CPL,
  FLAGS,
  READ_MASK,
  READ_SUPERVISOR,
  READ_USER,
  WRITE_MASK,
  WRITE_SUPERVISOR,
  WRITE_USER,
} from "./layout";

/** At the same place in CR0 (AM) and EFLAGS (AC). */
const ALIGNMENT_CHECK: u32 = 0x40000;

export class Access {
  /** After a change of CPL, CR0.AM or EFLAGS.AC. */
  static derive(): void {
    const user = load<u32>(CPL) == 3;
    const checked = user && (load<u32>(CONTROL) & load<u32>(FLAGS) & ALIGNMENT_CHECK) != 0;
    store<u32>(ALIGNMENT, u32(checked));
    store<u32>(READ_MASK, checked ? 0 : user ? READ_USER : READ_SUPERVISOR);
    store<u32>(WRITE_MASK, checked ? 0 : user ? WRITE_USER : WRITE_SUPERVISOR);
  }
}
