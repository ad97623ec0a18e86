import { beforeAll, describe, expect, it } from "vitest";
import { type Cpu, compile, instantiate, type TestKernel } from "../testing.ts";

// The drivers that need no thread, on ports that the test plays.
const SOURCE = `
import { addAvailable } from "./memory/layout.ts";
import { initializeFrames } from "./memory/frames.ts";
import { onTick } from "./thread/scheduler.ts";
import { runTimers } from "./clock/timers.ts";
import { uptimeMs } from "./clock/clock.ts";
import { closeDevice, Device, findDevice, ioctlDevice, openDevice, readDevice, writeDevice } from "./device/device.ts";
import { currentSeconds, startRtc } from "./drivers/rtc.ts";
import { registerClock } from "./drivers/clockDevice.ts";
import { findPciClass, readPci, startPci } from "./drivers/pci.ts";
import { registerPseudoDevices } from "./drivers/pseudo.ts";
import { registerSpeaker } from "./drivers/speaker.ts";
import { writeScreen } from "./drivers/ansi.ts";
export { currentSeconds, findPciClass, readPci, registerClock, registerPseudoDevices, registerSpeaker, startPci, startRtc };
export function boot(): void { addAvailable(0x200000, 0x300000); initializeFrames(); }
export function tick(): void { onTick(); runTimers(); }
export function uptime(): u32 { return uptimeMs() as u32; }
export function find(name: usize): usize { return changetype<usize>(findDevice(name)); }
export function open(device: usize): i32 { return openDevice(changetype<Device>(device)); }
export function close(device: usize): i32 { return closeDevice(changetype<Device>(device)); }
export function read(device: usize, buffer: usize, count: u32): i32 { return readDevice(changetype<Device>(device), buffer, count); }
export function write(device: usize, buffer: usize, count: u32): i32 { return writeDevice(changetype<Device>(device), buffer, count); }
export function ioctl(device: usize, request: u32, argument: usize): i32 { return ioctlDevice(changetype<Device>(device), request, argument); }
export function bell(): void { writeScreen(7); }
`;
const BUFFER = 0x8000;
const EINVAL = -22;
const ENOTTY = -25;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

function boot(cpu: Cpu = {}): TestKernel {
  const kernel = instantiate(module, { cpu });
  kernel.call("boot");
  return kernel;
}

const find = (kernel: TestKernel, name: string) => kernel.call("find", kernel.writeText(0x4000, name));

/** Reads a device to its end, `step` bytes at a time. */
function readAll(kernel: TestKernel, device: number, step = 7): string {
  let text = "";
  for (let count = 1; count > 0; ) {
    count = kernel.call("read", device, BUFFER, step);
    text += Buffer.from(kernel.bytes.subarray(BUFFER, BUFFER + count)).toString("latin1");
  }
  return text;
}

describe("null, zero, random", () => {
  it("give nothing, zeros, and the same numbers after every start", () => {
    const numbers = [1, 2].map(() => {
      const kernel = boot();
      kernel.call("registerPseudoDevices");
      const [nothing = 0, zero = 0, random = 0] = ["null", "zero", "random"].map((name) => find(kernel, name));
      kernel.bytes.fill(0xaa, BUFFER, BUFFER + 2000);
      expect(kernel.call("read", nothing, BUFFER, 100)).toBe(0);
      expect(kernel.call("write", nothing, BUFFER, 100)).toBe(100);
      expect(kernel.call("write", zero, BUFFER, 100)).toBe(100);
      expect(kernel.call("read", zero, BUFFER, 100)).toBe(100);
      expect(kernel.bytes.subarray(BUFFER, BUFFER + 101)).toEqual(Uint8Array.of(...new Uint8Array(100), 0xaa));
      expect(kernel.call("read", random, BUFFER, 2000)).toBe(2000);
      return kernel.bytes.slice(BUFFER, BUFFER + 2000);
    });
    expect(numbers[0]).toEqual(numbers[1]);
    expect(new Set(numbers[0]).size).toBe(256);
  });
});

