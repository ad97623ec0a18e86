// Our own PC with the same face as the judges have, so that one test can boot an image on all of them.

import { sourceOf } from "../../formats/byte-source.ts";
import { Vhd } from "../../formats/vhd.ts";
import { BLOCK_SIZE, type BlockSource } from "../../pc/blocks.ts";
import { Machine, type MachineOptions, type StopReason } from "../../pc/machine.ts";
import { artefact } from "../support.ts";
import { type BootOptions, bootOrderOf, bootWith, type Guest, rowsOfTextMemory } from "./guest.ts";
import { SPECIAL_KEYS } from "./special-keys.ts";

const MIB = 0x10_0000;
/** Guest time between two looks at the screen. */
const STEP_NS = 50e6;

export const bootOnOurPc = (options: BootOptions): Promise<string[]> => bootWith(startOurPc, options);

let core: Promise<WebAssembly.Module> | undefined;

/** The built CPU core and firmware. */
export async function machineParts(): Promise<MachineOptions["parts"]> {
  core ??= WebAssembly.compile(Uint8Array.from(artefact("core")));
  return { core: await core, bios: artefact("bios") };
}

export async function startOurPc(options: Omit<BootOptions, "until" | "keys">): Promise<OurGuest> {
  const { floppy, disk, cdrom, kernel, commandLine, bios } = options;
  const parts = await machineParts();
  const machine = Machine.create({
    parts: bios ? { ...parts, bios } : parts,
    memoryBytes: (options.memoryMiB ?? 32) * MIB,
    ...(floppy && { floppyA: Uint8Array.from(floppy) }),
    ...(disk && { hda: options.diskFormat === "vhd" ? virtualDisk(disk) : diskOf(disk, options.diskBytes) }),
    ...(cdrom && { cdrom }),
    bootOrder: bootOrderOf(options),
    ...(kernel && { kernel: { image: kernel, ...(commandLine !== undefined && { commandLine }) } }),
  });
  return new OurGuest(machine);
}

/** The disk in a .vhd file's bytes, as `minios run` reads it. */
function virtualDisk(file: Uint8Array): BlockSource {
  const disk = new Vhd(sourceOf(file), "disk.vhd");
  return { blockCount: disk.size / BLOCK_SIZE, read: (first, count) => disk.read(first, count) };
}

/** A disk that begins with `bytes` and is `size` bytes long. */
export function diskOf(bytes: Uint8Array, size: number | undefined): Uint8Array | BlockSource {
  if (size === undefined) return bytes;
  return {
    blockCount: size / BLOCK_SIZE,
    read: (first, count) => {
      const blocks = new Uint8Array(count * BLOCK_SIZE);
      blocks.set(bytes.subarray(first * BLOCK_SIZE, (first + count) * BLOCK_SIZE));
      return blocks;
    },
  };
}

export class OurGuest implements Guest {
  readonly name = "our PC";
  private stopped: StopReason | undefined;

  constructor(readonly machine: Machine) {}

  /** Lets a little guest time pass, so that whoever waits for a text sees it come. */
  async screen(): Promise<string[]> {
    this.step();
    return rowsOfScreen(this.machine);
  }

  async type(text: string): Promise<void> {
    for (const character of text) {
      const special = SPECIAL_KEYS[character];
      this.machine.keyboard.type(special ? [{ code: special.code, modifiers: [] }] : character);
    }
  }

  send(text: string): void {
    this.machine.serial[0].send(Buffer.from(text, "latin1"));
  }

  async serial(): Promise<string> {
    this.step();
    return this.machine.serial[0].output;
  }

  ended(): string | undefined {
    return this.stopped === undefined || this.stopped === "time" ? undefined : this.stopped;
  }

  async stop(): Promise<void> {}

  private step(): void {
    if (this.ended() === undefined) this.stopped = this.machine.run({ timeNs: this.machine.timeNs + STEP_NS });
  }
}

/** The text screen in the judges' alphabet. */
export function rowsOfScreen(machine: Machine): string[] {
  const cells = machine.screen.cells();
  return rowsOfTextMemory(new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength));
}
