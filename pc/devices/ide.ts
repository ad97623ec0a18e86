// The IDE controller, function 1 of the PIIX3: two channels at the AT's ports with up to two drives each, and a bus master for each.
// Sources: ATA/ATAPI-5 (T13/1321D); Intel 82371SB (PIIX3) data sheet (290550), sections 2.2 and 2.7.

import type { BlockSource } from "../blocks.ts";
import type { Bus, BusRange, Device, DeviceState, GuestMemory, Line } from "../bus.ts";
import type { Clock } from "../clock.ts";
import { AtaDisk } from "./ata-disk.ts";
import { AtapiDrive } from "./atapi-drive.ts";
import { BUS_MASTER_PORTS, BusMaster } from "./bus-master.ts";
import { BMIBA, ideFunction } from "./chipset.ts";
import { IdeChannel } from "./ide-channel.ts";
import type { DriveWiring, IdeDrive } from "./ide-drive.ts";
import { BUS_MASTER, IO_SPACE } from "./pci-function.ts";
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
  memory: GuestMemory;
}

export class Ide implements Device {
  readonly name = "ide";
  /** The controller's configuration space. */
  readonly pci = ideFunction();
  private readonly channels: readonly IdeChannel[];
  private readonly busMasters: readonly BusMaster[];
  private busMasterRange: BusRange | undefined;

  constructor(private readonly wiring: IdeWiring) {
    this.busMasters = CHANNEL_PORTS.map(
      (_, i) =>
        new BusMaster({
          memory: wiring.memory,
          enabled: () => (this.pci.command & BUS_MASTER) !== 0,
          started: () => this.channels[i].drive?.dmaStarted(),
        }),
    );
    this.channels = CHANNEL_PORTS.map(
      (ports, i) => new IdeChannel({ irq: wiring.irqs[i], raised: () => this.busMasters[i].interrupt(), ...ports }),
    );
    this.pci.onChange = () => this.placeBusMasters();
  }

  /** Connects a hard disk. Before the machine starts: these drives do not come and go. */
  connectDisk(place: number, source: BlockSource): AtaDisk {
    const disk = new AtaDisk(source, this.driveWiring(place), `MD${String(place + 1).padStart(5, "0")}`);
    this.connect(place, disk);
    return disk;
  }

  /** Connects a CD-ROM drive, without a disc. */
  connectCdrom(place: number): AtapiDrive {
    const drive = new AtapiDrive(this.driveWiring(place), `MC${String(place + 1).padStart(5, "0")}`);
    this.connect(place, drive);
    return drive;
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
    let first = 0;
    const range = ports.map(0, this.busMasters.length * BUS_MASTER_PORTS, {
      read8: (port) => this.busMasters[(port - first) >> 3].read8((port - first) & 7),
      write8: (port, value) => this.busMasters[(port - first) >> 3].write8((port - first) & 7, value),
    });
    this.busMasterRange = {
      moveTo: (to) => {
        first = to ?? 0;
        range.moveTo(to);
      },
    };
    this.placeBusMasters();
  }

  reset(): void {
    for (const busMaster of this.busMasters) busMaster.reset();
    for (const channel of this.channels) channel.reset();
  }

  look(): DeviceState {
    return this.stateOf((channel) => channel.look());
  }

  save(): DeviceState {
    return this.stateOf((channel) => channel.save());
  }

  private stateOf(stateOfChannel: (channel: IdeChannel) => DeviceState): DeviceState {
    const state: DeviceState = {};
    this.channels.forEach((channel, i) => {
      state[`channel${i}`] = stateOfChannel(channel);
      state[`busMaster${i}`] = this.busMasters[i].save();
    });
    return state;
  }

  load(state: DeviceState): void {
    this.channels.forEach((channel, i) => {
      this.busMasters[i].load(stateField(state, `busMaster${i}`));
      channel.load(stateField(state, `channel${i}`));
    });
  }

  /** The bus masters' ports follow their base address register; at 0 they are nowhere. */
  private placeBusMasters(): void {
    const first = this.pci.word(BMIBA) & ~15;
    const decoded = (this.pci.command & IO_SPACE) !== 0 && first !== 0;
    this.busMasterRange?.moveTo(decoded ? first : undefined);
  }

  private driveWiring(place: number): DriveWiring {
    const channel = this.channels[place >> 1];
    const dma = this.busMasters[place >> 1];
    return { clock: this.wiring.clock, name: `ide drive ${place}`, changed: () => channel.updateIrq(), dma };
  }

  private connect(place: number, drive: IdeDrive): void {
    if (place < 0 || place >= DRIVE_PLACES || this.drive(place)) throw new RangeError(`ide: no room at place ${place}`);
    this.channels[place >> 1].drives[place & 1] = drive;
  }
}
