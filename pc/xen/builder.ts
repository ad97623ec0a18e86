// The domain builder: lays a kernel out in the domain's memory with all that it finds there at its start: ramdisk, list of frames,
// start_info, pages for xenstore and console, page tables, stack.
// Source: Xen public header xen.h, "Start-of-day memory layout" and start_info; what it leaves open (a page of stack, order
// of the xenstore and console pages) as Xen's own builder does (tools/libxc).

import { PT_LOAD } from "../../formats/elf32.ts";
import { type ElfExecutable, readExecutable } from "../../formats/elf32-executable.ts";
import { findXenGuest, type XenGuest, XenGuestError } from "../../formats/xen-guest.ts";
import {
  HYPERCALL_STUB_BYTES,
  HYPERCALL_STUBS,
  HYPERCALL_VECTOR,
  HYPERVISOR_VIRT_START,
  Hypercall,
  MAX_GUEST_CMDLINE,
  PAGE,
  START_INFO,
  START_INFO_MAGIC,
} from "./abi.ts";
import { CONSOLE_PORT, STORE_PORT } from "./events.ts";
import {
  ACCESSED,
  DIRTY,
  directoryIndex,
  ENTRIES,
  ENTRY_BYTES,
  PRESENT,
  READ_WRITE,
  tableIndex,
  USER,
} from "./page-tables.ts";

/** Behind the last thing that the domain is given, and how far the mapping is rounded up. */
const PADDING = 512 * 1024;
const REGION = 4 << 20;
const TABLE = PRESENT | READ_WRITE | USER | ACCESSED | DIRTY;

/** Features that a kernel may demand and that this hypervisor does not have. */
const MISSING_FEATURES = [
  "writable_page_tables",
  "writable_descriptor_tables",
  "auto_translated_physmap",
  "supervisor_mode_kernel",
  "hvm_callback_vector",
  "dom0",
];

export interface DomainImage {
  /** An ELF file with Xen's notes or string. */
  kernel: Uint8Array;
  ramdisk?: Uint8Array;
  commandLine?: string;
}

/** A kernel that was read and can be started. */
export interface DomainKernel {
  program: ElfExecutable;
  guest: XenGuest;
}

/** Where the domain finds things: virtual addresses; `end` is where the mapping ends. */
export interface DomainPlan {
  entry: number;
  ramdisk: number;
  frameList: number;
  startInfo: number;
  storePage: number;
  consolePage: number;
  pageTables: number;
  tableCount: number;
  stackTop: number;
  end: number;
}

/**
 * Reads a kernel.
 * @throws Elf32Error, XenGuestError when it is none, or asks for what is not here
 */
export function readDomainKernel(image: Uint8Array): DomainKernel {
  const program = readExecutable(image, "kernel");
  const guest = findXenGuest(program);
  if (!guest) throw new XenGuestError(0, "a Xen kernel (ELF notes of Xen, or a section __xen_guest)", "neither");
  if (guest.pae === "yes") {
    throw new XenGuestError(guest.offset, "a kernel for two-level page tables (PAE=no)", "one that needs PAE");
  }
  const missing = guest.features.find((name) => name.startsWith("!") && MISSING_FEATURES.includes(name.slice(1)));
  if (missing) throw new XenGuestError(guest.offset, "no feature that must be there", `FEATURES=${missing}`);
  return { program, guest };
}

interface Piece {
  address: number;
  data: Uint8Array;
  size: number;
}

/** The kernel's segments at their virtual addresses. */
function kernelPieces({ program, guest }: DomainKernel): Piece[] {
  const pieces = program.segments
    .filter(({ type, memorySize }) => type === PT_LOAD && memorySize > 0)
    .map(({ physicalAddress, data, memorySize }) => ({
      address: physicalAddress - guest.physicalOffset + guest.virtualBase,
      data,
      size: memorySize,
    }));
  for (const { address, size } of pieces) {
    if (address >= guest.virtualBase && address + size <= HYPERVISOR_VIRT_START) continue;
    const range = `${hex(guest.virtualBase)}-${hex(HYPERVISOR_VIRT_START)}`;
    throw new XenGuestError(guest.offset, `segments in ${range}`, `one at ${hex(address)}`);
  }
  if (pieces.length === 0) throw new XenGuestError(guest.offset, "something to load", "no segment");
  return pieces;
}

