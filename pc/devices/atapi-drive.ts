// A CD-ROM drive: a packet device, whose commands come as twelve bytes behind the data port. Here is how packets and data move;
// what the packets mean is in atapi-commands.ts.
// Sources: ATA/ATAPI-5 (T13/1321D), sections 8.23 (PACKET) and 9.8 (protocols); SFF-8020i for the order of data and interrupts.
// Mechanics are quick and always the same: a packet takes 20 µs, a sector of 2,048 bytes 8 µs.

import { BLOCK_SIZE, type BlockSource, CD_BLOCKS } from "../blocks.ts";
import type { DeviceState } from "../bus.ts";
import { IDENTIFY_BYTES, putText, selectedMode } from "./ata-identify.ts";
import { executePacket, type Reply, type Sense } from "./atapi-commands.ts";
import {
  ABRT,
  DEVICE,
  type DriveWiring,
  FEATURES,
  FIRST_OWN_STEP,
  IdeDrive,
  LBA_HIGH,
  LBA_LOW,
  LBA_MID,
  PASSED,
  SECTOR_COUNT,
} from "./ide-drive.ts";
import { bytesField, loadFields, saveFields } from "./state.ts";

export const CD_SECTOR = CD_BLOCKS * BLOCK_SIZE;
export const PACKET_BYTES = 12;

const PACKET_NS = 20_000;
const SECTOR_NS = 8_000;

const DEVICE_RESET = 0x08;
const PACKET = 0xa0;
const IDENTIFY_PACKET_DEVICE = 0xa1;
const SET_FEATURES = 0xef;
const SET_TRANSFER_MODE = 0x03;
/** Commands about power, which this drive has plenty of. */
const POWER_COMMANDS: readonly number[] = [0xe0, 0xe1, 0xe2, 0xe3, 0xe6];
const CHECK_POWER_MODE = 0xe5;
const ACTIVE = 0xff;

/** Features register of PACKET: data by DMA. */
const BY_DMA = 0x01;

// Interrupt reason, in the sector count register.
const COMMAND_OR_DATA = 0x01;
const TO_HOST = 0x02;

const STEP_PACKET = FIRST_OWN_STEP;
const STEP_DATA = FIRST_OWN_STEP + 1;
const STEP_DONE = FIRST_OWN_STEP + 2;
const STEP_DMA = FIRST_OWN_STEP + 3;

/** Bytes in one go when the host sets no limit. */
const MOST_BYTES = 0xfffe;
const NOT_FROM_DISC = -1;
/** Byte count registers that tell a packet device. */
const SIGNATURE_MID = 0x14;
const SIGNATURE_HIGH = 0xeb;

const FIELDS = [
  "dmaMode",
  "trayOpen",
  "locked",
  "discChanged",
  "senseKey",
  "senseCode",
  "senseQualifier",
  "replySector",
  "replyLength",
  "replyOffset",
] as const;

export class AtapiDrive extends IdeDrive {
  /** The disc in the drive, in blocks of 512 bytes. */
  disc: BlockSource | undefined;
  // Public for the packets, and for save and load.
  trayOpen = false;
  /** PREVENT MEDIUM REMOVAL is in force. */
  locked = false;
  /** A disc was put in, which the next command will be told. */
  discChanged = false;
  senseKey = 0;
  senseCode = 0;
  senseQualifier = 0;
  dmaMode = 0;
  /** The sector that the reply begins with; NOT_FROM_DISC: the reply is `replyBytes`. */
  replySector = NOT_FROM_DISC;
  replyLength = 0;
  /** How much of the reply has been given. */
  replyOffset = 0;
  private replyBytes: Uint8Array = new Uint8Array(0);

  constructor(
    wiring: DriveWiring,
    readonly serial: string,
  ) {
    super(wiring);
  }

  /** Puts a disc in, in place of the one that may be there, and closes the tray. */
  insert(disc: BlockSource): void {
    this.disc = disc;
    this.trayOpen = false;
    this.discChanged = true;
  }

  /** Takes the disc out. */
  eject(): void {
    this.disc = undefined;
    this.discChanged = false;
  }

  /** Sectors of the disc; 0: there is none, or the tray is open. */
  get sectorCount(): number {
    return this.disc && !this.trayOpen ? Math.floor(this.disc.blockCount / CD_BLOCKS) : 0;
  }

