// `minios cc` as a person calls it: objects that GNU ld links, programs that run, and what it says when something is wrong.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readExecutable } from "../../formats/elf32-executable.ts";
import { isInstalled } from "../../test/support.ts";
import { canRunNative } from "../../toolchain/native/testing/run-native.ts";
import { InputError, UsageError } from "../errors.ts";
import { FakeIo } from "../testing/fake-io.ts";
import { cc } from "./cc.ts";

const PROGRAM = `
import { answer } from "./lib";
@external("start", "leave") declare function leave(status: i32): void;
let calls: i64 = 40;
export function main(): void {
  calls += answer();
  leave(<i32>calls);
}
`;
const START = `
.globl _start, leave
_start: call main
leave: mov 4(%esp), %ebx
  mov $1, %eax
  int $0x80
`;

let folder = "";
const at = (name: string): string => join(folder, name);
const write = (name: string, text: string): void => writeFileSync(at(name), text);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cc-"));
  write("main.ts", PROGRAM);
  write("lib.ts", "export function answer(): i64 { return 2; }\n");
  write("start.s", START);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const io = new FakeIo();
  const status = await cc(io, args);
  return { status, stdout: io.stdout.text, stderr: io.stderr.text };
}

describe("minios cc", () => {
  test("links a program at the addresses that it is given, with a map", async () => {
    const args = ["-O3", at("main.ts"), at("start.s"), "-o", at("program"), "-Map", at("program.map")];
    expect(await run(...args, "-Ttext", "0x9000000", "--memory-base=0xA000000")).toMatchObject({
      status: 0,
      stderr: "",
    });
    const elf = readExecutable(new Uint8Array(readFileSync(at("program"))), "program");
    expect(elf.sections.find((section) => section.name === ".text")?.address).toBe(0x9000000);
    expect(readFileSync(at("program.map"), "utf8")).toContain("main");
  });

  test.skipIf(!canRunNative())("makes a program that runs, by our linker and by GNU's", async () => {
    expect((await run(at("main.ts"), at("start.s"), "-o", at("ours"))).status).toBe(0);
    expect(spawnSync(at("ours")).status).toBe(42);
    expect((await run("-c", "-g", "--target=i686", at("main.ts"), "-o", at("main.o"))).status).toBe(0);
    execFileSync("as", ["--32", "-o", at("start.o"), at("start.s")]);
    execFileSync("ld", ["-melf_i386", "-z", "noexecstack", "-o", at("theirs"), at("start.o"), at("main.o")]);
    expect(spawnSync(at("theirs")).status).toBe(42);
  });

  test.skipIf(!isInstalled("readelf"))("names functions without their path for debuggers", async () => {
    await run("-c", "-g", at("main.ts"), "-o", at("debug.o"));
    const info = execFileSync("readelf", ["--debug-dump=info", at("debug.o")]).toString();
    expect(info).toMatch(/DW_AT_name +: main\n/);
    expect(execFileSync("readelf", ["-sW", at("debug.o")]).toString()).toMatch(/FUNC +LOCAL .*\/main\n/);
  });

  test.skipIf(!canRunNative())("writes assembly that makes the same program", async () => {
    expect((await run("-S", "-O2", at("main.ts"), "-o", at("main.s"))).status).toBe(0);
    expect(readFileSync(at("main.s"), "utf8")).toMatch(/\.globl +main\n(.*\n)*main:\n/);
    for (const name of ["start", "main"]) execFileSync("as", ["--32", "-o", at(`${name}.o`), at(`${name}.s`)]);
    execFileSync("ld", ["-melf_i386", "-z", "noexecstack", "-o", at("assembled"), at("start.o"), at("main.o")]);
    expect(spawnSync(at("assembled")).status).toBe(42);
  });

  test("looks for imports in -I directories", async () => {
    write("user.ts", 'import { answer } from "lib";\nexport function f(): i64 { return answer(); }\n');
    expect(await run("-c", "-I", folder, at("user.ts"), "-o", at("user.o"))).toMatchObject({ status: 0, stderr: "" });
    expect((await run("-c", at("user.ts"), "-o", at("no.o"))).status).toBe(1);
    expect(existsSync(at("no.o"))).toBe(false);
  });

  test("says where the source is wrong", async () => {
    write("wrong.ts", "export function f(): i32 {\n  return nothing;\n}\n");
    const { status, stderr } = await run("-c", at("wrong.ts"), "-o", at("wrong.o"));
    expect(status).toBe(1);
    expect(stderr).toMatch(/wrong\.ts:2:10: error: Cannot find name 'nothing'/);
    expect(existsSync(at("wrong.o"))).toBe(false);
  });

  test("says which symbol nobody defines", async () => {
    const { status, stderr } = await run(at("main.ts"), "-e", "main", "-o", at("no"));
    expect([status, existsSync(at("no"))]).toEqual([1, false]);
    expect(stderr).toContain("leave");
  });

  test("explains itself, with an example", async () => {
    const { status, stdout } = await run("--help");
    expect(status).toBe(0);
    expect(stdout).toMatch(/Examples:\n +minios cc /);
  });

  test.each([
    [["-c"], UsageError],
    [["-c", "a.ts", "b.ts"], UsageError],
    [["-c", "x.o"], UsageError],
    [["-S", "a.ts", "b.o"], UsageError],
    [["-E", "a.ts"], UsageError],
    [["--runtime=full", "a.ts"], UsageError],
    [["main.c"], UsageError],
    [["--target=z80", "a.ts"], UsageError],
    [["--memory-base", "high", "a.ts"], UsageError],
    [["--frobnicate", "a.ts"], UsageError],
    [["a.ts", "-o"], UsageError],
    [["-c", "/nowhere/a.ts"], InputError],
  ])("%j is refused", async (args, kind) => {
    await expect(run(...args)).rejects.toThrow(kind);
  });
});
