import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "fast-png";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GuestOptions } from "./guest.ts";
import { runProgram } from "./program.ts";
import { FakeGuest } from "./testing/fake-guest.ts";
import { FakeIo } from "./testing/fake-io.ts";

let folder: string;
let io: FakeIo;
let guest: FakeGuest;
let built: GuestOptions | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "minios-cli-"));
  io = new FakeIo();
  guest = new FakeGuest();
  built = undefined;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, contents: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

const floppy = (name = "disk.img") => file(name, new Uint8Array(1474560));

function minios(...args: string[]): Promise<number> {
  return runProgram(args, {
    io,
    createMachine: (options) => {
      built = options;
      return guest;
    },
    glyphs: Array.from({ length: 256 }, (_, code) => String.fromCharCode(Math.max(code, 0x20))),
  });
}

/** The smallest file that passes for a kernel: an ELF header and a Multiboot header. */
function kernel(): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  const view = new DataView(bytes.buffer);
  view.setUint16(16, 2, true);
  view.setUint16(18, 3, true);
  view.setUint32(20, 1, true);
  view.setUint16(40, 52, true);
  view.setUint32(52, 0x1badb002, true);
  view.setUint32(60, -0x1badb002, true);
  return bytes;
}

describe("exit status", () => {
  test("0 when --until is on the screen", async () => {
    guest.onRun = () => guest.timeNs > 50e6 && guest.screen.put(3, 0, "hi there");
    expect(await minios("run", floppy(), "--until", "^hi")).toBe(0);
    expect(io.stderr.text).toBe("");
  });

  test("0 when --until is in the serial output of either port", async () => {
    guest.onRun = () => guest.serial[1].say("login:\r\n");
    expect(await minios("run", floppy(), "--until", "^login:$")).toBe(0);
  });

  test("1 when --until is not met in --timeout seconds of guest time; says why, with registers and the screen", async () => {
    guest.screen.put(0, 0, "no prompt");
    expect(await minios("run", floppy(), "--until", "^hi", "--timeout", "2.5")).toBe(1);
    expect(io.stderr.text).toMatch(/^minios: --timeout: stopped after 2\.500 s .*; --until \/\^hi\/m was not met$/m);
    expect(io.stderr.text).toMatch(/eip +fffffff0/);
    expect(io.stderr.text).toContain("no prompt");
  });

  test("60 s are the time-out when there is an --until and none is given", async () => {
    expect(await minios("run", floppy(), "--until", "x")).toBe(1);
    expect(guest.timeNs).toBe(60e9);
  });

  test("0 after a clean power-off, 1 if --until was still waited for", async () => {
    guest.ending = "powerOff";
    expect(await minios("run", floppy())).toBe(0);
    expect(await minios("run", floppy(), "--until", "x")).toBe(1);
  });

  test.each([
    ["dead", /died of a triple fault/],
    ["halted", /halted for good/],
  ] as const)("1 when the guest is %s", async (ending, message) => {
    guest.ending = ending;
    expect(await minios("run", floppy())).toBe(1);
    expect(io.stderr.text).toMatch(message);
    expect(io.stderr.text).toMatch(/eax +00001234/);
  });

  test("0 when a limit was all that was asked for", async () => {
    expect(await minios("run", floppy(), "--timeout", "1")).toBe(0);
    guest.mode = "busy";
    expect(await minios("run", floppy(), "--max-instructions", "12345678")).toBe(0);
    expect(guest.instructions).toBe(12345678);
  });

  test("--until met in the very last slice counts", async () => {
    guest.onRun = () => guest.screen.put(0, 0, "hi");
    guest.ending = "powerOff";
    expect(await minios("run", floppy(), "--until", "hi")).toBe(0);
  });

  test("128 + n after a signal", async () => {
    guest.mode = "busy";
    const done = minios("run", floppy());
    setTimeout(() => io.emit("SIGTERM", "SIGTERM"), 20);
    expect(await done).toBe(143);
    expect(io.listenerCount("SIGTERM")).toBe(0);
  });
});

