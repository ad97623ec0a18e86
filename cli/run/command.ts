// `minios run`: reads the images, wires machine, display and serial lines together, runs, and reports.

import type { MachineFile } from "../../media/configuration/machine-file.ts";
import type { Engine } from "../../pc/cpu/cpu.ts";
import { cpuModelHelp } from "../../pc/cpu/models.ts";
import { asInputError, InputError, UsageError } from "../errors.ts";
import type { Guest, GuestOptions } from "../guest.ts";
import type { Io } from "../io.ts";
import { KeyFeeder } from "../keys/key-feeder.ts";
import { strokeOf } from "../keys/us-layout.ts";
import { TerminalDisplay } from "../terminal/display.ts";
import { readBios, readVideoBios } from "./bios.ts";
import { Condition } from "./condition.ts";
import type { RunControl } from "./control.ts";
import { writeOutput } from "./files.ts";
import { writeBack } from "./floppy.ts";
import { debugLog, hypervisorLog } from "./guest-log.ts";
import { type BootImages, readImages } from "./images.ts";
import { readMachineFile, startTimeOf, withMachineFile } from "./machine-file.ts";
import { checkCombination, DEFAULT_MEMORY, type RunOptions } from "./options.ts";
import { endText, exitStatus, registersText, screenshotPng, screenText, statsJson } from "./report.ts";
import { type End, type Observer, Runner } from "./runner.ts";
import { SerialConsole, SerialFile } from "./serial.ts";
import { Waker } from "./waker.ts";

const DEFAULT_TIMEOUT_S = 60;
/** A run gets this much host time for each second of guest time, and some to begin with. */
const HOST_MS_PER_GUEST_S = 10_000;
const HOST_MS_AT_LEAST = 30_000;
const SIGNALS: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** What `run` stands on besides the options; tests bring their own. */
export interface RunContext {
  io: Io;
  createMachine: (options: GuestOptions) => Guest;
  /** The character of each CP437 code. */
  glyphs: readonly string[];
}

interface Closable extends Observer {
  close(): void;
}

/**
 * @param control for a caller that may want to end the run
 * @returns the exit status
 */
export async function run(
  context: RunContext,
  image: string | undefined,
  given: RunOptions,
  control?: RunControl,
): Promise<number> {
  const { io } = context;
  if (given.cpu === "help") {
    io.stdout.write(
      `Processors:\n${cpuModelHelp()}A feature is added by NAME,+FEATURE and taken away by NAME,-FEATURE.\n`,
    );
    return 0;
  }
  checkCombination(image, given);
  const onTerminal = Boolean(io.stdin.isTTY && io.stdout.isTTY);
  const wantsConsole = given.serial.some((target) => target.kind === "stdio");
  const display = given.display ?? (onTerminal && !wantsConsole && io.env["TERM"] !== "dumb" ? "terminal" : "none");
  if (display === "terminal" && !onTerminal) {
    throw new UsageError("--display terminal needs a terminal on standard input and output; use --display none");
  }
  const machine = image === undefined ? undefined : readMachineFile(image, io.env);
  const options = machine ? withMachineFile(given, machine, display === "terminal") : given;
  const serialConsole = options.serial.some((target) => target.kind === "stdio");
  const interactive = display === "terminal" || (serialConsole && Boolean(io.stdin.isTTY));
  const images = readImages(image, options, machine);
  for (const note of machine?.notes ?? images.domain?.notes ?? []) io.stderr.write(`minios: ${note}\n`);
  const guest = createGuest(context, images, options, machine);

  const timeout = options.timeout ?? (!interactive && (options.until || options.type) ? DEFAULT_TIMEOUT_S : undefined);
  const waker = new Waker();
  const observers: Closable[] = [];
  const input = new KeyFeeder(guest.keyboard);
  const runner = new Runner(
    guest,
    {
      clock: options.clock ?? (interactive ? "wall" : "virtual"),
      until: options.until && new Condition(options.until, guest),
      timeoutNs: timeout && timeout * 1e9,
      hostTimeoutMs: timeout && HOST_MS_AT_LEAST + timeout * HOST_MS_PER_GUEST_S,
      maxInstructions: options.maxInstructions,
      // Bytes may still come down a pipe, too.
      interactive: interactive || serialConsole,
      scriptDone: () => guest.keyboard.idle,
      input,
    },
    observers,
    waker,
    () => performance.now(),
  );

  let signal: string | undefined;
  const onSignal = (name: string) => {
    signal ??= name;
    runner.stop("signal");
  };
  for (const name of Object.keys(SIGNALS)) io.on(name, onSignal);
  control?.listen({ onStop: () => runner.stop("quit"), onNotice: () => waker.wake() });

  const startMs = performance.now();
  let end: End;
  try {
    options.serial.forEach((target, index) => {
      const port = guest.serial[index];
      if (target.kind === "file") observers.push(new SerialFile(port, target.path));
      if (target.kind !== "stdio") return;
      observers.push(
        new SerialConsole(
          port,
          io,
          () => waker.wake(),
          () => runner.stop("quit"),
        ),
      );
    });
    const live = display === "none" || !io.stderr.isTTY;
    if (guest.log) observers.push(hypervisorLog(guest, io.stderr, live));
    if (options.debugLog) observers.push(debugLog(guest, io.stderr, live));
    if (options.type) guest.keyboard.type(options.type.map(strokeOf));
    if (display === "terminal") {
      const terminal = new TerminalDisplay(guest, io, context.glyphs, input, {
        onKey: () => waker.wake(),
        onQuit: () => runner.stop("quit"),
        notice: () => control?.notice ?? "",
      });
      observers.push(terminal);
      terminal.open();
      if (control) control.paints = true;
    }
    end = await runner.run();
  } finally {
    for (const name of Object.keys(SIGNALS)) io.off(name, onSignal);
    // The display, which came last, goes first: what the others still have to say is for the normal screen.
    for (const observer of observers.toReversed()) observer.close();
    if (control) control.paints = false;
  }
  if (control) control.end = end;
  const runMs = performance.now() - startMs;
  const written = options.snapshot || writeImages(images, guest, io);
  for (const disk of [...images.disks, images.cdrom]) disk?.close();
  let status = exitStatus(end, options.until !== undefined);
  if (signal !== undefined) status = 128 + SIGNALS[signal];
  if (!written) status ||= 1;
  if (status === 1 && written) explain(io, guest, end, options);
  // A domain that ended by itself leaves nothing on the terminal's other screen: its console stays to be read.
  const leavesText = display === "terminal" && guest.end !== undefined;
  if (options.screenText || leavesText) io.stdout.write(screenText(guest.screen));
  if (options.screenshot !== undefined) writeOutput(options.screenshot, screenshotPng(guest.screen));
  if (options.stats) io.stdout.write(`${statsJson(guest, { end, status, startupMs: startMs, runMs })}\n`);
  return status;
}

