// The first serial port (COM1): a 16550 UART at 115200 baud, 8 data bits, no parity. Output goes into a ring, which the
// "transmitter empty" interrupt sends, so writing doesn't wait for the line; input becomes key codes.
// Source: National Semiconductor PC16550D data sheet.

import { in8, out8 } from "../platform/pc/instructions.external.ts";
import { IRQ_COM1, setIrqHandler } from "../platform/pc/interrupts.ts";
import { RING_BYTES, Ring } from "../ring.ts";
import { putKey } from "./input.ts";
import { decodeTerminalByte } from "./terminalKeys.ts";

const COM1: u32 = 0x3f8;
const RBR_THR: u32 = COM1; // receiver buffer when read, transmitter holding register when written
const IER: u32 = COM1 + 1;
const IIR_FCR: u32 = COM1 + 2; // interrupt identification when read, FIFO control when written
const LCR: u32 = COM1 + 3;
const MCR: u32 = COM1 + 4;
const LSR: u32 = COM1 + 5;
const MSR: u32 = COM1 + 6;
const SCR: u32 = COM1 + 7;

const IER_RECEIVED: u32 = 0x01;
const IER_TRANSMITTER_EMPTY: u32 = 0x02;
const IIR_NONE: u32 = 0x01;
const IIR_CAUSE: u32 = 0x0e;
const CAUSE_MODEM_STATUS: u32 = 0x00;
const FCR_ENABLE_AND_CLEAR: u32 = 0x07;
const IIR_FIFO_ENABLED: u32 = 0xc0;
const FIFO_BYTES: u32 = 16;
const LCR_8_BITS: u32 = 0x03;
const LCR_DIVISOR_LATCH: u32 = 0x80;
const DIVISOR_115200: u32 = 1;
/** Data terminal ready, request to send, and OUT2, which lets the interrupt through on a PC. */
const MCR_ON: u32 = 0x0b;
const LSR_DATA_READY: u32 = 0x01;
const LSR_TRANSMITTER_EMPTY: u32 = 0x20;

/** How often the line status is read before the line counts as stuck; some 100 ms. */
const PATIENCE: u32 = 100000;
const MAX_CAUSES: u32 = 64;

const OUTPUT_VALUES: u32 = 1024;
const output = changetype<Ring>(memory.data(RING_BYTES, 4));
const outputValues = memory.data(2048, 2);

let isPresent: bool = false;
let fifoBytes: u32 = 1;
let interruptsOn: bool = false;
/** Index in the function table; 0: none. */
let receiver: u32 = 0;

/** Sets the port up for output; without one, everything written is dropped. */
export function initializeSerial(): void {
  output.initialize(outputValues, OUTPUT_VALUES);
  isPresent = testScratch(0x5a) && testScratch(0xa5);
  if (!isPresent) return;
  out8(IER, 0);
  out8(LCR, LCR_DIVISOR_LATCH);
  out8(RBR_THR, DIVISOR_115200);
  out8(IER, DIVISOR_115200 >> 8);
  out8(LCR, LCR_8_BITS);
  out8(IIR_FCR, FCR_ENABLE_AND_CLEAR);
  fifoBytes = (in8(IIR_FCR) & IIR_FIFO_ENABLED) == IIR_FIFO_ENABLED ? FIFO_BYTES : 1;
  out8(MCR, MCR_ON);
}

/** Connects the port's interrupt: from here on there is input, and output doesn't need flushing. */
export function startSerial(): void {
  if (!isPresent) return;
  setIrqHandler(IRQ_COM1, onInterrupt);
  interruptsOn = true;
  out8(IER, IER_RECEIVED | IER_TRANSMITTER_EMPTY);
}

/** Writes one byte, "\n" as carriage return and line feed, which terminals expect. */
export function writeSerial(byte: u8): void {
  if (!isPresent) return;
  if (byte == 0x0a) enqueue(0x0d);
  enqueue(byte);
}

export function hasSerial(): bool {
  return isPresent;
}

/** Whether the byte is not for the console. Runs in the interrupt. */
export type SerialReceiver = (byte: u8) => bool;

/** Lets `wanted` see each byte that comes in first. */
export function setSerialReceiver(wanted: SerialReceiver): void {
  receiver = wanted.index;
}

/** Whether more than half of the room for output is taken. */
export function serialIsBusy(): bool {
  return isPresent && interruptsOn && output.count > OUTPUT_VALUES / 2;
}

/** Sends what the transmitter takes now; the interrupt sends the rest. */
export function flushSerial(): void {
  if (isPresent) transmit();
}

/** Sends everything, waiting for the line. */
export function drainSerial(): void {
  if (!isPresent) return;
  while (!output.isEmpty && waitForTransmitter()) transmit();
  waitForTransmitter();
}

/** Clears a terminal's screen (ECMA-48: ED 2, CUP). */
export function clearSerial(): void {
  const sequence = "\x1b[2J\x1b[H";
  for (let i = 0; i < sequence.length; i++) writeSerial(sequence.charCodeAt(i) as u8);
  flushSerial();
}

function testScratch(value: u32): bool {
  out8(SCR, value);
  return in8(SCR) == value;
}

function enqueue(byte: u8): void {
  if (output.isFull && waitForTransmitter()) transmit();
  output.put(byte); // a line that is stuck loses the byte
}

function waitForTransmitter(): bool {
  for (let i: u32 = 0; i < PATIENCE; i++) {
    if ((in8(LSR) & LSR_TRANSMITTER_EMPTY) != 0) return true;
  }
  return false;
}

function transmit(): void {
  if (!output.isEmpty && (in8(LSR) & LSR_TRANSMITTER_EMPTY) != 0) {
    for (let i: u32 = 0; i < fifoBytes && !output.isEmpty; i++) out8(RBR_THR, output.take());
  }
  if (interruptsOn) out8(IER, output.isEmpty ? IER_RECEIVED : IER_RECEIVED | IER_TRANSMITTER_EMPTY);
}

/** Serves every cause that the port reports; the bound keeps a broken port from holding the processor. */
function onInterrupt(): void {
  for (let i: u32 = 0; i < MAX_CAUSES; i++) {
    const identification = in8(IIR_FCR);
    if ((identification & IIR_NONE) != 0) return;
    if ((identification & IIR_CAUSE) == CAUSE_MODEM_STATUS) in8(MSR);
    while ((in8(LSR) & LSR_DATA_READY) != 0) receive(in8(RBR_THR) as u8);
    transmit();
  }
}

function receive(byte: u8): void {
  if (receiver != 0 && call_indirect<bool>(receiver, byte)) return;
  const key = decodeTerminalByte(byte);
  if (key != 0) putKey(key);
}
