import { expect, test } from "vitest";
import { panicOf } from "./panic.ts";

test("the message, and the places from the innermost on", () => {
  const rows = [
    "minios> run",
    "PANIC: invalid opcode",
    "thread 1 (idle)",
    "stack trace:",
    "  0010e013 startKernelThread kernel/thread/thread.ts:175",
    "  0011d322 kernelMain kernel/main.ts:47",
    "The system is halted.",
  ];
  expect(panicOf(rows)).toEqual({
    message: "invalid opcode",
    places: [
      { path: "kernel/thread/thread.ts", line: 175 },
      { path: "kernel/main.ts", line: 47 },
    ],
  });
});

test("no panic, none; one without places has none", () => {
  expect(panicOf(["minios> echo PANIC: no", "kernel/a.ts:1"])).toBeUndefined();
  expect(panicOf(["PANIC: out of memory"])).toEqual({ message: "out of memory", places: [] });
});
