// A kernel that breaks says the same on every PC: what happened, the registers, and the stack with names and lines of TypeScript.

import { beforeAll, describe, expect, test } from "vitest";
import { bochsMissing, bootInBochs } from "../judges/bochs.ts";
import { bootOnOurPc } from "../judges/ours.ts";
import { bootInQemu, qemuMissing } from "../judges/qemu.ts";
import { floppyWithCommandLine, PROMPT, withoutMemorySize } from "./images.ts";

const KINDS: [kind: string, message: RegExp, where: RegExp][] = [
  ["null", /^PANIC: page fault: read of 00000000/, /crashNull kernel\/shell\/commands\/crash\.ts:\d+$/],
  ["divide", /^PANIC: divide error$/, /crashDivide kernel\/shell\/commands\/crash\.ts:\d+$/],
  ["assert", /^PANIC: assertion failed: /, /crashAssert kernel\/shell\/commands\/crash\.ts:\d+$/],
  ["stack", /^PANIC: stack overflow$/, /crashStack kernel\/shell\/commands\/crash\.ts:\d+$/],
  ["deadlock", /^PANIC: assertion failed: deadlock: /, /crashDeadlock kernel\/shell\/commands\/crash\.ts:\d+$/],
  ["opcode", /^PANIC: invalid opcode$/, /crashOpcode kernel\/shell\/commands\/crash\.ts:\d+$/],
];

describe.each(KINDS)("crash %s", (kind, message, where) => {
  const session = {
    floppy: floppyWithCommandLine("shell=monitor"),
    keys: [{ after: PROMPT, type: `crash ${kind}\n` }],
    until: /^The system is halted\.$/m,
  };
  let ours: string[];
  beforeAll(async () => {
    ours = comparable(await bootOnOurPc(session));
  });

  test("says what happened and where", () => {
    expect(ours.filter((row) => message.test(row))).toHaveLength(1);
    expect(ours.filter((row) => where.test(row))).toHaveLength(1);
    expect(ours.filter((row) => /^ {2}[0-9a-f]{8} threadMain kernel\/thread\/thread\.ts:\d+$/.test(row))).toHaveLength(
      1,
    );
  });

  test("is the same in QEMU, but for the resume flag", async (context) => {
    const reason = qemuMissing();
    if (reason !== undefined) return context.skip(reason);
    const theirs = comparable(await bootInQemu(session));
    expect(theirs.map(withoutResumeFlag)).toEqual(ours.map(withoutResumeFlag));
  });

  test("is the same in Bochs", async (context) => {
    const reason = bochsMissing();
    if (reason !== undefined) return context.skip(reason);
    expect(comparable(await bootInBochs(session))).toEqual(ours);
  });
});

/** Without what may differ: EBX or EDI is the command's place in the heap, where its neighbours depend on when the disk answered. */
function comparable(rows: readonly string[]): string[] {
  return withoutMemorySize(rows).map((row) => row.replace(/ (ebx|edi) [0-9a-f]{8} /, " $1 … "));
}

/** A fault pushes EFLAGS with RF set, which QEMU leaves out. */
function withoutResumeFlag(row: string): string {
  return row.replace(/(?<=eflags )[0-9a-f]{8}/, (flags) => (Number.parseInt(flags, 16) & ~0x10000).toString(16));
}
