// Instructions of the system: segments, paging, gates, tasks. Each program says what every step did; its .txt file holds the right
// answers, which are Bochs'; QEMU has to give them too, where it is exact.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { bochsMissing } from "../judges/bochs.ts";
import { qemuMissing } from "../judges/qemu.ts";
import { artefact, ROOT } from "../support.ts";
import { buildProgram, runInBochs, runInQemu, runOnOurs } from "./programs.ts";

interface Program {
  name: string;
  /** Lines that QEMU gets wrong; undefined when it is no judge of this at all. */
  qemuIsWrong: RegExp | undefined;
}

const PROGRAMS: Program[] = [
  // QEMU checks neither limits nor types of data segments, nor most of a new task.
  { name: "segments", qemuIsWrong: undefined },
  { name: "tasks", qemuIsWrong: undefined },
  { name: "taskfaults", qemuIsWrong: undefined },
  // Nor has it pending floating-point exceptions, or the environment's upper halves.
  { name: "float", qemuIsWrong: undefined },
  { name: "debug", qemuIsWrong: undefined },
  { name: "breakpoints", qemuIsWrong: undefined },
  { name: "v86", qemuIsWrong: undefined },
  { name: "vme", qemuIsWrong: undefined },
  { name: "realmode", qemuIsWrong: undefined },
  // It takes 3 for a selector that is not null.
  { name: "sysenter", qemuIsWrong: undefined },
  // QEMU does not check the stack's limits.
  { name: "returns", qemuIsWrong: undefined },
  // It does not say in error codes that the event came from outside.
  { name: "doublefaults", qemuIsWrong: undefined },
  // For QEMU an instruction that reads and then writes fails as a read.
  { name: "paging", qemuIsWrong: /^ *add:/ },
  // Nor does it check the limit of the code segment that it enters.
  { name: "gates", qemuIsWrong: /SHORT|0x47|0x48|an empty segment|beyond a limit/ },
];

describe.each(PROGRAMS)("$name", ({ name, qemuIsWrong }) => {
  let kernel: Uint8Array;
  const path = join(ROOT, "test/cpu", `${name}.txt`);
  const answers = (): string[] => readFileSync(path, "utf8").split("\n");
  beforeAll(() => {
    kernel = buildProgram(name);
  });

  test("Bochs gives the answers", async (context) => {
    const reason = bochsMissing();
    if (reason !== undefined) return context.skip(reason);
    const output = await runInBochs(kernel);
    if (process.env["MINIOS_WRITE_ANSWERS"]) writeFileSync(path, output);
    expect(output.split("\n")).toEqual(answers());
  });

  test.each(["interpreter", "compiler"] as const)("our CPU gives them too: %s", async (engine) => {
    const core = await WebAssembly.compile(Uint8Array.from(artefact("core")));
    expect(runOnOurs(core, kernel, { engine }).split("\n")).toEqual(answers());
  });

  if (qemuIsWrong === undefined) return;
  test("QEMU gives them too, but for what it does not check", async (context) => {
    const reason = qemuMissing();
    if (reason !== undefined) return context.skip(reason);
    const known = (lines: string[]): string[] =>
      lines.map((line) => (qemuIsWrong.test(line) ? "(not compared)" : line));
    expect(known((await runInQemu(kernel)).split("\n"))).toEqual(known(answers()));
  });
});
