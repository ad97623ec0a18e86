// The library in Node: its functions against what Node knows, with a stand-in for system calls that keeps what is written.

import { beforeAll, describe, expect, it } from "vitest";
import { diskTree } from "../../cli/build/disk-tree.ts";
import { SYS_WRITE } from "../../kernel/abi/systemCalls.ts";
import { ROOT } from "../../test/support.ts";
import { compileTypeScript } from "../../toolchain/build/typescript.ts";

const SOURCE = `
import { bsearch, qsort } from "./sort.ts";
import { calloc, free, malloc, memchr, memcmp, memcpy, memmove, memset, realloc } from "./memory.ts";
import { atoi, strcat, strchr, strcmp, strcpy, strdup, strlcpy, strlen, strncmp, strncpy, strrchr, strstr, strtol, strtolEnd } from "./string.ts";
import { fprintf, printf, snprintf } from "./stdio.ts";
import { fromBytes, toBytes } from "./text.ts";
import { formatTime, gmtime } from "./time.ts";
import { strerror } from "./errno.ts";
export { atoi, calloc, free, malloc, memchr, memcmp, memcpy, memmove, memset, realloc, strcat, strchr, strcmp, strcpy, strdup,
  strlcpy, strlen, strncmp, strncpy, strrchr, strstr, strtol };
export function end(): usize { return strtolEnd; }
export function sortWords(base: usize, count: usize): void {
  qsort(base, count, 4, (a, b) => { const x = load<i32>(a); const y = load<i32>(b); return x < y ? -1 : x > y ? 1 : 0; });
}
export function findWord(key: usize, base: usize, count: usize): usize {
  return bsearch(key, base, count, 4, (a, b) => { const x = load<i32>(a); const y = load<i32>(b); return x < y ? -1 : x > y ? 1 : 0; });
}
export function printInteger(format: usize, value: i32): i32 { return printf(fromBytes(format), value); }
export function printUnsigned(format: usize, value: u32): i32 { return printf(fromBytes(format), value); }
export function printLong(format: usize, value: i64): i32 { return printf(fromBytes(format), value); }
export function printFloat(format: usize, value: f64): i32 { return printf(fromBytes(format), value); }
export function printString(format: usize, text: usize): i32 { return printf(fromBytes(format), fromBytes(text)); }
export function printBytes(format: usize, text: usize): i32 { return printf(fromBytes(format), text); }
export function printMany(text: usize, small: i8): i32 { return fprintf(2, "%s|%5d|%-5s|%c|%%|%08.3f|%x\\n", fromBytes(text), 42, "ab", 65, 3.14159, small); }
export function printNone(): i32 { return printf("100%% of %d"); }
export function format(to: usize, bytes: usize, text: usize): i32 { return snprintf(to, bytes, "<%s>", fromBytes(text)); }
export function timeText(to: usize, seconds: u32): usize { const bytes = toBytes(formatTime(seconds)); return strcpy(to, changetype<usize>(bytes)); }
export function weekday(seconds: u32): i32 { return gmtime(seconds).weekday; }
export function errorText(to: usize, error: i32): usize { const bytes = toBytes(strerror(error)); return strcpy(to, changetype<usize>(bytes)); }
`;
const BASE = 0x10000;
const TEXT = 0x1000;
const OTHER = 0x2000;
const PLACE = 0x4000;

type Call = (...values: (number | bigint)[]) => number;

class Library {
  written = "";
  readonly memory = new WebAssembly.Memory({ initial: 32 });
  private calls: Record<string, Call> = {};

  async start(module: WebAssembly.Module): Promise<void> {
    const systemCall = (number: number, handle: number, address: number, count: number) => {
      if (number !== SYS_WRITE) return -38;
      this.written += Buffer.from(this.memory.buffer, address, count).toString("utf8");
      return handle > 0 ? count : -9;
    };
    const abort = () => {
      throw new Error("aborted");
    };
    const imports = { env: { memory: this.memory, abort }, platform: { systemCall, timestamp: () => 0n } };
    this.calls = (await WebAssembly.instantiate(module, imports)).exports as Record<string, Call>;
  }

  call(name: string, ...values: (number | bigint)[]): number {
    const call = this.calls[name];
    if (call === undefined) throw new Error(`no ${name}`);
    return call(...values);
  }

  put(address: number, text: string): number {
    new Uint8Array(this.memory.buffer).set(Buffer.from(`${text}\0`, "utf8"), address);
    return address;
  }

  get(address: number): string {
    const bytes = new Uint8Array(this.memory.buffer);
    return Buffer.from(bytes.subarray(address, bytes.indexOf(0, address))).toString("utf8");
  }

  /** What a print function writes. */
  print(name: string, format: string, value: number | bigint): string {
    this.written = "";
    const count = this.call(name, this.put(TEXT, format), value);
    expect(count).toBe(Buffer.byteLength(this.written));
    return this.written;
  }
}

