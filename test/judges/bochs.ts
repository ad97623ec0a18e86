// Boots a floppy in Bochs and reads its text screen. Debian builds Bochs with its debugger: the driver talks to its prompt over pipes,
// stops the guest with SIGINT, has the text memory written to a file (`writemem`) and lets the guest go on. Keys go in by the
// display library "rfb" (a VNC server), which needs no screen.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
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
import { keysOf, keysym, SHIFT_KEYSYM } from "./keys.ts";
import { RfbKeyboard } from "./rfb.ts";
import { SocketLine } from "./socket-line.ts";

const BIOS = "/usr/share/bochs/BIOS-bochs-latest";
const VGA_BIOS = ["/usr/share/vgabios/vgabios.bin", "/usr/share/bochs/VGABIOS-lgpl-latest"];
const BOOT_DEVICES: Record<string, string> = { a: "floppy", c: "disk", d: "cdrom" };
const PROMPT = /<bochs:\d+> /;

/** Why Bochs can't be used here, or undefined when it can. */
export function bochsMissing(): string | undefined {
  return missing("bochs") ?? (existsSync(BIOS) ? undefined : `not installed: ${BIOS}`);
}

export const bootInBochs = (options: BootOptions): Promise<string[]> => bootWith(startBochs, options);

export interface BochsOptions extends Omit<BootOptions, "until" | "keys"> {
  /** Writes no line for each exception: a guest that makes thousands of them would fill the disk. */
  quiet?: boolean;
}

export async function startBochs(options: BochsOptions): Promise<BochsGuest> {
  if (options.kernel || options.commandLine !== undefined) throw new Error("Bochs has no direct kernel loading");
  if (options.isStick) throw new Error("Bochs' BIOS boots from no USB stick");
  if (!options.floppy && !options.disk && !options.cdrom) throw new Error("Bochs needs something to boot from");
  const scratch = scratchDirectory("bochs");
  const file = (name: string): string => join(scratch.path, name);
  if (options.bios) writeFileSync(file("bios.bin"), options.bios);
  const memoryMiB = options.memoryMiB ?? 32;
  const line = options.serialLine ? await SocketLine.open() : undefined;
  const configuration = [
    `display_library: rfb, options="timeout=0"`,
    `romimage: file=${options.bios ? file("bios.bin") : BIOS}`,
    `vgaromimage: file=${VGA_BIOS.find((path) => existsSync(path)) ?? VGA_BIOS[0]}`,
    `memory: guest=${memoryMiB}, host=${memoryMiB}`,
    `cpu: count=1, ips=50000000, reset_on_triple_fault=0`,
    `clock: sync=none, time0=946684800`,
    `boot: ${Array.from(bootOrderOf(options), (letter) => BOOT_DEVICES[letter]).join(", ")}`,
    `floppy_bootsig_check: disabled=1`,
    line
      ? `com1: enabled=1, mode=socket-client, dev=${line.address}`
      : `com1: enabled=1, mode=file, dev=${file("serial")}`,
    `sound: driver=dummy`,
    `log: ${file("log")}`,
    `panic: action=fatal`,
    `error: action=${options.quiet ? "ignore" : "report"}`,
    `info: action=report`,
  ];
  if (options.floppy) {
    writeFileSync(file("floppy.img"), options.floppy);
    configuration.push(`floppya: 1_44=${file("floppy.img")}, status=inserted`);
  }
  if (options.disk) {
    writeFileSync(file("disk.img"), options.disk);
    if (options.diskBytes !== undefined) truncateSync(file("disk.img"), options.diskBytes);
    // Cylinders 0: Bochs finds the geometry out by the size, or takes a virtual disk's own.
    const mode = options.diskFormat === "vhd" ? "vpc" : "flat";
    configuration.push(`ata0-master: type=disk, mode=${mode}, path=${file("disk.img")}, cylinders=0`);
  }
  if (options.cdrom) {
    writeFileSync(file("cd.iso"), options.cdrom);
    configuration.push("ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15");
    configuration.push(`ata1-master: type=cdrom, path=${file("cd.iso")}, status=inserted`);
  }
  writeFileSync(file("bochsrc"), `${configuration.join("\n")}\n`);
  const child = spawn("bochs", ["-q", "-f", file("bochsrc")], { stdio: ["pipe", "pipe", "pipe"] });
  const guest = new BochsGuest(child, scratch, line);
  try {
    await guest.start();
  } catch (error) {
    await guest.stop();
    throw error;
  }
  return guest;
}

export class BochsGuest implements Guest {
  readonly name = "Bochs";
  private end: string | undefined;
  private lastRows = rowsOfTextMemory(new Uint8Array(TEXT_MEMORY_SIZE));
  /** What the debugger has said since the last command. */
  private said = "";
  private complaints = "";
  private running = false;
  private stopping = false;
  private keyboard: RfbKeyboard | undefined;

