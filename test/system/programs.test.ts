// Programs in ring 3 on our PC: what the kernel does for them, what it refuses, and that nothing they do harms it.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { writeFat } from "../../formats/fat/index.ts";
import { Random } from "../../kernel/testing.ts";
import { missing, ROOT, scratchDirectory } from "../support.ts";
import { imageProgram, type Program, Session, testProgram } from "./programs.ts";

let programs: Program[];
beforeAll(async () => {
  programs = [imageProgram("bench")];
  for (const name of ["random", "fault", "memory", "spawn"]) programs.push(await testProgram(name));
});

/** Frames, heap and open files, and which threads there are. */
function resources(session: Session): string[] {
  const threads = session.run("cat /proc/threads").map((line) => /\S+$/.exec(line)?.[0] ?? "");
  return [...session.run("cat /proc/meminfo"), ...threads];
}

describe("system calls", () => {
  test("cost at most 150 instructions when they do nothing", async () => {
    const session = await Session.start(programs);
    const [line = ""] = session.run("run bench calls");
    expect(Number(/^null system call +(\d+)$/.exec(line)?.[1])).toBeLessThanOrEqual(150);
  });

  test("a million random ones leave the kernel alive, and it says what it refused", async () => {
    const session = await Session.start(programs);
    const lines = session.run("run random 1000000");
    const counts = lines.map((line) => Number(/^ *(\d+) (?:done|refused: .*)$/.exec(line)?.[1]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1_000_000);
    const refused = lines.map((line) => line.trim().replace(/^\d+ /, ""));
    for (const what of ["bad address", "bad handle", "no such system call", "invalid argument", "no such process"])
      expect(refused).toContain(`refused: ${what}`);
    expect(session.run("run bench calls")[0]).toMatch(/^null system call/);
  });

  // Of 256 MiB half lies where the kernel can't reach it but through a program's page tables.
  test.each([8, 256])("give memory, and say when there is none (%d MiB)", async (mebibytes) => {
    const session = await Session.start(programs, mebibytes);
    expect(session.run("run memory")).toEqual([
      "stack grows",
      "heap keeps its bytes",
      "calloc clears",
      "malloc returns 0",
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
    [
      "stack",
      /^fault: page fault: write to bfefe[0-9a-f]{3}, which is not mapped$/,
      / sum user\/tests\/fault\.ts:\d+$/,
    ],
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
  let session: Session;
  beforeAll(async () => {
    const spawn = programs.find(({ name }) => name === "spawn")?.data ?? new Uint8Array(0);
    const data = new TextEncoder().encode("not a program\n".repeat(9));
    const files = [
      { path: "/bin/spawn", data: spawn },
      { path: "/etc/motd", data },
    ];
    session = await Session.start([{ name: "disk", data: writeFat(files, { totalSectors: 2880 }) }]);
  });

  test("start, end, are waited for and killed, share semaphores and pipes, and leave nothing behind", () => {
    const first = session.run("run /bin/spawn");
    expect(first.filter((line) => !/^(spawn|motd): |^ {2}/.test(line))).toEqual([
      "no such program: ok",
      "not a program: ok",
      "no child: ok",
      "no such process: ok",
      "exit: ok 42",
      "fault: ok",
      "still there: ok",
      "killed asleep: ok",
      "spinning",
      "killed at work: ok",
      "100 children: 4200",
      "detached: ok",
      "semaphores: 12",
      "destroyed: ok",
      "pipe: hello",
      "left open for exit to close",
      "floats: ok",
    ]);
    expect(first).toContain("motd: not a program: expected 7F 'E' 'L' 'F', found 544501614 at offset 0");
    expect(first).toContain("spawn: page fault: write to 00000000, which is not mapped");
    // What the first run left in caches stays; the second adds nothing.
    const before = resources(session);
    session.run("run /bin/spawn");
    expect(resources(session)).toEqual(before);
  });

  test("in the foreground end at ^C, and the terminal stays", () => {
    session.type("run /bin/spawn spin\n", /\nspinning\n$/);
    session.type("\x03", /\^C\nrun: interrupted\nminios> $/);
    expect(session.run("run /bin/spawn exit")).toEqual(["run: exit status 42"]);
  });
});

describe("damaged programs", () => {
  test("are refused, or run and end, and leave nothing behind", async () => {
    const COUNT = 300;
    const good = programs.find(({ name }) => name === "bench")?.data ?? new Uint8Array(0);
    const random = new Random(5);
    const files = Array.from({ length: COUNT }, (_, i) => {
      const data = good.slice();
      // In the headers, and somewhere.
      for (let change = 0; change < 2; change++) data[random.below(52 + 4 * 32)] ^= 1 << random.below(8);
      data[random.below(data.length)] ^= 1 << random.below(8);
      return { path: `/damaged/${i}`, data };
    });
    const disk = { name: "disk", data: writeFat(files, { totalSectors: 16384 }) };
    const session = await Session.start([disk, await testProgram("damaged")], 64);
    const [line = ""] = session.run("run damaged").slice(-1);
    const [, refused, started] = /^refused (\d+), started (\d+)$/.exec(line) ?? [];
    expect(Number(refused) + Number(started)).toBe(COUNT);
    expect(Number(refused)).toBeGreaterThan(COUNT / 3);
    expect(Number(started)).toBeGreaterThan(10);
    const before = resources(session);
    session.run("run damaged");
    expect(resources(session)).toEqual(before);
  });
});

describe("a program built by gcc", () => {
  test("needs a header of at most ten lines", () => {
    const header = readFileSync(join(ROOT, "user/c/minios.h"), "utf8").trimEnd().split("\n");
    expect(header.length).toBeLessThanOrEqual(10);
    expect(Math.max(...header.map((line) => line.length))).toBeLessThanOrEqual(140);
  });

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
