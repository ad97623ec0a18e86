// Segmentation: flat code and data segments for the kernel and for user programs, and two task-state segments.
// The main TSS names the kernel stack that the CPU takes when a user program is interrupted; the double-fault TSS is a
// task of its own. Source: Intel SDM volume 3, sections 3.4.5 (descriptors) and 7.2.1 (TSS).

import { doubleFaultStackTop, doubleFaultStartAddress, reloadSegments } from "./assembly.external.ts";
import { lgdt, ltr } from "./instructions.external.ts";

export const KERNEL_CODE: u32 = 0x08;
export const KERNEL_DATA: u32 = 0x10;
const USER_CODE: u32 = 0x18;
const USER_DATA: u32 = 0x20;
const MAIN_TSS: u32 = 0x28;
export const DOUBLE_FAULT_TSS: u32 = 0x30;
const GDT_BYTES: u32 = 0x38;

// Access bytes: present, descriptor privilege level, type.
const CODE_LEVEL_0: u32 = 0x9a;
const DATA_LEVEL_0: u32 = 0x92;
const CODE_LEVEL_3: u32 = 0xfa;
const DATA_LEVEL_3: u32 = 0xf2;
const TSS_AVAILABLE: u32 = 0x89;
// Flags: limit in pages, 32-bit.
const FLAT: u32 = 0xc;

/** A 32-bit task-state segment. */
@unmanaged
export class TaskState {
  link: u32;
  esp0: u32;
  ss0: u32;
  esp1: u32;
  ss1: u32;
  esp2: u32;
  ss2: u32;
  cr3: u32;
  eip: u32;
  eflags: u32;
  eax: u32;
  ecx: u32;
  edx: u32;
  ebx: u32;
  esp: u32;
  ebp: u32;
  esi: u32;
  edi: u32;
  es: u32;
  cs: u32;
  ss: u32;
  ds: u32;
  fs: u32;
  gs: u32;
  ldt: u32;
  trapAndIoMap: u32;
}

const TSS_BYTES: u32 = 104;

const gdt = memory.data(56, 8);
const gdtPointer = memory.data(8, 4);
const mainTss = memory.data(104, 128);
const doubleFaultTss = memory.data(104, 128);

/** The state that the interrupted task had when the double-fault task started. */
export function interruptedTask(): TaskState {
  return changetype<TaskState>(mainTss);
}

export function initializeSegments(): void {
  setDescriptor(KERNEL_CODE, 0, 0xfffff, CODE_LEVEL_0, FLAT);
  setDescriptor(KERNEL_DATA, 0, 0xfffff, DATA_LEVEL_0, FLAT);
  setDescriptor(USER_CODE, 0, 0xfffff, CODE_LEVEL_3, FLAT);
  setDescriptor(USER_DATA, 0, 0xfffff, DATA_LEVEL_3, FLAT);
  setDescriptor(MAIN_TSS, mainTss as u32, TSS_BYTES - 1, TSS_AVAILABLE, 0);
  setDescriptor(DOUBLE_FAULT_TSS, doubleFaultTss as u32, TSS_BYTES - 1, TSS_AVAILABLE, 0);
  store<u16>(gdtPointer, (GDT_BYTES - 1) as u16);
  store<u32>(gdtPointer, gdt as u32, 2);
  lgdt(gdtPointer);
  reloadSegments(KERNEL_CODE, KERNEL_DATA);

  const main = changetype<TaskState>(mainTss);
  main.ss0 = KERNEL_DATA;
  main.trapAndIoMap = TSS_BYTES << 16; // no I/O permission map
  const fault = changetype<TaskState>(doubleFaultTss);
  fault.eip = doubleFaultStartAddress() as u32;
  fault.eflags = 2; // interrupts off; bit 1 is always set
  fault.esp = doubleFaultStackTop() as u32;
  fault.cs = KERNEL_CODE;
  fault.ss = fault.ds = fault.es = fault.fs = fault.gs = KERNEL_DATA;
  fault.trapAndIoMap = TSS_BYTES << 16;
  ltr(MAIN_TSS);
}

/** Where the kernel's stack begins when a program is interrupted. */
export function setKernelStack(top: usize): void {
  changetype<TaskState>(mainTss).esp0 = top as u32;
}

/** A task switch loads CR3, so the double-fault task must know the page directory as soon as there is one. */
export function setTaskPageDirectory(directory: usize): void {
  changetype<TaskState>(mainTss).cr3 = directory as u32;
  changetype<TaskState>(doubleFaultTss).cr3 = directory as u32;
}

function setDescriptor(selector: u32, base: u32, limit: u32, access: u32, flags: u32): void {
  const descriptor = gdt + selector;
  store<u32>(descriptor, (base << 16) | (limit & 0xffff));
  const high = (base & 0xff000000) | (flags << 20) | (limit & 0xf0000) | (access << 8) | ((base >> 16) & 0xff);
  store<u32>(descriptor, high, 4);
}
