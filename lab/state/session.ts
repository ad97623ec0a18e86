// One machine of the page: its worker, and what is known of it as signals. The page shows the one in `current`.

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { InputError } from "../../media/errors.ts";
import type { ScreenStill } from "../../pc/still.ts";
import { type MachineClient, RequestError, startMachine } from "../machine/client.ts";
import type { BootPlan } from "../machine/plan.ts";
import type { MachineEvent, MachineStatus } from "../machine/protocol.ts";
import type { TraceEvent } from "../machine/trace.ts";
import { playTone } from "../sound/speaker.ts";

/** Why there is no machine to look at. `image`: what was given cannot be booted; `crash`: a defect of ours. */
export interface SessionFailure {
  kind: "image" | "crash";
  message: string;
}

const NO_STATUS: MachineStatus = { state: "empty", instructions: 0, timeNs: 0, mips: 0, load: 0, eip: 0, linear: 0 };
/** Of a serial line or the log, what is kept for a view that opens later. */
const LARGEST_TEXT = 1 << 20;

type SerialListener = (port: number, bytes: Uint8Array) => void;

export class Session {
  /** Called with each picture; `client.tell("shown")` asks for the next. */
  onPicture: ((still: ScreenStill) => void) | undefined;
  readonly status: ReadonlySignal<MachineStatus>;
  readonly progress: ReadonlySignal<{ loaded: number; total: number } | undefined>;
  readonly failure: ReadonlySignal<SessionFailure | undefined>;
  readonly log: ReadonlySignal<string>;
  /** Instructions a second; null: full speed. */
  readonly speed: Signal<number | null> = signal(null);
  /** What was booted last. */
  readonly plan: ReadonlySignal<BootPlan | undefined>;
  /** All that each serial line sent, one character a byte. */
  readonly serialOutput: string[] = ["", ""];
  /** The last picture, for a screen that comes later. */
  picture: ScreenStill | undefined;

  private readonly serialListeners = new Set<SerialListener>();
  private readonly traceListeners = new Set<(events: readonly TraceEvent[]) => void>();
  private worker: MachineClient;
  private readonly statusState = signal(NO_STATUS);
  private readonly progressState = signal<{ loaded: number; total: number } | undefined>(undefined);
  private readonly failureState = signal<SessionFailure | undefined>(undefined);
  private readonly logState = signal("");
  private readonly planState = signal<BootPlan | undefined>(undefined);

  constructor(private readonly start: () => MachineClient = startMachine) {
    this.status = this.statusState;
    this.progress = this.progressState;
    this.failure = this.failureState;
    this.log = this.logState;
    this.plan = this.planState;
    this.worker = this.connect();
  }

  get client(): MachineClient {
    return this.worker;
  }

  /** Makes the machine and runs it. A plan that cannot be booted ends in `failure`. */
  async boot(plan: BootPlan): Promise<void> {
    if (this.failureState.value?.kind === "crash") this.worker = this.connect();
    this.failureState.value = undefined;
    this.planState.value = plan;
    this.progressState.value = { loaded: 0, total: 0 };
    this.logState.value = "";
    this.serialOutput.fill("");
    try {
      await this.worker.call("boot", plan);
      this.worker.tell("setSpeed", this.speed.value);
      await this.worker.call("run");
    } catch (error) {
      // A worker that broke down has said so itself.
      if (!(error instanceof RequestError)) throw error;
      this.failureState.value ??= { kind: error.isInput ? "image" : "crash", message: error.message };
    } finally {
      this.progressState.value = undefined;
    }
  }

  /** Waits for `restart` with a plan at hand. */
  prepare(plan: BootPlan): void {
    this.planState.value = plan;
  }

  /** What was given cannot be used; the machine, if there is one, goes on. */
  refuse(message: string): void {
    this.failureState.value = { kind: "image", message };
  }

  /** Puts away what `failure` says. */
  forgive(): void {
    this.failureState.value = undefined;
  }

  /**
   * Goes on from a saved state of this machine, paused.
   * @throws InputError when it is a state of another
   */
  async restore(head: { name: string; kind: string }, snapshot: Uint8Array, file: string): Promise<void> {
    const plan = this.planState.value;
    if (!plan || plan.name !== head.name || plan.kind !== head.kind) {
      const expected = `a state of ${plan?.name ?? "a machine"}`;
      throw new InputError({ file, expected, found: `one of ${head.name}: open that first` });
    }
    try {
      this.failureState.value = undefined;
      await this.worker.call("pause");
      await this.worker.call("restore", snapshot);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      // A state that was begun to be loaded leaves no machine behind that makes sense.
      await this.restart();
      this.refuse(`${file}: ${error.message}`);
    }
  }

  /** The same machine anew, after it stopped for good. */
  async restart(): Promise<void> {
    if (this.planState.value) await this.boot(this.planState.value);
  }

  setSpeed(instructionsPerSecond: number | null): void {
    this.speed.value = instructionsPerSecond;
    this.worker.tell("setSpeed", instructionsPerSecond);
  }

  /** Calls with what the serial lines send, until the function it gives is called. */
  listenSerial(listener: SerialListener): () => void {
    this.serialListeners.add(listener);
    return () => this.serialListeners.delete(listener);
  }

  /** Calls with what `setTrace` notes, until the function it gives is called. */
  listenTrace(listener: (events: readonly TraceEvent[]) => void): () => void {
    this.traceListeners.add(listener);
    return () => this.traceListeners.delete(listener);
  }

  /** Run if it stands, pause if it runs. */
  toggle(): void {
    this.worker.tell(this.statusState.value.state === "running" ? "pause" : "run");
  }

  /** The reset button; a machine that switched itself off is switched on again. */
  reset(): void {
    if (this.statusState.value.state === "off" || this.planState.value?.kind === "domain") void this.restart();
    else this.worker.tell("reset");
  }

  private connect(): MachineClient {
    const client = this.start();
    client.onEvent = (event) => this.take(event);
    client.onCrash = (message) => {
      this.failureState.value = { kind: "crash", message };
      this.statusState.value = NO_STATUS;
    };
    return client;
  }

  private take(event: MachineEvent): void {
    switch (event.type) {
      case "status":
        this.statusState.value = event.status;
        return;
      case "picture":
        this.picture = event.still;
        // Who does not look need not be waited for.
        if (this.onPicture) this.onPicture(event.still);
        else this.worker.tell("shown");
        return;
      case "serial": {
        const text = Array.from(event.bytes, (byte) => String.fromCharCode(byte)).join("");
        this.serialOutput[event.port] = (this.serialOutput[event.port] + text).slice(-LARGEST_TEXT);
        for (const listener of this.serialListeners) listener(event.port, event.bytes);
        return;
      }
      case "trace":
        for (const listener of this.traceListeners) listener(event.events);
        return;
      case "tone":
        playTone(event.hz);
        return;
      case "log":
        this.logState.value = (this.logState.value + event.text).slice(-LARGEST_TEXT);
        return;
      case "progress":
        if (this.progressState.value) this.progressState.value = event;
        return;
    }
  }
}
