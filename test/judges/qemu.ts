// Boots an image in QEMU and reads its text screen. The monitor is QMP (JSON lines on a unix socket): QEMU's "QMP reference manual".

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { missing, scratchDirectory, sleep } from "../support.ts";
import {
  type BootOptions,
  bootOrderOf,
  bootWith,
  type Guest,
  rowsOfTextMemory,
  TEXT_MEMORY,
  TEXT_MEMORY_SIZE,
} from "./guest.ts";
import { keysOf, qemuKey } from "./keys.ts";

const PROGRAM = "qemu-system-i386";

/** Why QEMU can't be used here, or undefined when it can. */
export const qemuMissing = (): string | undefined => missing(PROGRAM);

export const bootInQemu = (options: BootOptions): Promise<string[]> => bootWith(startQemu, options);

export interface QemuOptions extends Omit<BootOptions, "until" | "keys"> {
  /** The emulated processor, as `-cpu` names it: a test that compares exact behaviour asks for an old one. */
  cpu?: string;
  /** A triple fault stops it, but its memory can still be read. */
  pauseAtEnd?: boolean;
}

export async function startQemu(options: QemuOptions): Promise<QemuGuest> {
  const scratch = scratchDirectory("qemu");
  const file = (name: string, content: Uint8Array): string => {
    const path = join(scratch.path, name);
    writeFileSync(path, content);
    return path;
  };
  const monitor = join(scratch.path, "monitor");
  const serial = join(scratch.path, "serial");
  const debugLog = join(scratch.path, "debug");
  const words = ["-accel", "tcg", "-display", "none", "-vga", "std", "-net", "none", "-no-reboot"];
  words.push("-m", String(options.memoryMiB ?? 32));
  words.push("-qmp", `unix:${monitor},server=on,wait=off`);
  words.push("-serial", options.serialLine ? "stdio" : `file:${serial}`, "-debugcon", `file:${debugLog}`);
  if (options.pauseAtEnd) words.push("-no-shutdown");
  if (options.cpu) words.push("-cpu", options.cpu);
  if (options.bios) words.push("-bios", file("bios.bin", options.bios));
  if (options.floppy) {
    words.push("-drive", `if=floppy,format=raw,file=${file("floppy.img", options.floppy)}`);
  }
  if (options.disk) {
    const path = file("disk.img", options.disk);
    if (options.diskBytes !== undefined) truncateSync(path, options.diskBytes);
    const format = options.diskFormat === "vhd" ? "vpc" : "raw";
    if (options.isStick) {
      words.push("-drive", `if=none,id=stick,format=${format},file=${path}`, "-usb");
      words.push("-device", "usb-storage,drive=stick,bootindex=0");
    } else words.push("-drive", `if=ide,index=0,format=${format},file=${path}`);
  }
  if (options.cdrom) words.push("-cdrom", file("cd.iso", options.cdrom));
  if (!options.kernel && !options.isStick) words.push("-boot", bootOrderOf(options));
  if (options.kernel) words.push("-kernel", file("kernel.elf", options.kernel));
  if (options.commandLine !== undefined) words.push("-append", options.commandLine);
  const line = options.serialLine ? "pipe" : "ignore";
  const child = spawn(PROGRAM, words, { stdio: [line, line, "pipe"] });
  const guest = new QemuGuest(child, scratch, { serial, debugLog });
  try {
    await guest.connect(monitor);
  } catch (error) {
    await guest.stop();
    throw error;
  }
  return guest;
}

interface Reply {
  return?: unknown;
  error?: { desc: string };
  event?: string;
}

export class QemuGuest implements Guest {
  readonly name = "QEMU";
  private end: string | undefined;
  private complaints = "";
  /** With `pauseAtEnd`: the guest has shut down and stands still. */
  paused = false;
  /** What came over COM1 when it is a line, not a file. */
  private heard = "";
  private socket: Socket | undefined;
  private received = "";
  private lastRows = rowsOfTextMemory(new Uint8Array(TEXT_MEMORY_SIZE));
  private readonly waiting: ((reply: Reply) => void)[] = [];

  constructor(
    private readonly child: ChildProcess,
    private readonly scratch: { path: string; remove: () => void },
    private readonly files: { serial: string; debugLog: string },
  ) {
    child.stderr?.on("data", (data: Buffer) => {
      this.complaints += data.toString("latin1");
    });
    child.stdout?.on("data", (data: Buffer) => {
      this.heard += data.toString("latin1");
    });
    child.stdin?.on("error", () => {});
    child.on("exit", (status, signal) => this.hasEnded(`exit ${signal ?? status} ${this.complaints}`.trim()));
    child.on("error", (error) => this.hasEnded(error.message));
  }

