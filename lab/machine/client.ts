// The page's side of the machine's worker: requests as promises, events to one listener. When the worker itself breaks down, every open
// request fails and `onCrash` says so; a new client is a new machine.

import type { Failure, MachineEvent, ReplyMessage, RequestName, Requests, WorkerMessage } from "./protocol.ts";

/** A request that the worker refused. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  /** It is about what the person gave us (an image, a state), not a fault of ours. */
  readonly isInput: boolean;

  constructor({ message, isInput }: Failure) {
    super(message);
    this.isInput = isInput;
  }
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** A worker as the client sees it. */
export interface WorkerPort {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<WorkerMessage>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

export class MachineClient {
  onEvent: ((event: MachineEvent) => void) | undefined;
  /** The worker broke down: what it said. */
  onCrash: ((message: string) => void) | undefined;
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private crashed: string | undefined;

  constructor(private readonly worker: WorkerPort) {
    worker.onmessage = ({ data }) => {
      if (data.type === "reply") this.settle(data.reply);
      else this.onEvent?.(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.crash(event.message || "the machine's worker could not be started");
    };
  }

  /** Asks the worker; its answers come in the order of the questions, but for those that wait for the network. */
  call<K extends RequestName>(name: K, ...args: Parameters<Requests[K]>): Promise<ReturnType<Requests[K]>> {
    if (this.crashed !== undefined) return Promise.reject(new RequestError({ message: this.crashed, isInput: false }));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      // The worker's handler of this name gives this type.
      this.pending.set(id, { resolve: (result) => resolve(result as ReturnType<Requests[K]>), reject });
      this.worker.postMessage({ id, name, args });
    });
  }

  /** The same where nobody waits for the answer: a failure is the crash's to tell. */
  tell<K extends RequestName>(name: K, ...args: Parameters<Requests[K]>): void {
    this.call(name, ...args).catch(() => {});
  }

  /** Ends the worker and with it the machine. */
  close(): void {
    this.worker.terminate();
    this.fail("closed");
  }

  private settle(reply: ReplyMessage): void {
    const pending = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    if ("failure" in reply) pending?.reject(new RequestError(reply.failure));
    else pending?.resolve(reply.result);
  }

  private crash(message: string): void {
    this.worker.terminate();
    this.fail(message);
    this.onCrash?.(message);
  }

  private fail(message: string): void {
    this.crashed = message;
    const open = [...this.pending.values()];
    this.pending.clear();
    for (const { reject } of open) reject(new RequestError({ message, isInput: false }));
  }
}

/** A machine in a worker of its own. */
export function startMachine(): MachineClient {
  return new MachineClient(new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "machine" }));
}
