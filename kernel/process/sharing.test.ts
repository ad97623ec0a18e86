import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../testing.ts";
import { compileThreads, ThreadSimulation } from "../testing-threads.ts";

// What programs share: pipes and named semaphores, between threads in Node that the clock interrupts anywhere. The threads have no
// programs; what a process is to a semaphore, its set of open ones, the kernel's own process has as well.
const SOURCE = `
import { enableInterrupts } from "./platform/interrupts.ts";
import { closeFile, File, openFileCount, pollFile, readFile, retainFile, writeFile } from "./fs/file.ts";
import { initializePipes, makePipe } from "./process/pipe.ts";
import { kernelProcess } from "./process/process.ts";
import { closeSemaphore, giveSemaphore, openSemaphore, releaseSemaphores, semaphoreTotal, takeSemaphore } from "./process/semaphores.ts";
import { interruptThread } from "./thread/scheduler.ts";
import { allocateFrames, releaseFrames } from "./memory/frames.ts";
import { calloc, free, malloc } from "./memory/heap.ts";
export { allocateFrames, free, malloc, openFileCount, releaseFrames, semaphoreTotal };
export function tryPipe(): i32 { initializePipes(); return makePipe(ends); }

const ends = memory.data(8, 4);
const input = memory.data(8192);
const output = memory.data(8192);
let state: u32 = 1;
function random(limit: u32): u32 { state = state * 1103515245 + 12345; return (state >> 8) % limit; }
function reader(): File { return changetype<File>(load<u32>(ends) as usize); }
function writer(): File { return changetype<File>(load<u32>(ends, 4) as usize); }

function write(bytes: usize): u32 {
  let done: u32 = 0;
  while (done < bytes) {
    const count = min<u32>((bytes as u32) - done, 1 + random(6000));
    for (let i: u32 = 0; i < count; i++) store<u8>(output + i, ((done + i) * 7) as u8);
    const put = writeFile(writer(), output, count);
    if (put < 0) return put as u32;
    done += put;
  }
  closeFile(writer());
  return done;
}

/** Reads to the end; how many bytes, or an error, or 1,000,000,000 and the place of a wrong byte. */
function read(): u32 {
  let done: u32 = 0;
  while (true) {
    const got = readFile(reader(), input, 1 + random(5000));
    if (got <= 0) return got < 0 ? (got as u32) : done;
    for (let i = 0; i < got; i++) if (load<u8>(input + i) != (((done + i) * 7) as u8)) return 1000000000 + done + i;
    done += got;
  }
}

let result: u32 = 0;
export function resultOf(): u32 { return result; }
export function runPipe(bytes: u32, seed: u32): void {
  initializePipes();
  enableInterrupts();
  state = seed;
  assert(makePipe(ends) == 0, "no memory");
  const thread = startKernelThread(write, bytes, 1 + random(6), false, "writer") as KernelThread;
  result = read();
  assert(joinThread(thread) == bytes, "all is written");
  closeFile(reader());
}

export function runEnds(): void {
  initializePipes();
  enableInterrupts();
  assert(makePipe(ends) == 0, "no memory");
  assert(pollFile(reader(), 0x1d) == 0 && pollFile(writer(), 0x1d) == 4, "an empty pipe takes bytes");
  assert(readFile(writer(), input, 1) == -9 && writeFile(reader(), input, 1) == -9, "each end has its direction");
  assert(writeFile(writer(), input, 4096) == 4096, "it holds a page");
  assert(pollFile(reader(), 0x1d) == 1 && pollFile(writer(), 0x1d) == 0, "a full pipe gives bytes");
  retainFile(writer());
  closeFile(writer());
  assert((pollFile(reader(), 0x1d) & 16) == 0, "one of two handles is closed");
  closeFile(writer());
  assert(pollFile(reader(), 0x1d) == 17, "all writers are gone");
  assert(readFile(reader(), input, 5000) == 4096 && readFile(reader(), input, 1) == 0, "what is left, then the end");
  closeFile(reader());
  assert(makePipe(ends) == 0, "no memory");
  closeFile(reader());
  assert(writeFile(writer(), input, 1) == -32, "nobody reads");
  closeFile(writer());
}

function waitForBytes(_argument: usize): u32 { return readFile(reader(), input, 1) as u32; }
function waitForRoom(_argument: usize): u32 { return writeFile(writer(), output, 1) as u32; }
function waitForPermit(id: usize): u32 { return takeSemaphore(kernelProcess(), id as u32) as u32; }
export function runInterrupted(): void {
  initializePipes();
  enableInterrupts();
  assert(makePipe(ends) == 0, "no memory");
  const first = startKernelThread(waitForBytes, 0, 4, false, "reader") as KernelThread;
  const id = openSemaphore(kernelProcess(), name("wanted"), 0);
  const second = startKernelThread(waitForPermit, id, 4, false, "taker") as KernelThread;
  yieldProcessor();
  interruptThread(first);
  interruptThread(second);
  writeFile(writer(), output, 4096);
  const third = startKernelThread(waitForRoom, 0, 4, false, "writer") as KernelThread;
  yieldProcessor();
  interruptThread(third);
  assert((joinThread(third) as i32) == -4, "so does a wait for room");
  assert((joinThread(first) as i32) == -4 && (joinThread(second) as i32) == -4, "both waits end with EINTR");
  closeFile(reader());
  closeFile(writer());
  releaseSemaphores(kernelProcess());
}

const nameBytes = memory.data(40);
function name(text: string): usize {
  for (let i = 0; i < text.length; i++) store<u8>(nameBytes + i, text.charCodeAt(i) as u8);
  store<u8>(nameBytes + text.length, 0);
  return nameBytes;
}

let inside: u32 = 0;
let entered: u32 = 0;
function enter(id: usize): u32 {
  for (let i = 0; i < 20; i++) {
    assert(takeSemaphore(kernelProcess(), id as u32) == 0, "a permit");
    inside++;
    assert(inside <= 2, "two permits are for two threads");
    entered++;
    yieldProcessor();
    inside--;
    assert(giveSemaphore(kernelProcess(), id as u32) == 0, "given back");
  }
  return 0;
}
export function enteredCount(): u32 { return entered; }
export function runPermits(threads: u32): void {
  enableInterrupts();
  const id = openSemaphore(kernelProcess(), name("room for two"), 2);
  const list = memory.data(64);
  for (let i: u32 = 0; i < threads; i++) {
    store<u32>(list + (i << 2), changetype<usize>(startKernelThread(enter, id, 4, false, "guest")) as u32);
  }
  for (let i: u32 = 0; i < threads; i++) joinThread(changetype<KernelThread>(load<u32>(list + (i << 2))));
  assert(closeSemaphore(kernelProcess(), id) == 0, "closed");
}

export function runNames(): void {
  const process = kernelProcess();
  assert(openSemaphore(process, name(""), 1) == -22, "a semaphore has a name");
  assert(openSemaphore(process, name("many"), 0x80000000) == -22, "too many permits");
  const a = openSemaphore(process, name("a"), 1);
  const b = openSemaphore(process, name("b"), 1);
  assert(a >= 0 && b >= 0 && a != b, "two names are two semaphores");
  assert(openSemaphore(process, name("a"), 5) == a, "one name is one");
  assert(semaphoreTotal() == 2, "two in all");
  assert(giveSemaphore(process, 64) == -9 && takeSemaphore(process, 63) == -9 && closeSemaphore(process, 0xffffffff) == -9, "not open");
  assert(closeSemaphore(process, a) == 0 && closeSemaphore(process, a) == -9, "closed once");
  for (let i = 0; i < 63; i++) {
    store<u8>(name("?"), (0x80 + i) as u8);
    assert(openSemaphore(process, nameBytes, 0) >= 0, "room");
  }
  assert(openSemaphore(process, name("one more"), 0) == -23, "no room");
  releaseSemaphores(process);
  assert(semaphoreTotal() == 0, "all are given back");
}
`;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileThreads(SOURCE);
});

