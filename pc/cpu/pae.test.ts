// PAE paging, NX and what goes with them, as programs.

import { describe, expect, test } from "vitest";
import { type Bench, system } from "./program.testing.ts";

/** The first 4 MiB identity-mapped: 2 MiB by a table at 12000h, 2 MiB by a large page; NX enabled; pointers at 10000h. */
const PAE = `
        .set    POINTERS, 0x10000
        .set    DIRECTORY, 0x11000
        .set    TABLE, 0x12000
        .set    PAGE, 0x180000
        .set    ENTRY, TABLE + 0x180 * 8
        .set    NX, 0x80000000
pae:    movl    $0x3, %eax
        xorl    %ebx, %ebx
1:      movl    %eax, TABLE(,%ebx,8)
        movl    $0, TABLE + 4(,%ebx,8)
        addl    $0x1000, %eax
        incl    %ebx
        cmpl    $512, %ebx
        jb      1b
        movl    $TABLE + 7, DIRECTORY
        movl    $0x200083, DIRECTORY + 8
        movl    $DIRECTORY + 1, POINTERS
        movl    $0xc0000080, %ecx
        movl    $0x800, %eax
        xorl    %edx, %edx
        wrmsr
        movl    $0x20, %eax
        movl    %eax, %cr4
        movl    $POINTERS, %eax
        movl    %eax, %cr3
        movl    %cr0, %eax
        orl     $0x80000000, %eax
        movl    %eax, %cr0
        ret
`;

function paged(source: string): Bench {
  return system(`${source}${PAE}`).finish();
}

describe("page faults", () => {
  test("a fetch from a page with NX: error code 11h; reading it is allowed", () => {
    const bench = paged(`
main:   call    pae
        movl    $NX, ENTRY + 4
        invlpg  PAGE
        movl    PAGE, %eax
        movl    $PAGE, %eax
        jmp     *%eax
    `);
    expect(bench.words("seen", 3)).toEqual([14, 0x11, 0x18_0000]);
    expect(bench.cpu.registers.control(2)).toBe(0x18_0000);
  });

  test("NX of a directory entry counts for all its pages", () => {
    const bench = paged(`
main:   call    pae
        movl    $NX, DIRECTORY + 12
        movl    %cr3, %eax
        movl    %eax, %cr3
        movb    $0xf4, 0x201000
        movl    $0x201000, %eax
        jmp     *%eax
    `);
    expect(bench.words("seen", 3)).toEqual([14, 0x11, 0x20_1000]);
  });

  test("bit 63 is reserved while EFER.NXE is clear, and a fetch is no different then", () => {
    const bench = paged(`
main:   call    pae
        xorl    %eax, %eax
        xorl    %edx, %edx
        wrmsr
        movl    $NX, ENTRY + 4
        invlpg  PAGE
        movl    $PAGE, %eax
        jmp     *%eax
    `);
    expect(bench.words("seen", 2)).toEqual([14, 9]);
  });

  test("reserved address bits in a table's entry, for a write", () => {
    const bench = paged(`
main:   call    pae
        movl    $0x100, ENTRY + 4
        invlpg  PAGE
        movl    %eax, PAGE
    `);
    expect(bench.words("seen", 2)).toEqual([14, 0xb]);
  });

  test("reserved bits of a 2 MiB page", () => {
    const bench = paged(`
main:   call    pae
        orl     $0x2000, DIRECTORY + 8
        movl    %cr3, %eax
        movl    %eax, %cr3
        movl    0x200000, %eax
    `);
    expect(bench.words("seen", 2)).toEqual([14, 9]);
  });

  test("absent at the first level", () => {
    const bench = paged(`
main:   call    pae
        movl    0x40000000, %eax
    `);
    expect(bench.words("seen", 2)).toEqual([14, 0]);
    expect(bench.cpu.registers.control(2)).toBe(0x4000_0000);
  });
});

describe("the four pointers", () => {
  test("are what memory held when CR3 was loaded", () => {
    const bench = paged(`
main:   call    pae
        movl    $0, POINTERS
        invlpg  PAGE
        movl    $0x600d, PAGE
        movl    PAGE, %ebp
        hlt
    `);
    expect(bench.cpu.registers.general("ebp")).toBe(0x600d);
  });

  test("with a reserved bit are #GP(0) at the load, and CR3 stays", () => {
    const bench = paged(`
main:   call    pae
        movl    $DIRECTORY + 3, 0x10020
        movl    $0x10020, %eax
there:  movl    %eax, %cr3
    `);
    expect(bench.words("seen", 3)).toEqual([13, 0, bench.symbol("there")]);
    expect(bench.cpu.registers.control(3)).toBe(0x1_0000);
  });

  test("that are absent may have any bit", () => {
    const bench = paged(`
main:   call    pae
        movl    $0xfffffffe, POINTERS + 24
        movl    %cr3, %eax
        movl    %eax, %cr3
        movl    $7, %ebp
        hlt
    `);
    expect(bench.cpu.registers.general("ebp")).toBe(7);
  });
});

test("the walk sets A at both levels, D on a write, and D of a 2 MiB page", () => {
  const bench = paged(`
main:   call    pae
        movl    PAGE, %eax
        movl    ENTRY, %ecx
        movl    %eax, PAGE
        movl    ENTRY, %edx
        movl    DIRECTORY, %esi
        movl    %eax, 0x3ff000
        movl    DIRECTORY + 8, %edi
        hlt
  `);
  const { registers } = bench.cpu;
  expect(registers.general("ecx") & 0x60).toBe(0x20);
  expect(registers.general("edx") & 0x60).toBe(0x60);
  expect(registers.general("esi") & 0x60).toBe(0x20);
  expect(registers.general("edi")).toBe(0x20_00e3);
});

test("an instruction that faults on NX in its second half restarts once the page may be run", () => {
  const bench = paged(`
main:   call    pae
        gate    14, handler
        movb    $0xb8, PAGE + 0xffe             # mov $12345678h, %eax; hlt
        movl    $0x12345678, PAGE + 0xfff
        movb    $0xf4, PAGE + 0x1003
        movl    $NX, ENTRY + 12
        invlpg  PAGE + 0x1000
        movl    $PAGE + 0xffe, %eax
        jmp     *%eax
handler:
        popl    %ebp
        movl    $0, ENTRY + 12
        invlpg  PAGE + 0x1000
        iretl
  `);
  expect(bench.cpu.registers.general("eax")).toBe(0x1234_5678);
  expect(bench.cpu.registers.general("ebp")).toBe(0x11);
  expect(bench.cpu.registers.control(2)).toBe(0x18_1000);
});

test("a frame beyond 4 GiB holds nothing", () => {
  const bench = paged(`
main:   call    pae
        movl    $1, ENTRY + 4
        invlpg  PAGE
        movl    $0x5555, 0x181000
        movl    %eax, PAGE
        movl    0x181000, %ebp
        hlt
  `);
  expect(bench.cpu.registers.general("ebp")).toBe(0x5555);
});
