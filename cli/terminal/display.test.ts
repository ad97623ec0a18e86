import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runProgram } from "../program.ts";
import { FakeGuest } from "../testing/fake-guest.ts";
import { FakeIo } from "../testing/fake-io.ts";
import { VtScreen } from "../testing/vt-screen.ts";

const QUIT = "\x1d";

let folder: string;
let io: FakeIo;
let guest: FakeGuest;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "minios-terminal-"));
  writeFileSync(join(folder, "disk.img"), new Uint8Array(512));
  io = new FakeIo({ columns: 80, rows: 26 });
  guest = new FakeGuest();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(...args: string[]): Promise<number> {
  return runProgram(["run", join(folder, "disk.img"), ...args], {
    io,
    createMachine: () => guest,
    glyphs: Array.from({ length: 256 }, (_, code) => (code < 0x20 ? " " : String.fromCharCode(code))),
  });
}

function shown(): VtScreen {
  const terminal = new VtScreen(io.stdout.columns ?? 80, io.stdout.rows ?? 26);
  terminal.write(io.stdout.text);
  return terminal;
}

/** Nothing of ours is left: modes, raw input, listeners. */
function expectClean(): void {
  expect([...shown().modes].sort()).toEqual(["?25", "?7"]);
  expect(io.stdin.raw).toBe(false);
  for (const event of ["exit", "SIGINT", "SIGTERM", "SIGHUP", "SIGCONT"]) expect(io.listenerCount(event)).toBe(0);
  expect(io.stdin.listenerCount("data")).toBe(0);
}

describe("--display terminal", () => {
  test("is what a terminal gets; shows the screen, how to quit, and goes cleanly", async () => {
    guest.screen.put(0, 0, "MiniOS", 0x1f);
    const done = start();
    await delay(60);
    const terminal = shown();
    expect(terminal.modes.has("?1049")).toBe(true);
    expect(io.stdin.raw).toBe(true);
    expect(terminal.line(0).trimEnd()).toBe("MiniOS");
    expect(terminal.line(25)).toMatch(/^ Ctrl\+] quits \| starting/);
    io.stdin.write(QUIT);
    expect(await done).toBe(0);
    expectClean();
  });

  test("gives keys to the guest, modifiers around them, and Ctrl+C too", async () => {
    const done = start();
    io.stdin.write("a\x03\x1b[1;3P");
    await delay(100);
    expect(guest.pressed.join(" ")).toBe("+KeyA -KeyA +ControlLeft +KeyC -KeyC -ControlLeft +AltLeft +F1 -F1 -AltLeft");
    io.stdin.write(QUIT);
    await done;
  });

  test("a lone Escape is a key after a moment; a paste cannot quit", async () => {
    const done = start();
    io.stdin.write(`\x1b[200~${QUIT}\x1b[201~\x1b`);
    await delay(120);
    expect(guest.pressed).toContain("+Escape");
    expect(guest.pressed).toContain("+BracketRight");
    io.stdin.write(QUIT);
    expect(await done).toBe(0);
  });

  test("sends only what changed, and nothing to a terminal that shows it already", async () => {
    const done = start();
    await delay(700);
    const quiet = io.stdout.text.length;
    guest.screen.put(5, 5, "new");
    await delay(100);
    const update = io.stdout.text.slice(quiet);
    expect(update).toContain("new");
    expect(update.length).toBeLessThan(150);
    await delay(300);
    expect(io.stdout.text.length).toBe(quiet + update.length);
    io.stdin.write(QUIT);
    await done;
  });

  test("follows a change of the window's size", async () => {
    const done = start();
    await delay(50);
    io.stdout.text = "";
    Object.assign(io.stdout, { columns: 60, rows: 20 });
    io.stdout.emit("resize");
    await delay(50);
    expect(shown().line(19)).toContain("enlarge the window");
    io.stdin.write(QUIT);
    await done;
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"])("%s leaves the terminal clean", async (signal) => {
    const done = start();
    await delay(30);
    io.emit(signal, signal);
    expect(await done).toBe({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal]);
    expectClean();
  });

  test("a fault of ours leaves the terminal clean and is not hidden", async () => {
    guest.onRun = () => {
      if (guest.timeNs > 20e6) throw new Error("a fault in the machine");
    };
    await expect(start()).rejects.toThrow("a fault in the machine");
    expectClean();
  });

  test("the end of the process leaves the terminal clean, even without us", async () => {
    const done = start();
    await delay(30);
    io.emit("exit", 1);
    expect(shown().modes.has("?1049")).toBe(false);
    expect(io.stdin.raw).toBe(false);
    io.stdin.write(QUIT);
    io.emit("SIGTERM", "SIGTERM");
    await done;
  });

  test("a terminal that closes ends the run", async () => {
    const done = start();
    await delay(30);
    io.stdin.end();
    expect(await done).toBe(0);
    const again = new FakeIo({ columns: 80, rows: 26 });
    io = again;
    const second = start();
    await delay(30);
    again.stdout.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    expect(await second).toBe(0);
  });

  test("a guest that dies says why on the normal screen, with its own screen", async () => {
    guest.screen.put(0, 0, "last words");
    const done = start();
    await delay(30);
    guest.ending = "dead";
    expect(await done).toBe(1);
    expectClean();
    expect(io.stderr.text).toMatch(/died of a triple fault/);
    expect(io.stderr.text).toContain("last words");
  });

  test("--debug-log waits until the screen is gone", async () => {
    guest.debugLog = "from the guest\n";
    const done = start("--debug-log");
    await delay(50);
    expect(io.stderr.text).toBe("");
    io.stdin.write(QUIT);
    await done;
    expect(io.stderr.text).toBe("from the guest\n");
  });

  test("-serial stdio takes the terminal instead; Ctrl+] quits there, too", async () => {
    guest.onRun = () => {
      if (guest.timeNs > 20e6 && guest.serial[0].output === "") guest.serial[0].say("login: ");
    };
    const done = start("-serial", "stdio");
    await delay(60);
    expect(io.stdout.text).toBe("login: ");
    io.stdin.write(`me\r${QUIT}lost`);
    expect(await done).toBe(0);
    expect(Buffer.from(guest.serial[0].received).toString()).toBe("me\r");
    expect(io.stdin.raw).toBe(false);
  });
});
