// For the unit tests of FAT: a file system as it should be, in a few lines, and a program of random operations that runs on
// it and on the kernel's at once. What the kernel returns (also which error) and what can be read must be the same.

import { type Random } from "../../testing.ts";
import { FileError, type FileKernel, O_APPEND, O_CREAT, O_EXCL, O_RDWR, O_TRUNC, O_WRONLY } from "../testing-files.ts";

interface Entry {
  name: string;
  /** undefined: a file. */
  children: Map<string, Entry> | undefined;
  data: Uint8Array;
}

interface Handle {
  file: number;
  entry: Entry;
  position: number;
  flags: number;
}

const fold = (name: string) => name.toLowerCase();

/** The error that the model expects. */
class Expected extends Error {}

function fail(code: string): never {
  throw new Expected(code);
}

export const NAMES = [
  "a",
  "B.TXT",
  "c.txt",
  "Mixed.Txt",
  "a long name with blanks.text",
  "exactly 13ch.",
  "thirteen char",
  `${"very long ".repeat(20)}name`,
  "README.md",
  ".profile",
  "Größe.txt",
  "two.dots.c",
  "UPPER.low",
  "lower.UPP",
  "12345678.123",
  "123456789",
  "a+b=c",
  "longname-1.dat",
  "longname-2.dat",
  "longname-3.dat",
  "longname-4.dat",
  "bad?",
  "dot.",
].filter((name) => name !== "exactly 13ch.");

