// A configuration file of Bochs, Virtual PC, VirtualBox or VMware as the IMAGE of `minios run`: what it says stands in for the options
// that are not given.

import { statSync } from "node:fs";
import { configurationOf, LARGEST_CONFIGURATION } from "../../media/configuration/kinds.ts";
import type { MachineFile } from "../../media/configuration/machine-file.ts";
import { parseMachineFile } from "../../media/configuration/machines.ts";
import type { NamedFile } from "../../media/configuration/source.ts";
import { InputError, UsageError } from "../errors.ts";
import { detectFile } from "./detect.ts";
import { readInput } from "./files.ts";
import type { RunOptions } from "./options.ts";

/**
 * The machine that a file describes; undefined when the file is something else, or cannot be read.
 * @throws ConfigurationError
 */
export function readMachineFile(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): MachineFile | undefined {
  if (!isSmallFile(file) || detectFile(file) !== undefined) return undefined;
  const configuration = configurationOf(readInput(file, "a configuration").bytes, file);
  if (!configuration || configuration.kind === "domain") return undefined;
  return parseMachineFile(configuration.kind, file, configuration.text, { readText, environment });
}

/** About a file that is not there or cannot be looked at, whoever opens it as an image has better words. */
function isSmallFile(file: string): boolean {
  try {
    const stats = statSync(file);
    return stats.isFile() && stats.size <= LARGEST_CONFIGURATION;
  } catch {
    return false;
  }
}

function readText(path: string): string | undefined {
  try {
    const { bytes } = readInput(path, "a configuration");
    return bytes.length > LARGEST_CONFIGURATION ? undefined : new TextDecoder().decode(bytes);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/**
 * The options with what the file says where the command line is silent.
 * @param takesTerminal the guest's screen is on this terminal, so no serial line can have it
 * @throws UsageError when nothing is left to boot
 */
export function withMachineFile(options: RunOptions, machine: MachineFile, takesTerminal: boolean): RunOptions {
  const { fda, hda, hdb, hdc, hdd, cdrom, kernel } = options;
  const given = [fda, hda, hdb, hdc, hdd, cdrom, kernel];
  if ([...given, machine.floppyA, ...machine.drives].every((each) => each === undefined)) {
    throw new UsageError(`${machine.file}: it names no floppy, disk or CD to boot from`);
  }
  let consoles = 0;
  const serial = machine.serial.map((end) => {
    if (end.kind !== "stdio") return end;
    return takesTerminal || consoles++ > 0 ? { kind: "none" as const } : end;
  });
  return {
    ...options,
    m: options.m ?? machine.memoryBytes,
    cpu: options.cpu ?? machine.cpu,
    boot: { order: machine.bootOrder, ...options.boot },
    serial: options.serial.length > 0 ? options.serial : serial,
    debugLog: options.debugLog || machine.debugLog === true,
  };
}

/** What the real-time clock shows at the start, as a date whose UTC fields are shown. */
export function startTimeOf({ startTime }: MachineFile): Date | undefined {
  if (startTime !== "local") return startTime === "utc" ? new Date() : startTime;
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
}

/**
 * Opens a file that a configuration names.
 * @throws ConfigurationError with the place where it is named, when it cannot be used
 */
export function opened<T>(named: NamedFile, open: (path: string) => T): T {
  try {
    return open(named.path);
  } catch (error) {
    throw error instanceof InputError ? named.error(error.message) : error;
  }
}
