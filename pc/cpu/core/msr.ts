// Model-specific registers, and SYSENTER and SYSEXIT, which take their targets from three of them. A register that the model
// does not have is #GP. Source: Intel SDM vol. 4, 2.20-2.23 (P6, Pentium) and 2.19 (Pentium 4); vol. 2, SYSENTER, SYSEXIT.

import { IF, RF, VM } from "./flags";
import { apicBase } from "./host.external";
import {
  APIC_BASE,
  CS,
  EFER,
  EIP,
  FLAGS,
  MISC_ENABLE,
  MODEL_FEATURES,
  MODEL_FEATURES_EXTENDED,
  MODEL_LEVEL,
  SS,
  SYSENTER_CS,
  SYSENTER_EIP,
  SYSENTER_ESP,
  TSC_OFFSET,
} from "./layout";
import { EFER_NXE, Paging } from "./paging";
import { Ranges } from "./ranges";
import { Segments } from "./segments";
import { Raise, Register } from "./state";
import { System } from "./system";

/** Levels of isa/instruction.ts in their order. */
const P6: u32 = 3;
const P4: u32 = 4;
// CPUID leaf 1 EDX
const TSC: u32 = 1 << 4;
const MCE: u32 = 1 << 7;
const APIC: u32 = 1 << 9;
const SEP: u32 = 1 << 11;
const MTRR: u32 = 1 << 12;
const MCA: u32 = 1 << 14;
const PAT_FEATURE: u32 = 1 << 16;
// CPUID leaf 80000001h EDX
const NX: u32 = 1 << 20;

/** MISC_ENABLE: fast strings can be switched; there is no branch trace and no precise event-based sampling. */
const FAST_STRINGS: u32 = 1;
const NO_TRACES: u32 = 0x1800;

const FLAT: u32 = 0xffffffff;
/** Present, accessed, 4 KiB granularity, 32-bit: code that can be read, data that can be written; their DPL is added. */
const FLAT_CODE: u32 = 0xc09b;
const FLAT_DATA: u32 = 0xc093;
const DPL_3: u32 = 0x60;

export class Msr {
  @inline private static has(feature: u32): bool {
    return (load<u32>(MODEL_FEATURES) & feature) != 0;
  }

  @inline private static hasExtended(feature: u32): bool {
    return (load<u32>(MODEL_FEATURES_EXTENDED) & feature) != 0;
  }

  /** Whether the processor is of that level or later. */
  @inline private static level(level: u32): bool {
    return load<u32>(MODEL_LEVEL) >= level;
  }

  private static get(index: u32): u64 {
    switch (index) {
      case 0x00: // P5_MC_ADDR
      case 0x01: // P5_MC_TYPE
        if (Msr.has(MCE)) return 0;
        break;
      case 0x10: // TIME_STAMP_COUNTER
        if (Msr.has(TSC)) return System.executed() + load<u64>(TSC_OFFSET);
        break;
      case 0x17: // PLATFORM_ID
      case 0x8b: // BIOS_SIGN_ID: no microcode update is loaded
        if (Msr.level(P6)) return 0;
        break;
      case 0x174: // SYSENTER_CS
        if (Msr.has(SEP)) return load<u32>(SYSENTER_CS);
        break;
      case 0x175: // SYSENTER_ESP
        if (Msr.has(SEP)) return load<u32>(SYSENTER_ESP);
        break;
      case 0x176: // SYSENTER_EIP
        if (Msr.has(SEP)) return load<u32>(SYSENTER_EIP);
        break;
      case 0x179: // MCG_CAP: no banks
      case 0x17a: // MCG_STATUS
        if (Msr.has(MCA)) return 0;
        break;
      case 0x1a0: // MISC_ENABLE
        if (Msr.level(P4)) return load<u32>(MISC_ENABLE) | NO_TRACES;
        break;
      case 0xc0000080: // EFER
        if (Msr.hasExtended(NX)) return load<u32>(EFER);
        break;
      case 0x1b: // APIC_BASE
        if (Msr.has(APIC)) return load<u32>(APIC_BASE);
        break;
      case 0xfe: // MTRRCAP
        if (Msr.has(MTRR)) return Ranges.capabilities;
        break;
      default: {
        const place = Ranges.place(index);
        if (place != 0 && Msr.has(index == 0x277 ? PAT_FEATURE : MTRR)) return load<u64>(place);
      }
    }
    Raise.generalProtection(0);
    return 0;
  }

