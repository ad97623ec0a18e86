// The Xen examples as their READMEs say: built, by our tools and by GNU's, and run by their domain files. On our PC only: Xen itself needs
// a machine of its own.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { missing, scratchDirectory } from "../support.ts";
import { command, copyOf as copyInto, minios, readmeCommands } from "./example.ts";

const scratch = scratchDirectory("xen-examples");
afterAll(() => scratch.remove());

const copyOf = (example: string, name = example) => copyInto(scratch.path, example, name);

describe("xen-hello-asm", () => {
  test("what its README says builds and runs it", () => {
    const folder = copyOf("xen-hello-asm");
    const results = readmeCommands(folder).map((words) => minios(folder, ...words));
    expect(results).toEqual([
      { status: 0, stdout: "", stderr: "" },
      { status: 0, stdout: "", stderr: "" },
      { status: 0, stdout: "Hello, Xen!\n", stderr: "" },
    ]);
    const stats = minios(folder, "run", "hello.cfg", "--stats");
    expect(JSON.parse(stats.stdout).instructions).toBeLessThan(1_000_000);
  });

  test("and so does what GNU's tools make of it", (context) => {
    const reason = missing("as", "ld");
    if (reason !== undefined) return context.skip(reason);
    const folder = copyOf("xen-hello-asm", "gnu");
    expect(command(folder, "as", ["--32", "-o", "hello.o", "hello.s"]).status).toBe(0);
    const linked = command(folder, "ld", ["-m", "elf_i386", "-Ttext", "0x100000", "-o", "hello.elf", "hello.o"]);
    expect(linked.status).toBe(0);
    expect(minios(folder, "run", "hello.cfg", "--screen-text")).toEqual({
      status: 0,
      stdout: "Hello, Xen!\n",
      stderr: "",
    });
  });

  test.each([
    ["destroy", 0, /on_crash = "destroy": destroyed$/m],
    ["restart", 3, /on_crash = "restart": ended 4 times within a minute of its start, not restarted again$/m],
    ["preserve", 0, /on_crash = "preserve": preserved as it is$/m],
  ])("with a jump to nowhere it crashes, and on_crash = %s is done", (action, restarts, end) => {
    const folder = copyOf("xen-hello-asm", action);
    const source = readFileSync(join(folder, "hello.s"), "utf8");
    const wrong = source.replace(/movl +\$SCHED_OP_COMPAT, %eax/, "jmp 0x3000000");
    expect(wrong).not.toBe(source);
    writeFileSync(join(folder, "hello.s"), wrong);
    const configuration = readFileSync(join(folder, "hello.cfg"), "utf8");
    writeFileSync(join(folder, "hello.cfg"), configuration.replace(/"destroy"/, `'${action}'`));
    for (const words of readmeCommands(folder).slice(0, 2)) expect(minios(folder, ...words).status).toBe(0);
    const { status, stdout, stderr } = minios(folder, "run", "hello.cfg", "-serial", "stdio");
    expect(status).toBe(1);
    expect(stdout).toBe("Hello, Xen!\n".repeat(restarts + 1));
    expect(stderr).toContain("Unhandled page fault [#14, ec=0000]: executing 03000000, which is not mapped");
    expect(stderr.match(/: restarted$/gm) ?? []).toHaveLength(restarts);
    expect(stderr).toMatch(end);
  });
});

test("xen-hello-ts: what its README says builds and runs it", () => {
  const folder = copyOf("xen-hello-ts");
  const [build, run] = readmeCommands(folder);
  expect(minios(folder, ...build).status).toBe(0);
  expect(minios(folder, ...run)).toEqual({
    status: 0,
    stdout: "Hello, Xen, from TypeScript!\nMemory: 16 MiB\nMy command line: from hello.cfg\n",
    stderr: "",
  });
});
