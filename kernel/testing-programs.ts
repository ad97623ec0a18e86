// For the unit tests of processes: programs in Node. A program is a list of steps, most of them system calls, that its simulated
// processor does in turn; its address space is what the kernel's own page tables say: whenever CR3 changes, the pages of the one
// directory go from their linear addresses back to their frames, and those of the other come. Only the faults are missing: the
// kernel must not touch what is not mapped, and a program says itself what it faulted on.

import { readFileSync } from "node:fs";
import { instantiate, type TestKernel } from "./testing.ts";
import { compileThreads, ThreadSimulation } from "./testing-threads.ts";

/** Memory up to the end of a program's addresses; the host gives only what is touched. */
export const ALL_MEMORY = 0xc0000000;
const FRAME = 4096;
const FIRST_ENTRY = 0x08000000 >>> 22;
const ENTRIES_END = ALL_MEMORY >>> 22;
const PRESENT = 1;

/** The part of the processor that knows page tables. */
export class SimulatedMmu {
  private cr3 = 0;
  /** What readCr2 gives. */
  faultAddress = 0;
  kernel: TestKernel | undefined;

  readonly cpu = {
    readCr3: () => this.cr3,
    readCr2: () => this.faultAddress,
    writeCr3: (directory = 0) => {
      if (this.cr3 !== 0) this.forEachPage((page, frame) => this.copy(frame, page));
      this.cr3 = directory;
      this.forEachPage((page, frame) => this.copy(page, frame));
    },
  };

  private forEachPage(action: (page: number, frame: number) => void): void {
    const view = this.kernel?.view;
    if (!view) return;
    for (let i = FIRST_ENTRY; i < ENTRIES_END; i++) {
      const table = view.getUint32(this.cr3 + i * 4, true);
      if ((table & PRESENT) === 0) continue;
      for (let j = 0; j < 1024; j++) {
        const entry = view.getUint32((table & -FRAME) + j * 4, true);
        if ((entry & PRESENT) !== 0) action((i * 1024 + j) * FRAME, (entry & -FRAME) >>> 0);
      }
    }
  }

  private copy(to: number, from: number): void {
    this.kernel?.bytes.copyWithin(to, from, from + FRAME);
  }
}

/** A kernel without threads that has all addresses, for the tests of address spaces. */
export function instantiateWithMmu(module: WebAssembly.Module): { kernel: TestKernel; mmu: SimulatedMmu } {
  const mmu = new SimulatedMmu();
  const kernel = instantiate(module, { cpu: mmu.cpu, memoryBytes: ALL_MEMORY });
  mmu.kernel = kernel;
  return { kernel, mmu };
}

/** Programs are at most so many; the steps of each have a page. */
const PROGRAMS = 16;
const SCRIPTS = 0x1800000;
const FILES = 0x1900000;
const TEXTS = 0x1a00000;
const STEP_WORDS = 8;
/** Steps that are no system calls. */
const HOOK = 0x10000;
const FAULT = 0x10001;
const DONE = 0x10002;

/** Where a program's code starts, and its data: what a test puts there, then zeros. */
export const CODE = 0x08000000;
export const DATA = 0x08001000;
export const DATA_BYTES = 0x3000;
const HEADERS = 52 + 2 * 32;

