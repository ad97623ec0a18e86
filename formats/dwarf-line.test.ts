import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DwarfError, type LineRow, type LineTable, readLineTables, writeLineTable } from "./dwarf-line.ts";
import { readObject } from "./elf32-object.ts";

const row = (address: number, file: number, line: number, fields: Partial<LineRow> = {}): LineRow => ({
  address,
  file,
  line,
  column: 0,
  isStatement: true,
  endSequence: false,
  ...fields,
});

const TABLE: LineTable = {
  files: [
    { name: "main.ts", directory: "kernel" },
    { name: "panic.ts", directory: "kernel" },
    { name: "boot.s", directory: "" },
  ],
  rows: [
    row(0, 0, 1),
    row(3, 0, 2, { column: 7 }),
    row(5, 1, 4000, { column: 7 }),
    row(900, 1, 3, { column: 1, isStatement: false }),
    row(901, 0, 3),
    row(1000, 0, 3, { endSequence: true }),
    row(0x100000, 2, 9),
    row(0x100004, 2, 9, { endSequence: true }),
  ],
};

describe("line tables", () => {
  it("come back as they were written", () => {
    const { bytes, addressFields } = writeLineTable(TABLE);
    const [table, ...more] = readLineTables(bytes, "test");
    expect(more).toEqual([]);
    expect(table).toMatchObject(TABLE);
    const view = new DataView(bytes.buffer);
    expect(addressFields.map((offset) => view.getUint32(offset, true))).toEqual([0, 0x100000]);
  });

  it("several units follow each other", () => {
    const { bytes } = writeLineTable(TABLE);
    expect(readLineTables(Uint8Array.from([...bytes, ...bytes]), "test")).toMatchObject([TABLE, TABLE]);
  });

  it("that are broken give an error with the place", () => {
    const { bytes } = writeLineTable(TABLE);
    expect(() => readLineTables(bytes.subarray(0, 20), "cut.o")).toThrow(
      "cut.o: .debug_line offset 0x0: expected a unit",
    );
    const version = bytes.slice();
    version[4] = 6;
    expect(() => readLineTables(version, "v6.o")).toThrow("offset 0x4: expected version 2 to 5, found 6");
    for (let i = 0; i < bytes.length; i++)
      for (const value of [0, 0xff, 0x80]) {
        const broken = bytes.slice();
        broken[i] = value;
        try {
          readLineTables(broken, "broken");
        } catch (error) {
          expect(error).toBeInstanceOf(DwarfError);
        }
      }
  });

  for (const version of [2, 3, 4])
    it.skipIf(spawnSync("gcc", ["--version"]).status !== 0)(
      `of gcc, version ${version}, are read as objdump reads them`,
      () => {
        const directory = mkdtempSync(join(tmpdir(), "dwarf-"));
        try {
          const [source, object] = [join(directory, "x.c"), join(directory, "x.o")];
          writeFileSync(source, "int f(int a)\n{\n  int b = a * 3;\n  if (b > 7)\n    b -= a;\n  return b;\n}\n");
          execFileSync("gcc", [
            "-m32",
            "-fno-pie",
            "-O0",
            `-gdwarf-${version}`,
            "-gno-as-locview-support",
            "-c",
            "-o",
            object,
            source,
          ]);
          const section = readObject(readFileSync(object), object).sections.find((s) => s.name === ".debug_line");
          const [table] = readLineTables(section?.data instanceof Uint8Array ? section.data : new Uint8Array(), object);
          const shown = execFileSync("objdump", ["--dwarf=decodedline", object]).toString();
          const expected = [...shown.matchAll(/^x\.c +(\d+) +(0x[0-9a-f]+|0)/gm)].map((m) => [
            Number(m[1]),
            Number(m[2]),
          ]);
          expect(expected.length).toBeGreaterThan(4);
          const found = table.rows.filter((r) => !r.endSequence).map((r) => [r.line, r.address]);
          expect(found).toEqual(expected);
        } finally {
          rmSync(directory, { recursive: true });
        }
      },
    );
});
