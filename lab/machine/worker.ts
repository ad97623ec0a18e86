// The machine's Web Worker: takes requests, answers each, and runs the guest in between. It has no DOM, no storage and asks for
// nothing but this page's own files; a guest reaches none of that.

import biosUrl from "../../dist/bios.bin?url";
import coreUrl from "../../dist/core.wasm?url";
import { readLinear } from "../../pc/address.ts";
import { Builder } from "./build.ts";
import type { Failure, Handlers, RequestMessage, WorkerMessage } from "./protocol.ts";
import { Runner } from "./runner.ts";

/** A worker's own side of the port; the DOM's types know only a page's. */
interface Port {
  postMessage(message: WorkerMessage, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<RequestMessage>) => void) | null;
}
const port = self as unknown as Port;

const emit = (message: WorkerMessage, transfer?: Transferable[]) => port.postMessage(message, transfer);

// A message to oneself comes after those that wait, and without the delay of a timer.
const channel = new MessageChannel();
const soonActions: (() => void)[] = [];
channel.port1.onmessage = () => soonActions.shift()?.();

const runner = new Runner({
  now: () => performance.now(),
  emit,
  soon: (action) => {
    soonActions.push(action);
    channel.port2.postMessage(undefined);
  },
  later: (ms, action) => {
    const timer = setTimeout(action, ms);
    return { cancel: () => clearTimeout(timer) };
  },
});

const builder = new Builder({ core: coreUrl, bios: biosUrl }, (loaded, total) =>
  emit({ type: "progress", loaded, total }),
);
// Whatever is booted needs them; the request that follows says what went wrong, if something did.
builder.prepare().catch(() => {});

function guest() {
  if (!runner.guest) throw new Error("no machine yet");
  return runner.guest;
}

const handlers: Handlers = {
  boot: async (plan) => runner.insert(await builder.build(plan)),
  run: () => runner.run(),
  pause: () => runner.pause(),
  reset: () => runner.reset(),
  step: (count) => runner.step(count),
  stepOver: () => runner.stepOver(),
  stepOut: () => runner.stepOut(),
  stepLine: (first, end) => runner.stepLine({ first, end }),
  runTo: (linear) => runner.runTo({ linear, above: 0 }),
  setBreakpoints: (linearAddresses) => runner.setBreakpoints(linearAddresses),
  setTrace: (points) => runner.setTrace(points),
  setSpeed: (instructionsPerSecond) => runner.setSpeed(instructionsPerSecond),
  key: (code, down) => {
    const { keyboard } = guest();
    if (down) keyboard.press(code);
    else keyboard.release(code);
    runner.input();
  },
  type: (text) => {
    guest().keyboard.type(text);
    runner.input();
  },
  send: (line, bytes) => {
    guest().serial[line]?.send(bytes);
    runner.input();
  },
  save: () => guest().save(),
  restore: (bytes) => {
    guest().restore(bytes);
    runner.refresh();
  },
  registers: () => guest().registers(),
  readMemory: (physicalAddress, length) => guest().memory.read(physicalAddress, length),
  readLinear: (linear, length) => {
    const { cr0, cr3, cr4 } = guest().registers();
    return readLinear(guest().memory, { cr0, cr3, cr4 }, linear, length);
  },
  devices: () => {
    const machine = guest();
    return "deviceStates" in machine ? machine.deviceStates() : {};
  },
  record: (isOn) => runner.recording.set(isOn),
  recorded: (from, most) => runner.recording.read(from, most),
  shown: () => runner.shown(),
};

port.onmessage = async ({ data }) => {
  const { id } = data;
  try {
    emit({ type: "reply", reply: { id, result: await answer(data) } });
  } catch (error) {
    emit({ type: "reply", reply: { id, failure: failureOf(error) } });
  }
};

/** Calls the handler of a request; the compiler cannot see that name and arguments belong together. */
function answer({ name, args }: RequestMessage): unknown {
  const handler = handlers[name] as (...args: unknown[]) => unknown;
  return handler(...args);
}

/** An error that says what it expected and found is about what the person gave us; any other is a fault of ours. */
function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error), isInput: false };
  const isInput = "expected" in error || error.name === "SourceError";
  return { message: error.message, isInput };
}
