// The floppy and IDE controllers' registers as a person reads them.
// Sources: Intel 82077AA data sheet (290166); ATA/ATAPI-5 (T13/1321D), sections 7 and 8.

import type { DeviceState } from "../../pc/bus.ts";
import { booleanField, numberField, numbersField, stateField } from "../../pc/devices/state.ts";
import { type Bit, bitsOf, partOf } from "./fields.ts";

const DOR = { "motor A": 0x10, "motor B": 0x20, DMA: 0x08, "not reset": 0x04 };
const RATES = ["500 kbit/s", "300 kbit/s", "250 kbit/s", "1 Mbit/s"];
const FLOPPY_COMMANDS: Readonly<Record<number, string>> = {
  2: "Read Track",
  5: "Write Data",
  6: "Read Data",
  9: "Write Deleted Data",
  10: "Read ID",
  12: "Read Deleted Data",
  13: "Format Track",
  17: "Scan Equal",
  22: "Verify",
  25: "Scan Low",
  29: "Scan High",
};

export interface FloppyDriveLook {
  /** 0 A, 1 B; its number among the recorder's disks. */
  disk: number;
  /** 0: no disk in it. */
  blockCount: number;
  /** Where the heads stand. */
  cylinder: number;
  motor: boolean;
  writeProtected: boolean;
  modified: boolean;
}

export interface FloppyLook {
  dor: Bit[];
  rate: string;
  irqPending: boolean;
  /** The last data command and the sector after it, or the one that failed; undefined before the first. */
  command: { name: string; cylinder: number; head: number; sector: number; drive: number } | undefined;
  drives: FloppyDriveLook[];
}

export function decodeFloppy(state: DeviceState): FloppyLook {
  const dor = numberField(state, "dor");
  const transfer = stateField(state, "transfer");
  const [cylinder, head, sector, select] = ["cylinder", "head", "sector", "select"].map((name) =>
    numberField(transfer, name),
  );
  const name = FLOPPY_COMMANDS[numberField(transfer, "opcode")];
  return {
    dor: bitsOf(dor, DOR),
    rate: RATES[numberField(state, "rate") & 3],
    irqPending: booleanField(state, "irqPending"),
    command: name === undefined ? undefined : { name, cylinder, head, sector, drive: select & 3 },
    drives: [0, 1].flatMap((disk) => {
      const drive = partOf(state, `drive${disk}`);
      if (!drive) return [];
      return {
        disk,
        blockCount: numberField(drive, "blockCount"),
        cylinder: numberField(drive, "cylinder"),
        motor: (dor & (0x10 << disk)) !== 0,
        writeProtected: booleanField(drive, "writeProtected"),
        modified: booleanField(drive, "modified"),
      };
    }),
  };
}

const STATUS = { BSY: 0x80, DRDY: 0x40, DF: 0x20, DSC: 0x10, DRQ: 0x08, ERR: 0x01 };
const LBA_MODE = 0x40;
const IDE_COMMANDS: Readonly<Record<number, string>> = {
  8: "DEVICE RESET",
  16: "RECALIBRATE",
  32: "READ SECTORS",
  33: "READ SECTORS",
  36: "READ SECTORS EXT",
  37: "READ DMA EXT",
  41: "READ MULTIPLE EXT",
  48: "WRITE SECTORS",
  49: "WRITE SECTORS",
  52: "WRITE SECTORS EXT",
  53: "WRITE DMA EXT",
  57: "WRITE MULTIPLE EXT",
  64: "READ VERIFY",
  112: "SEEK",
  144: "DIAGNOSTIC",
  145: "INIT PARAMETERS",
  160: "PACKET",
  161: "IDENTIFY PACKET",
  196: "READ MULTIPLE",
  197: "WRITE MULTIPLE",
  198: "SET MULTIPLE",
  200: "READ DMA",
  202: "WRITE DMA",
  231: "FLUSH CACHE",
  234: "FLUSH CACHE EXT",
  236: "IDENTIFY",
  239: "SET FEATURES",
};

export interface IdeLook {
  /** Among the recorder's disks: 2 is the primary master. */
  disk: number;
  kind: "disk" | "cd";
  blockCount: number;
  status: Bit[];
  error: number;
  /** The last command; undefined before the first. */
  command: string | undefined;
  isSelected: boolean;
  /** The next sector: of the command under way, or after the last. */
  position: { lba: number } | { cylinder: number; head: number; sector: number };
  /** Sectors that are still to come. */
  remaining: number;
  /** The bus master moves the data. */
  dma: boolean;
}

export function decodeIde(state: DeviceState): IdeLook[] {
  return [0, 1].flatMap((channel) => {
    const registers = stateField(state, `channel${channel}`);
    return [0, 1].flatMap((unit): IdeLook[] => {
      const drive = partOf(registers, `drive${unit}`);
      if (!drive) return [];
      const file = numbersField(drive, "registers", 7);
      const isCd = "senseKey" in drive;
      const code = numberField(drive, "command");
      const useLba = isCd || (file[6] & LBA_MODE) !== 0;
      return [
        {
          disk: 2 + channel * 2 + unit,
          kind: isCd ? "cd" : "disk",
          blockCount: numberField(drive, "blockCount"),
          status: bitsOf(numberField(drive, "status"), STATUS),
          error: numberField(drive, "error"),
          command: code === 0 ? undefined : (IDE_COMMANDS[code] ?? `${code.toString(16)}h`),
          isSelected: numberField(registers, "selected") === unit,
          position: useLba
            ? { lba: isCd ? Math.max(0, numberField(drive, "replySector")) : numberField(drive, "address") }
            : { cylinder: file[4] | (file[5] << 8), head: file[6] & 0x0f, sector: file[3] },
          remaining: isCd ? 0 : numberField(drive, "remaining"),
          dma: booleanField(drive, "dmaWanted"),
        },
      ];
    });
  });
}
