// Runs the machine inside the worker: slice by slice, so that keys and questions come in between, at the pace that the person
// chose; tells what has changed after each slice, and how fast it went four times a second.

import type { StopReason } from "../../pc/machine.ts";
import type { AnyMachine } from "./build.ts";
import { Pace, type Turn } from "./pace.ts";
import type { MachineEvent, MachineState, MachineStatus } from "./protocol.ts";

/** What the runner needs of its host; the worker gives the real ones. */
export interface RunnerHost {
  now(): number;
  emit(event: MachineEvent, transfer?: Transferable[]): void;
  /** Calls back soon, after the messages that wait. */
  soon(action: () => void): void;
  later(ms: number, action: () => void): { cancel(): void };
}

/** Host time in one slice: a message waits no longer than this. */
const SLICE_MS = 8;
/** Nothing is waited for longer than this: a sleeping guest's figures stay true. */
const LONGEST_WAIT_MS = 250;
const STATUS_MS = 250;
/** The guest's first seconds, in which firmware waits for drives, pass as fast as they can. */
const HURRY_NS = 2e9;

export class Runner {
  private pace = new Pace(HURRY_NS);
  private state: MachineState = "empty";
  private machine: AnyMachine | undefined;
  private waiting: { cancel(): void } | undefined;
  private soonRequested = false;
  /** The page has not yet drawn the picture before. */
  private pictureAway = false;
  private shownGeneration = -1;
  private serial: number[][] = [];
  private logLength = 0;
  /** Figures since the last status. */
  private since = { ms: 0, instructions: 0, busyMs: 0 };
  private figures = { mips: 0, load: 0 };

  constructor(private readonly host: RunnerHost) {}

  /** The machine; undefined before the first. */
  get guest(): AnyMachine | undefined {
    return this.machine;
  }

  /** A machine takes the place of the one before. It does not run yet. */
  insert(machine: AnyMachine): void {
    this.leave("paused");
    const ips = this.pace.instructionsPerSecond;
    this.pace = new Pace(HURRY_NS);
    this.pace.setSpeed(ips, this.host.now(), 0);
    this.machine = machine;
    this.shownGeneration = -1;
    this.logLength = 0;
    this.serial = machine.serial.map(() => []);
    machine.serial.forEach((line, port) => {
      line.onByte = (byte) => this.serial[port].push(byte);
    });
    if ("onLog" in machine) machine.onLog = (line) => this.host.emit({ type: "log", text: `${line}\n` });
    this.look();
    this.tell();
  }

  run(): void {
    if (!this.machine || this.state === "running" || this.state === "off") return;
    this.state = "running";
    this.pace.start(this.host.now(), this.machine.timeNs);
    this.since = { ms: this.host.now(), instructions: this.machine.instructions, busyMs: 0 };
    this.tell();
    this.wake();
  }

  pause(): void {
    if (this.state !== "running") return;
    this.leave("paused");
    this.look();
    this.tell();
  }

  /** The reset button; a machine that had stopped for good runs again. */
  reset(): void {
    const { machine } = this;
    if (!machine || !("reset" in machine)) return;
    machine.reset();
    this.look();
    if (this.state === "paused") this.tell();
    else this.run();
  }

  /** Runs so many instructions and pauses; a sleeping guest sleeps until its next event first. */
  step(count: number): void {
    const { machine } = this;
    if (!machine || this.state === "off" || this.state === "dead") return;
    this.leave("paused");
    this.end(machine.run({ instructions: count }));
    this.look();
    this.tell();
  }

  setSpeed(instructionsPerSecond: number | null): void {
    this.pace.setSpeed(instructionsPerSecond, this.host.now(), this.machine?.timeNs ?? 0);
    this.wake();
  }

  /** Something came in: a guest that sleeps or had nothing more to do may go on. */
  input(): void {
    if (this.state === "halted") this.run();
    else this.wake();
  }

