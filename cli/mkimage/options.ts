// `minios mkimage` and its kinds of images: their options, and values checked. The code behind them is loaded when it is used.

import { Command, InvalidArgumentError, Option } from "commander";
import type { FatType } from "../../formats/fat/boot-record.ts";
import type { Io } from "../io.ts";

export interface OutputOptions {
  output: string;
  quiet?: boolean;
}

export interface FloppyOptions extends OutputOptions {
  size: string;
  label?: string;
  raw?: boolean;
  boot?: string;
  loader?: boolean;
  kernel?: string;
  append?: string;
}

export interface PartitionOption {
  /** To the end of the disk if not given. */
  bytes?: number;
  fat?: FatType;
  folder?: string;
}

export interface DiskOptions extends OutputOptions {
  size?: number;
  geometry?: { cylinders: number; heads: number; sectorsPerTrack: number };
  fat?: FatType;
  label?: string;
  partition: PartitionOption[];
  mbr?: string;
  loader?: boolean;
  kernel?: string;
  append?: string;
}

export interface VhdCommandOptions extends OutputOptions {
  type: "fixed" | "dynamic";
}

export interface IsoCommandOptions extends OutputOptions {
  label?: string;
  kernel?: string;
  append?: string;
  bootImage?: string;
  bootLoadSize?: number;
  bootInfoTable?: boolean;
  hybrid: boolean;
}

const FLOPPY_EXAMPLES = `
A file system has the files of FOLDER, with long names. With --kernel the diskette boots that kernel: MiniOS's boot sector, setup
and the kernel stand in front of the file system. With --boot it has your boot sector: 512 bytes that begin with a jump over the
parameter block (eb 3c 90), which is written into them; with --raw there is no file system, and the sector is as it is.

Examples:
  minios mkimage floppy -o empty.img                              an empty, formatted 1.44 MB diskette
  minios mkimage floppy files/ -o disk.img --label TOOLS          with files on it
  minios mkimage floppy files/ -o boot.img --kernel kernel.elf    that boots a Multiboot kernel
  minios mkimage floppy files/ -o menu.img --loader               that shows the menu of files/boot/grub/grub.cfg
  minios mkimage floppy --raw --boot boot.bin -o boot.img --size 2880
`;

const DISK_EXAMPLES = `
Sizes are in bytes, or with suffix K, M or G, and are rounded up to whole cylinders. With --kernel the disk boots that kernel from
its first partition. The image is raw sectors, as QEMU (-hda), Bochs (mode=flat) and dd take it.

Examples:
  minios mkimage disk -o disk.img --size 16M                      one empty FAT16 partition
  minios mkimage disk files/ -o disk.img --geometry 615,6,17      a 32 MB disk of 615 cylinders, 6 heads, 17 sectors
  minios mkimage disk files/ -o disk.img --size 64M --fat 32 --kernel kernel.elf
  minios mkimage disk files/ -o disk.img --size 64M --loader      the menu of files/boot/grub/grub.cfg
  minios mkimage disk -o disk.img --size 100M --partition 20M,fat16,files/ --partition rest,fat32
`;

const VHD_EXAMPLES = `
The size is rounded up to whole cylinders of the geometry that programs compute from it.

Examples:
  minios mkimage vhd disk.img -o disk.vhd                         as small as its contents (dynamic)
  minios mkimage vhd disk.img -o disk.vhd --type fixed
  minios mkimage raw disk.vhd -o disk.img                         and back
`;

