// A hard disk: transfers with 28-bit, 48-bit and cylinder-head-sector addresses, by programmed I/O and by bus-master DMA.
// The commands by their opcodes are in ata-commands.ts. What the guest writes goes into an overlay over the image.
// Source: ATA/ATAPI-5 (T13/1321D), sections 6.2 (addresses) and 9 (protocols); ATA/ATAPI-6 (T13/1410D) for 48-bit addresses.
// Mechanics are quick and always the same: each sector takes 2 µs.

import { BLOCK_SIZE, type BlockSource, type DiskGeometry, WritableBlocks } from "../blocks.ts";
import type { DeviceState } from "../bus.ts";
import { beginCommand } from "./ata-commands.ts";
import { shapeOf, type Translation } from "./disk-geometry.ts";
import {
  ABRT,
  DEVICE,
  type DriveWiring,
  FIRST_OWN_STEP,
  IDNF,
  IdeDrive,
  LBA,
  LBA_HIGH,
  LBA_LOW,
  LBA_MID,
  SECTOR_COUNT,
} from "./ide-drive.ts";
import { loadFields, saveFields, stateField } from "./state.ts";

const SECTOR_NS = 2_000;

const STEP_READ = FIRST_OWN_STEP;
const STEP_WRITE = FIRST_OWN_STEP + 1;
const STEP_FINISH = FIRST_OWN_STEP + 2;
const STEP_DMA = FIRST_OWN_STEP + 3;

const HEAD_MASK = 0x0f;
const NOWHERE = -1;

const FIELDS = [
  "multiple",
  "heads",
  "sectorsPerTrack",
  "dmaMode",
  "address",
  "remaining",
  "blockSectors",
  "perBlock",
  "wide",
  "failing",
] as const;

export class AtaDisk extends IdeDrive {
  readonly blocks: WritableBlocks;
  /** What the drive was made with. */
  readonly geometry: DiskGeometry;
  readonly translation: Translation;
  // Public for the commands, for IDENTIFY DEVICE, and for save and load.
  /** Sectors in a block of READ MULTIPLE; 0: the command is off. */
  multiple = 0;
  /** The geometry that INITIALIZE DEVICE PARAMETERS set. */
  heads: number;
  sectorsPerTrack: number;
  /** The DMA mode that SET FEATURES chose, in its coding; 0: none. */
  dmaMode = 0;
  /** The next sector. */
  address = 0;
  /** Sectors that are still to come. */
  remaining = 0;
  /** Sectors in the block behind the data port. */
  blockSectors = 1;
  /** Sectors in a block of this command. */
  perBlock = 1;
  /** The command has 48-bit registers. */
  wide = false;
  /** The error that ends the command when the host has taken the block behind the data port; 0: none. */
  failing = 0;

  /** @param serial what IDENTIFY DEVICE says, so that two disks can be told apart */
  constructor(
    source: BlockSource,
    wiring: DriveWiring,
    readonly serial: string,
  ) {
    super(wiring);
    this.blocks = new WritableBlocks(source);
    const { geometry, translation } = shapeOf(source);
    this.geometry = geometry;
    this.translation = translation;
    this.heads = geometry.heads;
    this.sectorsPerTrack = geometry.sectorsPerTrack;
  }

  override reset(): void {
    super.reset();
    this.multiple = 0;
    this.dmaMode = 0;
    this.heads = this.geometry.heads;
    this.sectorsPerTrack = this.geometry.sectorsPerTrack;
  }

  get blockCount(): number {
    return this.blocks.blockCount;
  }

  override look(): DeviceState {
    return { ...super.look(), ...saveFields<AtaDisk>(this, FIELDS), blockCount: this.blockCount };
  }

  override save(): DeviceState {
    return { ...super.save(), blocks: this.blocks.save() };
  }

  override load(state: DeviceState): void {
    super.load(state);
    loadFields<AtaDisk>(this, FIELDS, state);
    this.blocks.load(stateField(state, "blocks"));
  }

  // What the commands are made of.

  /** @param perBlock sectors between two interrupts; 0: READ MULTIPLE without SET MULTIPLE MODE */
  beginRead(wide: boolean, perBlock: number): void {
    if (this.begin(wide, perBlock)) this.readBlock();
  }

