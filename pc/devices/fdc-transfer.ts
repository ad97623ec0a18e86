// The execution phase of the floppy controller's data commands, one sector after another: read, write, verify, scan, read track,
// read ID and format. Data goes by DMA, or byte by byte through the FIFO in non-DMA mode.
// Source: Intel 82077AA data sheet (order no. 290166), "Data transfer commands" and tables 5-5 to 5-9.

import type { DeviceState } from "../bus.ts";
import type { Clock, Timer } from "../clock.ts";
import type { DmaChannel } from "./dma.ts";
import type { Fdc } from "./fdc.ts";
import { type FloppyDrive, SECTOR_SIZE } from "./floppy-drive.ts";
import { bytesField, loadFields, saveFields } from "./state.ts";

const READ_TRACK = 0x02;
const WRITE_DATA = 0x05;
const WRITE_DELETED = 0x09;
const READ_ID = 0x0a;
const READ_DELETED = 0x0c;
const FORMAT_TRACK = 0x0d;
const SCAN_EQUAL = 0x11;
const VERIFY = 0x16;
const SCAN_LOW_OR_EQUAL = 0x19;
const SCAN_HIGH_OR_EQUAL = 0x1d;

// Flags of the opcode byte.
const MT = 0x80;
const MFM = 0x40;
const SK = 0x20;
/** Verify's EC, in the drive select byte: the last parameter counts sectors. */
const EC = 0x80;

const ST0_ABNORMAL = 0x40;
const ST1_END_OF_CYLINDER = 0x80;
const ST1_OVERRUN = 0x10;
const ST1_NO_DATA = 0x04;
const ST1_NOT_WRITABLE = 0x02;
const ST1_MISSING_ADDRESS_MARK = 0x01;
const ST2_CONTROL_MARK = 0x40;
const ST2_WRONG_CYLINDER = 0x10;
const ST2_SCAN_HIT = 0x08;
const ST2_SCAN_NOT_SATISFIED = 0x04;
const ST2_BAD_CYLINDER = 0x02;

/** Size code of 512 bytes, the only size on PC disks. */
const N_512 = 2;
const SECTOR_NS = 20_000;
const SEEK_NS = 50_000;
/** 300 turns a minute. */
const TURN_NS = 200_000_000;

/** What is being waited for. */
const IDLE = 0;
/** The sector to come under the head. */
const ROTATING = 1;
/** The processor, to take the buffer's bytes or to fill it (non-DMA mode). */
const CPU_READS = 2;
const CPU_WRITES = 3;
/** The sector to come under the head, the buffer having been filled by the processor. */
const BUFFER_READY = 4;

const FIELDS = [
  "state",
  "opcode",
  "flags",
  "select",
  "cylinder",
  "head",
  "sector",
  "sizeCode",
  "endOfTrack",
  "lastParameter",
  "left",
  "filler",
  "st2",
  "bufferAt",
  "bufferLength",
] as const;

export class FdcTransfer {
  // Public only for save and load.
  state = IDLE;
  opcode = 0;
  flags = 0;
  /** Drive (bits 1, 0) and physical head (2) select. */
  select = 0;
  /** C, H, R, N of the sector that is sought. */
  cylinder = 0;
  head = 0;
  sector = 0;
  sizeCode = 0;
  endOfTrack = 0;
  /** DTL, or SC of verify, or STP of scan. */
  lastParameter = 0;
  /** Sectors left for format, and for verify with EC. */
  left = 0;
  filler = 0;
  st2 = 0;
  bufferAt = 0;
  bufferLength = 0;
  private readonly buffer = new Uint8Array(SECTOR_SIZE);
  private readonly timer: Timer;

  constructor(
    private readonly fdc: Fdc,
    private readonly clock: Clock,
    private readonly dma: DmaChannel,
  ) {
    this.timer = clock.timer("fdc transfer", () => this.sectorUnderHead());
  }

  get active(): boolean {
    return this.state !== IDLE;
  }

