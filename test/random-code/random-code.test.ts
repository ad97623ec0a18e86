// A small sample of `node test/random-code/run.mjs`.

import { describe, expect, test } from "vitest";
import { artefact } from "../support.ts";
import { MODES, NoiseMachine } from "./slice.ts";

const SLICES = 2;
const INSTRUCTIONS = 20_000;

describe.each(["interpreter", "compiler"] as const)("random bytes as code, %s", (engine) => {
  test("in every mode: no host exception, no hang, no byte outside the guest's memory", async () => {
    const machine = new NoiseMachine(await WebAssembly.compile(Uint8Array.from(artefact("core"))), engine);
    let seed = 1;
    let run = 0;
    for (const mode of MODES) for (let i = 0; i < SLICES; i++) run += machine.run(seed++, mode, INSTRUCTIONS);
    expect(run).toBeGreaterThan(MODES.length * SLICES * 100);
  });
});
