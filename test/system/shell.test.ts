// The shell at a terminal, as a person has it: statements over several lines, and ^C. (session.test.ts has what one line says.)

import { beforeAll, expect, test } from "vitest";
import { Machine } from "../../pc/machine.ts";
import { machineParts } from "../judges/ours.ts";
import { floppyImage } from "./images.ts";

const SECOND_NS = 1e9;
let machine: Machine;

const output = (): string => machine.serial[0].output.replaceAll("\r", "");

/** Types on the serial line and waits until what comes matches. */
function type(text: string, answer: RegExp): void {
  const start = output().length;
  machine.serial[0].send(Buffer.from(text));
  const reason = machine.run({ until: () => answer.test(output().slice(start)), instructions: 1e9 });
  expect([reason, output().slice(start)]).toEqual(["until", expect.stringMatching(answer)]);
}

beforeAll(async () => {
  machine = Machine.create({ parts: await machineParts(), floppyA: Uint8Array.from(floppyImage()) });
  type("\r", /minios> $/);
});

test("asks for the rest of a statement, and runs it then", () => {
  type("for x in one two\r", /\n> $/);
  type("do\r", /\n> $/);
  type("  echo got $x\r", /\n> $/);
  type("done\r", /\ngot one\ngot two\nminios> $/);
});

test("forgets an unfinished statement at ^C", () => {
  type("if true\r", /\n> $/);
  type("\x03", /\^C\nminios> $/);
  type("fi\r", /\nsh: fi without its beginning\nminios> $/);
});

test.each(["while true; do true; done", "while test 1 -lt 2; do if false; then cd /; fi; done"])(
  "ends %s at ^C, and drops what was typed meanwhile",
  (loop) => {
    type(`${loop}; echo never\r`, /\n$/);
    machine.run({ timeNs: machine.timeNs + SECOND_NS / 4 });
    machine.serial[0].send(Buffer.from("typed ahead\rmore"));
    machine.run({ timeNs: machine.timeNs + SECOND_NS / 4 });
    type("\x03", /^\^C\nminios> $/);
    type("echo $?\r", /^echo \$\?\n130\nminios> $/);
  },
);

test("a ^C before a loop is not for it", () => {
  type("cd /\x03\r", /\^C\nminios> \nminios> $/);
  type("for x in 1 2 3; do echo $x; done\r", /\n1\n2\n3\nminios> $/);
});

test("ends a loop at ^C together with the program in it", () => {
  type("while true; do sleep 1; echo again; done; echo never\r", /\nagain\n$/);
  machine.run({ timeNs: machine.timeNs + SECOND_NS / 2 });
  type("\x03", /\^C\nminios> $/);
  type("echo $?\r", /\n130\nminios> $/);
});