/**
 * Decides where everything goes.
 * @throws XenGuestError when the kernel cannot be placed in so many pages
 */
export function planDomain(kernel: DomainKernel, ramdiskBytes: number, pages: number): DomainPlan {
  const { program, guest } = kernel;
  const base = guest.virtualBase;
  if (base % PAGE !== 0) throw new XenGuestError(guest.offset, "a VIRT_BASE on a page boundary", hex(base));
  const pieces = kernelPieces(kernel);
  const kernelStart = Math.min(...pieces.map(({ address }) => address));
  const kernelEnd = Math.max(...pieces.map(({ address, size }) => address + size));
  const entry = guest.entry ?? program.entry;
  if (entry < kernelStart || entry >= kernelEnd) {
    throw new XenGuestError(guest.offset, `an entry in ${hex(kernelStart)}-${hex(kernelEnd)}`, hex(entry));
  }
  const ramdisk = pageUp(kernelEnd);
  const frameList = pageUp(ramdisk + ramdiskBytes);
  const startInfo = pageUp(frameList + pages * 4);
  const storePage = startInfo + PAGE;
  const consolePage = storePage + PAGE;
  const pageTables = consolePage + PAGE;
  // The tables map themselves too, and their number depends on the end that they reach.
  let tableCount = 1;
  let end = base;
  let stackTop = pageTables;
  for (let needed = 0; needed !== tableCount; ) {
    needed = tableCount;
    stackTop = pageTables + (tableCount + 1) * PAGE;
    end = Math.ceil((stackTop + PADDING) / REGION) * REGION;
    tableCount = 1 + directoryIndex(end - 1) - directoryIndex(base) + 1;
    tableCount = Math.max(tableCount, needed);
  }
  const highest = Math.min(base + pages * PAGE, guest.hypervisorStart ?? HYPERVISOR_VIRT_START, HYPERVISOR_VIRT_START);
  if (end > highest) {
    const room = `${Math.floor((highest - base) / 1024)} KiB`;
    throw new XenGuestError(guest.offset, `a start that fits into ${room}`, `${(end - base) / 1024} KiB are needed`);
  }
  const { hypercallPage } = guest;
  if (hypercallPage !== undefined && (hypercallPage % PAGE !== 0 || hypercallPage < base || hypercallPage >= end)) {
    throw new XenGuestError(guest.offset, `a hypercall page in ${hex(base)}-${hex(end)}`, hex(hypercallPage));
  }
  return {
    entry,
    ramdisk,
    frameList,
    startInfo,
    storePage,
    consolePage,
    pageTables,
    tableCount,
    stackTop,
    end,
  };
}

/** What goes where in machine memory. */
export interface DomainContents {
  writes: { address: number; bytes: Uint8Array }[];
  /** The frame of the page directory. */
  directory: number;
}

