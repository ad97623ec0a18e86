// What the serial line, the terminal, the keyboard and the clock refuse: requests that they don't know, and waits of a thread that
// somebody interrupts. The serial port takes bytes and never gets rid of one.

import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, type TestKernel } from "../testing.ts";
import { THREADS_PRELUDE } from "../testing-threads.ts";

const SOURCE = `${THREADS_PRELUDE}
import { enableInterrupts } from "./platform/interrupts.ts";
import { initializeConsole } from "./platform/console.ts";
import { registerTerminal } from "./device/tty.ts";
import { Device, findDevice, ioctlDevice, readDevice, writeDevice } from "./device/device.ts";
import { initializeInput } from "./drivers/input.ts";
import { registerKeyboard } from "./drivers/keyboard.ts";
import { startRtc } from "./drivers/rtc.ts";
import { startSerial } from "./drivers/serial.ts";
import { registerSerial } from "./drivers/serialDevice.ts";
export function start(): void {
  boot();
  initializeConsole();
  initializeInput();
  startSerial();
  registerTerminal();
  registerKeyboard();
  registerSerial();
  startRtc();
}
/** From now on no wait of this thread lasts. */
export function interruptSelf(): void { currentThread().isInterrupted = true; enableInterrupts(); }
function device(name: usize): Device { return findDevice(name) as Device; }
export function read(name: usize, count: u32): i32 { return readDevice(device(name), 0x8000, count); }
export function write(name: usize, count: u32): i32 { return writeDevice(device(name), 0x8000, count); }
export function ioctl(name: usize, request: u32, argument: usize): i32 { return ioctlDevice(device(name), request, argument); }
`;
const [EINTR, EAGAIN, EINVAL, ENOTTY] = [-4, -11, -22, -25];
const UNKNOWN_REQUEST = 0x999;
const SERIAL_TAKE_INPUT = 0x301;
const KEYBOARD_SET_LAYOUT = 0x202;
/** The serial port's register that only keeps what is written to it: how the driver knows that there is a port. */
const SCRATCH = 0x3ff;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

function start(): TestKernel {
  let scratch = 0;
  const kernel = instantiate(module, {
    cpu: {
      in8: (port = 0) => (port === SCRATCH ? scratch : 0),
      out8: (port = 0, value = 0) => {
        if (port === SCRATCH) scratch = value;
      },
    },
  });
  kernel.call("start");
  return kernel;
}

const NAMES = 0x4000;

describe("the serial line", () => {
  it("gives its input only to who has taken it", () => {
    const kernel = start();
    const name = kernel.writeText(NAMES, "serial0");
    expect(kernel.call("read", name, 1)).toBe(EAGAIN);
    expect(kernel.call("ioctl", name, UNKNOWN_REQUEST, 1)).toBe(ENOTTY);
    expect(kernel.call("ioctl", name, SERIAL_TAKE_INPUT, 1)).toBe(0);
  });

  it("lets go of an interrupted reader, and of a writer", () => {
    const kernel = start();
    const name = kernel.writeText(NAMES, "serial0");
    kernel.call("ioctl", name, SERIAL_TAKE_INPUT, 1);
    kernel.call("interruptSelf");
    expect(kernel.call("read", name, 1)).toBe(EINTR);
    const written = kernel.call("write", name, 2000);
    expect(written).toBeGreaterThan(500);
    expect(written).toBeLessThan(1000);
    expect(kernel.call("write", name, 1)).toBe(EINTR);
  });
});

describe("the terminal", () => {
  it("lets go of an interrupted writer", () => {
    const kernel = start();
    const name = kernel.writeText(NAMES, "tty0");
    kernel.bytes.fill(0x61, 0x8000, 0x9000);
    kernel.call("interruptSelf");
    expect(kernel.call("write", name, 2000)).toBeLessThan(2000);
    expect(kernel.call("write", name, 1)).toBe(EINTR);
  });
});

describe("requests that a device doesn't know", () => {
  it.each(["keyboard", "rtc", "tty0"])("%s refuses", (device) => {
    const kernel = start();
    expect(kernel.call("ioctl", kernel.writeText(NAMES, device), UNKNOWN_REQUEST, 0)).toBe(ENOTTY);
  });

  it("as the keyboard a layout", () => {
    const kernel = start();
    const name = kernel.writeText(NAMES, "keyboard");
    expect(kernel.call("ioctl", name, KEYBOARD_SET_LAYOUT, 1)).toBe(0);
    expect(kernel.call("ioctl", name, KEYBOARD_SET_LAYOUT, 99)).toBe(EINVAL);
  });
});
