import { expect, test } from "vitest";
import { selectedColumns, selectionOf, textOf } from "./selection.ts";

const LINES = ["MiniOS 0.1", "$ cat /bin/hello.txt", "  (done)", ""];
const at = (row: number, column: number) => ({ row, column });

test("a run of cells over lines, dragged in either direction", () => {
  const forwards = selectionOf(at(0, 7), at(1, 4), "cell", LINES, 80);
  expect(textOf(forwards, LINES, 80)).toBe("0.1\n$ cat");
  expect(selectionOf(at(1, 4), at(0, 7), "cell", LINES, 80)).toEqual(forwards);
});

test("a double click takes a word: a path is one", () => {
  const { first, last } = selectionOf(at(1, 9), at(1, 9), "word", LINES, 80);
  expect([first.column, last.column]).toEqual([6, 19]);
  expect(textOf(selectionOf(at(2, 4), at(2, 4), "word", LINES, 80), LINES, 80)).toBe("done");
});

test("a double click on a blank takes that cell only", () => {
  expect(selectionOf(at(1, 1), at(1, 1), "word", LINES, 80)).toEqual({ first: at(1, 1), last: at(1, 1) });
});

test("a triple click takes lines, without the blanks at their ends", () => {
  const selection = selectionOf(at(0, 5), at(1, 0), "line", LINES, 80);
  expect(textOf(selection, LINES, 80)).toBe("MiniOS 0.1\n$ cat /bin/hello.txt");
});

test("the selected columns of first, middle and last row, and of one outside", () => {
  const selection = { first: at(1, 5), last: at(3, 2) };
  expect([0, 1, 2, 3, 4].map((row) => selectedColumns(selection, row, 80))).toEqual([
    [0, 0],
    [5, 80],
    [0, 80],
    [0, 3],
    [0, 0],
  ]);
});