/** What a test's entry file must import and export, besides its own and that of threads. */
export const PROGRAMS_PRELUDE = `
import { enableInterrupts, disableInterrupts } from "./platform/interrupts.ts";
import { allocateFrames, releaseFrames } from "./memory/frames.ts";
import { calloc, free, malloc } from "./memory/heap.ts";
import { InterruptFrame } from "./platform/pc/interruptFrame.ts";
import { DirectoryEntry, Stat } from "./abi/files.ts";
import { FILE_OPERATIONS_BYTES, File, FileOperations, openFileCount } from "./fs/file.ts";
import { FILE_SYSTEM_BYTES, FileSystem, Mount, registerFileSystem } from "./fs/mount.ts";
import { MOUNT_ALONE, mountDevice, openFile } from "./fs/tree.ts";
import { initializeProcesses } from "./process/initialize.ts";
import { handleFault } from "./process/fault.ts";
import { kernelProcess, processCount, spawnProcess, waitForChild } from "./process/process.ts";
import { semaphoreTotal } from "./process/semaphores.ts";
import { systemCall } from "./process/systemCall.ts";
export { openFileCount, processCount, semaphoreTotal, calloc, malloc, free, allocateFrames, releaseFrames };
@external("assembly", "hook") declare function hook(index: u32): void;
@external("assembly", "setFaultAddress") declare function setFaultAddress(address: usize): void;

// A file system of one directory, whose files tests bring.
const fileSystem = changetype<FileSystem>(memory.data(FILE_SYSTEM_BYTES, 4));
const fileOperations = changetype<FileOperations>(memory.data(FILE_OPERATIONS_BYTES, 4));
const directoryOperations = changetype<FileOperations>(memory.data(FILE_OPERATIONS_BYTES, 4));
const names = memory.data(${PROGRAMS} * 12, 4); // name, data, bytes
let fileCount: u32 = 0;
export function addFile(name: usize, data: usize, bytes: u32): void {
  const at = names + fileCount++ * 12;
  store<u32>(at, name as u32);
  store<u32>(at, data as u32, 4);
  store<u32>(at, bytes, 8);
}
/** From here on files have no bytes, whatever they say about their size. */
let readLimit: u32 = u32.MAX_VALUE;
export function limitReading(bytes: u32): void { readLimit = bytes; }
function findFile(path: usize): usize {
  for (let at = names; at < names + fileCount * 12; at += 12) {
    let i: usize = 0;
    const name: usize = load<u32>(at);
    while (load<u8>(path + i) != 0 && load<u8>(path + i) == load<u8>(name + i)) i++;
    if (load<u8>(path + i) == load<u8>(name + i)) return at;
  }
  return 0;
}
function openInIt(_mount: Mount, path: usize, _flags: u32, file: File): i32 {
  if (load<u8>(path) == 0) { file.operations = directoryOperations; return 0; }
  const found = findFile(path);
  if (found == 0) return -2;
  file.operations = fileOperations;
  file.node = found;
  return 0;
}
function statInIt(_mount: Mount, path: usize, stat: Stat): i32 {
  if (load<u8>(path) == 0) { stat.mode = 0x4000; return 0; }
  const found = findFile(path);
  if (found == 0) return -2;
  stat.mode = 0x8000;
  stat.size = load<u32>(found, 8);
  return 0;
}
function readIt(file: File, buffer: usize, count: u32): i32 {
  const bytes = min<u32>(load<u32>(file.node, 8), readLimit);
  if (file.position >= bytes) return 0;
  const taken = min<u32>(count, bytes - (file.position as u32));
  memory.copy(buffer, (load<u32>(file.node, 4) as usize) + (file.position as usize), taken);
  file.position += taken;
  return taken as i32;
}
function sizeOfIt(file: File): i64 { return load<u32>(file.node, 8); }
function statIt(file: File, stat: Stat): i32 { stat.mode = 0x8000; stat.size = load<u32>(file.node, 8); return 0; }
function listIt(file: File, entry: usize): i32 {
  if (file.position >= fileCount) return 0;
  changetype<DirectoryEntry>(entry).mode = 0x8000;
  changetype<DirectoryEntry>(entry).nameBytes = 1;
  store<u8>(changetype<DirectoryEntry>(entry).name, 0x41 + (file.position as u8));
  file.position++;
  return 1;
}

export function start(): void {
  initializeProcesses();
  fileOperations.read = readIt;
  fileOperations.size = sizeOfIt;
  fileOperations.stat = statIt;
  directoryOperations.readDirectory = listIt;
  fileSystem.open = openInIt;
  fileSystem.stat = statInIt;
  registerFileSystem(fileSystem, "tests");
  store<u16>(rootPath, 0x2f);
  assert(mountDevice(fileSystem, null, rootPath, MOUNT_ALONE) == 0, "no root");
}
const rootPath = memory.data(4);
const out = memory.data(8, 4);

/** Starts the program of that path as the kernel does and waits for its end: how it ended, or a negated error number. */
export function run(path: usize): i32 {
  const opened = openFile(path, 0, out);
  if (opened < 0) return opened;
  const id = spawnProcess(kernelProcess(), changetype<File>(load<u32>(out) as usize), path, path, 0, 0, null, null, null, 0);
  if (id < 0) return id;
  const waited = waitForChild(kernelProcess(), id, 0, out);
  return waited < 0 ? waited : load<u32>(out);
}
export function runPath(path: usize): void { runAs((argument: usize): u32 => run(argument), path); }
let starter: KernelThread | null = null;
let result: i32 = 0;
export function lastResult(): i32 { return result; }
let isDone: bool = false;
let bodyIndex: u32 = 0;
function runBody(argument: usize): u32 {
  result = call_indirect<u32>(bodyIndex, argument);
  isDone = true;
  return 0;
}
/** Runs the function on a thread of its own until it returns. */
export function runAs(body: (argument: usize) => u32, argument: usize): void {
  startKernelThread(reap, 0, 6, true, "reaper");
  bodyIndex = body.index;
  isDone = false;
  starter = startKernelThread(runBody, argument, 4, true, "starter");
  enableInterrupts();
  // The boot thread never blocks: when nobody else runs, time passes.
  for (let ticks = 0; !isDone && ticks < 10000; ticks++) {
    disableInterrupts();
    interruptTick();
    enableInterrupts();
    yieldProcessor();
  }
  assert(isDone, "the program does not end");
  disableInterrupts();
}

/** The processor in ring 3: does the steps of the program, whose number its entry address tells. */
export function program(entry: usize, stack: usize): void {
  enableInterrupts();
  // The frame lies in the program's own memory, so that each has one.
  const frame = changetype<InterruptFrame>(stack - 256);
  for (let step: usize = ${SCRIPTS} + (entry - ${CODE + HEADERS}) * 4096; ; step += ${STEP_WORDS * 4}) {
    const what = load<u32>(step);
    frame.eax = what;
    frame.ebx = load<u32>(step, 4);
    frame.ecx = load<u32>(step, 8);
    frame.edx = load<u32>(step, 12);
    frame.esi = load<u32>(step, 16);
    if (what == ${DONE}) return; // no program does
    if (what == ${HOOK}) {
      hook(frame.ebx);
    } else if (what == ${FAULT}) {
      frame.cs = 0x1b;
      frame.vector = frame.ebx;
      setFaultAddress(frame.ecx);
      disableInterrupts();
      handleFault(frame);
    } else {
      systemCall(frame);
    }
    enableInterrupts(); // as the way back to ring 3 does
    store<u32>(step, frame.eax, 24);
  }
}
`;

