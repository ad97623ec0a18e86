// The command as a person types it, from a file of its own process to its exit status.

import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { ARTEFACTS } from "../support.ts";

function minios(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [ARTEFACTS.cli, "run", ...words], {
    encoding: "utf8",
    timeout: 100_000,
  });
  return { status, stdout, stderr };
}

const QUIET = ["--display", "none"];

describe("minios run", () => {
  test("types, waits for the answer and prints the screen", () => {
    const words = ["-fda", ARTEFACTS.floppy, "--type", "echo hi\\n", "--until", "^hi", ...QUIET, "--screen-text"];
    const { status, stdout, stderr } = minios(...words);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^MiniOS /);
    expect(stdout).toMatch(/^minios> echo hi\nhi$/m);
  });

  test("prints the same instruction count in two runs", () => {
    const counts = [1, 2].map(() => {
      const { stdout, stderr } = minios("-fda", ARTEFACTS.floppy, "--until", "^minios>", ...QUIET, "--stats");
      const found = /"instructions": ?(\d+)/.exec(stdout + stderr);
      return Number(found?.[1]);
    });
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[1]).toBe(counts[0]);
    expect(counts[0]).toBeLessThanOrEqual(10_000_000);
  });

  test("takes at most 1.5 s of processor time to the prompt", () => {
    const command = `"$0" "$1" run -fda "$2" --until '^minios>' --display none && times`;
    const words = ["-c", command, process.execPath, ARTEFACTS.cli, ARTEFACTS.floppy];
    const { status, stdout } = spawnSync("sh", words, { encoding: "utf8" });
    expect(status).toBe(0);
    // The shell's own time, and on the second line its children's: user and system.
    const children = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/.exec(stdout);
    const seconds = children
      ? Number(children[1]) * 60 + Number(children[2]) + Number(children[3]) * 60 + Number(children[4])
      : Number.NaN;
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(1.5);
  });

  test("exits with 1 when the condition is not met", () => {
    const { status } = minios("-fda", ARTEFACTS.floppy, "--until", "never", "--max-instructions", "1000000", ...QUIET);
    expect(status).toBe(1);
  });

  test("exits with 0 when the guest turns the power off", () => {
    const { status } = minios("-kernel", ARTEFACTS.kernel, "--type", "halt\\n", "--timeout", "20", ...QUIET);
    expect(status).toBe(0);
  });

  test("says on the serial line what the screen shows", () => {
    const words = ["-fda", ARTEFACTS.floppy, "--type", "echo over the wire\\n", "--until", "^over the wire"];
    const { status, stdout } = minios(...words, ...QUIET, "-serial", "stdio");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^over the wire\r?$/m);
  });
});