const ISO_EXAMPLES = `
File names are kept by Rock Ridge and Joliet. With --kernel the CD boots that kernel; with --boot-image it boots your program, which
the BIOS loads to 0:7C00 (El Torito, no emulation). With neither, a folder that has boot/grub/grub.cfg gets MiniOS's boot loader,
which shows that menu, as grub-mkrescue does with GRUB. A CD that boots is a hybrid: copied to a USB stick, the stick boots.

Examples:
  minios mkimage iso files/ -o files.iso                          a CD with files
  minios mkimage iso files/ -o menu.iso                           that shows the menu of files/boot/grub/grub.cfg
  minios mkimage iso files/ -o boot.iso --kernel build/kernel.elf that boots a Multiboot kernel
  minios mkimage iso files/ -o boot.iso --boot-image files/boot/loader.img --boot-load-size 4 --boot-info-table
  dd if=boot.iso of=/dev/sdX bs=1M                                the same on a USB stick
`;

/** @param io where progress and complaints go */
export function mkimageCommand(io: Io): Command {
  return new Command("mkimage")
    .summary("make floppy, disk, VHD and CD images")
    .description("Makes images of disks: with files on them, and such that boot.")
    .addCommand(floppyCommand(io))
    .addCommand(diskCommand(io))
    .addCommand(vhdCommand(io))
    .addCommand(rawCommand(io))
    .addCommand(isoCommand(io))
    .helpCommand(false);
}

function imageCommand(name: string, summary: string): Command {
  return new Command(name)
    .summary(summary)
    .requiredOption("-o, --output <image>", "the image to make")
    .option("-q, --quiet", "no progress line");
}

function floppyCommand(io: Io): Command {
  return imageCommand("floppy", "a diskette: FAT12 with files, or raw")
    .description("Makes the image of a diskette, with a FAT12 file system.")
    .argument("[folder]", "its files go onto the diskette")
    .option("--size <KiB>", "160, 180, 320, 360, 720, 1200, 1440 or 2880", "1440")
    .option("--label <name>", "of the volume, at most 11 characters", parseLabel)
    .option("--raw", "no file system")
    .option("--boot <file>", "a boot sector; with --raw, any program that begins with one")
    .option("--loader", "boots MiniOS's boot loader: the menu of boot/grub/grub.cfg in the folder")
    .option("--kernel <file>", "boots this Multiboot kernel (ELF)")
    .option("--append <text>", "the kernel's command line")
    .addHelpText("after", FLOPPY_EXAMPLES)
    .action(async (folder: string | undefined, options: FloppyOptions) => {
      const { makeFloppyImage } = await import("./floppy.ts");
      makeFloppyImage(io, folder, options);
    });
}

function diskCommand(io: Io): Command {
  return imageCommand("disk", "a hard disk: partitions of FAT16 or FAT32 with files")
    .description("Makes the image of a hard disk: a master boot record and up to four partitions.")
    .argument("[folder]", "its files go into the one partition")
    .option("--size <size>", "of the disk, at least", parseSize)
    .option("--geometry <C,H,S>", "cylinders, heads, sectors of a track", parseGeometry)
    .addOption(new Option("--fat <bits>", "12, 16 or 32; what is usual for the size").argParser(parseFat))
    .option("--label <name>", "of the first volume, at most 11 characters", parseLabel)
    .option("--partition <SIZE[,fatN][,FOLDER]>", "one more partition; SIZE may be rest", addPartition, [])
    .option("--mbr <file>", "512 bytes of boot code in place of MiniOS's")
    .option("--loader", "boots MiniOS's boot loader from the first partition: the menu of its boot/grub/grub.cfg")
    .option("--kernel <file>", "boots this Multiboot kernel (ELF) from the first partition")
    .option("--append <text>", "the kernel's command line")
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText("after", DISK_EXAMPLES)
    .action(async (folder: string | undefined, options: DiskOptions) => {
      const { makeDiskImage } = await import("./disk.ts");
      makeDiskImage(io, folder, options);
    });
}

function vhdCommand(io: Io): Command {
  return imageCommand("vhd", "a virtual hard disk of a raw one")
    .description("Makes a virtual hard disk, as Virtual PC and VirtualBox use them, of a raw disk image.")
    .argument("<image>", "raw sectors")
    .addOption(
      new Option("--type <type>", "dynamic (the default) or fixed").choices(["dynamic", "fixed"]).default("dynamic"),
    )
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText("after", VHD_EXAMPLES)
    .action(async (image: string, options: VhdCommandOptions) => {
      const { makeVhdImage } = await import("./vhd.ts");
      makeVhdImage(io, image, options);
    });
}

