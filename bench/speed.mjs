// What the processor is worth: the same Multiboot kernel (speed/speed.s) on the same floppy in our PC with either engine, in QEMU's
// translator, in Bochs and in v86, one after the other in one run. The guest sends a letter before and after each workload; the
// times are the host's, so that no guest's idea of time matters.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assembleFile, diskTree, link } from "../dist/build.js";
import { createMachine } from "../dist/index.js";
import { unavailable, v86Emulator } from "./v86.mjs";

const SOURCE = "bench/speed/speed.s";
const SCRIPT = "ENTRY(_start) SECTIONS { . = 0x100000; .text : { *(.text) } }";
const WORKLOADS = { a: "registers", s: "sieve", q: "quicksort", c: "calls", b: "bytes, copies" };
const BOCHS_BIOS = "/usr/share/bochs/BIOS-bochs-latest";
const BOCHS_VGA = ["/usr/share/vgabios/vgabios.bin", "/usr/share/bochs/VGABIOS-lgpl-latest"];
/** Longer than the slowest takes on the slowest machine that we know. */
const PATIENCE_MS = 120_000;

/** Milliseconds by workload, from the bytes of a serial line. */
class Stopwatch {
  times = {};
  #start = 0;
  #finish;
  done = new Promise((resolve) => {
    this.#finish = resolve;
  });

  byte(byte) {
    const letter = String.fromCharCode(byte);
    if (letter === ".") this.#finish();
    else if (letter in WORKLOADS) this.#start = performance.now();
    else if (letter.toLowerCase() in WORKLOADS) this.times[letter.toLowerCase()] = performance.now() - this.#start;
  }

  async wait(what) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${what} did not finish in ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
    });
    await Promise.race([this.done, late]);
    clearTimeout(timer);
    return this.times;
  }
}

function inOurs(floppy, engine) {
  const machine = createMachine({ floppyA: floppy.slice(), engine });
  const watch = new Stopwatch();
  machine.serial[0].onByte = (byte) => watch.byte(byte);
  let ended = false;
  watch.done.then(() => {
    ended = true;
  });
  machine.run({ instructions: 2e9, until: () => ended || machine.serial[0].output.endsWith(".") });
  return watch.times;
}

/** A PC in a process of its own, whose COM1 connects to us. `start` gets the port. */
async function inProcess(what, start) {
  const watch = new Stopwatch();
  const server = createServer((socket) =>
    socket.on("data", (data) => {
      for (const byte of data) watch.byte(byte);
    }),
  );
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const child = start(server.address().port);
  try {
    return await watch.wait(what);
  } finally {
    // Bochs is started by a script of Debian's: the whole group goes.
    process.kill(-child.pid, "SIGKILL");
    server.close();
  }
}

const inQemu = (image) =>
  inProcess("QEMU", (port) =>
    spawn(
      "qemu-system-i386",
      [
        ...["-display", "none", "-nodefaults", "-accel", "tcg", "-m", "32"],
        ...["-drive", `if=floppy,format=raw,file=${image}`, "-serial", `tcp:127.0.0.1:${port}`],
      ],
      { detached: true },
    ),
  );

function inBochs(image, folder) {
  return inProcess("Bochs", (port) => {
    const file = join(folder, "bochsrc");
    const lines = [
      `display_library: rfb, options="timeout=0"`,
      `romimage: file=${BOCHS_BIOS}`,
      `vgaromimage: file=${BOCHS_VGA.find(existsSync) ?? BOCHS_VGA[0]}`,
      "memory: guest=32, host=32",
      "cpu: count=1, ips=50000000",
      "clock: sync=none",
      "boot: floppy",
      `floppya: 1_44=${image}, status=inserted`,
      `com1: enabled=1, mode=socket-client, dev=127.0.0.1:${port}`,
      "sound: driver=dummy",
      "panic: action=fatal",
      "error: action=report",
      "info: action=report",
      `log: ${join(folder, "bochs.log")}`,
    ];
    writeFileSync(file, `${lines.join("\n")}\n`);
    // Debian's Bochs starts in its debugger. Its commands come from a file: without a viewer the display sends its picture to
    // descriptor 0, and would wait there if that were a socket, as a pipe of Node's is.
    const commands = join(folder, "commands");
    writeFileSync(commands, "c\n");
    return spawn("bochs", ["-q", "-f", file], { stdio: [openSync(commands), "ignore", "ignore"], detached: true });
  });
}

async function inV86(image) {
  const watch = new Stopwatch();
  const emulator = await v86Emulator(image);
  emulator.add_listener("serial0-output-byte", (byte) => watch.byte(byte));
  try {
    return await watch.wait("v86");
  } finally {
    await emulator.destroy();
  }
}

const installed = (program) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

/** Prints the table, and how our interpreter stands to Bochs. */
export async function speedFigures() {
  const { elf } = link([assembleFile(diskTree("."), SOURCE)], { script: SCRIPT });
  const folder = mkdtempSync(join(tmpdir(), "minios-speed-"));
  const kernel = join(folder, "speed.elf");
  const image = join(folder, "speed.img");
  writeFileSync(kernel, elf);
  const made = spawnSync(process.execPath, ["bin/minios.js", "mkimage", "floppy", "-o", image, "--kernel", kernel]);
  if (made.status !== 0) throw new Error(`speed: no floppy: ${made.stderr}`);
  const floppy = new Uint8Array(readFileSync(image));
  const columns = { interpreter: inOurs(floppy, "interpreter"), compiler: inOurs(floppy, "compiler") };
  if (installed("qemu-system-i386")) columns.QEMU = await inQemu(image);
  if (installed("bochs") && existsSync(BOCHS_BIOS)) columns.Bochs = await inBochs(image, folder);
  if (!unavailable()) columns.v86 = await inV86(image);
  const names = Object.keys(columns);
  console.log(`\n${"workload, ms".padEnd(16)}${names.map((name) => name.padStart(13)).join("")}`);
  const total = {};
  for (const [letter, workload] of Object.entries(WORKLOADS)) {
    for (const name of names) total[name] = (total[name] ?? 0) + columns[name][letter];
    console.log(workload.padEnd(16) + names.map((name) => columns[name][letter].toFixed(0).padStart(13)).join(""));
  }
  console.log("together".padEnd(16) + names.map((name) => total[name].toFixed(0).padStart(13)).join(""));
  for (const name of names.slice(2))
    console.log(
      `${`interpreter and compiler against ${name}`.padEnd(44)} ${(total[name] / total.interpreter).toFixed(2)} and ${(total[name] / total.compiler).toFixed(2)} times as fast`,
    );
  rmSync(folder, { recursive: true });
}
