// The Xen guest of one file (xen/h.s), built as its author does: `minios as -o h.o -a=h.l h.s && minios ld -Ttext 0x100000 -o h.elf h.o`.
// The listing and the object are GNU's byte for byte, and the ELF has the sections, addresses and bytes of GNU ld's.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ElfExecutable, readExecutable } from "../../formats/elf32-executable.ts";
import { ARTEFACTS, missing, ROOT, scratchDirectory } from "../support.ts";

const scratch = scratchDirectory("xen");
afterAll(() => scratch.remove());

/** The lines of the shell, with tools by their first words. */
function build(folder: string, as: readonly string[], ld: readonly string[]): void {
  const cwd = join(scratch.path, folder);
  mkdirSync(cwd);
  cpSync(join(ROOT, "test/toolchain/xen/h.s"), join(cwd, "h.s"));
  const run = ([program, ...first]: readonly string[], rest: string) =>
    execFileSync(program, [...first, ...rest.split(" ")], { cwd, stdio: "pipe" });
  run(as, "-o h.o -a=h.l h.s");
  run(ld, "-Ttext 0x100000 -o h.elf h.o");
}

const read = (folder: string, name: string) => readFileSync(join(scratch.path, folder, name));

/** Entry, sections with addresses and contents, and what symbols stand for. */
function meaning({ entry, sections, symbols }: ElfExecutable) {
  const said = sections.map(({ name, type, flags, address, align, data }) => {
    const contents = data instanceof Uint8Array ? Buffer.from(data).toString("hex") : data.size;
    return { name, type, flags, address, align, contents };
  });
  const named = symbols.map(({ name, value, binding, section }) =>
    [name, value, binding, typeof section === "string" ? section : section.name].join(" "),
  );
  return { entry, sections: said, symbols: named.sort() };
}

describe.skipIf(missing("as", "ld"))("the Xen guest of one file", () => {
  beforeAll(() => {
    const ours = [process.execPath, ARTEFACTS.cli];
    build("gnu", ["as", "--32"], ["ld", "-m", "elf_i386"]);
    build("ours", [...ours, "as"], [...ours, "ld"]);
  });

  it("has GNU's listing", () => {
    expect(read("ours", "h.l").toString()).toBe(read("gnu", "h.l").toString());
  });

  it("is GNU's object, byte for byte", () => {
    expect(read("ours", "h.o").equals(read("gnu", "h.o"))).toBe(true);
  });

  it("has the sections, addresses, bytes and symbols that GNU ld gives", () => {
    const [ours, theirs] = ["ours", "gnu"].map((folder) =>
      meaning(readExecutable(new Uint8Array(read(folder, "h.elf")), "h.elf")),
    );
    expect(ours).toEqual(theirs);
    expect(ours.sections.map(({ name }) => name)).toContain("__xen_guest");
    expect(ours.entry).toBe(0x100000);
  });
});
