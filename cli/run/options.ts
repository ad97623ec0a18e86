// The options of `minios run`, with QEMU's names where QEMU has one, and their values checked.

import { Command, InvalidArgumentError, Option } from "commander";
import type { Engine } from "../../pc/cpu/cpu.ts";
import { CpuConfigurationError } from "../../pc/cpu/errors.ts";
import { cpuModel } from "../../pc/cpu/models.ts";
import { UsageError } from "../errors.ts";
import { parseKeyScript } from "../keys/script.ts";
import type { Chord } from "../keys/us-layout.ts";
import { parseSerialTarget, type SerialTarget } from "./serial.ts";

/** QEMU's long options with one dash; two dashes do as well. */
export const SINGLE_DASH_OPTIONS = [
  "fda",
  "fdb",
  "hda",
  "hdb",
  "hdc",
  "hdd",
  "cdrom",
  "kernel",
  "append",
  "initrd",
  "serial",
  "boot",
  "bios",
  "vgabios",
  "snapshot",
  "display",
  "cpu",
] as const;

export interface ModuleSpec {
  file: string;
  /** The file's name and its arguments, as QEMU passes them. */
  commandLine: string;
}

/** Drives to boot from, a letter each. */
export interface BootOptions {
  order?: string | undefined;
  /** The order of the first time, until the guest resets the machine. */
  once?: string;
  /** The BIOS offers a menu. */
  menu?: boolean;
}

export interface RunOptions {
  fda?: string;
  fdb?: string;
  hda?: string;
  hdb?: string;
  hdc?: string;
  hdd?: string;
  cdrom?: string;
  kernel?: string;
  append?: string;
  initrd: ModuleSpec[];
  /** Bytes of memory. */
  m?: number;
  /** A model of pc/cpu/models.ts with features added and taken away. */
  cpu?: string;
  engine?: Engine;
  boot?: BootOptions;
  /** Firmware of another make. */
  bios?: string;
  vgabios?: string;
  snapshot: boolean;
  serial: SerialTarget[];
  display?: "terminal" | "none";
  type?: Chord[];
  until?: RegExp;
  timeout?: number;
  screenText: boolean;
  screenshot?: string;
  clock?: "virtual" | "wall";
  maxInstructions?: number;
  stats: boolean;
  debugLog: boolean;
}

const MIB = 2 ** 20;
/** What a machine gets that nobody gives anything else. */
export const DEFAULT_MEMORY = 32 * MIB;
/** What memory grows by in this PC. */
const MEMORY_STEP = MIB;
const LEAST_MEMORY = MIB;
const MOST_MEMORY = 2048 * MIB;
const MOST_SERIAL_PORTS = 2;

const EXAMPLES = `
Examples:
  minios run build/minios.img                 boot a floppy image in this terminal; Ctrl+] quits
  minios run -kernel kernel.elf -append quiet -initrd "fs.img,config a=1"
                                              start a Multiboot kernel with two modules
  minios run hello.cfg                        start the Xen domain that this file describes
  minios run bochsrc.txt -boot c              the machine that a Bochs configuration describes, from its hard disk
  minios run disk.img --display none -serial stdio
                                              the guest's COM1 is this terminal
  minios run disk.img --display none --type 'ls\\n' --until '^total' --screen-text
                                              for scripts: type, wait, print the screen

Text of --type: \\n \\t \\e \\b \\\\ \\< \\xNN, and keys by name: <up> <f1> <esc> <ctrl-c> <alt-f2> <shift-tab>.
It is typed when the guest waits for input; --until is looked for once all of it has been typed.

Configurations of Bochs, VirtualBox (.vbox), VMware (.vmx), Virtual PC (.vmc) and xl: options win over what the file says; what it
says that this PC has not is noted. docs/configuration.md has the list.

A floppy's changes are written back to its file at the end (whole or not at all), a hard disk's sectors in place, unless
-snapshot is given.

Exit status: 0  --until was met, the guest switched the power off, you quit, or a --timeout or
                --max-instructions without --until was reached
             1  --until was not met, or the guest died or halted for good; standard error says why
             2  wrong usage or wrong input`;

