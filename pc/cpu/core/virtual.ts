// The virtual interrupt flag: what CLI, STI, PUSHF, POPF, IRET and INT n do in virtual-8086 mode with CR4.VME, and CLI and STI in ring 3
// with CR4.PVI, while IOPL alone would make them #GP. Source: Intel SDM vol. 3, 20.3 and 20.4; vol. 2, the instructions.

import { DF, Flags, IF, IOPL, NT, RF, TF, VIF, VIP } from "./flags";
import { Frame } from "./frame";
import { ATTRIBUTES, BASE, CS, EIP, FLAGS, LIMIT, SEGMENT_BYTES, SEGMENTS, TR, TRAP_CANCELLED } from "./layout";
import { Memory } from "./memory";
import { Segments } from "./segments";
import { Raise, Register } from "./state";

const TASK: u32 = SEGMENTS + TR * SEGMENT_BYTES;
const CR4_VME: u32 = 1;
const CR4_PVI: u32 = 2;
/** The redirection bit map: 32 bytes below the I/O bit map, whose place is here. */
const MAP_BASE: u32 = 0x66;
const REDIRECTION_BYTES: u32 = 32;
/** OF SF ZF AF PF CF */
const ARITHMETIC: u32 = 0x8d5;

export class VirtualInterrupts {
  /** In virtual-8086 mode at IOPL 0 to 2 with VME: the 16-bit instructions work on VIF in place of IF. */
  static get inVirtual8086(): bool {
    return Register.virtual8086 && Register.ioPrivilege != 3 && (Register.cr4 & CR4_VME) != 0;
  }

  /** CLI and STI at a privilege that IOPL does not allow: true if they are about VIF, else #GP. CURRENT must be set. */
  static instead(): bool {
    const allowed: u32 = Register.virtual8086 ? CR4_VME : CR4_PVI;
    if (Register.cpl == 3 && (Register.cr4 & allowed) != 0) return true;
    Raise.generalProtection(0);
    return false;
  }

  /** #GP(0) before an instruction that starts with both VIF and VIP set: the monitor has an interrupt for the program. */
  static deliver(): void {
    const allowed: u32 = Register.virtual8086 ? CR4_VME : CR4_PVI;
    const due = (Register.flags & (VIF | VIP)) == (VIF | VIP);
    if (due && Register.cpl == 3 && (Register.cr4 & allowed) != 0) Raise.generalProtection(0);
  }

  static clear(): void {
    store<u32>(FLAGS, Register.flags & ~VIF);
  }

  static set(): void {
    if (Register.flags & VIP) Raise.generalProtection(0);
    store<u32>(FLAGS, Register.flags | VIF);
  }

  /** FLAGS as the program sees them: IOPL 3, and VIF at IF's place. */
  static get image(): u32 {
    const flags = Flags.all | IOPL;
    return flags & VIF ? flags | IF : flags & ~IF;
  }

  /** FLAGS that it loads: TF, and IF while an interrupt waits for it (VIP), are the monitor's business. */
  static load(flags: u32): void {
    const image = (flags & ~VIF) | (flags & IF ? VIF : 0);
    Flags.change(image, ARITHMETIC | TF | DF | NT | VIF);
  }

  /** #GP(0) if `flags` cannot be loaded. CURRENT must be set. */
  static check(flags: u32): void {
    if ((flags & TF) != 0 || ((flags & IF) != 0 && (Register.flags & VIP) != 0)) Raise.generalProtection(0);
  }

  /** INT n with VME: through the table at 0, as in real mode, if the TSS says so; else false. CURRENT must be set. */
  static redirect(vector: u32, after: u32): bool {
    if ((Register.cr4 & CR4_VME) == 0) return false;
    const base = load<u32>(TASK, BASE);
    const limit = load<u32>(TASK, LIMIT);
    if ((load<u32>(TASK, ATTRIBUTES) & 0x88) != 0x88 || limit < 0x67) Raise.generalProtection(0);
    const at = <u32>Memory.loadAs<u16>(base + MAP_BASE, 0) - REDIRECTION_BYTES + (vector >>> 3);
    if (at > limit) Raise.generalProtection(0);
    if ((<u32>Memory.loadAs<u8>(base + at, 0) >>> (vector & 7)) & 1) return false;
    const entry = Memory.loadAs<u32>(vector * 4, 0);
    const virtual = VirtualInterrupts.inVirtual8086;
    Frame.here();
    Frame.push(virtual ? VirtualInterrupts.image : Flags.all, 2);
    Frame.push(Segments.selector(CS), 2);
    Frame.push(after, 2);
    Frame.commit();
    store<u32>(FLAGS, Register.flags & ~(TF | RF | (virtual ? VIF : IF)));
    store<u32>(TRAP_CANCELLED, 1);
    Segments.setVirtual8086(CS, entry >>> 16);
    store<u32>(EIP, entry & 0xffff);
    Segments.updateMode();
    return true;
  }
}