  /** Non-DMA mode: a byte waits in the FIFO, or room for one. */
  get hasByte(): boolean {
    return this.state === CPU_READS;
  }

  get wantsByte(): boolean {
    return this.state === CPU_WRITES;
  }

  abort(): void {
    this.state = IDLE;
    this.timer.cancel();
  }

  /** @param bytes the whole command */
  begin(bytes: readonly number[]): void {
    this.opcode = bytes[0] & 0x1f;
    this.flags = bytes[0] & (MT | MFM | SK);
    this.select = bytes[1] & 7;
    this.st2 = 0;
    let delayNs = SECTOR_NS;
    if (this.opcode === READ_ID) {
      this.cylinder = 0;
      this.head = 0;
      this.sector = 0;
      this.sizeCode = 0;
    } else if (this.opcode === FORMAT_TRACK) {
      this.sizeCode = bytes[2];
      this.left = bytes[3];
      this.filler = bytes[5];
    } else {
      [this.cylinder, this.head, this.sector, this.sizeCode, this.endOfTrack] = bytes.slice(2, 7);
      this.lastParameter = bytes[8];
      this.left = this.opcode === VERIFY && bytes[1] & EC ? bytes[8] : 0;
      if (this.opcode === READ_TRACK) this.sector = 1;
      const unit = this.select & 3;
      if (this.fdc.impliedSeek && this.fdc.presentCylinder[unit] !== this.cylinder) {
        this.fdc.stepTo(unit, this.cylinder);
        delayNs += SEEK_NS;
      }
    }
    this.await(delayNs);
  }

  /** Non-DMA mode: the processor takes a byte. */
  readByte(): number {
    const byte = this.buffer[this.bufferAt++];
    if (this.bufferAt >= this.bufferLength) {
      this.fdc.setIrq(false);
      this.nextSector();
    }
    return byte;
  }

  writeByte(byte: number): void {
    this.buffer[this.bufferAt++] = byte;
    if (this.bufferAt < this.bufferLength) return;
    this.fdc.setIrq(false);
    this.state = BUFFER_READY;
    this.timer.arm(this.clock.nowNs() + SECTOR_NS);
  }

  save(): DeviceState {
    return { ...saveFields<FdcTransfer>(this, FIELDS), buffer: this.buffer.slice() };
  }

  load(state: DeviceState): void {
    loadFields<FdcTransfer>(this, FIELDS, state);
    this.buffer.set(bytesField(state, "buffer", SECTOR_SIZE));
  }

  /** Waits for the next sector; a write in non-DMA mode waits for its bytes first. */
  private await(delayNs: number): void {
    if (this.fdc.nonDma && this.takesData && this.problem() === undefined) {
      this.bufferAt = 0;
      this.bufferLength = this.opcode === FORMAT_TRACK ? 4 : SECTOR_SIZE;
      this.state = CPU_WRITES;
      this.fdc.setIrq(true);
      return;
    }
    this.state = ROTATING;
    this.timer.arm(this.clock.nowNs() + delayNs);
  }

  /** Commands that take data from the host. */
  private get takesData(): boolean {
    return this.writes || this.scans;
  }

  private get writes(): boolean {
    return this.opcode === WRITE_DATA || this.opcode === WRITE_DELETED || this.opcode === FORMAT_TRACK;
  }

  private get scans(): boolean {
    return this.opcode === SCAN_EQUAL || this.opcode === SCAN_LOW_OR_EQUAL || this.opcode === SCAN_HIGH_OR_EQUAL;
  }

  private get physicalHead(): number {
    return this.select >> 2;
  }

  private get drive(): FloppyDrive | undefined {
    return this.fdc.spinningDrive(this.select & 3);
  }

  private sectorUnderHead(): void {
    const problem = this.problem();
    if (problem !== undefined) this.finish(true, problem.st1, problem.st2);
    else if (this.opcode === READ_ID) this.readId();
    else if (this.opcode === FORMAT_TRACK) this.formatSector();
    else this.moveSector();
  }