describe("wrong input is one line and status 2", () => {
  const refused = async (...args: string[]) => {
    expect(await minios("run", ...args)).toBe(2);
    expect(io.stdout.text).toBe("");
    expect(io.stderr.text.match(/\n/g)).toHaveLength(1);
    expect(built).toBeUndefined();
    return io.stderr.text;
  };

  test("a floppy that is not there", async () => {
    const line = await refused("-fda", join(folder, "absent.img"));
    expect(line).toMatch(/absent\.img: expected a floppy image .*, found no such file\n$/);
  });

  test("a directory", async () => {
    expect(await refused("-fda", folder)).toMatch(/: expected a floppy image .*, found a directory\n$/);
    io.stderr.text = "";
    expect(await refused(folder)).toMatch(/, found a directory\n$/);
  });

  test("a floppy of 3 bytes, of a size between sectors, and one that is too large", async () => {
    expect(await refused("-fda", file("three.img", "abc"))).toMatch(/three\.img: expected .*, found 3 bytes\n$/);
    io.stderr.text = "";
    expect(await refused(file("odd.img", new Uint8Array(1000)))).toMatch(/found 1000 bytes/);
    io.stderr.text = "";
    expect(await refused("-fdb", file("big.img", new Uint8Array(3 << 20)), "-fda", floppy())).toMatch(/found 3145728/);
  });

  test("an ELF of another machine, named as IMAGE or as -kernel", async () => {
    const bytes = kernel();
    bytes[18] = 62;
    bytes[4] = 2;
    const path = file("other.elf", bytes);
    const expected =
      "other.elf at offset 0x12: expected an ELF file for machine 3 (the 386), found machine 62 (x86-64)\n";
    expect(await refused(path)).toContain(expected);
    io.stderr.text = "";
    expect(await refused("-kernel", path)).toContain(expected);
  });

  test("an ELF given as a floppy", async () => {
    expect(await refused("-fda", file("k.img", padded()))).toMatch(/boot it with -kernel/);
  });

  test("a module that is not there", async () => {
    const line = await refused("-kernel", file("k.elf", kernel()), "-initrd", join(folder, "none.img"));
    expect(line).toMatch(/none\.img: expected a module for the kernel, found no such file/);
  });

  test.each<[string[], RegExp]>([
    [[], /nothing to boot/],
    [["-fdb", "b.img"], /nothing to boot.*drive B/],
    [["--nonsense"], /unknown option '--nonsense'/],
    [["-fda"], /option '--fda <FILE>' argument missing/],
    [["a.img", "b.img"], /too many arguments/],
    [["a.img", "-m", "lots"], /'lots' is invalid/],
    [["a.img", "-m", "64T"], /is invalid/],
    [["a.img", "-m", "1K"], /Expected 1M to/],
    [["a.img", "--display", "x11"], /Allowed choices are terminal, none/],
    [["a.img", "--display", "terminal"], /needs a terminal/],
    [["a.img", "-serial", "tcp:1"], /-serial: expected stdio, none or file:PATH, found tcp:1/],
    [["a.img", "-serial", "none", "-serial", "none", "-serial", "none"], /two serial ports/],
    [["a.img", "-serial", "stdio", "-serial", "stdio"], /only one port/],
    [["a.img", "--until", "("], /Invalid regular expression/],
    [["a.img", "--timeout", "0"], /seconds above 0/],
    [["a.img", "--max-instructions", "1.5"], /whole number/],
    [["a.img", "--type", "<nokey>"], /no key is named <nokey>/],
    [["a.img", "-boot", "x"], /each of a .* once at most/],
    [["a.img", "-boot", "order=aa"], /each of a .* once at most/],
    [["a.img", "-boot", "order=c,once=x"], /each of a .* once at most/],
    [["a.img", "-boot", "menu=yes"], /menu: expected "on" or "off"/],
    [["a.img", "-boot", "splash=x.jpg"], /Expected order=, once= or menu=, found "splash="/],
    [["-hdc", "a.img", "-cdrom", "b.iso"], /two drives for the secondary master: -hdc a.img and -cdrom b.iso/],
    [["-fda", "a.img", "-append", "x"], /-append.*needs? a? ?kernel|-append/],
  ])("%j", async (args, message) => {
    expect(await refused(...args)).toMatch(message);
  });

  test("two images for one drive, and kernel options without a kernel", async () => {
    const disk = floppy();
    expect(await refused(disk, "-fda", disk)).toMatch(/two floppies for drive A/);
    io.stderr.text = "";
    expect(await refused(disk, "-append", "quiet")).toMatch(/-append is for kernels/);
  });
});

function padded(): Uint8Array {
  const bytes = new Uint8Array(512);
  bytes.set(kernel());
  return bytes;
}

