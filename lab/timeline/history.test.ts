import { expect, test } from "vitest";
import { History, tracePoints } from "./history.ts";

const A = 1;
const B = 2;
/** "shell", as AssemblyScript keeps it. */
const NAME = [10, 0x0068_0073, 0x006c_0065, 0x0000_006c];

const change = (timeNs: number, from: number, to: number, state = 0, mutex = 0) => ({
  name: "switch",
  timeNs,
  instructions: timeNs * 2,
  words: [from, to, state, mutex, ...NAME],
});

test("spans of threads, and why each ended", () => {
  const history = new History();
  history.add([change(100, A, B), change(250, B, A, 2, 0x3000), change(300, A, B, 2), change(310, B, A, 3)]);
  expect(history.spans.map(({ thread, start, end, endedBy }) => [thread, start, end, endedBy])).toEqual([
    [A, 100, 100, "ready"],
    [B, 100, 250, "lock"],
    [A, 250, 300, "blocked"],
    [B, 300, 310, "dead"],
  ]);
  expect(history.spans[1]?.instructions).toBe(300);
  expect(history.names.get(B)).toBe("shell");
  expect(history.running).toEqual({ thread: A, since: 310, instructions: 620 });
});

test("interrupts by vector; a reset begins anew", () => {
  const history = new History();
  history.add([change(100, A, B), { name: "interrupt", timeNs: 120, instructions: 240, words: [0x20] }]);
  expect(history.interrupts).toEqual([{ time: 120, vector: 0x20 }]);
  history.add([change(5, B, A)]);
  expect(history.interrupts).toEqual([]);
  expect(history.spans).toHaveLength(1);
});

test("what is noted is found through the stack", () => {
  const offsets = { idOffset: 8, nameOffset: 96, stateOffset: 12, wantedMutexOffset: 80, vectorOffset: 48 };
  const points = tracePoints({ switchContext: 1, interrupt: 2, current: 3, ...offsets });
  const [change, interrupt] = points.map(({ words }) => words.map((one) => one.offsets));
  expect(change?.slice(0, 6)).toEqual([
    [4, 8],
    [3, 8],
    [4, 12],
    [4, 80],
    [3, 96, -4],
    [3, 96, 0],
  ]);
  expect(interrupt).toEqual([[4, 48]]);
});
