// What the BIOS's services answer, beside what another BIOS answers on the same machine.

import { describe, expect, it } from "vitest";
import { waitForScreen } from "../judges/guest.ts";
import { qemuMissing, startQemu } from "../judges/qemu.ts";
import { buildBios, buildServices } from "./build.ts";

const REPORT = /(\w+)=([0-9A-F]{4})([0-9A-F]{4})([0-9A-F]{4})([0-9A-F]{4})([c-])/g;

const missing = qemuMissing();

/** Boots services.s and types at it. Returns the reports by name, and the screen. */
async function reportsUnder(bios: Uint8Array | undefined): Promise<{ reports: Map<string, string>; rows: string[] }> {
  const guest = await startQemu({ floppy: buildServices(), ...(bios && { bios }) });
  try {
    await waitForScreen(guest, /Keys:/);
    await guest.type("aB1!\t\n\x1b/?");
    const rows = await waitForScreen(guest, /Keys:( [0-9A-F]{4}){9}/);
    const reports = new Map<string, string>();
    for (const [, name, ...values] of rows.join("\n").matchAll(REPORT)) reports.set(name, values.join(" "));
    return { reports, rows };
  } finally {
    await guest.stop();
  }
}

describe(`BIOS services${missing ? ` (${missing})` : ""}`, () => {
  it.skipIf(missing)("answer as SeaBIOS does, but where ours say more", async () => {
    const [ours, theirs] = await Promise.all([reportsUnder(buildBios()), reportsUnder(undefined)]);
    expect(ours.reports.size).toBe(47);
    const different = [...ours.reports].filter(([name, value]) => theirs.reports.get(name) !== value);
    expect(Object.fromEntries(different)).toEqual({
      type: "0200 0000 0000 0000 -", // this drive has a change line
      s19: "0400 0000 0013 0000 c", // "sector not found" in place of "bad command"
      e801: "3C00 0100 3C00 0100 -", // no tables at the top of memory
      wait: "0000 0000 0001 0D40 -", // AH is cleared
    });
    expect(ours.rows[0]).toBe(" CAA");
    expect(ours.rows[1]).toBe("          Hello");
    expect(ours.rows[23]).toBe(theirs.rows[23]);
    expect(ours.rows[23]).toBe("Keys: 1E61 3042 0231 0221 0F09 1C0D 011B 352F 353F");
  });
});
