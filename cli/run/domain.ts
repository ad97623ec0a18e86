// Xen domains for `minios run`: a domain file of xl or xm, or a Xen kernel by itself.

import { parseDomainFile } from "../../media/configuration/domain-file.ts";
import { checkMachine } from "../../media/elf.ts";
import { UsageError } from "../errors.ts";
import type { GuestDomain } from "../guest.ts";
import { type FileContents, readInput } from "./files.ts";
import { opened } from "./machine-file.ts";
import { DEFAULT_MEMORY, type RunOptions } from "./options.ts";

const MIB = 2 ** 20;

export interface DomainBoot {
  /** The kernel's file, for messages. */
  file: string;
  domain: GuestDomain;
  /** What standard error is told before the domain starts. */
  notes: string[];
}

/** A kernel by itself: its name is its file's, the rest comes from the options. */
export function domainOfKernel({ file, bytes }: FileContents, options: RunOptions): DomainBoot {
  refuseDrives(file, options);
  const [ramdisk, ...more] = options.initrd;
  if (more.length > 0) throw new UsageError(`-initrd: a Xen domain has one ramdisk, found ${1 + more.length} modules`);
  const name = file.replace(/^.*[/\\]/, "").replace(/\.\w+$/, "");
  return {
    file,
    notes: [],
    domain: {
      name,
      memoryBytes: options.m ?? DEFAULT_MEMORY,
      image: {
        kernel: bytes,
        commandLine: options.append ?? "",
        ...(ramdisk && { ramdisk: readInput(ramdisk.file, "a ramdisk").bytes }),
      },
    },
  };
}

/**
 * @param text of the domain file
 * @throws ConfigurationError, InputError
 */
export function domainOfFile(file: string, text: string, options: RunOptions): DomainBoot {
  refuseDrives(file, options);
  if (options.kernel !== undefined || options.initrd.length > 0) {
    throw new UsageError(`${file} is a domain file: it names its kernel and ramdisk itself`);
  }
  const { kernel, ramdisk, memoryMib, commandLine, notes, ...rest } = parseDomainFile(file, text);
  const contents = opened(kernel, (path) => readInput(path, "a Xen kernel"));
  checkMachine(contents);
  return {
    file: kernel.path,
    notes,
    domain: {
      name: rest.name,
      memoryBytes: options.m ?? memoryMib * MIB,
      onPoweroff: rest.onPoweroff,
      onReboot: rest.onReboot,
      onCrash: rest.onCrash,
      image: {
        kernel: contents.bytes,
        commandLine: [commandLine, options.append ?? ""].filter((part) => part !== "").join(" "),
        ...(ramdisk !== undefined && { ramdisk: opened(ramdisk, (path) => readInput(path, "a ramdisk")).bytes }),
      },
    },
  };
}

function refuseDrives(file: string, options: RunOptions): void {
  const { fda, fdb, hda, hdb, hdc, hdd } = options;
  const drive = Object.entries({ fda, fdb, hda, hdb, hdc, hdd }).find(([, value]) => value !== undefined);
  if (drive) throw new UsageError(`-${drive[0]}: ${file} is a Xen domain, which has no drives here`);
  if (options.serial.length > 1) throw new UsageError(`-serial: ${file} is a Xen domain, which has one console`);
}