const INVALID = /[?*"<>|:\\]|[. ]$/;

export class Model {
  readonly root: Entry = { name: "", children: new Map(), data: new Uint8Array() };
  readonly handles: Handle[] = [];
  operations = 0;
  /** How often the volume was full. */
  full = 0;

  constructor(
    public files: FileKernel,
    private readonly random: Random,
    private readonly maxWrite: number,
  ) {}

  /** One random operation on both. */
  step(): void {
    this.operations++;
    const { random } = this;
    const kind = random.below(100);
    if (kind < 22) this.open();
    else if (kind < 44) this.write();
    else if (kind < 54) this.read();
    else if (kind < 60) this.truncate();
    else if (kind < 68) this.close();
    else if (kind < 76) this.makeDirectory();
    else if (kind < 84) this.remove();
    else if (kind < 88) this.removeDirectory();
    else if (kind < 97) this.rename();
    else if (kind < 98) this.files.sync();
    else this.stat();
  }

  closeAll(): void {
    while (this.handles.length > 0) this.close();
  }

  /** Compares everything that can be seen. */
  compare(): void {
    this.compareDirectory("", this.root);
  }

  private compareDirectory(path: string, directory: Entry): void {
    const expected = [...(directory.children ?? [])].map(
      ([, { name, children, data }]) => `${name} ${children ? "/" : data.length}`,
    );
    const found = this.files
      .list(path === "" ? "/" : path)
      .map((file) => `${file.name} ${file.isDirectory ? "/" : file.size}`);
    if (expected.sort().join("\n") !== found.sort().join("\n")) {
      throw new Error(`in ${path}/: expected\n${expected.join("\n")}\nfound\n${found.join("\n")}`);
    }
    for (const [, entry] of directory.children ?? []) {
      const below = `${path}/${entry.name}`;
      if (below.length > 255) continue; // moved there with its directory: out of reach until that is moved back
      if (entry.children) this.compareDirectory(below, entry);
      else if (Buffer.compare(this.files.readAll(below), entry.data) !== 0)
        throw new Error(`${below} has other contents`);
    }
  }

  private open(): void {
    if (this.handles.length > 8) {
      this.close();
      return;
    }
    const { random } = this;
    const path = this.path();
    let flags = random.pick([0, O_WRONLY, O_RDWR, O_WRONLY | O_CREAT, O_RDWR | O_CREAT, O_RDWR | O_CREAT]);
    if (random.below(5) === 0) flags |= O_EXCL;
    if (random.below(5) === 0 && flags !== 0) flags |= O_TRUNC;
    if (random.below(5) === 0) flags |= O_APPEND;
    let file = 0;
    const done = this.both(
      () => {
        file = this.files.open(path, flags);
      },
      () => {
        const [parent, name] = this.parentOf(path);
        let entry = parent.children?.get(fold(name));
        if (entry === undefined) {
          if ((flags & O_CREAT) === 0) fail("ENOENT");
          if (INVALID.test(name)) fail("EINVAL");
          entry = { name, children: undefined, data: new Uint8Array() };
          parent.children?.set(fold(name), entry);
        } else if ((flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0) {
          fail("EEXIST");
        } else if (entry.children) {
          // Directories are not kept open here.
          if ((flags & (O_CREAT | 3)) !== 0) fail("EISDIR");
        }
        if ((flags & O_TRUNC) !== 0 && (flags & 3) !== 0) entry.data = new Uint8Array();
        return entry;
      },
      `open ${path} ${flags.toString(16)}`,
    );
    if (done === undefined) return;
    if (done.children) this.files.close(file);
    else this.handles.push({ file, entry: done, position: 0, flags });
  }

  private write(): void {
    const handle = this.pickHandle();
    if (handle === undefined) return;
    const { random } = this;
    const data = new Uint8Array(random.below(random.below(4) === 0 ? this.maxWrite : 700)).fill(1 + random.below(255));
    if ((handle.flags & 3) === 0) {
      this.expectError("EBADF", () => this.files.write(handle.file, data));
      return;
    }
    const { entry } = handle;
    const start = (handle.flags & O_APPEND) !== 0 ? entry.data.length : handle.position;
    if (data.length === 0) return;
    let written = 0;
    try {
      written = this.files.write(handle.file, data);
    } catch (error) {
      this.mustBeFull(error, Math.max(0, start - entry.data.length));
    }
    if (written < data.length) this.full++;
    if (written === 0) return;
    const size = Math.max(entry.data.length, start + written);
    const next = new Uint8Array(size);
    next.set(entry.data);
    next.set(data.subarray(0, written), start);
    entry.data = next;
    handle.position = start + written;
  }

  private read(): void {
    const handle = this.pickHandle();
    if (handle === undefined) return;
    const count = this.random.below(this.maxWrite);
    if ((handle.flags & 3) === O_WRONLY) {
      this.expectError("EBADF", () => this.files.read(handle.file, count));
      return;
    }
    if (this.random.below(2) === 0) {
      handle.position = this.random.below(handle.entry.data.length + 5000);
      this.files.seek(handle.file, handle.position);
    }
    const found = this.files.read(handle.file, count);
    const expected = handle.entry.data.subarray(handle.position, handle.position + count);
    if (Buffer.compare(found, expected) !== 0) throw new Error(`read at ${handle.position} of ${handle.entry.name}`);
    handle.position += expected.length;
  }

  private truncate(): void {
    const handle = this.pickHandle();
    if (handle === undefined) return;
    const { entry } = handle;
    const length = this.random.below(this.random.pick([1, 600, entry.data.length + 1, entry.data.length + 3000]));
    if ((handle.flags & 3) === 0) {
      this.expectError("EBADF", () => this.files.truncate(handle.file, length));
      return;
    }
    try {
      this.files.truncate(handle.file, length);
    } catch (error) {
      this.mustBeFull(error, length - entry.data.length);
      return;
    }
    const next = new Uint8Array(length);
    next.set(entry.data.subarray(0, length));
    entry.data = next;
  }

  private close(): void {
    const index = this.random.below(this.handles.length);
    const [handle] = this.handles.splice(index, 1);
    if (handle !== undefined) this.files.close(handle.file);
  }

  private makeDirectory(): void {
    const path = this.path();
    this.both(
      () => this.files.makeDirectory(path),
      () => {
        const [parent, name] = this.parentOf(path);
        if (parent.children?.has(fold(name))) fail("EEXIST");
        if (INVALID.test(name)) fail("EINVAL");
        parent.children?.set(fold(name), { name, children: new Map(), data: new Uint8Array() });
      },
      `mkdir ${path}`,
    );
  }

  private remove(): void {
    const path = this.path();
    this.both(
      () => this.files.remove(path),
      () => {
        const [parent, name] = this.parentOf(path);
        const entry = parent.children?.get(fold(name)) ?? fail("ENOENT");
        if (entry.children) fail("EISDIR");
        parent.children?.delete(fold(name));
      },
      `unlink ${path}`,
    );
  }

  private removeDirectory(): void {
    const path = this.path();
    this.both(
      () => this.files.removeDirectory(path),
      () => {
        const [parent, name] = this.parentOf(path);
        const entry = parent.children?.get(fold(name)) ?? fail("ENOENT");
        if (!entry.children) fail("ENOTDIR");
        if (entry.children.size > 0) fail("ENOTEMPTY");
        parent.children?.delete(fold(name));
      },
      `rmdir ${path}`,
    );
  }

  private rename(): void {
    const from = this.path();
    const to = this.path();
    this.both(
      () => this.files.rename(from, to),
      () => this.renameEntry(from, to),
      `rename ${from} ${to}`,
    );
  }

  private renameEntry(from: string, to: string): void {
    const [parent, name] = this.parentOf(from);
    const source = parent.children?.get(fold(name)) ?? fail("ENOENT");
    const [newParent, newName] = this.parentOf(to);
    if (source.children && isBelow(newParent, source)) fail("EINVAL");
    const target = newParent.children?.get(fold(newName));
    if (target !== undefined && target !== source) {
      if (source.children && !target.children) fail("ENOTDIR");
      if (!source.children && target.children) fail("EISDIR");
      if (target.children && target.children.size > 0) fail("ENOTEMPTY");
      parent.children?.delete(fold(name));
      // The entry that is there keeps its name's case.
      source.name = target.name;
      newParent.children?.set(fold(newName), source);
      return;
    }
    if (INVALID.test(newName) && target === undefined) fail("EINVAL");
    parent.children?.delete(fold(name));
    source.name = newName;
    newParent.children?.set(fold(newName), source);
  }

  private stat(): void {
    const path = this.path();
    let info = { isDirectory: false, size: 0 };
    const entry = this.both(
      () => {
        info = this.files.stat(path);
      },
      () => {
        const [parent, name] = this.parentOf(path);
        return parent.children?.get(fold(name)) ?? fail("ENOENT");
      },
      `stat ${path}`,
    );
    if (entry === undefined) return;
    if (info.isDirectory !== (entry.children !== undefined)) throw new Error(`${path}: the kind is wrong`);
    if (info.size !== entry.data.length) throw new Error(`${path}: the size is wrong`);
  }

  /** Runs an operation on both sides; undefined if it failed on both with the same error, or the volume was full. */
  private both<T>(kernel: () => void, model: () => T, what: string): T | undefined {
    let found = "";
    try {
      kernel();
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      found = error.message.split(" ")[0] ?? "";
    }
    if (found === "ENOSPC") {
      this.mustBeFull(new FileError(found));
      return undefined;
    }
    let expected = "";
    let result: T | undefined;
    try {
      result = model();
    } catch (error) {
      if (!(error instanceof Expected)) throw error;
      expected = error.message;
    }
    if (found !== expected) throw new Error(`${what}: expected ${expected || "success"}, got ${found || "success"}`);
    return expected === "" ? result : undefined;
  }

  private expectError(code: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (error instanceof FileError && error.message.startsWith(code)) return;
      throw error;
    }
    throw new Error(`expected ${code}, got success`);
  }

  /** The error is ENOSPC, and that is so: what is free is hardly more than the `gap` that was to be filled, or the root is full. */
  private mustBeFull(error: unknown, gap = 0): void {
    if (!(error instanceof FileError && error.message.startsWith("ENOSPC"))) throw error;
    this.full++;
    const { free, blockBytes } = this.files.space("/");
    // A root of fixed size may have no run of slots that is long enough for the longest name.
    const slots = [...(this.root.children?.values() ?? [])].reduce((sum, { name }) => sum + 1 + name.length / 13, 0);
    if (free * blockBytes > gap + 8192 && slots < 10) throw new Error(`no space, but ${free} clusters are free`);
  }

  private pickHandle(): Handle | undefined {
    return this.handles.length > 0 ? this.random.pick(this.handles) : undefined;
  }

  /** A path that often exists, in any case. */
  private path(): string {
    const { random } = this;
    let path = "";
    let entry: Entry | undefined = this.root;
    for (let depth = 0; depth < 4; depth++) {
      const names: string[] = [...(entry?.children?.values() ?? [])].map(({ name }) => name);
      const directories = [...(entry?.children?.values() ?? [])].filter(({ children }) => children);
      const goOn: boolean = random.below(2) === 0 && directories.length > 0;
      const name: string = goOn
        ? random.pick(directories).name
        : names.length > 0 && random.below(3) > 0
          ? random.pick(names)
          : random.pick(NAMES);
      const written: string = random.below(8) === 0 ? name.toUpperCase() : name;
      if (path.length + written.length + 1 > 250) break;
      path += `/${written}`;
      if (!goOn && random.below(8) > 0) break;
      entry = entry?.children?.get(fold(name));
    }
    return path === "" ? "/x" : path;
  }

  private parentOf(path: string): [Entry, string] {
    const parts = path.slice(1).split("/");
    const name = parts.pop() ?? "";
    let entry = this.root;
    for (const part of parts) {
      const next: Entry = entry.children?.get(fold(part)) ?? fail("ENOENT");
      if (!next.children) fail("ENOTDIR");
      entry = next;
    }
    return [entry, name];
  }
}

function isBelow(entry: Entry, directory: Entry): boolean {
  return entry === directory || [...(directory.children?.values() ?? [])].some((child) => isBelow(entry, child));
}
