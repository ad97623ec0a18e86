// A person's session at the shell, over the serial line: the same transcript on our PC, in QEMU and in Bochs, from the floppy and from
// the disk. session.txt has the commands; session.expected is what our PC answered when somebody last read it through.
// MINIOS_WRITE_ANSWERS=1 writes it anew.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bochsMissing, startBochs } from "../judges/bochs.ts";
import { type Guest, waitForAnswer } from "../judges/guest.ts";
import { startOurPc } from "../judges/ours.ts";
import { qemuMissing, startQemu } from "../judges/qemu.ts";
import { ROOT } from "../support.ts";
import { diskImage, floppyImage } from "./images.ts";

const COMMANDS = readFileSync(join(ROOT, "test/system/session.txt"), "latin1").trimEnd().split("\n");
const EXPECTED = join(ROOT, "test/system/session.expected");

/** At the end of the output; its current directory is in it unless that is the root. */
const PROMPT = /(?:^|\n)minios(?::[^>\n]*)?> $/;
/** Echo of the line, what the command says, and the next prompt. */
const ANSWERED = /\nminios(?::[^>\n]*)?> $/;

/** Types a line when the prompt has come. Returns all that was on the line, without carriage returns. */
async function transcript(guest: Guest): Promise<string> {
  try {
    await waitForAnswer(guest, 0, PROMPT);
    const first = (await guest.serial()).length;
    for (const command of COMMANDS) {
      const start = (await guest.serial()).length;
      guest.send(`${command}\r`);
      await waitForAnswer(guest, start, ANSWERED);
    }
    return (await guest.serial()).slice(first).replaceAll("\r", "");
  } finally {
    await guest.stop();
  }
}

const line = { serialLine: true };
const OUR_FLOPPY = { ...line, floppy: floppyImage() };
const OUR_DISK = { ...line, disk: diskImage() };

describe("a session of commands", () => {
  test("from the floppy on our PC", async () => {
    expect(COMMANDS.length).toBeGreaterThanOrEqual(150);
    const ours = await transcript(await startOurPc(OUR_FLOPPY));
    if (process.env["MINIOS_WRITE_ANSWERS"]) writeFileSync(EXPECTED, ours);
    expect(ours).toBe(expected());
  });

  test("from the disk on our PC", async () => {
    expect(await transcript(await startOurPc(OUR_DISK))).toBe(expected());
  });

  describe.concurrent.each([
    ["floppy", OUR_FLOPPY],
    ["disk", OUR_DISK],
  ])("from the %s", (_, options) => {
    test("in QEMU", async (context) => {
      const reason = qemuMissing();
      if (reason !== undefined) return context.skip(reason);
      expect(await transcript(await startQemu(options))).toBe(expected());
    });

    test("in Bochs", async (context) => {
      const reason = bochsMissing();
      if (reason !== undefined) return context.skip(reason);
      expect(await transcript(await startBochs(options))).toBe(expected());
    });
  });
});

const expected = (): string => readFileSync(EXPECTED, "latin1");
