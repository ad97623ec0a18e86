// For the unit tests: compiles modules of the library and the shell and runs them in Node, with a stand-in for the system: files in a
// table, and what is printed as text. A test's entry file exports functions of addresses of texts and prints its answers.

import { instantiate, type KernelFunction, compile as kernelCompile, type TestKernel } from "../kernel/testing.ts";

// Numbers of kernel/abi, which Node can't import for the module's own types.
const SYS = { open: 9, close: 10, read: 11, write: 12, readdir: 14, stat: 15 };
const ENOENT = 2;
const EBADF = 9;
const ENOSYS = 38;
const O_CREAT = 0x40;
const O_TRUNC = 0x200;
const O_DIRECTORY = 0x10000;
const FIRST_HANDLE = 3;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
/** Where the test writes texts for the module: below its static data. */
const TEXTS = 0x1000;

interface OpenFile {
  path: string;
  position: number;
  /** What readdir has yet to give, of a directory. */
  names: string[];
}

/** Fields of kernel/abi's DirectoryEntry. */
const ENTRY_MODE = 4;
const ENTRY_NAME = 20;
/** And of Stat. */
const STAT_MODE = 8;
const STAT_SIZE = 16;

export const compile = (source: string): Promise<WebAssembly.Module> =>
  kernelCompile(source, ["--runtime", "incremental"]);

export class TestUser {
  /** By their paths; a directory is in it by its files. */
  readonly files = new Map<string, string>();
  /** What was printed since it was taken last. */
  private printed = "";
  private readonly handles = new Map<number, OpenFile>();
  private readonly kernel: TestKernel;

  constructor(module: WebAssembly.Module) {
    const systemCall: KernelFunction = (number = 0, ...values) => this.answer(number, values);
    const attempt: KernelFunction = (entry = 0, ...values) => this.kernel.callEntry(entry, ...values);
    this.kernel = instantiate(module, { rooms: { platform: { systemCall, attempt } } });
  }

  /** Calls an exported function with texts (as the addresses of their bytes) and numbers; returns what it printed. */
  run(name: string, ...values: (string | number)[]): string {
    this.printed = "";
    let at = TEXTS;
    const numbers = values.map((value) => {
      if (typeof value === "number") return value;
      const address = this.kernel.writeText(at, value);
      at += value.length + 1;
      return address;
    });
    this.kernel.call(name, ...numbers);
    return this.printed;
  }

  private answer(number: number, [a = 0, b = 0, c = 0]: number[]): number {
    switch (number) {
      case SYS.open:
        return this.open(this.kernel.readText(a), b);
      case SYS.close:
        return this.handles.delete(a) ? 0 : -EBADF;
      case SYS.read:
        return this.read(a, b, c);
      case SYS.write:
        return this.write(a, Buffer.from(this.kernel.bytes.subarray(b, b + c)).toString("latin1"));
      case SYS.readdir:
        return this.readdir(a, b);
      case SYS.stat:
        return this.stat(this.kernel.readText(a), b);
      default:
        return -ENOSYS;
    }
  }

  private open(path: string, flags: number): number {
    const folder = path === "." ? "" : path.endsWith("/") ? path : `${path}/`;
    if (flags & O_CREAT && !this.files.has(path)) this.files.set(path, "");
    if (flags & O_TRUNC) this.files.set(path, "");
    const below = [...this.files.keys()].filter((name) => name.startsWith(folder));
    const names = [...new Set(below.map((name) => name.slice(folder.length).replace(/\/.*/, "/")))];
    if (flags & O_DIRECTORY ? names.length === 0 : !this.files.has(path)) return -ENOENT;
    const handle = FIRST_HANDLE + this.handles.size;
    this.handles.set(handle, { path, position: 0, names });
    return handle;
  }

  private stat(path: string, to: number): number {
    const text = this.files.get(path);
    const isDirectory = [...this.files.keys()].some((name) => name.startsWith(`${path}/`));
    if (text === undefined && !isDirectory) return -ENOENT;
    this.kernel.view.setUint32(to + STAT_MODE, isDirectory ? S_IFDIR : S_IFREG, true);
    this.kernel.view.setBigInt64(to + STAT_SIZE, BigInt(text?.length ?? 0), true);
    return 0;
  }

  private read(handle: number, to: number, count: number): number {
    const file = this.handles.get(handle);
    if (file === undefined) return -EBADF;
    const part = (this.files.get(file.path) ?? "").slice(file.position, file.position + count);
    this.kernel.bytes.set(Buffer.from(part, "latin1"), to);
    file.position += part.length;
    return part.length;
  }

  private write(handle: number, text: string): number {
    const file = this.handles.get(handle);
    if (file) this.files.set(file.path, (this.files.get(file.path) ?? "") + text);
    else if (handle === 1 || handle === 2) this.printed += text;
    else return -EBADF;
    return text.length;
  }

  private readdir(handle: number, entry: number): number {
    const name = this.handles.get(handle)?.names.shift();
    if (name === undefined) return 0;
    this.kernel.writeText(entry + ENTRY_NAME, name.replace("/", ""));
    this.kernel.view.setUint32(entry + ENTRY_MODE, name.endsWith("/") ? S_IFDIR : S_IFREG, true);
    return 1;
  }
}