  constructor(
    private readonly child: ChildProcess,
    private readonly scratch: { path: string; remove: () => void },
    private readonly line: SocketLine | undefined,
  ) {
    child.stdout?.on("data", (data: Buffer) => {
      this.said += data.toString("latin1");
      // A prompt that nobody asked for: the guest has died and the debugger waits for somebody to look.
      if (this.running && !this.stopping && PROMPT.test(this.said)) this.hasEnded(`stopped: ${this.said}`);
    });
    child.stderr?.on("data", (data: Buffer) => {
      this.complaints += data.toString("latin1");
    });
    child.stdin?.on("error", () => {});
    child.on("exit", (status, signal) => this.hasEnded(`exit ${signal ?? status}`));
    child.on("error", (error) => this.hasEnded(error.message));
  }

  async start(): Promise<void> {
    await this.prompt();
    this.resume();
    for (let attempt = 0; ; attempt++) {
      const port = /listening for connections on port (\d+)/.exec(this.log())?.[1];
      if (port !== undefined) {
        this.keyboard = await RfbKeyboard.connect(Number(port));
        return;
      }
      if (attempt > 1000 || this.end !== undefined)
        throw new Error(`Bochs opened no display: ${this.end ?? this.log()}`);
      await sleep(10);
    }
  }

  async screen(): Promise<string[]> {
    if (this.end !== undefined) return this.lastRows;
    try {
      this.lastRows = rowsOfTextMemory(await this.memory(TEXT_MEMORY, TEXT_MEMORY_SIZE));
      // Let the guest run longer than it stood still.
      await sleep(100);
    } catch (error) {
      if (this.end === undefined) throw error;
    }
    return this.lastRows;
  }

  /** Guest-physical memory. */
  async memory(address: number, size: number): Promise<Uint8Array> {
    this.stopping = true;
    await this.prompt(() => this.child.kill("SIGINT"));
    const path = join(this.scratch.path, "memory");
    this.command(`writemem "${path}" ${address} ${size}`);
    await this.prompt();
    this.resume();
    return new Uint8Array(readFileSync(path));
  }

  /**
   * Bochs' display thread puts keys into a queue that the guest's thread empties without a lock: keys that come while it does so are
   * lost or come twice. So the guest stands still while they come.
   */
  async type(text: string): Promise<void> {
    for (const { shift, key } of keysOf(text)) {
      await this.pause();
      if (shift) this.keyboard?.send(SHIFT_KEYSYM, true);
      this.keyboard?.send(keysym(key), true);
      this.keyboard?.send(keysym(key), false);
      if (shift) this.keyboard?.send(SHIFT_KEYSYM, false);
      await sleep(20);
      this.resume();
      // The keyboard's own buffer holds 16 bytes and drops the rest.
      await sleep(40);
    }
  }

  async serial(): Promise<string> {
    if (this.line) return this.line.heard;
    const path = join(this.scratch.path, "serial");
    return existsSync(path) ? readFileSync(path, "latin1") : "";
  }

  ended(): string | undefined {
    return this.end;
  }

  async stop(): Promise<void> {
    this.keyboard?.close();
    if (this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined) {
      const gone = new Promise<void>((resolve) => this.child.once("exit", () => resolve()));
      this.child.kill("SIGKILL");
      await gone;
    }
    this.line?.close();
    this.scratch.remove();
  }

  send(text: string): void {
    this.line?.send(text);
  }

  /** Stops the guest: the debugger's prompt comes. */
  private async pause(): Promise<void> {
    this.stopping = true;
    this.child.kill("SIGINT");
    await this.prompt();
  }

  private resume(): void {
    this.command("continue");
    this.stopping = false;
    this.running = true;
  }

  private command(line: string): void {
    this.said = "";
    this.running = false;
    this.child.stdin?.write(`${line}\n`);
  }

  /** Waits for the debugger's prompt. A `nudge` asks for it, again and again: Bochs forgets one that comes before it has gone on. */
  private async prompt(nudge?: () => void): Promise<void> {
    const deadline = Date.now() + 20_000;
    for (let turn = 0; !PROMPT.test(this.said); turn++) {
      if (turn % 100 === 0) nudge?.();
      if (this.end !== undefined) throw new Error(`Bochs has ended: ${this.end}`);
      if (Date.now() > deadline)
        throw new Error(`Bochs' debugger does not answer; it said ${JSON.stringify(this.said)}`);
      await sleep(5);
    }
  }

  private hasEnded(why: string): void {
    if (this.end !== undefined) return;
    // In Bochs' log a letter before the device tells how grave a line is: "e" is an error, "p" a panic.
    const lines = this.log().trim().split("\n");
    const grave = lines.filter((line) => /^\d+[ep]\[/.test(line));
    this.end = `${why}: ${(grave.length > 0 ? grave : lines).slice(-4).join("; ")}`;
  }

  /** Bochs' log, or what it said before there was one. */
  private log(): string {
    const path = join(this.scratch.path, "log");
    return existsSync(path) ? readFileSync(path, "latin1") : this.complaints;
  }
}