  beginWrite(wide: boolean, perBlock: number): void {
    if (!this.begin(wide, perBlock)) return;
    if (!this.onDisk(this.address)) this.fail(IDNF);
    // The first block is asked for without an interrupt: the host has only just given the command.
    else this.askForBlock(false);
  }

  beginDma(wide: boolean, hostWrites: boolean): void {
    if (!this.begin(wide, 1)) return;
    if (!this.onDisk(this.address)) this.fail(IDNF);
    else this.requestDma(hostWrites);
  }

  /** READ VERIFY SECTORS: that they could be read is all that is asked. */
  verify(wide: boolean): void {
    if (!this.begin(wide, 1)) return;
    const sectors = this.remaining;
    const good = this.sectorsOnDisk(sectors);
    this.advanceAddress(good);
    if (good < sectors) this.fail(IDNF);
    else this.wait(STEP_FINISH, SECTOR_NS * sectors);
  }

  /** One block of data that comes from no sector. */
  sendData(bytes: Uint8Array): void {
    this.remaining = 0;
    this.failing = 0;
    this.offerData(bytes, false, true);
  }

  /** The sector that the task file names; NOWHERE when the geometry has no such place. */
  hostAddress(wide: boolean): number {
    const [, , , low, mid, high, device] = this.registers;
    if (wide) {
      const upper = this.previous[LBA_LOW] + this.previous[LBA_MID] * 0x100 + this.previous[LBA_HIGH] * 0x1_0000;
      return upper * 0x100_0000 + (high << 16) + (mid << 8) + low;
    }
    if (device & LBA) return ((device & HEAD_MASK) << 24) + (high << 16) + (mid << 8) + low;
    const head = device & HEAD_MASK;
    if (low === 0 || low > this.sectorsPerTrack || head >= this.heads) return NOWHERE;
    return ((high * 0x100 + mid) * this.heads + head) * this.sectorsPerTrack + low - 1;
  }

  onDisk(address: number): boolean {
    return address >= 0 && address < this.blocks.blockCount;
  }

  /** Puts a sector's address into the task file, in the form of the command. */
  showAddress(address: number): void {
    const device = this.registers[DEVICE];
    if (this.wide) {
      setAddressBytes(this.registers, address);
      setAddressBytes(this.previous, Math.floor(address / 0x100_0000));
    } else if (device & LBA) {
      setAddressBytes(this.registers, address);
      this.registers[DEVICE] = (device & ~HEAD_MASK) | (Math.floor(address / 0x100_0000) & HEAD_MASK);
    } else {
      const track = Math.floor(address / this.sectorsPerTrack);
      const sector = (address % this.sectorsPerTrack) + 1;
      setAddressBytes(this.registers, Math.floor(track / this.heads) * 0x100 + sector);
      this.registers[DEVICE] = (device & ~HEAD_MASK) | ((track % this.heads) & HEAD_MASK);
    }
  }

  protected override continueCommand(step: number): void {
    switch (step) {
      case STEP_READ:
        this.readBlock();
        break;
      case STEP_WRITE:
        this.writeBlock();
        break;
      case STEP_FINISH:
        this.finish();
        break;
      case STEP_DMA:
        this.moveByDma();
        break;
      default:
        beginCommand(this);
    }
  }

  protected override bufferDone(): void {
    if (this.hostWrites) this.wait(STEP_WRITE, SECTOR_NS * this.blockSectors);
    else if (this.failing !== 0) this.fail(this.failing);
    else if (this.remaining > 0) this.wait(STEP_READ, SECTOR_NS * Math.min(this.remaining, this.perBlock));
    else this.finishQuietly();
  }

  protected override beginDmaPhase(): void {
    this.wait(STEP_DMA, SECTOR_NS * this.remaining);
  }

  protected override setSignature(): void {
    this.registers[SECTOR_COUNT] = 1;
    this.registers[LBA_LOW] = 1;
    this.registers[LBA_MID] = 0;
    this.registers[LBA_HIGH] = 0;
    this.registers[DEVICE] = 0;
  }

  protected override forget(): void {
    this.remaining = 0;
    this.failing = 0;
  }

