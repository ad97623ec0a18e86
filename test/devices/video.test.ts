import { expect, it } from "vitest";
import { qemuMissing } from "../judges/qemu.ts";
import { runOnBoth } from "./programs.ts";

it.skipIf(qemuMissing())("fonts of 8 and 16 rows, 50 lines, VESA and no mouse: on our PC as in QEMU", async () => {
  const { ours, theirs } = await runOnBoth("video");
  expect(ours).toEqual(theirs);
  expect(ours).toEqual([
    "vbe 0000004F 0000 -",
    "mouse 00008600 0100 c",
    "reset 00008601 0000 c",
    "small C6EE3810 0300 -",
    "upper 000000FF 0400 -",
    "large FEC6C66C 0600 -",
    "rows 00000831 2040 -", // the last of 50 rows, of 8 lines each
    "height 00000008 0031 -",
    "last 00000758 0000 -",
    "again 00001018 0000 -",
    "graphics 0000082A F000 -",
    "end",
    "",
  ]);
});