  override get obeysDeviceReset(): boolean {
    return true;
  }

  override reset(): void {
    super.reset();
    this.dmaMode = 0;
    this.locked = false;
    // What lay in the drive when the power came on is no news.
    this.discChanged = false;
  }

  get blockCount(): number {
    return this.disc?.blockCount ?? 0;
  }

  override look(): DeviceState {
    return { ...super.look(), ...saveFields<AtapiDrive>(this, FIELDS), blockCount: this.blockCount };
  }

  override save(): DeviceState {
    return { ...super.save(), replyBytes: this.replyBytes.slice() };
  }

  override load(state: DeviceState): void {
    super.load(state);
    loadFields<AtapiDrive>(this, FIELDS, state);
    this.replyBytes = bytesField(state, "replyBytes");
  }

  override writeCommand(command: number): void {
    if (command === DEVICE_RESET) this.forget();
    super.writeCommand(command);
  }

  protected override statusAfterReset(): number {
    return 0;
  }

  protected override continueCommand(step: number): void {
    switch (step) {
      case STEP_PACKET:
        this.takePacket();
        break;
      case STEP_DATA:
        this.offerReply();
        break;
      case STEP_DONE:
        this.endPacket(0);
        break;
      case STEP_DMA:
        this.moveByDma();
        break;
      default:
        this.beginCommand();
    }
  }

  protected override bufferDone(): void {
    if (this.hostWrites) this.wait(STEP_PACKET, PACKET_NS);
    else if (this.command !== PACKET) this.finishQuietly();
    else if (this.replyOffset < this.replyLength) this.wait(STEP_DATA, this.replyNs(MOST_BYTES));
    else this.wait(STEP_DONE, SECTOR_NS);
  }

  protected override beginDmaPhase(): void {
    this.wait(STEP_DMA, this.replyNs(Number.POSITIVE_INFINITY));
  }

  protected override setSignature(): void {
    this.registers[SECTOR_COUNT] = 1;
    this.registers[LBA_LOW] = 1;
    this.registers[LBA_MID] = SIGNATURE_MID;
    this.registers[LBA_HIGH] = SIGNATURE_HIGH;
    this.registers[DEVICE] = 0;
  }

  protected override forget(): void {
    this.replyLength = 0;
    this.replyOffset = 0;
    this.replySector = NOT_FROM_DISC;
    this.dmaWanted = false;
  }

  private beginCommand(): void {
    switch (this.command) {
      case PACKET:
        this.registers[SECTOR_COUNT] = COMMAND_OR_DATA;
        this.offerData(new Uint8Array(PACKET_BYTES), true, false);
        break;
      case IDENTIFY_PACKET_DEVICE:
        this.offerData(this.identifyData(), false, true);
        break;
      case DEVICE_RESET:
        this.setSignature();
        this.error = PASSED;
        this.status = this.statusAfterReset();
        break;
      case SET_FEATURES: {
        const known = this.registers[FEATURES] === SET_TRANSFER_MODE;
        if (known && this.registers[SECTOR_COUNT] >= 0x20) this.dmaMode = this.registers[SECTOR_COUNT];
        this.finish(known ? 0 : ABRT);
        break;
      }
      case CHECK_POWER_MODE:
        this.registers[SECTOR_COUNT] = ACTIVE;
        this.finish();
        break;
      default:
        if (POWER_COMMANDS.includes(this.command)) this.finish();
        else {
          // A disk's command: the signature tells the host what it talks to.
          this.setSignature();
          this.finish(ABRT);
        }
    }
  }

  private takePacket(): void {
    const reply = executePacket(this, this.buffer);
    if ("key" in reply) this.fail(reply);
    else this.beginReply(reply);
  }

  private fail(sense: Sense): void {
    this.setSense(sense);
    this.endPacket((sense.key << 4) | ABRT);
  }

  setSense({ key, code, qualifier = 0 }: Sense): void {
    this.senseKey = key;
    this.senseCode = code;
    this.senseQualifier = qualifier;
  }

  /** Status, with an interrupt. */
  private endPacket(error: number): void {
    this.registers[SECTOR_COUNT] = COMMAND_OR_DATA | TO_HOST;
    this.finish(error);
  }

