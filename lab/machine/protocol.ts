// What the page and the machine's worker say to each other: requests, each with one answer, and events.
// A further request is a line in `Requests` and a handler in `worker.ts`; nothing else knows the list.

import type { DeviceState } from "../../pc/bus.ts";
import type { DiskActivity, MachineEvent as RecordedEvent } from "../../pc/recorder.ts";
import type { ScreenStill } from "../../pc/still.ts";
import type { BootPlan } from "./plan.ts";
import type { TraceEvent, TracePoint } from "./trace.ts";

/** What the page asks, by name: arguments and answer. */
export interface Requests {
  /** Makes the machine, in place of the one before, powered on; `run` starts it. */
  boot(plan: BootPlan): void;
  run(): void;
  pause(): void;
  /** The reset button. */
  reset(): void;
  /** Runs so many instructions and pauses. */
  step(count: number): void;
  /** One instruction, but a call or a repeated one as a whole. */
  stepOver(): void;
  /** Until the function returns, which must keep a frame pointer. */
  stepOut(): void;
  /** Through the instructions [first, end) of a source line, calls as one. */
  stepLine(first: number, end: number): void;
  runTo(linearAddress: number): void;
  /** Stops before these instructions, in place of those before. Linear addresses. */
  setBreakpoints(linearAddresses: readonly number[]): void;
  /** Notes what it sees at these points, in place of those before; `trace` events tell. */
  setTrace(points: readonly TracePoint[]): void;
  /** Instructions a second of the host's time; null: as the guest's clock says, as fast as the host can. */
  setSpeed(instructionsPerSecond: number | null): void;
  /** A key goes down or up; `code` is a W3C `KeyboardEvent.code`. */
  key(code: string, down: boolean): void;
  /** Types when the guest waits for input. */
  type(text: string): void;
  /** Bytes to a serial line. */
  send(port: number, bytes: Uint8Array): void;
  /** The whole machine as bytes. */
  save(): Uint8Array;
  restore(bytes: Uint8Array): void;
  registers(): Record<string, number>;
  /** Guest memory by physical address; what lies outside RAM reads as 0xFF. */
  readMemory(physicalAddress: number, length: number): Uint8Array;
  /** Guest memory by linear address, through the present page tables; what is not there reads as 0xFF. */
  readLinear(linearAddress: number, length: number): Uint8Array;
  /** The registers of the devices by their names; nothing of a domain, which has none. */
  devices(): Record<string, DeviceState>;
  /** From here on the machine, and those after it, note what they do, beginning with an empty record; or no longer. */
  record(isOn: boolean): void;
  /** What was noted from event number `from` on, of many the newest `most`. */
  recorded(from: number, most: number): Recording;
  /** The page has drawn the last picture and can take the next. */
  shown(): void;
}

export interface Recording {
  /** Which record it is: each machine and each `record(true)` begins another. 0: there is none yet. */
  id: number;
  isOn: boolean;
  /** Events noted so far. */
  total: number;
  events: RecordedEvent[];
  disks: DiskActivity[];
}

/** What the machine is doing. `halted`: for ever; `off`: by the guest; `dead`: a triple fault, or a domain that crashed. */
export type MachineState = "empty" | "running" | "paused" | "halted" | "off" | "dead";

export type StopCause = "pause" | "step" | "breakpoint";

export interface MachineStatus {
  state: MachineState;
  instructions: number;
  /** Guest time. */
  timeNs: number;
  /** Millions of instructions a second of host time in which the guest ran, lately. */
  mips: number;
  /** Share of host time in which the guest ran, lately: 0 to 1. */
  load: number;
  /** CS's base plus EIP. */
  linear: number;
  eip: number;
  /** Why it paused last: the person's button, a step that is done, or a breakpoint. */
  stop?: StopCause;
  /** The domain's end or the machine's, in words, where there are any. */
  detail?: string;
}

/** What the worker tells without being asked. */
export type MachineEvent =
  | { type: "status"; status: MachineStatus }
  | { type: "picture"; still: ScreenStill }
  | { type: "serial"; port: number; bytes: Uint8Array }
  /** The speaker's tone; 0: silence. */
  | { type: "tone"; hz: number }
  /** Text of the debug port, or of the hypervisor. */
  | { type: "log"; text: string }
  | { type: "trace"; events: TraceEvent[] }
  /** How much of what the machine needs has come. */
  | { type: "progress"; loaded: number; total: number };

export type RequestName = keyof Requests;

export type RequestMessage = {
  [K in RequestName]: { id: number; name: K; args: Parameters<Requests[K]> };
}[RequestName];

/** An error as it crosses: what a person reads, and whether it is about what they gave us. */
export interface Failure {
  message: string;
  isInput: boolean;
}

export type ReplyMessage = { id: number; result: unknown } | { id: number; failure: Failure };

export type WorkerMessage = { type: "reply"; reply: ReplyMessage } | MachineEvent;

/** The handlers of the worker: as the requests, but free to take their time. */
export type Handlers = {
  [K in RequestName]: (...args: Parameters<Requests[K]>) => ReturnType<Requests[K]> | Promise<ReturnType<Requests[K]>>;
};
