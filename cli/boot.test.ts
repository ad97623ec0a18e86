// `minios run` with the real PC: a boot sector that echoes keys, from reset to each kind of end.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { decode } from "fast-png";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { main } from "./main.ts";
import { echoDisk } from "./testing/echo-disk.ts";
import { FakeIo } from "./testing/fake-io.ts";
import { VtScreen } from "./testing/vt-screen.ts";

let folder: string;
let disk: string;
let io: FakeIo;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "minios-boot-"));
  disk = join(folder, "echo.img");
  writeFileSync(disk, echoDisk());
  io = new FakeIo();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const minios = (...args: string[]) => main(["run", disk, ...args], io);

describe("without a display", () => {
  test("types, waits for the echo and prints the screen", async () => {
    expect(
      await minios("--type", "Hello, <shift-p>\\x69xels\\x21", "--until", ">Hello, Pixels!$", "--screen-text"),
    ).toBe(0);
    expect(io.stdout.text).toMatch(/ready>Hello, Pixels!\n$/);
    expect(io.stderr.text).toBe("");
  });

  test("two runs are the same to the instruction", async () => {
    const figures = [];
    for (let run = 0; run < 2; run++) {
      io = new FakeIo();
      expect(await minios("--type", "xyz", "--until", "xyz", "--stats")).toBe(0);
      const { instructions, guestSeconds } = JSON.parse(io.stdout.text);
      figures.push(`${instructions} ${guestSeconds}`);
    }
    expect(figures[1]).toBe(figures[0]);
  });

  test("--max-instructions stops exactly there", async () => {
    expect(await minios("--type", "c", "--max-instructions", "20000000", "--stats")).toBe(0);
    expect(JSON.parse(io.stdout.text)).toMatchObject({ instructions: 20_000_000, exitReason: "instructions" });
  });

  test("power-off is a clean end", async () => {
    expect(await minios("--type", "q")).toBe(0);
  });

  test("a triple fault says so, with registers", async () => {
    expect(await minios("--type", "d")).toBe(1);
    expect(io.stderr.text).toMatch(/^minios: the guest died of a triple fault after/);
    expect(io.stderr.text).toMatch(/eip +[0-9a-f]{8}/);
    expect(io.stderr.text).toContain("ready>d");
  });

  test("hlt with interrupts off is the end when nobody is there", async () => {
    expect(await minios("--type", "h")).toBe(1);
    expect(io.stderr.text).toMatch(/halted for good/);
  });

  test("an idle guest reaches --timeout without much host time", async () => {
    const start = performance.now();
    expect(await minios("--until", "never", "--timeout", "20")).toBe(1);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(io.stderr.text).toMatch(/--timeout: stopped after 20\.0/);
  });

  test("COM1 and port E9h", async () => {
    const com1 = join(folder, "com1");
    expect(await minios("--type", "xyzq", "-serial", `file:${com1}`, "--debug-log")).toBe(0);
    expect(readFileSync(com1, "latin1")).toBe("ready>xyzq");
    expect(io.stderr.text).toBe("ready>xyzq");
  });

  test("--until sees the serial output", async () => {
    expect(await minios("--type", "ok", "--until", "^ready>ok$", "-serial", "none")).toBe(0);
  });

  test("--screenshot shows the screen", async () => {
    const png = join(folder, "screen.png");
    expect(await minios("--until", "ready>", "--screenshot", png)).toBe(0);
    const image = decode(readFileSync(png));
    expect([image.width, image.height]).toEqual([720, 400]);
    expect(new Set(image.data).size).toBeGreaterThan(1);
  });

  test("a sector that the guest wrote is in the file afterwards; not with -snapshot", async () => {
    expect(await minios("--type", "wq", "-snapshot")).toBe(0);
    expect(statSync(disk).size).toBe(512);
    expect(await minios("--type", "wq")).toBe(0);
    const after = readFileSync(disk);
    expect(after.length).toBe(1474560);
    expect(after.subarray(512, 1024)).toEqual(after.subarray(0, 512));
  });
});