  /** Takes count and address from the task file. False: the command has been aborted. */
  private begin(wide: boolean, perBlock: number): boolean {
    this.wide = wide;
    this.failing = 0;
    // 48-bit commands have no cylinders.
    if (perBlock === 0 || (wide && (this.registers[DEVICE] & LBA) === 0)) {
      this.finish(ABRT);
      return false;
    }
    this.perBlock = perBlock;
    this.address = this.hostAddress(wide);
    const count = this.registers[SECTOR_COUNT] + (wide ? this.previous[SECTOR_COUNT] * 0x100 : 0);
    this.remaining = count === 0 ? (wide ? 0x1_0000 : 0x100) : count;
    return true;
  }

  /** Ends the command at the sector that it was about to come to. */
  private fail(error: number): void {
    if (this.address >= 0) this.showAddress(this.address);
    this.showRemaining();
    this.finish(error);
  }

  private showRemaining(): void {
    this.registers[SECTOR_COUNT] = this.remaining & 0xff;
    if (this.wide) this.previous[SECTOR_COUNT] = (this.remaining >> 8) & 0xff;
  }

  /** The registers at the end of a transfer: the last sector, and nothing left. */
  private advanceAddress(sectors: number): void {
    this.address += sectors;
    this.remaining -= sectors;
    this.showRemaining();
    this.showAddress(this.address - 1);
  }

  /** The next sectors, which must exist. */
  private readBlocks(count: number): Uint8Array {
    this.onTransfer?.(this.address, count, false);
    return this.blocks.read(this.address, count);
  }

  private writeBlocks(bytes: Uint8Array): void {
    this.onTransfer?.(this.address, bytes.length / BLOCK_SIZE, true);
    this.blocks.write(this.address, bytes);
  }

  /** How many of the next `sectors` there are. */
  private sectorsOnDisk(sectors: number): number {
    return this.address < 0 ? 0 : Math.max(0, Math.min(sectors, this.blocks.blockCount - this.address));
  }

  /** Puts the next block behind the data port. One that ends beyond the disk's end is cut, and followed by the error. */
  private readBlock(): void {
    const wanted = Math.min(this.remaining, this.perBlock);
    const sectors = this.sectorsOnDisk(wanted);
    if (sectors === 0) {
      this.fail(IDNF);
      return;
    }
    const bytes = this.readBlocks(sectors);
    this.blockSectors = sectors;
    this.advanceAddress(sectors);
    this.failing = sectors < wanted ? IDNF : 0;
    this.offerData(bytes, false, true);
  }

  private askForBlock(interrupt: boolean): void {
    this.blockSectors = Math.min(this.remaining, this.perBlock);
    this.offerData(new Uint8Array(this.blockSectors * BLOCK_SIZE), true, interrupt);
  }

  /** The host has filled the buffer. */
  private writeBlock(): void {
    const sectors = this.sectorsOnDisk(this.blockSectors);
    if (sectors > 0) {
      this.writeBlocks(this.buffer.subarray(0, sectors * BLOCK_SIZE));
      this.advanceAddress(sectors);
    }
    if (sectors < this.blockSectors) this.fail(IDNF);
    else if (this.remaining > 0) this.askForBlock(true);
    else this.finish();
  }

  private moveByDma(): void {
    const { dma } = this.wiring;
    while (this.remaining > 0) {
      if (this.sectorsOnDisk(1) === 0) {
        this.fail(IDNF);
        return;
      }
      const moved = this.hostWrites ? this.takeByDma() : dma.toMemory(this.readBlocks(1));
      if (moved < BLOCK_SIZE) {
        // The driver's list of regions is at its end, or the bus master was stopped: DMARQ stands until somebody acts.
        this.requestDma(this.hostWrites);
        return;
      }
      this.advanceAddress(1);
    }
    this.finish();
  }

  private takeByDma(): number {
    const bytes = this.wiring.dma.fromMemory(BLOCK_SIZE);
    if (bytes.length === BLOCK_SIZE) this.writeBlocks(bytes);
    return bytes.length;
  }
}

/** Three bytes of an address, low, mid, high, into a task file. */
function setAddressBytes(registers: number[], address: number): void {
  registers[LBA_LOW] = address % 0x100;
  registers[LBA_MID] = Math.floor(address / 0x100) % 0x100;
  registers[LBA_HIGH] = Math.floor(address / 0x1_0000) % 0x100;
}
