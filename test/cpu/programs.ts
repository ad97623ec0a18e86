// Builds the system test programs (*.s in this folder) and runs them on our CPU, QEMU and Bochs. What a program has to say it writes
// to COM1; it ends with a line "done".

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readExecutable } from "../../formats/elf32-executable.ts";
import { Cpu, type Engine } from "../../pc/cpu/cpu.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { makeFloppy } from "../../toolchain/image/floppy.ts";
import { link } from "../../toolchain/link/index.ts";
import { enterFlatMode } from "../hardware/our-cpu.ts";
import { startBochs } from "../judges/bochs.ts";
import { type Guest, waitForSerial } from "../judges/guest.ts";
import { startQemu } from "../judges/qemu.ts";
import { ROOT } from "../support.ts";

const TEXT = 0x0010_0000;
const MEMORY_MIB = 8;
const MIB = 0x10_0000;
const DONE = /^done$/m;

const COM1 = 0x3f8;
const LINE_CONTROL = COM1 + 3;
const LINE_STATUS = COM1 + 5;
const DIVISOR_LATCH = 0x80;
const TRANSMITTER_EMPTY = 0x60;

export function buildProgram(name: string): Uint8Array {
  return build("test/cpu", name, { textAddress: TEXT, entry: "_start" }).elf;
}

function build(folder: string, name: string, options: Parameters<typeof link>[1]): ReturnType<typeof link> {
  const read = (path: string): string => readFileSync(join(ROOT, folder, path), "utf8");
  const { object } = assemble(read(`${name}.s`), { file: `${name}.s`, include: read });
  return link([{ name, object }], options);
}

/** The program on a floppy, behind MiniOS' own boot sector and setup. */
export function floppyOf(kernel: Uint8Array): Uint8Array {
  const flat = (name: string): Uint8Array => {
    const script = readFileSync(join(ROOT, "kernel/boot", `${name}.ld`), "utf8");
    return build("kernel/boot", name, { script, scriptName: `${name}.ld` }).flat();
  };
  return makeFloppy({ bootSector: flat("boot"), setup: flat("setup"), kernel });
}

/** Runs the program on our CPU alone, with nothing on the bus but a transmitter at COM1. */
export function runOnOurs(
  core: WebAssembly.Module,
  kernel: Uint8Array,
  { engine, maxInstructions = 20_000_000 }: { engine?: Engine; maxInstructions?: number } = {},
): string {
  let output = "";
  let divisorLatch = false;
  const cpu = Cpu.create({
    module: core,
    engine,
    memoryBytes: MEMORY_MIB * MIB,
    bus: {
      readPort: (port) => (port === LINE_STATUS ? TRANSMITTER_EMPTY : 0xff),
      writePort: (port, value) => {
        if (port === LINE_CONTROL) divisorLatch = (value & DIVISOR_LATCH) !== 0;
        else if (port === COM1 && !divisorLatch) output += String.fromCharCode(value & 0xff);
      },
      readMemory: () => 0xffff_ffff,
      writeMemory: () => {},
      acknowledgeInterrupt: () => 0,
    },
  });
  const { entry, segments } = readExecutable(kernel, "program");
  for (const segment of segments) cpu.memory.write(segment.physicalAddress, segment.data);
  enterFlatMode(cpu, entry);
  while (!cpu.halted && !cpu.shutdown && cpu.instructions < maxInstructions) cpu.run(100_000);
  if (cpu.shutdown) output += "\n(triple fault)";
  else if (!cpu.halted) output += "\n(still running)";
  return output;
}

export async function runInQemu(kernel: Uint8Array): Promise<string> {
  return outputOf(await startQemu({ kernel, memoryMiB: MEMORY_MIB, cpu: "pentium3" }));
}

export async function runInBochs(kernel: Uint8Array): Promise<string> {
  return outputOf(await startBochs({ floppy: floppyOf(kernel), memoryMiB: MEMORY_MIB }));
}

async function outputOf(guest: Guest): Promise<string> {
  try {
    return await waitForSerial(guest, DONE, 30);
  } finally {
    await guest.stop();
  }
}
