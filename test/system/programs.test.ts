// Programs in ring 3 on our PC: what the kernel does for them, what it refuses, and that nothing they do harms it.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { artefact, missing, ROOT, scratchDirectory } from "../support.ts";
import { type Program, Session, testProgram } from "./programs.ts";

let programs: Program[];
beforeAll(async () => {
  programs = [];
  for (const name of ["null", "random", "fault", "memory", "spawn"]) programs.push(await testProgram(name));
});

/** What the monitor's mem says of frames and heap, and how many threads there are. */
function resources(session: Session): string[] {
  return [...session.run("mem"), session.run("ps").at(-1) ?? ""];
}

describe("system calls", () => {
  test("cost at most 150 instructions when they do nothing", async () => {
    const session = await Session.start(programs);
    const [line = ""] = session.run("run null");
    expect(Number(/^null system call: (\d+)$/.exec(line)?.[1])).toBeLessThanOrEqual(150);
  });

  test("a million random ones leave the kernel alive, and it says what it refused", async () => {
    const session = await Session.start(programs);
    const lines = session.run("run random 1000000");
    const counts = lines.map((line) => Number(/^ *(\d+) (?:done|refused: .*)$/.exec(line)?.[1]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1_000_000);
    const refused = lines.map((line) => line.trim().replace(/^\d+ /, ""));
    for (const what of ["bad address", "bad handle", "no such system call", "invalid argument", "no such process"])
      expect(refused).toContain(`refused: ${what}`);
    expect(session.run("run null")[0]).toMatch(/^null system call/);
  });

  test("give memory, and say when there is none", async () => {
    const session = await Session.start(programs);
    expect(session.run("run memory")).toEqual([
      "stack grows",
      "heap keeps its bytes",
      "calloc clears",
      "too much: out of memory",
      "below the start: refused",
      "new pages are zero",
      "the kernel touches the heap: 12288",
    ]);
  });
});

describe("a fault ends the program, and only it, with a report", () => {
  let session: Session;
  beforeAll(async () => {
    session = await Session.start(programs);
  });

  test.each<[string, RegExp, RegExp]>([
    ["null", /^fault: page fault: write to 00000000, which is not mapped$/, / writeTo user\/tests\/fault\.ts:\d+$/],
    ["kernel", /^fault: page fault: write to 00101000, which is protected$/, / writeTo user\/tests\/fault\.ts:\d+$/],
    ["code", /^fault: page fault: write to 08048100, which is protected$/, / writeTo user\/tests\/fault\.ts:\d+$/],
    ["beyond", /^fault: page fault: write to c0000000, which is not mapped$/, / writeTo user\/tests\/fault\.ts:\d+$/],
    ["divide", /^fault: divide error$/, / main user\/tests\/fault\.ts:\d+$/],
    ["opcode", /^fault: invalid opcode$/, / main user\/tests\/fault\.ts:\d+$/],
    ["stack", /^fault: page fault: write to bfefe[0-9a-f]{3}, which is not mapped$/, / sum user\/tests\/fault\.ts:\d+$/],
  ])("%s", (kind, message, place) => {
    const lines = session.run(`run fault ${kind}`);
    expect(lines[0]).toMatch(message);
    expect(lines[1]).toMatch(place);
    expect(lines.slice(-4)).toEqual([
      expect.stringMatching(/^ {2}eax [0-9a-f]{8} {2}ebx [0-9a-f]{8} {2}ecx [0-9a-f]{8} {2}edx [0-9a-f]{8}$/),
      expect.stringMatching(/^ {2}esi [0-9a-f]{8} {2}edi [0-9a-f]{8} {2}ebp [0-9a-f]{8} {2}esp [0-9a-f]{8}$/),
      expect.stringMatching(/^ {2}eip [0-9a-f]{8} {2}eflags [0-9a-f]{8}$/),
      "run: ended by a fault",
    ]);
  });

  test("a failed check of the program's own says where", () => {
    expect(session.run("run fault assert")).toEqual([
      expect.stringMatching(/^user\/tests\/fault\.ts:\d+:\d+: nothing is nothing$/),
      "run: exit status 134",
    ]);
    expect(session.run("run fault index").at(-1)).toBe("run: exit status 134");
    expect(session.run("run fault")).toEqual(["run: exit status 5"]);
  });
});

describe("processes", () => {
  test("start, end and leave nothing behind", async () => {
    const session = await Session.start(programs, 32, artefact("floppy"));
    session.run("run /bin/hello");
    // The program starts itself by its path, so it has to lie on a disk.
    const before = resources(session);
    for (let round = 0; round < 2; round++) session.run("run hello a b");
    expect(resources(session)).toEqual(before);
  });
});

describe("a program built by gcc", () => {
  const reason = missing("gcc");
  test.skipIf(reason !== undefined)("runs", async () => {
    const scratch = scratchDirectory("gcc");
    try {
      const output = join(scratch.path, "hello");
      const flags = ["-m32", "-ffreestanding", "-nostdlib", "-static", "-fno-pie", "-O2", "-I", join(ROOT, "user/c")];
      const gcc = spawnSync("gcc", [...flags, "-o", output, join(ROOT, "user/c/hello.c")], { encoding: "utf8" });
      expect(gcc.stderr).toBe("");
      const session = await Session.start([{ name: "chello", data: new Uint8Array(readFileSync(output)) }]);
      expect(session.run("run chello one two")).toEqual(["Hello from C: chello one two", "run: exit status 3"]);
    } finally {
      scratch.remove();
    }
  });
});
