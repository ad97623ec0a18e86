import { describe, expect, test } from "vitest";
import { bochsMissing, bootInBochs, startBochs } from "./bochs.ts";
import { tripleFaultFloppy, tryoutFloppy } from "./boot-sector.ts";
import { waitForScreen, waitForSerial } from "./guest.ts";

const reason = bochsMissing();

describe.skipIf(reason)(`Bochs as a judge${reason ? ` (${reason})` : ""}`, () => {
  test("boots a floppy, types, reads the screen and COM1", async () => {
    const rows = await bootInBochs({
      floppy: tryoutFloppy(),
      keys: [{ after: /judge ready/, type: "Hi; it's {7}" }],
      until: /\{7\}/,
      timeoutSeconds: 15,
    });
    expect(rows).toHaveLength(25);
    expect(rows.slice(0, 3)).toEqual(["judge ready", "Hi; it's {7}", ""]);
    const guest = await startBochs({ floppy: tryoutFloppy() });
    try {
      await waitForScreen(guest, /judge ready/);
      await guest.type("ok");
      expect(await waitForSerial(guest, /ok/)).toBe("ok");
    } finally {
      await guest.stop();
    }
  });

  test("says so when the guest dies", async () => {
    const boot = bootInBochs({ floppy: tripleFaultFloppy(), until: /never/, timeoutSeconds: 15 });
    await expect(boot).rejects.toThrow(/Bochs: ended .*3rd \(13\) exception/s);
  });
});
