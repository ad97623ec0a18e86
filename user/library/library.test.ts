import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../kernel/testing.ts";
import { compile, TestUser } from "../testing.ts";

const SOURCE = `
import { bytesToUnits, fromBytes } from "../user/library/text.ts";
import { printf, print, snprintf } from "../user/library/stdio.ts";
import { numberOf, parseOptions } from "../user/library/options.ts";
import { baseName, joinPath } from "../user/library/paths.ts";
import { bsearch, qsort } from "../user/library/sort.ts";
import { strchr, strcmp, strlcpy, strncpy, strrchr, strstr, strtol, strtolEnd } from "../user/library/string.ts";
import { formatTime, gmtime } from "../user/library/time.ts";
import { LineReader } from "../user/library/lines.ts";
import { open, O_CREAT, O_WRONLY } from "../user/library/files.ts";
import { copyFile } from "../user/library/copy.ts";
import { calloc, malloc, memcmp, realloc } from "../user/library/memory.ts";

export function number(format: usize, value: i32): void { printf(fromBytes(format), value); }
export function unsigned(format: usize, value: u32): void { printf(fromBytes(format), value); }
export function text(format: usize, value: usize): void { printf(fromBytes(format), fromBytes(value)); }
export function fraction(format: usize, thousandths: i32): void { printf(fromBytes(format), (thousandths as f64) / 1000); }
export function several(): void { printf("%s=%d,%c%%|%x", "a", -5, 0x42, 255); }
export function missing(): void { printf("%d and %d", 1); }
export function unicode(): void { print("é€😀"); }
const room = memory.data(16);
export function cut(bytes: i32): void {
  memory.fill(room, 0x7e, 16);
  const length = snprintf(room, bytes, "%s-%d", "abcdef", 1234);
  printf("%d %s", length, fromBytes(room));
}
export function options(line: usize, known: usize): void {
  const parsed = parseOptions(fromBytes(line).split(" "), fromBytes(known), "use it well");
  if (parsed === null) return;
  printf("a:%d n:%s|%s", parsed.has("a") ? 1 : 0, parsed.value("n", "none"), parsed.names.join(","));
}
export function toNumber(value: usize): void { printf("%d", numberOf(fromBytes(value))); }
export function paths(path: usize): void { print(baseName(fromBytes(path)) + " " + joinPath(fromBytes(path), "x")); }
export function sortBytes(value: usize, count: usize): void {
  qsort(value, count, 1, (a, b) => (load<u8>(a) as i32) - (load<u8>(b) as i32));
  print(fromBytes(value));
}
const key = memory.data(1);
export function search(value: usize, count: usize, byte: i32): void {
  store<u8>(key, byte as u8);
  const found = bsearch(key, value, count, 1, (a, b) => (load<u8>(a) as i32) - (load<u8>(b) as i32));
  printf("%d", found == 0 ? -1 : (found - value) as i32);
}
export function parse(value: usize, base: i32): void { printf("%d %s", strtol(value, base), fromBytes(strtolEnd)); }
export function find(value: usize, part: usize): void {
  const byte: i32 = load<u8>(part);
  const at = strstr(value, part);
  const first = strchr(value, byte);
  const last = strrchr(value, byte);
  printf("%d %d %d", at == 0 ? -1 : (at - value) as i32, first == 0 ? -1 : (first - value) as i32, last == 0 ? -1 : (last - value) as i32);
}
export function compare(a: usize, b: usize): void { const order = strcmp(a, b); printf("%d", order < 0 ? -1 : order > 0 ? 1 : 0); }
export function copies(value: usize, size: usize): void {
  memory.fill(room, 0x7e, 16);
  const length = strlcpy(room, value, size);
  printf("%d %s", length as i32, fromBytes(room));
  strncpy(room, value, 8);
  printf(" %d", load<u8>(room, 7));
}
export function date(seconds: u32): void { printf("%d %s", gmtime(seconds).weekday, formatTime(seconds)); }
export function lines(path: usize): void {
  const reader = new LineReader(open(fromBytes(path)));
  printf("%s %d", reader.all().join("|"), reader.isOpenEnded ? 1 : 0);
}
export function copyOf(from: usize, to: usize): void { printf("%d", copyFile(fromBytes(from), fromBytes(to))); }
export function units(value: usize, count: i32): void { const all = bytesToUnits(value, count); printf("%d %x", all.length, all.charCodeAt(count - 1)); }
export function tooMuch(): void {
  const block = malloc(10);
  printf("%d %d %d", malloc(0x40000000), realloc(block, usize.MAX_VALUE), calloc(0x10000, 0x10001));
}
export function grow(): void {
  const a = malloc(10);
  for (let i = 0; i < 10; i++) store<u8>(a + i, i as u8);
  const b = realloc(a, 5000);
  let good = 1;
  for (let i = 0; i < 10; i++) if (load<u8>(b + i) != (i as u8)) good = 0;
  printf("%d %d", good, memcmp(b, b, 5000));
}
`;

