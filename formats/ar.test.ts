// Archives as GNU ar makes them, byte for byte, and what a reader says of broken ones.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isInstalled, scratchDirectory } from "../test/support.ts";
import { type Archive, ArchiveError, isArchive, readArchive, writeArchive } from "./ar.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function sample(): Archive {
  const members = [
    { name: "a.o", data: bytes("odd") },
    { name: "a-name-of-more-than-fifteen.o", data: bytes("even") },
    { name: "exactly-15-ch.o", data: bytes("") },
  ];
  return {
    members,
    symbols: [
      { name: "main", member: members[1] },
      { name: "start", member: members[0] },
    ],
  };
}

describe("archives", () => {
  it("come back as they were written", () => {
    const written = writeArchive(sample());
    expect(isArchive(written)).toBe(true);
    const read = readArchive(written, "x.a");
    expect(read.members.map(({ name, data }) => [name, new TextDecoder().decode(data)])).toEqual([
      ["a.o", "odd"],
      ["a-name-of-more-than-fifteen.o", "even"],
      ["exactly-15-ch.o", ""],
    ]);
    expect(read.symbols?.map(({ name, member }) => [name, member.name])).toEqual([
      ["main", "a-name-of-more-than-fifteen.o"],
      ["start", "a.o"],
    ]);
    expect(writeArchive(read)).toEqual(written);
    expect(readArchive(bytes("!<arch>\n"), "x.a")).toEqual({ members: [], symbols: undefined });
  });

  it("are refused with the place of what is wrong", () => {
    const written = writeArchive(sample());
    const broken = (at: number, text: string) => {
      const copy = written.slice();
      copy.set(bytes(text), at);
      return () => readArchive(copy, "x.a");
    };
    expect(broken(0, "!<thin>\n")).toThrow(
      new ArchiveError("x.a", 0, "archive that holds its members", "thin archive"),
    );
    expect(broken(0, "what")).toThrow("x.a: at offset 0x0: expected archive magic '!<arch>'");
    expect(broken(8 + 48, "99999999")).toThrow("at offset 0x38: expected member size of at most");
    expect(broken(8 + 48, "1x")).toThrow('at offset 0x38: expected size in decimal, found "1x');
    expect(broken(8 + 58, "x")).toThrow("at offset 0x42: expected '`' and a line feed");
    expect(broken(8 + 60, "\x7f")).toThrow("at offset 0x44: expected symbol count for");
    expect(broken(8 + 64, "\x7f")).toThrow("at offset 0x48: expected offset of a member, found 0x7f");
    expect(() => readArchive(written.subarray(0, written.length - 70), "x.a")).toThrow("expected member");
    expect(() => writeArchive({ members: [], symbols: sample().symbols })).toThrow("a member that defines 'main'");
  });

  it.skipIf(!isInstalled("ar"))("are GNU ar's, byte for byte", () => {
    const scratch = scratchDirectory("ar");
    try {
      const archive = { ...sample(), symbols: undefined };
      for (const { name, data } of archive.members) writeFileSync(join(scratch.path, name), data);
      const names = archive.members.map(({ name }) => name);
      expect(spawnSync("ar", ["rcD", "x.a", ...names], { cwd: scratch.path }).status).toBe(0);
      expect(writeArchive(archive)).toEqual(new Uint8Array(readFileSync(join(scratch.path, "x.a"))));
    } finally {
      scratch.remove();
    }
  });
});
