import { expect, test } from "vitest";
import { problemsOf } from "./problems.ts";

test("an error of the compiler, with its line and caret", () => {
  const text = 'kernel/a.ts:3:7: error: Type mismatch. [TS2322]\n\tlet x: u32 = "a";\n\t      ^~~';
  expect(problemsOf(text)).toEqual([
    { severity: "error", message: "Type mismatch. [TS2322]", file: "kernel/a.ts", line: 3, column: 7, length: 3 },
  ]);
});

test("several, some without a column, a file or a place", () => {
  const text =
    "a.s:2: warning: odd\na.s:9:1: error: unknown instruction 'x'\nx\n^\nlink.ld: no such file\nerror: out of disk";
  expect(problemsOf(text)).toEqual([
    { severity: "warning", message: "odd", file: "a.s", line: 2, length: 1 },
    { severity: "error", message: "unknown instruction 'x'", file: "a.s", line: 9, column: 1, length: 1 },
    { severity: "error", message: "no such file", file: "link.ld", length: 1 },
    { severity: "error", message: "out of disk", length: 1 },
  ]);
});
