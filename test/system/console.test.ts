// The keyboard and the screen on the whole system: real keys of the PC's keyboard, down to a program at the terminal.

import { describe, expect, test } from "vitest";
import { Machine } from "../../pc/machine.ts";
import { machineParts, rowsOfScreen } from "../judges/ours.ts";
import { floppyWithCommandLine, PROMPT, runUntil } from "./images.ts";

async function boot(commandLine: string): Promise<Machine> {
  const machine = Machine.create({ parts: await machineParts(), floppyA: floppyWithCommandLine(commandLine) });
  runUntil(machine, PROMPT);
  return machine;
}

/** Types a line and runs until the machine has done what there is to do. */
function type(machine: Machine, text: string): string[] {
  machine.keyboard.type(text);
  machine.run({ instructions: 20_000_000 });
  return rowsOfScreen(machine);
}

/** Presses the keys together, lets them go, and runs on for a moment. */
function press(machine: Machine, ...codes: string[]): string[] {
  for (const code of codes) machine.keyboard.press(code);
  for (const code of codes.reverse()) machine.keyboard.release(code);
  machine.run({ instructions: 2_000_000 });
  return rowsOfScreen(machine);
}

describe("the keyboard", () => {
  test("has the layout that the boot option names", async () => {
    const machine = await boot("keyboard=de");
    type(machine, "cat\n");
    press(machine, "KeyZ");
    press(machine, "AltRight", "KeyQ");
    press(machine, "ShiftLeft", "Digit7");
    expect(press(machine, "AltRight", "Minus").findLast((row) => row !== "")).toBe("y@/\\");
  });

  test("locks capitals", async () => {
    const machine = await boot("");
    press(machine, "CapsLock");
    expect(press(machine, "KeyA").findLast((row) => row !== "")).toBe("minios> A");
    press(machine, "CapsLock");
    expect(press(machine, "KeyA").findLast((row) => row !== "")).toBe("minios> Aa");
  });
});

describe("the screen", () => {
  test("scrolls back with Shift and Page Up while a program waits for a line", async () => {
    const machine = await boot("");
    type(machine, "help\n");
    const before = type(machine, "cat\n");
    const back = press(machine, "ShiftLeft", "PageUp");
    expect(back.slice(12)).toEqual(before.slice(0, 13));
    expect(press(machine, "ShiftLeft", "PageDown")).toEqual(before);
    press(machine, "ShiftLeft", "PageUp");
    // What is typed brings the real screen back.
    expect(press(machine, "KeyX").slice(0, -1)).toEqual(before.slice(0, -1));
  });

  test("takes escape sequences from programs", async () => {
    const machine = await boot("");
    // The shell's own line editor draws with them: Home, and a letter in front.
    type(machine, "cho hi");
    press(machine, "Home");
    press(machine, "KeyE");
    expect(press(machine, "Enter")).toContain("hi");
  });
});
