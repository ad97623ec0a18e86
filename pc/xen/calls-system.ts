// Hypercalls about traps, stacks, the version and the console.
// Source: Xen public headers xen.h, arch-x86/xen.h (trap_info), version.h.

import { EFAULT, EINVAL, ENOSYS, EPERM, HYPERVISOR_VIRT_START, PAGE, START_INFO_MAGIC } from "./abi.ts";
import type { Domain } from "./domain.ts";
import { XEN_MAJOR, XEN_MINOR } from "./emulate.ts";
import type { Call } from "./hypercalls.ts";
import { kernelSelector } from "./segments.ts";
import { handlerFrom, VECTORS } from "./traps.ts";

const TRAP_INFO_BYTES = 8;
const CONSOLEIO_WRITE = 0;
const CONSOLEIO_READ = 1;
/** Bytes of the console at a time; the guest is asked again for the rest. */
const CONSOLE_AT_ONCE = PAGE;
const CR0_TS = 8;
const FLAG_VM = 0x2_0000;
const FLAG_IF = 0x200;
const FLAG_IOPL = 0x3000;
const FAILSAFE_FLAGS = 0;
const EVENT_FLAGS = 4;
const VM_ASSIST_ENABLE = 0;
const VM_ASSIST_DISABLE = 1;
/** 4gb_segments and its notification: without effect here, since no guest segment is so long. */
const VM_ASSIST_SEGMENTS = [0, 1];

/** (table): handlers until one whose address is 0; no table clears all. */
export function setTrapTable(domain: Domain, { args: [table] }: Call): number {
  if (table === 0) {
    domain.traps.clear();
    return 0;
  }
  for (let i = 0; i <= VECTORS; i++) {
    const entry = domain.guest.words(table + i * TRAP_INFO_BYTES, 2);
    if (!entry) return EFAULT;
    const [first, address] = entry;
    if (address === 0) return 0;
    domain.traps.set(first & 0xff, handlerFrom(first >>> 16, address, (first >>> 8) & 0xff));
  }
  return EINVAL; // more entries than vectors, and no end
}

/** (ss, esp): where a trap out of ring 3 finds its stack. */
export function stackSwitch(domain: Domain, { args: [ss, esp] }: Call): number {
  const selector = kernelSelector(ss);
  if ((selector & 3) !== 1) return EPERM;
  domain.kernelStack = { ss: selector, esp };
  return 0;
}

/** (event cs, event eip, failsafe cs, failsafe eip) */
export function setCallbacks(domain: Domain, { args: [eventCs, eventEip, failsafeCs, failsafeEip] }: Call): number {
  domain.traps.eventCallback = handlerFrom(eventCs, eventEip, EVENT_FLAGS);
  domain.traps.failsafeCallback = handlerFrom(failsafeCs, failsafeEip, FAILSAFE_FLAGS);
  return 0;
}

/** (set): the next floating-point instruction is #NM for the guest. */
export function fpuTaskswitch(domain: Domain, { args: [set] }: Call): number {
  const { registers } = domain.cpu;
  domain.traps.taskSwitched = set !== 0;
  registers.setControl(0, set !== 0 ? registers.control(0) | CR0_TS : registers.control(0) & ~CR0_TS);
  return 0;
}

/** IRET to ring 1 or 3, with the interrupt flag as the complement of the upcall mask. On the stack: EAX EIP CS EFLAGS [ESP SS]. */
export function interruptReturn(domain: Domain, call: Call): number {
  const { cpu, guest, gdt, shared } = domain;
  const { registers } = cpu;
  call.keepsRegisters = true;
  const base = registers.segment("ss").base;
  const esp = registers.general("esp");
  const frame = guest.words((base + esp) >>> 0, 4);
  const outer = frame && (frame[2] & 3) === 3;
  const rest = outer ? guest.words((base + esp + 16) >>> 0, 2) : undefined;
  if (!frame || (outer && !rest)) {
    domain.crash({ what: "an iret hypercall, and no frame on the stack" });
    return 0;
  }
  const [eax, eip, selector, flags] = frame;
  const code = gdt.code(selector & 0xffff);
  const stack = rest ? gdt.stack(rest[1] & 0xffff, 3) : undefined;
  if (!code || (outer && !stack) || (flags & FLAG_VM) !== 0) {
    domain.crash({
      what: `an iret hypercall to ${(selector & 0xffff).toString(16)}:${eip.toString(16)}, which cannot be`,
    });
    return 0;
  }
  registers.setGeneral("eax", eax);
  registers.setSegment("cs", code);
  registers.setGeneral("esp", rest ? rest[0] : (esp + 16) >>> 0);
  if (stack) registers.setSegment("ss", stack);
  registers.eip = eip;
  registers.eflags = (flags & ~FLAG_IOPL) | FLAG_IF;
  shared.setUpcallMask((flags & FLAG_IF) === 0);
  return 0;
}

