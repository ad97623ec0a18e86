// `minios as` as a Makefile meets it; the listing is judged by GNU as.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readObject } from "../../formats/elf32-object.ts";
import { isInstalled, scratchDirectory } from "../../test/support.ts";
import { FakeIo } from "../testing/fake-io.ts";
import { as } from "./as.ts";

const scratch = scratchDirectory("as");
afterAll(scratch.remove);

const XEN = `	.section __xen_guest
	.ascii "GUEST_OS=hello,XEN_VER=xen-3.0,VIRT_BASE=0x0,LOADER=generic"
	.byte 0
	.text
	.globl _start
	.equ HYPERVISOR_console_io, 18
_start:
	cld
	mov $stack+8192, %esp   # the stack grows down
	mov $HYPERVISOR_console_io, %eax
	xor %ebx, %ebx
	mov $length, %ecx
	mov $message, %edx
	int $0x82
1:	jmp 1b
	.rept 2
	nop; nop
	.endr
.macro load value
	movl $\\value, %eax
.endm
	load 3
.if 0
	.byte 1
.endif
	.data
message: .ascii "Hello, world! This is longer than a listing shows of a line.\\n"
length = . - message
	.p2align 5
	.fill 40, 1, 5
	.bss
	.lcomm stack, 8192
`;

const NESTED = `	.title "A title"
	.sbttl "and more"
# what a tutorial has
	.macro three a
	.byte \\a
	.byte \\a+1
	.endm
	.macro outer
	three 9
	nop
	.endm
	.text
	.globl start
start:	mov $1, %eax
	three 5
	.if 0
	nop
	.else
	hlt
	.endif
	.set near, start + 2
	.set number, 5
	.rept 2
	inc %eax
	.endr
	.data
tab:	.fill 30, 1, 7
	.long undefined_thing
	.comm shared, 4
	.struct 4
field:	.skip 4
	.text
	outer
	.irp r, eax, ebx
	push %\\r
	.endr
`;

function put(name: string, text: string): string {
  const path = join(scratch.path, name);
  writeFileSync(path, text);
  return path;
}

async function run(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const io = new FakeIo();
  const status = await as(io, args);
  return { status, out: io.stdout.text, err: io.stderr.text };
}

function contents(path: string): Uint8Array {
  const { data } = readObject(readFileSync(path), path).sections[0];
  return data instanceof Uint8Array ? data : new Uint8Array(data.size);
}

describe("minios as", () => {
  it("writes an object", async () => {
    const output = join(scratch.path, "h.o");
    expect(await run("--32", "-march=i686", "-o", output, put("h.s", XEN))).toEqual({ status: 0, out: "", err: "" });
    const object = readObject(readFileSync(output), output);
    expect(object.sections.map(({ name }) => name)).toContain("__xen_guest");
  });

  it("says what is wrong, where, and writes nothing", async () => {
    const output = join(scratch.path, "bad.o");
    const path = put("bad.s", '\tmvo %eax, %ebx\n\t.globll x\n# 7 "other.c"\n\tadd $1, %zz\n');
    const { status, err } = await run("-o", output, path);
    expect(status).toBe(1);
    expect(err.split("\n")).toEqual([
      `${path}:1:2: error: unknown instruction 'mvo'; did you mean 'mov'?`,
      "\tmvo %eax, %ebx",
      "\t^",
      `${path}:2:2: error: unknown directive '.globll'; did you mean '.globl'?`,
      "\t.globll x",
      "\t^",
      "other.c:7:10: error: register expected after '%', found 'zz'",
      "\tadd $1, %zz",
      "\t        ^",
      "",
    ]);
    expect(existsSync(output)).toBe(false);
    expect(readdirSync(scratch.path).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("takes symbols, folders and several files", async () => {
    const output = join(scratch.path, "two.o");
    put("part.inc", ".byte VALUE\n");
    const files = [put("one.s", '.include "part.inc"\n.set A, 5\n'), put("two.s", ".byte A\n")];
    const { status } = await run("--defsym", "VALUE=0x12", "-I", scratch.path, `-o${output}`, ...files);
    expect(status).toBe(0);
    expect([...contents(output)]).toEqual([0x12, 5]);
  });

  it("refuses wrong usage and missing files", async () => {
    await expect(run("--frob")).rejects.toThrow("unrecognized option '--frob'");
    await expect(run("-o")).rejects.toThrow("needs a value");
    await expect(run("-ax", "x.s")).rejects.toThrow("letters of cdghlmns");
    await expect(run(join(scratch.path, "none.s"))).rejects.toThrow("no such file");
  });

  const judged = it.skipIf(!isInstalled("as"));

  async function expectSameListing(option: string, path: string): Promise<void> {
    const [theirs, ours] = ["gnu.l", "our.l"].map((name) => join(scratch.path, name));
    execFileSync("as", ["--32", "-o", join(scratch.path, "gnu.o"), `${option}=${theirs}`, path]);
    expect((await run("-o", join(scratch.path, "our.o"), `${option}=${ours}`, path)).status).toBe(0);
    expect(readFileSync(ours, "utf8")).toBe(readFileSync(theirs, "utf8"));
  }

  judged.each(["-a", "-al", "-aln", "-als", "-alcn", "-an", "-alm"])("lists with %s as GNU as", (option) =>
    expectSameListing(option, put("list.s", XEN)),
  );

  judged.each(["-a", "-as", "-alm", "-alms", "-almn", "-acdn", "-am"])(
    "lists macros in macros with %s as GNU as",
    (option) => expectSameListing(option, put("nested.s", NESTED)),
  );

  judged("lists a boot sector as GNU as", () => expectSameListing("-a", "kernel/boot/boot.s"));

  it("tells about the run with -ag", async () => {
    const { out } = await run("-ag", "-o", "/dev/null", put("run.s", "nop\n"));
    expect(out).toMatch(
      /^GAS LISTING .*run\.s \t\t\tpage 1\n\n\n MiniOS assembler version .*\n options passed\t: -ag -o\n/,
    );
    expect(out).toContain(" output file   \t: /dev/null\n");
  });
});