/** Everything that the domain finds in its memory; all else of it is zero. */
export function fillDomain(
  kernel: DomainKernel,
  plan: DomainPlan,
  options: { image: DomainImage; firstMfn: number; pages: number; sharedInfo: number },
): DomainContents {
  const { guest } = kernel;
  const { image, firstMfn, pages } = options;
  const machine = (virtual: number) => firstMfn * PAGE + (virtual - guest.virtualBase);
  const frame = (virtual: number) => machine(virtual) / PAGE;
  const writes = kernelPieces(kernel).map(({ address, data }) => ({ address: machine(address), bytes: data }));
  if (guest.hypercallPage !== undefined) {
    writes.push({ address: machine(guest.hypercallPage), bytes: hypercallPage() });
  }
  if (image.ramdisk) writes.push({ address: machine(plan.ramdisk), bytes: image.ramdisk });
  writes.push({
    address: machine(plan.frameList),
    bytes: words(Array.from({ length: pages }, (_, pfn) => firstMfn + pfn)),
  });

  const information = new Uint8Array(PAGE);
  const view = new DataView(information.buffer);
  const put = (offset: number, value: number) => view.setUint32(offset, value, true);
  information.set(latin1(START_INFO_MAGIC), START_INFO.magic);
  put(START_INFO.nrPages, pages);
  put(START_INFO.sharedInfo, options.sharedInfo * PAGE);
  put(START_INFO.storeMfn, frame(plan.storePage));
  put(START_INFO.storeEvtchn, STORE_PORT);
  put(START_INFO.consoleMfn, frame(plan.consolePage));
  put(START_INFO.consoleEvtchn, CONSOLE_PORT);
  put(START_INFO.ptBase, plan.pageTables);
  put(START_INFO.nrPtFrames, plan.tableCount);
  put(START_INFO.mfnList, plan.frameList);
  if (image.ramdisk) {
    put(START_INFO.modStart, plan.ramdisk);
    put(START_INFO.modLen, image.ramdisk.length);
  }
  information.set(latin1(image.commandLine ?? "").subarray(0, MAX_GUEST_CMDLINE - 1), START_INFO.cmdLine);
  writes.push({ address: machine(plan.startInfo), bytes: information });

  const tables = pageTables(guest.virtualBase, plan, frame);
  writes.push({ address: machine(plan.pageTables), bytes: tables });
  return { writes, directory: frame(plan.pageTables) };
}

/** The directory, then the tables: everything is writable but the tables themselves. */
function pageTables(base: number, plan: DomainPlan, frame: (virtual: number) => number): Uint8Array {
  const bytes = new Uint8Array(plan.tableCount * PAGE);
  const view = new DataView(bytes.buffer);
  const firstTable = directoryIndex(base);
  for (let table = firstTable; table <= directoryIndex(plan.end - 1); table++) {
    const mfn = frame(plan.pageTables) + 1 + table - firstTable;
    view.setUint32(table * ENTRY_BYTES, (mfn * PAGE + TABLE) >>> 0, true);
  }
  const tablesEnd = plan.pageTables + plan.tableCount * PAGE;
  for (let virtual = base; virtual < plan.end; virtual += PAGE) {
    const isTable = virtual >= plan.pageTables && virtual < tablesEnd;
    const entry = frame(virtual) * PAGE + (PRESENT | ACCESSED | (isTable ? 0 : READ_WRITE));
    const index = (1 + directoryIndex(virtual) - firstTable) * ENTRIES + tableIndex(virtual);
    view.setUint32(index * ENTRY_BYTES, entry >>> 0, true);
  }
  return bytes;
}

/** A stub for each hypercall: number into EAX, INT 82h, RET. IRET's keeps EAX on the stack and does not come back. */
function hypercallPage(): Uint8Array {
  const INT3 = 0xcc;
  const bytes = new Uint8Array(PAGE).fill(INT3);
  for (let number = 0; number < HYPERCALL_STUBS; number++) {
    const move = [0xb8, number, 0, 0, 0];
    const trap = [0xcd, HYPERCALL_VECTOR];
    const stub = number === Hypercall.iret ? [0x50, ...move, ...trap] : [...move, ...trap, 0xc3];
    bytes.set(stub, number * HYPERCALL_STUB_BYTES);
  }
  return bytes;
}

function words(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setUint32(i * 4, value, true);
  });
  return bytes;
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
const pageUp = (address: number): number => Math.ceil(address / PAGE) * PAGE;
const hex = (value: number): string => `0x${value.toString(16)}`;