/** (command, count, buffer) */
export function consoleIo(domain: Domain, call: Call): number {
  const [command, count, buffer] = call.args;
  if (command === CONSOLEIO_WRITE) return consoleWrite(domain, call, count, buffer);
  if (command === CONSOLEIO_READ) return consoleRead(domain, count, buffer);
  return ENOSYS;
}

function consoleWrite(domain: Domain, call: Call, count: number, buffer: number): number {
  const piece = Math.min(count, CONSOLE_AT_ONCE);
  const bytes = domain.guest.read(buffer, piece);
  if (!bytes) return EFAULT;
  domain.addWork(piece);
  domain.console.write(bytes);
  if (piece < count) {
    call.args = [CONSOLEIO_WRITE, count - piece, buffer + piece, ...call.args.slice(3)];
    call.again = true;
  }
  return 0;
}

function consoleRead(domain: Domain, count: number, buffer: number): number {
  const bytes = domain.console.take(Math.min(count, CONSOLE_AT_ONCE));
  if (domain.guest.write(buffer, bytes)) return bytes.length;
  domain.console.putBack(bytes);
  return EFAULT;
}

/** (command, type) */
export function vmAssist(_domain: Domain, { args: [command, type] }: Call): number {
  if (command !== VM_ASSIST_ENABLE && command !== VM_ASSIST_DISABLE) return ENOSYS;
  return VM_ASSIST_SEGMENTS.includes(type) ? 0 : EINVAL;
}

const FEATURE_MMU_PT_UPDATE_PRESERVE_AD = 1 << 5;
/** What each of the texts of xen_version holds, and in how many bytes. */
const VERSION_TEXTS = new Map<number, readonly (readonly [text: string, bytes: number])[]>([
  [1, [[".0-minios", 16]]],
  [
    2,
    [
      ["TypeScript", 64],
      ["minios", 16],
      ["minios", 32],
      ["", 32],
    ],
  ],
  [3, [[START_INFO_MAGIC, 1024]]],
  [4, [["unavailable", 64]]],
  [9, [["", 1024]]],
]);
const XENVER_VERSION = 0;
const XENVER_PLATFORM_PARAMETERS = 5;
const XENVER_GET_FEATURES = 6;
const XENVER_PAGESIZE = 7;
const XENVER_GUEST_HANDLE = 8;

/** (command, buffer) */
export function xenVersion(domain: Domain, { args: [command, buffer] }: Call): number {
  const { guest } = domain;
  switch (command) {
    case XENVER_VERSION:
      return (XEN_MAJOR << 16) | XEN_MINOR;
    case XENVER_PAGESIZE:
      return PAGE;
    case XENVER_PLATFORM_PARAMETERS:
      return guest.writeWords(buffer, HYPERVISOR_VIRT_START) ? 0 : EFAULT;
    case XENVER_GET_FEATURES: {
      const submap = guest.word(buffer);
      if (submap === undefined) return EFAULT;
      if (submap !== 0) return EINVAL;
      return guest.writeWords(buffer + 4, FEATURE_MMU_PT_UPDATE_PRESERVE_AD) ? 0 : EFAULT;
    }
    case XENVER_GUEST_HANDLE:
      return guest.write(buffer, new Uint8Array(16)) ? 0 : EFAULT;
  }
  const texts = VERSION_TEXTS.get(command);
  if (!texts) return ENOSYS;
  return guest.write(buffer, Uint8Array.from(texts.flatMap(([text, bytes]) => padded(text, bytes)))) ? 0 : EFAULT;
}

function padded(text: string, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => (i < text.length ? text.charCodeAt(i) : 0));
}
