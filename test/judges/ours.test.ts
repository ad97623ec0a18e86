import { describe, expect, test } from "vitest";
import { tripleFaultFloppy, tryoutFloppy } from "./boot-sector.ts";
import { waitForScreen } from "./guest.ts";
import { bootOnOurPc, startOurPc } from "./ours.ts";

describe("our PC beside the judges", () => {
  test("boots a floppy, types, reads the screen and COM1", async () => {
    const rows = await bootOnOurPc({
      floppy: tryoutFloppy(),
      keys: [{ after: /judge ready/, type: "Hi; it's {7}" }],
      until: /\{7\}/,
    });
    expect(rows).toHaveLength(25);
    expect(rows.slice(0, 3)).toEqual(["judge ready", "Hi; it's {7}", ""]);
    const guest = await startOurPc({ floppy: tryoutFloppy() });
    await waitForScreen(guest, /judge ready/);
    await guest.type("ok");
    await waitForScreen(guest, /ok/);
    expect(await guest.serial()).toBe("ok");
  });

  test("says so when the guest dies", async () => {
    await expect(bootOnOurPc({ floppy: tripleFaultFloppy(), until: /never/ })).rejects.toThrow(
      /our PC: ended \(dead\)/,
    );
  });
});
