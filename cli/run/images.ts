// What a run boots: the person's files, read and checked, as the machine takes them.

import { CD_BLOCKS } from "../../pc/blocks.ts";
import { floppySizes } from "../../pc/devices/floppy-drive.ts";
import { configurationOf } from "../configuration/kinds.ts";
import { InputError, UsageError } from "../errors.ts";
import { detectFile, LINUX_HEADER } from "./detect.ts";
import { DiskFile } from "./disk.ts";
import { type DomainBoot, domainOfFile, domainOfKernel, isXenKernel } from "./domain.ts";
import { type FileContents, readInput } from "./files.ts";
import { asFloppy, type Floppy, readFloppy } from "./floppy.ts";
import { checkMachine, isElf, readKernel } from "./kernel.ts";
import type { RunOptions } from "./options.ts";

const CD_EXPECTED = "a CD image (whole sectors of 2048 bytes)";

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
  /** A Xen domain, and then nothing else. */
  domain?: DomainBoot;
  kernel?: { file: string; image: Uint8Array; commandLine: string; modules: BootModule[] };
  /** Where the IMAGE argument is, when that is not where the PC looks first. */
  bootOrder?: string;
}

/** What the IMAGE argument may be, for messages. */
const IMAGE = "a floppy, disk or CD image, a kernel or a domain file";

/**
 * @param image the IMAGE argument: told apart by what is in it
 * @throws InputError for a file that cannot be booted, UsageError when two things want the same place
 */
export function readImages(image: string | undefined, options: RunOptions): BootImages {
  const images: BootImages = { disks: [] };
  let kernel = options.kernel === undefined ? undefined : readKernel(options.kernel);
  if (options.fda !== undefined) images.floppyA = readFloppy(options.fda);
  if (options.fdb !== undefined) images.floppyB = readFloppy(options.fdb);
  images.disks = [options.hda, options.hdb, options.hdc, options.hdd].map((file) =>
    file === undefined ? undefined : new DiskFile(file),
  );
  if (options.cdrom !== undefined) images.cdrom = new DiskFile(options.cdrom, CD_EXPECTED, CD_BLOCKS);

  const kind = image === undefined ? undefined : detectFile(image);
  if (image !== undefined && (kind === "disk" || kind === "VHD")) {
    if (images.disks[0]) throw new UsageError(`two disks for the primary master: ${image} and -hda ${options.hda}`);
    images.disks[0] = new DiskFile(image);
    images.bootOrder = "cad";
  } else if (image !== undefined && kind === "CD") {
    const there = options.cdrom ?? options.hdc;
    if (there !== undefined) throw new UsageError(`two drives for the secondary master: ${image} and ${there}`);
    images.cdrom = new DiskFile(image, CD_EXPECTED, CD_BLOCKS);
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
    const configuration = configurationOf(contents.bytes);
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
