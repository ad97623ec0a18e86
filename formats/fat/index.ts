// FAT12, FAT16 and FAT32 with long names: a list of files to a volume, and back.

export { areasOf, type BootRecord, type FatType, readBootRecord, writeBootRecord } from "./boot-record.ts";
export { ARCHIVE, DIRECTORY, HIDDEN, READ_ONLY, SYSTEM, VOLUME_LABEL } from "./directory.ts";
export {
  DEFAULT_TIME,
  FLOPPY_FORMATS,
  type FloppyFormat,
  firstFreeReservedSector,
  planVolume,
  type VolumeOptions,
} from "./plan.ts";
export { type FatVolume, readFat } from "./read.ts";
export { type FatFile, type FatImageOptions, writeFat } from "./write.ts";
