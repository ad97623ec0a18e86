// The IDE controller: two channels at the AT's ports, up to four drives.
// Source: ATA/ATAPI-5 (T13/1321D); the ports and interrupts are those of the IBM PC AT's fixed disk adapter and its successor.

import type { BlockSource } from "../blocks.ts";
import type { Bus, Device, DeviceState, Line } from "../bus.ts";
import type { Clock } from "../clock.ts";
import { AtaDisk } from "./ata-disk.ts";
import { IdeChannel } from "./ide-channel.ts";
import { type DriveWiring, type IdeDrive, NO_DMA } from "./ide-drive.ts";
import { stateField } from "./state.ts";

const CHANNEL_PORTS = [
  { base: 0x1f0, control: 0x3f6 },
  { base: 0x170, control: 0x376 },
];
/** Places for drives: primary master, primary slave, secondary master, secondary slave. */
export const DRIVE_PLACES = 4;

export interface IdeWiring {
  clock: Clock;
  /** IRQ 14 and IRQ 15. */
  irqs: readonly [Line, Line];
}

export class Ide implements Device {
  readonly name = "ide";
  private readonly channels: readonly IdeChannel[];

  constructor(private readonly wiring: IdeWiring) {
    this.channels = CHANNEL_PORTS.map((ports, i) => new IdeChannel({ irq: wiring.irqs[i], ...ports }));
  }

  /** Connects a hard disk. Before the machine starts: these drives do not come and go. */
  connectDisk(place: number, source: BlockSource): AtaDisk {
    const disk = new AtaDisk(source, this.driveWiring(place), `MD${String(place + 1).padStart(5, "0")}`);
    this.connect(place, disk);
    return disk;
  }

  /** The drive at a place. */
  drive(place: number): IdeDrive | undefined {
    return this.channels[place >> 1]?.drives[place & 1];
  }

  /** When a drive last did something, in ns. */
  get lastActiveNs(): number {
    const drives = this.channels.flatMap(({ drives: each }) => each);
    return Math.max(...drives.map((drive) => drive?.lastActiveNs ?? Number.NEGATIVE_INFINITY));
  }

  attach(ports: Bus): void {
    for (const channel of this.channels) channel.attach(ports);
  }

  reset(): void {
    for (const channel of this.channels) channel.reset();
  }

  save(): DeviceState {
    return Object.fromEntries(this.channels.map((channel, i) => [`channel${i}`, channel.save()]));
  }

  load(state: DeviceState): void {
    this.channels.forEach((channel, i) => {
      channel.load(stateField(state, `channel${i}`));
    });
  }

  private driveWiring(place: number): DriveWiring {
    const channel = this.channels[place >> 1];
    return { clock: this.wiring.clock, name: `ide drive ${place}`, changed: () => channel.updateIrq(), dma: NO_DMA };
  }

  private connect(place: number, drive: IdeDrive): void {
    if (place < 0 || place >= DRIVE_PLACES || this.drive(place)) throw new RangeError(`ide: no room at place ${place}`);
    this.channels[place >> 1].drives[place & 1] = drive;
  }
}
