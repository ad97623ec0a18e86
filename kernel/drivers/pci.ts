// The PCI bus: what is plugged into it, found by asking every place for its vendor. Buses behind bridges are asked too, as the
// firmware numbered them. Source: PCI Local Bus Specification 2.2, sections 3.2.2.3 (configuration mechanism 1) and 6.1.

import {
  DEVICE_OPERATIONS_BYTES,
  Device,
  DeviceKind,
  DeviceOperations,
  newDevice,
  registerDevice,
} from "../device/device.ts";
import { appendHex, appendNumber, appendText, startText, textDevice } from "../device/textDevice.ts";
import { disableInterrupts, restoreInterrupts } from "../platform/interrupts.ts";
import { in32, out32 } from "../platform/pc/instructions.external.ts";

const CONFIG_ADDRESS: u32 = 0xcf8;
const CONFIG_DATA: u32 = 0xcfc;
const ENABLE: u32 = 0x80000000;

const REGISTER_ID: u32 = 0x00;
const REGISTER_CLASS: u32 = 0x08;
const REGISTER_HEADER: u32 = 0x0c;
const REGISTER_BUSES: u32 = 0x18;
const REGISTER_INTERRUPT: u32 = 0x3c;
const NO_DEVICE: u32 = 0xffff;
const HEADER_MULTIFUNCTION: u32 = 1 << 23;
const CLASS_BRIDGE: u32 = 0x0604;

const DEVICES: u32 = 32;
const FUNCTIONS: u32 = 8;
const MAX_FOUND: u32 = 32;

const operations = changetype<DeviceOperations>(memory.data(DEVICE_OPERATIONS_BYTES, 4));
/** Where the functions that were found are: bus, device and function as configuration addresses have them. */
const found = memory.data(128, 4);
let foundCount: u32 = 0;

/** Scans the bus, and registers the device `pci`, which reads as a list, if there is one. */
export function startPci(): void {
  const before = in32(CONFIG_ADDRESS);
  out32(CONFIG_ADDRESS, ENABLE);
  const isPresent = in32(CONFIG_ADDRESS) == ENABLE;
  out32(CONFIG_ADDRESS, before);
  if (!isPresent) return;
  scanBus(0);
  textDevice(operations, describe);
  const device = newDevice("pci", -1, DeviceKind.Character, operations);
  if (device !== null) registerDevice(device);
}

/** The configuration address of the first function of that class and subclass (one 16-bit number); 0 if there is none. */
export function findPciClass(classCode: u32): u32 {
  for (let i: u32 = 0; i < foundCount; i++) {
    const address = load<u32>(found + (i << 2));
    if (readPci(address, REGISTER_CLASS) >> 16 == classCode) return address;
  }
  return 0;
}

/** Reads the 32-bit register at `register` of a function's configuration. */
export function readPci(address: u32, register: u32): u32 {
  const wereEnabled = disableInterrupts();
  out32(CONFIG_ADDRESS, address | register);
  const value = in32(CONFIG_DATA);
  restoreInterrupts(wereEnabled);
  return value;
}

function scanBus(bus: u32): void {
  for (let device: u32 = 0; device < DEVICES; device++) {
    const address = ENABLE | (bus << 16) | (device << 11);
    if ((readPci(address, REGISTER_ID) & 0xffff) == NO_DEVICE) continue;
    const count: u32 = (readPci(address, REGISTER_HEADER) & HEADER_MULTIFUNCTION) != 0 ? FUNCTIONS : 1;
    for (let i: u32 = 0; i < count; i++) addFunction(address | (i << 8), bus);
  }
}

function addFunction(address: u32, bus: u32): void {
  if ((readPci(address, REGISTER_ID) & 0xffff) == NO_DEVICE || foundCount == MAX_FOUND) return;
  store<u32>(found + (foundCount << 2), address);
  foundCount++;
  if (readPci(address, REGISTER_CLASS) >> 16 != CLASS_BRIDGE) return;
  const secondary = (readPci(address, REGISTER_BUSES) >> 8) & 0xff;
  if (secondary > bus) scanBus(secondary); // so it ends
}

/** What a read gives: 00:01.1 8086:7010 class 0101 irq 14 */
function describe(_device: Device): i32 {
  startText();
  for (let i: u32 = 0; i < foundCount; i++) {
    const address = load<u32>(found + (i << 2));
    const id = readPci(address, REGISTER_ID);
    appendHex((address >> 16) & 0xff, 2);
    appendText(":");
    appendHex((address >> 11) & 31, 2);
    appendText(".");
    appendNumber((address >> 8) & 7, 1);
    appendText(" ");
    appendHex(id & 0xffff, 4);
    appendText(":");
    appendHex(id >> 16, 4);
    appendText(" class ");
    appendHex(readPci(address, REGISTER_CLASS) >> 16, 4);
    const line = readPci(address, REGISTER_INTERRUPT) & 0xffff;
    if (line >> 8 != 0) {
      appendText(" irq ");
      appendNumber(line & 0xff, 1);
    }
    appendText("\n");
  }
  return 0;
}
