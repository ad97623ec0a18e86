// Commands that show devices: devices, read, dump.

import { transferBlocks } from "../../device/block.ts";
import { closeDevice, DeviceKind, findDevice, firstDevice, openDevice, readDevice } from "../../device/device.ts";
import { free, malloc } from "../../memory/heap.ts";
import { print, printBlanks, printBytes, printHex, printLine, printNumber, printText } from "../../print.ts";
import { parseNumber, textLength } from "../../text.ts";
import { wordAt } from "../../words.ts";
import { addCommand } from "../table.ts";

const READ_BYTES: u32 = 256;
const MAX_READ_BYTES: u32 = 4096;
const DUMP_ROWS: u32 = 16;
const ROW_BYTES: u32 = 16;

export function addDeviceCommands(): void {
  addCommand("devices", "list devices", devices);
  addCommand("read", "print what a device reads as: read rtc", readCommand);
  addCommand("dump", "show the start of a block: dump fd0 19", dump);
}

function devices(_count: u32): void {
  printLine("name        kind        blocks  bytes  read  written");
  let device = firstDevice();
  while (device !== null) {
    printText(device.nameAddress);
    printBlanks(12 - (textLength(device.nameAddress) as i32));
    if (device.kind === DeviceKind.Block) {
      print("block");
      printNumber(device.blockCount, 13);
      printNumber(device.blockBytes, 7);
      printNumber(device.blocksRead, 6);
      printNumber(device.blocksWritten, 9);
    } else {
      print("character");
    }
    print("\n");
    device = device.nextDevice;
  }
}

/** Prints what a character device gives, up to its end or MAX_READ_BYTES. */
function readCommand(count: u32): void {
  const device = count == 2 ? findDevice(wordAt(1)) : null;
  const buffer = malloc(READ_BYTES);
  if (device === null || buffer == 0) {
    printLine("usage: read DEVICE, of a character device");
    return;
  }
  let status = openDevice(device);
  if (status >= 0) {
    let total: u32 = 0;
    while (total < MAX_READ_BYTES) {
      status = readDevice(device, buffer, READ_BYTES);
      if (status <= 0) break;
      printBytes(buffer, status);
      total += status;
    }
    closeDevice(device);
  }
  if (status < 0) printError(status);
  free(buffer);
}

function printError(status: i32): void {
  print("error ");
  printNumber(-status);
  print("\n");
}

function dump(count: u32): void {
  const device = count == 3 ? findDevice(wordAt(1)) : null;
  const block = count == 3 ? parseNumber(wordAt(2)) : -1;
  if (device === null || device.kind !== DeviceKind.Block || block < 0) {
    printLine("usage: dump DEVICE BLOCK, of a block device");
    return;
  }
  const buffer = malloc(device.blockBytes);
  if (buffer == 0) {
    printLine("no memory");
    return;
  }
  const status = transferBlocks(device, false, block, 1, buffer);
  if (status < 0) {
    printError(status);
  } else {
    for (let row: u32 = 0; row < DUMP_ROWS; row++) dumpRow(buffer, row * ROW_BYTES);
  }
  free(buffer);
}

/** An offset, sixteen bytes in hexadecimal, and the same as text. */
function dumpRow(buffer: usize, offset: u32): void {
  printHex(offset, 4);
  print("  ");
  for (let i: u32 = 0; i < ROW_BYTES; i++) {
    printHex(load<u8>(buffer + offset + i), 2);
    print(" ");
  }
  print(" ");
  for (let i: u32 = 0; i < ROW_BYTES; i++) {
    const byte = load<u8>(buffer + offset + i);
    if (byte >= 0x20 && byte < 0x7f) printBytes(buffer + offset + i, 1);
    else print(".");
  }
  print("\n");
}