  /** The page has drawn: it can have the next picture. */
  shown(): void {
    this.pictureAway = false;
    this.look();
  }

  /** After a change from outside (a restored state), everything is told anew. */
  refresh(): void {
    this.shownGeneration = -1;
    if (this.machine) this.pace.start(this.host.now(), this.machine.timeNs);
    this.look();
    this.tell();
  }

  private leave(state: MachineState): void {
    this.waiting?.cancel();
    this.waiting = undefined;
    if (this.machine) this.state = state;
  }

  /** Looks for work now: at once if nothing is planned, or in place of a wait. */
  private wake(): void {
    this.waiting?.cancel();
    this.waiting = undefined;
    if (this.state !== "running" || this.soonRequested) return;
    this.soonRequested = true;
    this.host.soon(() => {
      this.soonRequested = false;
      this.turn();
    });
  }

  private turn(): void {
    const { machine } = this;
    if (!machine || this.state !== "running") return;
    const before = this.host.now();
    const turn = this.pace.next(before, machine);
    const waitMs = "waitMs" in turn ? turn.waitMs : 0;
    if (!("waitMs" in turn)) this.slice(machine, turn, before);
    this.look();
    const now = this.host.now();
    this.since.busyMs += now - before;
    if (now - this.since.ms >= STATUS_MS) this.measure(machine, now);
    if (this.state !== "running") this.tell();
    else if (waitMs === 0) this.wake();
    else this.waiting = this.host.later(Math.min(waitMs, LONGEST_WAIT_MS), () => this.turn());
  }

  private slice(machine: AnyMachine, turn: Exclude<Turn, { waitMs: number }>, startMs: number): void {
    const endMs = startMs + SLICE_MS;
    const reason = machine.run({ ...turn, until: () => this.host.now() >= endMs });
    this.end(reason);
  }

  private end(reason: StopReason): void {
    if (reason === "halted") this.state = "halted";
    else if (reason === "powerOff") this.state = "off";
    else if (reason === "dead") this.state = "dead";
  }

  /** Tells what has changed on the screen, on the serial lines and in the log. */
  private look(): void {
    const { machine } = this;
    if (!machine) return;
    this.serial.forEach((bytes, port) => {
      if (bytes.length === 0) return;
      const sent = Uint8Array.from(bytes);
      this.serial[port].length = 0;
      this.host.emit({ type: "serial", port, bytes: sent }, [sent.buffer]);
    });
    const { debugLog } = machine;
    if (debugLog.length > this.logLength) {
      this.host.emit({ type: "log", text: debugLog.slice(this.logLength) });
    }
    this.logLength = debugLog.length;
    const { generation } = machine.screen;
    if (this.pictureAway || generation === this.shownGeneration) return;
    this.shownGeneration = generation;
    this.pictureAway = true;
    const still = machine.screen.still();
    const transfer = [still.memory.bytes.buffer].filter((buffer) => buffer instanceof ArrayBuffer);
    this.host.emit({ type: "picture", still }, transfer);
  }

  private measure(machine: AnyMachine, now: number): void {
    const { ms, instructions, busyMs } = this.since;
    const ran = machine.instructions - instructions;
    const passed = now - ms;
    this.figures = { mips: busyMs > 0 ? ran / busyMs / 1000 : 0, load: passed > 0 ? Math.min(1, busyMs / passed) : 0 };
    this.since = { ms: now, instructions: machine.instructions, busyMs: 0 };
    this.tell();
  }

  private tell(): void {
    this.host.emit({ type: "status", status: this.status() });
  }

  private status(): MachineStatus {
    const { machine, state, figures } = this;
    if (!machine) return { state, instructions: 0, timeNs: 0, mips: 0, load: 0, eip: 0 };
    const { instructions, timeNs } = machine;
    const detail = "end" in machine ? machine.end?.text : undefined;
    return { state, instructions, timeNs, ...figures, eip: machine.registers()["eip"] ?? 0, detail };
  }
}
