// IDE registers in the course of a driver's commands, beside QEMU's: a disk with PIO and DMA, a CD-ROM drive with packets.

import { expect, it } from "vitest";
import { qemuMissing } from "../judges/qemu.ts";
import { runOnBoth } from "./programs.ts";

const FAILED = 0x01;
const DSC = 0x10;

/**
 * A line "name status error count low mid high device" without what a driver must not rely on: DSC when a command failed, the error
 * register when none did, and the disk's registers, of which QEMU shows the sector behind the last one and the standard the last one.
 * A packet device's count and byte count are part of the protocol.
 */
function comparable(line: string): string {
  const match = /^(.*?)((?: [0-9A-F]{2}){7})$/.exec(line);
  if (match === null || match[1] === "reply") return line;
  const [status, error, count, low, mid, high] = match[2].trim().split(" ");
  const name = match[1];
  const failed = (Number.parseInt(status, 16) & FAILED) !== 0;
  const kept = (Number.parseInt(status, 16) & (failed ? ~DSC : 0xff)).toString(16);
  const isProtocol = /^(reset|diagnose|cd |packet |phase|status)/.test(name);
  return [name, kept, failed ? error : "", ...(isProtocol ? [count, low, mid, high] : [])].join(" ");
}

it.skipIf(qemuMissing())(
  "IDE registers go through commands as in QEMU, but where the standard says otherwise",
  async () => {
    const disk = new Uint8Array(8064 * 512).map((_, at) => (at >> 9) & 0xff);
    const cdrom = new Uint8Array(100 * 2048).map((_, at) => (at >> 11) & 0xff);
    const { ours, theirs } = await runOnBoth("ide", { disk, cdrom });
    expect(ours.length).toBe(theirs.length);
    expect(ours.length).toBeGreaterThan(60);
    const different = ours.filter((line, i) => comparable(line) !== comparable(theirs[i]));
    expect(different).toEqual([
      // No DMA mode is chosen before somebody chooses one.
      expect.stringMatching(/^words .* 7400 4000 003F 1F80 0000 0000$/),
      "end 51 10 01 FF FF FF EF", // IDNF in place of ABRT
      "phase 51 54 03 01 00 08 A0", // ABRT beside the sense key
      expect.stringMatching(/^reply 70 00 05/), // the sense data name no sector
      "phase 51 54 03 01 00 08 A0",
      expect.stringMatching(/^reply 70 00 05/),
    ]);
  },
);
