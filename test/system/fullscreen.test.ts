// Programs that take the whole screen, on our PC, used from the keyboard: the editor, the game, the scheduler's picture; and ^C.

import { beforeAll, expect, test } from "vitest";
import { strokesOf } from "../../pc/devices/index.ts";
import { Machine } from "../../pc/machine.ts";
import { machineParts } from "../judges/ours.ts";
import { command, floppyImage, PROMPT, runUntil } from "./images.ts";

let machine: Machine;
beforeAll(async () => {
  machine = Machine.create({ parts: await machineParts(), floppyA: floppyImage() });
  runUntil(machine, PROMPT);
});

function type(text: string, until: RegExp): string[] {
  machine.keyboard.type(strokesOf(text));
  return runUntil(machine, until, 1e9);
}

test("edit writes, moves, finds, saves and asks before it loses something", () => {
  type("edit /poem\n", /\/poem {2}line 1\/1 column 1 /);
  const rows = type("roses are red\n\tviolets are blue", /column 18 /);
  expect(rows.slice(0, 3)).toEqual(["roses are red", "        violets are blue", "~"]);
  type("\x06are\n", /line 1\/2 column 7 /);
  type("\x06\n", /line 2\/2 column 10 /);
  type("\bX", /violetsXare/);
  type("\x13", /saved, 32 bytes/);
  type("!", /\/poem\* /);
  type("\x11", /Save the changes\?/);
  type("n", PROMPT);
  expect(command(machine, "cat /poem")).toEqual(["roses are red", "        violetsXare blue"]);
});

test("snake shows its field, and q leaves it", () => {
  const rows = type("snake\n", /score 0 (.*\n)*.*########/);
  expect(rows.join("\n")).toMatch(/<>/);
  type("q", /You have left\. Score: 0\nminios>/);
});

test("sched: under the feedback queue all get their share, and who sleeps runs soon", () => {
  const rows = command(machine, "sched", 1e9);
  const shares = rows.flatMap((row) => /priority \d \|.*\| +(\d+) %$/.exec(row)?.[1] ?? []).map(Number);
  expect(shares).toHaveLength(8);
  const [, , starved = 100, , , , low = 0] = shares;
  expect(starved).toBe(0);
  expect(low).toBeGreaterThan(20);
  const late = rows.flatMap((row) => /it ran (\d+) ms late/.exec(row)?.[1] ?? []).map(Number);
  expect(late[1]).toBeLessThan((late[0] ?? 0) / 4);
});

test("^C ends a pipeline in the foreground, and the shell says so", () => {
  type("cat | sort | cat\n", /cat \| sort \| cat$/m);
  machine.run({ timeNs: machine.timeNs + 1e9 });
  type("\x03", /\^C\n+minios>$/m);
  const rows = type("echo status $?\n", /^status \d+$/m);
  expect(rows).toContain("status 130");
});
