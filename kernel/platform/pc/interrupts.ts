// Interrupts on the PC: the interrupt descriptor table, the two 8259 controllers, and turning interrupts on and off.
// Sources: Intel SDM volume 3, sections 6.10 to 6.12; Intel 8259A data sheet, order no. 231468.

import { SYSTEM_CALL_VECTOR } from "../../abi/systemCalls.ts";
import { interruptStubsAddress } from "./assembly.external.ts";
import { cli, eflags, in8, lidt, out8, sti, stiHlt } from "./instructions.external.ts";
import { systemCallEntryAddress } from "./programs.external.ts";
import { DOUBLE_FAULT_TSS, KERNEL_CODE } from "./segments.ts";

/** Vectors 0 to 31 are the processor's exceptions, 32 to 47 the controllers' sixteen lines. */
export const FIRST_IRQ_VECTOR: u32 = 32;
export const VECTOR_COUNT: u32 = 48;
/** Programs have instructions for these two: int3 and into. */
const VECTOR_BREAKPOINT: u32 = 3;
const VECTOR_OVERFLOW: u32 = 4;
const VECTOR_DOUBLE_FAULT: u32 = 8;
/** Programs' system calls; between this and the lines there are no vectors. */
const GATE_COUNT: u32 = SYSTEM_CALL_VECTOR + 1;

export const IRQ_TIMER: u32 = 0;
export const IRQ_KEYBOARD: u32 = 1;
const IRQ_CASCADE: u32 = 2;
export const IRQ_COM1: u32 = 4;
export const IRQ_FLOPPY: u32 = 6;
export const IRQ_IDE_PRIMARY: u32 = 14;
export const IRQ_IDE_SECONDARY: u32 = 15;
export const IRQ_COUNT: u32 = 16;

const EFLAGS_IF: u32 = 1 << 9;

// Gate descriptors: present, privilege level 0, or 3 for those that programs may call. A trap gate leaves interrupts on.
const GATE_INTERRUPT: u32 = 0x8e;
const GATE_TASK: u32 = 0x85;
const GATE_INTERRUPT_USER: u32 = 0xee;
const GATE_TRAP_USER: u32 = 0xef;
const GATE_BYTES: u32 = 8;

// 8259A: ICW1 and OCW2/OCW3 go to the even port, ICW2 to ICW4 and the mask (OCW1) to the odd one.
const PIC1_COMMAND: u32 = 0x20;
const PIC1_DATA: u32 = 0x21;
const PIC2_COMMAND: u32 = 0xa0;
const PIC2_DATA: u32 = 0xa1;
const ICW1_INIT_ICW4: u32 = 0x11;
const ICW4_8086: u32 = 0x01;
const OCW2_END_OF_INTERRUPT: u32 = 0x20;
const OCW3_READ_IN_SERVICE: u32 = 0x0b;
const SPURIOUS_LINE: u32 = 7;

export type IrqHandler = () => void;

const idt = memory.data(1032, 8);
const idtPointer = memory.data(8, 4);
/** For each line, the handler's index in the function table; 0: none. */
const handlers = memory.data(64, 4);
/** How often each line has interrupted. */
const counts = memory.data(64, 4);

export function interruptsEnabled(): bool {
  return (eflags() & EFLAGS_IF) != 0;
}

export function enableInterrupts(): void {
  sti();
}

/** Turns interrupts off and returns whether they were on, for `restoreInterrupts`: so critical sections nest. */
export function disableInterrupts(): bool {
  const wereEnabled = interruptsEnabled();
  cli();
  return wereEnabled;
}

export function restoreInterrupts(wereEnabled: bool): void {
  assert(!interruptsEnabled(), "a critical section ends with interrupts on");
  if (wereEnabled) sti();
}

/** Turns interrupts on and sleeps until one comes; none can be lost in between. */
export function waitForInterrupt(): void {
  stiHlt();
}

