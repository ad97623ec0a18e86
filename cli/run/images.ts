// What a run boots: the person's files, read and checked, as the machine takes them.

import { BOOT_CODE_BYTES, GPT_PROTECTIVE } from "../../formats/mbr.ts";
import { configurationOf } from "../../media/configuration/kinds.ts";
import type { MachineFile } from "../../media/configuration/machine-file.ts";
import { LINUX_HEADER } from "../../media/detect.ts";
import { checkMachine, isElf, isXenKernel } from "../../media/elf.ts";
import { CD_BLOCKS } from "../../pc/blocks.ts";
import { floppySizes } from "../../pc/devices/floppy-drive.ts";
import { InputError, UsageError } from "../errors.ts";
import { detectFile } from "./detect.ts";
import { DiskFile } from "./disk.ts";
import { openDisk } from "./disk-image.ts";
import { type DomainBoot, domainOfFile, domainOfKernel } from "./domain.ts";
import { type FileContents, readInput } from "./files.ts";
import { asFloppy, type Floppy, readFloppy } from "./floppy.ts";
import { readKernel } from "./kernel.ts";
import { opened } from "./machine-file.ts";
import type { RunOptions } from "./options.ts";

const CD_EXPECTED = "a CD image (whole sectors of 2048 bytes)";

/** The secondary master. */
const USUAL_CD_PLACE = 2;

export interface BootModule {
  data: Uint8Array;
  commandLine: string;
}

export interface BootImages {
  floppyA?: Floppy;
  floppyB?: Floppy;
  /** Hard disks at places 0 to 3. */
  disks: (DiskFile | undefined)[];
  cdrom?: DiskFile;
  /** Where the CD drive is: 0 to 3. */
  cdromPlace?: number;
  /** A Xen domain, and then nothing else. */
  domain?: DomainBoot;
  kernel?: { file: string; image: Uint8Array; commandLine: string; modules: BootModule[] };
  /** Where the IMAGE argument is, when that is not where the PC looks first. */
  bootOrder?: string;
}

/** What the IMAGE argument may be, for messages. */
const IMAGE = "a floppy, disk or CD image, a kernel or a machine's configuration";

/**
 * @param image the IMAGE argument: told apart by what is in it
 * @param machine what it says, if it is a machine's configuration; options stand in place of its drives
 * @throws ConfigurationError, InputError for a file that cannot be booted, UsageError when two things want the same place
 */
export function readImages(image: string | undefined, options: RunOptions, machine?: MachineFile): BootImages {
  const images: BootImages = { disks: [] };
  let kernel = options.kernel === undefined ? undefined : readKernel(options.kernel);
  if (options.fda !== undefined) images.floppyA = readFloppy(options.fda);
  if (options.fdb !== undefined) images.floppyB = readFloppy(options.fdb);
  images.disks = [options.hda, options.hdb, options.hdc, options.hdd].map((file) =>
    file === undefined ? undefined : openDisk(file),
  );
  if (options.cdrom !== undefined) images.cdrom = openCd(options.cdrom);
  if (machine) connectDrives(images, machine, options);

  const kind = image === undefined || machine ? undefined : detectFile(image);
  if (machine) {
    // Its drives are connected already.
  } else if (image !== undefined && (kind === "disk" || kind === "VHD")) {
    if (images.disks[0]) throw new UsageError(`two disks for the primary master: ${image} and -hda ${options.hda}`);
    images.disks[0] = openDisk(image);
    if (options.boot === undefined) refuseUefiDisk(images.disks[0]);
    images.bootOrder = "cad";
  } else if (image !== undefined && kind === "CD") {
    const there = options.cdrom ?? options.hdc;
    if (there !== undefined) throw new UsageError(`two drives for the secondary master: ${image} and ${there}`);
    images.cdrom = openCd(image);
    images.bootOrder = "dac";
  } else if (image !== undefined) {
    const contents = readInput(image, IMAGE);
    if (kind === undefined && contents.bytes.length > Math.max(...floppySizes())) {
      const found = `${contents.bytes.length} bytes without the mark of any of them`;
      throw new InputError({ file: image, expected: IMAGE, found });
    }
    if (kind === "Linux") {
      throw new InputError({
        file: image,
        offset: LINUX_HEADER,
        expected: IMAGE,
        found: "a Linux kernel, which needs a boot loader",
      });
    }
    const configuration = configurationOf(contents.bytes, image);
    if (configuration) return { disks: [], domain: domainOfFile(image, configuration.text, options) };
    if (isElf(contents.bytes)) {
      if (kernel) throw new UsageError(`two kernels: ${image} and -kernel ${kernel.file}`);
      checkMachine(contents);
      kernel = contents;
    } else {
      if (images.floppyA) throw new UsageError(`two floppies for drive A: ${image} and -fda ${options.fda}`);
      images.floppyA = asFloppy(contents);
    }
  }
  if (kernel && isXenKernel(kernel)) return { disks: [], domain: domainOfKernel(kernel, options) };
  if (kernel) images.kernel = withModules(kernel, options);
  else if (options.append !== undefined) throw new UsageError(`-append is for kernels; ${image} is none`);
  else if (options.initrd.length > 0) throw new UsageError(`-initrd is for kernels; ${image} is none`);
  return images;
}

