import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, type TestKernel } from "../../testing.ts";

const SOURCE = `
import { disableInterrupts, handleIrq, initializeInterrupts, restoreInterrupts, setIrqHandler } from "./platform/pc/interrupts.ts";
import { initializeSegments } from "./platform/pc/segments.ts";
import { startKeyboard } from "./drivers/keyboard.ts";
import { initializeInput } from "./drivers/input.ts";
import { initializeClock } from "./platform/pc/clock.ts";
export { disableInterrupts, handleIrq, initializeInput, initializeInterrupts, initializeSegments, restoreInterrupts, startKeyboard };
let handled: u32 = 0;
export function handledCount(): u32 { return handled; }
export function connect(irq: u32): void { setIrqHandler(irq, () => { handled++; }); }
export function startClock(): void { initializeClock(() => { handled++; }); }
`;
const STUBS = 0x5000;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compile(SOURCE);
});

interface Ports {
  kernel: TestKernel;
  written: string[];
  /** What the next reads of a port return; then 0, or what was written for the masks. */
  reads: Map<number, number[]>;
  loaded: Map<string, number>;
}

function start(): Ports {
  const written: string[] = [];
  const reads = new Map<number, number[]>();
  const masks = new Map<number, number>();
  const loaded = new Map<string, number>();
  const kernel = instantiate(module, {
    cpu: {
      in8: (port = 0) => reads.get(port)?.shift() ?? masks.get(port) ?? 0,
      out8: (port = 0, value = 0) => {
        written.push(`${port.toString(16)}:${value.toString(16)}`);
        if (port === 0x21 || port === 0xa1) masks.set(port, value);
      },
      lidt: (pointer = 0) => loaded.set("idt", pointer),
      lgdt: (pointer = 0) => loaded.set("gdt", pointer),
      ltr: (selector = 0) => loaded.set("tr", selector),
    },
    assembly: {
      interruptStubsAddress: () => STUBS,
      systemCallEntryAddress: () => 0x124567,
      doubleFaultStartAddress: () => 0x123456,
      doubleFaultStackTop: () => 0x765430,
    },
  });
  for (let vector = 0; vector < 48; vector++) kernel.view.setUint32(STUBS + vector * 4, 0x10aa00 + vector * 8, true);
  kernel.call("initializeSegments");
  kernel.call("initializeInterrupts");
  return { kernel, written, reads, loaded };
}

/** Reads a table register's operand: limit and base. */
function tableOf({ kernel, loaded }: Ports, name: string): { limit: number; base: number } {
  const pointer = loaded.get(name) ?? 0;
  return { limit: kernel.view.getUint16(pointer, true), base: kernel.view.getUint32(pointer + 2, true) };
}

describe("descriptor tables", () => {
  it("give each vector its stub, and the double fault a task", () => {
    const machine = start();
    const { limit, base } = tableOf(machine, "idt");
    expect(limit).toBe(129 * 8 - 1);
    for (let vector = 0; vector < 48; vector++) {
      const low = machine.kernel.view.getUint32(base + vector * 8, true);
      const high = machine.kernel.view.getUint32(base + vector * 8 + 4, true);
      if (vector === 8) expect([low >>> 16, high]).toEqual([0x30, 0x8500]);
      else
        expect([low >>> 16, (high & 0xffff0000) | (low & 0xffff), high & 0xffff]).toEqual([
          8,
          0x10aa00 + vector * 8,
          vector === 3 || vector === 4 ? 0xee00 : 0x8e00,
        ]);
    }
    // Behind them only the gate of system calls, which programs may use, and which leaves interrupts on.
    for (let vector = 48; vector < 129; vector++) {
      const low = machine.kernel.view.getUint32(base + vector * 8, true);
      const high = machine.kernel.view.getUint32(base + vector * 8 + 4, true);
      expect([low, high], `vector ${vector}`).toEqual(vector === 0x80 ? [0x00084567, 0x0012ef00] : [0, 0]);
    }
  });

  it("have flat segments of two levels, and two task states", () => {
    const machine = start();
    const { limit, base } = tableOf(machine, "gdt");
    const { view } = machine.kernel;
    expect(limit).toBe(7 * 8 - 1);
    const descriptor = (selector: number) => {
      const low = view.getUint32(base + selector, true);
      const high = view.getUint32(base + selector + 4, true);
      return {
        base: ((high & 0xff000000) | ((high & 0xff) << 16) | (low >>> 16)) >>> 0,
        limit: (high & 0xf0000) | (low & 0xffff),
        access: (high >>> 8) & 0xff,
        flags: (high >>> 20) & 15,
      };
    };
    const flat = (access: number) => ({ base: 0, limit: 0xfffff, access, flags: 12 });
    expect([0x08, 0x10, 0x18, 0x20].map(descriptor)).toEqual([0x9a, 0x92, 0xfa, 0xf2].map(flat));
    expect(machine.loaded.get("tr")).toBe(0x28);
    for (const selector of [0x28, 0x30])
      expect(descriptor(selector)).toMatchObject({ limit: 103, access: 0x89, flags: 0 });
    const fault = descriptor(0x30).base;
    expect([view.getUint32(fault + 32, true), view.getUint32(fault + 56, true)]).toEqual([0x123456, 0x765430]);
  });
});

