// What a run boots: the person's files, read and checked, as the machine takes them.

import { configurationOf } from "../configuration/kinds.ts";
import { UsageError } from "../errors.ts";
import { DiskFile } from "./disk.ts";
import { type DomainBoot, domainOfFile, domainOfKernel, isXenKernel } from "./domain.ts";
import { type FileContents, readInput } from "./files.ts";
import { asFloppy, type Floppy, readFloppy } from "./floppy.ts";
import { checkMachine, isElf, readKernel } from "./kernel.ts";
import type { RunOptions } from "./options.ts";

export interface BootModule {
  data: Uint8Array;
  commandLine: string;
}

export interface BootImages {
  floppyA?: Floppy;
  floppyB?: Floppy;
  /** Hard disks at places 0 to 3. */
  disks: (DiskFile | undefined)[];
  /** A Xen domain, and then nothing else. */
  domain?: DomainBoot;
  kernel?: { file: string; image: Uint8Array; commandLine: string; modules: BootModule[] };
}

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

  if (image !== undefined) {
    const contents = readInput(image, "a floppy image, a kernel or a domain file");
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
  else if (options.append !== undefined) throw new UsageError(`-append is for kernels; ${image} is a floppy image`);
  else if (options.initrd.length > 0) throw new UsageError(`-initrd is for kernels; ${image} is a floppy image`);
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