/** @throws InputError for a disk that only UEFI can boot from: a BIOS would run the zeros in its first sector */
function refuseUefiDisk(disk: DiskFile): void {
  const sector = disk.read(0, 1);
  if (
    sector[BOOT_CODE_BYTES + 6 + 4] !== GPT_PROTECTIVE ||
    sector.subarray(0, BOOT_CODE_BYTES).some((byte) => byte !== 0)
  )
    return;
  throw new InputError({
    file: disk.file,
    offset: 0,
    expected: "boot code for a BIOS",
    found: "none, and a GUID partition table: a disk for UEFI (as a second disk, -hda FILE takes it)",
  });
}

function openCd(file: string): DiskFile {
  return new DiskFile(file, CD_EXPECTED, CD_BLOCKS);
}

/** The drives of a machine's configuration, where no option has put another. */
function connectDrives(images: BootImages, machine: MachineFile, options: RunOptions): void {
  if (machine.floppyA) images.floppyA ??= opened(machine.floppyA, readFloppy);
  if (machine.floppyB) images.floppyB ??= opened(machine.floppyB, readFloppy);
  const cdPlace = machine.drives.findIndex((drive) => drive?.kind === "CD");
  if (cdPlace >= 0) images.cdromPlace = cdPlace;
  if (cdPlace >= 0 && images.cdrom && images.disks[cdPlace]) {
    throw new UsageError(`two drives for one place: the CD drive of ${machine.file} and -hd${"abcd"[cdPlace]}`);
  }
  machine.drives.forEach((drive, place) => {
    if (!drive || images.disks[place]) return;
    if (drive.kind === "CD") {
      images.cdrom ??= opened(drive.image, openCd);
    } else if (options.cdrom !== undefined && cdPlace < 0 && place === USUAL_CD_PLACE) {
      throw new UsageError(
        `two drives for the secondary master: the disk of ${machine.file} and -cdrom ${options.cdrom}`,
      );
    } else {
      images.disks[place] = opened(drive.image, (path) => openDisk(path, drive.geometry));
    }
  });
}

function withModules(kernel: FileContents, options: RunOptions): BootImages["kernel"] {
  return {
    file: kernel.file,
    image: kernel.bytes,
    // As GRUB and QEMU do: the kernel's name, then what the person gave.
    commandLine: options.append ? `${kernel.file} ${options.append}` : kernel.file,
    modules: options.initrd.map(({ file, commandLine }) => ({
      data: readInput(file, "a module for the kernel").bytes,
      commandLine,
    })),
  };
}
