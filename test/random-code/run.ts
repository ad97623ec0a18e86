// Runs slices until so many instructions have run, and says how many of which mode.

import { artefact } from "../support.ts";
import { MODES, NoiseMachine } from "./slice.ts";

const SLICE = 100_000;
const SAY_MS = 1000;

/** @param say called with progress now and then: the slice's seed, so that a hang can be found again */
export async function runRandomCode(
  instructions: number,
  firstSeed: number,
  engine: "interpreter" | "compiler",
  say: (line: string) => void,
): Promise<void> {
  const machine = new NoiseMachine(await WebAssembly.compile(Uint8Array.from(artefact("core"))), engine);
  const counts = new Map<string, number>();
  let total = 0;
  let said = 0;
  for (let seed = firstSeed; total < instructions; seed++) {
    const mode = MODES[seed % MODES.length];
    const run = machine.run(seed, mode, SLICE, () => {
      if (Date.now() - said < SAY_MS) return;
      said = Date.now();
      say(`seed ${seed}, ${mode.name}: ${total} instructions so far`);
    });
    // What was said leaves this process only when it does nothing else.
    await new Promise<void>((resolve) => setImmediate(resolve));
    counts.set(mode.name, (counts.get(mode.name) ?? 0) + run);
    total += run;
  }
  for (const [mode, count] of counts) say(`${mode}: ${count} instructions`);
  say(`${total} instructions of random code: no host exception, no hang, nothing touched outside the guest's memory`);
}