/** The `run` command; `action` gets what the person asked for. */
export function runCommand(action: (image: string | undefined, options: RunOptions) => Promise<void>): Command {
  return (
    new Command("run")
      .summary("boot a disk image, a kernel, or a machine by its configuration")
      .description("Boots a floppy, hard disk or CD, a Multiboot kernel or a Xen domain on the built-in PC.")
      .argument(
        "[IMAGE]",
        "an image of a floppy, hard disk (raw or .vhd) or CD, a Multiboot or Xen kernel, or the configuration of a machine (Bochs, .vbox, .vmx, .vmc, a domain file of xl), told apart by content",
      )
      .option("--fda <FILE>", "floppy in drive A (also -fda, and so on for QEMU's names)")
      .option("--fdb <FILE>", "floppy in drive B")
      .option("--hda <FILE>", "hard disk: raw sectors; the primary master")
      .option("--hdb <FILE>", "hard disk: the primary slave")
      .option("--hdc <FILE>", "hard disk: the secondary master")
      .option("--hdd <FILE>", "hard disk: the secondary slave")
      .option("--cdrom <FILE>", "CD (an ISO image), in the secondary master")
      .option("--kernel <FILE>", "Multiboot kernel (ELF) to start without a disk")
      .option("--append <STRING>", "command line of the kernel")
      .option(
        "--initrd <LIST>",
        "modules for the kernel: FILE[ ARGUMENTS][,FILE...], two commas for one",
        parseModules,
        [],
      )
      .option("-m <SIZE>", "memory in MiB, or with suffix K, M or G (default: 32)", parseMemory)
      .option(
        "--cpu <MODEL>",
        "processor: 386, 486, pentium, pentiumpro, pentium3, pentium4, max (the default) and more; -cpu help lists them",
        parseCpu,
      )
      .addOption(
        new Option("--engine <KIND>", "how the processor runs: interpreter (the default) or compiler").choices([
          "interpreter",
          "compiler",
        ]),
      )
      .addOption(
        new Option(
          "--boot <ORDER>",
          "drives to boot from, in this order: a floppy, c hard disk, d CD (default: acd); also order=, once= until a reset, menu=on, with commas",
        ).argParser(parseBoot),
      )
      .option("--bios <FILE>", "a BIOS of another make in place of ours, such as Bochs'")
      .option("--vgabios <FILE>", "a video BIOS for it")
      .option("--snapshot", "do not write the guest's changes back to the images", false)
      .option("--serial <TARGET>", "stdio, none or file:PATH; the first is COM1, a second COM2", addSerial, [])
      .addOption(
        new Option("--display <KIND>", "terminal (default on a terminal) or none").choices(["terminal", "none"]),
      )
      .addOption(
        new Option("--clock <KIND>", "guest time: wall (default when a person sits there) or virtual").choices([
          "virtual",
          "wall",
        ]),
      )
      .option("--type <TEXT>", "type on the guest's keyboard", parseKeyScript)
      .option(
        "--until <REGEX>",
        "end when this is on the screen or in the serial output (^ and $ match at lines)",
        parseRegex,
      )
      .option(
        "--timeout <SECONDS>",
        "end after this much guest time (default: 60 with --until or --type)",
        parseSeconds,
      )
      .option("--max-instructions <N>", "end after this many guest instructions", parseCount)
      .option("--screen-text", "print the text screen at the end", false)
      .option("--screenshot <FILE>", "write the screen as a PNG file at the end")
      .option("--stats", "print instructions, seconds, MIPS, start-up time and why it ended, as JSON", false)
      .option("--debug-log", "copy what the guest writes to port E9h to standard error", false)
      // The descriptions say the defaults in words that people use.
      .configureHelp({ optionDescription: (option) => option.description })
      .addHelpText("after", EXAMPLES)
      .action(action)
  );
}