describe("hard disks", () => {
  test("boot, and a sector that the guest wrote is in the file afterwards; not with -snapshot", async () => {
    const file = join(folder, "hard.img");
    const image = new Uint8Array(1 << 20);
    image.set(echoDisk());
    writeFileSync(file, image);
    const run = (...args: string[]) => main(["run", "-hda", file, "-boot", "c", "--type", "wq", ...args], io);
    expect(await run("-snapshot")).toBe(0);
    expect(new Uint8Array(readFileSync(file))).toEqual(image);
    expect(await run()).toBe(0);
    image.copyWithin(512, 0, 512);
    const after = new Uint8Array(readFileSync(file));
    // The drive's number is in the copy that was in memory.
    expect(after.filter((byte, at) => byte !== image[at])).toEqual(Uint8Array.of(0x80));
  });

  test("and CDs that are cut short are one line and status 2", async () => {
    const file = join(folder, "short");
    writeFileSync(file, new Uint8Array(2048 + 512));
    expect(await main(["run", "-cdrom", file], io)).toBe(2);
    expect(io.stderr.text).toMatch(/short: expected a CD image \(whole sectors of 2048 bytes\), found 2560 bytes\n$/);
    writeFileSync(file, "");
    io.stderr.text = "";
    expect(await main(["run", "-hda", file], io)).toBe(2);
    expect(io.stderr.text).toMatch(/^minios: .*short: expected a disk image .*, found 0 bytes\n$/);
  });
});

describe("a kernel that cannot be started is one line and status 2", () => {
  const refused = async (contents: Uint8Array | string) => {
    const file = join(folder, "kernel");
    writeFileSync(file, contents);
    expect(await main(["run", "-kernel", file], io)).toBe(2);
    expect(io.stderr.text.match(/\n/g)).toHaveLength(1);
    return io.stderr.text.replace(folder, "");
  };

  test("a text file", async () => {
    expect(await refused("hello, world")).toMatch(
      /^minios: \/kernel at offset 0x0: expected a Multiboot header, found none/,
    );
  });

  test("an ELF file that was cut short", async () => {
    const header = Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, 0, 0, 0, 0, 0);
    expect(await refused(header)).toMatch(
      /^minios: \/kernel at offset 0x0: expected ELF header \(52 bytes\), found end/,
    );
  });
});

describe("in a terminal", () => {
  beforeEach(() => {
    io = new FakeIo({ columns: 80, rows: 26 });
  });

  function shown(): string {
    const terminal = new VtScreen(80, 26);
    terminal.write(io.stdout.text);
    return terminal.cells.map((_, row) => terminal.line(row).trimEnd()).join("\n");
  }

  async function waitFor(pattern: RegExp): Promise<void> {
    for (let tries = 0; !pattern.test(shown()); tries++) {
      if (tries > 200) throw new Error(`${pattern} is not on the screen:\n${shown()}`);
      await delay(50);
    }
  }

  test("a person boots, types, sees the echo and quits", async () => {
    const done = minios();
    await waitFor(/^ready>$/m);
    io.stdin.write("Hi");
    await waitFor(/^ready>Hi$/m);
    await waitFor(/quits \| idle$/m);
    io.stdin.write("\x1d");
    expect(await done).toBe(0);
  });

  test("power-off ends it, a busy guest can be left", async () => {
    const off = minios();
    await waitFor(/^ready>$/m);
    io.stdin.write("q");
    expect(await off).toBe(0);
    io = new FakeIo({ columns: 80, rows: 26 });
    const busy = minios();
    await waitFor(/^ready>$/m);
    io.stdin.write("c");
    await waitFor(/running, \d/);
    io.stdin.write("\x1d");
    expect(await busy).toBe(0);
  });
});
