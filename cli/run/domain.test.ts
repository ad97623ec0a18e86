// `minios run` with Xen domains: by a domain file and by a kernel alone, to each kind of end.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GUEST_STRING, guestElf } from "../../pc/xen/guest.testing.ts";
import { main } from "../main.ts";
import { FakeIo } from "../testing/fake-io.ts";

let folder: string;
let io: FakeIo;
const at = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "minios-domain-"));
  io = new FakeIo();
  writeFileSync(at("hello.elf"), guestElf('print "Hello, Xen!\\n"\n poweroff'));
  writeFileSync(at("crash.elf"), guestElf("jmp 0x3000000"));
  // Prints its command line, then what its ramdisk holds.
  writeFileSync(
    at("tell.elf"),
    guestElf(`
        movl    72(%esi), %ebp
        leal    80(%esi), %edi
        hypercall 18, $0, $12, %edi
        hypercall 18, $0, $7, %ebp
        poweroff
    `),
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const domain = (name: string, ...lines: string[]) => {
  writeFileSync(at(name), `${lines.join("\n")}\n`);
  return at(name);
};
const run = (...args: string[]) => main(["run", ...args], io);

describe("a domain file", () => {
  test("of four lines: the line is printed, exit status 0, few instructions", async () => {
    const file = domain("hello.cfg", 'kernel = "hello.elf"', "memory = 16", 'name = "hello"', 'on_crash = "destroy"');
    expect(await run(file, "--screen-text", "--stats")).toBe(0);
    const [line, stats] = io.stdout.text.split("\n");
    expect(line).toBe("Hello, Xen!");
    expect(JSON.parse(stats)).toMatchObject({ exitReason: "powerOff", exitStatus: 0 });
    expect(JSON.parse(stats).instructions).toBeLessThan(1_000_000);
    expect(io.stderr.text).toBe("");
  });

  test("on a terminal leaves its console there when it has ended", async () => {
    io = new FakeIo({ columns: 100, rows: 40 });
    expect(await run(domain("hello.cfg", 'kernel = "hello.elf"'))).toBe(0);
    const [, afterwards] = io.stdout.text.split("\x1b[?1049l");
    expect(afterwards).toMatch(/Hello, Xen!\n$/);
  });

  test("with a command line and a ramdisk, which the domain finds", async () => {
    writeFileSync(at("disk"), "ramdisk");
    const file = domain("tell.cfg", 'kernel = "tell.elf"', 'ramdisk = "disk"', 'extra = "a=1 b=2"', "cpus = '0'");
    expect(await run(file, "-append", "c=3\n", "-serial", "stdio")).toBe(0);
    expect(io.stdout.text).toBe("a=1 b=2 c=3\nramdisk");
    expect(io.stderr.text).toMatch(/^minios: .*tell\.cfg:4:1: note: "cpus" is passed over/);
  });

  test("a crash is reported, and destroyed: exit status 1", async () => {
    expect(await run(domain("crash.cfg", 'kernel = "crash.elf"', "name = 'crash'", "on_crash = 'destroy'"))).toBe(1);
    expect(io.stderr.text).toContain("Unhandled page fault [#14, ec=0000]: executing 03000000, which is not mapped");
    expect(io.stderr.text).toContain('minios: domain crash crashed; on_crash = "destroy": destroyed\n');
    expect(io.stderr.text).toMatch(/minios: the domain ended badly after 0\.000 s/);
  });

  test("a crash with restart is restarted, but not for ever", async () => {
    expect(await run(domain("crash.cfg", 'kernel = "crash.elf"', "name = 'crash'", "on_crash = 'restart'"))).toBe(1);
    expect(io.stderr.text.match(/: restarted\n/g)).toHaveLength(3);
    expect(io.stderr.text).toContain("not restarted again");
  });

  test("a wrong path is told where it stands", async () => {
    const file = domain("wrong.cfg", "# nothing there", 'kernel = "missing.elf"');
    expect(await run(file)).toBe(2);
    expect(io.stderr.text).toMatch(
      /^minios: .*wrong\.cfg:2:10: error: kernel: .*missing\.elf: expected .*, found no such file\n$/,
    );
  });

  test.each([
    [["-fda", "x.img"], /has no drives|x\.img/],
    [["-serial", "none", "-serial", "none"], /one console/],
    [["-initrd", "x"], /names its kernel and ramdisk itself/],
  ])("with %j is wrong usage", async (args, message) => {
    expect(await run(domain("hello.cfg", 'kernel = "hello.elf"'), ...args)).toBe(2);
    expect(io.stderr.text).toMatch(message);
  });
});

describe("a Xen kernel by itself", () => {
  test("is started as a domain, named by IMAGE or -kernel", async () => {
    expect(await run(at("hello.elf"), "--until", "Hello, Xen!")).toBe(0);
    expect(await run("-kernel", at("hello.elf"), "-m", "8", "--until", "Hello, Xen!")).toBe(0);
    expect(io.stderr.text).toBe("");
  });

  test("that says it wrongly is told", async () => {
    writeFileSync(at("old.elf"), guestElf("nop", GUEST_STRING.replace("xen-3.0", "xen-2.0")));
    expect(await run(at("old.elf"))).toBe(2);
    expect(io.stderr.text).toMatch(/old\.elf at offset 0x[0-9a-f]+: expected XEN_VER=xen-3\.0, found "xen-2\.0"\n$/);
  });
});
