// A plan becomes a machine: what it needs is fetched and unpacked, then the PC or the domain is made.

import type { ByteSource } from "../../formats/byte-source.ts";
import { isVhd, Vhd } from "../../formats/vhd.ts";
import { BLOCK_SIZE, type BlockSource, type DiskGeometry } from "../../pc/blocks.ts";
import { DomainMachine } from "../../pc/domain-machine.ts";
import { Machine, type MachineParts } from "../../pc/machine.ts";
import type { BootPlan, DomainPlan, KernelPlan, PcPlan, Source } from "./plan.ts";
import { blocksOf, bytesOf, Progress } from "./sources.ts";

/**
 * The guest's clock follows the wall's and holds a busy guest back only beyond this. Where the host is slower, a busy guest sees time pass
 * more slowly; one that mostly sleeps, which is nearly every one, sees it pass as it does here.
 */
const INSTRUCTIONS_PER_SECOND = 500_000_000;

export type AnyMachine = Machine | DomainMachine;

/** Where the page keeps the processor's core and the firmware. */
export interface PartPlaces {
  core: string;
  bios: string;
}

/** Makes machines; the parts that all of them share are fetched once. */
export class Builder {
  private parts: Promise<MachineParts> | undefined;

  constructor(
    private readonly places: PartPlaces,
    private readonly onProgress: (loaded: number, total: number) => void,
  ) {}

  /** Fetches the parts ahead of the first plan. */
  prepare(progress = new Progress(this.onProgress)): Promise<MachineParts> {
    this.parts ??= this.fetchParts(progress).catch((error: unknown) => {
      // The next attempt may find the network again.
      this.parts = undefined;
      throw error;
    });
    return this.parts;
  }

  async build(plan: BootPlan): Promise<AnyMachine> {
    const progress = new Progress(this.onProgress);
    return plan.kind === "pc" ? this.buildPc(plan, progress) : this.buildDomain(plan, progress);
  }

  private async fetchParts(progress: Progress): Promise<MachineParts> {
    const [core, bios] = await Promise.all([
      bytesOf({ url: this.places.core }, progress.part()).then((bytes) => WebAssembly.compile(bytes)),
      bytesOf({ url: this.places.bios }, progress.part()),
    ]);
    return { core, bios };
  }

  private async buildPc(plan: PcPlan, progress: Progress): Promise<Machine> {
    const bytes = (source: Source | undefined) => source && bytesOf(source, progress.part());
    const disk = async (place: number) => {
      const source = plan.disks?.[place];
      return source && diskOf(await blocksOf(source, progress.part()), plan.geometries?.[place], plan.name);
    };
    const [parts, floppyA, floppyB, hda, hdb, hdc, hdd, cdrom, kernel] = await Promise.all([
      this.prepare(progress),
      bytes(plan.floppyA),
      bytes(plan.floppyB),
      disk(0),
      disk(1),
      disk(2),
      disk(3),
      plan.cdrom && blocksOf(plan.cdrom, progress.part()),
      plan.kernel && kernelOf(plan.kernel, progress),
    ]);
    const { memoryBytes, cdromPlace, bootOrder } = plan;
    const drives = { floppyA, floppyB, hda, hdb, hdc, hdd, cdrom, cdromPlace };
    const instructionsPerSecond = INSTRUCTIONS_PER_SECOND;
    return Machine.create({ parts, memoryBytes, bootOrder, kernel, instructionsPerSecond, ...drives });
  }

  private async buildDomain(plan: DomainPlan, progress: Progress): Promise<DomainMachine> {
    const [{ core }, kernel, ramdisk] = await Promise.all([
      this.prepare(progress),
      bytesOf(plan.kernel, progress.part()),
      plan.ramdisk && bytesOf(plan.ramdisk, progress.part()),
    ]);
    const { name, memoryBytes, commandLine, onPoweroff, onReboot, onCrash } = plan;
    const ends = { onPoweroff, onReboot, onCrash };
    const image = { kernel, ramdisk, commandLine };
    const instructionsPerSecond = INSTRUCTIONS_PER_SECOND;
    return DomainMachine.create({ core, name, memoryBytes, instructionsPerSecond, image, ...ends });
  }
}

/** A disk's sectors: those of a virtual disk are found by its table. */
function diskOf(blocks: BlockSource, geometry: DiskGeometry | undefined, name: string): BlockSource {
  const file: ByteSource = {
    size: blocks.blockCount * BLOCK_SIZE,
    read: (offset, count) => {
      const first = Math.floor(offset / BLOCK_SIZE);
      const last = Math.ceil((offset + count) / BLOCK_SIZE);
      const from = offset - first * BLOCK_SIZE;
      return blocks.read(first, last - first).subarray(from, from + count);
    },
  };
  if (!isVhd(file)) return geometry ? { ...blocks, geometry } : blocks;
  const disk = new Vhd(file, name);
  return {
    blockCount: Math.floor(disk.size / BLOCK_SIZE),
    geometry: geometry ?? blocks.geometry,
    read: (first, count) => disk.read(first, count),
  };
}

async function kernelOf(plan: KernelPlan, progress: Progress) {
  const [image, modules] = await Promise.all([
    bytesOf(plan.image, progress.part()),
    Promise.all(
      plan.modules.map(async ({ data, commandLine }) => ({ data: await bytesOf(data, progress.part()), commandLine })),
    ),
  ]);
  return { image, commandLine: plan.commandLine, modules };
}