  /** Opens the monitor's socket, which QEMU listens on a moment after its start, and says hello. */
  async connect(path: string): Promise<void> {
    let socket = await tryConnect(path);
    for (let attempt = 0; socket === undefined; attempt++) {
      if (this.end !== undefined || attempt > 500) throw new Error(`QEMU did not start: ${this.end ?? "no monitor"}`);
      await sleep(20);
      socket = await tryConnect(path);
    }
    this.socket = socket;
    const greeting = new Promise<Reply>((resolve) => this.waiting.push(resolve));
    socket.on("data", (data) => this.receive(data.toString()));
    socket.on("error", (error) => this.hasEnded(error.message));
    await greeting;
    await this.execute("qmp_capabilities");
  }

  async execute(command: string, options: Record<string, unknown> = {}): Promise<unknown> {
    if (this.end !== undefined) throw new Error(`QEMU has ended: ${this.end}`);
    const reply = await new Promise<Reply>((resolve) => {
      this.waiting.push(resolve);
      this.socket?.write(`${JSON.stringify({ execute: command, arguments: options })}\n`);
    });
    if (reply.error) throw new Error(`QEMU refused ${command}: ${reply.error.desc}`);
    return reply.return;
  }

  /** Guest-physical memory. */
  async memory(address: number, size: number): Promise<Uint8Array> {
    const path = join(this.scratch.path, "memory");
    await this.execute("pmemsave", { val: address, size, filename: path });
    return new Uint8Array(readFileSync(path));
  }

  async screen(): Promise<string[]> {
    if (this.end !== undefined) return this.lastRows;
    try {
      this.lastRows = rowsOfTextMemory(await this.memory(TEXT_MEMORY, TEXT_MEMORY_SIZE));
    } catch (error) {
      // It may have ended while it was being asked; its last screen is then what there is.
      if (this.end === undefined) throw error;
    }
    return this.lastRows;
  }

  async type(text: string): Promise<void> {
    for (const { shift, key } of keysOf(text)) {
      const holdMs = 20;
      const keys = (shift ? ["shift", qemuKey(key)] : [qemuKey(key)]).map((data) => ({ type: "qcode", data }));
      await this.execute("send-key", { keys, "hold-time": holdMs });
      // The keyboard's buffer holds 16 bytes and drops the rest, so a key goes out only after the one before it was let go.
      await sleep(2 * holdMs);
    }
  }

  send(text: string): void {
    this.child.stdin?.write(text);
  }

  async serial(): Promise<string> {
    if (this.child.stdout) return this.heard;
    return existsSync(this.files.serial) ? readFileSync(this.files.serial, "latin1") : "";
  }

  /** The picture on its screen, three bytes (red, green, blue) a pixel. */
  async picture(): Promise<{ width: number; height: number; rgb: Uint8Array }> {
    const path = join(this.scratch.path, "screen.ppm");
    await this.execute("screendump", { filename: path });
    const bytes = readFileSync(path);
    const header = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.toString("latin1", 0, 64));
    if (!header) throw new Error("QEMU's picture is no PPM file");
    return {
      width: Number(header[1]),
      height: Number(header[2]),
      rgb: new Uint8Array(bytes.subarray(header[0].length)),
    };
  }

  /** What the guest wrote to port E9h, as Latin-1. */
  debugLog(): string {
    return existsSync(this.files.debugLog) ? readFileSync(this.files.debugLog, "latin1") : "";
  }

  ended(): string | undefined {
    return this.end;
  }

  async stop(): Promise<void> {
    this.socket?.destroy();
    if (this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined) {
      const gone = new Promise<void>((resolve) => this.child.once("exit", () => resolve()));
      this.child.kill("SIGKILL");
      await gone;
    }
    this.scratch.remove();
  }

  private receive(text: string): void {
    this.received += text;
    for (let end = this.received.indexOf("\n"); end >= 0; end = this.received.indexOf("\n")) {
      const reply = JSON.parse(this.received.slice(0, end)) as Reply;
      this.received = this.received.slice(end + 1);
      if (reply.event === "SHUTDOWN") this.paused = true;
      if (reply.event === undefined) this.waiting.shift()?.(reply);
    }
  }

  private hasEnded(why: string): void {
    this.end ??= why;
    for (const resolve of this.waiting.splice(0)) resolve({ error: { desc: `ended: ${why}` } });
  }
}

/** A connection to a unix socket, or undefined when nobody listens on it (yet). */
function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => resolve(undefined));
  });
}