describe("the clock", () => {
  it("counts milliseconds between ticks and never goes back", () => {
    let counter = 11932;
    let isHigh = false;
    const kernel = boot({
      in8: (port) => {
        if (port !== 0x40) return 0;
        isHigh = !isHigh;
        return isHigh ? counter & 0xff : counter >> 8;
      },
    });
    kernel.call("registerClock");
    expect(kernel.call("uptime")).toBe(0);
    counter = 11932 - 1194; // a millisecond later
    expect(kernel.call("uptime")).toBe(1);
    counter = 1;
    expect(kernel.call("uptime")).toBe(9);
    counter = 11932; // came round; the interrupt waits
    expect(kernel.call("uptime")).toBe(9);
    kernel.call("tick");
    expect(kernel.call("uptime")).toBe(10);
    for (let i = 0; i < 123; i++) kernel.call("tick");
    counter = 11932 - 1194 * 5;
    expect(kernel.call("ioctl", find(kernel, "clock"), 0x401, 0)).toBe(1245);
    expect(kernel.call("ioctl", find(kernel, "clock"), 0x402, 0)).toBe(100);
    expect(kernel.call("ioctl", find(kernel, "clock"), 0x403, 0)).toBe(ENOTTY);
    expect(readAll(kernel, find(kernel, "clock"))).toBe("1.245\n");
  });
});

/** CMOS registers; each reading may look at, and change, what comes next. */
function rtc(registers: Record<number, number>, beforeRead: (register: number) => void = () => undefined): TestKernel {
  let index = 0;
  const kernel = boot({
    out8: (port, value = 0) => {
      if (port === 0x70) index = value;
    },
    in8: (port) => {
      if (port !== 0x71) return 0;
      beforeRead(index);
      return registers[index] ?? 0;
    },
  });
  kernel.call("startRtc");
  return kernel;
}
const SECONDS = Date.UTC(2026, 10, 21, 17, 45, 30) / 1000;

describe("the real-time clock", () => {
  it.each<[string, Record<number, number>]>([
    ["decimal digits, 24 hours", { 0: 0x30, 2: 0x45, 4: 0x17, 7: 0x21, 8: 0x11, 9: 0x26, 11: 0x02, 50: 0x20 }],
    ["binary, 24 hours", { 0: 30, 2: 45, 4: 17, 7: 21, 8: 11, 9: 26, 11: 0x06, 50: 20 }],
    ["decimal digits, 12 hours", { 0: 0x30, 2: 0x45, 4: 0x85, 7: 0x21, 8: 0x11, 9: 0x26, 11: 0x00, 50: 0x20 }],
    ["no century", { 0: 0x30, 2: 0x45, 4: 0x17, 7: 0x21, 8: 0x11, 9: 0x26, 11: 0x02 }],
  ])("is read with %s", (_, registers) => {
    const kernel = rtc(registers);
    expect(kernel.call("currentSeconds")).toBe(SECONDS);
    expect(kernel.call("ioctl", find(kernel, "rtc"), 0x403, 0)).toBe(SECONDS);
    expect(readAll(kernel, find(kernel, "rtc"))).toBe("2026-11-21 17:45:30\n");
    expect(readAll(kernel, find(kernel, "rtc"), 100)).toBe("2026-11-21 17:45:30\n");
    for (let i = 0; i < 250; i++) kernel.call("tick");
    expect(kernel.call("currentSeconds")).toBe(SECONDS + 2);
  });

  it.each([
    [0x80, 12],
    [0x92, 12],
    [0x12, 0],
    [0x81, 13],
    [0x01, 1],
  ])("knows midnight and noon in 12 hours (%i is hour %i)", (register, hour) => {
    const registers = { 0: 0, 2: 0, 4: register === 0x80 ? 0x92 : register, 7: 1, 8: 1, 9: 0x26, 11: 0, 50: 0x20 };
    expect(rtc(registers).call("currentSeconds")).toBe(Date.UTC(2026, 0, 1, hour) / 1000);
  });

  it("waits while it is updated, and reads again if it ticked in between", () => {
    const registers: Record<number, number> = {
      0: 0x59,
      2: 0x59,
      4: 0x16,
      7: 0x21,
      8: 0x11,
      9: 0x26,
      10: 0x80,
      11: 2,
      50: 0x20,
    };
    let updates = 0;
    let reads = 0;
    const kernel = rtc(registers, (register) => {
      if (register === 10 && ++updates === 5) registers[10] = 0;
      // The hour comes round between the reading of hours and of seconds.
      if (register === 0 && ++reads === 1) Object.assign(registers, { 0: 0, 2: 0, 4: 0x17 });
    });
    expect(kernel.call("currentSeconds")).toBe(Date.UTC(2026, 10, 21, 17) / 1000);
    expect(updates).toBeGreaterThan(5);
  });
});