describe("what the machine gets", () => {
  const boot = async (...args: string[]) => {
    guest.ending = "powerOff";
    expect(await minios("run", ...args)).toBe(0);
    return built;
  };

  test("a floppy under each spelling of the option", async () => {
    const disk = floppy();
    for (const args of [[disk], ["-fda", disk], ["--fda", disk], [`-fda=${disk}`], [`--fda=${disk}`], ["--", disk]]) {
      expect((await boot(...args))?.floppyA?.length).toBe(1474560);
    }
  });

  test.each([
    [512, 1474560],
    [163840, 163840],
    [163840 + 512, 1474560],
    [1474560 + 512, 1720320],
    [368640, 368640],
    [1228800, 1228800],
    [1474560, 1474560],
    [1720320, 1720320],
    [2949120, 2949120],
  ])("an image of %i bytes as a disk of %i", async (size, disk) => {
    const options = await boot("-fda", file("x.img", new Uint8Array(size).fill(0x5a)));
    expect(options?.floppyA?.length).toBe(disk);
    expect(options?.floppyA?.lastIndexOf(0x5a)).toBe(size - 1);
  });

  test("a kernel with command line and modules, as QEMU passes them", async () => {
    const k = file("k.elf", kernel());
    const one = file("one.bin", "1");
    const comma = file("a,b.bin", "22");
    const list = `${one} arg=x,${comma.replaceAll(",", ",,")}`;
    const options = await boot("-kernel", k, "-append", "-m quiet", "-initrd", list);
    expect(options?.kernel?.commandLine).toBe(`${k} -m quiet`);
    expect(options?.kernel?.modules).toEqual([
      { data: new Uint8Array([0x31]), commandLine: `${one} arg=x` },
      { data: new Uint8Array([0x32, 0x32]), commandLine: comma },
    ]);
    expect(options?.floppyA).toBeUndefined();
    expect((await boot(k))?.kernel?.image.length).toBe(64);
  });

  test.each([
    ["64", 64 << 20],
    ["64M", 64 << 20],
    ["65536k", 64 << 20],
    ["1G", 1 << 30],
    ["1.5", 1 << 20],
  ])("-m %s", async (text, bytes) => {
    expect((await boot(floppy(), "-m", text))?.memoryBytes).toBe(bytes);
  });

  test("32 MiB when nothing is said", async () => {
    expect((await boot(floppy()))?.memoryBytes).toBe(32 << 20);
  });

  test("keys of --type as strokes; --until waits until they are typed", async () => {
    guest.screen.put(0, 0, "prompt>");
    guest.keyboard.idle = false;
    guest.onRun = () => {
      guest.keyboard.idle = guest.timeNs >= 300e6;
    };
    expect(await minios("run", floppy(), "--type", "l<alt-f2>\\n", "--until", "prompt>")).toBe(0);
    expect(guest.timeNs).toBeGreaterThanOrEqual(300e6);
    expect(guest.strokes).toEqual([
      { code: "KeyL", modifiers: [] },
      { code: "F2", modifiers: ["AltLeft"] },
      { code: "Enter", modifiers: [] },
    ]);
  });
});

describe("floppy write-back", () => {
  const change = (at: number) => {
    guest.onRun = () => {
      if (built?.floppyA) built.floppyA[at] = 0x77;
    };
    guest.ending = "powerOff";
  };

  test("the guest's changes reach the file, whose mode stays", async () => {
    const disk = floppy();
    change(1000);
    expect(await minios("run", disk)).toBe(0);
    expect(readFileSync(disk)[1000]).toBe(0x77);
    expect(statSync(disk).size).toBe(1474560);
    expect(statSync(disk).mode & 0o777).toBe(0o644);
  });

  test("not with -snapshot", async () => {
    const disk = floppy();
    change(1000);
    expect(await minios("run", disk, "-snapshot")).toBe(0);
    expect(readFileSync(disk)[1000]).toBe(0);
  });

  test("an unchanged file is not touched", async () => {
    const disk = floppy();
    const before = statSync(disk);
    guest.ending = "powerOff";
    await minios("run", disk);
    expect(statSync(disk).ino).toBe(before.ino);
  });

  test("a short image stays short unless the guest wrote behind its end", async () => {
    const short = file("short.img", new Uint8Array(1024));
    change(100);
    await minios("run", short);
    expect(statSync(short).size).toBe(1024);
    change(5000);
    await minios("run", short);
    expect(statSync(short).size).toBe(1474560);
  });

  test("a file that another program changed meanwhile is left alone", async () => {
    const disk = floppy();
    guest.onRun = () => {
      if (built?.floppyA) built.floppyA[0] = 1;
      writeFileSync(disk, "rebuilt");
    };
    guest.ending = "powerOff";
    expect(await minios("run", disk)).toBe(1);
    expect(readFileSync(disk, "latin1")).toBe("rebuilt");
    expect(io.stderr.text).toMatch(/disk\.img: expected the file as it was .*another program/);
  });
});