function rawCommand(io: Io): Command {
  return imageCommand("raw", "the raw disk of a virtual one")
    .description("Makes a raw disk image of a virtual hard disk (.vhd), fixed or dynamic.")
    .argument("<image>", "a virtual hard disk")
    .addHelpText("after", VHD_EXAMPLES)
    .action(async (image: string, options: OutputOptions) => {
      const { makeRawImage } = await import("./vhd.ts");
      makeRawImage(io, image, options);
    });
}

function isoCommand(io: Io): Command {
  return imageCommand("iso", "a CD with files, also for a USB stick")
    .description("Makes the image of a CD: ISO 9660 with Rock Ridge and Joliet names, which may boot (El Torito).")
    .argument("<folder>", "its files go onto the CD")
    .option("--label <name>", "of the volume, at most 32 characters")
    .option("--kernel <file>", "boots this Multiboot kernel (ELF)")
    .option("--append <text>", "the kernel's command line")
    .option("--boot-image <file>", "boots this program; on the CD it is where it is in the folder, or /boot/cd.img")
    .option("--boot-load-size <sectors>", "of 512 bytes, to load of it; all of it when absent", parseCount)
    .option("--boot-info-table", "write into the boot image where it stands, at offset 8")
    .option("--no-hybrid", "no master boot record for USB sticks")
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText("after", ISO_EXAMPLES)
    .action(async (folder: string, options: IsoCommandOptions) => {
      const { makeIsoImage } = await import("./iso.ts");
      makeIsoImage(io, folder, options);
    });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 0xffff)
    throw new InvalidArgumentError("Expected 1 to 65535 sectors.");
  return count;
}

const UNITS: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
const MOST_BYTES = 2 ** 31;

function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMG]?)$/i.exec(text);
  const bytes = match ? Math.floor(Number(match[1]) * UNITS[match[2].toUpperCase()]) : 0;
  if (bytes < 1 || bytes > MOST_BYTES)
    throw new InvalidArgumentError("Expected a number of bytes, or one with suffix K, M or G; at most 2G.");
  return bytes;
}

function parseGeometry(text: string): DiskOptions["geometry"] {
  const match = /^(\d+)[,/x](\d+)[,/x](\d+)$/.exec(text);
  if (!match) throw new InvalidArgumentError("Expected cylinders,heads,sectors such as 615,6,17.");
  const [cylinders, heads, sectorsPerTrack] = match.slice(1).map(Number);
  return { cylinders, heads, sectorsPerTrack };
}

function parseFat(text: string): FatType {
  const bits = Number(text.replace(/^fat/i, ""));
  if (bits !== 12 && bits !== 16 && bits !== 32) throw new InvalidArgumentError("Expected 12, 16 or 32.");
  return bits;
}

/** A volume's label has no small letters, and no characters that a short name has not. */
function parseLabel(text: string): string {
  const label = text.toUpperCase();
  if (!/^[A-Z0-9 _!#$%&'()@^`{}~-]{1,11}$/.test(label))
    throw new InvalidArgumentError("Expected 1 to 11 letters, digits, blanks, dashes or underscores.");
  return label;
}

function addPartition(text: string, before: PartitionOption[]): PartitionOption[] {
  const [size, ...rest] = text.split(",");
  const partition: PartitionOption = size === "rest" || size === "" ? {} : { bytes: parseSize(size) };
  if (/^fat\d+$/i.test(rest[0] ?? "")) partition.fat = parseFat(rest.shift() ?? "");
  if (rest.length > 0) partition.folder = rest.join(",");
  if (before.length === 4) throw new InvalidArgumentError("A disk has four partitions.");
  return [...before, partition];
}
