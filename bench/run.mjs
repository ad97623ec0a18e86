// npm run bench: what MiniOS and its PC cost, against v86 in the same run. A benchmark reports; no test depends on it.
// Figures of time are noisy: compare them within one run. Instructions and bytes are exact.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createMachine } from "../dist/index.js";
import { codeQuality } from "./code-quality.mjs";
import { timeInV86, unavailable } from "./v86.mjs";

const IMAGE = "build/minios.img";
const DISK = "build/minios-disk.img";
const THREADS = 50_000;
const DONE = /no memory lost/;

const row = (name, value) => console.log(`${name.padEnd(44)} ${value}`);

/** Boots in a process of its own, so that starting node counts. */
function boot() {
  const args = ["bin/minios.js", "run", "-fda", IMAGE, "--display", "none", "--until", "minios>", "--stats"];
  const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return JSON.parse(stdout);
}

/** The floppy with the kernel's own shell: its setup holds the kernel's command line (toolchain/image/boot-area.ts). */
function monitorFloppy() {
  const image = new Uint8Array(readFileSync(IMAGE));
  const setup = new DataView(image.buffer).getUint32(0x1f6, true) * 512;
  image.set(new TextEncoder().encode("shell=monitor\0"), setup + 0x10);
  return image;
}

/** A file of 1 MB on the hard disk: written, synced, read back and compared, by the monitor; and a hundredth of that. */
function measureFiles() {
  const kernel = { image: new Uint8Array(readFileSync("build/kernel.elf")), commandLine: "kernel shell=monitor" };
  const disk = createMachine({ kernel, hda: new Uint8Array(readFileSync(DISK)) });
  const shows = (pattern) => () => pattern.test(disk.screen.text().join("\n"));
  disk.run({ until: shows(/minios>/) });
  for (const [kilobytes, what] of [
    [1024, "1 MB to a file and back, guest instructions"],
    [10, "10 KB to a file and back, guest instructions"],
  ]) {
    const before = disk.instructions;
    disk.keyboard.type(`writetest /bench.bin ${kilobytes}\n`);
    disk.run({ until: shows(new RegExp(`^${kilobytes} KB written and read`, "m")) });
    row(what, disk.instructions - before);
  }
}

/** What the kernel's operations and system calls cost: the monitor's measure, and the program of that name. */
function measureCalls() {
  const kernel = { image: new Uint8Array(readFileSync("build/kernel.elf")), commandLine: "kernel shell=monitor" };
  const pc = createMachine({ kernel, hda: new Uint8Array(readFileSync(DISK)) });
  const prompts = (count) => () => pc.screen.text().filter((line) => line.startsWith("minios>")).length > count;
  pc.run({ until: prompts(0) });
  for (const [count, command] of ["measure", "run measure"].entries()) {
    pc.keyboard.type(`${command}\n`);
    pc.run({ until: prompts(count + 1), instructions: 1e9 });
  }
  for (const line of pc.screen.text()) {
    const [, what, cost] = /^ *([a-z0-9][^:]*?)[: ] +(\d+)$/.exec(line.trimEnd()) ?? [];
    if (cost) row(`${what}, guest instructions`, cost);
  }
}

const booted = boot();
row("reset to prompt, guest instructions", booted.instructions);
row("reset to prompt, seconds (node start included)", (booted.seconds + booted.startupSeconds).toFixed(3));

const floppyA = monitorFloppy();
const machine = createMachine({ floppyA });
const shows = (pattern) => () => pattern.test(machine.screen.text().join("\n"));
machine.run({ until: shows(/minios>/) });
machine.keyboard.type(`threads ${THREADS}\n`);
const instructions = machine.instructions;
const start = performance.now();
machine.run({ until: shows(DONE) });
const ours = (performance.now() - start) / 1000;
const executed = machine.instructions - instructions;
row(`threads ${THREADS}, guest instructions`, executed);
row(`threads ${THREADS}, seconds`, `${ours.toFixed(2)} (${(executed / ours / 1e6).toFixed(0)} MIPS)`);

measureFiles();
measureCalls();

const why = unavailable();
if (why) row("v86", `not measured: ${why}`);
else {
  const image = "build/bench-monitor.img";
  writeFileSync(image, floppyA);
  const [, theirs] = await timeInV86(image, [{ until: /minios>/ }, { keys: `threads ${THREADS}\n`, until: DONE }]);
  row(`threads ${THREADS}, seconds in v86`, `${theirs.toFixed(2)} (ours takes ${(ours / theirs).toFixed(2)} of it)`);
}
await codeQuality();
process.exit(0);