describe("the speaker", () => {
  function speaker() {
    const written: string[] = [];
    let portB = 0x30;
    const kernel = boot({
      in8: (port) => (port === 0x61 ? portB : 0),
      out8: (port = 0, value = 0) => {
        if (port === 0x61) portB = value;
        if (port === 0x42 || port === 0x43 || port === 0x61) written.push(`${port.toString(16)}:${value.toString(16)}`);
      },
    });
    kernel.call("registerSpeaker");
    return { kernel, written, device: find(kernel, "speaker"), taken: () => written.splice(0) };
  }

  it("sounds until it is told 0, and no longer than somebody has it open", () => {
    const { kernel, device, taken } = speaker();
    expect(kernel.call("open", device)).toBe(0);
    expect(kernel.call("ioctl", device, 0x501, 1000)).toBe(0);
    expect(taken()).toEqual(["43:b6", "42:a9", "42:4", "61:33"]); // 1193
    expect(kernel.call("ioctl", device, 0x501, 0)).toBe(0);
    expect(taken()).toEqual(["61:30"]);
    kernel.call("ioctl", device, 0x501, 20);
    taken();
    kernel.call("close", device);
    expect(taken()).toEqual(["61:30"]);
  });

  it("beeps for a time, by itself and at BEL", () => {
    const { kernel, device, taken } = speaker();
    expect(kernel.call("ioctl", device, 0x502, (440 << 16) | 25)).toBe(0);
    expect(taken()).toEqual(["43:b6", "42:97", "42:a", "61:33"]);
    kernel.call("tick");
    kernel.call("tick");
    expect(taken()).toEqual([]);
    kernel.call("tick");
    expect(taken()).toEqual(["61:30"]);
    kernel.call("bell");
    expect(taken()).toHaveLength(4);
    for (let i = 0; i < 10; i++) kernel.call("tick");
    expect(taken()).toEqual(["61:30"]);
  });

  it("refuses what it can't sound", () => {
    const { kernel, device, taken } = speaker();
    for (const hz of [1, 18, 20001, 0xffffffff]) expect(kernel.call("ioctl", device, 0x501, hz)).toBe(EINVAL);
    expect(kernel.call("ioctl", device, 0x777, 440)).toBe(ENOTTY);
    expect(taken()).toEqual([]);
  });
});

describe("the PCI bus", () => {
  /** Functions by "bus:device.function", each with its 32-bit registers. */
  function pci(functions: Record<string, Record<number, number>> | undefined): TestKernel {
    let address = 0;
    const kernel = boot({
      out32: (port, value = 0) => {
        if (port === 0xcf8 && functions !== undefined) address = value >>> 0;
      },
      in32: (port) => {
        if (functions === undefined) return 0xffffffff;
        if (port === 0xcf8) return address;
        const name = `${(address >> 16) & 0xff}:${(address >> 11) & 31}.${(address >> 8) & 7}`;
        return functions[name] === undefined ? 0xffffffff : (functions[name]?.[address & 0xff] ?? 0);
      },
    });
    kernel.call("startPci");
    return kernel;
  }

  it("is listed, with functions of one device and what lies behind bridges", () => {
    const kernel = pci({
      "0:0.0": { 0: 0x12378086, 8: 0x06000002 },
      "0:0.3": { 0: 0x99999999 }, // not looked at: the device has one function
      "0:1.0": { 0: 0x70008086, 8: 0x06010000, 12: 0x00800000 },
      "0:1.1": { 0: 0x70108086, 8: 0x01018000, 60: 0x010e },
      "0:1.7": { 0: 0x71138086, 8: 0x06800003, 60: 0x0109 },
      "0:31.0": { 0: 0x00011000, 8: 0x06040000, 24: 0x00020200 },
      "2:5.0": { 0: 0x100e8086, 8: 0x02000003, 60: 0x010b },
      "3:0.0": { 0: 0x12341234 }, // behind no bridge
    });
    expect(readAll(kernel, find(kernel, "pci"), 33).split("\n")).toEqual([
      "00:00.0 8086:1237 class 0600",
      "00:01.0 8086:7000 class 0601",
      "00:01.1 8086:7010 class 0101 irq 14",
      "00:01.7 8086:7113 class 0680 irq 9",
      "00:1f.0 1000:0001 class 0604",
      "02:05.0 8086:100e class 0200 irq 11",
      "",
    ]);
    expect(kernel.call("findPciClass", 0x0200) >>> 0).toBe(0x80022800);
    expect(kernel.call("findPciClass", 0x0c03)).toBe(0);
  });

  it("ends with bridges that lead back", () => {
    const kernel = pci({ "0:0.0": { 0: 1, 8: 0x06040000, 24: 0x100 }, "1:0.0": { 0: 1, 8: 0x06040000, 24: 0x100 } });
    expect(readAll(kernel, find(kernel, "pci"), 100).trim().split("\n")).toHaveLength(2);
  });

  it("may be missing", () => {
    expect(find(pci(undefined), "pci")).toBe(0);
  });
});
