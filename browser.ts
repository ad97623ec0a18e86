// The package's face in a page: the same names as for Node, on parts that are fetched from beside this file when it is imported.
// `new URL(…, import.meta.url)` is what browsers resolve by themselves, and what bundlers take for a file to carry along.

import { Cpu, type CpuBus, type CpuOptions, OPEN_BUS } from "./pc/cpu/cpu.ts";
import { DomainMachine, type DomainMachineOptions } from "./pc/domain-machine.ts";
import { Machine, type MachineOptions } from "./pc/machine.ts";

export * from "./pc/index.ts";

async function bytesOf(url: URL): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`minios: ${url.href}: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

const [core, bios] = await Promise.all([
  bytesOf(new URL("./core.wasm", import.meta.url)).then((bytes) => WebAssembly.compile(bytes)),
  bytesOf(new URL("./bios.bin", import.meta.url)).then((bytes) => new Uint8Array(bytes)),
]);

/** A PC, ready to run from reset. */
export function createMachine(options: Omit<MachineOptions, "parts"> = {}): Machine {
  return Machine.create({ ...options, parts: { core, bios } });
}

/** A machine with a Xen domain on it, ready to run. */
export function createDomainMachine(options: Omit<DomainMachineOptions, "core">): DomainMachine {
  return DomainMachine.create({ ...options, core });
}

/** A processor by itself, after reset; with no `bus` nothing answers beside its RAM. */
export function createCpu(options: Omit<CpuOptions, "module" | "bus"> & { bus?: CpuBus }): Cpu {
  return Cpu.create({ bus: OPEN_BUS, ...options, module: core });
}