let user: TestUser;
beforeAll(async () => {
  user = new TestUser(await compile(SOURCE));
});

describe("printf", () => {
  it.each<[string, number, string]>([
    ["%d", -42, "-42"],
    ["%5d|", 42, "   42|"],
    ["%-5d|", 42, "42   |"],
    ["%05d", -42, "-0042"],
    ["%+d", 42, "+42"],
    ["%x", -1, "ffffffff"],
    ["%X", 0xbeef, "BEEF"],
    ["%08x", 0x1f, "0000001f"],
    ["%o", 8, "10"],
    ["%c", 0x41, "A"],
    ["%d", -0x80000000, "-2147483648"],
    ["100%%", 0, "100%"],
  ])("%s of %d", (format, value, printed) => {
    expect(user.run("number", format, value)).toBe(printed);
  });

  it("knows unsigned numbers, strings and fractions", () => {
    expect(user.run("unsigned", "%u", 0xffffffff)).toBe("4294967295");
    expect(user.run("text", "%6s|", "abc")).toBe("   abc|");
    expect(user.run("text", "%-6s|", "abc")).toBe("abc   |");
    expect(user.run("text", "%.2s|", "abc")).toBe("ab|");
    expect(user.run("fraction", "%.2f", 12345)).toBe("12.35");
    expect(user.run("fraction", "%8.3f|", -1034)).toBe("  -1.034|");
    expect(user.run("fraction", "%.0f", 2600)).toBe("3");
    expect(user.run("several")).toBe("a=-5,B%|ff");
    expect(user.run("missing")).toBe("1 and ?");
  });

  it("prints UTF-8", () => {
    expect(Buffer.from(user.run("unicode"), "latin1").toString("utf8")).toBe("é€😀");
  });

  it("cuts what doesn't fit into memory, and says how long it is", () => {
    expect(user.run("cut", 16)).toBe("11 abcdef-1234");
    expect(user.run("cut", 5)).toBe("11 abcd");
    expect(user.run("cut", 1)).toBe("11 ");
  });
});

describe("options", () => {
  it.each<[string, string, string]>([
    ["cmd x y", "an:", "a:0 n:none|x,y"],
    ["cmd -a x", "an:", "a:1 n:none|x"],
    ["cmd -n 5 x", "an:", "a:0 n:5|x"],
    ["cmd -an5 x", "an:", "a:1 n:5|x"],
    ["cmd -- -a", "an:", "a:0 n:none|-a"],
    ["cmd - -a", "an:", "a:0 n:none|-,-a"],
    ["cmd -z", "an:", "usage: use it well\n"],
    ["cmd -:", "an:", "usage: use it well\n"],
    ["cmd -n", "an:", "usage: use it well\n"],
  ])("%s with %s", (line, known, printed) => {
    expect(user.run("options", line, known)).toBe(printed);
  });

  it.each<[string, string]>([
    ["0", "0"],
    ["123456789", "123456789"],
    ["1234567890", "-1"],
    ["", "-1"],
    ["-1", "-1"],
    ["1x", "-1"],
  ])("numberOf %j", (text, value) => {
    expect(user.run("toNumber", text)).toBe(value);
  });
});

it.each<[string, string]>([
  ["/etc/motd", "motd /etc/motd/x"],
  ["motd", "motd motd/x"],
  ["/etc/", "etc /etc/x"],
  ["/", "/ /x"],
])("paths: %s", (path, printed) => {
  expect(user.run("paths", path)).toBe(printed);
});