/** @throws UsageError for options that contradict each other */
export function checkCombination(image: string | undefined, options: RunOptions): void {
  const { kernel, fda, fdb, append, initrd, serial, display } = options;
  const disks = [options.hda, options.hdb, options.hdc, options.hdd, options.cdrom];
  if ([image, fda, kernel, ...disks].every((file) => file === undefined)) {
    const hint = fdb === undefined ? "" : "; the PC does not boot from drive B";
    throw new UsageError(`nothing to boot: name an IMAGE, -fda, -hda, -cdrom or -kernel${hint}`);
  }
  if (options.hdc !== undefined && options.cdrom !== undefined) {
    throw new UsageError(`two drives for the secondary master: -hdc ${options.hdc} and -cdrom ${options.cdrom}`);
  }
  if (image === undefined && kernel === undefined && (append !== undefined || initrd.length > 0)) {
    throw new UsageError(`${append === undefined ? "-initrd" : "-append"} needs a kernel: add -kernel FILE`);
  }
  if (options.bios !== undefined && kernel !== undefined) {
    throw new UsageError("-kernel needs the PC's own BIOS: leave -bios out, or boot the kernel from a medium");
  }
  const consoles = serial.filter((target) => target.kind === "stdio").length;
  if (consoles > 1) throw new UsageError("-serial stdio: only one port can have this terminal");
  if (consoles === 1 && display === "terminal") {
    throw new UsageError("-serial stdio and --display terminal both want this terminal; choose one");
  }
}

function parseModules(text: string): ModuleSpec[] {
  const modules = text.split(/(?<!,),(?!,)/).map((part) => {
    const commandLine = part.replaceAll(",,", ",").trim();
    return { file: commandLine.split(" ")[0], commandLine };
  });
  if (modules.some(({ file }) => file === "")) throw new InvalidArgumentError("A module has no file name.");
  return modules;
}

function parseMemory(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMG]?)$/i.exec(text);
  if (!match) throw new InvalidArgumentError("Expected a number of MiB, or one with suffix K, M or G.");
  const unit = { K: 2 ** 10, M: MIB, G: 2 ** 30 }[match[2].toUpperCase()] ?? MIB;
  const bytes = Math.floor((Number(match[1]) * unit) / MEMORY_STEP) * MEMORY_STEP;
  if (bytes < LEAST_MEMORY || bytes > MOST_MEMORY) {
    throw new InvalidArgumentError(`Expected ${LEAST_MEMORY / MIB}M to ${MOST_MEMORY / MIB}M.`);
  }
  return bytes;
}

/** ORDER, or what QEMU has: order=ORDER, once=ORDER, menu=on, with commas between them. */
function parseBoot(text: string): BootOptions {
  const boot: BootOptions = {};
  for (const part of text.split(",")) {
    const [, name = "order", value] = /^(?:([a-z-]+)=)?(.*)$/.exec(part) ?? [];
    if (name === "menu" || name === "strict") {
      if (value !== "on" && value !== "off") throw new InvalidArgumentError(`${name}: expected "on" or "off".`);
      if (name === "menu") boot.menu = value === "on";
    } else if (name !== "order" && name !== "once") {
      throw new InvalidArgumentError(`Expected order=, once= or menu=, found "${name}=".`);
    } else if (!/^[acd]+$/.test(value) || new Set(value).size < value.length) {
      throw new InvalidArgumentError(
        "Expected each of a (floppy), c (hard disk) and d (CD) once at most, as in order=ca.",
      );
    } else boot[name] = value;
  }
  return boot;
}

function addSerial(text: string, before: SerialTarget[]): SerialTarget[] {
  if (before.length === MOST_SERIAL_PORTS) throw new InvalidArgumentError("The PC has two serial ports.");
  return [...before, parseSerialTarget(text)];
}

function parseCpu(text: string): string {
  if (text === "help" || text === "?") return "help";
  try {
    cpuModel(text);
  } catch (error) {
    throw error instanceof CpuConfigurationError ? new InvalidArgumentError(error.message) : error;
  }
  return text;
}

function parseRegex(text: string): RegExp {
  try {
    return new RegExp(text, "m");
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0) || !Number.isFinite(seconds))
    throw new InvalidArgumentError("Expected a number of seconds above 0.");
  return seconds;
}

function parseCount(text: string): number {
  const count = Number(text.replaceAll("_", ""));
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError("Expected a whole number above 0.");
  return count;
}