let library: Library;
beforeAll(async () => {
  const disk = diskTree(ROOT);
  const entry = "user/library/test-entry.ts";
  const tree = { ...disk, readText: (path: string) => (path === entry ? SOURCE : disk.readText(path)) };
  const options = ["-O1", "--runtime", "minimal", "--memoryBase", `${BASE}`, "--importMemory"];
  const { wasm } = await compileTypeScript(tree, entry, options);
  library = new Library();
  await library.start(await WebAssembly.compile(Uint8Array.from(wasm)));
});

describe("printf", () => {
  it.each<[string, number, string]>([
    ["%d", -5, "-5"],
    ["%i", 2147483647, "2147483647"],
    ["%d", -2147483648, "-2147483648"],
    ["[%5d]", 42, "[   42]"],
    ["[%-5d]", 42, "[42   ]"],
    ["[%05d]", -42, "[-0042]"],
    ["[%+d]", 42, "[+42]"],
    ["[%2d]", 12345, "[12345]"],
    ["%x", -1, "ffffffff"],
    ["%X", 48879, "BEEF"],
    ["%08x", 48879, "0000beef"],
    ["%o", 8, "10"],
    ["%c%%", 65, "A%"],
    ["%3c|", 65, "  A|"],
    ["no place", 1, "no place"],
    ["ends in %", 1, "ends in 1"],
    ["%d and %d", 1, "1 and ?"],
  ])("%s with %d is %s", (format, value, expected) => {
    expect(library.print("printInteger", format, value)).toBe(expected);
  });

  it("knows unsigned and long numbers", () => {
    expect(library.print("printUnsigned", "%u", 0xffffffff)).toBe("4294967295");
    expect(library.print("printUnsigned", "%d", 0xffffffff)).toBe("4294967295"); // its type has no sign
    expect(library.print("printLong", "%d", -(2n ** 63n))).toBe("-9223372036854775808");
    expect(library.print("printLong", "%x", -1n)).toBe("ffffffffffffffff");
  });

  it.each<[string, number, string]>([
    ["%f", 1.5, "1.500000"],
    ["%.2f", 2.676, "2.68"],
    ["%.0f", 0.5, "1"],
    ["%8.3f|", -3.21159, "  -3.212|"],
    ["%-8.1f|", 9.96, "10.0    |"],
    ["%08.2f", -1.005, "-0001.00"],
    ["%.3f", 0.0004, "0.000"],
    ["%f", Number.NaN, "nan"],
    ["%f", 1e300, "large"],
  ])("%s with the fraction %d is %s", (format, value, expected) => {
    expect(library.print("printFloat", format, value)).toBe(expected);
  });

  it("takes strings and bytes, and writes UTF-8", () => {
    const text = library.put(OTHER, "Grüße 🙂 €");
    expect(library.print("printString", "<%s>", text)).toBe("<Grüße 🙂 €>");
    expect(library.print("printBytes", "<%s>", text)).toBe("<Grüße 🙂 €>");
    const word = library.put(OTHER, "word");
    expect(library.print("printString", "<%6s|%", word)).toBe("<  word|?");
    expect(library.print("printString", "<%-6.2s>", word)).toBe("<wo    >");
    expect(library.print("printBytes", "<%6.3s>", word)).toBe("<   wor>");
  });

  it("fills many places, also of more text than its buffer", () => {
    library.written = "";
    const long = "x".repeat(1300);
    library.call("printMany", library.put(OTHER, long), -1);
    expect(library.written).toBe(`${long}|   42|ab   |A|%|0003.142|ff\n`);
    library.written = "";
    library.call("printNone");
    expect(library.written).toBe("100% of ?");
  });

  it("formats to memory as far as there is room", () => {
    const text = library.put(OTHER, "abcdef");
    library.put(PLACE, "zzzzzzzzzzzz");
    expect(library.call("format", PLACE, 5, text)).toBe(8);
    expect(library.get(PLACE)).toBe("<abc");
    expect(library.get(PLACE + 5)).toBe("zzzzzzz");
    expect(library.call("format", PLACE, 100, text)).toBe(8);
    expect(library.get(PLACE)).toBe("<abcdef>");
  });
});