describe("8259", () => {
  it("is set to vectors 20h and 28h with every line but the cascade masked", () => {
    const { written } = start();
    expect(written).toEqual(["20:11", "a0:11", "21:20", "a1:28", "21:4", "a1:2", "21:1", "a1:1", "21:fb", "a1:ff"]);
  });

  it("unmasks a line with its handler, and gets an end of interrupt for each", () => {
    const { kernel, written } = start();
    written.length = 0;
    kernel.call("connect", 4);
    kernel.call("connect", 12);
    expect(written).toEqual(["21:eb", "a1:ef"]);
    written.length = 0;
    kernel.call("handleIrq", 4);
    kernel.call("handleIrq", 12);
    expect(written).toEqual(["20:20", "a0:20", "20:20"]);
    expect(kernel.call("handledCount")).toBe(2);
    expect(kernel.abortOf("connect", 4)).toMatch(/handler already/);
    expect(kernel.abortOf("connect", 2)).toMatch(/no such interrupt line/);
    expect(kernel.abortOf("connect", 16)).toMatch(/no such interrupt line/);
  });

  it("tells spurious interrupts by the in-service register", () => {
    const { kernel, written, reads } = start();
    kernel.call("connect", 7);
    kernel.call("connect", 15);
    written.length = 0;
    reads.set(0x20, [0, 0x80]);
    reads.set(0xa0, [0]);
    kernel.call("handleIrq", 7);
    expect(written).toEqual(["20:b"]);
    written.length = 0;
    kernel.call("handleIrq", 7);
    expect(written).toEqual(["20:b", "20:20"]);
    written.length = 0;
    kernel.call("handleIrq", 15);
    expect(written).toEqual(["a0:b", "20:20"]);
    expect(kernel.call("handledCount")).toBe(1);
  });
});

describe("interrupts off and on", () => {
  it("nest", () => {
    const { kernel } = start();
    kernel.interruptsEnabled = true;
    const outer = kernel.call("disableInterrupts");
    const inner = kernel.call("disableInterrupts");
    expect([outer, inner]).toEqual([1, 0]);
    kernel.call("restoreInterrupts", inner);
    expect(kernel.interruptsEnabled).toBe(false);
    kernel.call("restoreInterrupts", outer);
    expect(kernel.interruptsEnabled).toBe(true);
    expect(kernel.abortOf("restoreInterrupts", 1)).toMatch(/ends with interrupts on/);
    expect(kernel.abortOf("handleIrq", 0)).toMatch(/with interrupts off/);
    expect(kernel.abortOf("initializeInterrupts")).toMatch(/interrupts on before/);
  });
});

describe("8254", () => {
  it("divides 1.193182 MHz to 100 Hz", () => {
    const { kernel, written } = start();
    written.length = 0;
    kernel.call("startClock");
    expect(written.slice(0, 3)).toEqual(["43:34", "40:9c", "40:2e"]); // 11932
  });
});

describe("keyboard controller", () => {
  it("is told to interrupt and to translate, and stale bytes are dropped", () => {
    const { kernel, written, reads } = start();
    written.length = 0;
    // Status: one stale byte, none, ready for a command, the configuration is there, ready, ready.
    reads.set(0x64, [1, 0, 0, 1, 0, 0]);
    reads.set(0x60, [0x1e, 0x10]);
    kernel.call("startKeyboard");
    expect(written).toEqual(["64:20", "64:60", "60:41", "21:f9", "60:ed"]);
  });

  it("sets the lights in two acknowledged steps after caps lock, without waiting", () => {
    const { kernel, written, reads } = start();
    kernel.call("initializeInput");
    kernel.call("startKeyboard");
    const interrupt = (byte: number) => {
      written.length = 0;
      reads.set(0x64, [1]);
      reads.set(0x60, [byte]);
      kernel.call("handleIrq", 1);
      return written.filter((write) => write.startsWith("60:"));
    };
    // The lights are set at the start, since the firmware may have left some on.
    expect(interrupt(0xfa)).toEqual(["60:0"]);
    expect(interrupt(0xfa)).toEqual([]);
    expect(interrupt(0x3a)).toEqual(["60:ed"]);
    expect(interrupt(0xba)).toEqual([]); // the release comes before the acknowledgement
    expect(interrupt(0xfa)).toEqual(["60:4"]);
    expect(interrupt(0xfa)).toEqual([]);
    expect(interrupt(0x3a)).toEqual(["60:ed"]);
    expect(interrupt(0xfe)).toEqual([]); // refused: give up until the next change
    expect(interrupt(0x1e)).toEqual([]);
    interrupt(0xba);
    expect(interrupt(0x45)).toEqual(["60:ed"]);
    expect(interrupt(0xfa)).toEqual(["60:2"]);
    expect(interrupt(0x46)).toEqual([]); // changed again before the acknowledgement
    expect(interrupt(0xfa)).toEqual(["60:ed"]);
    expect(interrupt(0xfa)).toEqual(["60:3"]);
    expect(interrupt(0xfa)).toEqual([]);
    // A lost acknowledgement keeps the lights as they are for some keys only.
    interrupt(0xc5);
    expect(interrupt(0x45)).toEqual(["60:ed"]);
    const later = Array.from({ length: 40 }, () => interrupt(0x1e)).flat();
    expect(later).toEqual(["60:ed"]);
  });
});
