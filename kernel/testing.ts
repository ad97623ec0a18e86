// For the unit tests: compiles kernel modules with asc and runs them as WebAssembly in Node, with a stand-in for the machine.
// A test writes its entry file as text: it imports what it tests and exports functions of numbers.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Static data starts here, so that addresses below (the screen's, for one) are the test's own. */
export const MEMORY_BASE = 0x100000;
export const MEMORY_BYTES = 0x2000000;

/** A failed assertion of the kernel. */
export class KernelAbort extends Error {
  override name = "KernelAbort";
  constructor(
    readonly reason: string,
    readonly file: string,
    readonly line: number,
  ) {
    super(`${reason} (${file}:${line})`);
  }
}

export type KernelFunction = (...values: number[]) => number;

/**
 * Handlers for the instructions that a test cares about, by name; the others do nothing and return 0. `sti`, `cli` and `eflags`
 * keep the interrupt flag by themselves; a handler of theirs is called besides.
 */
export type Cpu = Record<string, (...values: number[]) => unknown>;

export interface KernelOptions {
  cpu?: Cpu;
  /** Functions that assembly files would give. */
  assembly?: Record<string, KernelFunction>;
  /** Functions of other rooms of imports, by room and name. */
  rooms?: Record<string, Record<string, KernelFunction>>;
  /** Further asc options. */
  ascOptions?: string[];
  /** Bytes of memory, if more than MEMORY_BYTES. */
  memoryBytes?: number;
}

/** What test/contracts puts between the sources and the tests. */
export interface Instrument {
  /** The text of a file, by its path from the repository's root; undefined: as it is on the disk. */
  read(path: string): string | undefined;
  /** The module of an entry file that was compiled before. */
  find(entry: string, ascOptions: readonly string[]): Uint8Array | undefined;
  keep(entry: string, ascOptions: readonly string[], wasm: Uint8Array): void;
  /** A module is about to start in this memory, which has a page behind MEMORY_BYTES for the instrument. */
  start(memory: WebAssembly.Memory): void;
}
let instrument: Instrument | undefined;
export function setInstrument(wanted: Instrument): void {
  instrument = wanted;
}

export class TestKernel {
  interruptsEnabled = false;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  private exports: Record<string, unknown> = {};

  constructor(readonly memory: WebAssembly.Memory) {
    this.bytes = new Uint8Array(memory.buffer);
    this.view = new DataView(memory.buffer);
  }

  /** Calls an exported function. */
  call(name: string, ...values: number[]): number {
    const exported = this.exports[name];
    if (typeof exported !== "function") throw new TypeError(`the test's entry file exports no function ${name}`);
    return (exported as KernelFunction)(...values);
  }

  /** Calls what the function table has at that place. */
  callEntry(index: number, ...values: number[]): number {
    const table = this.exports["table"];
    if (!(table instanceof WebAssembly.Table)) throw new TypeError("the module exports no function table");
    return (table.get(index) as KernelFunction)(...values);
  }

  /** Calls an exported function and says why it aborted; undefined if it didn't. */
  abortOf(name: string, ...values: number[]): string | undefined {
    try {
      this.call(name, ...values);
    } catch (error) {
      if (error instanceof KernelAbort) return error.reason;
      throw error;
    }
    return undefined;
  }

  /** Writes NUL-terminated ASCII. */
  writeText(address: number, text: string): number {
    for (let i = 0; i < text.length; i++) this.bytes[address + i] = text.charCodeAt(i);
    this.bytes[address + text.length] = 0;
    return address;
  }

  readText(address: number): string {
    return Buffer.from(this.bytes.subarray(address, this.bytes.indexOf(0, address))).toString("latin1");
  }

  /** Reads a string constant, which asc keeps as UTF-16 with its length in bytes before it. */
  readString(address: number): string {
    if (address === 0) return "";
    const length = this.view.getUint32(address - 4, true);
    return Buffer.from(this.bytes.subarray(address, address + length)).toString("utf16le");
  }