it("qsort sorts, and bsearch finds, as Array does", () => {
  const random = new Random(3);
  for (let round = 0; round < 200; round++) {
    const letters = Array.from({ length: random.below(40) }, () => String.fromCharCode(97 + random.below(26)));
    const sorted = [...letters].sort();
    expect(user.run("sortBytes", letters.join(""), letters.length)).toBe(sorted.join(""));
    const wanted = String.fromCharCode(97 + random.below(26));
    const at = Number(user.run("search", sorted.join(""), sorted.length, wanted.charCodeAt(0)));
    if (at < 0) expect(sorted).not.toContain(wanted);
    else expect(sorted[at]).toBe(wanted);
  }
});

describe("texts of bytes", () => {
  it.each<[string, number, string]>([
    ["42abc", 10, "42 abc"],
    ["  -17", 10, "-17 "],
    ["0x1F", 0, "31 "],
    ["0x1F", 16, "31 "],
    ["017", 0, "15 "],
    ["0x", 0, "0 x"],
    ["z", 36, "35 "],
    ["none", 10, "0 none"],
    ["99999999999", 10, "2147483647 "],
    ["-99999999999", 10, "-2147483648 "],
  ])("strtol %j in base %i", (text, base, printed) => {
    expect(user.run("parse", text, base)).toBe(printed);
  });

  it("finds, compares and copies", () => {
    expect(user.run("find", "abcabc", "ca")).toBe("2 2 5");
    expect(user.run("find", "abc", "x")).toBe("-1 -1 -1");
    expect(user.run("compare", "abc", "abd")).toBe("-1");
    expect(user.run("compare", "abc", "ab")).toBe("1");
    expect(user.run("compare", "same", "same")).toBe("0");
    expect(user.run("copies", "abcdef", 4)).toBe("6 abc 0");
    expect(user.run("copies", "abcdefghij", 16)).toBe("10 abcdefghij 104");
    expect(user.run("units", "\xe9\xff", 2)).toBe("2 ff");
    expect(user.run("grow")).toBe("1 0");
    expect(user.run("tooMuch")).toBe("0 0 0");
  });
});

it("dates are what JavaScript says", () => {
  const random = new Random(5);
  const seconds = [0, 951782400, 951868800, 4102444799, 4294967295];
  for (let i = 0; i < 300; i++) seconds.push(random.below(2 ** 32));
  for (const value of seconds) {
    const date = new Date(value * 1000);
    const expected = `${date.getUTCDay()} ${date.toISOString().slice(0, 19).replace("T", " ")}`;
    expect(user.run("date", value)).toBe(expected);
  }
});

describe("files", () => {
  it("are read line by line, over the buffer's edges", () => {
    const long = "x".repeat(5000);
    user.files.set("/a", `one\n\n${long}\nlast`);
    expect(user.run("lines", "/a")).toBe(`one||${long}|last 1`);
    user.files.set("/a", "one\n");
    expect(user.run("lines", "/a")).toBe("one 0");
    user.files.set("/a", "");
    expect(user.run("lines", "/a")).toBe(" 0");
  });

  it("are copied whole", () => {
    const content = "0123456789".repeat(3000);
    user.files.set("/from", content);
    expect(user.run("copyOf", "/from", "/to")).toBe("0");
    expect(user.files.get("/to")).toBe(content);
    expect(user.run("copyOf", "/none", "/to2")).toBe("-2");
    expect(user.files.has("/to2")).toBe(false);
  });
});

it("docs/kernel/library.md names the functions that programs can call, and no others", () => {
  const folder = import.meta.dirname;
  const internal = ["abort.ts", "ends.ts", "format.ts", "lines.ts"];
  const files = readdirSync(folder).filter((name) => !name.endsWith(".test.ts") && !internal.includes(name));
  const exported = files.flatMap((name) => {
    const source = readFileSync(join(folder, name), "utf8");
    return Array.from(source.matchAll(/^export (?:declare )?function (\w+)/gm), ([, called]) => called);
  });
  const page = readFileSync(join(folder, "../../docs/kernel/library.md"), "utf8");
  const described = Array.from(page.matchAll(/^\| `(\w+)\(/gm), ([, called]) => called);
  expect(described.sort()).toEqual(exported.sort());
});