export function compilePrograms(source = ""): Promise<WebAssembly.Module> {
  return compileThreads(PROGRAMS_PRELUDE + source);
}

/** An argument of a system call: a number, or the address of a text or of a list of such words, which the program has in its data. */
export type Argument = number | string | readonly Argument[];
/** What a program does: a system call, a fault with that vector (at `address`), or a function of the test. */
export type Step = { call: number; values: Argument[] } | { fault: number; address: number } | (() => void);

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const CALLS = new Map(
  [...read("abi/systemCalls.ts").matchAll(/export const SYS_(\w+): u32 = (\d+);/g)].map(([, name = "", number]) => [
    name.replaceAll("_", "").toLowerCase(),
    Number(number),
  ]),
);
const ERRORS = new Map(
  [...read("abi/errno.ts").matchAll(/export const (E\w+): i32 = (\d+);/g)].map(([, name = "", number]) => [
    -Number(number),
    name,
  ]),
);

/** A system call by its name. */
export function sys(name: string, ...values: Argument[]): Step {
  const call = CALLS.get(name.toLowerCase());
  if (call === undefined) throw new RangeError(`there is no system call ${name}`);
  return { call, values };
}

/** The name of a negated error number, as the kernel returns them. */
export const errorName = (result: number): number | string => ERRORS.get(result) ?? result;

/** Programs and the kernel that runs them. */
export class ProgramSimulation extends ThreadSimulation {
  private readonly hooks: (() => void)[];
  private readonly counts: number[] = [];
  private texts = TEXTS;

