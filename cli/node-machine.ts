// Makes machines under Node: finds the built CPU core and BIOS beside this file's bundle, or in dist/ when run from source.

import { readFileSync } from "node:fs";
import { Cpu, type CpuBus, type CpuOptions, OPEN_BUS } from "../pc/cpu/cpu.ts";
import { DomainMachine, type DomainMachineOptions } from "../pc/domain-machine.ts";
import { Machine, type MachineOptions } from "../pc/machine.ts";

/** The options of a machine, without the parts that the package brings along. */
export type NodeMachineOptions = Omit<MachineOptions, "parts">;

let parts: MachineOptions["parts"] | undefined;

function readParts(): MachineOptions["parts"] {
  parts ??= {
    core: new WebAssembly.Module(readPart("core.wasm")),
    bios: readPart("bios.bin"),
  };
  return parts;
}

/**
 * A PC, ready to run from reset.
 * @throws Error when the package was not built
 */
export function createMachine(options: NodeMachineOptions = {}): Machine {
  return Machine.create({ ...options, parts: readParts() });
}

/** A processor's options without what the package brings along; with no `bus` nothing answers beside its RAM. */
export type NodeCpuOptions = Omit<CpuOptions, "module" | "bus"> & { bus?: CpuBus };

/** A processor by itself, after reset: to be set up, stepped and looked at. */
export function createCpu(options: NodeCpuOptions): Cpu {
  return Cpu.create({ bus: OPEN_BUS, ...options, module: readParts().core });
}

/** A machine with a Xen domain on it, ready to run. */
export function createDomainMachine(options: Omit<DomainMachineOptions, "core">): DomainMachine {
  return DomainMachine.create({ ...options, core: readParts().core });
}

function readPart(name: string): Uint8Array<ArrayBuffer> {
  // In the bundle this module is dist/cli.js or dist/index.js; in the source tree it is cli/node-machine.ts.
  for (const place of [`./${name}`, `../dist/${name}`]) {
    try {
      return new Uint8Array(readFileSync(new URL(place, import.meta.url)));
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  throw new Error(`dist/${name} is missing: run "npm run build" first`);
}
