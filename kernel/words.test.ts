import { beforeAll, describe, expect, it } from "vitest";
import { compile, instantiate, Random, type TestKernel } from "./testing.ts";

const SOURCE = `
import { splitWords, wordAt } from "./words.ts";
import { parseNumber, textAddress, textContains, textEquals, textLength, textStartsWith } from "./text.ts";
export { splitWords, wordAt, parseNumber, textContains, textLength };
export function equalsHello(text: usize): bool { return textEquals(text, "hello"); }
export function startsWithHello(text: usize): bool { return textStartsWith(text, "hello"); }
export function constant(): usize { return textAddress("a constant"); }
`;
const LINE = 0x1000;

let kernel: TestKernel;
beforeAll(async () => {
  kernel = instantiate(await compile(SOURCE));
});

function split(line: string): string[] | number {
  const count = kernel.call("splitWords", kernel.writeText(LINE, line));
  return count < 0 ? count : Array.from({ length: count }, (_, i) => kernel.readText(kernel.call("wordAt", i)));
}

describe("splitWords", () => {
  it.each<[string, string[] | number]>([
    ["", []],
    ["   \t ", []],
    ["echo hi", ["echo", "hi"]],
    ["  echo\thi  ", ["echo", "hi"]],
    ['echo "a  b" c', ["echo", "a  b", "c"]],
    ['a"b c"d', ["ab cd"]],
    ['""', [""]],
    ['"" x', ["", "x"]],
    ['echo "open', -1],
  ])("splits %j", (line, words) => {
    expect(split(line)).toEqual(words);
  });

  it("gives back what was joined with blanks and quotes", () => {
    const random = new Random(7);
    for (let round = 0; round < 500; round++) {
      const words = Array.from({ length: random.below(12) }, () =>
        Array.from({ length: random.below(9) }, () => random.pick([..."ab=z 1\t-"])).join(""),
      );
      const line = words
        .map((word) => (/[ \t]/.test(word) || word === "" || random.below(3) === 0 ? `"${word}"` : word))
        .join(" ".repeat(1 + random.below(3)));
      expect(split(line), line).toEqual(words);
    }
  });

  it("asserts that there are not too many", () => {
    expect(kernel.abortOf("splitWords", kernel.writeText(LINE, "x ".repeat(129)))).toMatch(/more words/);
    expect(kernel.abortOf("wordAt", 128)).toMatch(/no such word/);
  });
});

describe("text", () => {
  it("compares with constants", () => {
    for (const [text, equal, starts] of [
      ["hello", 1, 1],
      ["hello!", 0, 1],
      ["hell", 0, 0],
      ["", 0, 0],
      ["Hello", 0, 0],
    ] as const) {
      kernel.writeText(LINE, text);
      expect([kernel.call("equalsHello", LINE), kernel.call("startsWithHello", LINE)]).toEqual([equal, starts]);
    }
    expect(kernel.readText(kernel.call("constant"))).toBe("a constant");
    expect(kernel.call("textLength", kernel.writeText(LINE, "four"))).toBe(4);
    expect(kernel.call("textContains", LINE, 0x75)).toBe(1);
    expect(kernel.call("textContains", LINE, 0x3d)).toBe(0);
  });

  it.each([
    ["0", 0],
    ["10000", 10000],
    ["2147483647", 2147483647],
    ["2147483648", -1],
    ["99999999999999999999999", -1],
    ["", -1],
    ["-1", -1],
    ["1x", -1],
    ["007", 7],
  ])("reads the number %j", (text, value) => {
    expect(kernel.call("parseNumber", kernel.writeText(LINE, text))).toBe(value);
  });
});
