// A machine that runs one Xen domain in place of a PC: processor, memory, clock, and the hypervisor of pc/xen under the guest. It has the
// face of `Machine`: run, screen, keyboard, serial line, save and restore. The same options and calls give the same run.

import type { GuestMemory } from "./bus.ts";
import { Clock } from "./clock.ts";
import { Cpu, type Engine } from "./cpu/cpu.ts";
import { type KeyStroke, strokesOf } from "./devices/index.ts";
import { numberField, stateField, textField } from "./devices/state.ts";
import type { RunLimits, StopReason } from "./machine.ts";
import { decodeSnapshot, encodeSnapshot, SnapshotError } from "./snapshot.ts";
import type { DomainImage } from "./xen/builder.ts";
import type { DomainConsole } from "./xen/console.ts";
import { Domain, type ShutdownReason } from "./xen/domain.ts";
import { layoutFor, MOST_DOMAIN_MIB } from "./xen/layout.ts";
import type { Terminal } from "./xen/terminal.ts";

/** What becomes of a domain that ended: its memory is given back, it starts anew, or it stays to be looked at. */
export type EndAction = "destroy" | "restart" | "preserve";
export const END_ACTIONS: readonly EndAction[] = ["destroy", "restart", "preserve"];

export interface DomainMachineOptions {
  /** The CPU's core (`dist/core.wasm`). */
  core: WebAssembly.Module;
  image: DomainImage;
  name: string;
  /** A multiple of 1 MiB; 32 MiB when not given. */
  memoryBytes?: number;
  /** How the processor runs decoded code, as in `MachineOptions`. */
  engine?: Engine | undefined;
  /** The processor, as `MachineOptions.cpu`. */
  cpu?: string | undefined;
  onPoweroff?: EndAction;
  onReboot?: EndAction;
  onCrash?: EndAction;
  /** How many instructions make a second of guest time; 100 million when not given. */
  instructionsPerSecond?: number;
  /** Wall-clock time at the domain's start; 2026-01-01 00:00:00 UTC when not given. */
  startTime?: Date;
}

/** How a domain ended for good. */
export interface DomainEnd {
  reason: ShutdownReason;
  /** One line: what happened and what was done. */
  text: string;
}

/** The options do not fit. */
export class DomainOptionsError extends Error {
  override readonly name = "DomainOptionsError";

  constructor(
    readonly expected: string,
    readonly found: string,
  ) {
    super(`expected ${expected}, found ${found}`);
  }
}

const MIB = 0x10_0000;
const DEFAULT_MEMORY = 32 * MIB;
const DEFAULT_SPEED = 100_000_000;
/** How many instructions run between two looks at `until`. */
const LOOK_EVERY = 50_000;
const HALTS_BETWEEN_LOOKS = 4;
/** A domain that ends sooner than this after its start is restarted only so often in a row. */
const QUICK_END_NS = 60e9;
export const MOST_QUICK_RESTARTS = 3;
const STATE_VERSION = 1;

export class DomainMachine {
  readonly screen: Terminal;
  readonly keyboard: ConsoleKeyboard;
  /** The console, once more, as a serial line. */
  readonly serial: readonly ConsoleLine[];
  /** Nothing writes to a debug port here. */
  readonly debugLog = "";
  /** Called with each line that the hypervisor has to say. */
  onLog: ((line: string) => void) | undefined;

  private readonly cpu: Cpu;
  private readonly clock: Clock;
  private readonly domain: Domain;
  private readonly nsPerInstruction: number;
  private idleNs = 0;
  private sliceEndNs = Number.POSITIVE_INFINITY;
  private startedNs = 0;
  private quickEnds = 0;
  private lines: string[] = [];
  private ending: ShutdownReason | undefined;
  private ended: DomainEnd | undefined;

  static create(options: DomainMachineOptions): DomainMachine {
    return new DomainMachine(options);
  }

