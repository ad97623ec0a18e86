// Random bytes as code, by the million:
//   node test/random-code/run.mjs [INSTRUCTIONS] [FIRST SEED] [interpreter|compiler]
// A second process runs them; when it says nothing for three minutes, the slice that it said last hangs.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { withModule } from "../hardware/typescript.mjs";

const SILENCE_MS = 180_000;
const REPORT_MS = 10_000;
const [instructions = "1e9", seed = "1", engine = "interpreter"] = process.argv.slice(2);

if (process.send) {
  await withModule("/test/random-code/run.ts", ({ runRandomCode }) =>
    runRandomCode(Number(instructions), Number(seed), engine, (line) => process.send(line)),
  );
  // What was said is on its way; the last word is heard when this one is.
  await new Promise((resolve) => process.send("", resolve));
  process.disconnect();
} else {
  const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2));
  let last = "nothing yet";
  let reported = Date.now();
  const hang = () => {
    console.error(`it hangs: ${last}`);
    child.kill("SIGKILL");
    process.exitCode = 1;
  };
  let watchdog = setTimeout(hang, SILENCE_MS);
  child.on("message", (line) => {
    clearTimeout(watchdog);
    watchdog = setTimeout(hang, SILENCE_MS);
    if (line === "") return;
    last = line;
    if (line.startsWith("seed ") && Date.now() - reported < REPORT_MS) return;
    reported = Date.now();
    console.log(line);
  });
  child.on("exit", (status) => {
    clearTimeout(watchdog);
    process.exitCode ||= status ?? 1;
  });
}
