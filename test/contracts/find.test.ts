import { describe, expect, it } from "vitest";
import { addSwitches } from "./find.ts";
import { findContracts } from "./run.ts";

/** The switched text of a file's body, without the import before it. */
function switched(body: string): string {
  return addSwitches("kernel/a.ts", body, 7).text.replace(/^import .*?; /, "");
}

describe("the finder of contracts", () => {
  it("gives each part of an assertion a switch", () => {
    expect(switched(`assert(a > 0 && a < 5, "small");`)).toBe(
      `assert(((a > 0) ? true : isBroken(7)) && ((a < 5) ? true : isBroken(8)), "small");`,
    );
    expect(switched(`assert(b !== null && b.c, "one");`)).toBe(
      `assert(((b !== null && b.c) ? true : isBroken(7)), "one");`,
    );
  });

  it("gives each part of a refusal's condition a switch", () => {
    expect(switched("function f(): i32 { if (a || (b && c)) return -EIO; return 0; }")).toBe(
      "function f(): i32 { if (((a) ? !isBroken(7) : false) || (((b && c)) ? !isBroken(8) : false)) return -EIO; return 0; }",
    );
    expect(switched("function f(): i32 { if (a) { return leave(m, -EROFS); } return 0; }")).toContain(
      "if (((a) ? !isBroken(7) : false)) {",
    );
  });

  it("makes a refusal a success where a condition can't be changed", () => {
    expect(switched("function f(): i32 { if (a === null) return -EIO; return b ? 0 : -EBADF; }")).toBe(
      "function f(): i32 { if (a === null) return (isBroken(7) ? 0 : -EIO); return b ? 0 : (isBroken(8) ? 0 : -EBADF); }",
    );
  });

  it("leaves comparisons, other names and tests alone", () => {
    const text = "function f(): i32 { if (s == -EINTR) a = -b; return -Elephant; }";
    expect(switched(text)).toBe(text);
    const { sources } = findContracts();
    expect(Object.keys(sources).filter((path) => /\.test\.|testing/.test(path))).toEqual([]);
  });
});

describe("the contracts of the kernel and the user library", () => {
  const { contracts, sources } = findContracts();

  it("are found in every room that has some", () => {
    const rooms = new Set(contracts.map(({ file }) => file.split("/").slice(0, 2).join("/")));
    for (const room of ["device", "drivers", "fs", "memory", "platform", "process", "shell", "thread"])
      expect(rooms).toContain(`kernel/${room}`);
    // The user library has files that are looked at, and no contract at present.
    expect(Object.keys(sources)).toContain("user/library/sort.ts");
    expect(contracts.length).toBeGreaterThan(400);
  });
});
