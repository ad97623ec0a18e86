// Runs the machine inside the worker: slice by slice, so that keys and questions come in between, at the pace that the person
// chose; tells what has changed after each slice, and how fast it went four times a second.

import type { StopReason } from "../../pc/machine.ts";
import type { AnyMachine } from "./build.ts";
import { Pace, type Turn } from "./pace.ts";
import type { MachineEvent, MachineState, MachineStatus, StopCause } from "./protocol.ts";
import { RecordingKeeper } from "./recording-keeper.ts";
import { type Goal, isReached, outGoal, overGoal, positionOf, type Range, throughRange } from "./stepper.ts";
import { Trace, type TracePoint } from "./trace.ts";

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
  /** The speaker's tone, as told. */
  private hz = 0;
  /** Linear addresses at which the person wants it to stop. */
  private breakpoints: ReadonlySet<number> = new Set();
  /** What a larger step runs to, and the line that it then goes on through. */
  private goal: Goal | undefined;
  private range: Range | undefined;
  private stop: StopCause | undefined;
  private readonly trace = new Trace();
  readonly recording = new RecordingKeeper();
  /** The next slice begins at an instruction that may have a breakpoint at which the machine stopped already. */
  private pass = false;
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
    this.goal = undefined;
    this.range = undefined;
    this.stop = undefined;
    this.arm();
    this.recording.insert(machine);
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
    this.stop = undefined;
    this.pass = true;
    this.pace.start(this.host.now(), this.machine.timeNs);
    this.since = { ms: this.host.now(), instructions: this.machine.instructions, busyMs: 0 };
    this.tell();
    this.wake();
  }

  pause(): void {
    if (this.state !== "running") return;
    this.halt("pause");
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
    this.halt("step");
    this.end(machine.run({ instructions: count, pass: true }));
    this.look();
    this.tell();
  }

  /** Stops before these instructions, in place of those before. */
  setBreakpoints(linearAddresses: readonly number[]): void {
    this.breakpoints = new Set(linearAddresses);
    this.arm();
  }

  /** Notes what it sees at these points and goes on, in place of those before. */
  setTrace(points: readonly TracePoint[]): void {
    this.trace.set(points);
    this.arm();
  }

  stepOver(): void {
    const goal = this.machine && overGoal(this.machine);
    if (goal) this.runTo(goal);
    else this.step(1);
  }

  stepOut(): void {
    if (this.machine) this.runTo(outGoal(this.machine));
  }

  /** Runs to a place, unless something else stops the machine first. */
  runTo(goal: Goal): void {
    if (this.state === "running") this.halt("step");
    this.goal = goal;
    this.arm();
    this.run();
  }

  /** Runs until the instructions of a line are left. */
  stepLine(range: Range): void {
    this.halt("step");
    this.range = range;
    this.advance();
  }

  /** Steps through the line; where that needs time, the runner's turns do it. */
  private advance(): void {
    const { machine, range } = this;
    if (!machine || !range) return;
    const result = throughRange(machine, range);
    if (result === false) this.host.soon(() => this.advance());
    else if (result === true) this.arrive();
    else this.runTo({ ...result });
  }

  /** A step is done. */
  private arrive(): void {
    this.halt("step");
    this.look();
    this.tell();
  }

  /** Stands still, with nothing more to reach. */
  private halt(cause: StopCause): void {
    this.leave("paused");
    this.stop = cause;
    this.goal = undefined;
    this.range = undefined;
    this.arm();
  }

  /** The machine's breakpoints: the person's, the goal's and those where something is noted. */
  private arm(): void {
    const goal = this.goal ? [this.goal.linear] : [];
    this.machine?.setBreakpoints(new Set([...this.breakpoints, ...this.trace.addresses, ...goal]));
  }

  /** The machine stands at a breakpoint: it stays, or the step goes on. */
  private atBreakpoint(machine: AnyMachine): void {
    const position = positionOf(machine);
    const { goal, range } = this;
    this.trace.note(machine, position.linear);
    if (goal && isReached(goal, position)) {
      this.goal = undefined;
      this.arm();
      const inside = range && position.linear >= range.first && position.linear < range.end;
      if (inside) {
        this.leave("paused");
        this.advance();
      } else this.halt("step");
    } else if (this.breakpoints.has(position.linear)) this.halt("breakpoint");
    else this.pass = true;
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
    const { pass } = this;
    this.pass = false;
    const reason = machine.run({ ...turn, pass, until: () => this.host.now() >= endMs });
    if (reason === "breakpoint") this.atBreakpoint(machine);
    else this.end(reason);
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
    const hz = this.state === "running" && "speakerHz" in machine ? machine.speakerHz : 0;
    if (hz !== this.hz) this.host.emit({ type: "tone", hz });
    this.hz = hz;
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
    const events = this.trace.take();
    if (events.length > 0) this.host.emit({ type: "trace", events });
    this.host.emit({ type: "status", status: this.status() });
  }

  private status(): MachineStatus {
    const { machine, state, figures } = this;
    if (!machine) return { state, instructions: 0, timeNs: 0, mips: 0, load: 0, eip: 0, linear: 0 };
    const { instructions, timeNs } = machine;
    const detail = "end" in machine ? machine.end?.text : undefined;
    const { linear } = positionOf(machine);
    const stop = state === "paused" ? this.stop : undefined;
    return { state, instructions, timeNs, ...figures, linear, eip: machine.registers()["eip"], stop, detail };
  }
}