  /** Why the command cannot go on at this sector, or undefined. */
  private problem(): { st1: number; st2: number } | undefined {
    const drive = this.drive;
    const geometry = drive?.geometry;
    // No disk, no motor, the wrong rate or side, or FM: no address mark is ever seen.
    if (
      drive === undefined ||
      geometry === undefined ||
      (this.flags & MFM) === 0 ||
      !geometry.rates.includes(this.fdc.rate) ||
      drive.cylinder >= geometry.cylinders ||
      this.physicalHead >= geometry.heads
    ) {
      return { st1: ST1_MISSING_ADDRESS_MARK, st2: 0 };
    }
    if (this.writes && drive.writeProtected) return { st1: ST1_NOT_WRITABLE, st2: 0 };
    if (this.opcode === READ_ID) return undefined;
    if (this.opcode === FORMAT_TRACK) return this.sizeCode === N_512 ? undefined : { st1: ST1_NO_DATA, st2: 0 };
    if (this.cylinder !== drive.cylinder) {
      return { st1: ST1_NO_DATA, st2: this.cylinder === 0xff ? ST2_BAD_CYLINDER : ST2_WRONG_CYLINDER };
    }
    const found = this.head === this.physicalHead && this.sizeCode === N_512;
    if (!found || drive.sector(this.physicalHead, this.sector) === undefined) return { st1: ST1_NO_DATA, st2: 0 };
    return undefined;
  }

  /** The first ID field that comes by, which depends on how far the disk has turned. */
  private readId(): void {
    const drive = this.drive;
    const sectors = drive?.geometry?.sectorsPerTrack ?? 1;
    const turn = (this.clock.nowNs() % TURN_NS) / TURN_NS;
    this.cylinder = drive?.cylinder ?? 0;
    this.head = this.physicalHead;
    this.sector = Math.floor(turn * sectors) + 1;
    this.sizeCode = N_512;
    this.finish(false, 0, 0);
  }

  /** One sector's data between disk and host. */
  private moveSector(): void {
    const disk = this.drive?.sector(this.physicalHead, this.sector);
    if (disk === undefined) return;
    if (this.opcode === VERIFY) {
      this.nextSector();
      return;
    }
    if (!this.takesData) {
      if (this.opcode === READ_DELETED) {
        // All sectors of an image carry normal data marks.
        if (this.flags & SK) {
          this.nextSector();
          return;
        }
        this.st2 |= ST2_CONTROL_MARK;
      }
      this.giveSector(disk);
      return;
    }
    const moved = this.fetch(SECTOR_SIZE);
    if (moved === undefined) return;
    if (this.writes) {
      disk.set(this.buffer);
      const drive = this.drive;
      if (drive) drive.modified = true;
      drive?.transferred(this.physicalHead, this.sector, true);
    } else if (this.scanSector(disk)) return;
    this.afterSector(moved.terminalCount);
  }

  private giveSector(disk: Uint8Array): void {
    this.drive?.transferred(this.physicalHead, this.sector, false);
    if (this.fdc.nonDma) {
      this.buffer.set(disk);
      this.bufferAt = 0;
      this.bufferLength = SECTOR_SIZE;
      this.state = CPU_READS;
      this.fdc.setIrq(true);
      return;
    }
    const { moved, terminalCount } = this.fdc.dmaGate ? this.dma.write(disk) : { moved: 0, terminalCount: false };
    if (moved < SECTOR_SIZE && !terminalCount) this.finish(true, ST1_OVERRUN, 0);
    else this.afterSector(terminalCount);
  }

  /** Fills the buffer from the host; undefined when the host did not keep up. The rest of a sector cut short by TC is zeros. */
  private fetch(length: number): { terminalCount: boolean } | undefined {
    if (this.state === BUFFER_READY) return { terminalCount: false };
    const bytes = new Uint8Array(length);
    const { moved, terminalCount } = this.fdc.dmaGate ? this.dma.read(bytes) : { moved: 0, terminalCount: false };
    if (moved < length && !terminalCount) {
      this.finish(true, ST1_OVERRUN, 0);
      return undefined;
    }
    bytes.fill(0, moved);
    this.buffer.set(bytes);
    return { terminalCount };
  }

