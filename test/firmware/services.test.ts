// What the BIOS's services answer, beside what another BIOS answers on the same machine.

import { describe, expect, it } from "vitest";
import { waitForScreen } from "../judges/guest.ts";
import { qemuMissing, startQemu } from "../judges/qemu.ts";
import { buildBios, buildServices } from "./build.ts";
import { createMachine, runUntil } from "./our-pc.ts";

const REPORT = /(\w+)=([0-9A-F]{4})([0-9A-F]{4})([0-9A-F]{4})([0-9A-F]{4})([c-])/g;

const TYPED = "aB1!\t\n\x1b/?";
const KEYS_SHOWN = /Keys:( [0-9A-F]{4}){9}/;

const missing = qemuMissing();

/** Boots services.s and types at it. Returns the reports by name, and the screen. */
async function reportsUnder(bios: Uint8Array | undefined): Promise<{ reports: Map<string, string>; rows: string[] }> {
  const guest = await startQemu({ floppy: buildServices(), ...(bios && { bios }) });
  try {
    await waitForScreen(guest, /Keys:/);
    await guest.type(TYPED);
    const rows = await waitForScreen(guest, KEYS_SHOWN);
    return { reports: reportsOf(rows), rows };
  } finally {
    await guest.stop();
  }
}

/** The reports by name. */
function reportsOf(rows: string[]): Map<string, string> {
  const reports = new Map<string, string>();
  for (const [, name, ...values] of rows.join("\n").matchAll(REPORT)) reports.set(name, values.join(" "));
  return reports;
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

  it.skipIf(missing)("answer on our PC as they do in QEMU", async () => {
    const judged = await reportsUnder(buildBios());
    const machine = createMachine({ floppy: buildServices() });
    runUntil(machine, /Keys:/);
    machine.keyboard.type(TYPED);
    const rows = runUntil(machine, KEYS_SHOWN);
    const different = [...reportsOf(rows)].filter(([name, value]) => judged.reports.get(name) !== value);
    expect(Object.fromEntries(different)).toEqual({ equip: "0421 0000 0000 0000 -" }); // two serial lines, not one
    expect(rows[23]).toBe(judged.rows[23]);
  });
});

describe("the firmware on our PC", () => {
  it("comes to a boot device in fewer than 50,000 instructions and a quarter of a second", () => {
    const machine = createMachine({});
    runUntil(machine, /Nothing to boot from/);
    expect(machine.instructions).toBeLessThan(50_000);
    expect(machine.timeNs).toBeLessThan(250e6);
  });

  it("knows shift keys, locks and the keys that came with 101 keys", () => {
    const machine = createMachine({ floppy: buildServices() });
    runUntil(machine, /Keys:/);
    const wait = () => machine.run({ instructions: 1_000_000, timeNs: machine.timeNs + 5_000_000 });
    const press = (...codes: string[]) => {
      for (const code of codes) {
        machine.keyboard.press(code);
        wait();
      }
      for (const code of codes.reverse()) {
        machine.keyboard.release(code);
        wait();
      }
    };
    const chords = [
      ["F1"],
      ["ShiftLeft", "F1"],
      ["F11"],
      ["ArrowUp"],
      ["ControlLeft", "ArrowUp"],
      ["ControlRight", "KeyC"],
    ];
    const locked = [
      ["CapsLock"],
      ["KeyA"],
      ["ShiftRight", "KeyA"],
      ["NumLock"],
      ["Numpad5"],
      ["NumpadEnter"],
      ["AltLeft", "KeyX"],
    ];
    const digits = [["NumLock"], ["AltLeft", "Numpad6", "Numpad5"]];
    for (const chord of [...chords, ...locked, ...digits]) press(...chord);
    const rows = runUntil(machine, /Keys:( [0-9A-F]{4}){12}/);
    expect(rows[23]).toBe("Keys: 3B00 5400 8500 48E0 8DE0 2E03 1E41 1E61 4C35 E00D 2D00 0041");
  });

  it("starts anew on Ctrl-Alt-Del", () => {
    const machine = createMachine({ floppy: buildServices() });
    runUntil(machine, /Keys:/);
    machine.keyboard.type("abc");
    runUntil(machine, /Keys:( [0-9A-F]{4}){3}/);
    for (const code of ["ControlLeft", "AltLeft", "Delete"]) machine.keyboard.press(code);
    runUntil(machine, /Keys:$/m);
  });

  it("switches off by APM", () => {
    const machine = createMachine({ floppy: buildServices() });
    runUntil(machine, /Keys:/);
    for (const code of ["ControlLeft", "KeyQ"]) machine.keyboard.press(code);
    expect(machine.run({ instructions: 1_000_000 })).toBe("powerOff");
  });
});
