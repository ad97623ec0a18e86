import { describe, expect, test } from "vitest";
import { tryoutFloppy } from "./boot-sector.ts";
import { GuestError, waitForScreen, waitForSerial } from "./guest.ts";
import { bootInQemu, qemuMissing, startQemu } from "./qemu.ts";

const reason = qemuMissing();

describe.skipIf(reason)(`QEMU as a judge${reason ? ` (${reason})` : ""}`, () => {
  test("boots a floppy, types, reads the screen and COM1", async () => {
    const rows = await bootInQemu({
      floppy: tryoutFloppy(),
      keys: [{ after: /judge ready/, type: "Hi, it's {7}" }],
      until: /\{7\}/,
    });
    expect(rows).toHaveLength(25);
    expect(rows.slice(0, 3)).toEqual(["judge ready", "Hi, it's {7}", ""]);
    const guest = await startQemu({ floppy: tryoutFloppy() });
    try {
      await waitForScreen(guest, /judge ready/);
      await guest.type("ok");
      expect(await waitForSerial(guest, /ok/)).toBe("ok");
    } finally {
      await guest.stop();
    }
  });

  test("says what was on the screen when the text never comes", async () => {
    const boot = bootInQemu({ floppy: tryoutFloppy(), until: /never/, timeoutSeconds: 2 });
    await expect(boot).rejects.toThrow(GuestError);
    await expect(boot).rejects.toThrow(/no \/never\/ within 2 s; the screen was:/);
  });

  test("says why QEMU ended", async () => {
    await expect(bootInQemu({ kernel: new Uint8Array(3), until: /x/ })).rejects.toThrow(/QEMU/);
  });
});