  /** `tickNow` decides where the clock ticks, as for threads. */
  constructor(
    module: WebAssembly.Module,
    readonly mmu = new SimulatedMmu(),
    tickNow: () => boolean = () => false,
  ) {
    const hooks: (() => void)[] = [];
    super(
      module,
      tickNow,
      mmu.cpu,
      {
        enterProgram: (entry = 0, stack = 0) => this.kernel.call("program", entry, stack),
        hook: (index = 0) => {
          hooks[index]?.();
          return 0;
        },
        setFaultAddress: (address = 0) => {
          mmu.faultAddress = address >>> 0;
          return 0;
        },
      },
      ALL_MEMORY,
    );
    this.hooks = hooks;
    mmu.kernel = this.kernel;
    this.kernel.call("start");
  }

  /** Makes a program: a file of that name whose process does the steps; texts among the arguments are in its data. */
  add(name: string, steps: readonly Step[]): void {
    const number = this.counts.length;
    const data: number[] = [];
    const wordOf = (value: Argument): number => {
      if (typeof value === "number") return value;
      const bytes =
        typeof value === "string"
          ? Buffer.from(`${value}\0`, "latin1")
          : new Uint8Array(Uint32Array.from(value.map(wordOf)).buffer);
      while (data.length % 4 !== 0) data.push(0);
      return DATA + data.push(...bytes) - bytes.length;
    };
    const { view } = this.kernel;
    let at = SCRIPTS + number * FRAME;
    const write = (words: number[]) => {
      words.forEach((word, i) => {
        view.setUint32(at + i * 4, word, true);
      });
      at += STEP_WORDS * 4;
    };
    for (const step of steps) {
      if (typeof step === "function") write([HOOK, this.hooks.push(step) - 1]);
      else if ("fault" in step) write([FAULT, step.fault, step.address]);
      else write([step.call, ...step.values.map(wordOf)]);
    }
    write([1, 0]); // exit(0)
    write([DONE]);
    this.counts.push(steps.length);
    this.addFile(name, elfOf(number, Uint8Array.from(data)));
  }

  addFile(name: string, bytes: Uint8Array): void {
    const start = FILES + this.counts.length * 0x4000;
    this.kernel.bytes.set(bytes, start);
    this.kernel.call("addFile", this.text(name), start, bytes.length);
  }

  /** Runs the program of that name until it ends: how (as `wait` says it), or a negated error number. */
  start(name: string): number | string {
    this.run("runPath", this.text(`/${name}`));
    return errorName(this.kernel.call("lastResult"));
  }

  /** What the steps of the program that was added at that place gave in EAX, errors by their names. */
  results(program = 0): (number | string)[] {
    return Array.from({ length: this.counts[program] ?? 0 }, (_, i) =>
      errorName(this.kernel.view.getInt32(SCRIPTS + program * FRAME + i * STEP_WORDS * 4 + 24, true)),
    );
  }

  /** A text in the kernel's memory. */
  text(text: string): number {
    const at = this.kernel.writeText(this.texts, text);
    this.texts += text.length + 1;
    return at;
  }
}

/** A program: one page of code, which starts at its number, and data. */
export function elfOf(number: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADERS + PROGRAMS + data.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  [2, 3].forEach((value, i) => {
    view.setUint16(16 + i * 2, value, true);
  });
  [1, CODE + HEADERS + number, 52, 0, 0].forEach((value, i) => {
    view.setUint32(20 + i * 4, value, true);
  });
  [52, 32, 2, 40, 0, 0].forEach((value, i) => {
    view.setUint16(40 + i * 2, value, true);
  });
  const codeEnd = HEADERS + PROGRAMS;
  const segments = [
    [1, 0, CODE, CODE, codeEnd, codeEnd, 5, 1],
    [1, codeEnd, DATA, DATA, data.length, DATA_BYTES, 6, 1],
  ];
  segments.flat().forEach((value, i) => {
    view.setUint32(52 + i * 4, value, true);
  });
  bytes.set(data, codeEnd);
  return bytes;
}