describe("what is printed and written", () => {
  test("--screen-text without empty lines at the end", async () => {
    guest.screen.put(0, 0, "first");
    guest.screen.put(2, 4, "third  ");
    guest.ending = "powerOff";
    expect(await minios("run", floppy(), "--screen-text")).toBe(0);
    expect(io.stdout.text).toBe("first\n\n    third\n");
  });

  test("--screenshot is a PNG of the pixels", async () => {
    const png = join(folder, "screen.png");
    guest.ending = "powerOff";
    expect(await minios("run", floppy(), "--screenshot", png)).toBe(0);
    const image = decode(readFileSync(png));
    expect([image.width, image.height, ...image.data]).toEqual([2, 1, 0xaa, 0, 0, 0xff, 0, 0, 0xaa, 0xff]);
  });

  test("--stats is one line of JSON", async () => {
    guest.mode = "busy";
    expect(await minios("run", floppy(), "--stats", "--max-instructions", "1000000")).toBe(0);
    const stats = JSON.parse(io.stdout.text);
    expect(stats).toMatchObject({ instructions: 1_000_000, guestSeconds: 0.01, exitReason: "instructions" });
    expect(stats.seconds).toBeGreaterThan(0);
    expect(stats.mips * stats.seconds).toBeCloseTo(1, 1);
  });

  test("-serial file: and a second one for COM2", async () => {
    const [one, two] = [join(folder, "com1"), join(folder, "com2")];
    guest.onRun = () => {
      guest.serial[0].say("one\xff");
      guest.serial[1].say("two");
    };
    guest.ending = "powerOff";
    expect(await minios("run", floppy(), "-serial", `file:${one}`, "-serial", `file:${two}`)).toBe(0);
    expect(readFileSync(one, "latin1")).toBe("one\xff");
    expect(readFileSync(two, "latin1")).toBe("two");
  });

  test("-serial file: in a folder that is not there", async () => {
    const path = join(folder, "absent", "log");
    expect(await minios("run", floppy(), "-serial", `file:${path}`)).toBe(2);
    expect(io.stderr.text).toMatch(/absent\/log: expected a file for -serial to write, found no such file\n$/);
  });

  test("-serial stdio joins standard input and output to COM1", async () => {
    guest.onRun = () => {
      if (guest.serial[0].received.length < 3) return;
      guest.serial[0].say("done");
      guest.ending = "powerOff";
    };
    io.stdin.end("ls\r");
    expect(await minios("run", floppy(), "-serial", "stdio")).toBe(0);
    expect(Buffer.from(guest.serial[0].received).toString()).toBe("ls\r");
    expect(io.stdout.text).toBe("done");
  });

  test("--debug-log goes to standard error", async () => {
    guest.onRun = () => {
      guest.debugLog += "tick\n";
    };
    expect(await minios("run", floppy(), "--debug-log", "--timeout", "0.02")).toBe(0);
    expect(io.stderr.text).toBe("tick\ntick\n");
  });

  test("--help of the program and of run, with examples", async () => {
    expect(await minios("--help")).toBe(0);
    expect(io.stdout.text).toContain("run [options] [IMAGE]");
    io.stdout.text = "";
    expect(await minios("run", "--help")).toBe(0);
    expect(io.stdout.text).toContain("Examples:");
    expect(io.stdout.text).toContain("--max-instructions <N>");
  });

  test("--version", async () => {
    expect(await minios("--version")).toBe(0);
    expect(io.stdout.text).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test("-cpu help lists the processors; one that there is not is wrong usage", async () => {
    expect(await minios("run", "-cpu", "help")).toBe(0);
    expect(io.stdout.text).toMatch(/^ {2}pentium3 +Intel Pentium III/m);
    expect(await minios("run", "-cpu", "z80", "x.img")).toBe(2);
    expect(io.stderr.text).toContain('CPU model "z80": expected one of max, 386');
  });

  test("no command shows the help, as wrong usage", async () => {
    expect(await minios()).toBe(2);
    expect(io.stderr.text).toContain("Usage: minios");
  });

  test("a reader of standard output that went away is no fault", async () => {
    guest.screen.put(0, 0, "text");
    guest.ending = "powerOff";
    io.stdout._write = (_chunk, _encoding, done) => done(Object.assign(new Error("broken"), { code: "EPIPE" }));
    expect(await minios("run", floppy(), "--screen-text")).toBe(0);
    expect(io.stderr.text).toBe("");
  });

  test("an unknown command is wrong usage", async () => {
    expect(await minios("fly")).toBe(2);
    expect(io.stderr.text).toMatch(/^minios: unknown command 'fly'\n$/);
  });
});
