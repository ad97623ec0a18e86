// The kernel that tutorials begin with: a loader in assembly with a Multiboot header and a stack in .bss, a C++ file with global
// constructors, a linker script that collects their addresses. Ours assembles and links it; it runs on our PC and in QEMU.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FakeIo } from "../../cli/testing/fake-io.ts";
import { ld } from "../../cli/tools/ld.ts";
import { writeObject } from "../../formats/elf32-object.ts";
import { findHeader } from "../../formats/multiboot.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { bootOnOurPc } from "../judges/ours.ts";
import { bootInQemu, qemuMissing } from "../judges/qemu.ts";
import { missing, scratchDirectory } from "../support.ts";

const LOADER = `
.set MAGIC, 0x1badb002
.set FLAGS, (1 << 0 | 1 << 1)
.set CHECKSUM, -(MAGIC + FLAGS)

.section .multiboot
    .long MAGIC
    .long FLAGS
    .long CHECKSUM

.section .text
.extern kernelMain
.extern callConstructors
.global loader
loader:
    mov $kernel_stack, %esp
    push %eax
    push %ebx
    call callConstructors
    call kernelMain
_stop:
    cli
    hlt
    jmp _stop

.section .bss
.space 64 * 1024
kernel_stack:
`;

const KERNEL = `
typedef void (*constructor)();
extern "C" constructor start_ctors;
extern "C" constructor end_ctors;
extern "C" void callConstructors() {
  for (constructor *i = &start_ctors; i != &end_ctors; i++) (*i)();
}

static volatile unsigned short *const screen = (unsigned short *)0xb8000;
static int column = 0;
static void print(const char *text) {
  for (; *text; text++) screen[column++] = 0x0700 | *text;
}

static int count = 0;
class Part {
public:
  Part(const char *name) : name(name), order(++count) {}
  virtual void show() { print(name); screen[column++] = 0x0700 | ('0' + order); print(" "); }
protected:
  const char *name;
  int order;
};
class Loud : public Part {
public:
  Loud(const char *name) : Part(name) {}
  void show() { Part::show(); print("! "); }
};

Part late("late");
__attribute__((init_priority(200))) Loud early("early");
__attribute__((init_priority(101))) Part first("first");

extern "C" void kernelMain(const void *information, unsigned magic) {
  print(magic == 0x2badb002 ? "multiboot " : "? ");
  Part *parts[] = {&first, &early, &late};
  for (int i = 0; i < 3; i++) parts[i]->show();
  print("done");
}
`;

const SCRIPT = `
ENTRY(loader)
OUTPUT_FORMAT(elf32-i386)
OUTPUT_ARCH(i386:i386)

SECTIONS
{
  . = 0x0100000;

  .text :
  {
    *(.multiboot)
    *(.text*)
    *(.rodata)
  }

  .data :
  {
    start_ctors = .;
    KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*)));
    KEEP(*(.init_array));
    end_ctors = .;

    *(.data)
  }

  .bss :
  {
    *(.bss)
  }

  /DISCARD/ : { *(.fini_array*) *(.comment) }
}
`;

const EXPECTED = /^multiboot first1 early2 ! late3 done/m;

const scratch = scratchDirectory("tutorial");
afterAll(() => scratch.remove());
const file = (name: string) => join(scratch.path, name);

/** @param flags besides those that every tutorial has */
function build(name: string, flags: string[]): Uint8Array {
  writeFileSync(file("loader.o"), writeObject(assemble(LOADER, { file: "loader.s" }).object));
  writeFileSync(file("linker.ld"), SCRIPT);
  const common = ["-m32", "-ffreestanding", "-nostdlib", "-fno-builtin", "-fno-rtti", "-fno-exceptions"];
  execFileSync("g++", [...common, ...flags, "-x", "c++", "-c", "-o", file(`${name}.o`), "-"], { input: KERNEL });
  const output = file(`${name}.elf`);
  const io = new FakeIo();
  const status = ld(
    io,
    ["-melf_i386", "-T", file("linker.ld"), "-o", output, file("loader.o"), file(`${name}.o`)],
    "test",
  );
  expect([status, io.stderr.text.replace(/^.*stack is executable\n/m, "")]).toEqual([0, ""]);
  return new Uint8Array(readFileSync(output));
}

const noCompiler = missing("g++");

describe.skipIf(noCompiler)("the tutorial kernel", () => {
  it.each([
    ["as the tutorial builds it", "plain", ["-fno-use-cxa-atexit", "-fno-leading-underscore"]],
    ["without position-independent code, optimised, with debug information", "fast", ["-O2", "-g", "-fno-pie"]],
  ])("%s, on our PC", async (_, name, flags) => {
    const kernel = build(name, flags);
    expect(findHeader(kernel)?.offset).toBeLessThan(8192);
    const rows = await bootOnOurPc({ kernel, until: EXPECTED });
    expect(rows[0]).toMatch(EXPECTED);
  });

  it.skipIf(qemuMissing())("in QEMU", async () => {
    const rows = await bootInQemu({ kernel: build("qemu", []), until: EXPECTED });
    expect(rows[0]).toMatch(EXPECTED);
  });
});
