// Interrupts: a table of handlers (IDT), the timer counting and the keyboard typing. Sources: Intel's Software Developer's Manual, volume 3,
// chapter 6; data sheets of the 8259A interrupt controller, the 8254 timer and the 8042 keyboard controller.

import { divide, hlt, in8, lidt, out8, stiHlt, stubAddress } from "./cpu.external.ts";
import { clearScreen, moveTo, print, printNumber, put } from "./screen.ts";

const VECTORS: u32 = 48;
const GATE_BYTES: u32 = 8;
/** Of the descriptor table in start.s. */
const KERNEL_CODE: u32 = 0x08;
/** Present, ring 0, a 32-bit interrupt gate: interrupts are off in the handler. */
const INTERRUPT_GATE: u32 = 0x8e;

/** The controllers' first vectors: behind those that the processor keeps for itself. */
const FIRST_IRQ: u32 = 32;
const TIMER: u32 = FIRST_IRQ;
const KEYBOARD: u32 = FIRST_IRQ + 1;

const PIC_1: u32 = 0x20; // commands; data one port further
const PIC_2: u32 = 0xa0;
const END_OF_INTERRUPT: u32 = 0x20;
const PIT_COUNTER_0: u32 = 0x40;
const PIT_CONTROL: u32 = 0x43;
const PIT_HZ: u32 = 1193182;
const TICKS_PER_SECOND: u32 = 100;
const KEYBOARD_DATA: u32 = 0x60;

/** What the keys mean, by scan code: a US keyboard from Escape (1) to the space bar (57). "." stands for keys without a character. */
const KEYS = "..1234567890-=..qwertyuiop[]\n.asdfghjkl;'`.\\zxcvbnm,./.*. ";
const ESCAPE: u32 = 1;
const RELEASED: u32 = 0x80;

/** In the first row, at its right end. */
const SECONDS_PLACE: u32 = 72;

const table: usize = memory.data(384, 8); // VECTORS * GATE_BYTES
const register: usize = memory.data(8, 8);
let ticks: u32 = 0;

export function kernelMain(): void {
  clearScreen();
  for (let vector: u32 = 0; vector < VECTORS; vector++) setGate(vector, stubAddress(vector));
  store<u16>(register, (VECTORS * GATE_BYTES - 1) as u16);
  store<u32>(register + 2, table as u32);
  lidt(register);
  startControllers();
  startTimer();
  print("Interrupts are on. Type; Escape divides by zero.\n");
  while (true) stiHlt();
}

/** A gate: which code handles an interrupt. The address lies in two pieces, as that of the 286 had 16 bits. */
function setGate(vector: u32, handler: u32): void {
  const at = table + GATE_BYTES * (vector as usize);
  store<u16>(at, handler as u16);
  store<u16>(at + 2, KERNEL_CODE as u16);
  store<u8>(at + 4, 0);
  store<u8>(at + 5, INTERRUPT_GATE as u8);
  store<u16>(at + 6, (handler >> 16) as u16);
}

/** Two controllers with eight lines each; the second hangs on line 2 of the first. The BIOS has them at vectors 8 and 70h. */
function startControllers(): void {
  out8(PIC_1, 0x11); // begin: four words follow
  out8(PIC_2, 0x11);
  out8(PIC_1 + 1, FIRST_IRQ); // the first vector
  out8(PIC_2 + 1, FIRST_IRQ + 8);
  out8(PIC_1 + 1, 0x04); // where the other one is
  out8(PIC_2 + 1, 0x02);
  out8(PIC_1 + 1, 0x01); // as for an 8086
  out8(PIC_2 + 1, 0x01);
  out8(PIC_1 + 1, 0xfc); // let lines 0 (timer) and 1 (keyboard) through
  out8(PIC_2 + 1, 0xff);
}

function startTimer(): void {
  const divisor = PIT_HZ / TICKS_PER_SECOND;
  out8(PIT_CONTROL, 0x34); // counter 0, low byte then high byte, over and over
  out8(PIT_COUNTER_0, divisor & 0xff);
  out8(PIT_COUNTER_0, divisor >> 8);
}

/** start.s calls this for every interrupt. */
export function onInterrupt(vector: u32, eip: u32): void {
  if (vector < FIRST_IRQ) onFault(vector, eip); // and there it stays
  if (vector === TIMER) onTick();
  else if (vector === KEYBOARD) onKey(in8(KEYBOARD_DATA));
  // Before this the controller lets nothing of the same or a lower rank through.
  if (vector >= FIRST_IRQ + 8) out8(PIC_2, END_OF_INTERRUPT);
  out8(PIC_1, END_OF_INTERRUPT);
}

function onTick(): void {
  ticks++;
  if (ticks % TICKS_PER_SECOND !== 0) return;
  const before = moveTo(SECONDS_PLACE);
  printNumber(ticks / TICKS_PER_SECOND);
  print(" s");
  moveTo(before);
}

function onKey(scanCode: u32): void {
  if (scanCode & RELEASED) return;
  if (scanCode === ESCAPE) divide(1, 0);
  else if (scanCode < (KEYS.length as u32)) put(KEYS.charCodeAt(scanCode));
}

/** Something is wrong with the code itself. An operating system would end the program; here is none. */
function onFault(vector: u32, eip: u32): void {
  print("\nFault ");
  printNumber(vector);
  print(" at address ");
  printNumber(eip);
  print(". Stopped.");
  while (true) hlt(); // interrupts are off in a handler: for ever
}

/** Where an `assert` that does not hold ends (see "abort" in minios.json). */
export function abort(message: string | null, _file: string | null, _line: u32, _column: u32): void {
  if (message) print(message);
  while (true) hlt();
}
