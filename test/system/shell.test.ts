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

test("ends a loop at ^C together with the program in it", () => {
  type("while true; do sleep 1; echo again; done; echo never\r", /\nagain\n$/);
  machine.run({ timeNs: machine.timeNs + SECOND_NS / 2 });
  type("\x03", /\^C\nminios> $/);
  type("echo $?\r", /\n130\nminios> $/);
});