  private constructor(private readonly options: DomainMachineOptions) {
    const memoryBytes = options.memoryBytes ?? DEFAULT_MEMORY;
    if (!Number.isInteger(memoryBytes / MIB) || memoryBytes < MIB || memoryBytes > MOST_DOMAIN_MIB * MIB) {
      throw new DomainOptionsError(`memory of 1 to ${MOST_DOMAIN_MIB} whole MiB`, `${memoryBytes} bytes`);
    }
    this.nsPerInstruction = Math.max(1, Math.round(1e9 / (options.instructionsPerSecond ?? DEFAULT_SPEED)));
    const layout = layoutFor(memoryBytes);
    this.cpu = Cpu.create({
      module: options.core,
      memoryBytes: layout.memoryBytes,
      engine: options.engine,
      model: options.cpu,
      // No device is the guest's, and no line of theirs.
      bus: {
        readPort: () => 0xffff_ffff,
        writePort: () => {},
        readMemory: () => 0xffff_ffff,
        writeMemory: () => {},
        acknowledgeInterrupt: () => 0,
      },
      onTrap: (trap) => {
        this.domain.onTrap(trap);
        // The hypervisor's work has passed time.
        if (this.timeNs >= this.sliceEndNs) this.cpu.stop();
      },
    });
    this.clock = new Clock(
      () => this.timeNs,
      (deadlineNs) => {
        if (deadlineNs < this.sliceEndNs) this.cpu.stop();
      },
    );
    this.domain = new Domain({
      cpu: this.cpu,
      clock: this.clock,
      layout,
      image: options.image,
      name: options.name,
      startTime: options.startTime ?? new Date(Date.UTC(2026, 0, 1)),
      nsPerInstruction: this.nsPerInstruction,
      onShutdown: (reason, report) => {
        this.ending = reason;
        for (const line of report) this.say(line);
      },
    });
    const { console } = this.domain;
    this.screen = console.terminal;
    this.keyboard = new ConsoleKeyboard(console);
    this.serial = [new ConsoleLine(console)];
    this.domain.build();
  }

  /** Instructions of the guest. */
  get instructions(): number {
    return this.cpu.instructions;
  }

  /** Guest time in ns: instructions, the hypervisor's work, and the time that the guest waited. */
  get timeNs(): number {
    return this.idleNs + (this.cpu.instructions + this.domain.work) * this.nsPerInstruction;
  }

  /** While the guest waits: when something will next wake it, if no input comes. Else now. */
  get idleUntilNs(): number {
    return this.domain.asleep ? this.clock.nextDeadlineNs() : this.timeNs;
  }

  /** All that the hypervisor said, by line: reports of crashes, what became of the domain. */
  get log(): readonly string[] {
    return this.lines;
  }

  /** How the domain ended; undefined while it runs. */
  get end(): DomainEnd | undefined {
    return this.ended;
  }

  /** There are none. */
  disk(_place: number): undefined {
    return undefined;
  }

  /** Runs until a limit is reached or the domain has ended: `powerOff`, `dead` after a crash, `halted` when nothing can wake it. */
  run(limits: RunLimits = {}): StopReason {
    const lastInstruction = this.instructions + (limits.instructions ?? Number.POSITIVE_INFINITY);
    const lastNs = limits.timeNs ?? Number.POSITIVE_INFINITY;
    const until = limits.until ?? (() => false);
    let nextLook = this.instructions;
    let waits = 0;
    let pass = limits.pass ?? false;
    for (;;) {
      if (this.ending !== undefined) this.finish(this.ending);
      if (this.ended) return this.ended.reason === "crash" ? "dead" : "powerOff";
      this.domain.serveConsole();
      this.clock.fireDue();
      this.domain.deliverEvents();
      if (this.ending !== undefined) continue;
      if (this.instructions >= nextLook || waits >= HALTS_BETWEEN_LOOKS) {
        if (until()) return "until";
        nextLook = this.instructions + LOOK_EVERY;
        waits = 0;
      }
      if (this.instructions >= lastInstruction) return "instructions";
      if (this.timeNs >= lastNs) return "time";
      const deadlineNs = Math.min(this.clock.nextDeadlineNs(), lastNs);
      if (this.domain.asleep) {
        if (this.clock.nextDeadlineNs() === Number.POSITIVE_INFINITY) return until() ? "until" : "halted";
        this.idleNs += Math.max(0, deadlineNs - this.timeNs);
        waits++;
        continue;
      }
      const untilDeadline = Math.max(1, Math.ceil((deadlineNs - this.timeNs) / this.nsPerInstruction));
      const slice = Math.min(untilDeadline, lastInstruction - this.instructions, nextLook - this.instructions);
      this.sliceEndNs = this.timeNs + slice * this.nsPerInstruction;
      if (pass) this.cpu.stepOver();
      else this.cpu.run(slice);
      pass = false;
      if (this.cpu.atBreakpoint) return "breakpoint";
    }
  }

  /** Instructions, by linear address, before which `run` stops; in place of those before. The guest sees nothing of them. */
  setBreakpoints(linearAddresses: Iterable<number>): void {
    this.cpu.setBreakpoints(linearAddresses);
  }

