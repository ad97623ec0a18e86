// npm run bench: what MiniOS and its PC cost, against v86 in the same run. A benchmark reports; no test depends on it.
// Figures of time are noisy: compare them within one run. Instructions and bytes are exact.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createMachine } from "../dist/index.js";
import { codeQuality } from "./code-quality.mjs";
import { speedFigures } from "./speed.mjs";
import { systemFigures } from "./system.mjs";
import { timeInV86, unavailable } from "./v86.mjs";

const IMAGE = "build/minios.img";
/** Four programs, in turns, through system calls and the file system. */
const WORK = "threads 4 10000";
const DONE = /nothing lost/;

const row = (name, value) => console.log(`${name.padEnd(44)} ${value}`);

/** Boots in a process of its own, so that starting node counts. */
function boot() {
  const args = ["bin/minios.js", "run", "-fda", IMAGE, "--display", "none", "--until", "minios>", "--stats"];
  const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return JSON.parse(stdout);
}

systemFigures();
const booted = boot();
row("reset to prompt, guest instructions", booted.instructions);
row("reset to prompt, seconds (node start included)", (booted.seconds + booted.startupSeconds).toFixed(3));

const machine = createMachine({ floppyA: new Uint8Array(readFileSync(IMAGE)) });
const shows = (pattern) => () => pattern.test(machine.screen.text().join("\n"));
machine.run({ until: shows(/minios>/) });
machine.keyboard.type(`${WORK}\n`);
const instructions = machine.instructions;
const start = performance.now();
machine.run({ until: shows(DONE) });
const ours = (performance.now() - start) / 1000;
const executed = machine.instructions - instructions;
row(`${WORK}, guest instructions`, executed);
row(`${WORK}, seconds`, `${ours.toFixed(2)} (${(executed / ours / 1e6).toFixed(0)} MIPS)`);

const why = unavailable();
if (why) row("v86", `not measured: ${why}`);
else {
  const [, theirs] = await timeInV86(IMAGE, [{ until: /minios>/ }, { keys: `${WORK}\n`, until: DONE }]);
  row(`${WORK}, seconds in v86`, `${theirs.toFixed(2)} (ours takes ${(ours / theirs).toFixed(2)} of it)`);
}
await speedFigures();
await codeQuality();
process.exit(0);
