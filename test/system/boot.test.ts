// The same floppy and the same kernel on our PC, QEMU and Bochs: the same screen, line for line.

import { beforeAll, describe, expect, test } from "vitest";
import { bochsMissing, bootInBochs } from "../judges/bochs.ts";
import type { BootOptions } from "../judges/guest.ts";
import { bootOnOurPc } from "../judges/ours.ts";
import { bootInQemu, qemuMissing } from "../judges/qemu.ts";
import { floppyImage, kernelImage, PROMPT, withoutMemorySize } from "./images.ts";

/** What a person does at the prompt; the screen is compared after the last of it. */
const SESSION: Pick<BootOptions, "keys" | "until"> = {
  keys: [
    { after: PROMPT, type: "help\n" },
    { after: /^minios>$(?!\n*minios> help$)/m, type: `echo "hi; it's [OK] {1+1=2}"\n` },
    { after: /^hi; it's .*\nminios>$/m, type: "nonsense\n" },
  ],
  until: /^minios> nonsense\n.*\n+minios>$/m,
};

const FIRST_SCREEN: Pick<BootOptions, "until"> = { until: PROMPT };

describe.each([
  ["prompt", FIRST_SCREEN],
  ["screen after some commands", SESSION],
])("the %s", (_, session) => {
  let ours: string[];
  beforeAll(async () => {
    ours = withoutMemorySize(await bootOnOurPc({ floppy: floppyImage(), ...session }));
  });

  test("shows what was asked for", () => {
    // The help has scrolled the first line away.
    if (session === SESSION) expect(ours).toContain("hi; it's [OK] {1+1=2}");
    else expect(ours[0]).toMatch(/^MiniOS \d/);
  });

  test("is the same from the kernel loaded directly on our PC", async () => {
    expect(withoutMemorySize(await bootOnOurPc({ kernel: kernelImage(), floppy: floppyImage(), ...session }))).toEqual(
      ours,
    );
  });

  test("is the same from the floppy in QEMU", async (context) => {
    const reason = qemuMissing();
    if (reason !== undefined) return context.skip(reason);
    expect(withoutMemorySize(await bootInQemu({ floppy: floppyImage(), ...session }))).toEqual(ours);
  });

  test("is the same from the kernel loaded directly in QEMU", async (context) => {
    const reason = qemuMissing();
    if (reason !== undefined) return context.skip(reason);
    expect(withoutMemorySize(await bootInQemu({ kernel: kernelImage(), floppy: floppyImage(), ...session }))).toEqual(
      ours,
    );
  });

  test("is the same from the floppy in Bochs", async (context) => {
    const reason = bochsMissing();
    if (reason !== undefined) return context.skip(reason);
    expect(withoutMemorySize(await bootInBochs({ floppy: floppyImage(), ...session }))).toEqual(ours);
  });
});