  private afterSector(terminalCount: boolean): void {
    // Read Deleted Data stops after a sector with the other mark.
    if (terminalCount || this.st2 & ST2_CONTROL_MARK) {
      if (this.scans) this.st2 |= ST2_SCAN_NOT_SATISFIED;
      this.advance();
      this.finish(false, 0, 0);
    } else this.nextSector();
  }

  /** Goes on to the next sector of the command, or ends it at the end of the cylinder. */
  private nextSector(): void {
    const counted = this.opcode === VERIFY && this.left > 0 && --this.left === 0;
    const ended = this.advance();
    if (counted) this.finish(false, 0, 0);
    else if (!ended) this.await(SECTOR_NS);
    else if (this.opcode === VERIFY || this.opcode === READ_TRACK) this.finish(false, 0, 0);
    else if (this.scans) {
      this.st2 |= ST2_SCAN_NOT_SATISFIED;
      this.finish(false, 0, 0);
    } else if (this.st2 & ST2_CONTROL_MARK) this.finish(false, 0, 0);
    else this.finish(true, ST1_END_OF_CYLINDER, 0);
  }

  /** C, H and R of the sector after this one; true when that lies beyond what the command may reach. */
  private advance(): boolean {
    const step = this.scans && this.lastParameter === 2 ? 2 : 1;
    if (this.sector !== this.endOfTrack && (step === 1 || this.sector + 1 !== this.endOfTrack)) {
      this.sector = (this.sector + step) & 0xff;
      return false;
    }
    this.sector = 1;
    if (this.flags & MT) {
      this.head ^= 1;
      this.select ^= 4;
      if (this.head === 1) return false;
    }
    this.cylinder = (this.cylinder + 1) & 0xff;
    return true;
  }

  /** Compares a sector with the host's bytes, FFh matching all; true when the command ended by it. */
  private scanSector(disk: Uint8Array): boolean {
    let equal = true;
    let satisfied = true;
    for (let i = 0; i < SECTOR_SIZE; i++) {
      const host = this.buffer[i];
      if (host === 0xff || disk[i] === 0xff || host === disk[i]) continue;
      equal = false;
      if (this.opcode === SCAN_EQUAL) satisfied = false;
      else satisfied = this.opcode === SCAN_LOW_OR_EQUAL ? disk[i] < host : disk[i] > host;
      break;
    }
    if (!satisfied) return false;
    if (equal) this.st2 |= ST2_SCAN_HIT;
    this.finish(false, 0, 0);
    return true;
  }

  /** Format: the host gives C, H, R, N of each sector; its data becomes the filler. */
  private formatSector(): void {
    if (this.left === 0) {
      this.finish(false, 0, 0);
      return;
    }
    const moved = this.fetch(4);
    const drive = this.drive;
    if (moved === undefined || drive === undefined) return;
    [this.cylinder, this.head, this.sector, this.sizeCode] = this.buffer;
    const disk = drive.sector(this.physicalHead, this.sector);
    // A layout that is not the image's own cannot be kept.
    if (disk === undefined || this.cylinder !== drive.cylinder || this.head !== this.physicalHead) {
      this.finish(true, ST1_NO_DATA, 0);
      return;
    }
    if (this.sizeCode !== N_512) {
      this.finish(true, ST1_NO_DATA, 0);
      return;
    }
    disk.fill(this.filler);
    drive.modified = true;
    this.left--;
    if (this.left === 0 || moved.terminalCount) this.finish(false, 0, 0);
    else this.await(SECTOR_NS);
  }

  private finish(abnormal: boolean, st1: number, st2: number): void {
    this.abort();
    const st0 = (abnormal ? ST0_ABNORMAL : 0) | this.select;
    this.fdc.finishTransfer([st0, st1, this.st2 | st2, this.cylinder, this.head, this.sector, this.sizeCode]);
  }
}
