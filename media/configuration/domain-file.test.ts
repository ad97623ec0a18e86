// Domain files as people write them for xl and xm, their mistakes, and 100,000 damaged ones.

import { describe, expect, test } from "vitest";
import { parseDomainFile } from "./domain-file.ts";
import { configurationOf } from "./kinds.ts";
import { parseAssignments } from "./python.ts";
import { ConfigurationError, SourceText } from "./source.ts";

const parse = (text: string) => parseDomainFile("dir/hello.cfg", text);

const XL = `
# A guest, as xl's documentation would have it.
name    = "hello"           # its name
kernel  = 'boot/hello.elf'
ramdisk = "/srv/initrd.gz"
memory  = "64"
vcpus   = 1
root    = "/dev/xvda1 ro"
extra   = 'quiet ' + "console=hvc0"
vif     = [ 'bridge=xenbr0',
            'mac=00:16:3e:00:00:00', ]   # two of them
disk = [ "file:/srv/a.img,xvda,w" ]; on_poweroff = "destroy"
on_reboot   = 'restart'
on_crash    = """preserve"""
`;

describe("a domain file", () => {
  test("says kernel, ramdisk, memory, command line and what becomes of the domain", () => {
    const { kernel, ramdisk, notes, ...rest } = parse(XL);
    expect([kernel.path, ramdisk?.path]).toEqual(["dir/boot/hello.elf", "/srv/initrd.gz"]);
    expect(rest).toEqual({
      name: "hello",
      memoryMib: 64,
      commandLine: "root=/dev/xvda1 ro quiet console=hvc0",
      onPoweroff: "destroy",
      onReboot: "restart",
      onCrash: "preserve",
    });
    expect(notes).toEqual([
      'dir/hello.cfg:10:1: note: "vif" is passed over: a domain has no such thing here',
      'dir/hello.cfg:12:1: note: "disk" is passed over: a domain has no such thing here',
    ]);
  });

  test("may say more than we have, and is told so", () => {
    const { onCrash, onReboot, notes } = parse(
      'kernel = "a"\nvcpus = 4\non_crash = "coredump-restart"\ncpu_weight = 2',
    );
    expect([onCrash, onReboot]).toEqual(["restart", "restart"]);
    expect(notes).toEqual([
      'dir/hello.cfg:3:1: note: "coredump-restart" is "restart" here',
      'dir/hello.cfg:4:1: note: "cpu_weight" is passed over: a domain has no such thing here',
      "dir/hello.cfg:2:1: note: 4 processors: the domain gets one",
    ]);
  });

  test("of four lines has Xen's defaults for the rest", () => {
    expect(parse('kernel = "hello.elf"\nmemory = 16\nname = "hello"\non_crash = "destroy"\n')).toMatchObject({
      memoryMib: 16,
      commandLine: "",
      onPoweroff: "destroy",
      onReboot: "restart",
      onCrash: "destroy",
      notes: [],
    });
  });

  test.each([
    ["memory = 64", 'dir/hello.cfg:1:1: error: expected kernel = "FILE", found none'],
    [
      'kernel = "a\nmemory = 1',
      'dir/hello.cfg:1:10: error: expected a string that ends in ", found the end of the line',
    ],
    [
      'kernel = "a"\nmemory = "much"',
      'dir/hello.cfg:2:10: error: memory: expected a number from 1 to 2040, found "much"',
    ],
    ['kernel = "a"\nmemory = 0', "dir/hello.cfg:2:10: error: memory: expected a number from 1 to 2040, found 0"],
    [
      'kernel = "a"\r\n  on_crash = "explode"',
      'dir/hello.cfg:2:14: error: on_crash: expected "destroy", "restart" or "preserve", found "explode"',
    ],
    [
      "kernel = hello.elf",
      'dir/hello.cfg:1:10: error: expected a value, found the name "hello" (a text stands in quotes)',
    ],
    ['kernel "a"', 'dir/hello.cfg:1:8: error: expected "=" after "kernel", found "a"'],
    ["kernel = ", "dir/hello.cfg:1:10: error: expected a string, a number or a list, found the end of file"],
    ['kernel = ["a"]', "dir/hello.cfg:1:10: error: kernel: expected a string, found a list"],
    ['kernel = "a" "b" 3', 'dir/hello.cfg:1:18: error: expected the end of the line, found "3"'],
    ['x = [ "a", \n "b" ', 'dir/hello.cfg:2:6: error: expected "," or "]", found the end of file'],
    [
      'x = "a" + 1',
      "dir/hello.cfg:1:9: error: expected two strings, two numbers or two lists, found a string and a number",
    ],
    ["x = 12abc", 'dir/hello.cfg:1:5: error: expected a name, a value or the end of the line, found "12abc"'],
    ["x = 64.5", 'dir/hello.cfg:1:5: error: expected a name, a value or the end of the line, found "64.5"'],
    ['type = "hvm"\nkernel = "a"', 'dir/hello.cfg:1:8: error: type: expected "pv" (a paravirtual guest), found "hvm"'],
    [`x = ${"[".repeat(1000)}`, "dir/hello.cfg:1:55: error: expected at most 50 lists in each other, found more"],
  ])("%j is told as %s", (text, message) => {
    expect(() => parse(text)).toThrow(ConfigurationError);
    expect(() => parse(text)).toThrow(message);
  });
});

test("Python's strings, numbers and lists", () => {
  const text = String.raw`
a = 'it\'s' "\x41\102\n" r'\n'
b = [0x10, 010, -3, 0o17, (1, 2), ("x"), True, None]
c = a
c += "!"
d = """two
lines"""
`;
  const values = Object.fromEntries(
    parseAssignments(new SourceText("x", text)).map(({ name, value }) => [name, value]),
  );
  expect(values).toEqual({
    a: "it'sAB\n\\n",
    b: [16, 8, -3, 15, [1, 2], "x", true, null],
    c: "it'sAB\n\\n!",
    d: "two\nlines",
  });
});

describe("told by content", () => {
  const kindOf = (text: string) => configurationOf(new TextEncoder().encode(text))?.kind;

  test.each([
    [XL, "domain"],
    ['kernel="a"', "domain"],
    ['name = "x"\nmemory=3\n', "domain"],
    ['.encoding = "UTF-8"\nconfig.version = "8"\nmemory = "3"\n', "vmx"],
    ["megs: 32\nfloppya: 1_44=a.img, status=inserted\n", "bochs"],
    ["\x7fELF kernel = 1", undefined],
    ["\0\nkernel = 1", undefined],
    ["", undefined],
  ])("%j", (text, kind) => {
    expect(kindOf(text)).toBe(kind);
  });
});

test("100,000 damaged files: a domain or an error with its place, nothing else", () => {
  const pieces = [
    ..."=[](),;'\"\\#\n\r+- \t0x9_a\0é",
    "'''",
    '"""',
    "kernel",
    "memory",
    "True",
    "+=",
    "\\x4",
    "r'",
    "\r\n",
  ];
  let state = 12345;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  let good = 0;
  for (let i = 0; i < 100_000; i++) {
    let text = XL;
    for (let changes = 1 + random(4); changes > 0; changes--) {
      const at = random(text.length);
      text = text.slice(0, at) + pieces[random(pieces.length)] + text.slice(at + random(4));
    }
    try {
      parse(text);
      good++;
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      if (!/^dir\/hello\.cfg:[1-9]\d*:[1-9]\d*: error: expected|: [a-z_]+: expected/.test(error.message)) throw error;
    }
  }
  expect(good).toBeGreaterThan(10_000);
});
