// The record is the person's, whatever machine is in: begun anew with each, kept after it was switched off.

import { expect, test } from "vitest";
import { createMachine } from "../../cli/node-machine.ts";
import { RecordingKeeper } from "./recording-keeper.ts";

const LIMIT = { instructions: 20_000 };

test("nothing is noted before it is asked for; what was noted stays when it ends", () => {
  const machine = createMachine({ memoryBytes: 1 << 20 });
  const keeper = new RecordingKeeper();
  keeper.insert(machine);
  machine.run(LIMIT);
  expect(keeper.read(0, 10)).toEqual({ id: 0, isOn: false, total: 0, events: [], disks: [] });
  keeper.set(true);
  machine.run(LIMIT);
  const { id, isOn, total, events } = keeper.read(0, 5);
  expect([id, isOn, events.length]).toEqual([1, true, 5]);
  expect(total).toBeGreaterThan(5);
  keeper.set(false);
  machine.run(LIMIT);
  expect(keeper.read(0, 5)).toMatchObject({ id: 1, isOn: false, total });
});

test("the next machine begins another record, and the one before is no longer heard", () => {
  const keeper = new RecordingKeeper();
  const first = createMachine({ memoryBytes: 1 << 20 });
  keeper.insert(first);
  keeper.set(true);
  first.run(LIMIT);
  const second = createMachine({ memoryBytes: 1 << 20 });
  keeper.insert(second);
  first.run(LIMIT);
  expect(keeper.read(0, 5)).toMatchObject({ id: 2, isOn: true, total: 0 });
  second.run(LIMIT);
  expect(keeper.read(0, 5).total).toBeGreaterThan(0);
});