/** A kernel whose clock ticks at one in `every` places where it may. */
function start(seed: number, every = 3): ThreadSimulation {
  const random = new Random(seed);
  return new ThreadSimulation(module, () => random.below(every) === 0);
}

describe("a pipe", () => {
  it.each([1, 2, 3, 4, 5, 6])("carries every byte once and in order (seed %d)", (seed) => {
    const simulation = start(seed);
    const frames = simulation.kernel.call("freeFrameCount");
    simulation.run("runPipe", 30_000 + seed * 1111, seed);
    expect(simulation.kernel.call("resultOf")).toBe(30_000 + seed * 1111);
    expect(simulation.kernel.call("openFileCount")).toBe(0);
    expect(simulation.ticks).toBeGreaterThan(10);
    expect(simulation.kernel.call("freeFrameCount")).toBe(frames);
  });

  it("knows when the other end is closed, empty or full", () => {
    const simulation = start(1);
    simulation.run("runEnds");
    expect(simulation.kernel.call("openFileCount")).toBe(0);
    expect(simulation.kernel.call("heapUsedBlocks")).toBe(1); // the boot thread
  });

  it("lets go of a reader that is interrupted, as does a semaphore", () => {
    start(1).run("runInterrupted");
  });
});

describe("a pipe for which there is no memory", () => {
  it("is not made, and leaves nothing behind", () => {
    /** What makePipe gives when a hole of so many bytes is left in the heap, and maybe a frame. */
    const tryWith = (bytes: number, frame: boolean): number => {
      const { kernel } = start(1);
      const hole = kernel.call("malloc", bytes);
      const frames: number[] = [];
      for (let address = kernel.call("allocateFrames", 1); address !== 0; address = kernel.call("allocateFrames", 1))
        frames.push(address);
      for (const size of [4096, 64, 1]) while (kernel.call("malloc", size) !== 0) {}
      kernel.call("free", hole);
      if (frame) kernel.call("releaseFrames", frames[0] ?? 0, 1);
      const blocks = kernel.call("heapUsedBlocks");
      const result = kernel.call("tryPipe");
      if (result < 0) {
        expect(kernel.call("heapUsedBlocks")).toBe(blocks);
        expect(kernel.call("freeFrameCount")).toBe(frame ? 1 : 0);
        expect(kernel.call("openFileCount")).toBe(0);
      }
      return result;
    };
    const ENOMEM = -12;
    const results = Array.from({ length: 30 }, (_, i) => tryWith(16 * (i + 1), true));
    const enough = results.indexOf(0);
    expect(enough).toBeGreaterThan(3);
    expect(results).toEqual(results.map((_, i) => (i < enough ? ENOMEM : 0)));
    expect(tryWith(500, false)).toBe(ENOMEM);
  });
});

describe("semaphores with names", () => {
  it.each([1, 2, 3])("let as many in as they have permits (seed %d)", (seed) => {
    const simulation = start(seed);
    simulation.run("runPermits", 8);
    expect(simulation.kernel.call("enteredCount")).toBe(160);
    expect(simulation.kernel.call("semaphoreTotal")).toBe(0);
  });

  it("are found by name, belong to who opened them, and are counted", () => {
    start(1).run("runNames");
  });
});