  connect(exports: WebAssembly.Exports): void {
    this.exports = exports as Record<string, unknown>;
  }
}

/** Compiles `source` as a file of the kernel's folder and starts it. */
export async function loadKernel(source: string, options: KernelOptions = {}): Promise<TestKernel> {
  const module = await compile(source, options.ascOptions ?? []);
  return instantiate(module, options);
}

/** Starts a fresh copy of a compiled module: cheap, so that each case can have its own. */
export function instantiate(module: WebAssembly.Module, options: KernelOptions = {}): TestKernel {
  const bytes = Math.max(options.memoryBytes ?? 0, instrument ? MEMORY_BYTES + 65536 : MEMORY_BYTES);
  const memory = new WebAssembly.Memory({ initial: bytes / 65536 });
  instrument?.start(memory);
  const kernel = new TestKernel(memory);
  const cpu = options.cpu ?? {};
  const known: Record<string, Record<string, (...values: number[]) => number | bigint>> = {
    cpu: {
      ...Object.fromEntries(
        Object.entries(cpu).map(([name, run]) => [name, (...values: number[]) => wasmValue(run(...values))]),
      ),
      eflags: () => (kernel.interruptsEnabled ? 0x202 : 2),
      cli: () => {
        kernel.interruptsEnabled = false;
        cpu["cli"]?.();
        return 0;
      },
      sti: () => {
        kernel.interruptsEnabled = true;
        cpu["sti"]?.();
        return 0;
      },
    },
    assembly: options.assembly ?? {},
    ...options.rooms,
  };
  const imports: WebAssembly.Imports = {
    env: {
      memory,
      abort: (message: number, file: number, line: number) => {
        throw new KernelAbort(kernel.readString(message), kernel.readString(file), line);
      },
    },
  };
  for (const { module: room, name, kind } of WebAssembly.Module.imports(module)) {
    if (room === "env" || kind !== "function") continue;
    const functions = imports[room] ?? {};
    imports[room] = functions;
    functions[name] = known[room]?.[name] ?? (() => 0);
  }
  kernel.connect(new WebAssembly.Instance(module, imports).exports);
  return kernel;
}

/** What a handler gave, as an i64 if it is a bigint. */
const wasmValue = (value: unknown): number | bigint => (typeof value === "bigint" ? value : Number(value ?? 0));

/** Compiles `source` as if it were the file kernel/test-entry.ts. */
export async function compile(source: string, ascOptions: readonly string[] = []): Promise<WebAssembly.Module> {
  const known = instrument?.find(source, ascOptions);
  if (known) return new WebAssembly.Module(new Uint8Array(known));
  const asc = await import("assemblyscript/asc");
  const entry = "kernel/test-entry.ts";
  let wasm: Uint8Array | undefined;
  const messages: string[] = [];
  const { error } = await asc.main(
    [
      entry,
      "-o",
      "test.wasm",
      "-O1",
      "--runtime",
      "stub",
      "--importMemory",
      "--exportTable",
      "--memoryBase",
      String(MEMORY_BASE),
      ...ascOptions,
    ],
    {
      readFile: (name: string) => {
        if (name === entry) return source;
        try {
          return instrument?.read(name) ?? readFileSync(join(ROOT, name), "utf8");
        } catch {
          return null;
        }
      },
      writeFile: (name: string, contents: string | Uint8Array) => {
        if (name === "test.wasm" && typeof contents !== "string") wasm = contents;
      },
      listFiles: () => [],
      stderr: {
        write: (text: string | Uint8Array) => {
          messages.push(String(text));
          return true;
        },
      },
    },
  );
  if (error || wasm === undefined) throw new Error(messages.join("") || "asc wrote nothing", { cause: error });
  instrument?.keep(source, ascOptions, wasm);
  return new WebAssembly.Module(new Uint8Array(wasm));
}

/** Pseudo-random numbers with a seed (mulberry32): the same test every time. */
export class Random {
  constructor(private state: number) {}

  /** An integer from 0 to `limit` − 1. */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError("nothing to pick from");
    return value;
  }
}