  private beginReply(reply: Reply): void {
    this.setSense({ key: 0, code: 0 });
    const fromDisc = "sector" in reply;
    this.replySector = fromDisc ? reply.sector : NOT_FROM_DISC;
    this.replyBytes = fromDisc ? new Uint8Array(0) : reply.bytes;
    this.replyLength = fromDisc ? reply.count * CD_SECTOR : reply.bytes.length;
    this.replyOffset = 0;
    if (this.replyLength === 0) this.endPacket(0);
    else if (this.registers[FEATURES] & BY_DMA) {
      this.registers[SECTOR_COUNT] = TO_HOST;
      this.requestDma(false);
    } else if (fromDisc) this.wait(STEP_DATA, this.replyNs(MOST_BYTES));
    else this.offerReply();
  }

  /** As much of the reply as the host takes in one go; how much that is stands in the byte count registers. */
  private offerReply(): void {
    const limit = this.registers[LBA_MID] | (this.registers[LBA_HIGH] << 8);
    const left = this.replyLength - this.replyOffset;
    // Only the last piece may be odd.
    const most = limit === 0 || limit === 0xffff ? MOST_BYTES : Math.max(2, limit & ~1);
    const count = Math.min(left, most);
    this.registers[LBA_MID] = count & 0xff;
    this.registers[LBA_HIGH] = count >> 8;
    this.registers[SECTOR_COUNT] = TO_HOST;
    const bytes = new Uint8Array(count + (count & 1));
    bytes.set(this.replyPiece(count));
    this.replyOffset += count;
    this.offerData(bytes, false, true);
  }

  private moveByDma(): void {
    while (this.replyOffset < this.replyLength) {
      const piece = this.replyPiece(Math.min(CD_SECTOR, this.replyLength - this.replyOffset));
      const moved = this.wiring.dma.toMemory(piece);
      this.replyOffset += moved;
      if (moved < piece.length) {
        // The driver's list of regions is at its end, or the bus master was stopped: DMARQ stands until somebody acts.
        this.requestDma(false);
        return;
      }
    }
    this.endPacket(0);
  }

  /** The reply's next bytes. A disc that is gone meanwhile reads as zeros. */
  private replyPiece(count: number): Uint8Array {
    const from = this.replyOffset;
    if (this.replySector === NOT_FROM_DISC) return this.replyBytes.subarray(from, from + count);
    const first = this.replySector * CD_BLOCKS + Math.floor(from / BLOCK_SIZE);
    const skip = from % BLOCK_SIZE;
    const blocks = Math.ceil((skip + count) / BLOCK_SIZE);
    if (this.disc === undefined || first + blocks > this.disc.blockCount) return new Uint8Array(count);
    this.onTransfer?.(first, blocks, false);
    return this.disc.read(first, blocks).subarray(skip, skip + count);
  }

  private replyNs(most: number): number {
    const bytes = Math.min(most, this.replyLength - this.replyOffset);
    return SECTOR_NS * Math.max(1, Math.ceil(bytes / CD_SECTOR));
  }

  /** The words of IDENTIFY PACKET DEVICE. Source: ATA/ATAPI-5, section 8.13. */
  private identifyData(): Uint8Array {
    const view = new DataView(new ArrayBuffer(IDENTIFY_BYTES));
    const word = (index: number, value: number): void => view.setUint16(index * 2, value, true);
    word(0, 0x85c0); // packet device, CD-ROM, removable, DRQ within 50 µs, packets of 12 bytes
    putText(view, 10, 10, this.serial);
    putText(view, 23, 4, "1.0");
    putText(view, 27, 20, "MINIOS CD-ROM");
    word(49, 0x0b00); // IORDY, LBA, DMA
    word(51, 0x0200); // PIO mode 2
    word(53, 0x0006); // words 64 to 70 and 88 are valid
    word(63, 0x07 | selectedMode(this.dmaMode, 0x20));
    word(64, 0x0003); // PIO modes 3 and 4
    for (const cycle of [65, 66, 67, 68]) word(cycle, 120); // ns
    word(80, 0x003e); // ATA-1 to ATA/ATAPI-5
    word(82, 0x4210); // NOP, DEVICE RESET, PACKET
    for (const index of [83, 84, 87]) word(index, 0x4000);
    word(85, 0x4210);
    word(88, 0x3f | selectedMode(this.dmaMode, 0x40));
    return new Uint8Array(view.buffer);
  }
}