  private static set(index: u32, value: u64): void {
    switch (index) {
      case 0x00: // P5_MC_ADDR
      case 0x01: // P5_MC_TYPE
        if (Msr.has(MCE)) return;
        break;
      case 0x10: // TIME_STAMP_COUNTER
        if (!Msr.has(TSC)) break;
        store<u64>(TSC_OFFSET, value - System.executed());
        return;
      case 0x79: // BIOS_UPDT_TRIG: what is no update for this processor is passed over
      case 0x8b: // BIOS_SIGN_ID
        if (Msr.level(P6)) return;
        break;
      case 0x174: // SYSENTER_CS
        if (!Msr.has(SEP)) break;
        store<u32>(SYSENTER_CS, <u32>value);
        return;
      case 0x175: // SYSENTER_ESP
        if (!Msr.has(SEP)) break;
        store<u32>(SYSENTER_ESP, <u32>value);
        return;
      case 0x176: // SYSENTER_EIP
        if (!Msr.has(SEP)) break;
        store<u32>(SYSENTER_EIP, <u32>value);
        return;
      case 0x17a: // MCG_STATUS: can only be cleared
        if (Msr.has(MCA) && value == 0) return;
        break;
      case 0x1a0: // MISC_ENABLE
        if (!Msr.level(P4)) break;
        store<u32>(MISC_ENABLE, <u32>value & FAST_STRINGS);
        return;
      case 0xc0000080: // EFER
        if (!Msr.hasExtended(NX) || (value & ~(<u64>EFER_NXE)) != 0) break;
        store<u32>(EFER, <u32>value);
        Paging.flush();
        return;
      case 0x1b: // APIC_BASE: the only processor stays the one that booted
        if (!Msr.has(APIC) || (value & ~(<u64>0xfffff900)) != 0) break;
        store<u32>(APIC_BASE, (<u32>value & 0xfffff800) | (load<u32>(APIC_BASE) & 0x100));
        apicBase(load<u32>(APIC_BASE));
        return;
      default: {
        const place = Ranges.place(index);
        if (place == 0 || !Msr.has(index == 0x277 ? PAT_FEATURE : MTRR) || !Ranges.accepts(place, value)) break;
        store<u64>(place, value);
        return;
      }
    }
    Raise.generalProtection(0);
  }

  /** RDMSR: EDX:EAX <- the register ECX. */
  static read(record: u32): void {
    System.supervisorOnly(record);
    System.setPair(Msr.get(Register.ecx));
  }

  /** WRMSR. */
  static write(record: u32): void {
    System.supervisorOnly(record);
    Msr.set(Register.ecx, ((<u64>Register.edx) << 32) | <u64>Register.eax);
  }

  /** CS and SS as both instructions make them: flat, whatever the descriptor tables say. */
  private static flat(selector: u32, cpl: u32, eip: u32, esp: u32): void {
    const dpl = cpl == 3 ? DPL_3 : 0;
    Segments.setCpl(cpl);
    Segments.set(CS, selector | cpl, 0, FLAT, FLAT_CODE | dpl);
    Segments.set(SS, (selector + 8) | cpl, 0, FLAT, FLAT_DATA | dpl);
    Register.set(4, esp);
    store<u32>(EIP, eip);
    Segments.updateMode();
  }

  /** SYSENTER: to ring 0 without a look at any table. */
  static enter(record: u32): void {
    Raise.at(record);
    const selector = load<u32>(SYSENTER_CS) & 0xfffc;
    if (!Register.protectedMode || selector == 0) Raise.generalProtection(0);
    store<u32>(FLAGS, Register.flags & ~(VM | IF | RF));
    Msr.flat(selector, 0, load<u32>(SYSENTER_EIP), load<u32>(SYSENTER_ESP));
  }

  /** SYSEXIT: to ring 3, at EDX with ECX as its stack. */
  static exit(record: u32): void {
    System.supervisorOnly(record);
    const selector = load<u32>(SYSENTER_CS) & 0xfffc;
    if (!Register.protectedMode || selector == 0) Raise.generalProtection(0);
    Msr.flat(selector + 16, 3, Register.edx, Register.ecx);
  }
}