  /** Does with the domain that just ended what its options say. */
  private finish(reason: ShutdownReason): void {
    this.ending = undefined;
    const { onPoweroff = "destroy", onReboot = "restart", onCrash = "destroy", name } = this.options;
    const [key, action] =
      reason === "crash"
        ? (["on_crash", onCrash] as const)
        : reason === "reboot"
          ? (["on_reboot", onReboot] as const)
          : (["on_poweroff", onPoweroff] as const);
    const what = WORDS[reason];
    const quick = this.timeNs - this.startedNs < QUICK_END_NS;
    this.quickEnds = quick ? this.quickEnds + 1 : 0;
    if (action === "restart" && this.quickEnds <= MOST_QUICK_RESTARTS) {
      this.say(`domain ${name} ${what}; ${key} = "restart": restarted`);
      this.startedNs = this.timeNs;
      this.domain.build();
      return;
    }
    const refused = `ended ${this.quickEnds} times within a minute of its start, not restarted again`;
    const done = action === "restart" ? refused : action === "preserve" ? "preserved as it is" : "destroyed";
    const text = `domain ${name} ${what}; ${key} = "${action}": ${done}`;
    // What a guest meant to do and has done needs no word.
    if (reason !== "poweroff" || action !== "destroy") this.say(text);
    if (action !== "preserve") this.domain.destroy();
    // A reboot that is refused is no clean end.
    this.ended = { reason: reason === "reboot" && action === "restart" ? "crash" : reason, text };
  }

  private say(line: string): void {
    this.lines.push(line);
    this.onLog?.(line);
  }

  registers(): Record<string, number> {
    return this.cpu.registers.all();
  }

  /** The machine's memory, by machine address. */
  get memory(): GuestMemory {
    return this.cpu.memory;
  }

  /** The whole machine as bytes: a machine made with the same options goes on from there exactly as this one. */
  save(): Uint8Array {
    return encodeSnapshot({
      version: STATE_VERSION,
      kind: "domain",
      cpu: this.cpu.save(),
      timers: this.clock.save(),
      domain: this.domain.save(),
      idleNs: this.idleNs,
      startedNs: this.startedNs,
      quickEnds: this.quickEnds,
      lines: this.lines.join("\n"),
      ending: this.ending ?? null,
      ended: this.ended ? { reason: this.ended.reason, text: this.ended.text } : null,
    });
  }

  /** Goes on from a saved state; throws SnapshotError (or a part's own error) when it is not one of such a machine. */
  restore(bytes: Uint8Array): void {
    const state = decodeSnapshot(bytes);
    if (state["version"] !== STATE_VERSION || state["kind"] !== "domain") {
      throw new SnapshotError(0, `a domain, version ${STATE_VERSION}`, `version ${String(state["version"])}`);
    }
    this.cpu.load(stateField(state, "cpu"));
    this.domain.load(stateField(state, "domain"));
    this.clock.load(stateField(state, "timers") as Record<string, number>);
    this.idleNs = numberField(state, "idleNs");
    this.startedNs = numberField(state, "startedNs");
    this.quickEnds = numberField(state, "quickEnds");
    this.lines = textField(state, "lines")
      .split("\n")
      .filter((line) => line !== "");
    this.ending = reasonOf(state["ending"]);
    this.ended = undefined;
    if (state["ended"] !== null) {
      const ended = stateField(state, "ended");
      this.ended = { reason: reasonOf(ended["reason"]) ?? "crash", text: textField(ended, "text") };
    }
  }
}

const WORDS: Record<ShutdownReason, string> = {
  poweroff: "powered off",
  reboot: "rebooted",
  suspend: "suspended, and there is nobody to resume it",
  crash: "crashed",
};

function reasonOf(value: unknown): ShutdownReason | undefined {
  return value === "poweroff" || value === "reboot" || value === "suspend" || value === "crash" ? value : undefined;
}

/** Typing goes straight to the console, which keeps it until the guest reads. */
export class ConsoleKeyboard {
  constructor(private readonly console: DomainConsole) {}

  press(code: string): void {
    this.console.press(code);
  }

  release(code: string): void {
    this.console.release(code);
  }

  type(input: string | readonly KeyStroke[]): void {
    this.console.type(typeof input === "string" ? strokesOf(input) : input);
  }

  get idle(): boolean {
    return !this.console.hasInput;
  }
}

/** The console as bytes. */
export class ConsoleLine {
  constructor(private readonly console: DomainConsole) {}

  set onByte(listener: ((byte: number) => void) | undefined) {
    this.console.onByte = listener;
  }

  get onByte(): ((byte: number) => void) | undefined {
    return this.console.onByte;
  }

  get output(): string {
    return this.console.output;
  }

  send(bytes: Uint8Array): void {
    this.console.send(bytes);
  }
}
