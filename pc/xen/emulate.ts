// Instructions of ring 0 that the hypervisor does for a guest's kernel, as Xen does: control registers, CLTS, WBINVD, and CPUID with
// the prefix that makes it trap. CLI, STI, HLT, ports and MSRs are not among them: they are #GP for the guest.
// Source: Intel SDM vol. 2 for the encodings; Xen public headers arch-x86/xen.h (XEN_EMULATE_PREFIX), arch-x86/cpuid.h.

import { GENERAL_NAMES } from "../cpu/registers.ts";
import { PAGE } from "./abi.ts";
import type { Domain } from "./domain.ts";

const CR0_TS = 8;
const FLAG_RF = 0x1_0000;
const CPUID_XEN = 0x4000_0000;
/** UD2 "xen" CPUID. */
const FORCED_CPUID = [0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2];
const PREFIX_BYTES = 5;

/** Does the instruction at EIP if it is one of them; else false, and nothing changed. */
export function emulate(domain: Domain): boolean {
  const { cpu } = domain;
  const { registers } = cpu;
  if (registers.cpl !== 1) return false;
  const code = fetch(domain, 3);
  if (code[0] !== 0x0f) return false;
  switch (code[1]) {
    case 0x06: // clts
      domain.traps.taskSwitched = false;
      registers.setControl(0, registers.control(0) & ~CR0_TS);
      return finish(domain, 2);
    case 0x08: // invd
    case 0x09: // wbinvd
      return finish(domain, 2);
    case 0x20:
      return readControl(domain, code[2] ?? 0);
    case 0x22:
      return writeControl(domain, code[2] ?? 0);
    default:
      return false;
  }
}

function readControl(domain: Domain, modrm: number): boolean {
  const { cpu, shared, directory, traps } = domain;
  const { registers } = cpu;
  const target = GENERAL_NAMES[modrm & 7];
  switch ((modrm >>> 3) & 7) {
    case 0:
      registers.setGeneral(target, (registers.control(0) & ~CR0_TS) | (traps.taskSwitched ? CR0_TS : 0));
      break;
    case 2:
      registers.setGeneral(target, shared.cr2);
      break;
    case 3:
      registers.setGeneral(target, directory * PAGE);
      break;
    case 4:
      registers.setGeneral(target, registers.control(4));
      break;
    default:
      return false;
  }
  return finish(domain, 3);
}

function writeControl(domain: Domain, modrm: number): boolean {
  const { cpu, shared, traps } = domain;
  const { registers } = cpu;
  const value = registers.general(GENERAL_NAMES[modrm & 7]);
  switch ((modrm >>> 3) & 7) {
    case 0: {
      // Only TS is the guest's.
      if (((value ^ registers.control(0)) & ~CR0_TS) !== 0) return false;
      traps.taskSwitched = (value & CR0_TS) !== 0;
      registers.setControl(0, value);
      break;
    }
    case 2:
      shared.cr2 = value;
      break;
    case 3:
      if (domain.setDirectory(value >>> 12) !== 0) return false;
      break;
    case 4:
      if (value !== registers.control(4)) return false;
      break;
    default:
      return false;
  }
  return finish(domain, 3);
}

/** CPUID with Xen's prefix: Xen's own leaves from 40000000h on; the others the processor answers, once EIP is behind the prefix. */
export function emulateForcedPrefix(domain: Domain): boolean {
  const { registers } = domain.cpu;
  const code = fetch(domain, FORCED_CPUID.length);
  if (!FORCED_CPUID.every((byte, i) => code[i] === byte)) return false;
  const leaf = registers.general("eax");
  if (leaf < CPUID_XEN) return finish(domain, PREFIX_BYTES);
  const [eax, ebx, ecx, edx] = xenLeaf(leaf);
  registers.setGeneral("eax", eax);
  registers.setGeneral("ebx", ebx);
  registers.setGeneral("ecx", ecx);
  registers.setGeneral("edx", edx);
  return finish(domain, FORCED_CPUID.length);
}

function xenLeaf(leaf: number): [number, number, number, number] {
  switch (leaf) {
    case CPUID_XEN: // "XenVMMXenVMM"
      return [CPUID_XEN + 2, 0x566e6558, 0x65584d4d, 0x4d4d566e];
    case CPUID_XEN + 1:
      return [(XEN_MAJOR << 16) | XEN_MINOR, 0, 0, 0];
    default:
      return [0, 0, 0, 0];
  }
}

/** The version that we say we are. */
export const XEN_MAJOR = 3;
export const XEN_MINOR = 4;

/** Up to `count` bytes at CS:EIP, as far as they are mapped. */
function fetch({ cpu, guest }: Domain, count: number): number[] {
  const { registers } = cpu;
  const at = registers.segment("cs").base + registers.eip;
  const bytes: number[] = [];
  for (let i = 0; i < count; i++) {
    const byte = guest.read((at + i) % 2 ** 32, 1);
    if (!byte) break;
    bytes.push(byte[0]);
  }
  return bytes;
}

function finish({ cpu }: Domain, length: number): true {
  const { registers } = cpu;
  registers.eip = (registers.eip + length) >>> 0;
  registers.eflags &= ~FLAG_RF;
  return true;
}