describe("bytes and texts", () => {
  it("compares and finds", () => {
    const a = library.put(TEXT, "hello");
    const sign = (text: string) => Math.sign(library.call("strcmp", a, library.put(OTHER, text)));
    expect(["hello", "help", "hell", "hello!", "", "\xff"].map(sign)).toEqual([0, -1, 1, -1, 1, -1]);
    expect(library.call("strncmp", a, library.put(OTHER, "helium"), 3)).toBe(0);
    expect(library.call("strlen", a)).toBe(5);
    expect(library.call("strchr", a, 0x6c) - a).toBe(2);
    expect(library.call("strrchr", a, 0x6c) - a).toBe(3);
    expect(library.call("strchr", a, 0x7a)).toBe(0);
    expect(library.call("strchr", a, 0) - a).toBe(5);
    expect(library.call("strstr", a, library.put(OTHER, "lo")) - a).toBe(3);
    expect(library.call("strstr", a, library.put(OTHER, "lol"))).toBe(0);
    expect(library.call("strstr", a, library.put(OTHER, ""))).toBe(a);
    expect(library.call("memchr", a, 0x6f, 4)).toBe(0);
    expect(library.call("memcmp", a, library.put(OTHER, "helpo"), 3)).toBe(0);
  });

  it("copies, also onto itself", () => {
    const a = library.put(TEXT, "0123456789");
    library.call("memmove", a + 2, a, 5);
    expect(library.get(a)).toBe("0101234789");
    library.call("strcpy", OTHER, a);
    library.call("strcat", OTHER, library.put(PLACE, "!"));
    expect(library.get(OTHER)).toBe("0101234789!");
    library.call("memset", OTHER, 0x41, 3);
    expect(library.get(OTHER)).toBe("AAA1234789!");
    expect(library.call("strlcpy", OTHER, a, 4)).toBe(10);
    expect(library.get(OTHER)).toBe("010");
    library.call("memset", OTHER, 0x42, 8);
    library.call("strncpy", OTHER, library.put(PLACE, "ab"), 6);
    expect([...new Uint8Array(library.memory.buffer, OTHER, 8)]).toEqual([97, 98, 0, 0, 0, 0, 66, 66]);
    const copy = library.call("strdup", a);
    expect(library.get(copy)).toBe("0101234789");
    library.call("free", copy);
  });

  it.each<[string, number, number, number]>([
    ["42", 10, 42, 2],
    ["  -17x", 10, -17, 5],
    ["+8", 0, 8, 2],
    ["0x1F", 0, 31, 4],
    ["0x", 0, 0, 1],
    ["017", 0, 15, 3],
    ["zz", 36, 1295, 2],
    ["99999999999", 10, 2147483647, 11],
    ["-99999999999", 10, -2147483648, 12],
    ["none", 10, 0, 0],
  ])("strtol of %j in base %d is %d", (text, base, value, length) => {
    const at = library.put(TEXT, text);
    expect(library.call("strtol", at, base)).toBe(value);
    expect(library.call("end") - at).toBe(length);
  });
});

describe("memory", () => {
  it("keeps what is in blocks, and takes them back", () => {
    const blocks = Array.from({ length: 50 }, (_, i) => library.call("malloc", 10 + i * 7));
    expect(blocks.every((address) => address % 16 === 0)).toBe(true);
    blocks.forEach((address, i) => {
      library.call("memset", address, i, 10 + i * 7);
    });
    blocks[7] = library.call("realloc", blocks[7] ?? 0, 5000);
    const bytes = new Uint8Array(library.memory.buffer);
    blocks.forEach((address, i) => {
      expect(bytes.subarray(address, address + 10 + i * 7).every((byte) => byte === i)).toBe(true);
    });
    for (const address of blocks) library.call("free", address);
    const again = library.call("calloc", 20, 30);
    expect(new Uint8Array(library.memory.buffer, again, 600).every((byte) => byte === 0)).toBe(true);
    expect(library.call("calloc", 0x10000, 0x10000)).toBe(0);
    library.call("free", 0);
  });
});

describe("sorting", () => {
  it("qsort sorts any number of elements, and bsearch finds each", () => {
    let state = 1;
    for (const count of [0, 1, 2, 3, 10, 100, 1000]) {
      const values = Array.from({ length: count }, () => {
        state = (Math.imul(state, 1103515245) + 12345) | 0;
        return state % 500;
      });
      const words = new Int32Array(library.memory.buffer, PLACE, count + 1);
      words.set(values);
      library.call("sortWords", PLACE, count);
      expect([...words.subarray(0, count)]).toEqual(values.toSorted((a, b) => a - b));
      for (const value of values.slice(0, 20)) {
        new Int32Array(library.memory.buffer, OTHER, 1)[0] = value;
        const found = library.call("findWord", OTHER, PLACE, count);
        expect(new Int32Array(library.memory.buffer, found, 1)[0]).toBe(value);
      }
      new Int32Array(library.memory.buffer, OTHER, 1)[0] = 1000;
      expect(library.call("findWord", OTHER, PLACE, count)).toBe(0);
    }
  });
});

describe("time", () => {
  it("agrees with Node's calendar from 1970 to 2105", () => {
    for (let seconds = 0; seconds < 0xfff00000; seconds += 7_654_321) {
      const date = new Date(seconds * 1000);
      const expected = date.toISOString().replace("T", " ").slice(0, 19);
      expect(library.get(library.call("timeText", OTHER, seconds | 0))).toBe(expected);
      expect(library.call("weekday", seconds | 0)).toBe(date.getUTCDay());
    }
    for (const day of ["2000-02-29", "2024-12-31", "2100-02-28", "2100-03-01"]) {
      const seconds = Date.parse(`${day}T23:59:59Z`) / 1000;
      expect(library.get(library.call("timeText", OTHER, seconds | 0))).toBe(`${day} 23:59:59`);
    }
  });
});

describe("errors", () => {
  it("have words", () => {
    expect(library.get(library.call("errorText", OTHER, 2))).toBe("no such file or directory");
    expect(library.get(library.call("errorText", OTHER, 4711))).toBe("unknown error");
  });
});
