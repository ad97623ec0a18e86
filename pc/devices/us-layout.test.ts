import { describe, expect, it } from "vitest";
import { isKey } from "./scan-codes.ts";
import { typeText } from "./testbench.ts";
import { keysForCharacter } from "./us-layout.ts";

describe("US layout", () => {
  it("types every ASCII character, each by keys of its own", () => {
    const seen = new Set<string>();
    for (let code = 0x20; code < 0x7f; code++) {
      const keys = keysForCharacter(String.fromCharCode(code));
      expect(keys, String.fromCharCode(code)).toBeDefined();
      if (keys === undefined) continue;
      expect(isKey(keys.code)).toBe(true);
      seen.add(`${keys.code} ${keys.shift}`);
    }
    expect(seen.size).toBe(95);
  });

  it("types control characters", () => {
    expect(keysForCharacter("\n")).toEqual({ code: "Enter", shift: false, control: false });
    expect(keysForCharacter("\x1b")?.code).toBe("Escape");
    expect(keysForCharacter("\b")?.code).toBe("Backspace");
    expect(keysForCharacter("\x03")).toEqual({ code: "KeyC", shift: false, control: true });
  });

  it("releases what it presses, modifiers around the key", () => {
    expect(typeText("A")).toEqual([
      { code: "ShiftLeft", down: true },
      { code: "KeyA", down: true },
      { code: "KeyA", down: false },
      { code: "ShiftLeft", down: false },
    ]);
    expect(typeText("é")).toEqual([]);
  });
});