function createGuest(context: RunContext, images: BootImages, options: RunOptions, machine?: MachineFile): Guest {
  try {
    const engine = options.engine ?? engineOf(context.io.env["MINIOS_ENGINE"]);
    if (images.domain) return context.createMachine({ domain: { ...images.domain.domain, engine, cpu: options.cpu } });
    const [hda, hdb, hdc, hdd] = images.disks;
    return context.createMachine({
      memoryBytes: options.m ?? DEFAULT_MEMORY,
      cpu: options.cpu,
      engine,
      hda,
      hdb,
      hdc,
      hdd,
      cdrom: images.cdrom,
      cdromPlace: images.cdromPlace,
      bootOrder: options.boot?.order ?? images.bootOrder,
      bootOnce: options.boot?.once,
      bootMenu: options.boot?.menu,
      bios: options.bios === undefined ? undefined : readBios(options.bios),
      videoBios: options.vgabios === undefined ? undefined : readVideoBios(options.vgabios),
      floppyA: images.floppyA?.disk,
      floppyB: images.floppyB?.disk,
      kernel: images.kernel,
      instructionsPerSecond: machine?.instructionsPerSecond,
      startTime: machine && startTimeOf(machine),
    });
  } catch (error) {
    const file = images.domain?.file ?? images.kernel?.file ?? images.floppyA?.contents.file ?? "-m";
    throw asInputError(error, file) ?? error;
  }
}

/** What the environment says for a command line that says nothing: so that a set of tests can be run in either. */
function engineOf(text: string | undefined): Engine | undefined {
  return text === "interpreter" || text === "compiler" ? text : undefined;
}

/** @returns false when something could not be written; standard error then says what */
function writeImages(images: BootImages, guest: Guest, io: Io): boolean {
  let complete = true;
  const floppies = [images.floppyA, images.floppyB].map((floppy) => () => floppy && writeBack(floppy));
  const disks = images.disks.map((file, place) => () => {
    const disk = guest.disk(place);
    if (file && disk) file.writeBack(disk);
  });
  for (const write of [...floppies, ...disks]) {
    try {
      write();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      io.stderr.write(`minios: ${error.message}\n`);
      complete = false;
    }
  }
  return complete;
}

/** Why the run failed, for standard error: the reason, the registers, and the screen unless it is printed anyway. */
function explain(io: Io, guest: Guest, end: End, options: RunOptions): void {
  const lines = [`minios: ${endText(end, guest, options.until && String(options.until))}`];
  // A domain that ended has said so, with its registers.
  if (!guest.end) lines.push(registersText(guest.registers()));
  const screen = screenText(guest.screen);
  if (!options.screenText && screen !== "") lines.push("The screen:", screen.trimEnd());
  io.stderr.write(`${lines.join("\n")}\n`);
}