/** Fills the IDT and the controllers; every line stays masked until it has a handler. */
export function initializeInterrupts(): void {
  assert(!interruptsEnabled(), "interrupts on before there is a table for them");
  const stubs = interruptStubsAddress();
  for (let vector: u32 = 0; vector < VECTOR_COUNT; vector++) {
    const type = vector == VECTOR_BREAKPOINT || vector == VECTOR_OVERFLOW ? GATE_INTERRUPT_USER : GATE_INTERRUPT;
    setGate(vector, load<u32>(stubs + (vector << 2)), KERNEL_CODE, type);
  }
  setGate(VECTOR_DOUBLE_FAULT, 0, DOUBLE_FAULT_TSS, GATE_TASK);
  setGate(SYSTEM_CALL_VECTOR, systemCallEntryAddress() as u32, KERNEL_CODE, GATE_TRAP_USER);
  store<u16>(idtPointer, (GATE_COUNT * GATE_BYTES - 1) as u16);
  store<u32>(idtPointer, idt as u32, 2);
  lidt(idtPointer);

  out8(PIC1_COMMAND, ICW1_INIT_ICW4);
  out8(PIC2_COMMAND, ICW1_INIT_ICW4);
  out8(PIC1_DATA, FIRST_IRQ_VECTOR);
  out8(PIC2_DATA, FIRST_IRQ_VECTOR + 8);
  out8(PIC1_DATA, 1 << IRQ_CASCADE);
  out8(PIC2_DATA, IRQ_CASCADE);
  out8(PIC1_DATA, ICW4_8086);
  out8(PIC2_DATA, ICW4_8086);
  out8(PIC1_DATA, 0xff & ~(1 << IRQ_CASCADE));
  out8(PIC2_DATA, 0xff);
}

/** Connects `handler` to line `irq` and unmasks it. The handler runs with interrupts off and must not block. */
export function setIrqHandler(irq: u32, handler: IrqHandler): void {
  assert(irq < IRQ_COUNT && irq != IRQ_CASCADE, "no such interrupt line");
  assert(load<u32>(handlers + (irq << 2)) == 0, "the interrupt line has a handler already");
  const wereEnabled = disableInterrupts();
  store<u32>(handlers + (irq << 2), handler.index);
  const port = irq < 8 ? PIC1_DATA : PIC2_DATA;
  out8(port, in8(port) & ~(1 << (irq & 7)));
  restoreInterrupts(wereEnabled);
}

/** How often line `irq` has interrupted; −1 if nobody handles it. */
export function interruptCount(irq: u32): i64 {
  assert(irq < IRQ_COUNT, "no such interrupt line");
  return load<u32>(handlers + (irq << 2)) == 0 ? -1 : load<u32>(counts + (irq << 2));
}

/** Runs the handler of line `irq`, which has just interrupted, and tells the controller that it may send the next. */
export function handleIrq(irq: u32): void {
  assert(!interruptsEnabled(), "an interrupt handler runs with interrupts off");
  assert(irq < IRQ_COUNT, "no such interrupt line");
  if ((irq & 7) == SPURIOUS_LINE && isSpurious(irq)) return;
  store<u32>(counts + (irq << 2), load<u32>(counts + (irq << 2)) + 1);
  const handler = load<u32>(handlers + (irq << 2));
  if (handler != 0) call_indirect<void>(handler);
  if (irq >= 8) out8(PIC2_COMMAND, OCW2_END_OF_INTERRUPT);
  out8(PIC1_COMMAND, OCW2_END_OF_INTERRUPT);
}

/** A line that drops too early comes as line 7 without its in-service bit, and wants no end-of-interrupt. */
function isSpurious(irq: u32): bool {
  const port = irq < 8 ? PIC1_COMMAND : PIC2_COMMAND;
  out8(port, OCW3_READ_IN_SERVICE);
  if ((in8(port) & (1 << SPURIOUS_LINE)) != 0) return false;
  if (irq >= 8) out8(PIC1_COMMAND, OCW2_END_OF_INTERRUPT); // the cascade line was real
  return true;
}

function setGate(vector: u32, offset: u32, selector: u32, type: u32): void {
  const gate = idt + vector * GATE_BYTES;
  store<u32>(gate, (selector << 16) | (offset & 0xffff));
  store<u32>(gate, (offset & 0xffff0000) | (type << 8), 4);
}
