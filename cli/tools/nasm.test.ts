// `minios nasm` as a Makefile meets it.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { scratchDirectory } from "../../test/support.ts";
import { InputError, UsageError } from "../errors.ts";
import { FakeIo } from "../testing/fake-io.ts";
import { nasm } from "./nasm.ts";
import { parseNasmOptions } from "./nasm-options.ts";

const scratch = scratchDirectory("nasm-cli");
afterAll(scratch.remove);
const path = (name: string) => join(scratch.path, name);

function file(name: string, text: string): string {
  writeFileSync(path(name), text);
  return path(name);
}

async function run(...args: string[]) {
  const io = new FakeIo();
  let said = "";
  let printed = "";
  io.stderr.write = ((text: string) => {
    said += text;
    return true;
  }) as typeof io.stderr.write;
  io.stdout.write = ((text: string) => {
    printed += text;
    return true;
  }) as typeof io.stdout.write;
  return { status: await nasm(io, args), said, printed };
}

describe("minios nasm", () => {
  it("writes a binary, a listing and dependencies", async () => {
    writeFileSync(path("def.inc"), "%define TWO 2\n");
    const source = file("a.asm", "%include 'def.inc'\ndb ONE, TWO\n");
    const result = await run(
      "-f",
      "bin",
      source,
      "-o",
      path("a.bin"),
      "-l",
      path("a.lst"),
      "-DONE=1",
      `-I${scratch.path}`,
      "-MD",
      path("a.d"),
    );
    expect(result).toEqual({ status: 0, said: "", printed: "" });
    expect([...readFileSync(path("a.bin"))]).toEqual([1, 2]);
    expect(readFileSync(path("a.lst"), "utf8")).toContain("     2 00000000 0102                    db ONE, TWO");
    expect(readFileSync(path("a.d"), "utf8")).toBe(`${path("a.bin")}: ${source} \\\n ${path("def.inc")}\n`);
  });

  it("names the result after the source", async () => {
    const source = file("boot.asm", "hlt\n");
    expect((await run(source)).status).toBe(0);
    expect((await run("-felf32", source)).status).toBe(0);
    expect([...readFileSync(path("boot"))]).toEqual([0xf4]);
    expect(readFileSync(path("boot.o")).subarray(1, 4).toString()).toBe("ELF");
  });

  it("quotes the source below an error, and leaves no file", async () => {
    const source = file("bad.asm", "start:\n\tmvo ax, 1\n");
    const { status, said } = await run(source, "-o", path("bad.bin"));
    expect(status).toBe(1);
    expect(said).toBe(`${source}:2:2: error: unknown instruction 'mvo'; did you mean 'mov'?\n\tmvo ax, 1\n\t^\n`);
    expect(existsSync(path("bad.bin"))).toBe(false);
  });

  it("prints the preprocessed source and the version", async () => {
    const source = file("e.asm", "%define X 7\ndb X\n");
    expect((await run("-E", source)).printed).toContain("db 7");
    expect((await run("-v")).printed).toMatch(/^MiniOS assembler .*NASM/);
    expect((await run("-M", source)).printed).toBe(`${path("e")}: ${source}\n`);
  });

  it("takes warnings for errors when asked", async () => {
    const source = file("w.asm", "db 300\n");
    expect(await run(source)).toMatchObject({
      status: 0,
      said: `${source}:1:4: warning: value 300 does not fit into a byte\n`,
    });
    expect((await run("-Werror", source)).status).toBe(1);
    expect((await run("-w-all", source)).said).toBe("");
  });

  it("refuses what it does not know", async () => {
    expect(() => parseNasmOptions(["--nonsense", "a.asm"])).toThrow(UsageError);
    expect(() => parseNasmOptions(["-f", "win64", "a.asm"])).toThrow(UsageError);
    expect(() => parseNasmOptions([])).toThrow(UsageError);
    expect(() => parseNasmOptions(["a.asm", "-o"])).toThrow(UsageError);
    await expect(run(path("missing.asm"))).rejects.toThrow(InputError);
  });
});
